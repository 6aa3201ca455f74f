"""A request as its sender describes it: what a question to `gateway-policy ask` is about."""

from dataclasses import dataclass
from enum import Enum

from ..patterns.addresses import Address


class Given(Enum):
    """A credential that a request has without its value being known: a valid one, or one that the caller made up."""

    VALID = "valid"
    INVALID = "invalid"


class Identity(Enum):
    """What the IAM policies of a principal say about the call."""

    ALLOW = "allow"
    DENY = "deny"
    SILENT = "silent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A single request. What is None is not known; what a request does not have is empty."""

    method: str = "GET"
    """The HTTP method in upper case."""
    path: str = "/"
    """Below the stage and the base path of a domain; with a `host`, as the caller writes it."""
    route_key: str = ""
    """For WebSocket APIs: the key of a message, or `$connect` for the request that opens the connection."""
    query: str = ""
    """Without the question mark."""
    headers: tuple[tuple[str, str], ...] = ()
    """Name, in lower case, and value of each header."""
    body: str = ""
    address: Address | None = None
    """The address that AWS sees as the sender's."""
    country: str | None = None
    """Two letters, as AWS WAF locates the address."""
    principal: str = ""
    """The ARN of the principal that signed it; empty if it is not signed."""
    organization: str | None = None
    """The id of the AWS organization of the principal."""
    identity: Identity = Identity.UNKNOWN
    """What the IAM policies of the principal say about it."""
    vpc_endpoint: str = ""
    """The id of the VPC endpoint that it comes through; empty if it comes from the internet."""
    vpc: str | None = None
    """The id of the VPC of that endpoint."""
    certificate: Given | str | None = None
    """The client certificate: its subject, or whether a truststore trusts it; None without one."""
    tls: str = "1.3"
    """The newest version of TLS that its sender speaks."""
    key: Given | str | None = None
    """The API key or its value; None without one."""
    token: Given | None = None
    """Whether it has what the authorizer of its route accepts; None if only its headers show that."""
    host: str = ""
    """The name that the caller connects to; empty for every entry point."""
    stage: str = ""
    """The only stage of interest; empty for all."""
    ordinary: bool = False
    """Whether it looks like no attack to managed rule groups, and has the parameters and the body that its route
    describes."""
    over_limit: bool = False
    """Whether its sender exceeds every limit of requests."""
    documents: tuple[tuple[str, str], ...] = ()
    """What the built-in authorizer reads, as JSON: an issuer's key set, by its URL; a store's document, by its ARN."""
    at: float = 0
    """When it arrives, in Unix seconds."""

    def header(self, name: str) -> str | None:
        """The value of a header; of several, the first."""
        return next((value for each, value in self.headers if each == name), None)

    @property
    def account(self) -> str:
        """The account of the principal; empty if the request is not signed."""
        parts = self.principal.split(":")
        return parts[4] if len(parts) > 4 else self.principal if self.principal.isdigit() else ""  # noqa: PLR2004
