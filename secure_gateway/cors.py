"""CORS: API Gateway's own responses to preflights, and the origin header on its gateway responses."""

import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Required, TypedDict

from .validation.fields import boolean, options, parses, strings, whole_number
from .validation.reader import Reader, matching

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(?::\d+)?|http://(?:localhost|127\.0\.0\.1)(?::\d+)?")


def _check_origin(origin: str) -> str | None:
    if origin == "*" or _ORIGIN.fullmatch(origin):
        return None
    return "is neither '*' nor an origin such as https://app.example.com (without a path)"


_check_header = matching(r"[A-Za-z0-9-]+", "the name of a header")


class CorsArgs(TypedDict, total=False):
    """Which browser applications may call the API.

    API Gateway adds the headers to preflights and to the other responses that it creates or maps itself. Backends whose
    responses are passed through (functions, `url`) must send the origin header themselves.
    """

    allow_origins: Required[list[str]]
    """Origins such as `https://app.example.com`; `http` only for localhost. `*` alone means every origin."""

    allow_headers: list[str]
    """Request headers that a browser may send."""

    expose_headers: list[str]
    """Headers of API Gateway's own responses that an application may read. Defaults to none."""

    allow_credentials: bool
    """Whether cookies and other credentials may be sent; not with `*`."""

    max_age_seconds: int
    """How long a browser may cache the response to a preflight."""


@parses(CorsArgs)
@dataclass(frozen=True, kw_only=True)
class CorsSpec:
    """`CorsArgs`, validated, with defaults filled in."""

    allow_origins: tuple[str, ...] = strings(check=_check_origin)
    allow_headers: tuple[str, ...] = strings(("authorization", "content-type", "x-api-key"), check=_check_header)
    expose_headers: tuple[str, ...] = strings(check=_check_header)
    allow_credentials: bool = boolean(default=False)
    max_age_seconds: int = whole_number(600, low=0, high=86_400, unit="seconds")

    @classmethod
    def parse(cls, reader: Reader) -> "CorsSpec":
        """Check origins; every origin together with credentials is rejected."""
        spec = cls(**options(cls, reader))
        if reader.has("allow_origins") and not reader.get("allow_origins"):
            reader.add("allow_origins", "must list at least one origin")
        if "*" in spec.allow_origins and len(spec.allow_origins) > 1:
            reader.add("allow_origins", "'*' cannot be combined with other origins")
        if "*" in spec.allow_origins and spec.allow_credentials:
            reader.add("allow_credentials", "must be false, since `allow_origins` is '*'")
        return spec

    def preflight(self, methods: tuple[str, ...]) -> dict[str, Any]:
        """The OPTIONS operation of a path: a mock, without authorizer or key, as browsers need it."""
        headers = {
            "Access-Control-Allow-Methods": ",".join(methods),
            **({"Access-Control-Allow-Headers": ",".join(self.allow_headers)} if self.allow_headers else {}),
            "Access-Control-Max-Age": str(self.max_age_seconds),
            **self._of_every_response(),
        }
        response: dict[str, Any] = {
            "statusCode": "204",
            "responseParameters": {f"method.response.header.{k}": f"'{v}'" for k, v in sorted(headers.items())},
            "responseTemplates": {"application/json": self._choose_origin()},
        }
        return {
            "security": [],
            "responses": {
                "204": {
                    "description": "The response to a preflight request",
                    "headers": _declared({*headers, _ALLOW_ORIGIN}),
                }
            },
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "passthroughBehavior": "when_no_match",
                "requestTemplates": {"application/json": json.dumps({"statusCode": 204})},
                "responses": {"default": response},
            },
        }

    def on_mapped(self, operation: dict[str, Any], integration: dict[str, Any]) -> None:
        """Put the headers on responses that API Gateway maps itself (mocks and AWS services)."""
        headers = {**self._of_every_response(), **self._exposed()}
        for response in integration["responses"].values():
            response["responseParameters"] = {
                **{f"method.response.header.{k}": f"'{v}'" for k, v in sorted(headers.items())},
                **response.get("responseParameters", {}),
            }
            templates: dict[str, str] = response.get("responseTemplates") or {"application/json": ""}
            response["responseTemplates"] = {kind: self._choose_origin() + text for kind, text in templates.items()}
        for response in operation["responses"].values():
            response["headers"] = {**_declared({*headers, _ALLOW_ORIGIN}), **response.get("headers", {})}

    def _of_every_response(self) -> dict[str, str]:
        one = {_ALLOW_ORIGIN: self.allow_origins[0]} if len(self.allow_origins) == 1 else {"Vary": "Origin"}
        return {**({"Access-Control-Allow-Credentials": "true"} if self.allow_credentials else {}), **one}

    def _exposed(self) -> dict[str, str]:
        return {"Access-Control-Expose-Headers": ",".join(self.expose_headers)} if self.expose_headers else {}

    def _choose_origin(self) -> str:
        """Several origins: echo the caller's only if it is on the list."""
        if len(self.allow_origins) == 1:
            return ""
        known = " || ".join(f'$origin == "{origin}"' for origin in sorted(self.allow_origins))
        return (
            '#set($origin = $input.params().header.get("Origin"))'
            '#if("$!origin" == "")#set($origin = $input.params().header.get("origin"))#end'
            f"#if({known})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
        )

    def gateway_responses(self) -> dict[str, Any]:
        """Headers of the gateway responses.

        Their templates cannot choose among several origins, so any origin is named then, without permission to send
        credentials: a page of another origin reads no more than a status, which it could request without a browser.
        """
        if len(self.allow_origins) == 1:
            headers = {**self._of_every_response(), **self._exposed()}
            values = {name: f"'{value}'" for name, value in headers.items()}
        else:
            values = {_ALLOW_ORIGIN: "method.request.header.Origin", "Vary": "'Origin'"}
            values |= {name: f"'{value}'" for name, value in self._exposed().items()}
        parameters = {f"gatewayresponse.header.{name}": value for name, value in sorted(values.items())}
        return {kind: {"responseParameters": dict(parameters)} for kind in ("DEFAULT_4XX", "DEFAULT_5XX")}


_ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def _declared(names: Collection[str]) -> dict[str, Any]:
    return {name: {"schema": {"type": "string"}} for name in sorted(names)}
