"""Inputs are evaluated as they reach AWS: empty strings, blocks given in part, stages named twice, outputs alone."""

from dataclasses import replace

import pytest
from graphs import (
    UNDECIDED,
    VIOLATION,
    api,
    changed,
    domain,
    findings,
    made,
    mapping,
    method,
    settings,
    stage,
    statuses,
)
from http_graphs import http_api, v2_stage
from native_graphs import native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.normalised import normalised
from policypack.graph.values import UNKNOWN

THROTTLED, USABLE = "keys-stages-throttled", "keys-stage-limits-not-zero"
ROUTE = made("apigatewayv2/route:Route", "r", apiId="h-id", routeKey="GET /orders", authorizationType="AWS_IAM")
OTHER_ROUTE = made("apigatewayv2/route:Route", "s", apiId="h-id", routeKey="POST /orders", authorizationType="AWS_IAM")


def deployment(**inputs):
    return made("apigateway/deployment:Deployment", "first", restApi="shop-id", **inputs)


def gateway_report(resources):
    """Policy, status and message of each finding, whatever resource it points at."""
    return sorted((each.policy, each.status.value, each.message) for each in evaluate(Graph(resources)).findings)


EMPTY = {
    "deployment-stage": (changed(deployment(stageName="")), changed(deployment())),
    "same-stage": (changed(deployment(stageName="live")), changed(deployment())),
    "policy-of-a-domain": (
        changed(domain(securityPolicy="", regionalCertificateArn="c"), mapping()),
        changed(domain(regionalCertificateArn="c"), mapping()),
    ),
    "truststore-version": (
        changed(domain(mutualTlsAuthentication={"truststoreUri": "s3://b/k", "truststoreVersion": ""}), mapping()),
        changed(domain(mutualTlsAuthentication={"truststoreUri": "s3://b/k"}), mapping()),
    ),
    "resource-policy": (changed(api=api(policy="")), changed(api=api(policy=None))),
    "body": (changed(api=api(body="")), changed(api=api(body=None))),
    "authorizer-of-a-method": (
        changed(method=method(authorization="NONE", authorizerId="")),
        changed(method=method(authorization="NONE")),
    ),
    "target": ([http_api(target=""), ROUTE], [http_api(), ROUTE]),
    "api-key": (
        changed(made("apigateway/apiKey:ApiKey", "k", value="")),
        changed(made("apigateway/apiKey:ApiKey", "k")),
    ),
}


@pytest.mark.parametrize(("empty", "absent"), EMPTY.values(), ids=EMPTY)
def test_an_empty_string_is_not_sent(empty, absent):
    assert gateway_report(empty) == gateway_report(absent)


def test_a_deployment_with_another_name_makes_a_stage_of_its_own():
    resources = changed(deployment(stageName="second"))

    assert statuses("observability-access-logs-enabled", resources) == [VIOLATION]


def test_an_empty_string_that_is_a_value_is_kept():
    resources = changed(stage=stage(variables={"empty": ""}))

    assert normalised(Graph(resources)).by_urn(stage().urn).inputs["variables"] == {"empty": ""}


LIMITS = {"throttlingRateLimit": 10, "throttlingBurstLimit": 20}


@pytest.mark.parametrize("block", [{}, {"loggingLevel": "INFO"}, [{"detailedMetricsEnabled": True}]])
def test_a_block_without_limits_limits_to_zero(block):
    resources = [http_api(), ROUTE, v2_stage(defaultRouteSettings=block)]

    assert findings(THROTTLED, resources) == []
    assert statuses(USABLE, resources) == [VIOLATION]


def test_a_stage_without_a_block_is_not_limited():
    resources = [http_api(), ROUTE, v2_stage()]

    assert findings(THROTTLED, resources) == [(VIOLATION, "stage live is not throttled")]
    assert findings(USABLE, resources) == []


def test_what_a_block_for_one_route_leaves_out_is_zero():
    single = [{"routeKey": "GET /orders", "detailedMetricsEnabled": True}]
    resources = [http_api(), ROUTE, OTHER_ROUTE, v2_stage(defaultRouteSettings=LIMITS, routeSettings=single)]

    assert findings(THROTTLED, resources) == []
    message = "stage live has a limit of zero for GET /orders, which rejects every request"
    assert findings(USABLE, resources) == [(VIOLATION, message)]


def test_aws_native_sends_what_is_given_and_no_more():
    block = native(
        "apigatewayv2:Stage", "h", apiId="h-id", stageName="live", defaultRouteSettings={"loggingLevel": "INFO"}
    )
    resources = [http_api(), ROUTE, block]

    assert findings(THROTTLED, resources) == [(VIOLATION, "stage live is not throttled")]
    assert findings(USABLE, resources) == []


