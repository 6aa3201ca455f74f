"""The resources of one or more stacks, and the only reader of raw properties, secrets and unknowns.

What is *declared* is read from inputs: an input that is absent is AWS's default, a decided answer.
Outputs give identity only (id, ARN, name), for joins.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from ..languages import Language
from .values import UNKNOWN, Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource as a source saw it, its values decoded."""

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    outputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    id: Any = None
    parent: str = ""
    dependencies: frozenset[str] = frozenset()
    property_dependencies: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    ignore_changes: tuple[str, ...] = ()
    location: str = ""
    """Where the program declares it, as `file:line`, where the source knows."""
    remote: bool = False
    """A component of another package, whose children a source without that package cannot see."""
    custom: bool = True
    """Whether a provider manages it; components and stacks are not custom."""
    secrets: frozenset[str] = frozenset()
    """The texts that came as secrets: for evaluating only, and never for a message."""
    language: Language | None = None
    """The language of the program that declares it; None if the source does not show it."""


class TrackedInputs(dict[str, Any]):
    """Inputs that remember which of them were read."""

    def __init__(self, inputs: Mapping[str, Any]) -> None:
        """Nothing was read yet."""
        super().__init__(inputs)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        """The input, and remember it."""
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Whether there is such an input, and remember it."""
        self.read.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The input or a default, and remember it."""
        self.read.add(key)
        return super().get(key, default)

    def read_of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those paths, such as `settings.level` or `*`, that lead into what was read."""
        return tuple(path for path in paths if path == "*" or re.split(r"[.\[]", path, maxsplit=1)[0] in self.read)


def _tracked(resource: Resource) -> Resource:
    return replace(resource, inputs=TrackedInputs(resource.inputs)) if resource.ignore_changes else resource


class External:
    """A resource that the program refers to by a known name, and that is not among those evaluated."""

    def __repr__(self) -> str:
        """As messages show it."""
        return "outside"


EXTERNAL: Final = External()

Target: TypeAlias = Resource | External | Unknown | None
"""Where a reference leads; None where there is none."""

_IDENTITY: Final = ("id", "arn", "name", "executionArn", "domainName", "keyId", "functionArn")
"""What other resources refer to a resource by."""


class Graph:
    """Resources, indexed by what rules look for."""

    def __init__(self, resources: Iterable[Resource], *, whole: bool = True) -> None:
        """Index once; every look-up is then constant in the number of resources.

        Not `whole` is a graph of which more will come: what is absent from it tells nothing.
        """
        self.whole = whole
        given = tuple(resources)
        self.resources = tuple(map(_tracked, given))
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_urn: dict[str, Resource] = {}
        self._by_identity: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            self._by_type[resource.type].append(resource)
            self._by_urn.setdefault(resource.urn, resource)
        for resource, plain in zip(self.resources, given, strict=True):
            for value in _identities(plain):
                self._by_identity[value].append(resource)

    def ignored(self) -> Iterator[tuple[Resource, tuple[str, ...]]]:
        """The resources of which changes are ignored and something was read, with what of it is ignored."""
        for resource in self.resources:
            if isinstance(resource.inputs, TrackedInputs) and resource.inputs.read:
                yield resource, resource.inputs.read_of(resource.ignore_changes)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of the types, in the order they came."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def urns(self) -> Iterable[str]:
        """The URNs of all."""
        return self._by_urn

    def by_urn(self, urn: str) -> Resource | None:
        """The resource of a URN."""
        return self._by_urn.get(urn)

    def dependencies(self, resource: Resource, name: str, *types: str) -> list[Resource]:
        """The resources of the types that an input was computed from."""
        urns = resource.property_dependencies.get(name, frozenset())
        found = (self._by_urn.get(urn) for urn in sorted(urns))
        return [each for each in found if each is not None and each.type in types]

    def target(self, resource: Resource, name: str, *types: str) -> Target:
        """The resource of the types that an input refers to, by its value, else by what it was computed from."""
        return self.follow(resource, name, resource.inputs.get(name), *types)

    def follow(self, resource: Resource, name: str, value: Any, *types: str) -> Target:
        """The same for a value inside the input `name`."""
        if value is None:
            return None
        if isinstance(value, str):
            found = self.named(value, *types)
            if len(found) == 1:
                return found[0]
            if not found:
                return EXTERNAL
        # Unknown, or known by several: the edge decides, if there is just one.
        candidates = self.dependencies(resource, name, *types)
        return candidates[0] if len(candidates) == 1 else UNKNOWN

    def named(self, value: str, *types: str) -> list[Resource]:
        """The resources of the types that go by an id, ARN or name."""
        return [each for each in self._by_identity.get(_trimmed(value), ()) if each.type in types]


def _identities(resource: Resource) -> set[str]:
    values = [resource.id, *(source.get(name) for source in (resource.inputs, resource.outputs) for name in _IDENTITY)]
    return {_trimmed(value) for value in values if isinstance(value, str) and value}


def _trimmed(value: str) -> str:
    """Without the `:*` that log groups' ARNs may end with."""
    return value.removesuffix(":*")
