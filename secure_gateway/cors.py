"""CORS: preflight answers given by API Gateway itself, and the origin header on its error answers."""

import json
import re
from dataclasses import dataclass
from typing import Any, Required, TypedDict

from .reader import Reader

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(?::\d+)?|http://(?:localhost|127\.0\.0\.1)(?::\d+)?")


class CorsArgs(TypedDict, total=False):
    """Which browser applications may call the API. Backends answer with the origin header themselves."""

    allow_origins: Required[list[str]]
    """Origins such as `https://app.example.com`; `http` only for localhost. `*` alone means every origin."""

    allow_headers: list[str]
    """Request headers a browser may send. Defaults to `authorization`, `content-type` and `x-api-key`."""

    allow_credentials: bool
    """Whether cookies and other credentials may be sent; not with `*`. Defaults to false."""

    max_age_seconds: int
    """Seconds a browser may keep a preflight answer, 0 to 86,400. Defaults to 600."""


@dataclass(frozen=True, kw_only=True)
class CorsSpec:
    """`CorsArgs`, decided."""

    allow_origins: tuple[str, ...]
    allow_headers: tuple[str, ...]
    allow_credentials: bool
    max_age_seconds: int

    @classmethod
    def parse(cls, reader: Reader) -> "CorsSpec":
        """Check origins; every origin together with credentials is refused."""
        spec = cls(
            allow_origins=reader.texts("allow_origins", check=_check_origin),
            allow_headers=reader.texts(
                "allow_headers", ("authorization", "content-type", "x-api-key"), check=_check_header
            ),
            allow_credentials=reader.flag("allow_credentials", default=False),
            max_age_seconds=reader.integer("max_age_seconds", 600, low=0, high=86_400, unit="seconds"),
        )
        if reader.has("allow_origins") and not reader.get("allow_origins"):
            reader.refuse("allow_origins", "at least one origin")
        if "*" in spec.allow_origins and len(spec.allow_origins) > 1:
            reader.refuse("allow_origins", "either '*' alone or a list of origins")
        if "*" in spec.allow_origins and spec.allow_credentials:
            reader.refuse("allow_credentials", "false, since allow_origins is '*'")
        return spec

    def preflight(self, methods: tuple[str, ...]) -> dict[str, Any]:
        """The OPTIONS operation of a path: a mock, without authorizer or key, as browsers need it."""
        headers = {
            "Access-Control-Allow-Methods": ",".join(methods),
            "Access-Control-Allow-Headers": ",".join(self.allow_headers),
            "Access-Control-Max-Age": str(self.max_age_seconds),
            **({"Access-Control-Allow-Credentials": "true"} if self.allow_credentials else {}),
            **(
                {"Access-Control-Allow-Origin": self.allow_origins[0]}
                if len(self.allow_origins) == 1
                else {"Vary": "Origin"}
            ),
        }
        declared = {*headers, "Access-Control-Allow-Origin"}
        return {
            "security": [],
            "responses": {
                "204": {
                    "description": "Preflight answer",
                    "headers": {name: {"schema": {"type": "string"}} for name in sorted(declared)},
                }
            },
            "x-amazon-apigateway-integration": {
                "type": "mock",
                "passthroughBehavior": "when_no_match",
                "requestTemplates": {"application/json": json.dumps({"statusCode": 204})},
                "responses": {
                    "default": {
                        "statusCode": "204",
                        "responseParameters": {
                            f"method.response.header.{k}": f"'{v}'" for k, v in sorted(headers.items())
                        },
                        "responseTemplates": {"application/json": self._choose_origin()},
                    }
                },
            },
        }

    def _choose_origin(self) -> str:
        """Several origins: echo the caller's only if it is on the list."""
        if len(self.allow_origins) == 1:
            return ""
        known = " || ".join(f'$origin == "{origin}"' for origin in sorted(self.allow_origins))
        return (
            '#set($origin = $input.params().header.get("Origin"))'
            '#if($origin == "")#set($origin = $input.params().header.get("origin"))#end'
            f"#if({known})#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin)#end"
        )

    def gateway_responses(self) -> dict[str, Any]:
        """Errors that API Gateway answers itself carry the origin too, where there is only one to name."""
        if len(self.allow_origins) != 1:
            return {}
        header = {"gatewayresponse.header.Access-Control-Allow-Origin": f"'{self.allow_origins[0]}'"}
        return {kind: {"responseParameters": header} for kind in ("DEFAULT_4XX", "DEFAULT_5XX")}


def _check_origin(origin: str) -> str | None:
    if origin == "*" or _ORIGIN.fullmatch(origin):
        return None
    return "an origin such as https://app.example.com, without a path, or '*'"


def _check_header(header: str) -> str | None:
    return None if re.fullmatch(r"[A-Za-z0-9-]+", header) else "a header name"
