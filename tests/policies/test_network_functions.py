"""Network: who may call the functions behind an API."""

from dataclasses import replace

import native_graphs
import pytest
from graphs import (
    ORDERS_FUNCTION,
    UNDECIDED,
    VIOLATION,
    api,
    changed,
    findings,
    integration,
    made,
    method,
    permission_for,
    stage,
    statuses,
)
from native_graphs import evaluated, native, native_statuses, outcome

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

FUNCTION = made(
    "lambda/function:Function",
    "orders",
    id_="orders-fn",
    arn="arn:aws:lambda:eu-west-1:123456789012:function:orders-fn",
)
CALLED = made(
    "apigateway/integration:Integration",
    "orders",
    restApi="shop-id",
    resourceId="orders-id",
    httpMethod="GET",
    type="AWS_PROXY",
    uri=(
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:eu-west-1:123456789012:function:orders-fn/invocations"
    ),
)
NAMED, CLOSED_FUNCTIONS, MODEST = (
    "network-lambda-permissions-name-api",
    "network-functions-not-public",
    "network-lambda-permissions-invoke-only",
)
OUR_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/GET/orders"


def permission(principal="apigateway.amazonaws.com", edges=(), **inputs):
    kept = {"function": "orders-fn", "principal": principal, "action": "lambda:InvokeFunction", **inputs}
    return made("lambda/permission:Permission", "gateway", edges=edges, **kept)


SOURCES = {
    "this-api": ({"sourceArn": OUR_ARN}, []),
    "any-method": ({"sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/*/*"}, []),
    "account": ({"sourceAccount": "123456789012"}, []),
    "any-api-of-the-account": ({"sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:*/*/*/*"}, [VIOLATION]),
    "any-api": ({"sourceArn": "arn:aws:execute-api:*:*:*/*/*/*"}, [VIOLATION]),
    "any-account": ({"sourceArn": "arn:aws:execute-api:*:*:shop-id/*"}, [VIOLATION]),
    "no-arn": ({"sourceArn": "*/*/*/*"}, [VIOLATION]),
    "any-service": ({"sourceArn": "arn:aws:*:*:*:*"}, [VIOLATION]),
    "another-service": ({"sourceArn": "arn:aws:s3:::bucket"}, []),
    "nothing": ({}, [VIOLATION]),
    "unknown": ({"sourceArn": UNKNOWN}, [UNDECIDED]),
}


@pytest.mark.parametrize(("source", "expected"), SOURCES.values(), ids=SOURCES)
def test_a_permission_names_the_api(source, expected):
    assert statuses(NAMED, changed(FUNCTION, permission(**source))) == expected


def test_an_arn_to_come_of_an_api_names_that_api():
    given = permission(sourceArn=UNKNOWN, edges=[("sourceArn", api())])

    assert findings(NAMED, changed(FUNCTION, given)) == []


def test_permissions_of_other_services_are_not_judged():
    assert findings(NAMED, changed(FUNCTION, permission("s3.amazonaws.com"))) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (permission("*"), [VIOLATION]),
        (permission("*", principalOrgId="o-1"), []),
        (permission("123456789012"), []),
        (permission(UNKNOWN), [UNDECIDED]),
    ],
)
def test_a_function_behind_a_gateway_is_not_for_everybody(given, expected):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, given)) == expected
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, given)) == []


@pytest.mark.parametrize(
    ("action", "expected"),
    [("lambda:InvokeFunction", []), ("lambda:*", [VIOLATION]), (UNKNOWN, [UNDECIDED])],
)
def test_a_permission_lets_call_and_nothing_else(action, expected):
    assert statuses(MODEST, changed(FUNCTION, permission(action=action, sourceArn=OUR_ARN))) == expected


def function_url(kind="NONE", name="orders-fn", edges=()):
    return made("lambda/functionUrl:FunctionUrl", "url", functionName=name, authorizationType=kind, edges=edges)


WAYS = {
    "integration": [CALLED],
    "permission": [permission(sourceArn=OUR_ARN)],
    "edge": [
        made("apigateway/integration:Integration", "i", restApi="shop-id", uri=UNKNOWN, edges=[("uri", FUNCTION)])
    ],
    "http-api": [made("apigatewayv2/integration:Integration", "i", apiId="x", integrationUri=FUNCTION.outputs["arn"])],
    "body": [replace(api(body=UNKNOWN), property_dependencies={"body": frozenset({FUNCTION.urn})}, urn="other-api")],
    "imported-body": [
        made("apigateway/restApiPut:RestApiPut", "p", restApiId="x", body=UNKNOWN, edges=[("body", FUNCTION)])
    ],
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_function_url_is_no_way_round_the_gateway(ways):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), *ways)) == [VIOLATION]
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url("AWS_IAM"), *ways)) == []
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(UNKNOWN), *ways)) == [UNDECIDED]


