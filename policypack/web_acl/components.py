"""The values of each component of a request that a set of statements distinguishes.

Statements about different components hold independently of each other. For each component, there is one value for
each way in which its statements can hold together.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, TypeVar

from ..patterns import (
    Automaton,
    View,
    examples,
)
from ..patterns.addresses import Address, AddressGroup, partition_internet
from .match import match
from .request import Request
from .statement_patterns import MAX_SIZE, pattern
from .statements import (
    AddressMatch,
    AsnMatch,
    ByteMatch,
    CountryMatch,
    Kind,
    Leaf,
    Opaque,
    OverLimit,
    SizeMatch,
    Text,
)
from .transformations import LETTER_BY_LETTER, encoded, transform
from .truth import Truth

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
"""What API Gateway accepts."""
_MAX_COMBINATIONS: Final = 400
_MAX_STATEMENTS: Final = 100
_MAX_LENGTH: Final = 4_000
"""Statements about one string, and characters in them, of which all combinations are tried."""
_OTHER_COUNTRY: Final = "ZZ"
_OTHER_ASN: Final = 0
_PATH_LETTERS: Final = "zqxj7abcdefghiklmnoprstuvwyABCDEFGHIJKLMNOPQRSTUVWXYZ012345689-_.~!$&'()*+,;=:@/%"
_VALUE_LETTERS: Final = "zqxj7abcdefghiklmnoprstuvwyABCDEFGHIJKLMNOPQRSTUVWXYZ012345689-_.~!$'()*,:@/?<>\"{}[]|^`\\ "
_ANOTHER: Final = "zq"
"""The name of a header, argument or cookie that no statement names."""


_Choice = TypeVar("_Choice")


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a component."""

    holds: Mapping[Leaf, Truth]
    """Which statements about the component hold."""
    request: Request | None = None
    """A request with this value, if it can be shown."""
    weight: int = 1
    """How many countries or autonomous systems it stands for."""
    group: AddressGroup | None = None
    """The addresses that it stands for, if the component is the caller's address."""


@dataclass(frozen=True, slots=True)
class Component:
    """A component of a request."""

    name: str
    options: tuple[Option, ...]
    complete: bool
    """Whether its statements can hold together in no other way."""
    of_caller: bool
    """Whether every caller chooses it freely for any request."""


def components(leaves: Iterable[Leaf], body_limit: int) -> list[Component]:
    """The components that statements are about, each with its options."""
    return list(_components(tuple(dict.fromkeys(leaves)), body_limit))


@lru_cache(maxsize=256)
def _components(listed: tuple[Leaf, ...], body_limit: int) -> tuple[Component, ...]:
    by_name: dict[str, list[Leaf]] = {}
    all_headers = any(isinstance(each, Text) and each.field.kind in _OF_ALL_HEADERS for each in listed)
    for each in listed:
        by_name.setdefault(_component(each, all_headers=all_headers), []).append(each)
    return tuple(_Reader(name, found, body_limit).component() for name, found in by_name.items())


_OF_ALL_HEADERS: Final = frozenset({Kind.HEADERS, Kind.HEADER_ORDER})
_OF_QUERY: Final = frozenset({Kind.QUERY, Kind.ARGUMENT, Kind.ARGUMENTS})


def _component(leaf: Leaf, *, all_headers: bool) -> str:
    """The component that a statement is about."""
    if isinstance(leaf, AddressMatch | CountryMatch | AsnMatch):
        if leaf.forwarded is not None:
            return "headers" if all_headers else f"header {leaf.forwarded.header}"
        return {AddressMatch: "address", CountryMatch: "country", AsnMatch: "ASN"}[type(leaf)]
    if isinstance(leaf, OverLimit):
        return f"rate {leaf.rule}"
    if isinstance(leaf, Opaque):
        return f"{'content' if leaf.content else 'opaque'} {leaf.name}"
    kind = leaf.field.kind
    if kind in _OF_QUERY:
        return "query string"
    if kind in _OF_ALL_HEADERS or (all_headers and kind in {Kind.HEADER, Kind.COOKIES}):
        return "headers"
    if kind is Kind.COOKIES:
        return "header cookie"
    if kind is Kind.HEADER:
        return f"header {leaf.field.name}"
    return "body" if kind is Kind.JSON else kind.value


