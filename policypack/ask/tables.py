"""How API Gateway combines a resource policy with the authorization of a method: AWS's published tables.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from collections.abc import Iterable
from enum import Enum

from ..model.fact import Fact, every, negate


class Says(Enum):
    """What a policy says about a request."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"


def possible(allows: Fact, denies: Fact) -> frozenset[Says]:
    """What a policy may say, by whether a statement allows and whether one denies the request. A denial wins."""
    found = {
        Says.DENY: denies,
        Says.ALLOW: every(allows, negate(denies)),
        Says.SILENT: every(negate(allows), negate(denies)),
    }
    return frozenset(each for each, fact in found.items() if not fact.is_no)


def admits(authorization: str, caller: Says, policy: Says | None, *, same_account: bool = True) -> bool:
    """Whether a call is allowed.

    `caller` is what decides in addition to the resource policy: the IAM policies of a principal, the policy that a
    Lambda authorizer returns, or ALLOW for a valid token. `policy` is None without a resource policy.
    """
    if Says.DENY in (caller, policy):
        return False
    if authorization in {"none", "cognito"}:
        # These are evaluated independently of the policy, which must allow the call if there is one.
        return caller is Says.ALLOW and policy in (None, Says.ALLOW)
    if same_account:
        return Says.ALLOW in (caller, policy)
    return caller is policy is Says.ALLOW


def outcomes(
    authorization: str, callers: Iterable[Says], policies: Iterable[Says | None], accounts: Iterable[bool] = (True,)
) -> frozenset[bool]:
    """Every result that is possible, where something is unknown."""
    of_policy, same = list(policies), list(accounts)
    return frozenset(
        admits(authorization, caller, policy, same_account=each)
        for caller in callers
        for policy in of_policy
        for each in same
    )
