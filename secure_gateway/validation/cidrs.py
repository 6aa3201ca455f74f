"""Address ranges: their one spelling, and lists that restrict nobody."""

import ipaddress
from collections.abc import Collection, Sequence

from .problems import plural
from .reader import Reader

_INTERNET = ipaddress.IPv6Network("2000::/3")
"""Where IPv6 callers may have addresses: IANA gives out no others."""


def refuse_wide(reader: Reader, name: str, ranges: Collection[str]) -> None:
    """Ranges that together are half of the internet or more restrict nobody, however they are cut."""
    old = ipaddress.collapse_addresses(ipaddress.IPv4Network(each) for each in ranges if ":" not in each)
    new = ipaddress.collapse_addresses(ipaddress.IPv6Network(each) for each in ranges if ":" in each)
    within = [min(each.num_addresses, _INTERNET.num_addresses) for each in new if each.overlaps(_INTERNET)]
    shares = {4: sum(each.num_addresses for each in old) / 2**32, 6: sum(within) / _INTERNET.num_addresses}
    for version, share in shares.items():
        if share * 2 >= 1:
            reader.add(
                name,
                f"the ranges cover {share:.0%} of the IPv{version} internet; they must cover less than half of it "
                "(to let everybody in, waive the layer)",
            )


def cidrs(reader: Reader, name: str, *, most: int | None = None) -> tuple[str, ...]:
    """Address ranges in their one spelling, sorted; at most `most` of each family."""
    ranges = sorted({str(ipaddress.ip_network(each)) for each in reader.strings(name, check=_check_cidr)})
    for family, each in by_family(ranges).items():
        if most is not None and len(each) > most:
            reader.add(name, f"has {plural(len(each), f'{family} range')}; AWS takes at most {most:,} in one IP set")
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
        return "covers every address, and AWS takes no /0: to let everybody in, waive the layer"
    if ipaddress.ip_interface(cidr).ip != network.network_address:
        return f"does not begin with the first address of its range; did you mean {str(network)!r}?"
    return None
