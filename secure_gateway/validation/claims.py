"""What AWS has once, and two components of one program could both want: refused before either is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_monitor

from .problems import Problems


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One thing of which AWS has one."""

    what: str
    """What it is, such as `custom domain name`."""
    value: str
    path: str
    """Where the args name it."""
    advice: str
    """What to do if another component has it already: an imperative."""
    secret: bool = False
    """Whether messages must not show the value."""


class _Process:
    """The deployment of a process that serves a single one."""


_PROCESS = _Process()
_taken: WeakKeyDictionary[object, dict[tuple[str, str, int], str]] = WeakKeyDictionary()
"""By deployment: the owner of each thing, by what it is, by its value and by its provider."""
_whole_process = False


def one_deployment_per_process() -> None:
    """Declare that all components of this process belong to one deployment, as in a component provider."""
    global _whole_process  # noqa: PLW0603 - a fact about the process
    _whole_process = True


def claim(owner: str, claims: Iterable[Claim], opts: pulumi.ResourceOptions | None, problems: Problems) -> None:
    """Reject what another component of this program has already.

    Components with different providers never conflict: these may be of different accounts or regions.
    """
    deployment: object = _PROCESS if _whole_process else get_monitor() or _PROCESS
    taken = _taken.setdefault(deployment, {})
    provider = _provider(opts)
    own: set[tuple[str, str]] = set()
    for each in claims:
        digest = sha256(each.value.encode()).hexdigest()  # no secret stays in memory for this
        other = taken.setdefault((each.what, digest, provider), owner)
        if other == owner and (each.what, digest) not in own:
            own.add((each.what, digest))
            continue
        which = f"this {each.what}" if each.secret else f"the {each.what} {each.value!r}"
        problems.add(each.path, f"{which} belongs to {other} already, and AWS has it once: {each.advice}")


def _provider(opts: pulumi.ResourceOptions | None) -> int:
    """Which AWS provider a component uses: the identity of an explicit one, 0 for the default provider."""
    if opts is None:
        return 0
    given = opts.providers or {}
    by_package = given if isinstance(given, dict) else {each.package: each for each in _listed(given)}
    chosen = by_package.get("aws") or next((each for each in _listed(opts.provider) if each.package == "aws"), None)
    if chosen is None and opts.parent is not None:
        chosen = opts.parent.get_provider("aws:index:Any")
    return 0 if chosen is None else id(chosen)


def _listed(given: object) -> list[pulumi.ProviderResource]:
    several = given if isinstance(given, list | tuple) else [given]  # pyright: ignore[reportUnknownVariableType]
    return [each for each in several if isinstance(each, pulumi.ProviderResource)]  # pyright: ignore[reportUnknownVariableType]
