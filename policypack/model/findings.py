"""The result of an evaluation: findings, checks and a summary of each gateway."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple, overload

from .verdict import Severity


class Status(StrEnum):
    """The outcome of a finding or of a check."""

    PASS = "pass"  # noqa: S105 - a status, not a password
    VIOLATION = "violation"
    UNDECIDED = "undecided"
    KNOWN = "known"
    """A violation that a baseline contains."""
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A verdict that needs attention: a violation, an undecided fact, or a known or waived violation."""

    policy: str
    layer: str
    severity: Severity
    status: Status
    urn: str
    message: str
    fix: str
    subject: str = ""
    """What it is about within the resource, such as `GET /orders`; empty if it is about the whole resource. Policy, URN
    and subject identify a finding, whatever its message says."""
    gateway: str = ""
    """The URN of the gateway that the finding is about; empty for a resource that belongs to no gateway."""
    location: str = ""
    """File and line at which the program declares the resource, such as `__main__.py:12`; empty if unknown."""
    component: str = ""
    """The outermost component that contains the resource, such as `SecureGateway shop`; empty if there is none."""
    waiver: str = ""
    """Why a known or waived finding does not fail: of a waived one the reason, owner and end of the waiver."""
    owner: str = ""
    """Who is responsible for the waiver; empty if it names nobody."""

    @property
    def identity(self) -> tuple[str, str, str]:
        """Policy, URN and subject. It stays the same when messages are reworded or resources get new physical names."""
        return self.policy, self.urn, self.subject


class Check(NamedTuple):
    """The result of one policy for one gateway. There are eighty for each gateway, and tuples are made fastest."""

    policy: str
    layer: str
    gateway: str
    status: Status
    read: int
    """How many subjects the policy evaluated. With none the status is `NOT_APPLICABLE`."""


class Checks(Sequence[Check]):
    """Checks in columns, which need a tenth of the memory: a fleet has millions of them."""

    __slots__ = ("_columns", "_gateways", "_policies")

    def __init__(self, checks: Iterable[Check] = ()) -> None:
        """Store the checks in their order."""
        self._policies: dict[tuple[str, str], int] = {}
        self._gateways: dict[str, int] = {}
        self._columns = (array("I"), array("I"), array("B"), array("I"))
        policies, gateways, statuses, read = self._columns
        for each in checks:
            policies.append(self._policies.setdefault((each.policy, each.layer), len(self._policies)))
            gateways.append(self._gateways.setdefault(each.gateway, len(self._gateways)))
            statuses.append(_NUMBERS[each.status])
            read.append(each.read)

    def __len__(self) -> int:
        """How many checks there are."""
        return len(self._columns[0])

    def __iter__(self) -> Iterator[Check]:
        """The checks in their order."""
        policies, gateways = list(self._policies), list(self._gateways)
        for policy, gateway, status, read in zip(*self._columns, strict=True):
            name, layer = policies[policy]
            yield Check(name, layer, gateways[gateway], _STATUSES[status], read)

    @overload
    def __getitem__(self, index: int) -> Check: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Check]: ...
    def __getitem__(self, index: int | slice) -> Check | Sequence[Check]:
        """One check, or some of them."""
        return tuple(self)[index]

    def __eq__(self, other: object) -> bool:
        """Whether it contains the same checks."""
        return isinstance(other, Checks) and tuple(self) == tuple(other)

    __hash__ = None  # pyright: ignore[reportAssignmentType] - its content may be equal to that of another one


_STATUSES: Final = tuple(Status)
_NUMBERS: Final = {status: number for number, status in enumerate(_STATUSES)}


@dataclass(frozen=True, kw_only=True, slots=True)
class GatewaySummary:
    """What is known of one gateway."""

    urn: str
    name: str
    kind: str
    """`REST`, `HTTP` or `WEBSOCKET`."""
    routes: int
    """How many routes it has."""
    stages: tuple[str, ...]
    domains: tuple[str, ...]
    layers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """By layer, one short line for each protection that is in force."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """How many resources were read, and how many were not."""

    read: int = 0
    """Those of a type that the pack reads."""
    not_applicable: int = 0
    """Those that can change no gateway: their type is harmless, or they refer to none."""
    not_read: int = 0
    """Those that may change a gateway, but cannot be read. A finding says why."""
    of_api_gateway: int = 0
    """Those of API Gateway, whether read or not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The result of evaluating one or several graphs."""

    gateways: tuple[GatewaySummary, ...] = ()
    checks: Sequence[Check] = ()
    findings: tuple[Finding, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)
    mistakes: tuple[str, ...] = ()
    """Mistakes in waivers that only the evaluated resources show."""

    def count(self, status: Status) -> int:
        """How many findings have a status."""
        return sum(finding.status is status for finding in self.findings)


ATTENTION: Final = (Status.VIOLATION, Status.UNDECIDED, Status.KNOWN, Status.WAIVED)
"""The statuses of findings, the most important first."""
SUPPRESSED: Final = (Status.KNOWN, Status.WAIVED)
"""The statuses of findings that do not fail, whatever their level."""

Config = Mapping[str, Mapping[str, Any]]
"""Settings by policy id, with their defaults filled in."""
