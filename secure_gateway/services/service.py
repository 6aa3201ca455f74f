"""Integrations with AWS services: API Gateway itself calls them, with a role that may do that one thing.

The templates take from a request only what they name, and escape it: nothing a caller sends becomes structure. A body
of another content type than JSON is refused (passthrough NEVER).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import pulumi

SERVICE_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:"


_SOURCE = re.compile(
    r"(?:(path|query|header|body)\.([A-Za-z0-9_-]+)|body|caller|request\.id|request\.time)(?::([SN]))?"
)

SOURCE_FORMS = (
    "path.NAME, query.NAME, header.NAME, body.NAME, body, caller, request.id or request.time, with `:N` for a number"
)

UNQUOTED = '.replaceAll("\\\\\'","\'")'
"""Undoes what `escapeJavaScript` does to single quotes, which is no JSON."""

BODY = f"$util.escapeJavaScript($input.json('$')){UNQUOTED}"
"""The request's JSON as the inside of a JSON string."""


class Service(Protocol):
    """A call of one AWS service, validated, with defaults filled in."""

    @property
    def arn(self) -> pulumi.Input[str]:
        """ARN of what is called."""
        ...

    @property
    def kms_key_arn(self) -> pulumi.Input[str] | None:
        """ARN of the key that encrypts it, if that is one of the caller's."""
        ...

    @property
    def sources(self) -> "tuple[Source, ...]":
        """Where the values of the call come from."""
        ...

    def held(self, arn: str, /) -> str:
        """The short form of the ARN, which a stage variable can contain."""
        ...

    def integration(self, known: str, variable: str, caller: str, /) -> dict[str, Any]:
        """URI, templates and responses; `known` is the ARN's short form, or empty if the stage variable contains it."""
        ...

    def statements(self, arn: str, kms_key_arn: str, /) -> list[dict[str, Any]]:
        """What the role may do."""
        ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a value of a call comes from."""

    part: str
    name: str
    number: bool

    @classmethod
    def parse(cls, text: str) -> "Source | None":
        """None for what is no source."""
        match = _SOURCE.fullmatch(text)
        if match is None:
            return None
        return cls(part=match[1] or text.partition(":")[0], name=match[2] or "", number=match[3] == "N")

    def expression(self, caller: str) -> str:
        """The value in a mapping template, before it is escaped."""
        lists = {"path": "path", "query": "querystring", "header": "header"}
        if self.part in lists:
            return f"$input.params().{lists[self.part]}.get('{self.name}')"
        others = {
            "body": f"$input.path('$.{self.name}')" if self.name else "$input.json('$')",
            "caller": caller,
            "request.id": "$context.requestId",
            "request.time": "$context.requestTimeEpoch",
        }
        return others[self.part]

    def parameter(self) -> tuple[str, str] | None:
        """The parameter that the operation must declare: its location (`in`) and name."""
        return (self.part, self.name) if self.part in {"query", "header"} else None


def bind(values: Mapping[str, str]) -> str:
    """Assign names to values: inside a template's string, `$!name` of an absent value is empty."""
    return "".join(f"#set(${name} = {expression})" for name, expression in values.items())


@dataclass(frozen=True, kw_only=True)
class MappedResponses:
    """What a caller receives: never the service's own errors, which name accounts and ARNs."""

    status: str
    body: str
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    """Templates by the status of the service's response."""

    def rendered(self) -> dict[str, Any]:
        """The `responses` of an integration."""
        bad = {"statusCode": "502", "responseTemplates": {"application/json": '{"message":"Bad gateway"}'}}
        return {
            "2\\d{2}": {"statusCode": self.status, "responseTemplates": {"application/json": self.body}},
            **{
                status: {"statusCode": "502", "responseTemplates": {"application/json": template}}
                for status, template in self.others.items()
            },
            "default": bad,
        }


BAD_GATEWAY = '#set($context.responseOverride.status = 502){"message":"Bad gateway"}'


def allow(action: str, resource: str) -> dict[str, Any]:
    """The statement that allows one action on one resource."""
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def with_key(kms_key_arn: str, *actions: str) -> list[dict[str, Any]]:
    """The statement that lets a role use the KMS key of what it calls, or none where there is no such key."""
    return [{"Effect": "Allow", "Action": list(actions), "Resource": kms_key_arn}] if kms_key_arn else []
