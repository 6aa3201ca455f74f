"""Reads or writes an Amazon DynamoDB table."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Required, TypedDict, get_args

import pulumi

from ..choices import TableAction
from ..validation.arns import check_kms_key, of_service
from ..validation.fields import leaf, options, parses, required_leaf, string, whole_number
from ..validation.problems import join
from ..validation.reader import Reader
from .service import SERVICE_URI, SOURCE_FORMS, UNQUOTED, MappedResponses, Source, allow, bind, with_key

_NAME = r"[A-Za-z0-9_.-]{1,255}"


class TableArgs(TypedDict, total=False):
    """One DynamoDB call. Responses are DynamoDB JSON."""

    arn: Required[pulumi.Input[str]]
    """ARN of the table, in the gateway's region and account."""

    action: Required[TableAction]
    """`GetItem` (200, or 404 where there is none), `Query` (200) or `PutItem` (201)."""

    attributes: Required[Mapping[str, str]]
    """By attribute name, where its value comes from: `path.NAME`, `query.NAME`, `header.NAME`, `body.NAME`, `body` (the
    whole body, as a string), `caller` (the authenticated caller), `request.id`, `request.time`; with `:N` for a number.
    They are the key of GetItem, the equality conditions of Query, or the item of PutItem."""

    index: str
    """Index that Query reads. Defaults to the table."""

    limit: int
    """Items that Query reads at most."""

    partition_key: str
    """Name of the table's partition key: with it, PutItem does not overwrite an item but responds with
    409 if one with that key exists. Defaults to overwriting."""

    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the table, if that is a key of your own. Defaults to none."""


@parses(TableArgs)
@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """`TableArgs`, validated, with defaults filled in."""

    arn: pulumi.Input[str] = required_leaf(check=of_service("dynamodb", rf"table/{_NAME}"), values="ARN")
    action: str = string("GetItem", choices=get_args(TableAction))
    attributes: Mapping[str, Source]
    index: str = string(pattern=_NAME, expected="the name of an index")
    limit: int = whole_number(100, low=1, high=1_000, unit="items")
    partition_key: str
    kms_key_arn: pulumi.Input[str] | None = leaf(check=check_kms_key, values="ARN")

    @classmethod
    def parse(cls, reader: Reader) -> "TableSpec":
        """Reject options of another action."""
        plain = options(cls, reader)
        action = plain["action"]
        for name, of in (("index", "Query"), ("limit", "Query"), ("partition_key", "PutItem")):
            if reader.has(name) and action != of:
                reader.add(name, f"requires the action {of!r}")
        attributes = _attributes(reader, action)
        partition_key = reader.string("partition_key", choices=sorted(attributes))
        return cls(**plain, attributes=attributes, partition_key=partition_key)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Those of the attributes' values."""
        return tuple(self.attributes.values())

    def held(self, arn: str, /) -> str:
        """The table's name."""
        return arn.rsplit("table/", maxsplit=1)[-1]

    def integration(self, known: str, variable: str, caller: str, /) -> dict[str, Any]:
        """Every value is a typed string inside JSON, and every attribute's name is ours."""
        named = {f"v{index}": name for index, name in enumerate(sorted(self.attributes))}
        bound = bind({key: self.attributes[name].expression(caller) for key, name in named.items()})
        values = {
            name: f'{{"{"N" if self.attributes[name].number else "S"}":"$util.escapeJavaScript("$!{key}"){UNQUOTED}"}}'
            for key, name in named.items()
        }
        table = f'"TableName":"{known or f"$stageVariables.{variable}"}"'
        return {
            "uri": f"{SERVICE_URI}dynamodb:action/{self.action}",
            "requestTemplates": {"application/json": f"{bound}{{{table},{self._fields(values)}}}"},
            "responses": self._responses().rendered(),
        }

    def _fields(self, values: Mapping[str, str]) -> str:
        if self.action == "GetItem":
            return f'"Key":{_object(values)}'
        if self.action == "PutItem":
            names = _object({"#key": json.dumps(self.partition_key)})
            condition = f',"ConditionExpression":"attribute_not_exists(#key)","ExpressionAttributeNames":{names}'
            return f'"Item":{_object(values)}{condition if self.partition_key else ""}'
        named = list(enumerate(values))
        condition = " AND ".join(f"#a{i} = :v{i}" for i, _ in named)
        names = _object({f"#a{i}": f'"{name}"' for i, name in named})
        bound = _object({f":v{i}": values[name] for i, name in named})
        index = f'"IndexName":"{self.index}",' if self.index else ""
        return (
            f'{index}"Limit":{self.limit},"KeyConditionExpression":"{condition}",'
            f'"ExpressionAttributeNames":{names},"ExpressionAttributeValues":{bound}'
        )

    def _responses(self) -> MappedResponses:
        if self.action == "GetItem":
            missing = '#set($context.responseOverride.status = 404){"message":"Not found"}'
            return MappedResponses(
                status="200", body=f"#if(\"$!input.path('$.Item')\" == \"\"){missing}#else$input.json('$.Item')#end"
            )
        if self.action == "Query":
            return MappedResponses(
                status="200", body="{\"items\":$input.json('$.Items'),\"count\":$input.json('$.Count')}"
            )
        taken = '#set($context.responseOverride.status = 409){"message":"Exists already"}'
        failed = '$type.contains("ConditionalCheckFailed")'
        conflict = {
            "400": f'#set($type = $input.path(\'$.__type\'))#if({failed}){taken}#else{{"message":"Bad gateway"}}#end'
        }
        return MappedResponses(status="201", body="{}", others=conflict if self.partition_key else {})

    def statements(self, arn: str, kms_key_arn: str, /) -> list[dict[str, Any]]:
        """Do one action on one table, or on an index alone."""
        what = f"{arn}/index/{self.index}" if self.index else arn
        return [allow(f"dynamodb:{self.action}", what), *with_key(kms_key_arn, "kms:Decrypt")]


def _attributes(reader: Reader, action: str) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, text in reader.leaf_map("attributes").items():
        place = join(reader.at("attributes"), name)
        source = Source.parse(text) if isinstance(text, str) else None
        if source is None:
            reader.problems.reject(place, text, f"is not {SOURCE_FORMS}")
        elif not re.fullmatch(_NAME, name):
            reader.problems.reject(place, name, "is not a name of letters, digits and _.-")
        else:
            found[name] = source
    if reader.has("attributes") and not reader.get("attributes"):
        reader.add("attributes", f"must list at least one attribute for {action}")
    return found


def _object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"
