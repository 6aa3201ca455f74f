"""Reads args (a dict from any language) field by field, and records what is wrong with them.

Values arrive as the wire has them: numbers as floats, an `Output` perhaps where a structure was expected. A reader
returns a usable value in every case, so that one pass finds every mistake.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from copy import copy
from typing import Any, Final

import pulumi

from .json_values import is_list, is_object, json_mistake, normalised
from .problems import Problems, alternatives, join, listing, nearest, shown, spell

WAIVED: Final = "waived"
"""The field of a layer that switches it off, with the reason."""
Check = Callable[[str], str | None]
"""What is wrong with a string, as the predicate of a sentence about it (`is not a media type`); None if nothing is."""


def matching(pattern: str, expected: str) -> Check:
    """Check that a whole string has a form; `expected` names the form."""
    compiled = re.compile(pattern)

    def check(value: str) -> str | None:
        return None if compiled.fullmatch(value) else f"is not {expected}"

    return check


class Reader:
    """The fields of one TypedDict, below one path."""

    def __init__(self, value: object, shape: type, path: str, problems: Problems) -> None:
        """Refuse what is not an object, unknown fields and missing required ones."""
        self.path = path
        self.problems = problems
        self._names: Collection[str] = shape.__annotations__
        self._fields: Mapping[str, Any] = self._object(value)
        self.inherited: Mapping[str, Any] = {}
        """The fields of the other reader in `over`, including those that this one has itself."""
        for name in self._fields:
            if name not in self._names:
                known = [spell(each) for each in self._names]
                hint = nearest(spell(str(name)), known) or f"; the fields are {listing(known)}"
                problems.add(self.at(str(name)), f"{'cannot be waived' if name == WAIVED else 'unknown field'}{hint}")
        required: Collection[str] = getattr(shape, "__required_keys__", ())
        for name in sorted(required):
            if self.get(name) is None:
                self.add(name, "this field is required")

    def _object(self, value: object) -> Mapping[str, Any]:
        if is_object(value):
            return value
        # A string here may be a secret that lacks the name of its field.
        given = "a string" if isinstance(value, str) else shown(value)
        hint = (
            f'; to switch it off, give a reason: {{"{WAIVED}": "WHY"}}'
            if value is False and WAIVED in self._names
            else ""
        )
        self.problems.add(self.path or "args", f"expected an object, got {given}{hint}")
        return {}

    def over(self, common: "Reader", names: Collection[str]) -> "Reader":
        """These fields, and those of `names` that another reader of the same shape has and this one has not."""
        merged = copy(self)
        own = {name: self.get(name) for name in self.given(*self._names)}
        merged.inherited = {name: common.get(name) for name in common.given(*names)}
        merged._fields = {**merged.inherited, **own}
        return merged

    @property
    def names(self) -> Collection[str]:
        """The names of all fields that there are."""
        return self._names

    def at(self, name: str) -> str:
        """The path of a field."""
        return join(self.path, spell(name))

    def get(self, name: str) -> Any:
        """The field as it came, None where it is not given."""
        if name not in self._names:
            message = f"no field {name!r} below {self.path!r}"
            raise LookupError(message)
        return self._fields.get(name)

    def knows(self, name: str) -> bool:
        """Whether there is such a field."""
        return name in self._names

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return self.get(name) is not None

    def given(self, *names: str) -> list[str]:
        """Those of the fields that are given."""
        return [name for name in names if self.has(name)]

    def is_empty(self, name: str) -> bool:
        """Whether the field is given as a list or a map without any item."""
        return self.get(name) in ([], (), {})

    # Mistakes at a field.

    def add(self, name: str, message: str) -> None:
        """Record what is wrong with a field."""
        self.problems.add(self.at(name), message)

    def reject(self, name: str, predicate: str, *, value: object = None) -> None:
        """Record that the field's value, or one value of its list, is wrong: `'x' is not ...`."""
        self.problems.reject(self.at(name), self.get(name) if value is None else value, predicate)

    def mismatch(self, name: str, expected: str) -> None:
        """Record that the field's value has another type or form: `expected a list, got 'x'`."""
        self.problems.mismatch(self.at(name), expected, self.get(name))

    def conflict(self, name: str, other: str, reason: str = "") -> None:
        """Record that the field excludes another one, given by its path."""
        self.add(name, f"cannot be combined with `{other}`{f': {reason}' if reason else ''}")

    def requires(self, name: str, *others: str, reason: str = "") -> None:
        """Record that the field means nothing without one of some others, given by their paths."""
        self.add(name, f"requires {alternatives(others)}{f': {reason}' if reason else ''}")

    # Scalars: plain values, which shape what is built.

    def string(
        self,
        name: str,
        default: str = "",
        *,
        choices: Collection[str] = (),
        pattern: str = "",
        expected: str = "a string",
    ) -> str:
        """A plain string, one of `choices` or matching `pattern` as a whole."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.mismatch(name, f"one of {listing(choices)}" if choices else expected)
        elif choices and value not in choices:
            self.problems.unknown_choice(self.at(name), value, choices)
        elif not value.strip():
            self.mismatch(name, expected)
        elif pattern and not re.fullmatch(pattern, value):
            self.reject(name, f"is not {expected}")
        else:
            return value
        return default

    def number(
        self, name: str, default: float, *, low: float, high: float, unit: str = "", above: bool = False
    ) -> float:
        """A number from `low` (excluded if `above`) to `high`."""
        value = self.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not _within(value, low, high, above=above):
            start = f"more than {low:g} and at most" if above else f"from {low:g} to"
            self.mismatch(name, f"a number {start} {high:,g}{f' {unit}' if unit else ''}")
            return default
        return float(value)

    def integer(self, name: str, default: int, *, low: int, high: int, unit: str = "") -> int:
        """A whole number from `low` to `high`, both included."""
        value = self.get(name)
        if value is None:
            return default
        if not _is_whole(value) or not low <= value <= high:
            self.mismatch(name, f"a whole number from {low:,} to {high:,}{f' {unit}' if unit else ''}")
            return default
        return int(value)

    def one_of(self, name: str, default: int, *, choices: Sequence[int], unit: str = "") -> int:
        """A whole number that is one of a few."""
        value = self.get(name)
        if value is None:
            return default
        if not _is_whole(value) or value not in choices:
            self.mismatch(name, f"one of {', '.join(map(str, choices))}{f' {unit}' if unit else ''}")
            return default
        return int(value)

    def boolean(self, name: str, *, default: bool) -> bool:
        """A plain boolean."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.mismatch(name, "true or false")
            return default
        return value

    def strings(
        self,
        name: str,
        default: Sequence[str] = (),
        *,
        choices: Collection[str] = (),
        check: Check | None = None,
    ) -> tuple[str, ...]:
        """A list of distinct plain strings."""
        value = self.get(name)
        if value is None:
            return tuple(default)
        if not is_list(value):
            self.mismatch(name, "a list of strings")
            return tuple(default)
        items: dict[str, None] = {}
        for index, item in enumerate(value):
            path = f"{self.at(name)}[{index}]"
            if not self._is_string(item, path, choices, check):
                continue
            if item in items:
                self.problems.reject(path, item, "is listed more than once")
            items[str(item)] = None
        return tuple(items)

    def _is_string(self, item: object, path: str, choices: Collection[str], check: Check | None) -> bool:
        """Whether an item is a plain string that passes; what is wrong with it is recorded."""
        if not isinstance(item, str) or not item:
            self.problems.mismatch(path, "a string that is known before deployment", item)
        elif choices and item not in choices:
            self.problems.unknown_choice(path, item, choices)
        elif check and (wrong := check(item)):
            self.problems.reject(path, item, wrong)
        else:
            return True
        return False

    # Leaves: values that another resource may still have to produce.

    def leaf(self, name: str, *, check: Check | None = None) -> pulumi.Input[str] | None:
        """A string or an `Output[str]`; a string known now is validated."""
        value = self.get(name)
        return None if value is None else self._leaf(value, self.at(name), check)

    def leaves(self, name: str, *, check: Check | None = None) -> tuple[pulumi.Input[str], ...]:
        """A list of strings or Outputs of strings."""
        value = self.get(name)
        if value is None:
            return ()
        if not is_list(value):
            self.mismatch(name, "a list of strings or Outputs")
            return ()
        read = [self._leaf(item, f"{self.at(name)}[{i}]", check) for i, item in enumerate(value)]
        return tuple(item for item in read if item is not None)

    def leaf_map(self, name: str, *, check: Check | None = None) -> dict[str, pulumi.Input[str]]:
        """A map of strings or Outputs of strings."""
        read = {key: self._leaf(item, path, check) for key, item, path in self._entries(name)}
        return {key: item for key, item in read.items() if item is not None}

    def string_map(self, name: str, expected: str) -> dict[str, str]:
        """A map of plain strings, none of them empty; `expected` says what each is."""
        read: dict[str, str] = {}
        for key, item, path in self._entries(name):
            if isinstance(item, str) and item.strip():
                read[key] = item
            else:
                self.problems.mismatch(path, expected, item)
        return read

    def _leaf(self, value: object, path: str, check: Check | None) -> pulumi.Input[str] | None:
        if isinstance(value, pulumi.Output):
            return value  # pyright: ignore[reportUnknownVariableType] - of strings, as the args' types say
        if not isinstance(value, str) or not value:
            self.problems.mismatch(path, "a string or an Output of one", value)
            return None
        wrong = check(value) if check else None
        if wrong is not None:
            self.problems.reject(path, value, wrong)
            return None
        return value

    # Structures: always plain, since they decide what exists.

    def child(self, name: str, shape: type) -> "Reader | None":
        """The fields of a nested object, None where it is not given."""
        value = self.get(name)
        return None if value is None else Reader(value, shape, self.at(name), self.problems)

    def child_or_empty(self, name: str, shape: type) -> "Reader":
        """The fields of a nested object; where it is not given, none of its fields is."""
        return self.child(name, shape) or Reader({}, shape, self.at(name), self.problems)

    def children(self, name: str, shape: type) -> "list[Reader]":
        """The nested objects of a list."""
        value = self.get(name)
        if value is None:
            return []
        if not is_list(value):
            self.mismatch(name, "a list of objects")
            return []
        path = self.at(name)
        return [Reader(item, shape, f"{path}[{i}]", self.problems) for i, item in enumerate(value)]

    def child_map(self, name: str, shape: type) -> "dict[str, Reader]":
        """A map of nested objects."""
        return {key: Reader(item, shape, path, self.problems) for key, item, path in self._entries(name)}

    def string_lists(self, name: str, *, check: Check | None = None) -> dict[str, tuple[str, ...]]:
        """A map of lists of plain strings."""
        read: dict[str, tuple[str, ...]] = {}
        for key, item, path in self._entries(name):
            if not is_list(item):
                self.problems.mismatch(path, "a list of strings", item)
            elif not item:
                self.problems.add(path, "must list at least one string")
            else:
                named = [(each, f"{path}[{index}]") for index, each in enumerate(item)]
                read[key] = tuple(each for each, where in named if self._is_string(each, where, (), check))
        return read

    def _entries(self, name: str) -> list[tuple[str, Any, str]]:
        value = self.get(name)
        if value is None:
            return []
        if not is_object(value):
            self.mismatch(name, "a map")
            return []
        return [(str(key), item, join(self.at(name), str(key))) for key, item in value.items()]

    def free(self, name: str) -> Any:
        """A free-form value in JSON's terms, whole floats as integers, so that no language's wire changes a hash.

        None where it is not given, or is no JSON, which is then recorded with its path.
        """
        value = self.get(name)
        return normalised(value) if self.is_json(value, self.at(name)) else None

    def is_json(self, value: Any, path: str, *, outputs: bool = False) -> bool:
        """Whether a value is JSON of bounded size, perhaps with Outputs in it; if not, the path is recorded."""
        found = json_mistake(value, path, outputs=outputs)
        if found is not None:
            self.problems.add(*found)
        return found is None

    # Choices between fields.

    def exactly_one(self, *names: str) -> str | None:
        """The one of the fields that is given; none or several is a mistake."""
        given = self.given(*names)
        if len(given) == 1:
            return given[0]
        got = f", got {listing(spell(name) for name in given)}" if given else ", got none of them"
        self.problems.add(self.path or "args", f"expected exactly one of {alternatives(names)}{got}")
        return None

    def waived(self, *, except_for: Collection[str] = ()) -> str | None:
        """The reason why a layer is off; then no other field of it may be given, except for some."""
        if not self.has(WAIVED):
            return None
        for name in self.given(*(each for each in self._names if each not in {WAIVED, *except_for})):
            self.conflict(name, self.at(WAIVED))
        return self.string(WAIVED, WAIVED, expected="the reason why the layer is off")


def _is_whole(value: object) -> bool:
    """Whether a value is a number without a fraction; infinities and NaN are not."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _within(value: float, low: float, high: float, *, above: bool) -> bool:
    return low <= value <= high and not (above and value == low)
