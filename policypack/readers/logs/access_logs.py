"""Reads access logs of stages: where they go, what a line holds, and what it gives away.

Variables: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import json
import re
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import DELIVERY_STREAM, LOG_GROUP
from ...graph.values import UNKNOWN, is_object, read, text
from ...model.fact import Fact
from ...model.observability import AccessLog

_STREAM_PREFIX: Final = "amazon-apigateway-"
_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]+)")
_REQUEST: Final = re.compile(r"\$(?:input|request|method\.request)\b(?:\.[\w$-]+|\([^)]*\))*")
_WHOLE: Final = frozenset(
    {"authorizer", "authorizer.claims", "authorizer.jwt.claims", "authorizer.jwt", "identity", "identity.clientCert"}
)
_SECRET: Final = frozenset({"identity.apiKey", "identity.clientCert.clientCertPem"})
_SECRET_NAME: Final = re.compile(
    r"(?:^|[._-])(?:authorization|cookie|password|passwd|secret|(?:access|id|refresh|bearer|raw|session)_?token|token|jwt)$",
    re.IGNORECASE,
)
_LOG_GROUP_ARN: Final = re.compile(r"arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[\w./#-]+(?::\*)?")
_STREAM_ARN: Final = re.compile(r"arn:[\w-]+:firehose:[\w-]+:\d{12}:deliverystream/([\w.-]+)")


def access_log(graph: Graph, stage: Resource, kind: str) -> AccessLog:
    """The access log of a stage."""
    name = "accessLogSettings" if "accessLogSettings" in stage.inputs else "accessLogSetting"
    settings = stage.inputs.get(name)
    target, line = read(settings, "destinationArn"), read(settings, "format")
    # An ARN still to come is a destination.
    written = Fact.UNKNOWN if settings is UNKNOWN else _yes(target is UNKNOWN or bool(text(target)))
    flaw, known = _flaw(graph, stage, name, target, kind) if written.is_yes else ("", Fact.YES)
    given = text(line)
    variables = frozenset(found.rstrip(".") for found in _VARIABLE.findall(given))
    return AccessLog(
        written=written,
        format_read=_unless(line is UNKNOWN),
        variables=variables,
        leaks=tuple(sorted(_leaks(given, variables))),
        form=_form(given),
        destination_flaw=flaw,
        destination_read=known,
    )


def _unless(unknown: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return Fact.UNKNOWN if unknown else Fact.YES


def _yes(holds: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return Fact.YES if holds else Fact.NO


def _leaks(line: str, variables: frozenset[str]) -> set[str]:
    """What a line holds of credentials, or of whole claims and requests; a key's id is none."""
    secret = {each for each in variables if each in _WHOLE | _SECRET or _SECRET_NAME.search(each)}
    return {f"$context.{each}" for each in secret} | set(_REQUEST.findall(line))


def _form(line: str) -> str:
    if not line:
        return ""
    # An unquoted variable is a number, or `-` where there is none; either way a line of JSON was meant.
    filled = _VARIABLE.sub("0", line)
    try:
        return "json" if is_object(json.loads(filled)) else "text"
    except (ValueError, RecursionError):
        pass
    if filled.lstrip().startswith("<") and filled.rstrip().endswith(">"):
        return "xml"
    if "[0]" in filled or '"0 ' in filled:
        return "clf"
    return "csv" if "," in filled else "text"


def _flaw(graph: Graph, stage: Resource, name: str, target: Any, kind: str) -> tuple[str, Fact]:
    """Why API Gateway refuses a destination, and whether that can be told."""
    if target is UNKNOWN:
        streams = graph.dependencies(stage, name, DELIVERY_STREAM)
        if len(streams) == 1 and not graph.dependencies(stage, name, LOG_GROUP):
            return _stream_flaw(streams[0].inputs.get("name"), kind)
        return "", Fact.YES
    if _LOG_GROUP_ARN.fullmatch(text(target)):
        return "", Fact.YES
    stream = _STREAM_ARN.fullmatch(text(target))
    if stream:
        return _stream_flaw(stream[1], kind)
    return "it takes the ARN of a log group or of a Firehose stream, and nothing else", Fact.YES


def _stream_flaw(name: Any, kind: str) -> tuple[str, Fact]:
    if kind == "HTTP":
        return "an HTTP API writes to CloudWatch Logs only", Fact.YES
    if not isinstance(name, str):
        return "", Fact.UNKNOWN
    words = f"the name of its Firehose stream does not begin with {_STREAM_PREFIX}"
    return ("" if name.startswith(_STREAM_PREFIX) else words), Fact.YES
