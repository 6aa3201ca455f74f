"""IP address arithmetic: which callers a set of ranges distinguishes, and how many addresses they have."""

import ipaddress
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

Span = tuple[int, int]
"""First and last address."""
_ADDRESS_TYPES: Final = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a version, 4 or 6."""

    version: int
    number: int

    def __str__(self) -> str:
        """As policies write it."""
        return str(_ADDRESS_TYPES[self.version](self.number))


class Ranges:
    """A set of addresses, given as CIDR ranges. A value that is no range matches nothing, as in AWS."""

    __slots__ = ("_firsts", "spans")

    def __init__(self, values: Iterable[Any] = ()) -> None:
        """Merge the ranges of each version."""
        found: dict[int, list[Span]] = {4: [], 6: []}
        for value in values:
            network = _network(value)
            if network is not None:
                found[network.version].append((int(network.network_address), int(network.broadcast_address)))
        self.spans: dict[int, list[Span]] = {version: _merged(spans) for version, spans in found.items()}
        self._firsts = {version: [first for first, _ in spans] for version, spans in self.spans.items()}

    def __eq__(self, other: object) -> bool:
        """Whether both contain the same addresses."""
        return isinstance(other, Ranges) and self.spans == other.spans

    def __hash__(self) -> int:
        """A hash of the addresses."""
        return hash(tuple((version, tuple(spans)) for version, spans in self.spans.items()))

    def __contains__(self, address: Address) -> bool:
        """Whether an address is in some range."""
        index = bisect_right(self._firsts[address.version], address.number) - 1
        return index >= 0 and address.number <= self.spans[address.version][index][1]


@lru_cache(maxsize=4096)
def _network(value: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    if not isinstance(value, str):
        return None
    try:
        return ipaddress.ip_network(value.strip(), strict=False)
    except ValueError:
        return None


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for first, last in sorted(spans):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _without(version: int, whole: str, *excluded: str) -> list[Span]:
    (span,) = Ranges([whole]).spans[version]
    spans, start = list[Span](), span[0]
    for first, last in Ranges(excluded).spans[version]:
        if first > start:
            spans.append((start, first - 1))
        start = last + 1
    if start <= span[1]:
        spans.append((start, span[1]))
    return spans


_NOT_PUBLIC: Final = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.168.0.0/16", "224.0.0.0/3"),
)
INTERNET: Final = {4: _without(4, "0.0.0.0/0", *_NOT_PUBLIC), 6: _without(6, "2000::/3")}
"""The addresses of callers on the internet."""
_LARGEST_ALLOW_LIST: Final = {4: 2**24, 6: 2**112}
"""How many addresses an allow list of known callers may contain: a /8 of IPv4, a /16 of IPv6."""


@dataclass(frozen=True, slots=True)
class AddressGroup:
    """Addresses that no condition of a policy distinguishes."""

    sample: Address
    """One of them."""
    size: int
    """How many they are."""


def partition_internet(conditions: Sequence[Ranges]) -> list[AddressGroup]:
    """The addresses of the internet, grouped by the conditions that include them."""
    return [group for version in INTERNET for group in _groups(version, conditions)]


def _groups(version: int, conditions: Sequence[Ranges]) -> Iterator[AddressGroup]:
    edges = {edge for each in conditions for first, last in each.spans[version] for edge in (first, last + 1)}
    parts: dict[tuple[bool, ...], list[Span]] = defaultdict(list)
    for first, last in INTERNET[version]:
        inside = sorted(edge for edge in edges if first < edge <= last)
        for start, after in zip([first, *inside], [*inside, last + 1], strict=True):
            address = Address(version, start)
            parts[tuple(address in each for each in conditions)].append((start, after - 1))
    for spans in parts.values():
        widest = max(spans, key=lambda span: span[1] - span[0])
        yield AddressGroup(Address(version, widest[0]), sum(last - first + 1 for first, last in spans))


def exceed_allow_list(groups: Iterable[AddressGroup]) -> bool:
    """Whether these are more addresses than an allow list of known callers contains."""
    totals = dict.fromkeys(INTERNET, 0)
    for group in groups:
        totals[group.sample.version] += group.size
    return any(total > _LARGEST_ALLOW_LIST[version] for version, total in totals.items())
