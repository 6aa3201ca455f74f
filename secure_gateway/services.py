"""Integrations with AWS services: API Gateway itself calls them, with a role that may do that one thing.

The templates take from a request only what they name, and escape it: nothing a caller sends becomes structure. A body
of another content type than JSON is refused (passthrough NEVER).

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Required, TypedDict

import pulumi

from .problems import NOTHING, join
from .reader import Reader

_URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:"
_NAME = r"[A-Za-z0-9_.-]{1,255}"
_LITERAL = r"[A-Za-z0-9._/ -]{1,128}"
_SOURCE = re.compile(
    r"(?:(path|query|header|body)\.([A-Za-z0-9_-]+)|body|caller|request\.id|request\.time)(?::([SN]))?"
)
_SOURCE_ALLOWED = (
    "path.NAME, query.NAME, header.NAME, body.NAME, body, caller, request.id or request.time, with `:N` for a number"
)
_UNQUOTED = '.replaceAll("\\\\\'","\'")'
"""Undoes what `escapeJavaScript` does to single quotes, which is no JSON."""
BODY = f"$util.escapeJavaScript($input.json('$')){_UNQUOTED}"
"""The request's JSON as the inside of a JSON string."""


class QueueArgs(TypedDict, total=False):
    """A request's JSON body becomes a message of an SQS queue (SendMessage). Answers 202 with the message's id."""

    arn: Required[pulumi.Input[str]]
    """ARN of the queue, in the gateway's region."""

    group: str
    """Where a FIFO queue's message group comes from: `path.NAME`, `query.NAME`, `header.NAME`, `body.NAME` or `caller`.
    A FIFO queue needs it, and content-based deduplication. Defaults to none."""

    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the queue, where it is one of your own. Defaults to none."""


class EventBusArgs(TypedDict, total=False):
    """A request's JSON body becomes an event's detail (EventBridge PutEvents). Answers 202 with the event's id."""

    arn: Required[pulumi.Input[str]]
    """ARN of the event bus, in the gateway's region."""

    source: Required[str]
    """Source of the events, such as `com.example.orders`; not one that begins with `aws.`."""

    detail_type: Required[str]
    """Detail type of the events, such as `OrderPlaced`."""


class StateMachineArgs(TypedDict, total=False):
    """A request's JSON body becomes the input of a Step Functions execution. Answers 202 with the execution's ARN."""

    arn: Required[pulumi.Input[str]]
    """ARN of the state machine, in the gateway's region."""

    wait: bool
    """Wait for the result of an express state machine (StartSyncExecution) and answer 200 with its output. Defaults to
    false: StartExecution."""


class TableArgs(TypedDict, total=False):
    """One DynamoDB call. Answers are DynamoDB JSON."""

    arn: Required[pulumi.Input[str]]
    """ARN of the table, in the gateway's region and account."""

    action: Required[str]
    """`GetItem` (200, or 404 where there is none), `Query` (200) or `PutItem` (201)."""

    attributes: Required[dict[str, str]]
    """By attribute name, where its value comes from: `path.NAME`, `query.NAME`, `header.NAME`, `body.NAME`, `body` (the
    whole, as text), `caller` (whom the authorizer named), `request.id`, `request.time`; with `:N` for a number. They
    are the key of GetItem, the equal conditions of Query, the item of PutItem."""

    index: str
    """Index that Query reads. Defaults to the table."""

    limit: int
    """Items that Query reads, 1 to 1,000. Defaults to 100."""

    partition_key: str
    """Name of the table's partition key: with it PutItem overwrites no item, but answers 409 where one of that key
    exists. Defaults to overwriting."""

    kms_key_arn: pulumi.Input[str]
    """ARN of the KMS key that encrypts the table, where it is one of your own. Defaults to none."""