class _Reader:
    """The options of one component."""

    def __init__(self, name: str, leaves: Sequence[Leaf], body_limit: int) -> None:
        self._name = name
        self._leaves = leaves
        self._body_limit = body_limit
        self._complete = True

    def component(self) -> Component:
        first, _, header = self._name.partition(" ")
        if first == "address":
            return Component(self._name, tuple(self._addresses()), complete=True, of_caller=False)
        if first in {"rate", "opaque", "content"}:
            return self._open(of_caller=first == "content")
        requests = list(self._requests(first, header))
        found: dict[tuple[Truth, ...], Option] = {}
        for each in requests:
            held = {leaf: match(leaf, each, self._body_limit) for leaf in self._leaves}
            same = found.get(tuple(held.values()))
            found[tuple(held.values())] = Option(held, each) if same is None else replace(same, weight=same.weight + 1)
        of_caller = self._name not in {"method", "path", "country", "ASN"}
        return Component(self._name, tuple(found.values()), self._complete, of_caller)

    def _open(self, *, of_caller: bool) -> Component:
        options = [Option(dict.fromkeys(self._leaves, value)) for value in (False, True)]
        if any(isinstance(each, Opaque) and each.unknown for each in self._leaves):
            options = [Option(dict.fromkeys(self._leaves))]
        return Component(self._name, tuple(options), complete=True, of_caller=of_caller)

    def _addresses(self) -> Iterator[Option]:
        """One option for each group of addresses; those of private networks have no part of the internet."""
        matches = [each for each in self._leaves if isinstance(each, AddressMatch)]
        groups = partition_internet([each.ranges for each in matches])
        private = [
            AddressGroup(Address(version, first), 0)
            for each in matches
            for version, spans in each.ranges.spans.items()
            for first, _ in spans
        ]
        seen: dict[tuple[bool, ...], None] = {}
        for group in [*groups, *private]:
            held = tuple(group.sample in each.ranges for each in matches)
            if group.size or held not in seen:
                holds: dict[Leaf, Truth] = dict(zip(matches, held, strict=True))
                yield Option(holds, Request(address=group.sample), group=group)
            seen[held] = None

    def _requests(self, first: str, header: str) -> Iterator[Request]:
        if first == "method":
            return (Request(method=each) for each in METHODS)
        if first == "path":
            return (Request(path=each) for each in self._strings(self._textual(), "/", _PATH_LETTERS))
        if first == "query":
            return (Request(query=each) for each in self._queries())
        if first == "header":
            return self._headers([header])
        if first == "headers":
            return self._headers([_ANOTHER])
        if first == "body":
            return (Request(body=each) for each in self._bodies())
        if first == "country":
            listed = {each for leaf in self._leaves if isinstance(leaf, CountryMatch) for each in leaf.countries}
            return (Request(country=each) for each in [_OTHER_COUNTRY, *sorted(listed)])
        if first == "ASN":
            numbers = {each for leaf in self._leaves if isinstance(leaf, AsnMatch) for each in leaf.numbers}
            return (Request(asn=each) for each in [_OTHER_ASN, *sorted(numbers)])
        return self._others(first)

    def _others(self, first: str) -> Iterator[Request]:
        for each in ["", *self._strings(self._textual(), "", _VALUE_LETTERS)]:
            if first == "JA3":
                yield Request(ja3=each)
            elif first == "JA4":
                yield Request(ja4=each)
            else:
                yield Request(fragment=each)

    def _textual(self, *of: Kind, name: str | None = None) -> list[Text]:
        """The statements about strings; of certain fields, or about a name."""
        found = [each for each in self._leaves if isinstance(each, Text)]
        return [
            each for each in found if (not of or each.field.kind in of) and (name is None or each.field.name == name)
        ]

    def _queries(self) -> list[str]:
        names = dict.fromkeys(each.field.name for each in self._textual(Kind.ARGUMENT))
        every = self._textual(Kind.ARGUMENTS)
        choices = [
            ["", *(f"{name}={value}" for value in self._values(self._textual(Kind.ARGUMENT, name=name) + every))]
            for name in names
        ]
        if every:
            choices.append(["", *(f"{_ANOTHER}={value}" for value in self._values(every))])
        combined = ["&".join(filter(None, parts)) for parts in self._product(choices)]
        raw = self._textual(Kind.QUERY)
        if not raw:
            return combined
        self._complete &= not choices
        whole = self._strings(raw, "", _VALUE_LETTERS + "&=+%")
        return list(dict.fromkeys(["", *combined, *whole, *(f"{a}&{b}" for a, b in self._pairs(combined, whole))]))

    def _headers(self, names: Sequence[str]) -> Iterator[Request]:
        """Requests with headers: each may be absent."""
        every = self._textual(Kind.HEADERS)
        named = dict.fromkeys(each.field.name for each in self._textual(Kind.HEADER))
        forwarded = [each for each in self._leaves if _forwarding_header(each)]
        addresses = [each for each in forwarded if isinstance(each, AddressMatch)]
        for each in forwarded:
            self._complete &= isinstance(each, AddressMatch)
            named.setdefault(_forwarding_header(each))
        jar = self._textual(Kind.COOKIES)
        listed = {one for each in [*every, *jar] for one in (*(each.field.included or ()), *each.field.excluded)}
        all_names = dict.fromkeys(
            [*named, *(("cookie",) if jar else ()), *(listed if every else ()), *(names if every else ())]
        )
        choices: list[list[tuple[str, str] | None]] = []
        for name in all_names:
            about = [*self._textual(Kind.HEADER, name=name), *every]
            values = [] if not about else ["", *self._values(about)]
            if name == "cookie" and jar:
                cookies = self._cookies(jar, listed)
                self._complete &= not about
                values = [*values, *cookies]
            own = [each for each in addresses if _forwarding_header(each) == name]
            values = [*values, *_forwarded_values(own)]
            choices.append([None, *((name, value) for value in values)])
        for chosen in self._product(choices):
            yield Request(headers=tuple(each for each in chosen if each is not None))
        yield from self._oversize([*every, *jar], "cookie" if jar and not every else _ANOTHER)
        self._complete &= not self._textual(Kind.HEADER_ORDER)

    def _cookies(self, jar: Sequence[Text], listed: Iterable[str]) -> list[str]:
        values = self._values(jar)
        return [f"{name}={value}" for name in dict.fromkeys([_ANOTHER, *sorted(listed)]) for value in values]

    def _oversize(self, about: Sequence[Text], name: str) -> Iterator[Request]:
        if about:
            yield Request(headers=((name, f"{_ANOTHER}={'z' * 9_000}"),))

    def _bodies(self) -> list[str]:
        plain, inside = self._textual(Kind.BODY), self._textual(Kind.JSON)
        found = ["", *self._strings(plain, "", _VALUE_LETTERS)] if plain else ["", "zq"]
        if inside:
            self._complete = False
            keys = {each for one in inside for each in (one.field.included or ())} or {f"/{_ANOTHER}"}
            values = self._values(inside)
            found += [_document(key, value) for key in sorted(keys) for value in values]
            found += [json.dumps({value: "zq"}) for value in values]
            found.append("{")
        return [*found, *(each + "z" * (self._body_limit + 1) for each in found[:50])]

    def _values(self, about: Sequence[Text]) -> list[str]:
        return self._strings(about, "", _VALUE_LETTERS)

    def _strings(self, about: Sequence[Text], begins: str, letters: str) -> list[str]:
        """The strings that statements distinguish."""
        views, symbols = list[View](), list[str]()
        constants = [each.value for each in about if isinstance(each, ByteMatch)]
        if len(about) > _MAX_STATEMENTS or sum(map(len, constants)) > _MAX_LENGTH:
            self._complete = False
            constants, about = constants[:_MAX_STATEMENTS], ()
        for each in about:
            node = pattern(each)
            if node is None or not LETTER_BY_LETTER.issuperset(each.transformations):
                self._complete = False
                continue
            views.append(View(Automaton(node), _transformer(each.transformations)))
        chains = [each.transformations for each in about]
        for letter in dict.fromkeys("".join(constants)):
            symbols += dict.fromkeys(one for chain in chains for one in encoded(chain, letter))
        result = examples(views, begins=begins, alphabet=letters, symbols=symbols[:60])
        self._complete &= result.complete
        found = list(dict.fromkeys([*result.by_match.values(), *constants, begins + _ANOTHER]))
        found = [each for each in found if each.startswith(begins)]
        return list(dict.fromkeys([*found, *_padded(found, about, begins)]))

    def _product(self, choices: Sequence[Sequence[_Choice]]) -> Iterator[tuple[_Choice, ...]]:
        size = 1
        for each in choices:
            size *= max(len(each), 1)
        if size <= _MAX_COMBINATIONS:
            yield from product(*choices)
            return
        self._complete = False
        for index, each in enumerate(choices):
            for value in each:
                yield tuple(value if one == index else other[0] for one, other in enumerate(choices))

    def _pairs(self, left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, str]]:
        if len(left) * len(right) <= _MAX_COMBINATIONS:
            yield from product(left, right)


