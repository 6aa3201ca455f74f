"""Decodes property values from Pulumi's wire format, with unknowns and secrets, and reads decoded ones."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, TypeGuard

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
"""The placeholders for a value that is known only after deployment."""
REDACTED: Final = "[secret]"
"""The placeholder for a secret in `pulumi preview --json` and `pulumi stack export`."""


class Unknown:
    """A value that cannot be read: it is known only after deployment, or is an encrypted secret."""

    def __bool__(self) -> bool:
        """Raise TypeError: an unknown value is neither true nor false."""
        message = "an unknown value has no truth; compare with `is UNKNOWN`"
        raise TypeError(message)

    def __repr__(self) -> str:
        """A short form for debugging."""
        return "unknown"


UNKNOWN: Final = Unknown()


_NO_OBJECTS: Final = frozenset({str, int, float, bool, list, tuple, type(None), Unknown})
"""The types of most values that are no objects: the check of an abstract class is ten times slower."""


def is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value is an object, as in JSON, or a map."""
    kind = type(value)
    return kind is dict or (kind not in _NO_OBJECTS and isinstance(value, Mapping))


def is_list(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether a value is a list."""
    return isinstance(value, list | tuple)


def decode(value: Any, secrets: set[str] | None = None) -> Any:
    """A value in Pulumi's wire format as plain JSON, with UNKNOWN for what cannot be read.

    Secrets are unwrapped, because policies evaluate what is deployed. Their strings are added to `secrets`,
    and no message may repeat them (`redaction/redact.py`). Assets and archives remain marked objects.
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
        secrets.update(_strings(plain))
    return plain


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_object(value) or is_list(value):
        for item in value.values() if is_object(value) else value:
            yield from _strings(item)


def read(value: Any, *path: str) -> Any:
    """The value at a path inside objects: None if it is absent, UNKNOWN if it or an object around it is unknown."""
    for key in path:
        if value is UNKNOWN:
            return UNKNOWN
        value = value.get(key) if is_object(value) else None
    return value


def items(value: Any) -> list[Any]:
    """The items of a list; a single value, as Terraform writes single blocks, is a list of one item."""
    if value is None:
        return []
    return list(value) if is_list(value) else [value]


def known_strings(value: Any) -> dict[str, str]:
    """The members of an object that are known strings."""
    return {key: each for key, each in value.items() if isinstance(each, str)} if is_object(value) else {}


def is_deeper(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested in more levels. It looks level by level, so no depth exhausts the stack."""
    level = [value]
    for _ in range(levels):
        level = [
            child for each in level for child in (each.values() if is_object(each) else each if is_list(each) else ())
        ]
        if not level:
            return False
    return True


def text(value: Any) -> str:
    """A string if it is known, otherwise an empty one."""
    return value if isinstance(value, str) else ""
