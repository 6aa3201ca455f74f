"""Finds misspelt names of resource types: a test that no resource has a misspelt type would always succeed."""

from collections.abc import Collection, Iterator

from pulumi.runtime import rpc

from ..validation.problems import nearest

_CLOSE = 0.8
"""How similar a name must be to a known one, from 0 to 1, to be taken for a misspelt one."""


def misspelt(name: str, registered: Collection[str]) -> str:
    """A hint at the type that was probably meant; empty if the type exists, or if none is close to it.

    `name` is a complete token or its last part. Types exist if they are registered, or if a package that the program
    has imported declares them.
    """
    tokens = {*registered, *_declared()}
    packages = {each.partition(":")[0] for each in tokens}
    if ":" in name and name.partition(":")[0] not in packages:
        return ""
    names = tokens if ":" in name else {each.rpartition(":")[2] for each in tokens}
    return "" if name in names else nearest(name, sorted(names), _CLOSE)


def _declared() -> Iterator[str]:
    """The tokens of all resource types of the imported packages."""
    modules = rpc._RESOURCE_MODULES  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - the SDK has no other list
    for versions in modules.values():
        for each in versions:
            yield from getattr(each, "mod_info", {}).get("classes", ())
