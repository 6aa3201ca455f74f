"""Reads args (a dict from any language) field by field, and notes what is wrong with them.

Values arrive as the wire has them: numbers as floats, an `Output` perhaps where a structure was
expected. A reader returns a usable value in every case, so that one pass finds every mistake.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeGuard

import pulumi

from .problems import NOTHING, Problems, Shown, join, listing, nearest, spell

type_name: dict[type, str] = {
    bool: "a boolean",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    tuple: "a list",
    dict: "an object",
}

Check = Callable[[str], str | None]
"""Answers what is allowed when a known text is not, else nothing."""


def matching(pattern: str, allowed: str) -> Check:
    """Check that a whole text has a form; `allowed` describes it."""
    compiled = re.compile(pattern)

    def check(value: str) -> str | None:
        return None if compiled.fullmatch(value) else allowed

    return check


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is an object."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list | tuple)


class Reader:
    """The fields of one TypedDict, below one path."""

    def __init__(self, value: object, shape: type, path: str, problems: Problems) -> None:
        """Refuse what is not an object, unknown fields and missing required ones."""
        self.path = path
        self.problems = problems
        self._names: Collection[str] = shape.__annotations__
        self._fields: Mapping[str, Any] = self._object(value)
        for name in self._fields:
            if name not in self._names:
                known = [spell(each) for each in self._names]
                allowed = f"{listing(known)}{nearest(spell(str(name)), known)}"
                problems.add(self.at(str(name)), given=Shown("an unknown field"), allowed=allowed)
        required: Collection[str] = getattr(shape, "__required_keys__", ())
        for name in sorted(required):
            if self.get(name) is None:
                problems.add(self.at(name), given=NOTHING, allowed="a value: this field is required")

    def _object(self, value: object) -> Mapping[str, Any]:
        if is_object(value):
            return value
        # A text here may be a secret that lacks the name of its field.
        given = Shown("a text") if isinstance(value, str) else described(value)
        self.problems.add(self.path or "args", given=given, allowed="an object")
        return {}

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

    def refuse(self, name: str, allowed: str, *, given: object = None) -> None:
        """Note a mistake at a field."""
        value = self.get(name) if given is None else given
        self.problems.add(self.at(name), given=described(value), allowed=allowed)

    # Scalars: plain values, which shape what is built.

    def text(
        self,
        name: str,
        default: str = "",
        *,
        choices: Collection[str] = (),
        pattern: str = "",
        allowed: str = "a text",
    ) -> str:
        """A plain text, one of `choices` or matching `pattern` as a whole."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            self.refuse(name, listing(choices) if choices else allowed)
            return default
        if choices and value not in choices:
            self.refuse(name, f"{listing(choices)}{nearest(value, choices)}")
            return default
        if not value.strip() or (pattern and not re.fullmatch(pattern, value)):
            self.refuse(name, allowed if value.strip() else f"{allowed}, not empty")
            return default
        return value

    def number(
        self, name: str, default: float, *, low: float, high: float, unit: str = "", above: bool = False
    ) -> float:
        """A number from `low` (excluded if `above`) to `high`."""
        value = self.get(name)
        if value is None:
            return default
        start = f"more than {low:g}" if above else f"{low:g}"
        allowed = f"a number from {start} to {high:,g}{f' {unit}' if unit else ''}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, allowed)
            return default
        if not low <= value <= high or (above and value == low):
            self.refuse(name, allowed)
            return default
        return float(value)

    def integer(self, name: str, default: int, *, low: int, high: int, unit: str = "") -> int:
        """A whole number from `low` to `high`, both allowed."""
        value = self.get(name)
        if value is None:
            return default
        allowed = f"a whole number from {low:,} to {high:,}{f' {unit}' if unit else ''}"
        if isinstance(value, bool) or not isinstance(value, int | float) or _broken(value):
            self.refuse(name, allowed)
            return default
        if not low <= value <= high:
            self.refuse(name, allowed, given=int(value))
            return default
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A plain boolean."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, "true or false")
            return default
        return value

    def texts(
        self,
        name: str,
        default: Sequence[str] = (),
        *,
        choices: Collection[str] = (),
        check: Check | None = None,
    ) -> tuple[str, ...]:
        """A list of distinct plain texts."""
        value = self.get(name)
        if value is None:
            return tuple(default)
        if not is_list(value):
            self.refuse(name, "a list of texts")
            return tuple(default)
        items: dict[str, None] = {}
        for index, item in enumerate(value):
            wrong = self._wrong_text(item, choices, check)
            if wrong is None and item in items:
                wrong = "each value once"
            if wrong is None:
                items[str(item)] = None
            else:
                self.problems.add(f"{self.at(name)}[{index}]", given=described(item), allowed=wrong)
        return tuple(items)

    @staticmethod
    def _wrong_text(item: object, choices: Collection[str], check: Check | None) -> str | None:
        if not isinstance(item, str) or not item:
            return "a text, known before deployment"
        if choices and item not in choices:
            return f"{listing(choices)}{nearest(item, choices)}"
        return check(item) if check else None

    # Leaves: values that another resource may still have to produce.

    def leaf(self, name: str, *, check: Check | None = None) -> pulumi.Input[str] | None:
        """A text, or an Output of one; a known text is checked."""
        value = self.get(name)
        return None if value is None else self._leaf(value, self.at(name), check)

    def leaves(self, name: str, *, check: Check | None = None) -> tuple[pulumi.Input[str], ...]:
        """A list of texts or Outputs of texts."""
        value = self.get(name)
        if value is None:
            return ()
        if not is_list(value):
            self.refuse(name, "a list of texts or Outputs")
            return ()
        read = [self._leaf(item, f"{self.at(name)}[{i}]", check) for i, item in enumerate(value)]
        return tuple(item for item in read if item is not None)

    def named_leaves(self, name: str, *, check: Check | None = None) -> dict[str, pulumi.Input[str]]:
        """An object of texts or Outputs of texts, by a name of the caller's."""
        read = {key: self._leaf(item, path, check) for key, item, path in self._entries(name)}
        return {key: item for key, item in read.items() if item is not None}

    def _leaf(self, value: object, path: str, check: Check | None) -> pulumi.Input[str] | None:
        if isinstance(value, pulumi.Output):
            return value  # pyright: ignore[reportUnknownVariableType] - of texts, as the args' types say
        if not isinstance(value, str) or not value:
            self.problems.add(path, given=described(value), allowed="a text or an Output of one")
            return None
        wrong = check(value) if check else None
        if wrong is not None:
            self.problems.add(path, given=value, allowed=wrong)
            return None
        return value

    # Structures: always plain, since they decide what exists.

    def child(self, name: str, shape: type) -> "Reader | None":
        """The fields of a nested object, None where it is not given."""
        value = self.get(name)
        return None if value is None else Reader(value, shape, self.at(name), self.problems)

    def children(self, name: str, shape: type) -> "list[Reader]":
        """The nested objects of a list."""
        value = self.get(name)
        if value is None:
            return []
        if not is_list(value):
            self.refuse(name, "a list of objects")
            return []
        path = self.at(name)
        return [Reader(item, shape, f"{path}[{i}]", self.problems) for i, item in enumerate(value)]

    def named(self, name: str, shape: type) -> "dict[str, Reader]":
        """The nested objects of an object, by a name of the caller's."""
        return {key: Reader(item, shape, path, self.problems) for key, item, path in self._entries(name)}

    def named_texts(self, name: str, *, check: Check | None = None) -> dict[str, tuple[str, ...]]:
        """Lists of plain texts, by a name of the caller's."""
        read: dict[str, tuple[str, ...]] = {}
        for key, item, path in self._entries(name):
            if not is_list(item) or not item:
                self.problems.add(path, given=described(item), allowed="a list of texts, not empty")
                continue
            wrong = [(i, each, self._wrong_text(each, (), check)) for i, each in enumerate(item)]
            for index, each, allowed in wrong:
                if allowed is not None:
                    self.problems.add(f"{path}[{index}]", given=described(each), allowed=allowed)
            read[key] = tuple(str(each) for _, each, allowed in wrong if allowed is None)
        return read

    def _entries(self, name: str) -> list[tuple[str, Any, str]]:
        value = self.get(name)
        if value is None:
            return []
        if not is_object(value):
            self.refuse(name, "an object by name")
            return []
        return [(str(key), item, join(self.at(name), str(key))) for key, item in value.items()]

    def free(self, name: str) -> Any:
        """A free-form value in JSON's terms, whole floats as integers, so that no language's wire changes a hash.

        None where it is not given, or is no JSON, which is then noted with its place.
        """
        value = self.get(name)
        return normalised(value) if self.is_json(value, self.at(name)) else None

    def is_json(self, value: Any, path: str, *, outputs: bool = False) -> bool:
        """Whether a value is JSON of bounded size, perhaps with Outputs in it; what is not is noted with its place."""
        found = fault(value, path, outputs=outputs)
        if found is not None:
            place, given, allowed = found
            self.problems.add(place, given=given, allowed=allowed)
        return found is None

    # Choices between fields.

    def exactly_one(self, *names: str) -> str | None:
        """The one of the fields that is given; none or several is a mistake."""
        given = self.given(*names)
        if len(given) == 1:
            return given[0]
        shown = Shown(f"{listing(spell(name) for name in given)}") if given else NOTHING
        allowed = f"exactly one of {listing(spell(name) for name in names)}"
        self.problems.add(self.path or "args", given=shown, allowed=allowed)
        return None

    def waived(self) -> str | None:
        """The reason why a layer is off; then no other field of it may be given."""
        if not self.has("waived"):
            return None
        for name in self.given(*(each for each in self._names if each != "waived")):
            self.refuse(name, f"nothing beside {self.at('waived')}")
        return self.text("waived", "waived", allowed="the reason why the layer is off")


