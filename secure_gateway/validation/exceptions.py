"""Reasons for values that AWS accepts and the policy pack reports.

The component and the policy pack share no code, so each of them states the limits that both apply. A property test
draws gateways with such values and checks what the pack reports (tests/properties/test_valid_args.py).
"""

from collections.abc import Mapping

from .json_values import is_object
from .problems import join
from .reader import Reader


class Exceptions:
    """The `exceptions` of a layer: reasons by option, such as `log_retention_days` or `rate_limit.requests`."""

    def __init__(self, layer: Reader) -> None:
        """Read the reasons from the layer's args; a stage has those of the gateway's layer too."""
        lent = layer.inherited.get("exceptions")
        inherits = lent is not None and layer.get("exceptions") is lent
        self._layer = layer
        self._own = {} if inherits else layer.string_map("exceptions", "the reason for this value")
        self._reasons: Mapping[str, str] = {**(lent if is_object(lent) else {}), **self._own}
        self._needed: dict[str, str] = {}

    def require(self, parent: Reader, name: str, message: str) -> None:
        """Record a mistake at an option of the layer, or of an object in it, unless there is a reason for its value."""
        option = parent.at(name).removeprefix(f"{self._layer.path}.")
        if parent.problems.at(parent.at(name)):
            return  # the value is wrong anyhow
        if option in self._reasons:
            self._needed[option] = self._reasons[option]
        else:
            where = f"`{self._layer.at('exceptions')}`"
            parent.add(name, f'{message}; choose another value, or add {{"{option}": "<the reason>"}} to {where}')

    def allow(self, parent: Reader, name: str) -> None:
        """Take the reason for an option whose value needs none, if there is one."""
        option = parent.at(name).removeprefix(f"{self._layer.path}.")
        if option in self._reasons:
            self._needed[option] = self._reasons[option]

    def checked(self) -> Mapping[str, str]:
        """The reasons that were needed; each of the layer's own that was not is a mistake."""
        for option in self._own:
            if option not in self._needed:
                message = "no reason is needed: the policy pack accepts the value of this option"
                self._layer.problems.add(join(self._layer.at("exceptions"), option), message)
        return self._needed


def listed(exceptions: Mapping[str, str]) -> tuple[str, ...]:
    """The exceptions as the posture shows them."""
    return tuple(f"exception for {option}: {reason}" for option, reason in exceptions.items())
