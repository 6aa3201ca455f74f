"""Plain options, declared once at the fields of their spec: kind, bounds, unit, choices and default.

The declarations drive the parsing of plain options, the limits in the schema's descriptions and the option tables of
the documentation. The docstring of the args field explains what an option means. Checks across fields are code.
"""

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

import pulumi

from .reader import Check, Reader

T = TypeVar("T")
C = TypeVar("C", bound=type)

_OPTION: Final = "option"
_SPECS: Final[dict[type, type]] = {}


class Option(Protocol):
    """The declaration of one plain option."""

    @property
    def values(self) -> str:
        """What it accepts, as a table shows it."""
        ...

    @property
    def limits(self) -> str:
        """The same as a sentence; empty where the type says all."""
        ...

    @property
    def default(self) -> object:
        """The value where it is not given."""
        ...

    def read(self, reader: Reader, name: str) -> object:
        """The option's value, or its default; a mistake is recorded."""
        ...


def parses(*shapes: type) -> Callable[[C], C]:
    """Mark a spec as what args of these shapes are parsed into."""

    def mark(spec: C) -> C:
        _SPECS.update(dict.fromkeys(shapes, spec))
        return spec

    return mark


def options(spec: type, reader: Reader) -> dict[str, Any]:
    """The plain options of a spec, read from the fields of its args, as keyword arguments of the spec."""
    declared = _declared(spec)
    return {name: option.read(reader, name) for name, option in declared.items() if reader.knows(name)}


def declared(shape: type, name: str) -> Option | None:
    """The declaration of an option of some args; None if it is not plain, or not declared."""
    return _declared(_SPECS[shape]).get(name) if shape in _SPECS else None


def limits(shape: type, name: str, meaning: str) -> str:
    """What an option accepts and its default, in sentences that complete its meaning."""
    option = declared(shape, name)
    if option is None:
        return ""
    required: Collection[str] = getattr(shape, "__required_keys__", ())
    default = "" if name in required else default_text(option)
    sentences = [option.limits if not _are_named(option, meaning) else "", default and f"Defaults to {default}."]
    return " ".join(each for each in sentences if each)


def default_text(option: Option) -> str:
    """The default as text shows it; empty if there is none."""
    return _text(option.default)


def _declared(spec: type) -> dict[str, Option]:
    fields = dataclasses.fields(spec)
    return {each.name: each.metadata[_OPTION] for each in fields if _OPTION in each.metadata}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:,g}" if isinstance(value, float) else f"{value:,}"
    if isinstance(value, tuple):
        return ", ".join(f"`{each}`" for each in value)  # pyright: ignore[reportUnknownVariableType] - of strings
    return f"`{value}`" if value else ""


def _are_named(option: Option, meaning: str) -> bool:
    """Whether the meaning explains each of the choices already."""
    choices = option.choices if isinstance(option, String) else ()
    return bool(choices) and all(f"`{each}`" in meaning for each in choices)


def _listed(values: Sequence[str]) -> str:
    return " or ".join([*([", ".join(values[:-1])] if len(values) > 1 else []), values[-1]])


@dataclass(frozen=True, kw_only=True)
class WholeNumber:
    """A whole number between two bounds, both included; without a default it may be absent."""

    default: int | None
    low: int
    high: int
    unit: str

    @property
    def values(self) -> str:
        """The bounds, and the unit."""
        return f"{self.low:,} to {self.high:,}{f' {self.unit}' if self.unit else ''}"

    @property
    def limits(self) -> str:
        """The bounds as a sentence."""
        return f"From {self.values}."

    def read(self, reader: Reader, name: str) -> int | None:
        """A number within the bounds."""
        if self.default is None and not reader.has(name):
            return None
        return reader.integer(
            name, self.low if self.default is None else self.default, low=self.low, high=self.high, unit=self.unit
        )


@dataclass(frozen=True, kw_only=True)
class Number:
    """A number between two bounds; the lower one is excluded with `above`."""

    default: float
    low: float
    high: float
    unit: str
    above: bool

    @property
    def values(self) -> str:
        """The bounds, and the unit."""
        start = f"more than {self.low:,g}, at most" if self.above else f"{self.low:,g} to"
        return f"{start} {self.high:,g}{f' {self.unit}' if self.unit else ''}"

    @property
    def limits(self) -> str:
        """The bounds as a sentence."""
        return f"{self.values[0].upper()}{self.values[1:]}." if self.above else f"From {self.values}."

    def read(self, reader: Reader, name: str) -> float:
        """A number within the bounds."""
        return reader.number(name, self.default, low=self.low, high=self.high, unit=self.unit, above=self.above)


@dataclass(frozen=True, kw_only=True)
class OneOf:
    """A whole number that is one of a few."""

    default: int
    choices: tuple[int, ...]
    unit: str

    @property
    def values(self) -> str:
        """The choices, and the unit."""
        return f"{_listed([str(each) for each in self.choices])}{f' {self.unit}' if self.unit else ''}"

    @property
    def limits(self) -> str:
        """The choices as a sentence."""
        return f"One of {self.values}."

    def read(self, reader: Reader, name: str) -> int:
        """One of the choices."""
        return reader.one_of(name, self.default, choices=self.choices, unit=self.unit)


