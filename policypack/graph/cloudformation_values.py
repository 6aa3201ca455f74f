"""Computes the values of a CloudFormation template, as far as the template and its parameters determine them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from .values import UNKNOWN, is_list, is_object, items, read

NO_VALUE: Final = object()
"""What `AWS::NoValue` stands for: the property is left out."""
_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC: Final = "{{resolve:"
_CONDITIONS: Final = frozenset({"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"})


class Values:
    """The values of one template."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Any,
        pseudo: Mapping[str, Any],
        attribute: Callable[[str, str], Any],
    ) -> None:
        """`parameters` are those that the stack gives; `pseudo` the values of those of AWS, such as `AWS::Region`.

        `attribute` is what the template itself says of a resource's attribute, by logical id and name, or, for an empty
        name, of its physical id: UNKNOWN if only deployment shows it.
        """
        self._attribute = attribute
        self._template = template
        self._parameters = parameters
        self._pseudo = pseudo
        self._conditions: dict[str, bool | None] = {}
        self._functions: Mapping[str, Callable[[Any, set[str]], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Condition": lambda name, _used: _as_unknown(self.condition(name)),
        }

    def of(self, value: Any, used: set[str]) -> Any:
        """A value with its functions computed; UNKNOWN where they cannot be.

        The logical ids of the resources that it is computed from are added to `used`.
        """
        if is_object(value):
            if len(value) == 1:
                ((key, argument),) = value.items()
                name = str(key)
                if name in self._functions and (name != "Condition" or isinstance(argument, str)):
                    return self._functions[name](argument, used)
                if name in _CONDITIONS:
                    return _as_unknown(self._holds(value))
                if name.startswith("Fn::"):
                    self.of(argument, used)
                    return UNKNOWN
            computed = {str(key): self.of(each, used) for key, each in value.items()}
            return {key: each for key, each in computed.items() if each is not NO_VALUE}
        if is_list(value):
            computed_items = [self.of(each, used) for each in value]
            return [each for each in computed_items if each is not NO_VALUE]
        return UNKNOWN if isinstance(value, str) and _DYNAMIC in value else value

    def condition(self, name: Any) -> bool | None:
        """Whether a condition of the template holds; None if that is unknown."""
        if not isinstance(name, str):
            return None
        if name not in self._conditions:
            self._conditions[name] = None  # a condition that refers to itself
            self._conditions[name] = self._holds(read(self._template, "Conditions", name))
        return self._conditions[name]

    def _holds(self, value: Any) -> bool | None:
        if not is_object(value) or len(value) != 1:
            return value if isinstance(value, bool) else None
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.condition(argument)
        if name == "Fn::Equals":
            both = [self.of(each, set()) for each in items(argument)]
            known = len(both) == 2 and UNKNOWN not in both  # noqa: PLR2004 - equality has two sides
            return _plain(both[0]) == _plain(both[1]) if known else None
        holds = [self._holds(each) for each in items(argument)]
        if name == "Fn::Not":
            return None if holds[:1] in ([], [None]) else not holds[0]
        if name == "Fn::And":
            return False if False in holds else None if None in holds else True
        return (True if True in holds else None if None in holds else False) if name == "Fn::Or" else None

    def _ref(self, name: Any, used: set[str]) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if str(name) in self._pseudo:
            return self._pseudo[str(name)]
        parameter = read(self._template, "Parameters", str(name))
        if parameter is None:
            used.add(str(name))
            return self._attribute(str(name), "")
        type_ = read(parameter, "Type")
        if not isinstance(type_, str) or type_.startswith("AWS::SSM::"):
            return UNKNOWN
        given = UNKNOWN if self._parameters is UNKNOWN else read(self._parameters, str(name))
        value = read(parameter, "Default") if given is None else given
        if value is None:
            return UNKNOWN
        is_listed = type_ == "CommaDelimitedList" or type_.startswith("List<")
        return [each.strip() for each in value.split(",")] if is_listed and isinstance(value, str) else value

    def _get_att(self, argument: Any, used: set[str]) -> Any:
        parts = argument.split(".", 1) if isinstance(argument, str) else items(argument)
        name, attribute = (*parts, "", "")[:2]
        used.add(str(name))
        return self._attribute(str(name), attribute) if isinstance(attribute, str) and attribute else UNKNOWN

    def _sub(self, argument: Any, used: set[str]) -> Any:
        given: list[Any] = items(argument)
        template, own = (*given, None, None)[:2]
        if not isinstance(template, str) or _DYNAMIC in template:
            return UNKNOWN
        unknown = False

        def filled(match: re.Match[str]) -> str:
            nonlocal unknown
            if match[1]:
                return f"${{{match[2]}}}"  # `${!Literal}`
            name = match[2].strip()
            value = self.of(own[name], used) if is_object(own) and name in own else self._named(name, used)
            unknown |= not isinstance(value, str | int | float)
            return _plain(value) if isinstance(value, str | int | float) else ""

        computed = _PLACEHOLDER.sub(filled, template)
        return UNKNOWN if unknown else computed

    def _named(self, name: str, used: set[str]) -> Any:
        return self._get_att(name, used) if "." in name else self._ref(name, used)

    def _join(self, argument: Any, used: set[str]) -> Any:
        separator, parts = (*items(argument), None, None)[:2]
        computed = self.of(parts, used)
        if not isinstance(separator, str) or computed is UNKNOWN or UNKNOWN in items(computed):
            return UNKNOWN
        return separator.join(map(_plain, items(computed)))

    def _if(self, argument: Any, used: set[str]) -> Any:
        name, yes, no = (*items(argument), None, None, None)[:3]
        holds = self.condition(name)
        if holds is not None:
            return self.of(yes if holds else no, used)
        both = [self.of(each, used) for each in (yes, no)]
        return both[0] if both[0] == both[1] else UNKNOWN

    def _find_in_map(self, argument: Any, used: set[str]) -> Any:
        keys = [self.of(each, used) for each in items(argument)[:3]]
        found = None if UNKNOWN in keys else read(self._template.get("Mappings"), *map(str, keys))
        return UNKNOWN if found is None else found

    def _select(self, argument: Any, used: set[str]) -> Any:
        computed: list[Any] = [self.of(each, used) for each in items(argument)]
        index, choices = (*computed, None, None)[:2]
        place = int(str(index)) if str(index).isdigit() else -1
        return choices[place] if is_list(choices) and 0 <= place < len(choices) else UNKNOWN

    def _split(self, argument: Any, used: set[str]) -> Any:
        computed: list[Any] = [self.of(each, used) for each in items(argument)]
        separator, value = (*computed, None, None)[:2]
        known = isinstance(separator, str) and separator and isinstance(value, str)
        return str(value).split(separator) if known else UNKNOWN


def _as_unknown(holds: bool | None) -> Any:  # noqa: FBT001 - the value itself
    return UNKNOWN if holds is None else holds


def _plain(value: Any) -> str:
    """A value as a template's functions spell it."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else json.dumps(value, default=str)


def names(value: Any) -> Sequence[str]:
    """The names in a `DependsOn`, which is one name or a list."""
    return [each for each in items(value) if isinstance(each, str)]
