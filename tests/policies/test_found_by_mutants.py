"""Weakenings that the mutation proof showed to go unnoticed."""

import json
from dataclasses import replace

import native_graphs
import pytest
from graphs import (
    BAD_INPUTS,
    BLOCKING,
    COMMON,
    EVERYTHING,
    OFFICE,
    UNDECIDED,
    VIOLATION,
    alarm,
    api,
    changed,
    domain,
    findings,
    integration,
    made,
    mapping,
    method,
    policy,
    settings,
    stage,
    statuses,
    web_acl,
)
from native_graphs import SOUND, native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

OUR_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*"
FOREIGN = {**OFFICE, "Resource": "arn:aws:execute-api:eu-west-1:123456789012:another-id/*"}
OWN = {**OFFICE, "Resource": OUR_ARN}


def native_statuses(policy_id, *more, **parts):
    """The same as `statuses`, of the gateway that aws-native declares."""
    report = evaluate(Graph([*{**SOUND, **parts}.values(), *more]))
    return [each.status.value for each in report.findings if each.policy == policy_id]


@pytest.mark.parametrize("api", [UNKNOWN, "another-stacks"])
def test_a_stage_of_an_api_from_elsewhere_is_judged(api):
    said = findings("observability-access-logs-enabled", [stage(restApi=api, accessLogSettings=None)])

    assert said == [(VIOLATION, "stage live writes no access log")]
    assert statuses("observability-access-logs-enabled", [stage(restApi=api)]) == []
    assert statuses("observability-stages-have-alarms", [stage(restApi=api)]) == [UNDECIDED]


def test_settings_find_the_stage_of_an_api_from_elsewhere():
    of = {"restApi": "another-stacks"}
    limits = settings()
    limits.inputs.update(of)

    assert statuses("keys-stages-throttled", [stage(**of), limits]) == []
    assert statuses("keys-stages-throttled", [stage(**of)]) == [VIOLATION]


def test_settings_for_a_path_still_to_come_decide_nothing():
    assert statuses("keys-stages-throttled", changed(settings=settings(UNKNOWN, throttlingRateLimit=1))) == [UNDECIDED]


def test_a_limit_that_no_api_reaches_is_none():
    assert statuses("keys-stages-throttled", changed(settings=settings(throttlingRateLimit=2_000_000_000))) == [
        VIOLATION
    ]


@pytest.mark.parametrize(
    ("metric", "change", "expected"),
    [
        ("5XXError", {}, []),
        ("5XXError", {"threshold": 0}, []),
        ("5XXError", {"threshold": -1}, [VIOLATION]),
        ("5XXError", {"threshold": 0, "comparisonOperator": "GreaterThanOrEqualToThreshold"}, [VIOLATION]),
        ("5XXError", {"threshold": 10**12}, [VIOLATION]),
        ("5XXError", {"threshold": UNKNOWN}, [UNDECIDED]),
        ("5XXError", {"comparisonOperator": "LessThanThreshold"}, [VIOLATION]),
        ("Count", {"comparisonOperator": "LessThanThreshold", "threshold": 1}, []),
        ("Count", {"comparisonOperator": "LessThanThreshold", "threshold": 0}, [VIOLATION]),
        ("Latency", {"statistic": "Average", "threshold": 2_000_000}, [VIOLATION]),
    ],
)
def test_an_alarm_can_go_off_and_is_not_always_on(metric, change, expected):
    assert (
        statuses("observability-alarms-can-go-off", changed(errors=alarm(metric, **change), latency=None)) == expected
    )


def test_a_permission_of_a_wrong_shape_breaks_nothing():
    wrong = method()
    object.__setattr__(wrong, "type", "aws:lambda/permission:Permission")
    wrong.inputs.update(action={"count": {}}, principal=["*"])

    evaluate(Graph([wrong]))


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING, FOREIGN], [VIOLATION]),
        ([EVERYTHING, OWN], []),
        ([EVERYTHING, {**OFFICE, "Resource": "arn:aws:execute-api:eu-west-1:123456789012:*"}], []),
        ([{**EVERYTHING, "Resource": OUR_ARN}], [VIOLATION]),
    ],
)
def test_a_statement_about_another_api_is_about_another_api(statements, expected):
    # Of the API its id alone is known, and not its ARN.
    assert statuses("network-callers-restricted", changed(api=api(policy=policy(*statements)))) == expected
    twin = native_graphs.api(policy={"Statement": statements})
    assert native_statuses("network-callers-restricted", api=twin) == expected


