"""The resources of one or more stacks, and the references between them.

Readers read what a program declares from inputs; an absent input has AWS's default. Outputs only identify a resource
(by id, ARN or name), so that references to it can be followed.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from ..model.languages import Language
from .property_paths import EVERY, root
from .values import UNKNOWN, Unknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Resource:
    """One resource as its source describes it, with decoded values."""

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
    """Property paths, in the spelling of the program."""
    declared_as: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """For inputs that the program declares under another name, or in another shape: the inputs that they are here."""
    location: str = ""
    """Where the program declares it, as `file:line`; empty if the source does not know."""
    remote: bool = False
    """Whether it is a component of another package, whose children a source without that package cannot see."""
    custom: bool = True
    """Whether a provider manages it; components and stacks are not custom resources."""
    secrets: frozenset[str] = frozenset()
    """The strings that are secret: policies may evaluate them, but no message may contain them."""
    language: Language | None = None
    """The language of the program that declares it; None if the source does not show it."""
    native: bool = False
    """Whether CloudFormation manages it, through the aws-native provider or in another way."""
    held: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The declared inputs that AWS held otherwise when a state file was written, with what it held; None for unset."""
    declared_in: str = ""
    """The URN of the resource whose template declares it; empty if the program declares it."""


_MAX_ANCESTORS: Final = 100


class TrackedInputs(dict[str, Any]):
    """Inputs that record which of them are read."""

    def __init__(self, inputs: Mapping[str, Any], declared_as: Mapping[str, frozenset[str]]) -> None:
        """Start with nothing read. `declared_as` is `Resource.declared_as`."""
        super().__init__(inputs)
        self.read: set[str] = set()
        self._declared_as = declared_as

    def __getitem__(self, key: str) -> Any:
        """The input, which is recorded as read."""
        self.read.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        """Whether there is such an input, which is recorded as read."""
        self.read.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The input or a default; the input is recorded as read."""
        self.read.add(key)
        return super().get(key, default)

    def read_of(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of the paths, such as `settings.level` or `*`, that are inside an input that was read."""
        return tuple(path for path in paths if self._is_read(root(path)))

    def _is_read(self, declared: str) -> bool:
        """Whether an input that the program declares was read, under whatever name it has here."""
        return declared == EVERY or not self.read.isdisjoint(self._declared_as.get(declared, (declared,)))


def _tracked(resource: Resource) -> Resource:
    if not resource.ignore_changes:
        return resource
    return replace(resource, inputs=TrackedInputs(resource.inputs, resource.declared_as))


@dataclass(frozen=True, kw_only=True, slots=True)
class NotReadable:
    """A resource that cannot be read although it may change how a gateway is protected."""

    urn: str
    label: str
    reason: str
    """What cannot be read, as a clause."""
    layers: frozenset[str]
    """The layers that it may change."""


class External:
    """A resource that is referred to by a known name, but is not among the evaluated resources."""

    def __repr__(self) -> str:
        """A short form for debugging."""
        return "external"


EXTERNAL: Final = External()

Target: TypeAlias = Resource | External | Unknown | None
"""What a reference leads to; None if there is no reference."""

_IDENTITY: Final = (
    "id",
    "arn",
    "name",
    "executionArn",
    "domainName",
    "keyId",
    "functionArn",
    "gatewayArn",
    "gatewayId",
)
"""The properties that other resources refer to a resource by."""


class Graph:
    """Resources, indexed by type, URN and identity."""

    def __init__(
        self,
        resources: Iterable[Resource],
        *,
        whole: bool = True,
        not_readable: Iterable[NotReadable] = (),
        external: Iterable[Resource] = (),
    ) -> None:
        """Index the resources, so that every look-up takes constant time.

        `whole` is False if the graph contains only some of the resources: then nothing follows from an absent one.
        `not_readable` are those whose form cannot be read. References lead to the `external` resources, too, of which
        only the id is known; look-ups by type or URN do not.
        """
        self.whole = whole
        self.not_readable = tuple(not_readable)
        self.external = tuple(external)
        self._external_urns = {each.urn for each in self.external}
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
        for resource in self.external:
            self._by_identity[resource.id].append(resource)

    def is_external(self, resource: Resource) -> bool:
        """Whether a resource is only referred to."""
        return resource.urn in self._external_urns

    def ignored(self) -> Iterator[tuple[Resource, tuple[str, ...]]]:
        """The resources with `ignoreChanges` of which inputs were read, with those of the ignored paths that were."""
        for resource in self.resources:
            if isinstance(resource.inputs, TrackedInputs) and resource.inputs.read:
                yield resource, resource.inputs.read_of(resource.ignore_changes)

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of the types, type by type, in the order of the graph."""
        return [resource for type_ in types for resource in self._by_type.get(type_, ())]

    def urns(self) -> Iterable[str]:
        """The URNs of all resources."""
        return self._by_urn

    def by_urn(self, urn: str) -> Resource | None:
        """The resource with a URN."""
        return self._by_urn.get(urn)

    def ancestors(self, resource: Resource) -> Iterator[Resource]:
        """The resources that contain a resource, from the inside out, at most 100: a damaged state may have circles."""
        found = self.by_urn(resource.parent)
        for _ in range(_MAX_ANCESTORS):
            if found is None:
                return
            yield found
            found = self.by_urn(found.parent)

    def dependencies(self, resource: Resource, name: str, *types: str) -> list[Resource]:
        """The resources of the types that an input is computed from."""
        urns = resource.property_dependencies.get(name, frozenset())
        found = (self._by_urn.get(urn) for urn in sorted(urns))
        return [each for each in found if each is not None and each.type in types]

    def target(self, resource: Resource, name: str, *types: str) -> Target:
        """The resource of one of the types that an input refers to: by its value, or by what it is computed from."""
        return self.follow(resource, name, resource.inputs.get(name), *types)

    def follow(self, resource: Resource, name: str, value: Any, *types: str) -> Target:
        """The resource of one of the types that a value inside the input `name` refers to."""
        if value is None:
            return None
        if isinstance(value, str):
            found = self.named(value, *types)
            if len(found) == 1:
                return found[0]
            if not found:
                return EXTERNAL
        # If the value is unknown or ambiguous, the resource that it is computed from decides, if it is the only one.
        candidates = self.dependencies(resource, name, *types)
        return candidates[0] if len(candidates) == 1 else UNKNOWN

    def named(self, value: str, *types: str) -> list[Resource]:
        """The resources of the types with an id, ARN or name."""
        return [each for each in self._by_identity.get(_trimmed(value), ()) if each.type in types]


def _identities(resource: Resource) -> set[str]:
    values = [resource.id, *(source.get(name) for source in (resource.inputs, resource.outputs) for name in _IDENTITY)]
    return {_trimmed(value) for value in values if isinstance(value, str) and value}


def _trimmed(value: str) -> str:
    """A name without the `:*` that the ARNs of log groups may end with."""
    return value.removesuffix(":*")
