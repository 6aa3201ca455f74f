"""Values of the wrong kind anywhere: a finding or an undecided, never a crash of a reader or of a rule."""

import random
from dataclasses import replace

import pytest
from graphs import ACL_ARN, BLOCKING, alarm, changed, made, stage, waf_log

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

JUNK = [
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


def spoiled(value, chance):
    """The value with parts of it replaced by junk."""
    if chance.random() < 0.15:
        return chance.choice(JUNK)
    if isinstance(value, dict):
        return {key: spoiled(item, chance) for key, item in value.items()}
    return [spoiled(item, chance) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("seed", range(20))
def test_values_of_the_wrong_kind_crash_nothing(seed):
    chance = random.Random(seed)  # noqa: S311 - junk, not keys
    for _ in range(15):
        junk = [
            replace(each, inputs={key: spoiled(value, chance) for key, value in each.inputs.items()}) for each in PARTS
        ]
        report = evaluate(Graph(junk))

        assert [each.message for each in report.findings if "failed here" in each.message] == []
