"""Waivers: who accepted a violation, why, and until when."""

import re
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import is_list, is_object, text
from ..model.fact import Fact
from ..model.stack import WaiverUse

EVERY_POLICY: Final = "*"
TAG: Final = "gateway-policy:"
"""Prefix of the key of a tag that waives a policy. The policy id follows it; the value of the tag is the reason."""
_UNTIL: Final = re.compile(r"^(?P<reason>.*?)[\s,]*\buntil[ :]*(?P<day>\d{4}-\d\d-\d\d)$", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiver:
    """An exception from one policy, or from all (`*`), for the resources whose URN matches."""

    policy: str
    urn: str
    """A glob, such as `*::aws:apigateway/stage:Stage::legacy`."""
    reason: str
    owner: str = ""
    until: date | None = None
    """The last day on which it applies; None if it has no end."""

    def covers(self, policy: str, urn: str) -> bool:
        """Whether it is an exception from a policy for a resource."""
        return self.policy in {policy, EVERY_POLICY} and fnmatchcase(urn, self.urn)

    def expired(self, today: date) -> bool:
        """Whether it no longer applies."""
        return self.until is not None and self.until < today

    def concerns(self, stacks: Collection[str]) -> bool:
        """Whether its URN may match resources of one of the stacks, each given as `stack::project`."""
        stack, _, rest = self.urn.removeprefix("urn:pulumi:").partition("::")
        named = f"{stack}::{rest.partition('::')[0]}"
        return not self.urn.startswith("urn:pulumi:") or any(fnmatchcase(each, named) for each in stacks)

    def __str__(self) -> str:
        """The reason, owner and end, as reports show them."""
        details = [f"owner {self.owner}"] if self.owner else []
        details += [f"until {self.until}"] if self.until else []
        return f"{self.reason} ({', '.join(details)})" if details else self.reason


def waiver(waivers: Sequence[Waiver], policy: str, urn: str) -> Waiver | None:
    """The waiver of a policy for a resource: of several, one without an end, else the one that ends last."""
    found = [each for each in waivers if each.covers(policy, urn)]
    return max(found, key=lambda each: each.until or date.max, default=None)


def tagged(urn: str, inputs: Mapping[str, Any]) -> list[Waiver]:
    """The waivers in the tags of a resource."""
    found: list[Waiver] = []
    for key, value in _tags(inputs.get("tags")):
        if key.startswith(TAG) and value:
            match = _UNTIL.match(value)
            reason, until = (match["reason"], _day(match["day"])) if match else (value, None)
            policy = key.removeprefix(TAG)
            found.append(Waiver(policy=policy, urn=_literal(urn), reason=f"its own tag says: {reason}", until=until))
    return found


def _tags(tags: Any) -> Iterable[tuple[str, str]]:
    """Keys and values, whether tags are a map or, as in aws-native, a list of objects."""
    if is_object(tags):
        return [(key, text(value)) for key, value in tags.items()]
    pairs = [each for each in tags if is_object(each)] if is_list(tags) else []
    return [(text(each.get("key")), text(each.get("value"))) for each in pairs]


def _day(given: str) -> date:
    """A date; if it does not exist, one long past, so that a typing error does not extend the waiver."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        return date.min


def _literal(urn: str) -> str:
    return re.sub(r"([*?[])", r"[\1]", urn)


class WaiverLedger:
    """The configured waivers, and which of them waived something."""

    def __init__(self, waivers: Sequence[Waiver], tag_waivers: Container[str], today: date) -> None:
        self.today = today
        self.stacks: set[str] = set()
        """The evaluated stacks, each as `stack::project`."""
        self._given = waivers
        self._tag_waivers = tag_waivers
        self._used: set[int] = set()

    def waiver(self, policy: str, resource: Resource) -> Waiver | None:
        """The waiver of a policy for a resource, from the configuration or from the resource's tags."""
        matching = [each for each in self._given if each.covers(policy, resource.urn)]
        self._used.update(map(id, matching))
        own = tagged(resource.urn, resource.inputs) if policy in self._tag_waivers else []
        return waiver([*matching, *own], policy, resource.urn)

    def given(self) -> Iterator[WaiverUse]:
        """The configured waivers that may match resources of the evaluated stacks."""
        for each in self._given:
            if each.concerns(self.stacks):
                yield WaiverUse(
                    urn="",
                    label=f"the waiver of {each.policy} for {each.urn}",
                    used=Fact.of(id(each) in self._used, no="matches nothing that is violated or undecided"),
                    owner=each.owner,
                    until=each.until,
                )