def test_a_function_url_of_a_function_of_its_own_is_not_judged():
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), CALLED, function=None)) != []
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url())) == []
    assert findings(CLOSED_FUNCTIONS, changed(function_url(name="elsewhere"), CALLED)) == []
    assert statuses(CLOSED_FUNCTIONS, changed(function_url(name=UNKNOWN), CALLED)) == [UNDECIDED]


# Defects that no other tool finds, with their compliant counterparts.
EVERY_ARN = "arn:aws:execute-api:eu-west-1:123456789012:*/*/*/*"


def classic_permission(**more):
    given = {"function": "orders-fn", "principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction"}
    return made("lambda/permission:Permission", "p", **given, **more)


def native_permission(**more):
    given = {"functionName": "orders-fn", "principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction"}
    return native("lambda:Permission", "p", **given, **more)


NATIVE_FUNCTION = native("lambda:Function", "orders", id_="orders-fn", functionName="orders-fn")
NATIVE_PERMISSION = native_permission(sourceArn=OUR_ARN)


def native_url(kind):
    return native("lambda:Url", "u", targetFunctionArn="orders-fn", authType=kind)


DEFECTS = {
    "24 permission without source": (
        NAMED,
        ([classic_permission()], [classic_permission(sourceArn=OUR_ARN)]),
        ([native_permission()], [native_permission(sourceArn=OUR_ARN)]),
    ),
    "24b permission for every API": (
        NAMED,
        ([classic_permission(sourceArn=EVERY_ARN)], [classic_permission(sourceArn=OUR_ARN)]),
        ([native_permission(sourceArn=EVERY_ARN)], [native_permission(sourceArn=OUR_ARN)]),
    ),
}


@pytest.mark.parametrize("provider", [1, 2], ids=["aws", "aws-native"])
@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_its_counterpart_is_not(defect, provider):
    rule, (broken, sound) = defect[0], defect[provider]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


IN_AWS_NATIVE = {
    "network-functions-not-public": (
        [NATIVE_FUNCTION, NATIVE_PERMISSION, native_url("NONE")],
        [NATIVE_FUNCTION, NATIVE_PERMISSION, native_url("AWS_IAM")],
    ),
    "network-lambda-permissions-invoke-only": (
        [native("lambda:Permission", "p", functionName="f", principal="apigateway.amazonaws.com", action="lambda:*")],
        [NATIVE_PERMISSION],
    ),
}


@pytest.mark.parametrize("rule", IN_AWS_NATIVE)
def test_a_native_defect_is_found_and_its_counterpart_is_not(rule):
    broken, sound = IN_AWS_NATIVE[rule]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


WHOLE_API = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*"


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"principal": "*", "sourceArn": WHOLE_API}, []),
        ({"principal": "*", "sourceArn": "arn:aws:execute-api:*:*:*"}, [VIOLATION]),
        ({"principal": "*", "principalOrgId": "o-1"}, []),
        ({"principal": UNKNOWN, "sourceArn": WHOLE_API}, []),
        ({"principal": UNKNOWN, "sourceArn": "arn:aws:execute-api:*:*:*"}, [UNDECIDED]),
    ],
)
def test_a_permission_for_everybody_names_one_api(given, expected):
    called = replace(integration("GET"), inputs={**integration("GET").inputs, "uri": ORDERS_FUNCTION.outputs["arn"]})
    named = "network-lambda-permissions-name-api"

    assert statuses(named, changed(ORDERS_FUNCTION, called, permission_for(**given))) == expected
    twin = native("lambda:Permission", "orders", functionName="orders-id", action="lambda:InvokeFunction", **given)
    behind = native("lambda:Function", "orders", outputs=ORDERS_FUNCTION.outputs)
    calling = {"type": "AWS_PROXY", "uri": ORDERS_FUNCTION.outputs["arn"]}
    assert native_statuses(named, behind, twin, method=native_graphs.method(integration=calling)) == expected


def test_a_permission_of_a_wrong_shape_breaks_nothing():
    wrong = method()
    object.__setattr__(wrong, "type", "aws:lambda/permission_for:Permission")
    wrong.inputs.update(action={"count": {}}, principal=["*"])

    evaluate(Graph([wrong]))


