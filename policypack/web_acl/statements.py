"""Web ACLs as AWS WAF evaluates them: rules in order of priority, each with a statement.

https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statements.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from ..patterns.addresses import Ranges


class Kind(Enum):
    """A component of a request."""

    METHOD = "method"
    PATH = "path"
    QUERY = "query string"
    ARGUMENT = "query argument"
    ARGUMENTS = "query arguments"
    HEADER = "header"
    HEADERS = "headers"
    HEADER_ORDER = "header order"
    COOKIES = "cookies"
    BODY = "body"
    JSON = "JSON body"
    JA3 = "JA3 fingerprint"
    JA4 = "JA4 fingerprint"
    FRAGMENT = "URI fragment"


class Handling(Enum):
    """What a statement makes of a component that it cannot inspect as a whole."""

    CONTINUE = "CONTINUE"
    MATCH = "MATCH"
    NO_MATCH = "NO_MATCH"
    AS_STRING = "EVALUATE_AS_STRING"


@dataclass(frozen=True, slots=True)
class Field:
    """The component of a request that a statement inspects."""

    kind: Kind
    name: str = ""
    """Of a header or query argument, in lower case."""
    keys: bool = True
    """Whether the names of headers, cookies or JSON elements are inspected."""
    values: bool = True
    """Whether their values are inspected."""
    included: tuple[str, ...] | None = None
    """The only headers, cookies or JSON paths that are inspected; None for all."""
    excluded: tuple[str, ...] = ()
    """The headers or cookies that are not inspected."""
    oversize: Handling = Handling.CONTINUE
    """For what is longer than AWS WAF inspects."""
    fallback: Handling = Handling.CONTINUE
    """For invalid JSON, or an absent fingerprint or fragment."""


class Position(Enum):
    """Where a string must be found."""

    EXACTLY = "EXACTLY"
    STARTS_WITH = "STARTS_WITH"
    ENDS_WITH = "ENDS_WITH"
    CONTAINS = "CONTAINS"
    CONTAINS_WORD = "CONTAINS_WORD"


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The header whose address is used instead of the sender's."""

    header: str
    """In lower case."""
    fallback: Handling
    """For a header that contains no valid address."""
    position: str = "FIRST"
    """`FIRST`, `LAST` or `ANY` of the addresses in the header."""


@dataclass(frozen=True, slots=True)
class ByteMatch:
    """A component contains a string."""

    field: Field
    transformations: tuple[str, ...]
    position: Position
    value: str


@dataclass(frozen=True, slots=True)
class RegexMatch:
    """A component matches one of several regular expressions."""

    field: Field
    transformations: tuple[str, ...]
    expressions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SizeMatch:
    """A component has a certain size."""

    field: Field
    transformations: tuple[str, ...]
    operator: str
    """`EQ`, `NE`, `LE`, `LT`, `GE` or `GT`."""
    size: int


@dataclass(frozen=True, slots=True)
class AddressMatch:
    """The caller's address is in an IP set."""

    ranges: Ranges = field(hash=False)
    name: str
    """Of the set: statements about the same set are equal."""
    forwarded: Forwarded | None = None


@dataclass(frozen=True, slots=True)
class CountryMatch:
    """The caller's address belongs to one of several countries."""

    countries: frozenset[str]
    forwarded: Forwarded | None = None


@dataclass(frozen=True, slots=True)
class AsnMatch:
    """The caller's address belongs to one of several autonomous systems."""

    numbers: frozenset[int]
    forwarded: Forwarded | None = None


@dataclass(frozen=True, slots=True)
class LabelMatch:
    """An earlier rule added a label."""

    key: str
    namespace: bool = False
    """Whether the key is a namespace instead of a whole label."""


@dataclass(frozen=True, slots=True)
class OverLimit:
    """The caller sends more requests than a rate-based rule allows."""

    rule: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something that cannot be evaluated: what a managed rule group matches, an attack, an unknown value."""

    name: str
    """Statements with the same name are equal."""
    reason: str
    """Why it cannot be evaluated, as a clause."""
    content: bool = False
    """Whether it depends on what the caller writes."""
    unknown: bool = False
    """Whether it is unknown until deployment, rather than different from request to request."""
    external: bool = False
    """Whether it is unknown because it is in another stack."""


@dataclass(frozen=True, slots=True)
class Every:
    """All of several statements."""

    parts: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Any of several statements."""

    parts: tuple["Statement", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a statement."""

    part: "Statement"


Text = ByteMatch | RegexMatch | SizeMatch
Leaf = Text | AddressMatch | CountryMatch | AsnMatch | OverLimit | Opaque
Statement = Leaf | LabelMatch | Every | Either | Not

ALWAYS = Every(())


class Action(Enum):
    """What a rule does with what it matches."""

    ALLOW = "allow"
    BLOCK = "block"
    COUNT = "count"
    CAPTCHA = "captcha"
    CHALLENGE = "challenge"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CustomResponse:
    """What AWS WAF responds with instead of its own 403.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-custom-request-response.html
    """

    status: int | None
    """The status code; None if it is unknown."""
    body: str | None
    """Empty without a body; None if it is unknown."""


ANY_RESPONSE: Final = CustomResponse(None, None)
"""A response that cannot be read."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of a web ACL or rule group."""

    name: str
    statement: Statement
    """For a rule that uses a rule group: its scope-down statement."""
    action: Action = Action.BLOCK
    labels: tuple[str, ...] = ()
    """The labels that it adds to what it matches."""
    response: CustomResponse | None = None
    """What a request that it blocks gets; None for a 403."""
    group: "Group | None" = None


@dataclass(frozen=True, slots=True)
class Group:
    """The rule group that a rule uses."""

    name: str
    rules: tuple[Rule, ...] | None
    """Its rules, with the overrides of their actions; None if they cannot be read, as those of managed groups."""
    counts: bool = False
    """Whether its result is overridden to count."""
    may_allow: bool = False
    """Whether one of the rules that cannot be read allows requests."""
    reason: str = ""
    """Why its rules cannot be read, as a clause."""


@dataclass(frozen=True, slots=True)
class Acl:
    """A web ACL."""

    rules: tuple[Rule, ...]
    """In the order in which AWS WAF evaluates them."""
    default: Action = Action.ALLOW
    response: CustomResponse | None = None
    """What a request that the default action blocks gets; None for a 403."""
    known: bool = True
    """Whether these are all of its rules."""
    body_limit: int = 16_384
    """How many bytes of a body AWS WAF inspects."""


def label_leaf(statement: LabelMatch) -> Opaque:
    """Whether a request has a label that varies: one of a managed rule group."""
    return Opaque(f"label {statement.key}", "which labels a managed rule group adds varies")


def leaves(statement: Statement) -> Iterator[Leaf | LabelMatch]:
    """The statements inside a statement that are not made of others."""
    if isinstance(statement, Every | Either):
        for each in statement.parts:
            yield from leaves(each)
    elif isinstance(statement, Not):
        yield from leaves(statement.part)
    else:
        yield statement
