"""References inside a document: JSON Pointers (RFC 6901) to any value of it. Nothing is ever fetched.

https://spec.openapis.org/oas/v3.0.3#reference-object
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from ..validation.json_values import is_list, is_object
from ..validation.problems import Problems, join, nearest

LONGEST_CHAIN: Final = 50
"""References that may lead from one to the next."""
FETCHED: Final = (
    "refers to another file or address, and nothing is fetched: bundle the document into one file first, for example "
    "with `redocly bundle`"
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A value of the document."""

    value: Any
    path: str
    """For messages."""
    tokens: tuple[str, ...] | None
    """Its JSON Pointer. None for a value that no reference led to."""


class _PointerError(Exception):
    """A reference that leads nowhere; the message says why."""


class Pointers:
    """Follows the references of one document."""

    def __init__(self, root: Mapping[str, Any], path: str, problems: Problems, *, hidden: tuple[str, ...] = ()) -> None:
        """`hidden` are the first tokens of pointers that paths in messages leave out."""
        self._root = root
        self._path = path
        self._problems = problems
        self._hidden = hidden

    def silent(self) -> "Pointers":
        """The same, which records no mistakes: for looking ahead at what is read later."""
        return Pointers(self._root, self._path, Problems(), hidden=self._hidden)

    def resolve(self, value: Any, path: str) -> Target:
        """A value, or what its `$ref` finally refers to; after a mistake, which is recorded, the value is None."""
        target = Target(value=value, path=path, tokens=None)
        while is_reference(target.value):
            following = self.follow(target.value["$ref"], target.path)
            if following is None:
                return Target(value=None, path=path, tokens=None)
            target = following
        return target

    def follow(self, reference: str, path: str) -> Target | None:
        """The value that a reference names, which may be a reference as well. None after a mistake."""
        where = join(path, "$ref")
        if not reference.startswith("#"):
            self._problems.add(where, FETCHED)
            return None
        try:
            target = self._walk(_tokens(reference), 0)
            self._refuse_circle(target)
        except _PointerError as error:
            self._problems.add(where, str(error))
            return None
        return target

    def _refuse_circle(self, target: Target) -> None:
        """A chain of references must end."""
        hops = 0
        while is_reference(target.value) and target.value["$ref"].startswith("#"):
            hops += 1
            if hops > LONGEST_CHAIN:
                raise _PointerError("refers to itself, directly or through other references")
            target = self._walk(_tokens(target.value["$ref"]), 0)

    def _walk(self, tokens: tuple[str, ...], hops: int) -> Target:
        value: Any = self._root
        walked: tuple[str, ...] = ()
        for token in tokens:
            if is_reference(value) and token not in value:
                # Bundlers write pointers that lead through references.
                if hops >= LONGEST_CHAIN:
                    raise _PointerError("refers to itself, directly or through other references")
                if not value["$ref"].startswith("#"):
                    raise _PointerError(FETCHED)
                through = self._through(value, hops + 1)
                value, walked = through.value, through.tokens or ()
            value = _child(value, token)
            walked += (token,)
        return Target(value=value, path=self._path_of(walked), tokens=walked)

    def _through(self, value: Any, hops: int) -> Target:
        target = self._walk(_tokens(value["$ref"]), hops)
        while is_reference(target.value):
            hops += 1
            if hops > LONGEST_CHAIN:
                raise _PointerError("refers to itself, directly or through other references")
            target = self._walk(_tokens(target.value["$ref"]), hops)
        return target

    def _path_of(self, tokens: tuple[str, ...]) -> str:
        """Where a pointer leads, as messages show it."""
        value: Any = self._root
        path = self._path
        for index, token in enumerate(tokens):
            if tokens[: index + 1] != self._hidden[: index + 1]:
                path = f"{path}[{token}]" if is_list(value) else join(path, token)
            value = _child(value, token)
        return path


def is_reference(value: object) -> bool:
    """Whether a value refers to another one: a `$ref` that is a string, and no map with a key of this name."""
    return is_object(value) and isinstance(value.get("$ref"), str)


def _tokens(reference: str) -> tuple[str, ...]:
    """The steps of a pointer, which is the fragment of a URI and therefore percent-encoded."""
    fragment = unquote(reference.removeprefix("#"))
    if not fragment:
        return ()
    if not fragment.startswith("/"):
        raise _PointerError(
            "must be a JSON Pointer, such as #/components/schemas/Order: names of anchors are not followed"
        )
    return tuple(each.replace("~1", "/").replace("~0", "~") for each in fragment[1:].split("/"))


def _child(value: Any, token: str) -> Any:
    if is_object(value) and token in value:
        return value[token]
    if is_list(value) and re.fullmatch(r"0|[1-9][0-9]{0,8}", token) and int(token) < len(value):
        return value[int(token)]
    known = [str(each) for each in value] if is_object(value) else []
    raise _PointerError(f"leads nowhere in this document: there is no {_shown(token)}{nearest(token, known)}")


def _shown(token: str) -> str:
    return repr(token) if len(token) <= _WIDEST else f"{token[:_WIDEST]!r}..."


_WIDEST: Final = 60
