"""Reads whether the caller can choose the backend of an integration: its host, bucket, queue, table, action or stream.

For a backend that is an AWS service, what the address, a parameter or the body of the request names is the host.

- https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html#apigw-Type-Integration-uri
- https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from ..graph.values import UNKNOWN, is_object, text
from ..model.fact import Fact, every
from .mapping_templates import CALLER, OTHER, Template, parameter_sources, templates

_HOST: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_SERVICE: Final = re.compile(r"arn:[^:]*:apigateway:([^:]*):([^:]*):(path|action)/(.*)", re.IGNORECASE | re.DOTALL)
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{([^{}]+)\}")
_CALLERS_OWN_ROLE: Final = re.compile(r"arn:[\w-]+:iam::\*:user/\*")
"""The credentials of an integration that calls AWS in the name of its caller, who may do there what IAM allows."""
_NAMES: Final = frozenset(
    {
        *("action", "application", "bucket", "bucketname", "cluster", "clustername", "configuration", "copysource"),
        *("deliverystreamname", "endpointname", "environment", "eventbusname", "functionname", "host", "index"),
        *("keyid", "queueurl", "region", "secretid", "statemachinearn", "streamarn", "streamname", "tablename"),
        *("targetarn", "taskdefinition", "topicarn", "userpoolid", "xamzcopysource", "xamztarget"),
    }
)
"""Parameters that name what an AWS service acts on, without capitals and hyphens."""
_IN_BODY: Final = (
    *("Action", "Bucket", "DeliveryStreamName", "EventBusName", "FunctionName", "QueueUrl", "StreamARN", "StreamName"),
    *("SecretId", "TableName", "TargetArn", "TopicArn", "stateMachineArn"),
)
"""The same in the bodies of requests to AWS services."""
_SEGMENTS: Final[Mapping[str, int]] = {"s3": 1, "sqs": 2, "sns": 0}
"""By service, how many segments of a path name what it acts on: a bucket, or an account and its queue."""
_NAMED_SEGMENTS: Final[Mapping[str, frozenset[str]]] = {
    "lambda": frozenset({"functions"}),
    "runtime.sagemaker": frozenset({"endpoints"}),
    "sagemaker": frozenset({"endpoints"}),
    "iotdata": frozenset({"things"}),
}
"""By service, the segments before one that names what it acts on."""
_BODY_IS_DATA: Final = frozenset({"s3", "iotdata", "runtime.sagemaker", "sagemaker", "lambda", "execute-api"})
"""Services that take the whole body of a request as data."""
_UNKNOWN_TARGET: Final = Fact.unknown("what its requests name as their backend is known only after deployment")
_WHOLE_BODY: Final = Fact.no("lets callers choose its backend: it passes the body of the request on as it is")


def target_fixed(given: Mapping[str, Any], filled: Callable[[str], Any]) -> Fact:
    """Whether no request decides which backend an integration calls.

    `given` is the integration in the spelling of a resource or of an OpenAPI body. `filled` says what fills a
    placeholder of its address, such as `'fixed'` or `method.request.header.x`.
    """
    kind = text(given.get("type", given.get("integrationType"))).upper()
    if kind == "MOCK":
        return Fact.YES
    uri = text(given.get("uri", given.get("integrationUri")))
    host, service = _HOST.match(uri), _SERVICE.match(uri)
    found, some_unknown = templates(given.get("requestTemplates"))
    mapped = dict(_mapped(given, found))

    def fills(placeholder: str) -> Fact:
        overridden = mapped.get(("path", placeholder.lower()))
        return _fixed(placeholder, filled(placeholder)) if overridden is None else overridden

    if host:
        chosen = [_host_chosen(fills(each)) for each in _PLACEHOLDER.findall(host[1])]
        return every(*chosen, mapped.get(("header", "host"), Fact.YES))
    if _CALLERS_OWN_ROLE.fullmatch(text(given.get("credentials"))):
        return Fact.YES
    named = [fact for (part, name), fact in mapped.items() if part != "path" and _plain(name) in _NAMES]
    if not service or kind == "AWS_PROXY":
        return every(*named)
    placed = [fills(each) for each in _naming_placeholders(service)]
    body = Fact.YES
    name = service[2].lower()
    if service[3].lower() == "action" or not {name, name.rpartition(".")[2]} & _BODY_IS_DATA:
        fixed_action = any(part == "querystring" and name == "action" for part, name in mapped)
        body = _body_fixed(given, found, some_unknown=some_unknown, fixed_action=fixed_action)
    return every(*placed, *named, body)


def _host_chosen(fact: Fact) -> Fact:
    return Fact.no("lets the request choose the host of its backend") if fact.is_no else fact


def _naming_placeholders(service: re.Match[str]) -> Iterator[str]:
    """The placeholders in the parts of an address that name what an AWS service acts on."""
    region, host, form, path = service.groups()
    yield from _PLACEHOLDER.findall(f"{region}/{host}")
    base, *subdomain = reversed(host.lower().rsplit(".", 1))
    segments = path.partition("?")[0].split("/")
    if form.lower() == "action":
        yield from _PLACEHOLDER.findall(path)
    elif base in _SEGMENTS:
        # A bucket may be the subdomain, and then the whole path is the key.
        yield from _PLACEHOLDER.findall("/".join(segments[: 0 if subdomain else _SEGMENTS[base]]))
    else:
        before = _NAMED_SEGMENTS.get(host.lower(), frozenset[str]())
        for first, second in pairwise(segments):
            if first.lower() in before:
                yield from _PLACEHOLDER.findall(second)


def _mapped(given: Mapping[str, Any], found: list[Template]) -> Iterator[tuple[tuple[str, str], Fact]]:
    """What integrations set in the requests to their backends: its part and name, and whether it is fixed."""
    parameters = given.get("requestParameters")
    if parameters is UNKNOWN:
        yield ("header", "host"), _UNKNOWN_TARGET
        yield ("querystring", "action"), _UNKNOWN_TARGET
    for key, value in parameters.items() if is_object(parameters) else ():
        part, name = _part(str(key))
        yield (part, name), _fixed(str(key).rpartition(".")[2], value)
    for template in found:
        for part, name, expression, _ in template.overrides("request"):
            yield (part, name), _from(name, template.sources(expression))


def _part(key: str) -> tuple[str, str]:
    """The part and the name of a parameter: `integration.request.header.Host`, `overwrite:header.host`, `QueueUrl`."""
    plain = key.removeprefix("integration.request.").rpartition(":")[2]
    part, found, name = plain.partition(".")
    return (part.lower(), name.lower()) if found else ("parameter", plain.lower())


def _plain(name: str) -> str:
    return name.replace("-", "").replace("_", "").lower()


def _fixed(name: str, value: Any) -> Fact:
    """Whether the value of a mapped parameter does not come from the caller; an absent one does."""
    if value is UNKNOWN:
        return _UNKNOWN_TARGET
    return _from(name, parameter_sources(text(value)) if text(value) else frozenset({CALLER}))


def _from(name: str, sources: frozenset[str]) -> Fact:
    if CALLER in sources:
        return Fact.no(f"lets callers choose its backend: {name} comes from the request")
    return Fact.of(None if OTHER in sources else True, unknown=f"where {name} comes from cannot be evaluated")


def _body_fixed(given: Mapping[str, Any], found: list[Template], *, some_unknown: bool, fixed_action: bool) -> Fact:
    """Whether the body of the requests to an AWS service names what API Gateway chose."""
    facts = [Fact.unknown("its request template is known only after deployment")] if some_unknown else []
    passes = text(given.get("passthroughBehavior")).upper() != "NEVER"
    if not found and not some_unknown and passes and not fixed_action:
        facts.append(_WHOLE_BODY)
    for each in found:
        if each.passes_body_through:
            facts.append(_WHOLE_BODY)
        facts += [_from(key, each.sources(value)) for key in _IN_BODY for value in each.values(key)]
    return every(*facts)
