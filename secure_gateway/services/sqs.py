"""Sends a request to an Amazon SQS queue."""

from dataclasses import dataclass
from typing import Any, Required, TypedDict

import pulumi

from ..validation.arns import check_kms_key, of_service
from ..validation.fields import custom, leaf, options, parses, required_leaf
from ..validation.reader import Reader
from .service import SERVICE_URI, MappedResponses, Source, allow, bind, with_key


class QueueArgs(TypedDict, total=False):
    """The JSON body of a request becomes a message of an SQS queue. The response is 202 with the message's id."""

    arn: Required[pulumi.Input[str]]
    """ARN of the queue, in the gateway's region."""

    group: str
    """Where the message group of a FIFO queue comes from. Such a queue needs one, and content-based deduplication.
    Defaults to none."""

    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the queue, if that is a key of your own. Defaults to none."""


_GROUP = "`path.NAME`, `query.NAME`, `header.NAME`, `body.NAME` or `caller`"


def _source(reader: Reader, name: str) -> Source | None:
    text = reader.string(name)
    source = Source.parse(text) if text else None
    if text and (source is None or source.number or (source.part == "body" and not source.name)):
        reader.reject(name, "is not path.NAME, query.NAME, header.NAME, body.NAME or caller")
    return source


@parses(QueueArgs)
@dataclass(frozen=True, kw_only=True)
class QueueSpec:
    """`QueueArgs`, validated, with defaults filled in."""

    arn: pulumi.Input[str] = required_leaf(check=of_service("sqs", r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?"), values="ARN")
    kms_key_arn: pulumi.Input[str] | None = leaf(check=check_kms_key, values="ARN")
    group: Source | None = custom(None, values=_GROUP, reading=_source)

    @classmethod
    def parse(cls, reader: Reader) -> "QueueSpec":
        """Check that a FIFO queue has a message group, without which SQS rejects every message."""
        spec = cls(**options(cls, reader))
        arn = spec.arn or None
        if isinstance(arn, str) and arn.endswith(".fifo") and not reader.has("group"):
            reader.add("group", "required for a FIFO queue")
        if isinstance(arn, str) and not arn.endswith(".fifo") and reader.has("group"):
            reader.add("group", "requires a FIFO queue, whose name ends in .fifo")
        return spec

    @property
    def sources(self) -> tuple[Source, ...]:
        """That of the message group."""
        return (self.group,) if self.group else ()

    def held(self, arn: str, /) -> str:
        """Account and name, as the URI has them."""
        return "/".join(arn.split(":")[4:6])

    def integration(self, known: str, variable: str, caller: str, /) -> dict[str, Any]:
        """A form-encoded call."""
        bound = bind({"group": self.group.expression(caller)}) if self.group else ""
        group = '&MessageGroupId=$util.urlEncode("$!group")' if self.group else ""
        return {
            "uri": f"{SERVICE_URI}sqs:path/{known or f'${{stageVariables.{variable}}}'}",
            "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
            "requestTemplates": {
                "application/json": f"{bound}Action=SendMessage{group}&MessageBody=$util.urlEncode($input.json('$'))"
            },
            "responses": MappedResponses(
                status="202",
                body="{\"id\":$input.json('$.SendMessageResponse.SendMessageResult.MessageId')}",
            ).rendered(),
        }

    def statements(self, arn: str, kms_key_arn: str, /) -> list[dict[str, Any]]:
        """Send to this queue."""
        return [allow("sqs:SendMessage", arn), *with_key(kms_key_arn, "kms:GenerateDataKey", "kms:Decrypt")]
