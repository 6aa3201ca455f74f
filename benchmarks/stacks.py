"""The stacks that are measured: the same gateways for Pulumi's engine, as a `pulumi stack export`, and as Terraform.

One gateway consists of ten resources, as teams write them by hand: an API with ten methods in an OpenAPI body, its
deployment, stage, method settings, log group, web ACL with its association, alarm, usage plan and role. One gateway in
ten has methods without authorization, and its stage has no web ACL, so that there are violations to find.
"""

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

EACH: Final = 10
"""Resources of one gateway."""
HEAD: Final = "urn:pulumi:prod::shop::"
STAGE: Final = "aws:apigateway/stage:Stage"
METERED: Final = {"cloudwatchMetricsEnabled": True, "metricName": "metric", "sampledRequestsEnabled": True}

State = dict[str, Any]


def _document(*, bad: bool) -> str:
    operation = {"security": [] if bad else [{"iam": []}], "x-amazon-apigateway-integration": {"type": "MOCK"}}
    iam = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    paths = {f"/things/{each}": {"get": operation, "post": operation} for each in range(5)}
    return json.dumps({"openapi": "3.0.1", "paths": paths, "components": {"securitySchemes": {"iam": iam}}})


def gateway(number: int) -> Iterator[State]:
    """The resources of a gateway, as in a state file."""
    api, name, deployment, bad = f"api{number}", f"shop-{number}", f"d{number}", number % 10 == 0
    stage = f"arn:aws:apigateway:eu-west-1::/restapis/{api}/stages/live"
    log = f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}"
    acl = f"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/{name}/1"
    settings = {
        "throttlingRateLimit": 100,
        "throttlingBurstLimit": 200,
        "metricsEnabled": True,
        "loggingLevel": "ERROR",
    }
    logged = {"destinationArn": log, "format": '{"id": "$context.requestId"}'}
    limit = {
        "name": "rate",
        "priority": 1,
        "action": {"block": {}},
        "statement": {"rateBasedStatement": {"limit": 1000}},
        "visibilityConfig": METERED,
    }
    kinds: list[tuple[str, str, State, State]] = [
        (
            "apigateway/restApi:RestApi",
            api,
            {"name": name, "endpointConfiguration": {"types": "REGIONAL"}, "body": _document(bad=bad)},
            {},
        ),
        ("apigateway/deployment:Deployment", deployment, {"restApi": api}, {}),
        (
            "apigateway/stage:Stage",
            f"s{number}",
            {"restApi": api, "stageName": "live", "deployment": deployment, "accessLogSettings": logged},
            {"arn": stage},
        ),
        (
            "apigateway/methodSettings:MethodSettings",
            f"m{number}",
            {"restApi": api, "stageName": "live", "methodPath": "*/*", "settings": settings},
            {},
        ),
        ("cloudwatch/logGroup:LogGroup", f"l{number}", {"name": name, "retentionInDays": 365}, {"arn": log}),
        (
            "wafv2/webAcl:WebAcl",
            f"w{number}",
            {
                "name": name,
                "scope": "REGIONAL",
                "rules": [limit],
                "defaultAction": {"allow": {}},
                "visibilityConfig": METERED,
            },
            {"arn": acl},
        ),
        (
            "wafv2/webAclAssociation:WebAclAssociation",
            f"a{number}",
            {"resourceArn": "arn:aws:elsewhere" if bad else stage, "webAclArn": acl},
            {},
        ),
        (
            "cloudwatch/metricAlarm:MetricAlarm",
            f"x{number}",
            {
                "namespace": "AWS/ApiGateway",
                "metricName": "5XXError",
                "comparisonOperator": "GreaterThanThreshold",
                "evaluationPeriods": 1,
                "dimensions": {"ApiName": name, "Stage": "live"},
            },
            {},
        ),
        (
            "apigateway/usagePlan:UsagePlan",
            f"u{number}",
            {"name": name, "apiStages": [{"apiId": api, "stage": "live"}]},
            {},
        ),
        (
            "iam/role:Role",
            f"r{number}",
            {"name": name, "assumeRolePolicy": "{}"},
            {"arn": f"arn:aws:iam::123456789012:role/{name}"},
        ),
    ]
    for type_, id_, inputs, outputs in kinds:
        yield {
            "urn": f"{HEAD}aws:{type_}::{id_}",
            "type": f"aws:{type_}",
            "custom": True,
            "id": id_,
            "inputs": inputs,
            "outputs": {**inputs, **outputs, "id": id_},
        }


