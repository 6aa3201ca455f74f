"""Every mistake of one args object, each with its path, reported together."""

import difflib
import re
from collections.abc import Collection, Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import pulumi

_CAMEL_CASE: ContextVar[bool] = ContextVar("camel_case", default=False)


@contextmanager
def camel_case_paths() -> Generator[None]:
    """Spell paths as the callers of other languages wrote them."""
    token = _CAMEL_CASE.set(True)
    try:
        yield
    finally:
        _CAMEL_CASE.reset(token)


def spell(field_name: str) -> str:
    """The name of an argument in the caller's language."""
    if not _CAMEL_CASE.get():
        return field_name
    head, *tail = field_name.split("_")
    return head + "".join(part.capitalize() for part in tail)


def join(path: str, key: str) -> str:
    """The path of a field, or of a key of the caller's choice, below a path; quoted where it must be."""
    if not re.fullmatch(r"[A-Za-z0-9_$-]{1,80}", key):
        return f'{path}["{_legible(key)}"]'
    return f"{path}.{key}" if path else key


def _legible(key: str) -> str:
    """A key in one line that every terminal and log can print: a caller's key may contain anything."""
    cut = key if len(key) <= _WIDEST else f"{key[: _WIDEST - 3]}..."
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut)


def listing(names: Iterable[str]) -> str:
    """Names as a message shows them, in a stable order."""
    return ", ".join(repr(name) for name in sorted(names)) or "none"


def alternatives(names: Iterable[str]) -> str:
    """Fields as alternatives, in the caller's spelling: `a`, `b` or `c`."""
    *head, last = [f"`{spell(name)}`" for name in names]
    return f"{', '.join(head)} or {last}" if head else last


def plural(count: int, noun: str, several: str = "") -> str:
    """A count with its noun: `1 day`, `2 days`; `several` is the plural if it does not end in `s` alone."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {several or f'{noun}s'}"


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str:
    """A hint at the name that was probably meant, whatever its letter case; empty if none is near.

    `cutoff` is the least similarity, from 0 to 1.
    """
    folded = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=cutoff)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def suggest(name: str, names: Collection[str]) -> str:
    """The name that was probably meant, else all names that there are."""
    return nearest(name, names) or (f"; the known names are {listing(names)}" if names else "; there are none")


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, and what is wrong."""

    path: str
    message: str
    others: list[str] = field(default_factory=list[str], compare=False)
    """More paths with the same mistake."""

    def __str__(self) -> str:
        """One line, as the error shows it."""
        if not self.others:
            return f"{self.path}: {self.message}"
        first = ", ".join(self.others[:_OTHERS])
        more = f" and {len(self.others) - _OTHERS:,} more" if len(self.others) > _OTHERS else ""
        return f"{self.path}: {self.message} (the same in {plural(len(self.others), 'other path')}: {first}{more})"


_OTHERS = 3


class ArgsError(ValueError):
    """The args of a component cannot become a gateway; nothing was registered."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        """Put every problem into one message, in the order they were found."""
        self.problems = tuple(problems)
        head = f"{subject}: {plural(len(self.problems), 'problem')} in the arguments"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


@dataclass
class Problems:
    """Collects mistakes while args are read."""

    found: list[Problem] = field(default_factory=list[Problem])

    def add(self, path: str, message: str) -> None:
        """Record a mistake, once. `message` says what is wrong and shows no value that may be a secret."""
        problem = Problem(path, message)
        if problem not in self.found:
            self.found.append(problem)

    def reject(self, path: str, value: object, predicate: str) -> None:
        """Record a value that is wrong: `'x' is not ...`."""
        self.add(path, f"{shown(value, path)} {predicate}")

    def mismatch(self, path: str, expected: str, value: object) -> None:
        """Record a value of another type or form: `expected a string, got a list`."""
        self.add(path, f"expected {expected}, got {shown(value, path)}")

    def unknown_choice(self, path: str, value: str, choices: Collection[str]) -> None:
        """Record a value that is none of a few, with the nearest of them."""
        names, hint = listing(choices), nearest(value, choices)
        if hint and len(names) > _WIDEST:
            # The name that was probably meant must not drown in a long list.
            self.add(path, f"{shown(value, path)} is unknown{hint} Expected one of {names}")
        else:
            expected = names if len(choices) == 1 else f"one of {names}"
            self.add(path, f"expected {expected}, got {shown(value, path)}{hint}")

    def at(self, path: str) -> list[Problem]:
        """The mistakes at a path and below it."""
        return [each for each in self.found if each.path == path or each.path.startswith((f"{path}.", f"{path}["))]

    def raise_any(self, subject: str) -> None:
        """Raise all mistakes in one `ArgsError`, if there are any."""
        if self.found:
            raise ArgsError(subject, self.found)


class Gathering(Problems):
    """Collects mistakes into other `Problems`, and the same mistake of many paths as one.

    For what is large and regular, such as a document: one cause there is one mistake to its author.
    """

    def __init__(self, problems: Problems) -> None:
        """Add to what was found already."""
        super().__init__(problems.found)
        self._by_message: dict[str, Problem] = {}
        self._paths: set[tuple[str, str]] = set()

    def add(self, path: str, message: str) -> None:
        """Record a mistake, or one more path of a recorded one."""
        if (path, message) in self._paths:
            return
        self._paths.add((path, message))
        first = self._by_message.get(message)
        if first is None:
            self._by_message[message] = Problem(path, message)
            self.found.append(self._by_message[message])
        else:
            first.others.append(path)


_WIDEST = 80
_PLAIN = re.compile(r"arn:\S+|(?:vpce|vpc|subnet|sg)-[0-9a-f]+|SecurityPolicy_\w+")
"""Strings that mix letters and digits at any length, and are no secrets."""
_CONFIDENTIAL = frozenset({"headers", "store", "tags", "value", "variables"})
"""Fields whose strings are never shown, whatever they look like."""
_SECRET = re.compile(
    r"""(?x)
    (?=[^\s/:.,@]*\d) (?=[^\s/:.,@]*[A-Za-z]) [^\s/:.,@]{12,}   # a long word that mixes letters and digits
    | ://[^/\s]*@ | [?&][^\s=]+= | -----BEGIN                    # credentials in a URL, a query, a key
    """
)
_TYPES: dict[type, str] = {list: "a list", tuple: "a list", dict: "an object"}


def may_be_secret(value: str) -> bool:
    """Whether a string could be a key, a token or a password; a password of plain words looks like a name."""
    return any(not _PLAIN.fullmatch(word) for word in value.split()) and _SECRET.search(value) is not None


def shown(value: object, path: str = "") -> str:
    """A value as a message may show it: scalars as they are, structures and Outputs by their type, secrets never."""
    if isinstance(value, pulumi.Output):
        return "an Output (known only after deployment)"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _brief(repr(int(value) if isinstance(value, float) and value.is_integer() else value))
    if not isinstance(value, str):
        return _TYPES.get(type(value), f"a {type(value).__name__}")
    if not value:
        return "an empty string"
    if value not in path and (may_be_secret(value) or _holds_secrets(path)):
        return f"a string of {plural(len(value), 'character')} (hidden, since it may be a secret)"
    return _brief(repr(value))


def _brief(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _holds_secrets(path: str) -> bool:
    return not _CONFIDENTIAL.isdisjoint(re.split(r"[.\[]", path))
