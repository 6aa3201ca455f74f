"""Evaluates a resource policy for one request whose properties are known, or known to be unknown.

`access.py` asks whom a policy lets in at all; this module asks what it makes of one caller.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..graph.values import UNKNOWN, Unknown
from ..model.fact import Fact, every, negate, some
from .access import matches
from .candidates import ABSENT, Candidate
from .conditions import UNKNOWN_VALUE, covers_invoke, holds, includes
from .document import Condition, Document, Principals, Statement
from .requests import ABSENT_KEYS, CONSTANT, MethodResource

_SIGNED = ("aws:principal", "aws:userid", "aws:username", "aws:multifactor", "aws:token", "aws:federated")


def _no_keys() -> Mapping[str, Candidate]:
    return {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """The sender of a request, as a resource policy sees it."""

    principal: str = ""
    """The ARN of the principal whose signature API Gateway checks; empty if it checks none."""
    account: str = ""
    """The account of that principal."""
    keys: Mapping[str, Candidate] = field(default_factory=_no_keys)
    """The values of condition keys, in lower case; UNKNOWN for what is not known, ABSENT for what it does not have."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a policy says about one request."""

    allows: Fact
    denies: Fact
    allowing: int | None = None
    """The position of the first statement that surely allows it."""
    denying: int | None = None
    """The position of the first statement that surely denies it."""


def decide(document: Document, caller: Caller, resource: MethodResource, api: str = "") -> Result:
    """What a policy says about the call of a method. `api` is the ARN of the API, or its id, or empty."""
    facts = [_applies(each, caller, resource, api) for each in document.statements]
    allows, denies = [Fact.NO], [Fact.NO]
    allowing = denying = None
    for position, (statement, fact) in enumerate(zip(document.statements, facts, strict=True)):
        if isinstance(statement, Unknown) or isinstance(statement.deny, Unknown):
            allows.append(fact)
            denies.append(fact)
        elif statement.deny:
            denies.append(fact)
            denying = position if denying is None and fact.is_yes else denying
        else:
            allows.append(fact)
            allowing = position if allowing is None and fact.is_yes else allowing
    return Result(some(*allows), some(*denies), allowing, denying)


def _applies(statement: Statement | Unknown, caller: Caller, resource: MethodResource, api: str) -> Fact:
    if isinstance(statement, Unknown):
        return UNKNOWN_VALUE
    covers = every(
        UNKNOWN_VALUE if isinstance(statement.deny, Unknown) else Fact.YES,
        covers_invoke(statement.actions),
        includes(statement.resources, lambda pattern: matches(pattern, resource, api)),
        _is_principal(statement.principals, caller),
    )
    conditions = (UNKNOWN_VALUE if isinstance(each, Unknown) else _holds(each, caller) for each in statement.conditions)
    return every(covers, *conditions)


def _is_principal(principals: Principals | Unknown, caller: Caller) -> Fact:
    if isinstance(principals, Unknown):
        return UNKNOWN_VALUE
    if principals.everyone:
        found = Fact.YES
    else:
        found = some(
            *(UNKNOWN_VALUE if isinstance(each, Unknown) else _is(each, caller) for each in principals.accounts)
        )
    return negate(found) if principals.excluded else found


def _is(listed: str, caller: Caller) -> Fact:
    """Whether a listed account, user or role is the caller; the sessions of a role count as the role."""
    if not caller.principal:
        return Fact.NO
    if listed in {caller.account, f"arn:aws:iam::{caller.account}:root"} or listed == caller.principal:
        return Fact.YES
    return Fact.of(_role(listed) == _role(caller.principal) != "")


def _role(arn: str) -> str:
    """Account and name of the role that an ARN is about, or of which it is a session; empty for other ARNs."""
    parts = arn.split(":", 5)
    if len(parts) < 6:  # noqa: PLR2004 - the parts of an ARN
        return ""
    kind, _, rest = parts[5].partition("/")
    if kind == "role":
        return f"{parts[4]}/{rest.rpartition('/')[2]}"
    return f"{parts[4]}/{rest.partition('/')[0]}" if kind == "assumed-role" else ""


def _holds(condition: Condition, caller: Caller) -> Fact:
    given = _value(condition.key, caller)
    if given is UNKNOWN:
        return Fact.unknown(f"the value of {condition.key} is not given")
    found = holds(condition, given)
    # `holds` takes an unknown exact value for one that a caller in general does not have.
    if given is not ABSENT and any(isinstance(each, Unknown) for each in condition.values):
        matched = negate(found) if condition.negated else found
        return found if matched.is_yes else UNKNOWN_VALUE
    return found


def _value(key: str, caller: Caller) -> Candidate:
    if key in caller.keys:
        return caller.keys[key]
    if key in CONSTANT:
        return CONSTANT[key]
    if key in ABSENT_KEYS:
        return ABSENT
    if key.startswith(_SIGNED) and not caller.principal:
        return ABSENT
    return UNKNOWN
