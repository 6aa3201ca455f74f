"""What Pulumi's engine sends to an analyzer, and whole stacks as it sends them."""

import json
from functools import partial
from pathlib import Path

import graphs
from pulumi.runtime.proto import analyzer_pb2 as proto

from policypack.graph import values
from policypack.graph.graph import Resource
from policypack.sources import offline
from policypack.sources.project import find

STACKS = Path(__file__).parents[1] / "stacks"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
API, STAGE = "aws:apigateway/restApi:RestApi", "aws:apigateway/stage:Stage"
ACL, LINK = "aws:wafv2/webAcl:WebAcl", "aws:wafv2/webAclAssociation:WebAclAssociation"
STAGE_ARN = "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/live"


def urn(type_, name):
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def shown(type_, name, /, **inputs):
    """What Analyze shows of a resource."""
    request = proto.AnalyzeRequest(urn=urn(type_, name), type=type_, name=name)
    request.properties.update(inputs)
    request.provider.type = "pulumi:providers:aws"
    return request


def deployed(type_, name, /, *, edges=(), **outputs):
    """What AnalyzeStack shows of it; edges are (property, URN)."""
    message = proto.AnalyzerResource(urn=urn(type_, name), type=type_, name=name)
    message.properties.update(outputs)
    message.provider.type = "pulumi:providers:aws"
    for key, target in edges:
        message.dependencies.append(target)
        message.propertyDependencies[key].urns.append(target)
    return message


def stack(*resources):
    return proto.AnalyzeStackRequest(resources=resources)


def body(security=None):
    operation = {"x-amazon-apigateway-integration": {"type": "HTTP_PROXY", "uri": "https://shop.example"}}
    if security:
        operation["security"] = [{security: []}]
    schemes = {
        "iam": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    }
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": operation}},
        "components": {"securitySchemes": schemes},
    }
    return json.dumps(document)


def configured(**policies):
    """A Configure request; a value is a level or (level, settings)."""
    request = proto.ConfigureAnalyzerRequest()
    for name, value in policies.items():
        level, settings = value if isinstance(value, tuple) else (value, {})
        entry = request.policyConfig[name.replace("_", "-")]
        entry.enforcementLevel = level
        entry.properties.update(settings)
    return request


FUNCTION_RESULTS = [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-0123456789abcdef0"}}]
SMALL = (
    Resource(urn=urn(API, "api"), type=API, name="api", id="a1b2c3", inputs={"body": body()}),
    Resource(
        urn=urn(STAGE, "live"),
        type=STAGE,
        name="live",
        inputs={"restApi": "a1b2c3", "stageName": "live"},
        outputs={"arn": STAGE_ARN},
    ),
)


def recorded(stack):
    return offline.run("stacks", find(STACKS), stack=stack, function_results=FUNCTION_RESULTS).resources


FIXTURES = {
    "small": lambda: SMALL,
    "sound": graphs.changed,
    "open": lambda: graphs.changed(api=graphs.api(policy=None), association=None, stage=graphs.stage(tags={"a": "b"})),
    **{name: partial(recorded, name) for name in ("recommended", "internal", "unsafe")},
}


def encoded(value):
    """As it goes over the wire."""
    if value is values.UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: encoded(item) for key, item in value.items()}
    return [encoded(item) for item in value] if isinstance(value, list | tuple) else value


def message(each):
    """A resource as AnalyzeStack shows it."""
    values = {**each.inputs, **each.outputs, **({} if each.id is None else {"id": each.id})}
    made = proto.AnalyzerResource(urn=each.urn, type=each.type, name=each.name, parent=each.parent)
    made.properties.update(encoded(values))
    if each.custom:
        made.provider.type = "pulumi:providers:aws"
    made.dependencies.extend(sorted(each.dependencies))
    for key, urns in each.property_dependencies.items():
        made.propertyDependencies[key].urns.extend(sorted(urns))
    return made
