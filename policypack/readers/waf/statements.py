"""Reads the statements of AWS WAF rules, whose keys are in lower case, and follows their references to sets.

https://docs.aws.amazon.com/waf/latest/APIReference/API_Statement.html
"""

import base64
import binascii
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import IP_SET, REGEX_PATTERN_SET
from ...graph.values import UNKNOWN, is_list, is_object, items, read, text
from ...patterns.addresses import Ranges
from ...web_acl.statements import (
    AddressMatch,
    AsnMatch,
    ByteMatch,
    CountryMatch,
    Either,
    Every,
    Field,
    Forwarded,
    Handling,
    Kind,
    LabelMatch,
    Not,
    Opaque,
    OverLimit,
    Position,
    RegexMatch,
    SizeMatch,
    Statement,
)

_MAX_DEPTH: Final = 50
_UNKNOWN: Final = Opaque("unknown statement", "what it matches is known only after deployment", unknown=True)
_NOT_READ: Final = "contains a statement that cannot be evaluated"
_COMPONENTS: Final = {
    "method": Kind.METHOD,
    "uripath": Kind.PATH,
    "querystring": Kind.QUERY,
    "singlequeryargument": Kind.ARGUMENT,
    "allqueryarguments": Kind.ARGUMENTS,
    "singleheader": Kind.HEADER,
    "headers": Kind.HEADERS,
    "headerorder": Kind.HEADER_ORDER,
    "headerorders": Kind.HEADER_ORDER,
    "cookies": Kind.COOKIES,
    "body": Kind.BODY,
    "jsonbody": Kind.JSON,
    "ja3fingerprint": Kind.JA3,
    "ja4fingerprint": Kind.JA4,
    "urifragment": Kind.FRAGMENT,
}
_HANDLINGS: Final = {each.value: each for each in Handling}
_POSITIONS: Final = {each.value: each for each in Position}
_ATTACKS: Final = {"sqlimatchstatement": "SQL injection", "xssmatchstatement": "cross-site scripting"}
_FIRST: Final = "FIRST"
_SOME_SET: Final = Ranges(["192.0.2.0/24"])


class StatementReader:
    """Reads statements."""

    def __init__(self, graph: Graph) -> None:
        """Keep the graph, to follow references in it."""
        self._graph = graph

    def read(self, value: Any, owner: Resource, source: str, rule: str = "") -> Statement:
        """A statement; without one, all requests match. `rule` is the name of the rule that contains it."""
        return _Statement(self._graph, owner, source, rule).read(value, _MAX_DEPTH)


class _Statement:
    def __init__(self, graph: Graph, owner: Resource, source: str, rule: str) -> None:
        self._graph = graph
        self._owner = owner
        self._source = source
        self._rule = rule

    def read(self, value: Any, depth: int) -> Statement:
        if value is UNKNOWN or depth == 0:
            return _UNKNOWN
        if not is_object(value):
            return Every(())
        parts = [self._part(kind, body, depth) for kind, body in value.items() if body is not None]
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _part(self, kind: str, body: Any, depth: int) -> Statement:
        if body is UNKNOWN or _has_unknown(body):
            return self._with_unknown(kind, body, depth)
        if kind in {"andstatement", "orstatement"}:
            return self._several(kind, body, depth)
        if kind == "notstatement":
            return self._negated(body, depth)
        if kind == "ratebasedstatement":
            return Every((self.read(read(body, "scopedownstatement"), depth - 1), OverLimit(self._rule)))
        if kind == "ipsetreferencestatement":
            return self._addresses(body)
        return self._leaf(kind, body)

    def _with_unknown(self, kind: str, body: Any, depth: int) -> Statement:
        """A statement of which some value is unknown; what is known of it still counts."""
        if kind in {"andstatement", "orstatement"} and is_list(read(body, "statements")):
            return self._several(kind, body, depth)
        if kind == "notstatement":
            return self._negated(body, depth)
        if kind == "ipsetreferencestatement" and read(body, "arn") is UNKNOWN:
            return self._addresses(body)
        if kind == "ratebasedstatement" and read(body, "scopedownstatement") is not UNKNOWN:
            return Every((self.read(read(body, "scopedownstatement"), depth - 1), OverLimit(self._rule)))
        return _UNKNOWN

    def _negated(self, body: Any, depth: int) -> Statement:
        """What a NOT negates: one statement, which older versions of pulumi-aws put into a list."""
        listed = items(read(body, "statement")) or items(read(body, "statements"))
        return Not(self.read(listed[0], depth - 1)) if len(listed) == 1 and is_object(listed[0]) else _UNKNOWN

    def _several(self, kind: str, body: Any, depth: int) -> Statement:
        parts = tuple(self.read(each, depth - 1) for each in items(read(body, "statements")))
        return Every(parts) if kind == "andstatement" else Either(parts)

    def _leaf(self, kind: str, body: Any) -> Statement:
        if kind == "geomatchstatement":
            return CountryMatch(frozenset(map(text, items(read(body, "countrycodes")))), _forwarded(body))
        if kind == "asnmatchstatement":
            listed = items(read(body, "asnlists")) or items(read(body, "asnlist"))
            return AsnMatch(frozenset(map(_integer, listed)), _forwarded(body))
        if kind == "labelmatchstatement":
            return LabelMatch(text(read(body, "key")), namespace=text(read(body, "scope")).upper() == "NAMESPACE")
        field = _field(read(body, "fieldtomatch"))
        if kind in _ATTACKS:
            name = f"{_ATTACKS[kind]} in {field.kind.value if field else 'requests'}"
            return Opaque(name, f"whether requests look like {_ATTACKS[kind]} varies", content=True)
        return self._text(kind, body, field) if field else Opaque(f"{kind} {body}"[:200], _NOT_READ, unknown=True)

    def _text(self, kind: str, body: Any, field: Field) -> Statement:
        chain = tuple(_transformations(body))
        if kind == "bytematchstatement":
            position = _POSITIONS.get(text(read(body, "positionalconstraint")))
            return _UNKNOWN if position is None else ByteMatch(field, chain, position, _search_string(body))
        if kind == "sizeconstraintstatement":
            return SizeMatch(field, chain, text(read(body, "comparisonoperator")).upper(), _integer(read(body, "size")))
        if kind == "regexmatchstatement":
            return RegexMatch(field, chain, (text(read(body, "regexstring")),))
        if kind == "regexpatternsetreferencestatement":
            expressions = self._expressions(body)
            return _UNKNOWN if expressions is None else RegexMatch(field, chain, expressions)
        return Opaque(f"{kind} {body}"[:200], _NOT_READ, unknown=True)

    def _addresses(self, body: Any) -> Statement:
        forwarded = read(body, "ipsetforwardedipconfig")
        if forwarded is UNKNOWN or _has_unknown(forwarded):
            return _UNKNOWN
        found = self._graph.follow(self._owner, self._source, read(body, "arn"), IP_SET)
        name = found.urn if isinstance(found, Resource) else text(read(body, "arn"))
        addresses = found.inputs.get("addresses") if isinstance(found, Resource) else UNKNOWN
        if addresses is not UNKNOWN and UNKNOWN not in items(addresses):
            return AddressMatch(Ranges(map(text, items(addresses))), name, _forwarding(forwarded))
        if is_object(forwarded):
            # Callers write the header, so they choose whether it matches, whatever the set contains.
            return AddressMatch(_SOME_SET, name, _forwarding(forwarded))
        is_external = not isinstance(found, Resource)
        where = (
            "are in another stack, or known only after deployment" if is_external else "are known only after deployment"
        )
        return Opaque(f"IP set {name}", f"the addresses of its IP set {where}", unknown=True, external=is_external)

    def _expressions(self, body: Any) -> tuple[str, ...] | None:
        found = self._graph.follow(self._owner, self._source, read(body, "arn"), REGEX_PATTERN_SET)
        if not isinstance(found, Resource):
            return None
        listed = found.inputs.get("regularExpressions", found.inputs.get("regularExpressionList"))
        written = [read(each, "regexString") if is_object(each) else each for each in items(listed)]
        return tuple(map(text, written)) if listed is not UNKNOWN and UNKNOWN not in written else None


