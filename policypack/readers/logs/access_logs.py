"""Reads access logs of stages: their destinations, and which variables a line contains.

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
from ...redaction.credential_names import is_secret

SETTINGS: Final = "accessLogSettings"
"""The input of a stage that configures its access log."""
_STREAM_PREFIX: Final = "amazon-apigateway-"
_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z0-9_.]+)")
_REQUEST: Final = re.compile(r"\$(?:input|request|method\.request)\b(?:\.[\w$-]+|\([^)]*\))*")
_WHOLE: Final = frozenset(
    {"authorizer", "authorizer.claims", "authorizer.jwt.claims", "authorizer.jwt", "identity", "identity.clientCert"}
)
_SECRET: Final = frozenset({"identity.apiKey", "identity.accessKey", "identity.clientCert.clientCertPem"})
_LOG_GROUP_ARN: Final = re.compile(r"arn:[\w-]+:logs:[\w-]+:\d{12}:log-group:[\w./#-]+(?::\*)?")
_STREAM_ARN: Final = re.compile(r"arn:[\w-]+:firehose:[\w-]+:\d{12}:deliverystream/([\w.-]+)")
_SETTINGS_UNKNOWN: Final = Fact.unknown("its access log settings are known only after deployment")
_FORMAT_UNKNOWN: Final = Fact.unknown("the format of its access log is known only after deployment")
_STREAM_UNKNOWN: Final = Fact.unknown("the name of its Firehose stream is known only after deployment")


def access_log(graph: Graph, stage: Resource, kind: str) -> AccessLog:
    """The access log of a stage of a REST, HTTP or WEBSOCKET API."""
    settings = stage.inputs.get(SETTINGS)
    target, line = read(settings, "destinationArn"), read(settings, "format")
    written = _SETTINGS_UNKNOWN
    if settings is not UNKNOWN:
        # An unknown ARN is a destination, too.
        written = Fact.of(target is UNKNOWN or bool(text(target)), no="writes no access log")
    given = text(line)
    variables = frozenset(found.rstrip(".") for found in _VARIABLE.findall(given))
    return AccessLog(
        written=written,
        destination_valid=_destination_valid(graph, stage, target, kind) if written.is_yes else Fact.YES,
        format_known=_FORMAT_UNKNOWN if line is UNKNOWN else Fact.YES,
        variables=variables,
        sensitive=tuple(sorted(_sensitive(given, variables))),
        form=_form(given),
    )


def _sensitive(line: str, variables: frozenset[str]) -> set[str]:
    """The variables that contain credentials, or all claims or requests as a whole; the id of a key is harmless."""
    named = {each for each in variables if is_secret(each.rpartition(".")[2])}
    secret = named | (variables & (_WHOLE | _SECRET))
    return {f"$context.{each}" for each in secret} | set(_REQUEST.findall(line))


def _form(line: str) -> str:
    if not line:
        return ""
    # An unquoted variable is a number, or `-` if it has no value; in both cases a line of JSON was intended.
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


def _destination_valid(graph: Graph, stage: Resource, target: Any, kind: str) -> Fact:
    """Whether API Gateway accepts a destination."""
    if target is UNKNOWN:
        streams = graph.dependencies(stage, SETTINGS, DELIVERY_STREAM)
        if len(streams) == 1 and not graph.dependencies(stage, SETTINGS, LOG_GROUP):
            return _stream_valid(streams[0].inputs.get("name"), kind)
        return Fact.YES
    if _LOG_GROUP_ARN.fullmatch(text(target)):
        return Fact.YES
    stream = _STREAM_ARN.fullmatch(text(target))
    return (
        _stream_valid(stream[1], kind) if stream else _rejected("it must be the ARN of a log group or Firehose stream")
    )


def _stream_valid(name: Any, kind: str) -> Fact:
    if kind == "HTTP":
        return _rejected("an HTTP API writes only to CloudWatch Logs")
    if not isinstance(name, str):
        return _STREAM_UNKNOWN
    if name.startswith(_STREAM_PREFIX):
        return Fact.YES
    return _rejected(f"the name of its Firehose stream does not begin with {_STREAM_PREFIX}")


def _rejected(reason: str) -> Fact:
    return Fact.no(f"has an access log destination that API Gateway rejects: {reason}")