WIDE = {**OFFICE, "Condition": {"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}}}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (OFFICE, []),
        (WIDE, [VIOLATION]),
        ({**OFFICE, "Action": "execute-api:ManageConnections"}, [VIOLATION]),
        ({**OFFICE, "Action": "execute-api:InvalidateCache"}, []),
        ({**WIDE, "Resource": "execute-api:/live/GET/another-path"}, []),
        ({**OFFICE, "Condition": {"NotIpAddress": {"aws:SourceIp": [UNKNOWN]}}}, [UNDECIDED]),
    ],
)
def test_a_deny_that_keeps_nobody_out_is_no_list(statement, expected):
    # Without an Allow, a route with IAM takes whatever the own account's policies allow, from anywhere.
    written = api(policy={"Statement": [statement]})

    assert statuses("network-allow-lists-enforced", changed(api=written)) == expected
    twin = native_graphs.api(policy={"Statement": [statement]})
    assert native_statuses("network-allow-lists-enforced", api=twin) == expected


@pytest.mark.parametrize("kind", [UNKNOWN, {"types": UNKNOWN}])
def test_an_api_that_may_be_private_and_open_is_undecided(kind):
    bound = "network-private-apis-restricted"

    assert statuses(bound, changed(api=api(endpointConfiguration=kind))) == []
    assert statuses(bound, changed(api=api(endpointConfiguration=kind, policy=policy(EVERYTHING)))) == [UNDECIDED]
    assert statuses(bound, changed(api=api(policy=policy(EVERYTHING)))) == []


@pytest.mark.parametrize(
    ("written", "expected"), [(policy(EVERYTHING), [UNDECIDED]), (UNKNOWN, [UNDECIDED]), (None, [])]
)
def test_a_domain_that_may_be_private_and_open_is_undecided(written, expected):
    given = {} if written is None else {"policy": written}

    assert statuses("network-private-domains-restricted", [domain(endpointConfiguration=UNKNOWN, **given)]) == expected


FUNCTION = made("lambda/function:Function", "orders", arn="arn:aws:lambda:eu-west-1:123456789012:function:orders")


def permission(principal, **inputs):
    given = {"function": "orders-id", "action": "lambda:InvokeFunction", "principal": principal, **inputs}
    return made("lambda/permission:Permission", "orders", **given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"principal": "*", "sourceArn": OUR_ARN}, []),
        ({"principal": "*", "sourceArn": "arn:aws:execute-api:*:*:*"}, [VIOLATION]),
        ({"principal": "*", "principalOrgId": "o-1"}, []),
        ({"principal": UNKNOWN, "sourceArn": OUR_ARN}, []),
        ({"principal": UNKNOWN, "sourceArn": "arn:aws:execute-api:*:*:*"}, [UNDECIDED]),
    ],
)
def test_a_permission_for_everybody_names_one_api(given, expected):
    called = replace(integration("GET"), inputs={**integration("GET").inputs, "uri": FUNCTION.outputs["arn"]})
    named = "network-lambda-permissions-name-api"

    assert statuses(named, changed(FUNCTION, called, permission(**given))) == expected
    twin = native("lambda:Permission", "orders", functionName="orders-id", action="lambda:InvokeFunction", **given)
    behind = native("lambda:Function", "orders", outputs=FUNCTION.outputs)
    calling = {"type": "AWS_PROXY", "uri": FUNCTION.outputs["arn"]}
    assert native_statuses(named, behind, twin, method=native_graphs.method(integration=calling)) == expected


def test_a_permission_for_a_principal_to_come_is_undecided():
    closed = "network-functions-not-public"

    assert statuses(closed, changed(FUNCTION, permission(UNKNOWN, sourceArn=OUR_ARN))) == [UNDECIDED]
    assert statuses(closed, changed(FUNCTION, permission(UNKNOWN, sourceArn="arn:aws:s3:::bucket"))) == []


