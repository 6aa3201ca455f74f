"""Whether a request matches a single statement.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-fields.html
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeGuard

from ..patterns import Automaton, UnsupportedPatternError, parse
from ..patterns.addresses import Address
from .request import Request
from .statements import (
    AddressMatch,
    AsnMatch,
    ByteMatch,
    CountryMatch,
    Field,
    Forwarded,
    Handling,
    Kind,
    Leaf,
    OverLimit,
    Position,
    RegexMatch,
    SizeMatch,
    Text,
)
from .transformations import transform
from .truth import Truth, either

_MAX_HEADERS: Final = 200
_MAX_HEADER_BYTES: Final = 8_192
"""How many headers, and bytes of headers or cookies, AWS WAF inspects."""
_MAX_VALUE: Final = 300
_MAX_EXPRESSION: Final = 200
_REPEATED_GROUP: Final = re.compile(r"\)[*+{?]")
_FORWARDED_ADDRESSES: Final = 10
"""How many addresses of a header AWS WAF inspects for the position ANY."""
_OPERATORS: Final[dict[str, Callable[[int, int], bool]]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "LE": operator.le,
    "LT": operator.lt,
    "GE": operator.ge,
    "GT": operator.gt,
}
_PLAIN: Final = {Handling.MATCH: True, Handling.NO_MATCH: False}


def match(leaf: Leaf, request: Request, body_limit: int) -> Truth:
    """Whether a request matches a statement that is not made of others."""
    if isinstance(leaf, ByteMatch | RegexMatch | SizeMatch):
        return _matches_text(leaf, request, body_limit)
    if isinstance(leaf, AddressMatch):
        return _matches_address(leaf, request)
    if isinstance(leaf, CountryMatch):
        return None if leaf.forwarded or request.country is None else request.country in leaf.countries
    if isinstance(leaf, AsnMatch):
        return None if leaf.forwarded or request.asn is None else request.asn in leaf.numbers
    if isinstance(leaf, OverLimit):
        return leaf.rule in request.over_limit
    return None


def _matches_address(leaf: AddressMatch, request: Request) -> Truth:
    if leaf.forwarded is None:
        return None if request.address is None else request.address in leaf.ranges
    return forwarded_match(leaf, leaf.forwarded, dict(request.headers).get(leaf.forwarded.header))


def forwarded_match(leaf: AddressMatch, forwarded: Forwarded, header: str | None) -> Truth:
    """Whether the addresses in a header are in an IP set; without the header, the statement does not match."""
    if header is None:
        return False
    written = [each.strip() for each in header.split(",")]
    chosen = {"FIRST": written[:1], "LAST": written[-1:]}.get(forwarded.position, written[-_FORWARDED_ADDRESSES:])
    addresses = [_address(each) for each in chosen]
    valid = [each for each in addresses if each is not None]
    if not valid:
        return _PLAIN.get(forwarded.fallback)
    return any(each in leaf.ranges for each in valid)


def _address(value: str) -> Address | None:
    try:
        found = ipaddress.ip_address(value)
    except ValueError:
        return None
    return Address(found.version, int(found))


def _matches_text(leaf: Text, request: Request, body_limit: int) -> Truth:
    found = inspected(leaf.field, request, body_limit)
    if isinstance(found, bool) or found is None:
        return found
    return either(text_match(leaf, each) for each in found)


def text_match(leaf: Text, value: str) -> Truth:
    """Whether a component with a value matches."""
    changed = transform(leaf.transformations, value)
    if changed is None:
        return None
    if isinstance(leaf, SizeMatch):
        compare = _OPERATORS.get(leaf.operator)
        return None if compare is None else compare(len(changed.encode()), leaf.size)
    if isinstance(leaf, RegexMatch):
        return either(_found(each, changed) for each in leaf.expressions)
    return _positioned(leaf, changed)


def _positioned(leaf: ByteMatch, value: str) -> bool:
    if leaf.position is Position.EXACTLY:
        return value == leaf.value
    if leaf.position is Position.STARTS_WITH:
        return value.startswith(leaf.value)
    if leaf.position is Position.ENDS_WITH:
        return value.endswith(leaf.value)
    if leaf.position is Position.CONTAINS:
        return leaf.value in value
    return re.search(rf"(?<![A-Za-z0-9_]){re.escape(leaf.value)}(?![A-Za-z0-9_])", value) is not None


def _found(expression: str, value: str) -> Truth:
    """Whether a regular expression finds something. An automaton does so in time that grows with the value only."""
    automaton = _automaton(expression)
    if automaton is not None:
        return automaton.matches(value)
    compiled = _compiled(expression)
    return None if compiled is None or len(value) > _MAX_VALUE else compiled.search(value) is not None


@lru_cache(maxsize=1024)
def _automaton(expression: str) -> Automaton | None:
    try:
        return Automaton(parse(expression))
    except UnsupportedPatternError:
        return None


@lru_cache(maxsize=1024)
def _compiled(expression: str) -> re.Pattern[str] | None:
    """An expression that only `re` can read; without a repeated group, which may take forever."""
    if _REPEATED_GROUP.search(expression) or len(expression) > _MAX_EXPRESSION:
        return None
    try:
        return re.compile(expression)
    except (re.error, RecursionError, OverflowError):
        return None


def inspected(field: Field, request: Request, body_limit: int) -> list[str] | bool | None:
    """The strings that a statement inspects, or what it makes of a request in which it cannot inspect them."""
    kind = field.kind
    if kind is Kind.METHOD:
        return [request.method]
    if kind is Kind.PATH:
        return [request.path]
    if kind is Kind.QUERY:
        return [request.query]
    if kind in {Kind.ARGUMENT, Kind.ARGUMENTS}:
        return [
            value for name, value in arguments(request.query) if kind is Kind.ARGUMENTS or name.lower() == field.name
        ]
    if kind is Kind.HEADER:
        return [value for name, value in request.headers if name == field.name]
    if kind in {Kind.HEADERS, Kind.COOKIES, Kind.HEADER_ORDER}:
        return _several(field, request)
    if kind in {Kind.BODY, Kind.JSON}:
        return _body(field, request.body, body_limit)
    value = {Kind.JA3: request.ja3, Kind.JA4: request.ja4, Kind.FRAGMENT: request.fragment}[kind]
    return value if value is None else [value] if value else _PLAIN.get(field.fallback)


def arguments(query: str) -> Iterator[tuple[str, str]]:
    """Name and value of each argument of a query string."""
    for each in query.split("&") if query else ():
        name, _, value = each.partition("=")
        yield name, value


def cookies(request: Request) -> list[tuple[str, str]]:
    """Name and value of each cookie."""
    written = [each for name, value in request.headers if name == "cookie" for each in value.split(";")]
    return [(name.strip(), value) for name, _, value in (each.partition("=") for each in written)]


def _several(field: Field, request: Request) -> list[str] | bool | None:
    if field.kind is Kind.HEADER_ORDER:
        return [":".join(name for name, _ in request.headers)]
    pairs = cookies(request) if field.kind is Kind.COOKIES else list(request.headers)
    if len(pairs) > _MAX_HEADERS or sum(len(name) + len(value) for name, value in pairs) > _MAX_HEADER_BYTES:
        if field.oversize in _PLAIN:
            return _PLAIN[field.oversize]
        pairs = _beginning(pairs)
    found: list[str] = []
    for name, value in pairs:
        listed = field.included is None or name.lower() in field.included
        if listed and name.lower() not in field.excluded:
            found += [name] * field.keys + [value] * field.values
    return found


def _beginning(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    found, left = list[tuple[str, str]](), _MAX_HEADER_BYTES
    for name, value in pairs[:_MAX_HEADERS]:
        left -= len(name) + len(value)
        if left < 0:
            break
        found.append((name, value))
    return found


def _body(field: Field, body: str, limit: int) -> list[str] | bool | None:
    if len(body) > limit:
        if field.oversize in _PLAIN:
            return _PLAIN[field.oversize]
        body = body[:limit]
    if field.kind is Kind.BODY:
        return [body]
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        if field.fallback in _PLAIN:
            return _PLAIN[field.fallback]
        # Without a fallback, AWS WAF inspects what it could parse before the error.
        return [body] if field.fallback is Handling.AS_STRING else [] if not body else None
    return list(_elements(value, field, ""))


def _elements(value: object, field: Field, path: str) -> Iterator[str]:
    if _is_object(value):
        for key, item in value.items():
            inner = f"{path}/{key}"
            if field.keys and _listed(field, inner):
                yield key
            yield from _elements(item, field, inner)
    elif _is_list(value):
        for index, item in enumerate(value):
            yield from _elements(item, field, f"{path}/{index}")
    elif field.values and _listed(field, path):
        yield value if isinstance(value, str) else json.dumps(value)


def _listed(field: Field, path: str) -> bool:
    return field.included is None or any(path == each or path.startswith(f"{each}/") for each in field.included)


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list)
