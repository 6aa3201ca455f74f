"""Routes: a path and a method, who may call it, and its backend."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Required, TypedDict, get_args

import pulumi

from .aws_facts import STREAMING_TIMEOUT_MS
from .choices import ResponseTransferMode, RouteMethod
from .services.catalogue import SERVICES
from .services.dynamodb import TableArgs
from .services.eventbridge import EventBusArgs
from .services.service import Service
from .services.sqs import QueueArgs
from .services.step_functions import StateMachineArgs
from .validation.arns import check_load_balancer
from .validation.fields import boolean, custom, leaf, options, parses, string, strings, whole_number
from .validation.problems import spell, suggest
from .validation.reader import Reader, matching

METHODS: tuple[str, ...] = get_args(RouteMethod)
"""The HTTP methods of a REST API; ANY stands for all of them."""

_SEGMENT = r"(?:[A-Za-z0-9_\-.,:]+|\{[A-Za-z0-9_\-.]+\})"
PATH = rf"/|(?:/{_SEGMENT})*(?:/{_SEGMENT}|/\{{[A-Za-z0-9_\-.]+\+\}})"
"""What REST import takes: whole segments, a parameter filling one, a greedy parameter only at the end."""

WITHOUT_BODY = frozenset({"GET", "HEAD"})
"""Methods whose requests have no body."""

STREAM = "STREAM"
"""The response transfer mode in which API Gateway buffers nothing."""

TIMEOUT_MS = 29_000
"""Milliseconds that AWS waits for a backend, unless the account's quota was raised."""

VARIABLE_VALUE = r"[A-Za-z0-9\-._~:/?#&=,]{1,512}"
"""What AWS accepts as the value of a stage variable."""
MEDIA_TYPE = r"[\w.+*-]+/[\w.+*-]+"
PARAMETER = r"[A-Za-z0-9._$-]+"
"""What REST import takes as the name of a query parameter or header."""

_HTTPS = r"https://[^\s/?#{}@]+[^\s?#{}]*"
_SCHEME = "https://"


class MockArgs(TypedDict, total=False):
    """A fixed response by API Gateway itself."""

    status: int
    """HTTP status code of the response."""

    body: str
    """Body of the response. Defaults to none."""

    content_type: str
    """Media type of the body."""


class IntegrationArgs(TypedDict, total=False):
    """The backend of a route: exactly one of `function`, `url`, `mock` and the AWS services."""

    function: str
    """Name of a Lambda function declared in `functions`."""

    url: pulumi.Input[str]
    """Base URL of an HTTPS backend, without a query. The route's path is appended to it."""

    path: str
    """Path appended to `url` in place of the route's own, such as `/v2/orders/{id}`; its parameters are the route's."""

    vpc_link: str
    """Name of a VPC link declared in `vpc_links`, through which the load balancer of `target_arn` is reached. Defaults
    to the internet."""

    vpc_link_id: pulumi.Input[str]
    """Id of an existing VPC link through which `url` is reached: of version 2 with `target_arn`, of version 1 without
    it. Defaults to the internet."""

    target_arn: pulumi.Input[str]
    """ARN of the Application or Network Load Balancer, in the gateway's region and account, to which a VPC link of
    version 2 leads; its listener has the port of `url`. With an ARN that is known only after deployment, so is the
    document. Defaults to the load balancer of a VPC link of version 1."""

    mock: MockArgs
    """A fixed response by API Gateway itself."""

    queue: QueueArgs
    """An SQS queue, to which the body is sent."""

    event_bus: EventBusArgs
    """An EventBridge bus, on which the body is put."""

    state_machine: StateMachineArgs
    """A Step Functions state machine, which is started with the body."""

    table: TableArgs
    """A DynamoDB table, of which items are read or to which one is written."""

    response_transfer_mode: ResponseTransferMode
    """`BUFFERED` waits for the whole response. `STREAM` passes the response of a `function` or a `url` on as it
    arrives: for up to 15 minutes and with more than 10 MB, but neither cached nor compressed."""

    timeout_ms: int
    """How long to wait for the backend: from 50 milliseconds to `quotas.integration_timeout_ms`, or to 900,000 with
    `response_transfer_mode` `STREAM`. Defaults to 29,000."""


