"""What one resource shows is reported before it is created; only what is wrong in every stack is reported then."""

from dataclasses import replace

import graphs
import native_graphs
import pytest
from graphs import ARN, EVERYTHING, UNDECIDED, VIOLATION, api, made, method, permission_for, settings, stage
from native_graphs import native

from policypack.configuration.waivers import Waiver
from policypack.evaluation.evaluate import evaluate, evaluate_resource
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN
from policypack.model.findings import Status

AUTHENTICATED = "auth-methods-authenticated"


def alone(resource: Resource, **more):
    """The policies that a resource violates before it is created."""
    return {each.policy for each in evaluate_resource(resource, **more).findings}


def of_unknown_api(resource):
    """The same resource in a preview that creates its API, too."""
    references = {name: UNKNOWN for name in ("restApi", "restApiId", "apiId", "resourceId") if name in resource.inputs}
    inputs = {**resource.inputs, **references}
    return Resource(urn=resource.urn, type=resource.type, name=resource.name, id=UNKNOWN, inputs=inputs)


def v2(type_, label, **inputs):
    return made(f"apigatewayv2/{type_}", label, apiId="web-id", **inputs)


SHOWN = {
    "open method": (method("GET", "NONE"), AUTHENTICATED),
    "open method of all HTTP methods": (method("ANY", "NONE"), AUTHENTICATED),
    "method with a key only": (method("POST", "NONE", apiKeyRequired=True), "auth-keys-never-standalone"),
    "open method of aws-native": (native_graphs.method("GET", "NONE"), AUTHENTICATED),
    "open route": (v2("route:Route", "r", routeKey="GET /orders", authorizationType="NONE"), AUTHENTICATED),
    "open connection": (v2("route:Route", "r", routeKey="$connect"), AUTHENTICATED),
    "open route of aws-native": (native("apigatewayv2:Route", "r", apiId="a", routeKey="GET /x"), AUTHENTICATED),
    "stage without a log": (stage(accessLogSettings=None), "observability-access-logs-enabled"),
    "HTTP stage without a log": (v2("stage:Stage", "s", name="live"), "observability-access-logs-enabled"),
    "stage variable": (stage(variables={"password": "hunter2hunter2"}), "auth-stage-variables-without-secrets"),
    "data trace": (settings(dataTraceEnabled=True), "observability-data-trace-disabled"),
    "limit of zero": (settings(throttlingRateLimit=0), "keys-stage-limits-not-zero"),
    "permission for every API": (permission_for("apigateway.amazonaws.com"), "network-lambda-permissions-name-api"),
    "permission for more": (
        permission_for("apigateway.amazonaws.com", sourceArn=f"{ARN}/*", action="lambda:*"),
        "network-lambda-permissions-invoke-only",
    ),
    "http backend": (
        made("apigateway/integration:Integration", "i", restApi="shop-id", type="HTTP", uri="http://a.example.com"),
        "tls-backends-encrypted",
    ),
    "domain": (graphs.domain(securityPolicy="TLS_1_0"), "tls-domains-minimum-version"),
    "private domain": (
        graphs.domain(
            "private.example.com", endpointConfiguration={"types": "PRIVATE"}, policy=graphs.policy(EVERYTHING)
        ),
        "network-private-domains-restricted",
    ),
}


@pytest.mark.parametrize(("resource", "policy_id"), SHOWN.values(), ids=SHOWN)
def test_what_a_resource_shows_is_reported_before_it_is_created(resource, policy_id):
    assert policy_id in alone(resource)
    assert policy_id in alone(of_unknown_api(resource))


LEFT_OPEN = {
    "OPTIONS": method("OPTIONS", "NONE"),
    "OPTIONS with a key": method("OPTIONS", "NONE", apiKeyRequired=True),
    "unknown method": replace(method("GET", "NONE"), inputs={"httpMethod": UNKNOWN, "authorization": "NONE"}),
    "unknown authorization": method("GET", UNKNOWN),
    "unknown route": v2("route:Route", "r", routeKey=UNKNOWN),
    "OPTIONS route": v2("route:Route", "r", routeKey="OPTIONS /orders"),
    "default route": v2("route:Route", "r", routeKey="$default"),
    "message of a WebSocket API": v2("route:Route", "r", routeKey="send"),
    "API that is created in one call": made(
        "apigatewayv2/api:Api", "quick", protocolType="HTTP", target="https://example.com"
    ),
    "deployment that names a stage": made("apigateway/deployment:Deployment", "d", restApi="shop-id", stageName="live"),
    "permission of some function": permission_for("*"),
    "public API": api(policy=graphs.policy(EVERYTHING)),
}


@pytest.mark.parametrize("resource", LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_what_other_resources_may_justify_is_not(resource):
    assert alone(resource) == set()
    assert alone(of_unknown_api(resource)) == set()


@pytest.mark.parametrize(
    ("only", "expected"),
    [("GET /health", set()), ("*", set()), ("ANY /health", {AUTHENTICATED}), ("POST /health", {AUTHENTICATED})],
)
def test_a_waiver_of_a_route_whose_path_is_unknown_may_be_for_it(only, expected):
    """The path of a method is in other resources, so only the whole stack shows whether it is waived."""
    waiver = Waiver(policy=AUTHENTICATED, urn="*", only=(only,), reason="health checks")

    assert alone(method("GET", "NONE"), waivers=[waiver]) == expected


WHOLE = {
    "sound": list(graphs.sound().values()),
    "native": list(native_graphs.SOUND.values()),
    "unsafe": [each for each, _ in SHOWN.values()],
}


@pytest.mark.parametrize("resources", WHOLE.values(), ids=WHOLE)
def test_nothing_is_reported_of_a_resource_that_the_whole_stack_does_not_show(resources):
    violated = {each.policy for each in evaluate(Graph(resources)).findings if each.status is Status.VIOLATION}

    for resource in resources:
        assert alone(resource) <= violated


def test_only_violations_are_reported():
    assert {each.status.value for each in evaluate_resource(method("GET", "NONE")).findings} == {VIOLATION}
    assert UNDECIDED not in {each.status.value for each in evaluate_resource(stage()).findings}
