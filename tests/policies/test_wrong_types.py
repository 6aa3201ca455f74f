"""Whatever stands in a property, nothing breaks: each reader and rule answers, or says that it cannot."""

import pytest
from graphs import URN, changed, made
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypack.evaluation.evaluate import evaluate
from policypack.graph.aws_native import _TWINS, PREFIX
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import UNKNOWN

REST = {"restApi": "shop-id"}
V2 = {"apiId": "shop-id"}
READ = {
    "apigateway/restApi:RestApi": ({}, ("name", "body", "policy", "apiKeySource", "endpointConfiguration")),
    "apigateway/restApiPut:RestApiPut": ({"restApiId": "shop-id"}, ("body",)),
    "apigateway/resource:Resource": (REST, ("parentId", "pathPart")),
    "apigateway/method:Method": (
        REST,
        ("resourceId", "httpMethod", "authorization", "authorizerId", "authorizationScopes", "apiKeyRequired"),
    ),
    "apigateway/integration:Integration": (REST, ("resourceId", "httpMethod", "type")),
    "apigateway/authorizer:Authorizer": (
        REST,
        (
            *("type", "authorizerUri", "authorizerCredentials", "authorizerResultTtlInSeconds", "identitySource"),
            *("identityValidationExpression", "providerArns", "name"),
        ),
    ),
    "apigateway/stage:Stage": (REST, ("stageName", "accessLogSettings", "variables", "methodSettings")),
    "apigateway/methodSettings:MethodSettings": (REST, ("stageName", "methodPath", "settings")),
    "apigateway/usagePlan:UsagePlan": ({}, ("name", "apiStages", "throttleSettings", "quotaSettings")),
    "apigateway/usagePlanKey:UsagePlanKey": ({}, ("keyId", "usagePlanId")),
    "apigateway/apiKey:ApiKey": ({}, ("name", "value", "enabled")),
    "apigatewayv2/api:Api": ({}, ("name", "protocolType", "body", "target", "routeKey", "corsConfiguration")),
    "apigatewayv2/route:Route": (
        V2,
        ("routeKey", "authorizationType", "authorizerId", "authorizationScopes", "apiKeyRequired"),
    ),
    "apigatewayv2/authorizer:Authorizer": (
        V2,
        ("authorizerType", "authorizerUri", "authorizerResultTtlInSeconds", "identitySources", "jwtConfiguration"),
    ),
    "apigatewayv2/stage:Stage": (V2, ("name", "defaultRouteSettings", "routeSettings", "stageVariables")),
    "cognito/userPool:UserPool": (
        {},
        ("name", "mfaConfiguration", "passwordPolicy", "userPoolAddOns", "deletionProtection"),
    ),
    "cognito/userPoolClient:UserPoolClient": (
        {},
        ("userPoolId", "explicitAuthFlows", "allowedOauthFlows", "preventUserExistenceErrors"),
    ),
    "lambda/permission:Permission": ({}, ("function", "principal", "sourceArn")),
    "lambda/function:Function": ({}, ("name",)),
}
WORDS = st.sampled_from(
    [
        *("shop-id", "orders-id", "tokens-id", "GET", "NONE", "CUSTOM", "REQUEST", "JWT", "$connect", "*/*", "", "/x"),
        *("minimumLength", "issuer", "audiences", "throttles", "apiId", "stage", "rateLimit", "live", "types", "path"),
    ]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


def assert_nothing_breaks(resources):
    broken = [each.message for each in evaluate(Graph(resources)).findings if "failed here" in each.message]
    assert broken == []


@pytest.mark.parametrize("kind", READ)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_value_of_a_property_breaks_anything(kind, data):
    kept, names = READ[kind]
    inputs = {**kept, **data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(names, VALUES)))}
    label = "shop" if kind.endswith(("RestApi", ":Api")) else "tokens"
    assert_nothing_breaks([*changed(), made(kind, label, **inputs)])


@pytest.mark.parametrize("kind", _TWINS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_no_value_of_a_native_property_breaks_anything(kind, data):
    twin = _TWINS[kind]
    names = {*twin.names, *twin.inner.values(), "body", "integration", "apiStages", "dimensions", "policies"}
    inputs = data.draw(st.fixed_dictionaries({}, optional=dict.fromkeys(sorted(names), VALUES)))
    resource = Resource(
        urn=f"{URN}{PREFIX}{kind}::x",
        type=f"{PREFIX}{kind}",
        name="x",
        id="x",
        inputs={"restApiId": "shop-id", **inputs},
    )
    assert_nothing_breaks([*changed(), resource])
