"""Every mistake of one args object, each with its path, reported together."""

import difflib
import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

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
    """The path of a field or of a caller's own key below a path, quoted where it must be."""
    if not re.fullmatch(r"[A-Za-z0-9_$-]+", key):
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def listing(names: Iterable[str]) -> str:
    """Names as a message shows them, in a stable order."""
    return ", ".join(repr(name) for name in sorted(names)) or "none"


def nearest(name: str, names: Iterable[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    close = difflib.get_close_matches(name, list(names), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""


@dataclass(frozen=True)
class Problem:
    """One mistake: where it is, what was given, what is allowed."""

    path: str
    given: str
    allowed: str

    def __str__(self) -> str:
        """One line, as the error shows it."""
        return f"{self.path}: given {self.given}; allowed: {self.allowed}"


class ArgsError(ValueError):
    """The args of a component cannot become a gateway; nothing was registered."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        """Put every problem into one message, in the order they were found."""
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"{subject}: {count} problem{'s' if count != 1 else ''} in the arguments"
        super().__init__("\n".join([head, *(f"  {problem}" for problem in self.problems)]))


@dataclass
class Problems:
    """Collects mistakes while args are read."""

    found: list[Problem] = field(default_factory=list[Problem])

    def add(self, path: str, *, given: object, allowed: str) -> None:
        """Record a mistake, once; `given` is shown as it is, so never a secret."""
        problem = Problem(path, _shown(given), allowed)
        if problem not in self.found:
            self.found.append(problem)

    def raise_any(self, subject: str) -> None:
        """Raise all mistakes in one `ArgsError`, if there are any."""
        if self.found:
            raise ArgsError(subject, self.found)


_WIDEST = 80


@dataclass(frozen=True)
class Shown:
    """A description to show in place of a value, as it stands."""

    text: str


NOTHING = Shown("nothing")


def _shown(given: object) -> str:
    if isinstance(given, Shown):
        return given.text
    text = repr(given)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
