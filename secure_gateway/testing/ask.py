"""Asks the policy pack what happens to a request. The pack is imported when it is asked, and not before."""

import importlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypedDict

_PACK: Final = "policypack.cli.ask"
_CERTAINTY: Final = ("stopped", "unknown", "reaches")


class Question(TypedDict, total=False):
    """What a request has. What is left out is unknown if it concerns the network, and absent if it is a credential."""

    ip: str
    """The IP address that AWS sees as the sender's."""
    country: str
    """Two letters, as AWS WAF locates the address."""
    headers: Mapping[str, str]
    body: str
    principal: str
    """The ARN of the principal that signed it."""
    identity: Literal["allow", "deny", "silent", "unknown"]
    """What the IAM policies of the principal say about it; `unknown` by default."""
    organization: str
    """The id of the AWS organization of the principal."""
    via: str
    """The id of the VPC endpoint that it comes through."""
    vpc: str
    """The id of the VPC of that endpoint."""
    token: Literal["valid", "invalid"]
    """Whether the authorizer of the route accepts its credentials."""
    key: Literal["valid", "invalid"]
    """Whether its API key is one of the stage."""
    certificate: Literal["valid", "invalid"]
    """Whether the truststore trusts its client certificate."""
    tls: Literal["1.0", "1.1", "1.2", "1.3"]
    """The newest TLS version of its sender; 1.3 by default."""
    stage: str
    """The only stage of interest."""
    ordinary: bool
    """Whether it looks like no attack, and has what its route describes; yes by default."""
    over_limit: bool
    """Whether its sender exceeds every limit."""
    documents: Mapping[str, str]
    """What the built-in authorizer reads, as JSON: the key set of an issuer, by its URL, or the document of a store, by
    its ARN."""
    at: datetime
    """When it arrives, with a time zone; now by default."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What happens to a request."""

    result: Literal["reaches", "stopped", "unknown"]
    """Whether it reaches the integration; `unknown` if that depends on something unknown."""
    stopped_by: str
    """The layer that stops it: `auth`, `keys`, `network`, `waf`, `tls`, or `api` for a missing route; else empty."""
    status: int | None
    """The status code that the caller receives, if the request is stopped with one."""
    body: str
    """The body that the caller receives, if the request is stopped."""
    route: str
    """The route, such as `GET /orders/{id}`; empty if it reaches none."""
    unknown: tuple[str, ...]
    """What is unknown, as clauses; empty if nothing is."""
    steps: tuple[str, ...]
    """Each step, such as `passes web ACL: the default action allows it`."""


def asked(
    resources: Sequence[Mapping[str, Any]], request: str, question: Mapping[str, Any], *, unknown: object
) -> Asked:
    """Ask the pack about a request. Raises `LookupError` and `ValueError`."""
    try:
        pack: Any = importlib.import_module(_PACK)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "policypack":
            raise
        message = "`ask` needs the policy pack: install the package with `policypack` next to `secure_gateway`"
        raise LookupError(message) from error
    options: dict[str, Any] = {"ordinary": True, **question}
    if "ip" in options:
        options["from"] = options.pop("ip")
    if "at" in options:
        options["at"] = options["at"].isoformat()
    if "headers" in options:
        options["header"] = [f"{name}: {value}" for name, value in options.pop("headers").items()]
    written: str = pack.of_registered(resources, {"request": request, **options}, unknown=unknown)
    found: list[Any] = json.loads(written)["walks"]
    if not found:
        message = "the program registered no REST or HTTP API with a stage"
        raise LookupError(message)
    return _asked(max(found, key=lambda each: (_CERTAINTY.index(each["result"]), len(each["steps"]))))


def _asked(walk: Mapping[str, Any]) -> Asked:
    response: Mapping[str, Any] = walk["response"] or {}
    return Asked(
        result=walk["result"],
        stopped_by=walk["stopped_by"] or "",
        status=response.get("status"),
        body=response.get("body", ""),
        route=walk["route"],
        unknown=tuple(each["reason"] for each in walk["steps"] if each["result"] == "unknown"),
        steps=tuple(f"{each['result']} {each['name']}: {each['reason']}" for each in walk["steps"]),
    )
