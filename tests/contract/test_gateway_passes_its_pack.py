"""The component satisfies the pack, the pack notices each layer that is missing, and an unsafe API fails everywhere.

This is the strongest statement the project makes about itself. It does not prove that AWS accepts the resources.
"""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.model.findings import Status

LAYERS = ("auth", "keys", "network", "waf", "observability", "tls")


def violated(report):
    return {each.layer for each in report.findings if each.status is Status.VIOLATION}


@pytest.mark.parametrize("stack", ["minimal", "recommended", "partner", "internal", "authorizer"])
def test_a_secure_gateway_has_no_violation(recorded, stack):
    report = evaluate(Graph(recorded(stack)))
    violations = [(each.policy, each.message) for each in report.findings if each.status is Status.VIOLATION]

    assert violations == []
    assert len(report.gateways) == 1


@pytest.mark.parametrize("stack", ["minimal", "recommended", "authorizer"])
def test_nothing_about_routes_is_undecided_at_the_first_preview(recorded, stack):
    report = evaluate(Graph(recorded(stack)))
    undecided = [(each.policy, each.message) for each in report.findings if each.status is Status.UNDECIDED]

    assert undecided == []
    assert report.gateways[0].routes > 0


def test_the_body_is_known_at_the_first_preview(recorded):
    for stack in ("minimal", "recommended", "authorizer"):
        (imported,) = [each for each in recorded(stack) if each.type.endswith(":RestApiPut")]
        assert imported.inputs["body"] is not UNKNOWN


def test_the_unsafe_stack_is_caught_in_every_layer(recorded):
    assert violated(evaluate(Graph(recorded("unsafe")))) >= set(LAYERS)


def body(change: Callable[[dict], None]):
    def cut(resource):
        document = json.loads(resource.inputs["body"])
        change(document)
        return replace(resource, inputs={**resource.inputs, "body": json.dumps(document)})

    return cut


def open_all(document):
    # That a route needs an API key is of the layer keys.
    keys = {name for name, each in document["components"]["securitySchemes"].items() if each["name"] == "x-api-key"}
    for item in document["paths"].values():
        for method, operation in item.items():
            if method != "parameters":
                operation["security"] = [
                    {name: [] for name in each if name in keys}
                    for each in operation.get("security", [])
                    if keys & set(each)
                ]
    # What the network layer writes for open routes: it allows no more than a route's own authentication needs.
    for statement in document["x-amazon-apigateway-policy"]["Statement"]:
        if statement["Sid"] == "Callers":
            statement.pop("Condition", None)
            statement["Resource"] = "execute-api:/*"


def without_tls(document):
    for name in ("x-amazon-apigateway-security-policy", "x-amazon-apigateway-endpoint-access-mode"):
        document.pop(name)


def without(*names):
    return lambda resource: replace(resource, inputs={k: v for k, v in resource.inputs.items() if k not in names})


def without_settings(*names):
    def cut(resource):
        kept = {k: v for k, v in resource.inputs["settings"].items() if k not in names}
        return replace(resource, inputs={**resource.inputs, "settings": kept})

    return cut


CUTS: dict[str, dict[str, Callable]] = {
    "auth": {"RestApiPut": body(open_all)},
    "keys": {"MethodSettings": without_settings("throttlingRateLimit", "throttlingBurstLimit")},
    "network": {"RestApiPut": body(lambda document: document.pop("x-amazon-apigateway-policy"))},
    "waf": {},
    "observability": {
        "Stage": without("accessLogSettings", "xrayTracingEnabled"),
        "MethodSettings": without_settings("metricsEnabled", "loggingLevel", "dataTraceEnabled"),
    },
    "tls": {"RestApi": without("securityPolicy", "endpointAccessMode"), "RestApiPut": body(without_tls)},
}
"""What a layer adds to resources that are not its own, by the resource's type."""


def cut_layer(resources, layer):
    own = f"secure-gateway:index:{layer.capitalize()}"
    left = [each for each in resources if f"{own}$" not in each.urn and each.type != own]
    return [CUTS[layer].get(each.type.split(":")[-1], lambda same: same)(each) for each in left]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_missing_layer_raises_exactly_its_own_findings(recorded, layer):
    whole = recorded("recommended")
    left = cut_layer(whole, layer)

    assert left != list(whole)
    assert violated(evaluate(Graph(left))) == {layer}


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_resources_or_a_part_of_the_document(recorded, layer):
    whole = recorded("recommended")

    assert len(cut_layer(whole, layer)) < len(whole) or CUTS[layer]