class RouteArgs(TypedDict, total=False):
    """One path and method."""

    path: Required[str]
    """Path below the stage, such as `/orders/{id}` or `/{proxy+}`."""

    method: RouteMethod
    """HTTP method; ANY stands for all of them."""

    integration: IntegrationArgs
    """The backend of the route. Defaults to `default_integration`."""

    auth: str
    """Name of an authorizer, or `iam`. Defaults to the default authorizer."""

    scopes: list[str]
    """OAuth scopes of which an access token must hold one (Cognito authorizers). Defaults to the authorizer's own."""

    public: str
    """The reason why anyone may call this route. Without one, callers must authenticate."""

    api_key: bool
    """Whether the caller needs an API key of a usage plan, in addition to the authorizer."""

    body_schema: Any
    """JSON schema (draft 4) that a JSON request body must match. Defaults to no check."""

    required_query: list[str]
    """Query parameters that must be present. Defaults to none."""

    required_headers: list[str]
    """Headers that must be present. Defaults to none."""


@parses(MockArgs)
@dataclass(frozen=True, kw_only=True)
class MockSpec:
    """`MockArgs`, validated, with defaults filled in."""

    status: int = whole_number(200, low=200, high=599)
    body: str = string()
    content_type: str = string("application/json", pattern=MEDIA_TYPE, expected="a media type such as text/html")

    @classmethod
    def parse(cls, reader: Reader) -> "MockSpec":
        """Reject the media type of no body."""
        if reader.has("content_type") and not reader.has("body"):
            reader.requires("content_type", "body")
        return cls(**options(cls, reader))


_check_url = matching(
    _HTTPS, "an https:// URL without a query, a fragment or parameters (the route's path is appended; see `path`)"
)


def _url(reader: Reader, name: str) -> pulumi.Input[str] | None:
    given = reader.get(name)
    if isinstance(given, str) and "@" in given.partition("://")[2].partition("/")[0]:
        # Everyone who may read the API could read them.
        reader.add(name, "must not contain a user or a password")
        return None
    return reader.leaf(name, check=_check_url)


@parses(IntegrationArgs)
@dataclass(frozen=True, kw_only=True)
class IntegrationSpec:
    """`IntegrationArgs`, validated, with defaults filled in; or an integration of the user's own document."""

    function: str = ""
    url: pulumi.Input[str] | None = custom(None, values="string", reading=_url)
    path: str = string(pattern=PATH, expected="a path such as /orders/{id}")
    vpc_link: str = ""
    """Name of a VPC link that is created."""
    vpc_link_id: pulumi.Input[str] | None = leaf()
    target_arn: pulumi.Input[str] | None = leaf(check=check_load_balancer, values="ARN")
    variable: str = ""
    """Stem of the stage variables that hold what is known only after deployment."""
    mock: MockSpec | None = None
    service: Service | None = None
    response_transfer_mode: str = string("BUFFERED", choices=get_args(ResponseTransferMode))
    timeout_ms: int = TIMEOUT_MS
    own: Mapping[str, Any] | None = None
    """An integration written by the user in their own document."""

    @classmethod
    def parse(
        cls,
        reader: Reader,
        key: str,
        functions: Collection[str],
        slowest: int = TIMEOUT_MS,
        vpc_links: Collection[str] = (),
    ) -> "IntegrationSpec":
        """Choose the kind; `key` identifies the integration, whatever its position."""
        kind = reader.exactly_one("function", "url", "mock", *SERVICES)
        for name in reader.given("path", "vpc_link", "vpc_link_id", "target_arn") if kind != "url" else []:
            reader.requires(name, "url")
        if kind == "function":
            _check_declared(reader, "function", "functions", functions)
        if reader.has("vpc_link"):
            _check_declared(reader, "vpc_link", "vpc_links", vpc_links)
        _check_vpc_link(reader)
        streams = reader.get("response_transfer_mode") == STREAM
        if streams and kind not in ("function", "url"):
            reader.requires("response_transfer_mode", "function", "url", reason="no other response can be streamed")
        mock = reader.child("mock", MockArgs)
        found = ((reader.child(name, shape), parse) for name, (shape, parse) in SERVICES.items())
        called = [parse(child) for child, parse in found if child is not None]
        return cls(
            **options(cls, reader),
            function=reader.string("function")
            if kind == "function" and isinstance(reader.get("function"), str)
            else "",
            vpc_link=reader.string("vpc_link") if isinstance(reader.get("vpc_link"), str) else "",
            variable=slug(key),
            mock=MockSpec.parse(mock) if mock else None,
            service=next(iter(called), None),
            timeout_ms=reader.integer(
                "timeout_ms",
                min(TIMEOUT_MS, slowest),
                low=50,
                high=STREAMING_TIMEOUT_MS if streams else slowest,
                unit="milliseconds",
            ),
        )

    @property
    def streams(self) -> bool:
        """Whether the response is passed on as it arrives."""
        mode = self.response_transfer_mode if self.own is None else self.own.get("responseTransferMode")
        return str(mode).upper() == STREAM


