"""IP address arithmetic: which callers a set of ranges distinguishes, and how many addresses they have."""

import ipaddress
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    spans: tuple[Span, ...] = ()
    """Where they are; empty if that does not matter."""


PRIVATE: Final = {
    4: Ranges(["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"]).spans[4],
    6: Ranges(["fc00::/7"]).spans[6],
}
"""The addresses of callers in a VPC."""
Universe = Mapping[int, Sequence[Span]]
"""All addresses that are of interest, by IP version."""


def partition_internet(conditions: Sequence[Ranges]) -> list[AddressGroup]:
    """The addresses of the internet, grouped by the conditions that include them."""
    return partition(conditions, INTERNET)


def partition(conditions: Sequence[Ranges], universe: Universe) -> list[AddressGroup]:
    """Addresses, grouped by the conditions that include them."""
    return [group for version in universe for group in _groups(version, conditions, universe[version])]


def _groups(version: int, conditions: Sequence[Ranges], universe: Sequence[Span]) -> Iterator[AddressGroup]:
    edges = {edge for each in conditions for first, last in each.spans[version] for edge in (first, last + 1)}
    parts: dict[tuple[bool, ...], list[Span]] = defaultdict(list)
    for first, last in universe:
        inside = sorted(edge for edge in edges if first < edge <= last)
        for start, after in zip([first, *inside], [*inside, last + 1], strict=True):
            address = Address(version, start)
            parts[tuple(address in each for each in conditions)].append((start, after - 1))
    for spans in parts.values():
        widest = max(spans, key=lambda span: span[1] - span[0])
        size = sum(last - first + 1 for first, last in spans)
        yield AddressGroup(Address(version, widest[0]), size, tuple(spans))


def exceed_allow_list(groups: Iterable[AddressGroup]) -> bool:
    """Whether these are more addresses than an allow list of known callers contains."""
    totals = dict.fromkeys(INTERNET, 0)
    for group in groups:
        totals[group.sample.version] += group.size
    return any(total > _LARGEST_ALLOW_LIST[version] for version, total in totals.items())


def merged(groups: Iterable[AddressGroup]) -> dict[int, list[Span]]:
    """The addresses of several groups, by version."""
    found: dict[int, list[Span]] = {version: [] for version in INTERNET}
    for group in groups:
        found[group.sample.version] += group.spans
    return {version: _merged(spans) for version, spans in found.items()}


def without(spans: Sequence[Span], excluded: Sequence[Span]) -> list[Span]:
    """The addresses of `spans` that are not in `excluded`; both are in order and do not overlap."""
    found = list[Span]()
    for first, last in spans:
        start = first
        for low, high in excluded:
            if high < start or low > last:
                continue
            if low > start:
                found.append((start, low - 1))
            start = high + 1
        if start <= last:
            found.append((start, last))
    return found


def cidrs(version: int, spans: Iterable[Span]) -> list[str]:
    """Spans as policies write them."""
    kind = _ADDRESS_TYPES[version]
    return [str(each) for first, last in spans for each in ipaddress.summarize_address_range(kind(first), kind(last))]


def described(by_version: Mapping[int, Sequence[Span]], universe: Universe) -> str:
    """Addresses in the shortest form, such as `203.0.113.0/24` or `every address except 203.0.113.0/24`."""
    listed, excluded = list[str](), list[str]()
    for version, whole in universe.items():
        spans = by_version.get(version, ())
        listed += cidrs(version, spans) if spans != whole else [f"every IPv{version} address"]
        excluded += cidrs(version, without(whole, spans))
    if not excluded:
        return "every address"
    if len(excluded) < len(listed):
        return f"every address except {_shortened(excluded)}"
    return _shortened(listed)


_MOST_LISTED: Final = 12


def _shortened(listed: Sequence[str]) -> str:
    more = len(listed) - _MOST_LISTED
    return ", ".join(listed[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
