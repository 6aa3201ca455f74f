"""Lists of addresses that mean to restrict."""

import ipaddress
from collections.abc import Collection

from .problems import Shown
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
            given = Shown(f"ranges that together are {share:.0%} of the IPv{version} internet")
            reader.refuse(name, "ranges of less than half of it (a layer that lets all in is waived)", given=given)