def test_a_vpc_endpoint_of_a_service_to_come_is_known_by_the_api_that_names_it():
    door = made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName=UNKNOWN)
    private = api(endpointConfiguration={"types": "PRIVATE"}, edges=[("endpointConfiguration", door)])
    scoped = "network-vpc-endpoints-scoped"

    assert statuses(scoped, changed(door, api=private)) == [VIOLATION]
    assert statuses(scoped, changed(door)) == []


def test_groups_to_come_of_a_vpc_endpoint_are_undecided():
    door = made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName="com.amazonaws.eu-west-1.execute-api")
    group = made("ec2/securityGroup:SecurityGroup", "clients", ingress=[])
    closed = "network-vpc-endpoints-not-public"

    def with_groups(ids, **more):
        return changed(replace(door, inputs={**door.inputs, "securityGroupIds": ids}, **more), group)

    assert statuses(closed, with_groups(UNKNOWN)) == [UNDECIDED]
    assert statuses(closed, with_groups([UNKNOWN])) == [UNDECIDED]
    assert statuses(closed, with_groups(["clients-id"])) == []
    edge = {"property_dependencies": {"securityGroupIds": frozenset({group.urn})}}
    assert statuses(closed, with_groups([UNKNOWN], **edge)) == []


def test_a_deployment_of_an_api_to_come_is_of_the_stage_that_uses_it():
    bare = made("apigateway/deployment:Deployment", "shop", restApi=UNKNOWN)
    follow = "api-deployments-follow-changes"

    assert statuses(follow, changed(bare, stage=stage(deployment="shop-id"))) == [VIOLATION]
    assert statuses(follow, changed(bare)) == []


@pytest.mark.parametrize(("type_", "expected"), [("apiKey", []), ("oauth2", [VIOLATION]), (None, [VIOLATION])])
def test_import_makes_an_authorizer_of_api_key_schemes_alone(type_, expected):
    scheme = {
        "type": type_,
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authorizer": {"type": "token"},
    }
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"security": [{"tokens": []}]}}},
        "components": {"securitySchemes": {"tokens": {key: each for key, each in scheme.items() if each is not None}}},
    }
    authenticated = "auth-methods-authenticated"

    assert statuses(authenticated, changed(api=api(body=json.dumps(document)), method=None)) == expected
    assert native_statuses(authenticated, api=native_graphs.api(body=document), method=SOUND["path"]) == expected
    document["components"]["securitySchemes"]["tokens"]["type"] = UNKNOWN
    assert native_statuses(authenticated, api=native_graphs.api(body=document), method=SOUND["path"]) == [UNDECIDED]