@dataclass(frozen=True, kw_only=True)
class Boolean:
    """True or false."""

    default: bool
    values: str = "boolean"
    limits: str = ""

    def read(self, reader: Reader, name: str) -> bool:
        """A boolean."""
        return reader.boolean(name, default=self.default)


@dataclass(frozen=True, kw_only=True)
class String:
    """A string: one of some choices, or of a form."""

    default: str
    choices: tuple[str, ...]
    pattern: str
    expected: str

    @property
    def values(self) -> str:
        """The choices, if there are any."""
        return _listed([f"`{each}`" for each in self.choices]) if self.choices else "string"

    @property
    def limits(self) -> str:
        """The choices as a sentence."""
        return f"One of {self.values}." if self.choices else ""

    def read(self, reader: Reader, name: str) -> str:
        """One of the choices, or a string of the form."""
        return reader.string(name, self.default, choices=self.choices, pattern=self.pattern, expected=self.expected)


_TYPES: Final = ("ARN", "map of strings", "string", "strings")


@dataclass(frozen=True, kw_only=True)
class Custom:
    """An option with a reader of its own; `values` says what it accepts."""

    default: object
    values: str
    reading: Callable[[Reader, str], object]

    @property
    def limits(self) -> str:
        """The values as a sentence, unless they say no more than the type."""
        return "" if self.values in _TYPES else f"{self.values[0].upper()}{self.values[1:]}."

    def read(self, reader: Reader, name: str) -> object:
        """As the reader of its own has it."""
        return self.reading(reader, name)


def _option(option: Option) -> Any:
    return dataclasses.field(default=option.default, metadata={_OPTION: option})


def whole_number(default: int, *, low: int, high: int, unit: str = "") -> int:
    """Declare a whole number from `low` to `high`, both included."""
    return _option(WholeNumber(default=default, low=low, high=high, unit=unit))


def optional_whole_number(*, low: int, high: int, unit: str = "") -> int | None:
    """Declare a whole number that has no default."""
    return _option(WholeNumber(default=None, low=low, high=high, unit=unit))


def number(default: float, *, low: float, high: float, unit: str = "", above: bool = False) -> float:
    """Declare a number from `low` (excluded if `above`) to `high`."""
    return _option(Number(default=default, low=low, high=high, unit=unit, above=above))


def one_of(default: int, choices: Sequence[int], *, unit: str = "") -> int:
    """Declare a whole number that is one of a few."""
    return _option(OneOf(default=default, choices=tuple(choices), unit=unit))


def boolean(*, default: bool) -> bool:
    """Declare a boolean."""
    return _option(Boolean(default=default))


def string(default: str = "", *, choices: Sequence[str] = (), pattern: str = "", expected: str = "a string") -> str:
    """Declare a string: one of `choices`, or one that matches `pattern`; `expected` names the form."""
    return _option(String(default=default, choices=tuple(choices), pattern=pattern, expected=expected))


def strings(
    default: Sequence[str] = (),
    *,
    choices: Collection[str] = (),
    check: Check | None = None,
    values: str = "strings",
    ordered: bool = True,
) -> tuple[str, ...]:
    """Declare a list of distinct strings; without `ordered` they are sorted, since their order means nothing."""

    def reading(reader: Reader, name: str) -> tuple[str, ...]:
        read = reader.strings(name, default, choices=choices, check=check)
        return read if ordered else tuple(sorted(read))

    return _option(Custom(default=tuple(default), values=values, reading=reading))


def leaf(*, check: Check | None = None, values: str = "string") -> pulumi.Input[str] | None:
    """Declare a string or an `Output[str]`, which may be absent."""
    return _option(Custom(default=None, values=values, reading=lambda reader, name: reader.leaf(name, check=check)))


def required_leaf(*, check: Check | None = None, values: str = "string") -> pulumi.Input[str]:
    """Declare a string or an `Output[str]` that args must have."""
    return _option(Custom(default="", values=values, reading=lambda reader, name: reader.leaf(name, check=check) or ""))


def leaves(*, check: Check | None = None, values: str = "strings") -> tuple[pulumi.Input[str], ...]:
    """Declare a list of strings or Outputs."""
    return _option(Custom(default=(), values=values, reading=lambda reader, name: reader.leaves(name, check=check)))


def leaf_map(*, check: Check | None = None, values: str = "map of strings") -> Mapping[str, pulumi.Input[str]]:
    """Declare a map of strings or Outputs."""

    def reading(reader: Reader, name: str) -> dict[str, pulumi.Input[str]]:
        return reader.leaf_map(name, check=check)

    option = Custom(default=None, values=values, reading=reading)
    return dataclasses.field(default_factory=dict[str, pulumi.Input[str]], metadata={_OPTION: option})


def custom(default: T, *, values: str, reading: Callable[[Reader, str], T]) -> T:
    """Declare an option that `reading` reads; `values` says what it accepts."""
    return _option(Custom(default=default, values=values, reading=reading))
