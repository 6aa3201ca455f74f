"""The requests for which a policy is evaluated: each stands for all requests that a kind of caller can send.

Each condition key has *candidate* values. The caller's address has one. A header that the caller chooses has one for
each value that the condition distinguishes. A key that the request does not have has ABSENT.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

from ..graph.values import UNKNOWN, Unknown
from .addresses import Address
from .document import Condition


class Absent:
    """A condition key that a request does not have."""

    def __repr__(self) -> str:
        """As messages show it."""
        return "absent"


ABSENT: Final = Absent()
Candidate = str | Address | Absent | Unknown

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
_CONSTANT: Final = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
}
_ABSENT_KEYS: Final = frozenset(
    {
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
    }
)
"""Keys of requests that an AWS service makes for someone; other requests do not have them."""

_UNNAMED: Final = {
    "aws:sourcevpce": "vpce-0f1e2d3c4b5a69788",
    "aws:sourcevpc": "vpc-0f1e2d3c4b5a69788",
    "aws:sourcevpcarn": "arn:aws:ec2:eu-west-1:998877665544:vpc/vpc-0f1e2d3c4b5a69788",
    "aws:vpceaccount": "998877665544",
    "aws:vpceorgid": "o-f1e2d3c4b5",
    "aws:vpceorgpaths": "o-f1e2d3c4b5/r-f1e2/ou-f1e2-f1e2d3c4/",
    "aws:principalaccount": "998877665544",
    "aws:principalorgid": "o-f1e2d3c4b5",
    "aws:principalorgpaths": "o-f1e2d3c4b5/r-f1e2/ou-f1e2-f1e2d3c4/",
    "aws:principaltype": "AssumedRole",
}
"""Values that no policy names."""
_ACCOUNT: Final = _UNNAMED["aws:principalaccount"]


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
    """Whether an Allow applies if any candidate value matches it; otherwise all must match."""

    def candidates(self, condition: Condition) -> list[Candidate]:
        """The values that the request may have for the key of a condition."""
        key = condition.key
        if key == ADDRESS:
            return [self.address or ABSENT]
        if key in _CONSTANT:
            return [_CONSTANT[key]]
        if key in _ABSENT_KEYS:
            return [ABSENT]
        if key in _HEADERS:
            return [ABSENT, *_representatives(condition)]
        if key in _TIMES:
            return _times(condition)
        if key == PRIVATE_ADDRESS:  # the caller chooses the addresses of its VPC
            return _representatives(condition) if self.vpc_endpoint else [ABSENT]
        if key in ENDPOINT_KEYS:
            return _of(self.vpc_endpoint, condition)
        if key.startswith(_PRINCIPAL):
            return _of(self.principal, condition)
        return [UNKNOWN]


def _of(which: Which | None, condition: Condition) -> list[Candidate]:
    if which is None:
        return [ABSENT]
    named = _UNNAMED.get(condition.key)
    if which is Which.UNNAMED and named is not None:
        return [named]
    if which is Which.UNNAMED and condition.key == "aws:principalarn":
        return [f"arn:aws:iam::{_ACCOUNT}:role/unnamed", *_arns_in_other_account(condition)]
    # Tags, session names and the like: for every value that the condition names, some caller has it.
    return [ABSENT, *_representatives(condition)]


def _arns_in_other_account(condition: Condition) -> list[Candidate]:
    """The ARNs that match a condition and that a role of another account can have."""
    found: list[Candidate] = []
    for value in condition.values:
        parts = value.split(":", 5) if isinstance(value, str) else []
        if len(parts) > _ACCOUNT_INDEX and parts[_ACCOUNT_INDEX].strip("*?") == "":
            parts[_ACCOUNT_INDEX] = _ACCOUNT
            found.append(_representative(":".join(parts)))
    return found


_ACCOUNT_INDEX: Final = 4
"""Of the account in an ARN."""


def _representatives(condition: Condition) -> list[Candidate]:
    """One candidate for each value of a condition that matches it, and one that matches none."""
    unknown: list[Candidate] = [UNKNOWN] if UNKNOWN in condition.values else []
    if condition.operator in {"ipaddress", "notipaddress"}:
        spans = condition.ranges.spans
        edges = [(v, n) for v, many in spans.items() for first, last in many for n in (first, last + 1)]
        inside = [
            Address(version, number) for version, number in [(4, 0), (6, 0), *edges] if number < _ADDRESS_COUNT[version]
        ]
        return [*inside, *unknown]
    known = [_representative(value) for value in condition.values if isinstance(value, str)]
    return ["no such value", *known, *unknown]


_ADDRESS_COUNT: Final = {4: 2**32, 6: 2**128}


def _representative(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")


def _times(condition: Condition) -> list[Candidate]:
    """Now, and the future times that a condition distinguishes."""
    now = datetime.now(UTC)
    moments = [moment(value) for value in condition.values if isinstance(value, str)]
    around = [each + step for each in moments if each for step in (-_SECOND, _SECOND)]
    return [str(each.timestamp()) for each in (now, *around) if each >= now]


_SECOND: Final = timedelta(seconds=1)


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