def test_a_permission_for_a_principal_to_come_is_undecided():
    closed = "network-functions-not-public"

    assert statuses(closed, changed(ORDERS_FUNCTION, permission_for(UNKNOWN, sourceArn=WHOLE_API))) == [UNDECIDED]
    assert statuses(closed, changed(ORDERS_FUNCTION, permission_for(UNKNOWN, sourceArn="arn:aws:s3:::bucket"))) == []


@pytest.mark.parametrize(
    "uri", [UNKNOWN, "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"]
)
def test_a_function_behind_an_alias_is_behind_the_gateway(uri):
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    function = native("lambda:Function", "f", id_="f", functionName="f", outputs={"arn": arn})
    alias = native("lambda:Alias", "live", id_=f"{arn}:live", functionName="f", name="live")
    uri = uri if uri is UNKNOWN else uri.format(f"{arn}:live")
    calls = native_graphs.method(integration={"type": "AWS_PROXY", "uri": uri}, edges=[("integration", alias)])

    def found(kind):
        url = native("lambda:Url", "u", targetFunctionArn=arn, qualifier="live", authType=kind)
        return outcome(evaluated(function, alias, url, method=calls))

    assert ("network-functions-not-public", "violation") in found("NONE")
    assert "network-functions-not-public" not in {policy for policy, _ in found("AWS_IAM")}


ARN_OF_FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:orders-fn"
FORMS = (
    *("orders-fn", "orders-fn:live", "orders-fn:7", "orders-fn:$LATEST", "function:orders-fn"),
    *("123456789012:function:orders-fn", "123456789012:function:orders-fn:live"),
    *(ARN_OF_FUNCTION, f"{ARN_OF_FUNCTION}:live", f"{ARN_OF_FUNCTION}:$LATEST"),
)
"""The forms in which Lambda takes the name of a function."""


def uri(function=ARN_OF_FUNCTION, end="2015-03-31/functions/{}/invocations"):
    return f"arn:aws:apigateway:eu-west-1:lambda:path/{end.format(function)}"


def backend(address):
    return replace(CALLED, inputs={**CALLED.inputs, "uri": address})


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("function", [[FUNCTION], []], ids=["declared", "external"])
def test_a_function_is_found_by_every_form_of_its_name(form, function):
    resources = changed(*function, CALLED)

    assert statuses(CLOSED_FUNCTIONS, [*resources, function_url(name=form)]) == [VIOLATION]
    assert statuses(CLOSED_FUNCTIONS, [*resources, permission("*", function=form)]) == [VIOLATION]


@pytest.mark.parametrize(
    "form",
    ["orders", "orders-fn-2", "999999999999:function:orders-fn", ARN_OF_FUNCTION.replace("eu-west-1", "us-east-1")],
)
def test_another_function_is_not_evaluated(form):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, function_url(name=form))) == []
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, permission("*", function=form))) == []


CALLERS = {
    "streaming": [backend(uri(end="2021-11-15/functions/{}/response-streaming-invocations"))],
    "alias": [backend(uri(f"{ARN_OF_FUNCTION}:live"))],
    "authorizer": [made("apigateway/authorizer:Authorizer", "a", restApi="shop-id", authorizerUri=uri())],
    "http-authorizer": [made("apigatewayv2/authorizer:Authorizer", "a", apiId="x", authorizerUri=uri())],
    "http-target": [made("apigatewayv2/api:Api", "quick", name="quick", protocolType="HTTP", target=ARN_OF_FUNCTION)],
    "document": [made("apigatewayv2/api:Api", "web", name="web", protocolType="HTTP", body=f'{{"x": "{uri()}"}}')],
    "object": [made("apigateway/restApiPut:RestApiPut", "put", restApiId="shop-id", body={"x": [{"uri": uri()}]})],
    "url": [
        made(
            "apigatewayv2/integration:Integration",
            "i",
            apiId="x",
            integrationUri=UNKNOWN,
            edges=[("integrationUri", made("lambda/functionUrl:FunctionUrl", "url"))],
        )
    ],
}


@pytest.mark.parametrize("callers", CALLERS.values(), ids=CALLERS)
def test_a_function_is_behind_a_gateway_however_that_refers_to_it(callers):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), *callers)) == [VIOLATION]


def test_a_stage_variable_may_choose_the_function():
    chosen = backend(uri("arn:aws:lambda:eu-west-1:123456789012:function:${stageVariables.fn}"))

    def found(**variables):
        return statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), chosen, stage=stage(variables=variables)))

    assert found(fn="orders-fn") == [VIOLATION]
    assert found(fn="orders-fn:live") == [VIOLATION]
    assert found(fn="other") == []
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), chosen, stage=stage(variables=None))) == [
        UNDECIDED
    ]


