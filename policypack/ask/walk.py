"""The way of a request through the layers of a gateway, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Passage(Enum):
    """What a step does with a request."""

    PASSES = "passes"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """What the caller receives instead of a response of the backend."""

    status: int | None
    """The status code; None if it is unknown, or if there is no HTTP response at all."""
    body: str = ""
    kind: str = ""
    """API Gateway's type of gateway response, such as `ACCESS_DENIED`; empty for none."""
    note: str = ""
    """What is not certain about it, or why there is no HTTP response."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What one layer does with a request."""

    name: str
    """Such as `web ACL` or `resource policy`."""
    layer: str
    """One of the six layers, or `api` for what belongs to none."""
    passage: Passage
    reason: str
    """Why, as a clause."""
    urn: str = ""
    """The resource that decides; empty if none does."""
    subject: str = ""
    """The part of the resource that decides, such as `rule office`; empty for the whole."""
    response: Response | None = None
    """What the caller receives; None unless the step stops the request."""
    details: tuple[str, ...] = ()
    """What happens within the step, such as each rule of a web ACL."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryPoint:
    """An address by which callers reach a stage."""

    kind: str
    """`execute-api`, `domain`, `cloudfront` or `function-url`."""
    label: str
    """Such as `execute-api endpoint, stage live`."""
    urn: str
    url: str
    """The address of the request, with placeholders for what only deployment shows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """The way of a request through one entry point."""

    gateway: str
    """The label of the API."""
    gateway_urn: str
    entry: EntryPoint
    route: str
    """The label of the route that it matches; empty if it reaches none."""
    steps: tuple[Step, ...]
    integration: str = ""
    """What it reaches, such as `a Lambda function`; empty if it was stopped."""

    @property
    def passage(self) -> Passage:
        """PASSES if it reaches the integration, UNKNOWN if that depends on something unknown."""
        found = {each.passage for each in self.steps}
        return next((each for each in (Passage.STOPPED, Passage.UNKNOWN) if each in found), Passage.PASSES)

    @property
    def stop(self) -> Step | None:
        """The step that stops it; None if no step surely does."""
        return next((each for each in self.steps if each.passage is Passage.STOPPED), None)

    @property
    def unless(self) -> tuple[Step, ...]:
        """The steps that may stop it before it gets as far as it surely gets."""
        return tuple(each for each in self.steps if each.passage is Passage.UNKNOWN)

    @property
    def response(self) -> Response | None:
        """What its sender receives if it is stopped; None if it may get through."""
        return self.stop.response if self.stop else None


@dataclass(slots=True)
class Steps:
    """The steps so far, while a request goes from layer to layer."""

    done: list[Step] = field(default_factory=list[Step])

    @property
    def stopped(self) -> bool:
        """Whether a step surely stopped the request."""
        return bool(self.done) and self.done[-1].passage is Passage.STOPPED

    def add(self, found: Sequence[Step]) -> bool:
        """Add steps up to the first that stops the request; whether there is one."""
        for each in found:
            if not self.stopped:
                self.done.append(each)
        return self.stopped


TLS: Final = "tls"
NETWORK: Final = "network"
WAF: Final = "waf"
AUTH: Final = "auth"
KEYS: Final = "keys"
API: Final = "api"


def passes(name: str, layer: str, reason: str, *, urn: str = "", subject: str = "") -> Step:
    """A step that lets the request through."""
    return Step(name=name, layer=layer, passage=Passage.PASSES, reason=reason, urn=urn, subject=subject)


def stopped(name: str, layer: str, reason: str, response: Response, *, urn: str = "", subject: str = "") -> Step:
    """A step that stops the request."""
    return Step(
        name=name, layer=layer, passage=Passage.STOPPED, reason=reason, urn=urn, subject=subject, response=response
    )


def unknown(name: str, layer: str, reason: str, *, urn: str = "", subject: str = "") -> Step:
    """A step of which something is missing; the reason says what."""
    return Step(name=name, layer=layer, passage=Passage.UNKNOWN, reason=reason, urn=urn, subject=subject)
