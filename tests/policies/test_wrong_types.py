"""Whatever value a property has, no reader and no policy fails on it."""

import random
from dataclasses import replace

import pytest
from graphs import ACL_ARN, BLOCKING, URN, alarm, changed, made, stage, waf_log
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


WRONG_VALUES = [
    *(None, UNKNOWN, "", 0, -1, 1.5, True, False, [], {}, [UNKNOWN], {"x": UNKNOWN}, "*", [None], [[]], [{}]),
    *("arn:aws:x", {"a": {"b": [1]}}, "'", "null", "[", "{}", [1, 2], {"statements": 5}, "${stageVariables.x}"),
]
PARTS = changed(
    stage(
        "two",
        methodSettings=[{"httpMethod": "*", "resourcePath": "/*", "loggingLevel": "ERROR"}],
        canarySettings={"stageVariableOverrides": {"a": "b"}},
        variables={"a": "b"},
        cacheClusterEnabled=True,
    ),
    made(
        "apigateway/integration:Integration",
        "i",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        uri="https://{host}/${stageVariables.a}",
        requestParameters={"integration.request.path.host": "method.request.path.x"},
        cacheKeyParameters=["method.request.path.x"],
    ),
    made(
        "apigateway/integrationResponse:IntegrationResponse",
        "r",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        responseParameters={"method.response.header.Access-Control-Allow-Origin": "'*'"},
    ),
    made("apigateway/response:Response", "e", restApiId="shop-id", responseType="X", responseTemplates={"a": "b"}),
    made("apigateway/requestValidator:RequestValidator", "v", restApi="shop-id", validateRequestBody=True),
    made("apigateway/deployment:Deployment", "d", restApi="shop-id", triggers={"a": "b"}),
    made("apigateway/account:Account", "a", cloudwatchRoleArn="x"),
    made("cloudwatch/logGroup:LogGroup", "x", name="x", retentionInDays=7),
    made("cloudwatch/compositeAlarm:CompositeAlarm", "c", alarmRule="ALARM(x)", alarmActions=["x"]),
    made("wafv2/ipSet:IpSet", "s", arn="arn:set", addresses=["192.0.2.0/24"]),
    made("wafv2/ruleGroup:RuleGroup", "g", arn="arn:own", rules=[BLOCKING]),
    made("wafv2/webAclRule:WebAclRule", "o", webAclArn=ACL_ARN, statement={"ipSetReferenceStatement": {"arn": "x"}}),
    made("cloudfront/distribution:Distribution", "f", origins=[{"domainName": "x", "customHeaders": []}], webAclId="x"),
    log=waf_log(loggingFilter={"defaultBehavior": "DROP", "filters": [{"conditions": [{"actionCondition": {}}]}]}),
    spike=alarm("n", metricQueries=[{"id": "q", "expression": "x", "metric": {"namespace": "AWS/ApiGateway"}}]),
)


def with_wrong_values(value, chance):
    """The value with parts of it replaced by wrong."""
    if chance.random() < 0.15:
        return chance.choice(WRONG_VALUES)
    if isinstance(value, dict):
        return {key: with_wrong_values(item, chance) for key, item in value.items()}
    return [with_wrong_values(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(20))
def test_values_of_the_wrong_kind_crash_nothing(seed):
    chance = random.Random(seed)  # noqa: S311 - wrong, not keys
    for _ in range(15):
        wrong = [
            replace(each, inputs={key: with_wrong_values(value, chance) for key, value in each.inputs.items()})
            for each in PARTS
        ]
        report = evaluate(Graph(wrong))

        assert [each.message for each in report.findings if "failed here" in each.message] == []