def _has_unknown(value: Any) -> bool:
    if is_object(value):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if is_list(value) else value is UNKNOWN


def _forwarded(body: Any) -> Forwarded | None:
    return _forwarding(read(body, "forwardedipconfig"))


def _forwarding(value: Any) -> Forwarded | None:
    if not is_object(value):
        return None
    fallback = _HANDLINGS.get(text(read(value, "fallbackbehavior")).upper(), Handling.NO_MATCH)
    position = text(read(value, "position")).upper() or _FIRST
    return Forwarded(text(read(value, "headername")).lower() or "x-forwarded-for", fallback, position)


def _field(value: Any) -> Field | None:
    if not is_object(value):
        return None
    given = [(key, body) for key, body in value.items() if body is not None]
    if len(given) != 1 or given[0][0] not in _COMPONENTS:
        return None
    kind, body = _COMPONENTS[given[0][0]], given[0][1]
    pattern = read(body, "matchpattern")
    scope = text(read(body, "matchscope")).upper() or "ALL"
    return Field(
        kind,
        text(read(body, "name")).lower(),
        keys=scope in {"ALL", "KEY"},
        values=scope in {"ALL", "VALUE"},
        included=_listed(pattern, "included"),
        excluded=_listed(pattern, "excluded") or (),
        oversize=_handling(body, "oversizehandling", Handling.CONTINUE),
        fallback=_handling(body, "invalidfallbackbehavior", _handling(body, "fallbackbehavior", _default(kind))),
    )


def _default(kind: Kind) -> Handling:
    return Handling.CONTINUE if kind is Kind.JSON else Handling.NO_MATCH


def _handling(body: Any, name: str, default: Handling) -> Handling:
    return _HANDLINGS.get(text(read(body, name)).upper(), default)


def _listed(pattern: Any, prefix: str) -> tuple[str, ...] | None:
    """The headers, cookies or JSON paths that a match pattern includes or excludes."""
    given: Mapping[str, Any] = pattern if is_object(pattern) else {}
    for key, value in given.items():
        if key.startswith(prefix) and items(value):
            return tuple(text(each) if key.endswith("paths") else text(each).lower() for each in items(value))
    return None


def _transformations(body: Any) -> Iterator[str]:
    listed = [each for each in items(read(body, "texttransformations")) if is_object(each)]
    for each in sorted(listed, key=lambda one: _integer(one.get("priority"))):
        yield text(each.get("type")).upper()


def _search_string(body: Any) -> str:
    encoded = text(read(body, "searchstringbase64"))
    try:
        return base64.b64decode(encoded).decode("latin-1") if encoded else text(read(body, "searchstring"))
    except (ValueError, binascii.Error):
        return encoded


def _integer(value: Any) -> int:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0
    return int(number) if math.isfinite(number) else 0