@pytest.mark.parametrize("spelled", [str, lambda name: name[0].upper() + name[1:]], ids=["as-pulumi", "as-aws"])
@pytest.mark.parametrize("written", [dict, lambda value: str(value).replace("'", '"')], ids=["object", "string"])
def test_free_form_json_of_aws_native_is_read_in_every_spelling(spelled, written):
    values = {spelled(name): value for name, value in LIMITS.items()}
    both = native(
        "apigatewayv2:Stage",
        "h",
        apiId="h-id",
        stageName="live",
        routeSettings=written({"GET /orders": values, "POST /orders": values}),
    )

    assert findings(THROTTLED, [http_api(), ROUTE, OTHER_ROUTE, both]) == []
    one = replace(both, inputs={**both.inputs, "routeSettings": written({"GET /orders": values})})
    assert findings(THROTTLED, [http_api(), ROUTE, OTHER_ROUTE, one]) == [
        (VIOLATION, "stage live does not throttle POST /orders")
    ]


def test_limits_of_single_routes_add_up():
    single = [{"routeKey": key, **LIMITS} for key in ("GET /orders", "POST /orders")]

    assert findings(THROTTLED, [http_api(), ROUTE, OTHER_ROUTE, v2_stage(routeSettings=single)]) == []
    assert findings(THROTTLED, [http_api(), ROUTE, OTHER_ROUTE, v2_stage(routeSettings=single[:1])]) == [
        (VIOLATION, "stage live does not throttle POST /orders")
    ]
    unknown = replace(OTHER_ROUTE, inputs={**OTHER_ROUTE.inputs, "routeKey": UNKNOWN})
    assert statuses(THROTTLED, [http_api(), ROUTE, unknown, v2_stage(routeSettings=single[:1])]) == [UNDECIDED]
    assert statuses(THROTTLED, [http_api(body=UNKNOWN), ROUTE, v2_stage(routeSettings=single[:1])]) == [UNDECIDED]


def by_outputs(resource):
    """A resource as a state shows it that was read or imported: with outputs alone."""
    return replace(resource, inputs={}, outputs={**resource.outputs, **resource.inputs})


GATEWAYS = {
    "sound": changed(),
    "open": changed(method=method(authorization="NONE")),
    "no-limits": changed(settings=None),
    "one-method": changed(settings("orders/GET", throttlingRateLimit=-1)),
    "http": [http_api(), ROUTE, v2_stage(defaultRouteSettings=LIMITS)],
}


@pytest.mark.parametrize("resources", GATEWAYS.values(), ids=GATEWAYS)
def test_outputs_suffice(resources):
    # What a provider reads is complete: the defaults that it fills in are among the outputs.
    sent = list(normalised(Graph(resources)).resources)

    assert gateway_report(list(map(by_outputs, resources))) == gateway_report(sent)
    assert len(evaluate(Graph(map(by_outputs, resources))).gateways) == 1


@pytest.mark.parametrize("part", [method(), stage(), api(), domain()], ids=lambda each: each.type)
def test_what_is_known_by_its_id_alone_is_unknown(part):
    name = {method().type: "method", stage().type: "stage", api().type: "api"}.get(part.type, "domain")
    bare = replace(part, inputs={}, outputs={"id": "x"})
    report = evaluate(Graph(changed(**{name: bare})))

    assert {each.status.value for each in report.findings if each.urn == bare.urn} <= {UNDECIDED}


DOCUMENT = {"openapi": "3.0.1", "info": {"title": "h", "version": "1"}, "paths": {}}
ENDPOINT = {"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
DOMAIN = made("apigatewayv2/domainName:DomainName", "d", domainName="api.example.com", domainNameConfiguration={})
MAPPING = made("apigatewayv2/apiMapping:ApiMapping", "m", apiId="h-id", domainName="d-id", stage="live")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (DOCUMENT, [VIOLATION]),
        ({**DOCUMENT, "servers": [{"url": "/", **ENDPOINT}]}, []),
        ({**DOCUMENT, **ENDPOINT}, []),
        (UNKNOWN, [UNDECIDED]),
        ({**DOCUMENT, "servers": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_the_body_of_an_http_api_may_disable_its_endpoint(body, expected):
    resources = [http_api(body=body), v2_stage(), DOMAIN, MAPPING]

    assert statuses("tls-default-endpoint-disabled", resources) == expected


def test_the_body_of_an_http_api_may_set_cors():
    paths = {"/orders": {"options": {"responses": {}}}}
    cors = {"x-amazon-apigateway-cors": {"allowOrigins": ["https://example.com"]}}

    assert statuses("auth-methods-authenticated", [http_api(body={**DOCUMENT, "paths": paths})]) == [VIOLATION]
    assert statuses("auth-methods-authenticated", [http_api(body={**DOCUMENT, "paths": paths, **cors})]) == []
