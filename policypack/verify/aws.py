"""Reads AWS with boto3, which is an optional dependency and is imported only here. Every call only reads."""

import importlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from ..graph.values import read, text
from ..sources.source import SourceError

MISSING: Final = "verify needs boto3: pip install 'gateway-policy[verify]'"
_ABSENT: Final = frozenset({"NotFoundException", "WAFNonexistentItemException", "ResourceNotFoundException"})
_NO_CREDENTIALS: Final = frozenset(
    {
        *("NoCredentialsError", "PartialCredentialsError", "ProfileNotFound", "NoRegionError"),
        *("CredentialRetrievalError", "TokenRetrievalError", "SSOTokenLoadError", "UnauthorizedSSOTokenError"),
    }
)
_NOT_VALID: Final = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"),
        *("InvalidSignatureException", "SignatureDoesNotMatch", "InvalidAccessKeyId"),
    }
)
_DENIED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"}
)
_GATEWAY: Final = ("apigateway", "apigatewayv2")


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One read-only operation of AWS, as boto3 names it."""

    service: str
    operation: str
    region: str
    params: Mapping[str, Any]


class AbsentError(Exception):
    """AWS does not have what a call asks for."""


class NotAskedError(Exception):
    """A call failed, so nothing is known; the message is a clause that says why."""


class Ask(Protocol):
    """What makes a call. Raises AbsentError, NotAskedError, or SourceError if no call can be made at all."""

    def __call__(self, call: Call, /) -> Mapping[str, Any]:
        """The response."""
        ...


def action(service: str, operation: str) -> str:
    """The IAM action that an operation needs, such as `wafv2:GetWebACL`."""
    if service in _GATEWAY:
        return "apigateway:GET"
    name = "".join(part.capitalize() for part in operation.split("_"))
    return f"{service}:{name.replace('WebAcl', 'WebACL').replace('IpSet', 'IPSet')}"


class Aws:
    """AWS, with the credentials and endpoints that boto3's own chain finds."""

    def __init__(self) -> None:
        """Import boto3. Raises SourceError if it is not installed."""
        try:
            self._session: Any = importlib.import_module("boto3").session.Session()
            self._config: Any = importlib.import_module("botocore.config").Config(
                retries={"mode": "standard", "max_attempts": 5}
            )
        except ImportError as error:
            raise SourceError(MISSING) from error
        except Exception as error:
            raise SourceError(f"boto3 cannot start: {error}") from error
        self._clients: dict[tuple[str, str], Any] = {}

    def __call__(self, call: Call, /) -> Mapping[str, Any]:
        """The response of a call, with the items of all its pages."""
        try:
            client = self.client(call.service, call.region)
            response = (
                client.get_paginator(call.operation).paginate(**call.params).build_full_result()
                if client.can_paginate(call.operation)
                else _all_pages(getattr(client, call.operation), call.params)
            )
        except Exception as error:
            raise _read(error, action(call.service, call.operation)) from error
        return dict(_plain(response))

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region; boto3's own region if that is empty."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._session.client(service, region_name=region or None, config=self._config)
        return self._clients[key]


def _all_pages(operation: Callable[..., Mapping[str, Any]], params: Mapping[str, Any]) -> Mapping[str, Any]:
    """The response of an operation with the items of all its pages, for which boto3 has no paginator."""
    response = operation(**params)
    found = dict(response)
    while token := response.get("NextToken"):
        response = operation(**params, NextToken=token)
        found["Items"] = [*found.get("Items", ()), *response.get("Items", ())]
    return found


def _plain(response: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """A response, with the documents that are streams parsed."""
    for name, value in response.items():
        yield name, json.loads(value.read()) if hasattr(value, "read") else value


def _read(error: Exception, needed: str) -> Exception:
    name = type(error).__name__
    if name in _NO_CREDENTIALS:
        return SourceError(f"AWS cannot be asked: {error}")
    response = getattr(error, "response", None)  # errors of the connection have None
    code = text(read(response, "Error", "Code")) or name
    if code in _NOT_VALID:
        return SourceError(f"AWS cannot be asked: it does not accept the credentials ({code})")
    if code in _ABSENT or code.startswith("NoSuch"):
        return AbsentError(code)
    if code in _DENIED or read(response, "ResponseMetadata", "HTTPStatusCode") == _FORBIDDEN:
        return NotAskedError(f"AWS denied the call; the credentials need {needed}")
    return NotAskedError(f"{needed} failed with {code}")


_FORBIDDEN: Final = 403


def cached(ask: Callable[[Call], Mapping[str, Any]]) -> Ask:
    """The same, but each call is made once."""
    done: dict[str, Mapping[str, Any] | Exception] = {}

    def once(call: Call, /) -> Mapping[str, Any]:
        key = json.dumps([call.service, call.operation, call.region, call.params], sort_keys=True, default=str)
        if key not in done:
            try:
                done[key] = ask(call)
            except (AbsentError, NotAskedError) as error:
                done[key] = error
        found = done[key]
        if isinstance(found, Exception):
            raise found
        return found

    return once