class Service(Protocol):
    """A call of one AWS service, decided."""

    @property
    def arn(self) -> pulumi.Input[str]:
        """ARN of what is called."""
        ...

    @property
    def kms_key_arn(self) -> pulumi.Input[str] | None:
        """ARN of the key that encrypts it, if that is one of the caller's."""
        ...

    @property
    def takes_caller(self) -> bool:
        """Whether the caller's name goes into the call."""
        ...

    def held(self, arn: str) -> str:
        """How a stage variable names it."""
        ...

    def integration(self, known: str, variable: str, caller: str) -> dict[str, Any]:
        """Uri, templates and answers; `known` is the ARN's held form, or empty where the stage variable holds it."""
        ...

    def statements(self, arn: str, kms_key_arn: str) -> list[dict[str, Any]]:
        """What the role may do."""
        ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a value of a call comes from."""

    place: str
    name: str
    number: bool

    @classmethod
    def parse(cls, text: str) -> "Source | None":
        """None for what is no source."""
        match = _SOURCE.fullmatch(text)
        if match is None:
            return None
        return cls(place=match[1] or text.partition(":")[0], name=match[2] or "", number=match[3] == "N")

    def expression(self, caller: str) -> str:
        """The value in a mapping template, before it is escaped."""
        lists = {"path": "path", "query": "querystring", "header": "header"}
        if self.place in lists:
            return f"$input.params().{lists[self.place]}.get('{self.name}')"
        others = {
            "body": f"$input.path('$.{self.name}')" if self.name else "$input.json('$')",
            "caller": caller,
            "request.id": "$context.requestId",
            "request.time": "$context.requestTimeEpoch",
        }
        return others[self.place]

    def parameter(self) -> tuple[str, str] | None:
        """What the operation must declare: place and name."""
        return (self.place, self.name) if self.place in {"query", "header"} else None


def _bound(values: Mapping[str, str]) -> str:
    """Names for values: inside a template's string, `$!name` of an absent value is an empty text."""
    return "".join(f"#set(${name} = {expression})" for name, expression in values.items())


@dataclass(frozen=True, kw_only=True)
class _Answers:
    """What a caller is told: never the service's own errors, which name accounts and ARNs."""

    status: str
    body: str
    others: Mapping[str, str] = field(default_factory=dict[str, str])
    """Templates by the status that the service answered."""

    def rendered(self) -> dict[str, Any]:
        bad = {"statusCode": "502", "responseTemplates": {"application/json": '{"message":"Bad gateway"}'}}
        return {
            "2\\d{2}": {"statusCode": self.status, "responseTemplates": {"application/json": self.body}},
            **{
                status: {"statusCode": "502", "responseTemplates": {"application/json": template}}
                for status, template in self.others.items()
            },
            "default": bad,
        }


_FAILED = '#set($context.responseOverride.status = 502){"message":"Bad gateway"}'


@dataclass(frozen=True, kw_only=True)
class QueueSpec:
    """`QueueArgs`, decided."""

    arn: pulumi.Input[str]
    kms_key_arn: pulumi.Input[str] | None
    group: Source | None

    @classmethod
    def parse(cls, reader: Reader) -> "QueueSpec":
        """A FIFO queue without message group would answer nothing but errors."""
        arn = reader.leaf("arn", check=_check_arn("sqs", r"[A-Za-z0-9_-]{1,80}(?:\.fifo)?"))
        group = _source(reader, "group")
        if isinstance(arn, str) and arn.endswith(".fifo") and not reader.has("group"):
            reader.refuse("group", "the message group of a FIFO queue", given=NOTHING)
        if isinstance(arn, str) and not arn.endswith(".fifo") and reader.has("group"):
            reader.refuse("group", "nothing: the queue is no FIFO queue")
        return cls(arn=arn or "", kms_key_arn=reader.leaf("kms_key_arn", check=_check_key), group=group)

    @property
    def takes_caller(self) -> bool:
        """As its message group."""
        return self.group is not None and self.group.place == "caller"

    def held(self, arn: str) -> str:
        """Account and name, as the URI has them."""
        return "/".join(arn.split(":")[4:6])

    def integration(self, known: str, variable: str, caller: str) -> dict[str, Any]:
        """A form-encoded call."""
        bound = _bound({"group": self.group.expression(caller)}) if self.group else ""
        group = '&MessageGroupId=$util.urlEncode("$!group")' if self.group else ""
        return {
            "uri": f"{_URI}sqs:path/{known or f'${{stageVariables.{variable}}}'}",
            "requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
            "requestTemplates": {
                "application/json": f"{bound}Action=SendMessage{group}&MessageBody=$util.urlEncode($input.json('$'))"
            },
            "responses": _Answers(
                status="202",
                body="{\"id\":$input.json('$.SendMessageResponse.SendMessageResult.MessageId')}",
            ).rendered(),
        }

    def statements(self, arn: str, kms_key_arn: str) -> list[dict[str, Any]]:
        """Send to this queue."""
        return [_allow("sqs:SendMessage", arn), *_with_key(kms_key_arn, "kms:GenerateDataKey", "kms:Decrypt")]


