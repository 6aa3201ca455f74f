"""Whether a statement speaks of a request, operator by operator.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ..graph.values import Unknown
from ..model.fact import Fact, every, negate, some
from .addresses import Address
from .document import Condition, Names, Principals, Statement
from .requests import (
    ABSENT,
    Absent,
    Candidate,
    Request,
    moment,
)

ACTION: Final = "execute-api:invoke"
_VARIABLE: Final = re.compile(r"\$\{(?![*?$]\})")
"""Of a policy, such as `${aws:PrincipalTag/team}`; `${*}`, `${?}` and `${$}` are escapes."""
_OWN: Final = re.compile(r"\$\{aws:resource(account|orgid|orgpaths)\}", re.IGNORECASE)
"""Variables that no stranger has the value of; who has it, has the variable itself as a candidate."""


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def glob(pattern: str, text: str) -> bool:
    """Whether a text matches a pattern of IAM: `*` for any run of characters, `?` for one."""
    return pattern == "*" or (_pattern(pattern).match(text) is not None if _wild(pattern) else pattern == text)


def _wild(pattern: str) -> bool:
    return "*" in pattern or "?" in pattern


def _arn(pattern: str, text: str) -> bool:
    """The same for ARNs, part by part."""
    patterns, texts = pattern.split(":", 5), text.split(":", 5)
    return len(patterns) == len(texts) and all(map(glob, patterns, texts))


def _text(compare: Callable[[str, str], bool]) -> Callable[[str, Candidate], bool]:
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
_EXACT: Final = frozenset(
    {"stringequals", "stringnotequals", "stringequalsignorecase", "stringnotequalsignorecase", "binaryequals"}
)
_MATCHES: Final[dict[str, Callable[[str, Candidate], bool]]] = {
    **dict.fromkeys(("stringequals", "stringnotequals", "binaryequals"), _text(lambda value, given: value == given)),
    **dict.fromkeys(
        ("stringequalsignorecase", "stringnotequalsignorecase"),
        _text(lambda value, given: value.lower() == given.lower()),
    ),
    **dict.fromkeys(("stringlike", "stringnotlike"), _text(glob)),
    **dict.fromkeys(("arnequals", "arnlike", "arnnotequals", "arnnotlike"), _text(_arn)),
    "bool": _text(lambda value, given: value.lower() == given.lower()),
    **{f"numeric{name}": _number(order) for name, order in _ORDERS.items()},
    **{f"date{name}": _date(order) for name, order in _ORDERS.items()},
}
"""Whether one value matches; the negated operators deny what these say."""


def speaks_of(statement: Statement, request: Request, *, wanted: bool) -> Fact:
    """Whether a statement applies to a request, where the caller has a choice as `wanted`.

    Actions and places are decided before.
    """
    conditions = (
        Fact.UNKNOWN if isinstance(each, Unknown) else _chosen(each, request, wanted=wanted)
        for each in statement.conditions
    )
    return every(_principals(statement.principals, request, wanted=wanted), *conditions)


def _principals(principals: Principals | Unknown, request: Request, *, wanted: bool) -> Fact:
    if isinstance(principals, Unknown):
        return Fact.UNKNOWN
    if principals.anybody:
        return _answer(not principals.but)
    if any(isinstance(each, Unknown) for each in principals.accounts):
        return Fact.UNKNOWN
    if request.signer == "anyone" and principals.accounts:
        return _answer(wanted)
    return _answer(principals.but)


def invokes(actions: Names | Unknown) -> Fact:
    """Whether a statement speaks of calling an API."""
    return listed(actions, lambda value: glob(value.lower(), ACTION))


def listed(names: Names | Unknown, match: Callable[[str], bool]) -> Fact:
    """Whether names include what is matched."""
    if isinstance(names, Unknown):
        return Fact.UNKNOWN
    found = some(*(Fact.UNKNOWN if isinstance(each, Unknown) else _answer(match(each)) for each in names.values))
    return negate(found) if names.but else found


def _answer(value: object) -> Fact:
    return Fact.YES if value else Fact.NO


def _chosen(condition: Condition, request: Request, *, wanted: bool) -> Fact:
    answers = [_holds(condition, each) for each in request.candidates(condition)]
    return some(*answers) if wanted else every(*answers)


def _holds(condition: Condition, given: Candidate) -> Fact:
    if isinstance(given, Unknown):
        return Fact.UNKNOWN
    if condition.operator == "null":
        return _is_null(condition, given)
    if isinstance(given, Absent):
        if condition.quantifier == "foranyvalue":
            return Fact.NO
        return _answer(condition.negated or condition.if_exists or condition.quantifier == "forallvalues")
    found = (
        _inside(condition, given)
        if condition.operator in {"ipaddress", "notipaddress"}
        else some(*(_matches(condition, value, given) for value in condition.values))
    )
    return negate(found) if condition.negated else found


def _inside(condition: Condition, given: Candidate) -> Fact:
    if isinstance(given, Address) and given in condition.ranges:
        return Fact.YES
    return Fact.UNKNOWN if any(isinstance(each, Unknown) for each in condition.values) else Fact.NO


def _is_null(condition: Condition, given: Candidate) -> Fact:
    wanted = "true" if given is ABSENT else "false"
    return some(
        *(Fact.UNKNOWN if isinstance(each, Unknown) else _answer(each.lower() == wanted) for each in condition.values)
    )


def _matches(condition: Condition, value: str | Unknown, given: Candidate) -> Fact:
    if isinstance(value, Unknown):
        # One exact value is not everybody's; a pattern may be.
        return Fact.NO if condition.operator in _EXACT else Fact.UNKNOWN
    matches = _MATCHES.get(condition.operator)
    if matches is None:
        return Fact.UNKNOWN
    if _VARIABLE.search(value):
        return _answer(value == given) if _OWN.fullmatch(value) else Fact.UNKNOWN
    return _answer(matches(value, given))
