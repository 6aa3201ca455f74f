"""The requests for which a policy is evaluated: each stands for all requests that a kind of caller can send.

Each condition key has *candidate* values. The caller's address has one. A header that the caller chooses has one for
each way in which the conditions of that key can hold together (`candidates.py`). A key that the request does not have
has ABSENT.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from ..graph.values import UNKNOWN
from ..patterns.addresses import Address
from .candidates import ABSENT, Candidates, of_all_callers, of_others, times
from .document import Condition

ADDRESS: Final = "aws:sourceip"
PRIVATE_ADDRESS: Final = "aws:vpcsourceip"
ENDPOINT_KEYS: Final = frozenset(
    {"aws:sourcevpce", "aws:sourcevpc", "aws:sourcevpcarn", "aws:vpceaccount", "aws:vpceorgid", "aws:vpceorgpaths"}
)
NETWORK_KEYS: Final = ENDPOINT_KEYS | {ADDRESS, PRIVATE_ADDRESS}
_HEADERS: Final = frozenset({"aws:referer", "aws:useragent"})
"""Keys whose value is a header, which the caller chooses."""
_TIMES: Final = frozenset({"aws:currenttime", "aws:epochtime"})
_PRINCIPAL: Final = ("aws:principal", "aws:userid", "aws:username", "aws:multifactor", "aws:token", "aws:federated")
CONSTANT: Final = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
}
ABSENT_KEYS: Final = frozenset(
    {
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
    }
)
"""Keys of requests that an AWS service makes for someone; other requests do not have them."""


@dataclass(frozen=True, slots=True)
class MethodResource:
    """The resource of a request: stage, method and path, as they appear in an execute-api ARN."""

    stage: str
    method: str
    path: str
    """Without the leading slash."""

    def __str__(self) -> str:
        """As policies write it."""
        return f"{self.stage}/{self.method}/{self.path}"


class Which(Enum):
    """Which principal or VPC endpoint a request has, in terms of the policy."""

    UNNAMED = auto()
    """One that the policy does not name."""
    ACCEPTED = auto()
    """The one that the policy accepts, if it accepts any."""


@dataclass(frozen=True, slots=True)
class Request:
    """All requests that a kind of caller can send."""

    principal: Which | None = None
    """Whose signature it has; None for an unsigned request."""
    address: Address | None = None
    """The caller's address on the internet; None for a request through a VPC endpoint."""
    vpc_endpoint: Which | None = None
    """Which VPC endpoint it comes through; None for a request from the internet."""
    best_case: bool = True
    """Whether an Allow for listed principals applies to it."""

    def candidates(self, key: str, conditions: Sequence[Condition]) -> Candidates:
        """The values that the request may have for a key, of which these are all conditions."""
        if key == ADDRESS:
            return Candidates((self.address or ABSENT,))
        if key in CONSTANT:
            return Candidates((CONSTANT[key],))
        if key in ABSENT_KEYS:
            return Candidates((ABSENT,))
        if key in _HEADERS:
            return of_all_callers(conditions)
        if key in _TIMES:
            return Candidates(tuple(times(conditions)))
        if key == PRIVATE_ADDRESS:  # the caller chooses the addresses of its VPC
            return of_all_callers(conditions, optional=False) if self.vpc_endpoint else Candidates((ABSENT,))
        if key in ENDPOINT_KEYS:
            return _of(self.vpc_endpoint, key, conditions)
        if key.startswith(_PRINCIPAL):
            return _of(self.principal, key, conditions)
        return Candidates((UNKNOWN,))


def _of(which: Which | None, key: str, conditions: Sequence[Condition]) -> Candidates:
    if which is None:
        return Candidates((ABSENT,))
    # Tags, session names and the like: for every value that the conditions name, some caller has it.
    return (of_others(key, conditions) if which is Which.UNNAMED else None) or of_all_callers(conditions)