def test_a_domain_that_proves_its_ownership_means_mutual_tls():
    everywhere = "tls-mutual-tls-on-every-domain"

    proven = domain(ownershipVerificationCertificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/1")
    assert statuses(everywhere, changed(proven, mapping())) == [VIOLATION]
    assert statuses(everywhere, changed(domain(), mapping())) == []


def visible(sampled):
    return {"cloudwatchMetricsEnabled": True, "metricName": "shop", "sampledRequestsEnabled": sampled}


@pytest.mark.parametrize(("sampled", "expected"), [(False, []), (True, [VIOLATION]), (UNKNOWN, [UNDECIDED])])
def test_samples_of_what_no_rule_matches_count_too(sampled, expected):
    discreet, acl = "waf-samples-redacted", web_acl(BLOCKING, COMMON, BAD_INPUTS, visibilityConfig=visible(sampled))

    assert statuses(discreet, changed(acl=acl)) == expected
    twin = replace(SOUND["acl"], inputs={**SOUND["acl"].inputs, "visibilityConfig": visible(sampled)})
    assert native_statuses(discreet, acl=twin) == expected


def test_an_authorizers_function_that_another_api_may_ask_is_found():
    tokens = made(
        "apigateway/authorizer:Authorizer",
        "tokens",
        restApi="shop-id",
        authorizerUri=UNKNOWN,
        edges=[("authorizerUri", FUNCTION)],
    )
    other = made("apigatewayv2/api:Api", "other", protocolType="HTTP", name="other")
    invocable = "auth-authorizers-invocable"

    def asked(home):
        granted = permission("apigateway.amazonaws.com", sourceArn=UNKNOWN)
        granted = replace(granted, property_dependencies={"sourceArn": frozenset({home.urn})})
        return statuses(invocable, changed(FUNCTION, tokens, other, granted))

    assert asked(api()) == []
    assert asked(other) == [VIOLATION]


def test_an_authorizer_of_an_api_elsewhere_guards_no_method_here():
    guarded = method(authorization="CUSTOM", authorizerId="tokens-id")
    exist = "auth-authorizers-exist"

    def with_home(home):
        return changed(made("apigateway/authorizer:Authorizer", "tokens", restApi=home, type="TOKEN"), method=guarded)

    assert statuses(exist, with_home("shop-id")) == []
    assert statuses(exist, with_home("another-id")) == [VIOLATION]
    assert statuses(exist, with_home(UNKNOWN)) == []


@pytest.mark.parametrize("home", ["another-stacks", UNKNOWN])
def test_a_stage_of_an_http_api_from_elsewhere_is_judged(home):
    bare = made("apigatewayv2/stage:Stage", "live", apiId=home, name="live")

    assert statuses("observability-access-logs-enabled", [bare]) == [VIOLATION]
    assert statuses("keys-stages-throttled", [bare]) == [VIOLATION]
    assert statuses("waf-stages-have-web-acl", [bare]) == [UNDECIDED]


def test_a_truststore_that_nothing_tells_of_is_undecided():
    def trusting(uri):
        return domain(mutualTlsAuthentication={"truststoreUri": uri, "truststoreVersion": "1"})

    guarded = "tls-truststore-bucket-protected"
    assert statuses(guarded, [trusting(UNKNOWN)]) == [UNDECIDED]
    assert statuses(guarded, [trusting("s3://of-another-stack/ca.pem")]) == []
    later = made("s3/bucket:Bucket", "trust", bucket="trust", versioning=UNKNOWN)
    assert statuses(guarded, [trusting("s3://trust/ca.pem"), later]) == [UNDECIDED]


@pytest.mark.parametrize(("place", "expected"), [("header", []), ("query", [VIOLATION])])
def test_a_key_comes_in_a_header(place, expected):
    key = {"type": "apiKey", "name": "x-api-key", "in": place}
    document = {
        "openapi": "3.0.1",
        "paths": {"/orders": {"get": {"security": [{"key": []}], "x-amazon-apigateway-auth": {"type": "AWS_IAM"}}}},
        "components": {"securitySchemes": {"key": key}},
    }
    plan = made("apigateway/usagePlan:UsagePlan", "gold", apiStages=[{"apiId": "shop-id", "stage": "live"}])

    assert (
        statuses(
            "keys-plans-have-routes-requiring-keys", changed(plan, api=api(body=json.dumps(document)), method=None)
        )
        == expected
    )


def test_an_association_of_a_stage_to_come_is_undecided():
    behind = "waf-stages-have-web-acl"

    assert statuses(behind, changed(stage=replace(stage(UNKNOWN), outputs={}))) == [UNDECIDED]
    assert statuses(behind, changed(stage=replace(stage(restApi=UNKNOWN), outputs={}))) == [UNDECIDED]
    assert statuses(behind, changed(stage=replace(stage(restApi="another-id"), outputs={}))) == [VIOLATION]


def test_what_a_composite_alarm_does_later_is_undecided():
    mute = alarm("4XXError", name="many", alarmActions=[])
    notify = "observability-alarms-notify"

    def told(**inputs):
        given = {
            "alarmName": "all",
            "alarmRule": "ALARM(many)",
            "alarmActions": ["arn:aws:sns:eu-west-1:1:x"],
            **inputs,
        }
        return statuses(notify, changed(made("cloudwatch/compositeAlarm:CompositeAlarm", "all", **given), more=mute))

    assert told() == []
    assert told(alarmRule=UNKNOWN) == [UNDECIDED]
    assert told(alarmActions=UNKNOWN) == [UNDECIDED]
    assert told(alarmRule="ALARM(other)") == [VIOLATION]