def _forwarding_header(leaf: Leaf) -> str:
    """The header whose address a statement uses instead of the caller's."""
    if isinstance(leaf, AddressMatch | CountryMatch | AsnMatch) and leaf.forwarded is not None:
        return leaf.forwarded.header
    return ""


def _forwarded_values(leaves: Sequence[AddressMatch]) -> list[str]:
    """Values of a header with an address of each group, and with none."""
    if not leaves:
        return []
    groups = partition_internet([each.ranges for each in leaves])
    return ["none", *(str(each.sample) for each in groups)]


def _transformer(chain: tuple[str, ...]) -> Callable[[str], str]:
    return lambda value: transform(chain, value) or ""


def _padded(found: Sequence[str], about: Sequence[Text], begins: str) -> Iterator[str]:
    """The strings with letters inserted that bring them to the sizes which statements distinguish."""
    sizes = [each.size + step for each in about if isinstance(each, SizeMatch) for step in (-1, 0, 1)]
    for size in dict.fromkeys(each for each in sizes if each > MAX_SIZE):
        for each in found[:_MAX_COMBINATIONS]:
            for start in dict.fromkeys((len(begins), max(len(begins), len(each) // 2), len(each))):
                if len(each) < size:
                    yield each[:start] + "z" * (size - len(each)) + each[start:]


def _document(path: str, value: str) -> str:
    """A JSON document with a value at a path."""
    found: object = value
    for key in reversed(path.strip("/").split("/")):
        found = [found] if key.isdigit() else {key: found}
    return json.dumps(found)
