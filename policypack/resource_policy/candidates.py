"""The values of a condition key that a caller may have: one for each way in which its conditions can hold together."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from ..graph.values import UNKNOWN, Unknown
from ..patterns import Automaton, Chars, Node, View, any_of, contains, examples, glob, literal, parse
from ..patterns import Sequence as InOrder
from ..patterns.addresses import Address
from .document import Condition


class Absent:
    """A condition key that a request does not have."""

    def __repr__(self) -> str:
        """As messages show it."""
        return "absent"


ABSENT: Final = Absent()
Candidate = str | Address | Absent | Unknown


@dataclass(frozen=True, slots=True)
class Candidates:
    """The values that stand for all that a caller may have for a key."""

    values: tuple[Candidate, ...]
    complete: bool = True
    """Whether every other value satisfies the same conditions as one of these."""


VARIABLE: Final = re.compile(r"\$\{(?![*?$]\})")
"""A policy variable, such as `${aws:PrincipalTag/team}`; `${*}`, `${?}` and `${$}` are escapes."""
ADDRESS_OPERATORS: Final = frozenset({"ipaddress", "notipaddress"})
EXACT: Final = frozenset(
    {"stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase", "binaryequals"}
)
_ANY_CASE: Final = frozenset({"stringequalsignorecase", "stringnotequalsignorecase"})
_GLOBS: Final = frozenset({"stringlike", "stringnotlike"})
_ARNS: Final = frozenset({"arnequals", "arnlike", "arnnotequals", "arnnotlike"})
_ADDRESS_COUNT: Final = {4: 2**32, 6: 2**128}
_NO_COLON: Final = Chars(((58, 58),), negated=True)
_ARN_PARTS: Final = 6
_MAX_VALUES: Final = 200
"""Values of which all combinations are tried; of more, each is tried by itself."""
_MAX_LENGTH: Final = 8_192
_MANY: Final = 1_500
"""Characters of names that a pattern excludes; more are compared one by one."""
_WILD: Final = re.compile(r"[*?]")
_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class _Form:
    """What the values of a key look like, and which parts of a condition's values name one of one's own."""

    values: str
    """A regular expression for all values."""
    named: re.Pattern[str]
    """Finds whole names in the values of conditions; a part of a name with a wildcard names nothing."""
    contains: str = "{}"
    """What a value contains that has such a name."""
    optional: bool = False
    """Whether a caller may have none."""


_ACCOUNT: Final = re.compile(r"(?<![\w?])\d{12}(?![\w?])")
_ACCOUNT_OF_ARN: Final = re.compile(r"(?<![^*:])\d{12}(?=[:*]|$)")
_ORGANIZATION: Final = re.compile(r"(?<![\w*?-])o-[a-z0-9]+(?![\w*?-])")
_ENDPOINT: Final = re.compile(r"(?<![\w*?-])vpce-(?:[0-9a-f]{17}|\w+(?![\w*?-]))")
_VPC: Final = re.compile(r"(?<![\w*?-])vpc-(?:[0-9a-f]{17}|\w+(?![\w*?-]))")
_HEX: Final = "[0-9a-f]{17}"
_PATHS: Final = "^o-[a-z0-9]{10}/r-[a-z0-9]{4}/(ou-[a-z0-9]{4}-[a-z0-9]{8}/)*$"
_ORGANIZATION_ID: Final = "^o-[a-z0-9]{10,12}$"
_FORMS: Final = {
    "aws:sourcevpce": _Form(f"^vpce-({_HEX}|[0-9a-f]{{8}})$", _ENDPOINT),
    "aws:sourcevpc": _Form(f"^vpc-({_HEX}|[0-9a-f]{{8}})$", _VPC),
    "aws:sourcevpcarn": _Form(
        rf"^arn:aws:ec2:[a-z]{{2}}-[a-z]+-[1-9]:\d{{12}}:vpc/vpc-{_HEX}$",
        re.compile(f"{_ACCOUNT_OF_ARN.pattern}|{_VPC.pattern}"),
    ),
    "aws:vpceaccount": _Form(r"^\d{12}$", _ACCOUNT),
    "aws:vpceorgid": _Form(_ORGANIZATION_ID, _ORGANIZATION, optional=True),
    "aws:vpceorgpaths": _Form(_PATHS, _ORGANIZATION, optional=True),
    "aws:principalaccount": _Form(r"^\d{12}$", _ACCOUNT),
    "aws:principalorgid": _Form(_ORGANIZATION_ID, _ORGANIZATION, optional=True),
    "aws:principalorgpaths": _Form(_PATHS, _ORGANIZATION, optional=True),
    "aws:principalarn": _Form(
        r"^arn:aws(-cn|-us-gov)?:(iam|sts)::\d{12}:(root|(role|user|assumed-role)/[!-~]+)$", _ACCOUNT_OF_ARN, ":{}:"
    ),
    "aws:principaltype": _Form("^(Account|User|FederatedUser|AssumedRole)$", re.compile("(?!)")),
}
"""Keys of which a caller whom the policy does not name has a value of its own."""


def of_others(key: str, conditions: Sequence[Condition]) -> Candidates | None:
    """The values of callers that no condition names; None for a key that names no one in particular.

    A pattern with a wildcard inside an id, account or organization names no one: others may have what it matches.
    """
    form = _FORMS.get(key)
    if form is None:
        return None
    listed = sorted({each for one in conditions for each in _named(one, form.named)})
    names = [form.contains.format(each) for each in listed]
    many = sum(map(len, names)) > _MANY
    named: Node = any_of([] if many else map(contains, names))
    # A value that no condition names equals none of their exact values, so these need no pattern if they are many.
    views = [View(_automaton(parse(form.values))), View(Automaton(named)), *_views(conditions, only_wild=many)]
    found = examples(views)
    valid = [word for (is_valid, is_named, *_), word in found.by_match.items() if is_valid and not is_named]
    values = [word for word in valid if not any(each in word for each in names)]
    optional = [ABSENT] if form.optional else []
    return Candidates((*optional, *values), complete=found.complete and len(values) == len(valid))


@lru_cache(maxsize=64)
def _automaton(node: Node) -> Automaton:
    return Automaton(node)


def _named(condition: Condition, names: re.Pattern[str]) -> Iterator[str]:
    for each in condition.values:
        if isinstance(each, str):
            yield from names.findall(each)


def of_all_callers(conditions: Sequence[Condition], *, optional: bool = True) -> Candidates:
    """The values that callers choose, or that some caller has."""
    unknown: list[Candidate] = [UNKNOWN] if any(UNKNOWN in each.values for each in conditions) else []
    absent: list[Candidate] = [ABSENT] if optional else []
    addresses = [each for each in conditions if each.operator in ADDRESS_OPERATORS]
    if addresses:
        return Candidates((*absent, *_edges(addresses), *unknown))
    known = [each for one in conditions for each in one.values if isinstance(each, str)]
    views = _views(conditions)
    if len(known) <= _MAX_VALUES and not _too_long(conditions):
        found = examples(views)
        texts, complete = list(found.by_match.values()), found.complete
    else:
        texts, complete = [], len(conditions) == 1
    literal_values = known if len(conditions) > 1 else _representatives(known)
    also = [more for each in literal_values for more in _literals(each, conditions)]
    return Candidates((*absent, *dict.fromkeys(["no such value", *texts, *also]), *unknown), complete=complete)


def _too_long(conditions: Iterable[Condition]) -> bool:
    """Whether conditions are too long to try all combinations; AWS accepts policies of 8,192 characters."""
    return sum(len(value) for each in conditions for value in each.values if isinstance(value, str)) > _MAX_LENGTH


def _representatives(values: Iterable[str]) -> list[str]:
    """Values of which one suffices for a single condition: any of them satisfies it. Variables may not."""
    plain = [each for each in values if not VARIABLE.search(each)]
    return [*plain[:1], *(each for each in values if VARIABLE.search(each))]


def _literals(value: str, conditions: Sequence[Condition]) -> Iterator[str]:
    """A value as it is written, and its neighbours for the operators that compare otherwise."""
    operators = {each.operator for each in conditions if value in each.values}
    yield value
    if operators & _ANY_CASE:
        yield value.swapcase()
    if operators & (_GLOBS | _ARNS):
        yield value.replace("*", "x").replace("?", "x")
    if "bool" in operators:
        yield from ("true", "false")
    if any(each.startswith("numeric") for each in operators):
        try:
            yield from (str(float(value) + step) for step in (-1, 0, 1))
        except ValueError:
            return


def _views(conditions: Sequence[Condition], *, only_wild: bool = False) -> list[View]:
    """The conditions that compare strings, as patterns."""
    found: list[View] = []
    for each in conditions:
        known = [value for value in each.values if isinstance(value, str) and not VARIABLE.search(value)]
        if only_wild:
            known = [value for value in known if each.operator not in EXACT and _WILD.search(value)]
        if each.operator in _ANY_CASE:
            found.append(View(Automaton(any_of([literal(value.lower()) for value in known])), str.lower))
        elif each.operator in EXACT:
            found.append(View(Automaton(any_of(map(literal, known)))))
        elif each.operator in _GLOBS:
            found.append(View(Automaton(any_of(map(glob, known)))))
        elif each.operator in _ARNS:
            found.append(View(Automaton(any_of(map(_arn, known)))))
    return found


def _arn(pattern: str) -> Node:
    """A pattern of an ARN: in all parts but the last, wildcards stand for no colon."""
    parts = pattern.split(":", _ARN_PARTS - 1)
    globs: list[Node] = []
    for index, part in enumerate(parts):
        globs += [literal(":")] if index else []
        globs.append(glob(part) if index == _ARN_PARTS - 1 else glob(part, _NO_COLON))
    return InOrder(tuple(globs))


def _edges(conditions: Sequence[Condition]) -> list[Candidate]:
    """An address of each range of the conditions, and one outside each."""
    spans = [(v, span) for each in conditions for v, many in each.ranges.spans.items() for span in many]
    edges = [(version, number) for version, (first, last) in spans for number in (first, last + 1)]
    return [Address(v, number) for v, number in dict.fromkeys([(4, 0), (6, 0), *edges]) if number < _ADDRESS_COUNT[v]]


def times(conditions: Sequence[Condition]) -> list[Candidate]:
    """Now, and the future times that conditions distinguish."""
    now = datetime.now(UTC)
    moments = [moment(value) for each in conditions for value in each.values if isinstance(value, str)]
    around = [each + step for each in moments if each for step in (-_SECOND, timedelta(), _SECOND)]
    return [str(each.timestamp()) for each in (now, *around) if each >= now]


def moment(value: str) -> datetime | None:
    """The time in a policy: ISO 8601 or seconds since the epoch; None if it is neither."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