@dataclass(frozen=True, kw_only=True)
class EventBusSpec:
    """`EventBusArgs`, decided."""

    arn: pulumi.Input[str]
    source: str
    detail_type: str
    kms_key_arn: None = None
    takes_caller: bool = False

    @classmethod
    def parse(cls, reader: Reader) -> "EventBusSpec":
        """Sources of AWS are AWS's own."""
        source = reader.text("source", pattern=_LITERAL, allowed="letters, digits, space and ._/-")
        if source.startswith("aws."):
            reader.refuse("source", "a source of your own: `aws.` is AWS's")
        return cls(
            arn=reader.leaf("arn", check=_check_arn("events", r"event-bus/[A-Za-z0-9_./-]{1,256}")) or "",
            source=source,
            detail_type=reader.text("detail_type", pattern=_LITERAL, allowed="letters, digits, space and ._/-"),
        )

    def held(self, arn: str) -> str:
        """The ARN, which EventBusName takes."""
        return arn

    def integration(self, known: str, variable: str, caller: str) -> dict[str, Any]:
        """PutEvents answers 200 for events that it did not take, too."""
        del caller
        entry = (
            f'{{"Entries":[{{"EventBusName":"{known or f"$stageVariables.{variable}"}","Source":"{self.source}",'
            f'"DetailType":"{self.detail_type}","Detail":"{BODY}"}}]}}'
        )
        return {
            "uri": f"{_URI}events:action/PutEvents",
            "requestParameters": {
                "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
                "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
            },
            "requestTemplates": {"application/json": entry},
            "responses": _Answers(
                status="202",
                body=f"#if($input.path('$.FailedEntryCount') == 0){{\"id\":$input.json('$.Entries[0].EventId')}}"
                f"#else{_FAILED}#end",
            ).rendered(),
        }

    def statements(self, arn: str, kms_key_arn: str) -> list[dict[str, Any]]:
        """Put events of this source on this bus."""
        del kms_key_arn
        condition = {"StringEquals": {"events:source": self.source}}
        return [{**_allow("events:PutEvents", arn), "Condition": condition}]


@dataclass(frozen=True, kw_only=True)
class StateMachineSpec:
    """`StateMachineArgs`, decided."""

    arn: pulumi.Input[str]
    wait: bool
    kms_key_arn: None = None
    takes_caller: bool = False

    @classmethod
    def parse(cls, reader: Reader) -> "StateMachineSpec":
        """Start, or start and wait."""
        arn = reader.leaf("arn", check=_check_arn("states", r"stateMachine:[A-Za-z0-9_-]{1,80}(?::[A-Za-z0-9_-]+)?"))
        return cls(arn=arn or "", wait=reader.flag("wait", default=False))

    def held(self, arn: str) -> str:
        """The ARN."""
        return arn

    def integration(self, known: str, variable: str, caller: str) -> dict[str, Any]:
        """StartSyncExecution answers 200 for failed executions, too."""
        del caller
        started = _Answers(status="202", body="{\"execution\":$input.json('$.executionArn')}")
        done = _Answers(
            status="200",
            body=f"#if($input.path('$.status') == \"SUCCEEDED\")$input.path('$.output')#else{_FAILED}#end",
        )
        machine = known or f"$stageVariables.{variable}"
        return {
            "uri": f"{_URI}states:action/{'StartSyncExecution' if self.wait else 'StartExecution'}",
            "requestTemplates": {"application/json": f'{{"stateMachineArn":"{machine}","input":"{BODY}"}}'},
            "responses": (done if self.wait else started).rendered(),
        }

    def statements(self, arn: str, kms_key_arn: str) -> list[dict[str, Any]]:
        """Start this state machine."""
        del kms_key_arn
        return [_allow("states:StartSyncExecution" if self.wait else "states:StartExecution", arn)]