def _check_declared(reader: Reader, name: str, where: str, declared: Collection[str]) -> None:
    """Reject the name of something that the args do not declare."""
    given = reader.get(name)
    if isinstance(given, str) and given in declared:
        return
    if isinstance(given, str):
        reader.reject(name, f"is not declared in `{spell(where)}`{suggest(given, declared)}")
    else:
        reader.mismatch(name, f"a name that is declared in `{spell(where)}`")


def _check_vpc_link(reader: Reader) -> None:
    """A VPC link that is created is of version 2, for which each integration names its load balancer."""
    if reader.has("vpc_link"):
        if reader.has("vpc_link_id"):
            reader.conflict("vpc_link_id", reader.at("vpc_link"), "an integration has one VPC link")
        if not reader.has("target_arn"):
            reader.add(
                "target_arn", f"required with `{spell('vpc_link')}`: the load balancer that handles the requests"
            )
    elif reader.has("target_arn") and not reader.has("vpc_link_id"):
        reader.requires("target_arn", "vpc_link", "vpc_link_id", reason="nothing else leads to a load balancer")


_check_parameter = matching(PARAMETER, "a name of letters, digits and ._$-")


@parses(RouteArgs)
@dataclass(frozen=True, kw_only=True)
class RouteSpec:
    """A route, validated, with defaults filled in."""

    path: str = string("/", pattern=PATH, expected="a path such as /orders/{id} or /{proxy+}")
    method: str = string("ANY", choices=METHODS)
    args_path: str
    """Where the caller wrote it, for messages."""
    authorizer: str = ""
    """Empty only for a public route."""
    scopes: tuple[str, ...] = ()
    public: str = string(expected="the reason why anyone may call this route")
    caller: str = ""
    """The template expression of the authenticated caller's name; empty if no trustworthy name is available."""
    api_key: bool = boolean(default=False)
    integration: IntegrationSpec
    body_schema: Any = None
    required_query: tuple[str, ...] = strings(check=_check_parameter)
    required_headers: tuple[str, ...] = strings(check=_check_parameter)
    definition: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The operation of the user's own document, where it came from one."""

    @property
    def key(self) -> str:
        """The route as it is named everywhere: `METHOD /path`."""
        return f"{self.method} {self.path}"


def parameters(path: str) -> tuple[str, ...]:
    """The names of a path's parameters, the greedy one without its plus sign."""
    return tuple(re.findall(r"\{([^{}+]+)\+?\}", path))


def slug(key: str) -> str:
    """A stage variable's name for a key: readable, and distinct for distinct keys."""
    words = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")[:40]
    return words if words == key else f"{words}_{sha256(key.encode()).hexdigest()[:6]}"


def bare_host(url: str) -> str:
    """A deployed URL without its scheme, as its stage variable holds it."""
    wrong = _check_url(url)
    if wrong is not None:
        message = f"integration url: the deployed value {wrong}"
        raise ValueError(message)
    host = url.removeprefix(_SCHEME).rstrip("/")
    if not re.fullmatch(VARIABLE_VALUE, host):
        message = "integration url: the deployed value does not fit a stage variable: letters, digits and -._~:/?#&=,"
        raise ValueError(message)
    return host