def described(value: object) -> object:
    """A value as a message may show it: scalars as they are, structures by their kind."""
    if isinstance(value, Shown):
        return value
    if isinstance(value, pulumi.Output):
        return Shown("an Output, known only after deployment")
    if value is None:
        return NOTHING
    if isinstance(value, bool | int | float | str):
        return value
    return Shown(type_name.get(type(value), f"a {type(value).__name__}"))


def _broken(value: float) -> bool:
    """Whether a number is not whole; what is no number or without end is not either."""
    return isinstance(value, float) and not value.is_integer()


DEEPEST: Final = 100
"""Levels that a free-form value may be nested."""
MOST: Final = 500_000
"""Values that one may hold, YAML aliases followed: a few lines of those can stand for gigabytes."""
_LARGEST: Final = 2**1023


def fault(value: Any, path: str, *, outputs: bool = False) -> tuple[str, Shown, str] | None:
    """Where a value is not what JSON can say: the place, what is there, and what is allowed.

    With `outputs`, an Output may stand anywhere inside.
    """
    waiting: list[tuple[Any, tuple[Any, ...], int]] = [(value, (), 0)]
    count = 0
    while waiting:
        each, trail, depth = waiting.pop()
        count += 1
        if count > MOST:
            return path, Shown("a larger one"), f"at most {MOST:,} values, aliases followed"
        if depth > DEEPEST:
            return path, Shown("a deeper one"), f"at most {DEEPEST} levels of nesting"
        if is_object(each):
            strange = [key for key in each if isinstance(key, str) and not _is_text(key)]
            waiting += [(item, (trail, str(key)), depth + 1) for key, item in each.items()]
        elif is_list(each):
            strange = []
            waiting += [(item, (trail, index), depth + 1) for index, item in enumerate(each)]
        else:
            strange = [] if _is_scalar(each) or (outputs and isinstance(each, pulumi.Output)) else [each]
        if strange:
            return _place(path, trail), _unusual(strange[0]), "what JSON can say, known before deployment"
    return None


def _is_scalar(value: object) -> bool:
    if isinstance(value, str):
        return _is_text(value)
    if isinstance(value, int | float):
        return math.isfinite(value) if isinstance(value, float) else abs(value) < _LARGEST
    return value is None or isinstance(value, date)


def _is_text(value: str) -> bool:
    """Whether UTF-8 can write it: half of a surrogate pair is no character."""
    return value.isascii() or not re.search("[\ud800-\udfff]", value)


def _unusual(value: object) -> Shown:
    if isinstance(value, str):
        return Shown("a text that is no Unicode")
    if isinstance(value, int | float):
        return Shown("a number out of reach")
    shown = described(value)
    return shown if isinstance(shown, Shown) else Shown(repr(shown))


def _place(path: str, trail: tuple[Any, ...]) -> str:
    steps: list[Any] = []
    while trail:
        trail, step = trail
        steps.append(step)
    for step in reversed(steps):
        path = f"{path}[{step}]" if isinstance(step, int) else join(path, step)
    return path


def normalised(value: Any) -> Any:
    """Whole floats as integers, dates and keys as texts, as JSON has them, at every depth."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_object(value):
        return {str(key): normalised(item) for key, item in value.items()}
    if is_list(value):
        return [normalised(item) for item in value]
    return value
