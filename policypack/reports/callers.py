"""Who reaches the routes of an API, and what changed, as text and as JSON."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from ..ask.callers import Callers
from ..ask.differences import Difference
from ..patterns.addresses import cidrs, described
from ..redaction.escaping import visible


def as_text(found: Sequence[Callers], routes: Sequence[str], unknown: Sequence[tuple[str, str]]) -> str:
    """The callers of each route; `routes` are those of interest, and `unknown` the APIs with further ones."""
    lines: list[str] = []
    for (gateway, route), of_route in groupby(found, lambda each: (each.gateway, each.route)):
        lines.append(f"{gateway}, {route}")
        for entry, callers in groupby(of_route, lambda each: (each.entry, each.url)):
            lines.append(f"  {entry[0]}: {entry[1]}")
            lines += [f"    {_row(each)}" for each in callers]
        lines.append("")
    reached = {each.route for each in found}
    lines += [f"{each}\n  no caller reaches it\n" for each in routes if each not in reached]
    lines += [f"{gateway}: it may have further routes: {reason}\n" for gateway, reason in unknown]
    return "\n".join(visible(line) for each in lines for line in each.split("\n")) + "\n" * bool(lines)


def _row(each: Callers) -> str:
    certainty = "reaches" if each.certain else "unknown"
    return f"{certainty}  {origin(each)}, {needed(each)}" + (f" (unknown: {each.reason})" if each.reason else "")


def needed(each: Callers) -> str:
    """What callers must have."""
    return f"with {' and '.join(each.credentials)}" if each.credentials else "without credentials"


def origin(each: Callers) -> str:
    """Where callers come from: VPC endpoint, addresses and countries."""
    via = f"through {each.via}, " if each.via else ""
    countries = f" in {each.countries}" if each.countries else ""
    return f"{via}{described(each.addresses, each.universe)}{countries}"


def as_json(found: Sequence[Callers], unknown: Sequence[tuple[str, str]]) -> str:
    """The same as JSON."""
    further = [{"gateway": gateway, "reason": reason} for gateway, reason in unknown]
    return json.dumps({"callers": [_object(each) for each in found], "unknown_routes": further}, indent=2) + "\n"


def _object(each: Callers) -> dict[str, Any]:
    return {
        "gateway": each.gateway,
        "route": each.route,
        "entry_point": each.entry,
        "url": each.url,
        "result": "reaches" if each.certain else "unknown",
        "reason": each.reason,
        "credentials": list(each.credentials),
        "via": each.via,
        "countries": each.countries,
        "addresses": described(each.addresses, each.universe),
        "ranges": [one for version, spans in each.addresses.items() for one in cidrs(version, spans)],
    }


def differences_as_text(found: Sequence[Difference]) -> str:
    """What closed (`-`) and what opened (`+`), route by route."""
    lines: list[str] = []
    for (gateway, route), of_route in groupby(found, lambda each: (each.callers.gateway, each.callers.route)):
        lines.append(f"{gateway}, {route}")
        lines += [f"  {'+' if each.opened else '-'} {each.callers.entry}: {_row(each.callers)}" for each in of_route]
        lines.append("")
    return "\n".join(map(visible, lines)) + "\n" if lines else "The same callers reach the same routes.\n"


def differences_as_json(found: Sequence[Difference]) -> str:
    """The same as JSON."""
    return (
        json.dumps(
            {"differences": [{"opened": each.opened, **_object(each.callers)} for each in found]},
            indent=2,
        )
        + "\n"
    )