@dataclass(frozen=True, kw_only=True)
class TableSpec:
    """`TableArgs`, decided."""

    arn: pulumi.Input[str]
    action: str
    attributes: Mapping[str, Source]
    index: str
    limit: int
    partition_key: str
    kms_key_arn: pulumi.Input[str] | None

    @classmethod
    def parse(cls, reader: Reader) -> "TableSpec":
        """Refuse options of another action."""
        action = reader.text("action", "GetItem", choices=("GetItem", "PutItem", "Query"))
        for name, of in (("index", "Query"), ("limit", "Query"), ("partition_key", "PutItem")):
            if reader.has(name) and action != of:
                reader.refuse(name, f"nothing: it belongs to {of}")
        attributes = _attributes(reader, action)
        return cls(
            arn=reader.leaf("arn", check=_check_arn("dynamodb", rf"table/{_NAME}")) or "",
            action=action,
            attributes=attributes,
            index=reader.text("index", pattern=_NAME, allowed="the name of an index"),
            limit=reader.integer("limit", 100, low=1, high=1_000, unit="items"),
            partition_key=reader.text("partition_key", choices=sorted(attributes)),
            kms_key_arn=reader.leaf("kms_key_arn", check=_check_key),
        )

    @property
    def takes_caller(self) -> bool:
        """As an attribute's value."""
        return any(source.place == "caller" for source in self.attributes.values())

    def held(self, arn: str) -> str:
        """The table's name."""
        return arn.rsplit("table/", maxsplit=1)[-1]

    def integration(self, known: str, variable: str, caller: str) -> dict[str, Any]:
        """Every value is a typed string inside JSON, and every attribute's name is ours."""
        named = {f"v{index}": name for index, name in enumerate(sorted(self.attributes))}
        bound = _bound({key: self.attributes[name].expression(caller) for key, name in named.items()})
        values = {
            name: f'{{"{"N" if self.attributes[name].number else "S"}":"$util.escapeJavaScript("$!{key}"){_UNQUOTED}"}}'
            for key, name in named.items()
        }
        table = f'"TableName":"{known or f"$stageVariables.{variable}"}"'
        return {
            "uri": f"{_URI}dynamodb:action/{self.action}",
            "requestTemplates": {"application/json": f"{bound}{{{table},{self._fields(values)}}}"},
            "responses": self._answers().rendered(),
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

    def _answers(self) -> _Answers:
        if self.action == "GetItem":
            missing = '#set($context.responseOverride.status = 404){"message":"Not found"}'
            return _Answers(
                status="200", body=f"#if(\"$!input.path('$.Item')\" == \"\"){missing}#else$input.json('$.Item')#end"
            )
        if self.action == "Query":
            return _Answers(status="200", body="{\"items\":$input.json('$.Items'),\"count\":$input.json('$.Count')}")
        taken = '#set($context.responseOverride.status = 409){"message":"Exists already"}'
        failed = '$type.contains("ConditionalCheckFailed")'
        conflict = {
            "400": f'#set($type = $input.path(\'$.__type\'))#if({failed}){taken}#else{{"message":"Bad gateway"}}#end'
        }
        return _Answers(status="201", body="{}", others=conflict if self.partition_key else {})

    def statements(self, arn: str, kms_key_arn: str) -> list[dict[str, Any]]:
        """Do one action on one table, or on an index alone."""
        what = f"{arn}/index/{self.index}" if self.index else arn
        return [_allow(f"dynamodb:{self.action}", what), *_with_key(kms_key_arn, "kms:Decrypt")]


KINDS: Mapping[str, tuple[type, Any]] = {
    "queue": (QueueArgs, QueueSpec.parse),
    "event_bus": (EventBusArgs, EventBusSpec.parse),
    "state_machine": (StateMachineArgs, StateMachineSpec.parse),
    "table": (TableArgs, TableSpec.parse),
}
"""By the field of an integration: its args, and what decides them."""


def sources(service: Service) -> tuple[Source, ...]:
    """Where all values of a call come from."""
    if isinstance(service, TableSpec):
        return tuple(service.attributes.values())
    return (service.group,) if isinstance(service, QueueSpec) and service.group else ()


def _attributes(reader: Reader, action: str) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, text in reader.named_leaves("attributes").items():
        place = join(reader.at("attributes"), name)
        source = Source.parse(text) if isinstance(text, str) else None
        if source is None:
            reader.problems.add(place, given=text if isinstance(text, str) else "an Output", allowed=_SOURCE_ALLOWED)
        elif not re.fullmatch(_NAME, name):
            reader.problems.add(place, given=name, allowed="an attribute's name of letters, digits and _.-")
        else:
            found[name] = source
    if reader.has("attributes") and not reader.get("attributes"):
        reader.refuse("attributes", f"at least one attribute of {action}")
    return found


def _source(reader: Reader, name: str) -> Source | None:
    text = reader.text(name)
    source = Source.parse(text) if text else None
    if text and (source is None or source.number or (source.place == "body" and not source.name)):
        reader.refuse(name, "path.NAME, query.NAME, header.NAME, body.NAME or caller")
    return source


def _object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


def _allow(action: str, resource: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def _with_key(kms_key_arn: str, *actions: str) -> list[dict[str, Any]]:
    return [{"Effect": "Allow", "Action": list(actions), "Resource": kms_key_arn}] if kms_key_arn else []


def _check_arn(service: str, resource: str) -> Any:
    def check(arn: str) -> str | None:
        pattern = rf"arn:aws[a-z-]*:{service}:[a-z0-9-]+:\d{{12}}:{resource}"
        return None if re.fullmatch(pattern, arn) else f"an ARN such as arn:aws:{service}:<region>:<account>:..."

    return check


def _check_key(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+"
    return (
        None if re.fullmatch(pattern, arn) else "the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>"
    )
