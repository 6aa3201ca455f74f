"""Puts a request on an Amazon EventBridge event bus."""

from dataclasses import dataclass
from typing import Any, Required, TypedDict

import pulumi

from ..validation.arns import of_service
from ..validation.fields import options, parses, required_leaf, string
from ..validation.reader import Reader
from .service import BAD_GATEWAY, BODY, SERVICE_URI, MappedResponses, Source, allow

_LITERAL = r"[A-Za-z0-9._/ -]{1,128}"


class EventBusArgs(TypedDict, total=False):
    """The JSON body of a request becomes the detail of an event. The response is 202 with the event's id."""

    arn: Required[pulumi.Input[str]]
    """ARN of the event bus, in the gateway's region."""

    source: Required[str]
    """Source of the events, such as `com.example.orders`; not one that begins with `aws.`."""

    detail_type: Required[str]
    """Detail type of the events, such as `OrderPlaced`."""


_check_arn = of_service("events", r"event-bus/[A-Za-z0-9_./-]{1,256}")
_EXPECTED = "a string of letters, digits, spaces and ._/-"


@parses(EventBusArgs)
@dataclass(frozen=True, kw_only=True)
class EventBusSpec:
    """`EventBusArgs`, validated, with defaults filled in."""

    arn: pulumi.Input[str] = required_leaf(check=_check_arn, values="ARN")
    source: str = string(pattern=_LITERAL, expected=_EXPECTED)
    detail_type: str = string(pattern=_LITERAL, expected=_EXPECTED)
    kms_key_arn: None = None
    sources: tuple[Source, ...] = ()

    @classmethod
    def parse(cls, reader: Reader) -> "EventBusSpec":
        """Reject a source that AWS reserves for its own services."""
        spec = cls(**options(cls, reader))
        if spec.source.startswith("aws."):
            reader.reject("source", "begins with 'aws.', which AWS reserves for its own events")
        return spec

    def held(self, arn: str, /) -> str:
        """The ARN, which EventBusName takes."""
        return arn

    def integration(self, known: str, variable: str, _caller: str, /) -> dict[str, Any]:
        """PutEvents responds with 200 even if it rejected the event, so the template checks that."""
        entry = (
            f'{{"Entries":[{{"EventBusName":"{known or f"$stageVariables.{variable}"}","Source":"{self.source}",'
            f'"DetailType":"{self.detail_type}","Detail":"{BODY}"}}]}}'
        )
        return {
            "uri": f"{SERVICE_URI}events:action/PutEvents",
            "requestParameters": {
                "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
                "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
            },
            "requestTemplates": {"application/json": entry},
            "responses": MappedResponses(
                status="202",
                body=f"#if($input.path('$.FailedEntryCount') == 0){{\"id\":$input.json('$.Entries[0].EventId')}}"
                f"#else{BAD_GATEWAY}#end",
            ).rendered(),
        }

    def statements(self, arn: str, _kms_key_arn: str, /) -> list[dict[str, Any]]:
        """Put events of this source on this bus."""
        condition = {"StringEquals": {"events:source": self.source}}
        return [{**allow("events:PutEvents", arn), "Condition": condition}]
