"""Finds the inputs that the engine encrypts. The SDK's own deserialization marks the whole map or list around them."""

from collections.abc import Iterator
from typing import Any

from pulumi.runtime import rpc

from ..validation.json_values import is_list, is_object
from ..validation.problems import join

_KIND: str = rpc._special_sig_key  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the SDK has no public name
_SECRET: str = rpc._special_secret_sig  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
_OUTPUT: str = rpc._special_output_value_sig  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


def secret_paths(value: Any, path: str = "") -> Iterator[str]:
    """The paths of all secrets in inputs as the engine receives them, such as `tags.owner` or `rules[0].value`."""
    if is_object(value):
        kind = value.get(_KIND)
        if kind == _SECRET or (kind == _OUTPUT and value.get("secret")):
            yield path
        elif kind == _OUTPUT:
            yield from secret_paths(value.get("value"), path)
        else:
            for key, each in value.items():
                yield from secret_paths(each, join(path, key))
    elif is_list(value):
        for index, each in enumerate(value):
            yield from secret_paths(each, f"{path}[{index}]")
