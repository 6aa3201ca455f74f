"""Who gets in: resource policies evaluated as AWS documents it, with its tables as data.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ALLOW, DENY, SILENT = "allow", "deny", "silent"

SAME_ACCOUNT = {
    (ALLOW, ALLOW): True,
    (ALLOW, SILENT): True,
    (ALLOW, DENY): False,
    (SILENT, ALLOW): True,
    (SILENT, SILENT): False,
    (SILENT, DENY): False,
    (DENY, ALLOW): False,
    (DENY, SILENT): False,
    (DENY, DENY): False,
}
"""Table A: what the caller's policy (or the authorizer's) and the resource policy come to together."""
CROSS_ACCOUNT = {**SAME_ACCOUNT, (ALLOW, SILENT): False, (SILENT, ALLOW): False}
"""Table B: both must allow."""

HOME = "123456789012"


ROLE = f"arn:aws:iam::{HOME}:role/batch"


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as the policy sees it."""

    by: str = "function"
    """How the route authenticates: `iam`, `cognito`, `function`, `none` (anybody) or `preflight`."""
    identity: str = ALLOW
    """What the caller's identity policy, or the Lambda authorizer, says."""
    account: str = HOME
    """Of a signed call."""
    role: str = ""
    """ARN of the signer; by default some role of the account."""
    organization: str = ""
    """Of the account, if any."""
    path: str = "/orders"
    keys: Mapping[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The called method, in the short form of the policy."""
        return f"execute-api:/live/{'OPTIONS' if self.by == 'preflight' else 'GET'}{self.path}"

    @property
    def signer(self) -> str:
        """ARN of who signed."""
        return self.role or f"arn:aws:iam::{self.account}:role/any"

    @property
    def context(self) -> dict[str, str]:
        """The condition keys; those of the principal exist for signed calls only."""
        if self.by != "iam":
            return dict(self.keys)
        org = {"aws:PrincipalOrgID": self.organization} if self.organization else {}
        return {**self.keys, "aws:PrincipalAccount": self.account, "aws:PrincipalArn": self.signer, **org}


def passes(policy: Mapping[str, Any] | None, call: Call) -> bool:
    """Whether AWS lets the call through."""
    says = SILENT if policy is None else outcome(policy, call)
    if call.by in ("none", "preflight"):
        return policy is None or says == ALLOW
    if call.by == "cognito":  # the token is checked before; then the policy alone decides
        return call.identity == ALLOW and (policy is None or says == ALLOW)
    table = CROSS_ACCOUNT if call.by == "iam" and call.account != HOME else SAME_ACCOUNT
    return table[call.identity, says]


def outcome(policy: Mapping[str, Any], call: Call) -> str:
    """What the policy says: an explicit Deny wins, then an Allow."""
    effects = {_effect(each, call) for each in policy["Statement"] if _applies(each, call)}
    return DENY if "Deny" in effects else ALLOW if "Allow" in effects else SILENT


def _effect(statement: Mapping[str, Any], call: Call) -> str:
    """Within one account, an account as principal only leaves the decision to the identity policy."""
    delegated = (
        statement["Principal"] != "*" and call.account == HOME and HOME in _listed(statement["Principal"]["AWS"])
    )
    return SILENT if delegated and statement["Effect"] == "Allow" else statement["Effect"]


def _applies(statement: Mapping[str, Any], call: Call) -> bool:
    principal = statement["Principal"]
    if principal != "*" and (call.by != "iam" or {call.account, call.signer}.isdisjoint(_listed(principal["AWS"]))):
        return False
    if not any(_like(call.arn, each) for each in _listed(statement["Resource"])):
        return False
    conditions = statement.get("Condition", {})
    return all(
        _holds(operator, call.context.get(key), _listed(values))
        for operator, block in conditions.items()
        for key, values in block.items()
    )


def _like(text: str, pattern: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text) is not None


def _listed(values: Any) -> list[str]:
    return [values] if isinstance(values, str) else list(values)


def _holds(operator: str, given: str | None, values: list[str]) -> bool:
    match operator:
        case "Null":
            return (given is None) == (values == ["true"])
        case "IpAddress":
            return given is not None and _inside(given, values)
        case "NotIpAddress":
            return given is None or not _inside(given, values)
        case "StringEquals":
            return given in values
        case "StringNotEquals":  # true where the key is absent
            return given not in values
        case "ArnLike":
            return given is not None and any(_like(given, each) for each in values)
        case "ArnNotLike":
            return given is None or not any(_like(given, each) for each in values)
    raise AssertionError(operator)


def _inside(address: str, ranges: list[str]) -> bool:
    found = ipaddress.ip_address(address)
    return any(found in network for network in map(ipaddress.ip_network, ranges) if network.version == found.version)
