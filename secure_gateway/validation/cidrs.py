"""Address ranges: their canonical spelling, and lists that are too wide to restrict anybody."""

import ipaddress
from collections.abc import Collection, Sequence

from .problems import plural
from .reader import Reader

_NOT_PUBLIC = [
    ipaddress.IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3"),
    )
]
"""IPv4 ranges that no caller on the internet has."""
_PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""Where IPv6 callers may have addresses: IANA assigns no others."""
_LARGEST_LIST = {4: 2**24, 6: 2**112}
"""How many public addresses a list of known callers may contain: a /8 of IPv4, a /16 of IPv6."""


def refuse_wide(reader: Reader, name: str, ranges: Collection[str]) -> None:
    """Reject ranges that together contain more public addresses than a list of known callers does."""
    old = ipaddress.collapse_addresses(ipaddress.IPv4Network(each) for each in ranges if ":" not in each)
    new = ipaddress.collapse_addresses(ipaddress.IPv6Network(each) for each in ranges if ":" in each)
    totals = {4: sum(map(_public_addresses, old)), 6: sum(map(_public_addresses, new))}
    for (version, total), prefix in zip(totals.items(), ("/8", "/16"), strict=True):
        if total > _LARGEST_LIST[version]:
            reader.add(
                name,
                f"the ranges contain {total:,} public IPv{version} addresses; a list of known callers contains at most "
                f"{_LARGEST_LIST[version]:,}, a {prefix} (to let everybody in, waive the layer)",
            )


def has_public_addresses(cidr: str) -> bool:
    """Whether callers on the internet can have an address of the range."""
    return _public_addresses(ipaddress.ip_network(cidr)) > 0


def _public_addresses(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> int:
    if isinstance(network, ipaddress.IPv6Network):
        return min(network.num_addresses, _PUBLIC_IPV6.num_addresses) if network.overlaps(_PUBLIC_IPV6) else 0
    overlapping = [each for each in _NOT_PUBLIC if each.overlaps(network)]
    return network.num_addresses - sum(min(each.num_addresses, network.num_addresses) for each in overlapping)


def cidrs(reader: Reader, name: str, *, most: int | None = None) -> tuple[str, ...]:
    """Address ranges in their one spelling, sorted; at most `most` of each family."""
    ranges = sorted({str(ipaddress.ip_network(each)) for each in reader.strings(name, check=_check_cidr)})
    for family, each in by_family(ranges).items():
        if most is not None and len(each) > most:
            reader.add(name, f"has {plural(len(each), f'{family} range')}; AWS accepts at most {most:,} in one IP set")
    return tuple(ranges)


def by_family(ranges: Sequence[str]) -> dict[str, list[str]]:
    """Address ranges by IP family, as IP sets hold them."""
    families: dict[str, list[str]] = {}
    for each in ranges:
        families.setdefault(f"ipv{ipaddress.ip_network(each).version}", []).append(each)
    return dict(sorted(families.items()))


def _check_cidr(cidr: str) -> str | None:
    example = "is not an address range such as 203.0.113.0/24 or 2001:db8::/32"
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return example
    if "%" in cidr:
        return f"{example}: zones are not allowed"
    if network.prefixlen == 0:
        return "covers every address, and AWS accepts no /0: to let everybody in, waive the layer"
    if ipaddress.ip_interface(cidr).ip != network.network_address:
        return f"does not begin with the first address of its range; did you mean {str(network)!r}?"
    return None