def states(count: int) -> list[State]:
    """A stack of `count` resources, a multiple of ten."""
    return [each for number in range(count // EACH) for each in gateway(number)]


def export(written: Sequence[State]) -> str:
    """The stack as `pulumi stack export` writes it."""
    return json.dumps({"version": 3, "deployment": {"resources": written}})


def declared(written: Sequence[State]) -> list[Any]:
    """The resources as the engine announces them, one by one."""
    from pulumi.runtime.proto import analyzer_pb2 as proto

    return [_message(proto.AnalyzeRequest, each, each["inputs"]) for each in written]


def deployed(written: Sequence[State]) -> Any:
    """The stack as the engine sends it as a whole."""
    from pulumi.runtime.proto import analyzer_pb2 as proto

    messages = [_message(proto.AnalyzerResource, each, each["outputs"]) for each in written]
    return proto.AnalyzeStackRequest(resources=messages)


def _message(kind: Any, state: State, properties: Mapping[str, Any]) -> Any:
    from google.protobuf import json_format

    message = kind(urn=state["urn"], type=state["type"], name=state["urn"].rpartition("::")[2])
    message.provider.type = "pulumi:providers:aws"
    json_format.ParseDict(properties, message.properties)
    return message


# -- The same as Terraform -------------------------------------------------------------------------------------------

TERRAFORM: Final = {
    "aws:apigateway/restApi:RestApi": "aws_api_gateway_rest_api",
    "aws:apigateway/deployment:Deployment": "aws_api_gateway_deployment",
    "aws:apigateway/stage:Stage": "aws_api_gateway_stage",
    "aws:apigateway/methodSettings:MethodSettings": "aws_api_gateway_method_settings",
    "aws:apigateway/usagePlan:UsagePlan": "aws_api_gateway_usage_plan",
    "aws:cloudwatch/logGroup:LogGroup": "aws_cloudwatch_log_group",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
    "aws:iam/role:Role": "aws_iam_role",
    "aws:wafv2/webAcl:WebAcl": "aws_wafv2_web_acl",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "aws_wafv2_web_acl_association",
}
SPELT: Final = {"restApi": "rest_api_id", "deployment": "deployment_id", "rules": "rule"}
"""Arguments with other names in Terraform; all others differ in case only."""
REFERRING: Final = frozenset(
    {"restApi", "deployment", "apiId", "stage", "stageName", "resourceArn", "webAclArn", "destinationArn"}
)
"""Arguments that refer to another resource of the gateway."""
MAPS: Final = frozenset({"dimensions"})
"""Arguments that are maps; all other objects are blocks."""
LISTS: Final = frozenset({"types"})
"""Arguments that are lists in Terraform."""


@dataclass(frozen=True)
class Reference:
    """An attribute of another resource, such as `aws_api_gateway_rest_api.api1.id`."""

    to: str


@dataclass(frozen=True)
class Block:
    """A Terraform resource. A block inside it is a list of one object, as in plans."""

    type: str
    name: str
    arguments: Mapping[str, Any]


def blocks(count: int) -> Iterator[Block]:
    """A stack of `count` resources as Terraform blocks."""
    for number in range(count // EACH):
        written = list(gateway(number))
        yield from (_block(each, _names(written)) for each in written)


def _names(written: Sequence[State]) -> dict[str, Reference]:
    """The references to the resources of a gateway, by id, ARN or stage name."""
    named: dict[str, Reference] = {}
    for each in written:
        address, outputs = _address(each), each["outputs"]
        named[each["id"]] = Reference(f"{address}.id")
        if "arn" in outputs:
            named[outputs["arn"]] = Reference(f"{address}.arn")
        if each["type"] == STAGE:
            named[outputs["stageName"]] = Reference(f"{address}.stage_name")
    return named


def _address(state: State) -> str:
    return f"{TERRAFORM[state['type']]}.{state['id']}"


def _block(state: State, named: Mapping[str, Reference]) -> Block:
    own = _address(state)

    def argument(name: str, value: Any) -> Any:
        if name in REFERRING:
            found = named.get(value)
            return value if found is None or found.to.startswith(f"{own}.") else found
        if name in LISTS:
            return (value,)
        if isinstance(value, list):
            return [arguments(each) for each in value]
        if isinstance(value, dict) and name not in MAPS:
            return [arguments(value)]
        return value

    def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
        return {SPELT.get(name) or _snake(name): argument(name, value) for name, value in given.items()}

    return Block(TERRAFORM[state["type"]], state["id"], arguments(state["inputs"]))


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r"_\1", name).lower()


def configuration(block: Block) -> str:
    """A resource in Terraform's configuration language (HCL)."""
    return f'resource "{block.type}" "{block.name}" {{\n{_hcl(block.arguments)}}}\n'


def _hcl(arguments: Mapping[str, Any]) -> str:
    def line(name: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(f"{name} {{\n{_hcl(each)}}}\n" for each in value)
        # A dollar sign in a string is doubled, so that Terraform does not interpolate it.
        written = value.to if isinstance(value, Reference) else json.dumps(value).replace("${", "$${")
        return f"{name} = {written}\n"

    return "".join(line(name, value) for name, value in arguments.items())


def plan(given: Sequence[Block]) -> str:
    """The plan as `terraform show -json PLAN` writes it, with every resource to be created."""
    planned = [
        {
            "address": f"{each.type}.{each.name}",
            "mode": "managed",
            "type": each.type,
            "name": each.name,
            "provider_name": "hashicorp/aws",
            "values": _mapped(each.arguments, _known),
        }
        for each in given
    ]
    return json.dumps(
        {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "planned_values": {"root_module": {"resources": planned}},
            "resource_changes": [
                {
                    **each,
                    "change": {"actions": ["create"], "before": None, "after": each["values"], "after_unknown": {}},
                }
                for each in planned
            ],
            "configuration": {
                "root_module": {
                    "resources": [
                        {
                            "address": f"{each.type}.{each.name}",
                            "mode": "managed",
                            "type": each.type,
                            "name": each.name,
                            "provider_config_key": "aws",
                            "expressions": _mapped(each.arguments, _expression),
                        }
                        for each in given
                    ]
                }
            },
        }
    )


def _mapped(arguments: Mapping[str, Any], leaf: Callable[[Any], Any]) -> dict[str, Any]:
    """Apply a function to all arguments that are not blocks; arguments for which it returns None are left out."""
    mapped = {
        name: [_mapped(each, leaf) for each in value] if isinstance(value, list) else leaf(value)
        for name, value in arguments.items()
    }
    return {name: value for name, value in mapped.items() if value is not None}


def _known(value: Any) -> Any:
    return None if isinstance(value, Reference) else value


def _expression(value: Any) -> Any:
    if isinstance(value, Reference):
        return {"references": [value.to, value.to.rpartition(".")[0]]}
    return {"constant_value": value}


# -- Files -----------------------------------------------------------------------------------------------------------

STATE, PLAN, CONFIGURATION = "state.json", "tfplan.json", "hcl"
PER_FILE: Final = 100
"""Resources in one Terraform file."""


def write(size: int, folder: Path) -> None:
    """Write a stack of `size` resources as an export, a plan and a folder of HCL files."""
    (folder / STATE).write_text(export(states(size)))
    given = list(blocks(size))
    (folder / PLAN).write_text(plan(given))
    (folder / CONFIGURATION).mkdir()
    for start in range(0, size, PER_FILE):
        part = "\n".join(map(configuration, given[start : start + PER_FILE]))
        (folder / CONFIGURATION / f"part{start}.tf").write_text(part)


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
