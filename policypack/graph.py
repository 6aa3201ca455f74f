"""The resources of one or more stacks, and the only reader of raw properties, secrets and unknowns.

What is *declared* is read from inputs: an input that is absent is AWS's default, a decided answer.
Outputs give identity only (id, ARN, name), for joins.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeGuard

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks special values on Pulumi's wire."""
SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a password
OUTPUT_VALUE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_REFERENCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWNS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""What stands for a value that is not known before deployment."""
REDACTED: Final = "[secret]"
"""What stands for a secret in `pulumi preview --json` and `pulumi stack export`."""


class Unknown:
    """A value that cannot be read here: not known yet, or a secret without its key."""

    def __bool__(self) -> bool:
        """Refuse: an unknown value is neither true nor false."""
        message = "an unknown value has no truth; compare with `is UNKNOWN`"
        raise TypeError(message)

    def __repr__(self) -> str:
        """As messages show it."""
        return "unknown"


UNKNOWN: Final = Unknown()


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is an object, as JSON has them: its keys are texts."""
    return isinstance(value, Mapping)


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list | tuple)


def decode(value: Any, secrets: set[str] | None = None) -> Any:
    """A wire value as plain JSON values, with UNKNOWN where it cannot be read.

    Secrets are unwrapped, since a rule judges what is deployed; their texts are added to `secrets`, and no message may
    repeat them (discretion.py). Assets and archives stay marked objects.
    """
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWNS or value == REDACTED else value
    if is_object(value):
        marker = value.get(SIGNATURE)
        if marker is None:
            return {str(key): decode(item, secrets) for key, item in value.items()}
        if marker == SECRET:
            return _secret(value, secrets)
        if marker == OUTPUT_VALUE:
            if "value" not in value:
                return UNKNOWN
            return _secret(value, secrets) if value.get("secret") is True else decode(value["value"], secrets)
        if marker == RESOURCE_REFERENCE:
            return decode(value.get("id") or value.get("urn"), secrets)
        return dict(value)
    if is_list(value):
        return [decode(item, secrets) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _secret(value: Mapping[str, Any], secrets: set[str] | None) -> Any:
    if "value" in value:
        plain = decode(value["value"], secrets)
    elif "plaintext" in value:  # `pulumi stack export --show-secrets`
        plain = decode(json.loads(value["plaintext"]), secrets)
    else:
        return UNKNOWN  # ciphertext
    if secrets is not None:
        secrets.update(_texts(plain))
    return plain


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_object(value) or is_list(value):
        for item in value.values() if is_object(value) else value:
            yield from _texts(item)


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
    """The texts that came as secrets: for judging only, and never for a message."""


class Witness(dict[str, Any]):
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


def _witnessed(resource: Resource) -> Resource:
    return replace(resource, inputs=Witness(resource.inputs)) if resource.ignore_changes else resource


class Outside:
    """A resource that the program refers to by a known name, and that is not among those judged."""

    def __repr__(self) -> str:
        """As messages show it."""
        return "outside"


OUTSIDE: Final = Outside()

Target: TypeAlias = Resource | Outside | Unknown | None
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
        self.resources = tuple(map(_witnessed, given))
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
            if isinstance(resource.inputs, Witness) and resource.inputs.read:
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
                return OUTSIDE
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


def read(value: Any, *path: str) -> Any:
    """A value inside objects: None where it is absent, UNKNOWN from the first unknown on."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if is_object(value) else None
    return value


def items(value: Any) -> list[Any]:
    """A list's items; a lone value, as Terraform's single blocks come, counts as a list of one."""
    if value is None:
        return []
    return list(value) if is_list(value) else [value]


def text(value: Any) -> str:
    """A known text, else nothing."""
    return value if isinstance(value, str) else ""
