"""Reads a resource policy: whom it keeps out."""

import ipaddress
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from .findings import Answer
from .graph import UNKNOWN, is_object, items
from .model import some

_ADDRESS: Final = frozenset({"aws:sourceip", "aws:vpcsourceip"})
_ENDPOINT: Final = frozenset({"aws:sourcevpce", "aws:sourcevpc"})
_CALLER: Final = frozenset(
    {
        *("aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:userid"),
    }
)
_NARROWING: Final = ("ipaddress", "stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")
_EXCLUDING: Final = (
    *("notipaddress", "stringnotequals", "stringnotequalsignorecase", "stringnotlike", "arnnotequals", "arnnotlike"),
)


def parse(value: Any) -> Any:
    """A policy as an object: UNKNOWN where it cannot be read, None where there is none or it is no policy."""
    if value is UNKNOWN or is_object(value):
        return value
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        found = json.loads(value)
    except ValueError:
        return None
    return found if is_object(found) else None


def restricts(policy: Any) -> Answer:
    """Whether the policy keeps anybody out: an open Allow is only closed by a Deny that excludes the outside."""
    return _closed(policy, _ADDRESS | _ENDPOINT | _CALLER)


def bound_to_endpoints(policy: Any) -> Answer:
    """Whether only callers through named VPC endpoints or VPCs are let in."""
    return _closed(policy, _ENDPOINT)


def _closed(policy: Any, keys: frozenset[str]) -> Answer:
    if policy is UNKNOWN:
        return Answer.NOT_YET
    if not is_object(policy):
        return Answer.NO
    statements = items(policy.get("Statement"))
    if not statements:
        return Answer.NO
    # An unknown statement may be the Deny that closes everything, or one more Allow.
    doubt = any(not is_object(each) for each in statements)
    known: list[Mapping[str, Any]] = [each for each in statements if is_object(each)]
    denies = [
        each for each in known if each.get("Effect") == "Deny" and _everywhere(each) and _anybody(each) is Answer.YES
    ]
    closing = some(*(_conditions(each, keys, _EXCLUDING, whole=True) for each in denies))
    if closing is Answer.YES:
        return Answer.YES
    allows = [each for each in known if each.get("Effect") != "Deny"]
    opened = some(*(_opens(each, keys) for each in allows))
    if opened is Answer.YES:
        return Answer.NOT_YET if closing is Answer.NOT_YET or doubt else Answer.NO
    if opened is Answer.NOT_YET or doubt:
        return Answer.NOT_YET
    # Nothing is open to all: silence lets in nobody, or only whom identity policies let in.
    return Answer.YES if allows else closing


def _opens(statement: Mapping[str, Any], keys: frozenset[str]) -> Answer:
    """Whether an Allow lets in anybody from anywhere, as far as the keys decide."""
    anybody = _anybody(statement) if keys & _CALLER else Answer.YES
    if anybody is Answer.NO:
        return Answer.NO
    match _conditions(statement, keys, _NARROWING, whole=False):
        case Answer.YES:
            return Answer.NO
        case Answer.NOT_YET:
            return Answer.NOT_YET
        case Answer.NO:
            return anybody


def _anybody(statement: Mapping[str, Any]) -> Answer:
    """Whether a statement speaks of every caller."""
    if "NotPrincipal" in statement:
        return Answer.YES
    principal = statement.get("Principal")
    if principal is UNKNOWN:
        return Answer.NOT_YET
    values = principal.values() if is_object(principal) else [principal]
    names = [name for value in values for name in items(value)]
    if "*" in names or "arn:aws:iam::*:root" in names:
        return Answer.YES
    return Answer.NOT_YET if UNKNOWN in names else Answer.NO


def _everywhere(statement: Mapping[str, Any]) -> bool:
    """Whether a Deny covers every call, not only some routes or another service."""
    resources = [str(each) for each in items(statement.get("Resource"))]
    actions = [str(each).lower() for each in items(statement.get("Action"))]
    all_routes = any(
        each == "*" or (each.endswith(("/*", ":*")) and each.count("/") <= _ROOT_DEPTH) for each in resources
    )
    return all_routes and any(each in {"*", "execute-api:*", "execute-api:invoke"} for each in actions)


_ROOT_DEPTH: Final = 3
"""Slashes in `api-id/*/*/*`: more means a path."""


def _conditions(statement: Mapping[str, Any], keys: frozenset[str], operators: Iterable[str], *, whole: bool) -> Answer:
    """Whether the conditions of a statement keep callers apart by one of the keys.

    With `whole`, every condition must (they hold together, so a foreign one would let some through).
    """
    conditions = statement.get("Condition")
    if conditions is UNKNOWN:
        return Answer.NOT_YET
    if not is_object(conditions):
        return Answer.NO
    answers = [
        _condition(str(operator), str(key), values, keys, operators)
        for operator, block in conditions.items()
        if is_object(block)
        for key, values in block.items()
    ]
    if not answers:
        return Answer.NO
    if whole and Answer.NO in answers:
        return Answer.NO
    return some(*answers)


def _condition(operator: str, key: str, values: Any, keys: frozenset[str], operators: Iterable[str]) -> Answer:
    plain = operator.lower().split(":")[-1].removesuffix("ifexists")
    if key.lower() not in keys or plain not in operators:
        return Answer.NO
    listed = items(values)
    if not listed or any(_everything(each) for each in listed):
        return Answer.NO
    return Answer.NOT_YET if UNKNOWN in listed else Answer.YES


def _everything(value: Any) -> bool:
    """Whether a value lets all through, such as `0.0.0.0/0` or `*`."""
    if not isinstance(value, str):
        return False
    if value.strip("*?") == "":
        return True
    try:
        return ipaddress.ip_network(value, strict=False).prefixlen == 0
    except ValueError:
        return False
