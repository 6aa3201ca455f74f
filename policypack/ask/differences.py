"""What opened and what closed between two states of a stack: callers that reach a route in one of them only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..patterns.addresses import Span, without
from .callers import Callers


@dataclass(frozen=True, slots=True)
class Difference:
    """Callers that reach a route in one of two states."""

    opened: bool
    """Whether they reach it in the newer one; else in the older one."""
    callers: Callers


def differences(old: Sequence[Callers], new: Sequence[Callers]) -> Iterator[Difference]:
    """What closed and what opened, route by route in the order of the newer state."""
    before, after = _by_kind(old), _by_kind(new)
    routes = dict.fromkeys((each.gateway, each.route) for each in (*new, *old))
    for gateway, route in routes:
        for opened, these, others in ((False, before, after), (True, after, before)):
            for kind, each in these.items():
                if (each.gateway, each.route) == (gateway, route):
                    left = _without(each.addresses, others[kind].addresses if kind in others else {})
                    if any(left.values()):
                        yield Difference(opened, replace(each, addresses=left))


def _by_kind(listed: Sequence[Callers]) -> Mapping[tuple[object, ...], Callers]:
    return {each.kind: each for each in listed}


def _without(
    addresses: Mapping[int, Sequence[Span]], excluded: Mapping[int, Sequence[Span]]
) -> Mapping[int, Sequence[Span]]:
    return {version: without(spans, excluded.get(version, ())) for version, spans in addresses.items()}
