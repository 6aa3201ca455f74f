"""The requests that a policy is asked about: not one, but all that a kind of caller may send.

Each condition key has *candidates*. A caller's address has one; a header that the caller writes has as many as the
condition tells apart; a key that the request lacks has ABSENT.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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
_WRITTEN: Final = frozenset({"aws:referer", "aws:useragent"})
"""Headers: the caller writes what the policy wants to read."""
_TIMES: Final = frozenset({"aws:currenttime", "aws:epochtime"})
_PRINCIPAL: Final = ("aws:principal", "aws:userid", "aws:username", "aws:multifactor", "aws:token", "aws:federated")
_ALWAYS: Final = {
    "aws:securetransport": "true",
    "aws:principalisawsservice": "false",
    "aws:viaawsservice": "false",
}
_NEVER: Final = frozenset(
    {
        *("aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"),
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast"),
        *("aws:principalservicename", "aws:principalservicenameslist"),
    }
)
"""Of calls that a service makes for somebody; callers of their own have none."""

_STRANGER: Final = {
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
"""What nobody has named."""
_ACCOUNT: Final = _STRANGER["aws:principalaccount"]


@dataclass(frozen=True, slots=True)
class Place:
    """A method of a stage, as a request names it."""

    stage: str
    method: str
    path: str
    """Without the leading slash."""

    def __str__(self) -> str:
        """As policies write it."""
        return f"{self.stage}/{self.method}/{self.path}"


@dataclass(frozen=True, slots=True)
class Request:
    """All requests of one kind of caller."""

    signer: str = ""
    """`stranger` for a signature of an account that nobody named, `anyone` for whichever a policy wants, else none."""
    origin: Address | None = None
    """The address on the internet; None for calls through a VPC endpoint."""
    door: str = ""
    """`stranger` for a VPC endpoint that nobody named, `anyone` for whichever a policy wants, else none."""
    eager: bool = True
    """Whether the caller is one whom the policy allows, if there is a choice."""

    def candidates(self, condition: Condition) -> list[Candidate]:
        """What the request may have for the key of a condition."""
        key = condition.key
        if key == ADDRESS:
            return [self.origin or ABSENT]
        if key in _ALWAYS:
            return [_ALWAYS[key]]
        if key in _NEVER:
            return [ABSENT]
        if key in _WRITTEN:
            return [ABSENT, *_witnesses(condition)]
        if key in _TIMES:
            return _times(condition)
        if key == PRIVATE_ADDRESS:  # of a VPC of the caller's own making
            return _witnesses(condition) if self.door else [ABSENT]
        if key in ENDPOINT_KEYS:
            return _of(self.door, condition)
        if key.startswith(_PRINCIPAL):
            return _of(self.signer, condition)
        return [UNKNOWN]


def _of(who: str, condition: Condition) -> list[Candidate]:
    if not who:
        return [ABSENT]
    named = _STRANGER.get(condition.key)
    if who == "stranger" and named is not None:
        return [named]
    if who == "stranger" and condition.key == "aws:principalarn":
        return [f"arn:aws:iam::{_ACCOUNT}:role/stranger", *_own_arns(condition)]
    # Tags, session names and the like: whatever the condition wants, somebody of the kind has it.
    return [ABSENT, *_witnesses(condition)]


def _own_arns(condition: Condition) -> list[Candidate]:
    """The ARNs a condition wants, as far as a stranger may call a role of another account so."""
    found: list[Candidate] = []
    for value in condition.values:
        parts = value.split(":", 5) if isinstance(value, str) else []
        if len(parts) > _ACCOUNT_PLACE and parts[_ACCOUNT_PLACE].strip("*?") == "":
            parts[_ACCOUNT_PLACE] = _ACCOUNT
            found.append(_witness(":".join(parts)))
    return found


_ACCOUNT_PLACE: Final = 4
"""Of the account, in an ARN."""


def _witnesses(condition: Condition) -> list[Candidate]:
    """A value that each value of a condition matches, and one that none does."""
    if condition.operator in {"ipaddress", "notipaddress"}:
        spans = condition.ranges.spans
        edges = [(v, n) for v, many in spans.items() for first, last in many for n in (first, last + 1)]
        inside = [Address(version, number) for version, number in [(4, 0), (6, 0), *edges] if number < _TOP[version]]
        unknown: list[Candidate] = [UNKNOWN] if UNKNOWN in condition.values else []
        return [*inside, *unknown]
    known = [_witness(value) for value in condition.values if isinstance(value, str)]
    unread: list[Candidate] = [UNKNOWN] if UNKNOWN in condition.values else []
    return ["no such value", *known, *unread]


_TOP: Final = {4: 2**32, 6: 2**128}


def _witness(pattern: str) -> str:
    return pattern.replace("*", "x").replace("?", "x")


def _times(condition: Condition) -> list[Candidate]:
    """Now, and the moments still to come that a condition tells apart."""
    now = datetime.now(UTC)
    moments = [moment(value) for value in condition.values if isinstance(value, str)]
    later = [each + step for each in moments if each for step in (-_SECOND, _SECOND)]
    return [str(each.timestamp()) for each in (now, *later) if each >= now]


_SECOND: Final = timedelta(seconds=1)


def moment(value: str) -> datetime | None:
    """A time as policies write it: ISO 8601, or seconds of the epoch."""
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
