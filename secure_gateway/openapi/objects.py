"""Reads the objects of a document: references resolved, and every member known, or rejected, or recorded as dropped."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ..validation.json_values import is_list, is_object
from ..validation.problems import Problems, join, nearest
from .dropped import Dropped
from .members import AWS_PREFIX, DOCUMENTATION, EXTENSION, ObjectType
from .pointers import Pointers, Target, is_reference

MOST: Final = 500_000
"""Objects that are read of a document, with references followed: a few of those can stand for gigabytes."""
_IGNORED: Final = "OpenAPI ignores what is next to a `$ref`"
_UNUSED: Final = "no operation uses it"


@dataclass(frozen=True, kw_only=True)
class Node:
    """An object of the document, its references resolved."""

    fields: Mapping[str, Any]
    path: str
    paths: Mapping[str, str] = field(default_factory=dict[str, str])
    """Paths of members that come from another object."""

    def at(self, name: str) -> str:
        """The path of a member."""
        return self.paths.get(name) or join(self.path, name)

    def get(self, name: str) -> Any:
        """A member as it is, None where there is none."""
        return self.fields.get(name)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One key of a map, or one item of a list."""

    name: str
    value: Any
    path: str


class Objects:
    """Reads one document."""

    def __init__(self, root: Mapping[str, Any], path: str, problems: Problems, dropped: Dropped) -> None:
        """Nothing is read before someone asks for it."""
        self.pointers = Pointers(root, path, problems)
        self.problems = problems
        self.dropped = dropped
        self._path = path
        self._seen: set[str] = set()
        self._checked: set[tuple[str, str]] = set()
        self._count = 0

    def mark(self, path: str) -> None:
        """Note that what is at a path is read, by whoever reads it."""
        self._seen.add(path)

    def object(self, value: Any, path: str, kind: ObjectType) -> Node:
        """An object of a type; after a mistake, one without members."""
        target = self._referred(value, path, kind)
        if target.value is None and is_reference(value):
            return Node(fields={}, path=path)
        if not is_object(target.value):
            self.problems.mismatch(target.path, f"{kind.name}, which is an object", target.value)
            return Node(fields={}, path=target.path)
        node = Node(fields=target.value, path=target.path)
        self._read(target.path)
        self._check(node, kind)
        return node

    def optional(self, value: Any, path: str, kind: ObjectType) -> Node | None:
        """An object of a type that need not be there."""
        return None if value is None else self.object(value, path, kind)

    def merged(self, value: Any, path: str, kind: ObjectType) -> Node:
        """An object whose `$ref` may be next to members of its own, as in a path item."""
        fields: dict[str, Any] = {}
        paths: dict[str, str] = {}
        target = Target(value=value, path=path, tokens=None)
        while True:
            following: Target | None = None
            if not is_object(target.value):
                self.problems.mismatch(target.path, f"{kind.name}, which is an object", target.value)
                break
            own = {name: each for name, each in target.value.items() if name != "$ref" or not isinstance(each, str)}
            self._read(target.path)
            self._check(Node(fields=own, path=target.path), kind)
            for name, each in own.items():
                where = join(target.path, name)
                if name in fields and fields[name] != each and name not in kind.documentation:
                    self.problems.add(
                        paths[name], f"is defined twice: `{where}`, which the `$ref` leads to, has it too"
                    )
                fields.setdefault(name, each)
                paths.setdefault(name, where)
            if is_reference(target.value):
                following = self.pointers.follow(target.value["$ref"], target.path)
            if following is None:
                break
            target = following
        return Node(fields=fields, path=path, paths=paths)

    def entries(self, value: Any, path: str, expected: str) -> list[Entry]:
        """The entries of a map with keys of the document's own choice; none where there is no map."""
        if value is None:
            return []
        target = self._referred(value, path, None)
        if target.value is None and is_reference(value):
            return []
        if not is_object(target.value):
            self.problems.mismatch(target.path, expected, target.value)
            return []
        self._read(target.path)
        found = [
            Entry(name=str(key), value=each, path=join(target.path, str(key))) for key, each in target.value.items()
        ]
        for each in found:
            if each.name == "$ref":
                self.problems.add(each.path, "must be a string that refers to an object of this document")
        return [each for each in found if each.name != "$ref"]

    def items(self, value: Any, path: str, expected: str) -> list[Entry]:
        """The items of a list; none where there is no list."""
        if value is None:
            return []
        target = self._referred(value, path, None)
        if target.value is None and is_reference(value):
            return []
        if not is_list(target.value):
            self.problems.mismatch(target.path, expected, target.value)
            return []
        self._read(target.path)
        return [
            Entry(name=str(index), value=each, path=f"{target.path}[{index}]")
            for index, each in enumerate(target.value)
        ]

    def string(self, node: Node, name: str) -> str | None:
        """A member that is a string; None where there is none."""
        value = node.get(name)
        if value is not None and not isinstance(value, str):
            self.problems.mismatch(node.at(name), "a string", value)
            return None
        return value

    def flag(self, node: Node, name: str) -> bool:
        """A member that is true or false, which is false where there is none."""
        value = node.get(name)
        if value is not None and not isinstance(value, bool):
            self.problems.mismatch(node.at(name), "true or false", value)
        return value is True

    def extension(self, entry: Entry) -> None:
        """An entry of a map that begins with `x-`: AWS's must be known, others mean nothing to it."""
        if entry.name.startswith(AWS_PREFIX):
            self.problems.add(entry.path, "is no extension that API Gateway knows here")
        else:
            self.dropped.add(entry.path, EXTENSION)

    def drop_unused(self, value: Any, path: str) -> None:
        """Record what is at a path or below it and was never read."""
        seen = sorted(self._seen)
        waiting = [(value, path)]
        while waiting:
            each, where = waiting.pop()
            if where in self._seen:
                continue
            below = _is_above(seen, where)
            if below and is_object(each):
                waiting += [(item, join(where, str(key))) for key, item in each.items()]
            elif below and is_list(each):
                waiting += [(item, f"{where}[{position}]") for position, item in enumerate(each)]
            else:
                self.dropped.add(where, _UNUSED)

    def _read(self, path: str) -> None:
        self._seen.add(path)
        self._count += 1
        if self._count == MOST + 1:
            self.problems.add(self._path, f"contains more than {MOST:,} objects, with references followed")
        if self._count > MOST:
            raise TooManyObjects

    def _referred(self, value: Any, path: str, kind: ObjectType | None) -> Target:
        target = Target(value=value, path=path, tokens=None)
        while is_reference(target.value):
            self._seen.add(target.path)
            for name in sorted(str(each) for each in target.value if each != "$ref"):
                self._sibling(name, join(target.path, name), kind)
            following = self.pointers.follow(target.value["$ref"], target.path)
            if following is None:
                return Target(value=None, path=path, tokens=None)
            target = following
        return target

    def _sibling(self, name: str, path: str, kind: ObjectType | None) -> None:
        """What is next to a `$ref`."""
        if kind is None or not kind.is_referable:
            self.problems.add(path, "must not be next to a `$ref`, which stands for the whole object")
        elif name in {"summary", "description"}:
            self.dropped.add(path, DOCUMENTATION)
        else:
            self.dropped.add(path, _IGNORED)

    def _check(self, node: Node, kind: ObjectType) -> None:
        """Every member is known, or recorded as dropped, or a mistake; once for each object."""
        if (node.path, kind.name) in self._checked:
            return
        self._checked.add((node.path, kind.name))
        for key in node.fields:
            name, path = str(key), node.at(str(key))
            if name in kind.read or name.lower() in kind.methods:
                continue
            if name in kind.documentation:
                self.dropped.add(path, DOCUMENTATION)
            elif name in kind.dropped:
                self.dropped.add(path, kind.dropped[name], member=name)
            elif name.startswith("x-") and not name.startswith(AWS_PREFIX):
                self.dropped.add(path, EXTENSION)
            else:
                self.problems.add(path, f"is no member of {kind.name}{nearest(name, kind.known)}")


class TooManyObjects(Exception):  # noqa: N818 - it ends the reading, and the mistake is recorded
    """The document is read no further."""


def _is_above(seen: list[str], path: str) -> bool:
    """Whether something below a path was read."""
    return any(
        (index := bisect_left(seen, f"{path}{sign}")) < len(seen) and seen[index].startswith(f"{path}{sign}")
        for sign in ".["
    )
