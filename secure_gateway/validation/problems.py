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
    if not re.fullmatch(r"[A-Za-z0-9_$-]{1,80}", key):
        return f'{path}["{_legible(key)}"]'
    return f"{path}.{key}" if path else key


def _legible(key: str) -> str:
    """A key in one line that every terminal and log takes: what a caller wrote may hold anything."""
    cut = key if len(key) <= _WIDEST else f"{key[: _WIDEST - 3]}..."
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in cut)


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
        """Record a mistake, once; `given` is shown as it is, unless it may be a secret."""
        problem = Problem(path, _shown(given, path), _hint_first(allowed))
        if problem not in self.found:
            self.found.append(problem)

    def raise_any(self, subject: str) -> None:
        """Raise all mistakes in one `ArgsError`, if there are any."""
        if self.found:
            raise ArgsError(subject, self.found)


_WIDEST = 80
_PLAIN = re.compile(r"arn:\S+|(?:vpce|vpc|subnet|sg)-[0-9a-f]+|SecurityPolicy_\w+")
"""What mixes letters and digits at any length, and is no secret."""
_CONFIDENTIAL = frozenset({"headers", "store", "tags", "value", "variables"})
"""Fields whose texts are never shown, whatever they look like."""
_SECRET = re.compile(
    r"""(?x)
    (?=[^\s/:.,@]*\d) (?=[^\s/:.,@]*[A-Za-z]) [^\s/:.,@]{12,}   # a long word that mixes letters and digits
    | ://[^/\s]*@ | [?&][^\s=]+= | -----BEGIN                    # credentials in a URL, a query, a key
    """
)


def _hint_first(allowed: str) -> str:
    """A long list hides the one name that was probably meant, so that leads."""
    text, mark, hint = allowed.partition("; did you mean ")
    return f"did you mean {hint} {text}" if mark and len(text) > _WIDEST else allowed


@dataclass(frozen=True)
class Shown:
    """A description to show in place of a value, as it stands."""

    text: str


NOTHING = Shown("nothing")


def may_be_secret(text: str) -> bool:
    """Whether a text could be a key, a token or a password; one of words alone cannot be told from a name."""
    return any(not _PLAIN.fullmatch(word) for word in text.split()) and _SECRET.search(text) is not None


def _shown(given: object, path: str) -> str:
    if isinstance(given, Shown):
        return given.text
    if isinstance(given, str) and given not in path and (may_be_secret(given) or _holds_secrets(path)):
        return f"a text of {len(given)} characters, which may be a secret"
    text = repr(given)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _holds_secrets(path: str) -> bool:
    return not _CONFIDENTIAL.isdisjoint(re.split(r"[.\[]", path))
