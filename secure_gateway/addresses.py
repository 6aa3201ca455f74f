"""Lists of addresses that mean to restrict."""

import ipaddress
from collections.abc import Collection

from .problems import Shown
from .reader import Reader


def refuse_whole(reader: Reader, name: str, ranges: Collection[str]) -> None:
    """Ranges that together are all addresses restrict nobody, however they are cut."""
    old = ipaddress.collapse_addresses(ipaddress.IPv4Network(each) for each in ranges if ":" not in each)
    new = ipaddress.collapse_addresses(ipaddress.IPv6Network(each) for each in ranges if ":" in each)
    for joined in (*old, *new):
        if joined.prefixlen == 0:
            given = Shown(f"ranges that together are every IPv{joined.version} address")
            reader.refuse(name, "fewer than every address (a layer that lets all in is waived)", given=given)
