"""Whether a statement applies to a request, operator by operator.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ..graph.values import Unknown
from ..model.fact import Fact, negate, some
from ..patterns.addresses import Address
from .candidates import ABSENT, ADDRESS_OPERATORS, EXACT, VARIABLE, Absent, Candidate, moment
from .document import Condition, Patterns, Principals
from .requests import Request, Which

INVOKE: Final = "execute-api:invoke"
UNKNOWN_VALUE: Final = Fact.unknown("its resource policy contains a value known only after deployment")
_NOT_EVALUATED: Final = Fact.unknown(
    "its resource policy contains a condition whose key, operator or variable cannot be evaluated"
)
_OF_RESOURCE: Final = re.compile(r"\$\{aws:resource(account|orgid|orgpaths)\}", re.IGNORECASE)
"""Variables about the API's own account: a caller of that account has the variable itself as a candidate value, and no
other caller has it."""


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def glob(pattern: str, text: str) -> bool:
    """Whether a string matches a pattern of IAM: `*` matches any characters, `?` one character."""
    return pattern == "*" or (_pattern(pattern).match(text) is not None if _wild(pattern) else pattern == text)


def _wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _arn(pattern: str, text: str) -> bool:
    """Whether an ARN matches a pattern, part by part."""
    patterns, parts = pattern.split(":", 5), text.split(":", 5)
    return len(patterns) == len(parts) and all(map(glob, patterns, parts))


def _string(compare: Callable[[str, str], bool]) -> Callable[[str, Candidate], bool]:
    return lambda value, given: compare(value, str(given))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, Candidate], bool]:
    def holds(value: str, given: Candidate) -> bool:
        try:
            return compare(float(str(given)), float(value))
        except ValueError:
            return False

    return holds


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, Candidate], bool]:
    def holds(value: str, given: Candidate) -> bool:
        left, right = moment(str(given)), moment(value)
        return left is not None and right is not None and compare(left.timestamp(), right.timestamp())

    return holds


_ORDERS: Final[dict[str, Callable[[float, float], bool]]] = {
    "equals": lambda left, right: left == right,
    "notequals": lambda left, right: left == right,
    "lessthan": lambda left, right: left < right,
    "lessthanequals": lambda left, right: left <= right,
    "greaterthan": lambda left, right: left > right,
    "greaterthanequals": lambda left, right: left >= right,
}
_MATCHES: Final[dict[str, Callable[[str, Candidate], bool]]] = {
    **dict.fromkeys(("stringequals", "stringnotequals", "binaryequals"), _string(lambda value, given: value == given)),
    **dict.fromkeys(
        ("stringequalsignorecase", "stringnotequalsignorecase"),
        _string(lambda value, given: value.lower() == given.lower()),
    ),
    **dict.fromkeys(("stringlike", "stringnotlike"), _string(glob)),
    **dict.fromkeys(("arnequals", "arnlike", "arnnotequals", "arnnotlike"), _string(_arn)),
    "bool": _string(lambda value, given: value.lower() == given.lower()),
    **{f"numeric{name}": _number(order) for name, order in _ORDERS.items()},
    **{f"date{name}": _date(order) for name, order in _ORDERS.items()},
}
"""Whether one value matches. A negated operator holds if none does."""


def principals_match(principals: Principals | Unknown, request: Request, *, listed: bool) -> Fact:
    """Whether the principals of a statement include the caller; `listed` says whether one of those listed may be it."""
    if isinstance(principals, Unknown):
        return UNKNOWN_VALUE
    if principals.everyone:
        return Fact.of(not principals.excluded)
    if any(isinstance(each, Unknown) for each in principals.accounts):
        return UNKNOWN_VALUE
    if request.principal is Which.ACCEPTED and principals.accounts:
        return Fact.of(listed)
    return Fact.of(principals.excluded)


def covers_invoke(actions: Patterns | Unknown) -> Fact:
    """Whether the actions of a statement include calling an API."""
    return includes(actions, lambda value: glob(value.lower(), INVOKE))


def includes(patterns: Patterns | Unknown, match: Callable[[str], bool]) -> Fact:
    """Whether actions or resources of a statement include what `match` accepts."""
    if isinstance(patterns, Unknown):
        return UNKNOWN_VALUE
    found = some(*(UNKNOWN_VALUE if isinstance(each, Unknown) else Fact.of(match(each)) for each in patterns.values))
    return negate(found) if patterns.excluded else found


def holds(condition: Condition, given: Candidate) -> Fact:
    """Whether a condition holds for a value of its key."""
    if isinstance(given, Unknown):
        return UNKNOWN_VALUE if given in condition.values else _NOT_EVALUATED
    if condition.operator == "null":
        return _is_null(condition, given)
    if isinstance(given, Absent):
        if condition.quantifier == "foranyvalue":
            return Fact.NO
        return Fact.of(condition.negated or condition.if_exists or condition.quantifier == "forallvalues")
    found = (
        _inside(condition, given)
        if condition.operator in ADDRESS_OPERATORS
        else some(*(_matches(condition, value, given) for value in condition.values))
    )
    return negate(found) if condition.negated else found


def _inside(condition: Condition, given: Candidate) -> Fact:
    if isinstance(given, Address) and given in condition.ranges:
        return Fact.YES
    return UNKNOWN_VALUE if any(isinstance(each, Unknown) for each in condition.values) else Fact.NO


def _is_null(condition: Condition, given: Candidate) -> Fact:
    wanted = "true" if given is ABSENT else "false"
    return some(
        *(UNKNOWN_VALUE if isinstance(each, Unknown) else Fact.of(each.lower() == wanted) for each in condition.values)
    )


def _matches(condition: Condition, value: str | Unknown, given: Candidate) -> Fact:
    if isinstance(value, Unknown):
        # An unknown exact value is not the value of every caller; an unknown pattern may match every caller.
        return Fact.NO if condition.operator in EXACT else UNKNOWN_VALUE
    matches = _MATCHES.get(condition.operator)
    if matches is None:
        return _NOT_EVALUATED
    if VARIABLE.search(value):
        return Fact.of(value == given) if _OF_RESOURCE.fullmatch(value) else _NOT_EVALUATED
    return Fact.of(matches(value, given))