def test_a_backend_of_which_nothing_is_known_may_be_any_function():
    resources = changed(FUNCTION, backend(UNKNOWN))

    assert statuses(CLOSED_FUNCTIONS, [*resources, function_url()]) == [UNDECIDED]
    assert statuses(CLOSED_FUNCTIONS, [*resources, permission("*")]) == [UNDECIDED]
    assert statuses(CLOSED_FUNCTIONS, [*resources, permission("events.amazonaws.com")]) == [UNDECIDED]
    assert statuses(CLOSED_FUNCTIONS, [*resources, permission("123456789012")]) == []


SERVICES = ("s3", "sns", "events", "elasticloadbalancing", "iot", "ses", "logs", "config", "cognito-idp", "lex")
NARROWED = {
    "nothing": ({}, [VIOLATION]),
    "account": ({"sourceAccount": "123456789012"}, []),
    "empty account": ({"sourceAccount": ""}, [VIOLATION]),
    "bucket": ({"sourceArn": "arn:aws:s3:::orders"}, []),
    "any bucket": ({"sourceArn": "arn:aws:s3:::*"}, [VIOLATION]),
    "bucket prefix": ({"sourceArn": "arn:aws:s3:::orders-*"}, [VIOLATION]),
    "bucket of an account": ({"sourceArn": "arn:aws:s3:::*", "sourceAccount": "123456789012"}, []),
    "any rule of the account": ({"sourceArn": "arn:aws:events:eu-west-1:123456789012:rule/*"}, []),
    "rule of any account": ({"sourceArn": "arn:aws:events:eu-west-1:*:rule/orders"}, [VIOLATION]),
    "any": ({"sourceArn": "*"}, [VIOLATION]),
    "organization": ({"principalOrgId": "o-1"}, []),
    "unknown": ({"sourceArn": UNKNOWN}, [UNDECIDED]),
    "unknown of a resource": ({"sourceArn": UNKNOWN, "edges": [("sourceArn", FUNCTION)]}, []),
    "unknown account": ({"sourceAccount": UNKNOWN}, []),
}


@pytest.mark.parametrize(("source", "expected"), NARROWED.values(), ids=NARROWED)
@pytest.mark.parametrize("principal", [*(f"{each}.amazonaws.com" for each in SERVICES), "*"])
def test_a_service_acts_for_every_account_unless_its_source_is_named(principal, source, expected):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, permission(principal, **source))) == expected


def test_a_skill_is_named_by_its_token():
    token = {"eventSourceToken": "amzn1.ask.skill.1"}

    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, permission("alexa-appkit.amazon.com", **token))) == []
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, permission("alexa-appkit.amazon.com"))) == [VIOLATION]


@pytest.mark.parametrize("action", ["lambda:invokeFunction", "LAMBDA:INVOKEFUNCTION", "lambda:InvokeFunctionUrl"])
def test_actions_are_compared_without_case(action):
    assert findings(MODEST, changed(FUNCTION, permission(action=action, sourceArn=OUR_ARN))) == []


SIGNED = {"trustedKeyGroups": ["group"]}
DISTRIBUTIONS = {
    "open": ({"defaultCacheBehavior": {"targetOriginId": "f"}}, [VIOLATION]),
    "signed": ({"defaultCacheBehavior": SIGNED}, []),
    "signed in part": (
        {"defaultCacheBehavior": SIGNED, "orderedCacheBehaviors": [{"targetOriginId": "f"}]},
        [VIOLATION],
    ),
    "client certificates": ({"defaultCacheBehavior": {}, "viewerMtlsConfig": {"mode": "required"}}, []),
    "code": ({"defaultCacheBehavior": {"functionAssociations": [{"functionArn": "f"}]}}, [UNDECIDED]),
}


@pytest.mark.parametrize(("inputs", "expected"), DISTRIBUTIONS.values(), ids=DISTRIBUTIONS)
def test_a_distribution_invokes_a_function_for_its_viewers(inputs, expected):
    arn = "arn:aws:cloudfront::123456789012:distribution/E1"
    front = made("cloudfront/distribution:Distribution", "front", id_="E1", arn=arn, **inputs)
    lets = permission("cloudfront.amazonaws.com", sourceArn=arn)

    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, front, lets)) == expected
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, lets)) == [UNDECIDED]  # of another stack
