"""Forms of a gateway: Terraform's and CloudFormation's, and what of them cannot be read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from graphs import UNDECIDED, URN, VIOLATION, statuses

from policypack.evaluation.evaluate import evaluate
from policypack.graph import provider_tables, resource_types
from policypack.graph.cloudformation_names import property_name
from policypack.graph.graph import Graph, Resource
from policypack.graph.normalised import normalised
from policypack.graph.values import UNKNOWN

OPEN, ACCESS_LOG = "auth-methods-authenticated", "observability-access-logs-enabled"


def made(type_, name="x", /, *, id_="x-id", outputs=None, **inputs):
    return Resource(urn=f"{URN}{type_}::{name}", type=type_, name=name, id=id_, inputs=inputs, outputs=outputs or {})


TEMPLATE = (Path(__file__).parent / "gateway_template.yaml").read_text()
"""A compliant gateway."""


def stack(template, /, type_="aws:cloudformation/stack:Stack", **inputs):
    body = template if isinstance(template, str) or template is UNKNOWN else json.dumps(template)
    return made(
        type_,
        "template",
        id_="arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
        **{"name": "shop", "templateBody": body, **inputs},
    )


API = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "shop"}}


def method(authorization="NONE", **more):
    given = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": authorization,
    }
    return {"Type": "AWS::ApiGateway::Method", "Properties": given, **more}


def template(**resources):
    return {"Resources": {"Api": API, **resources}}


@pytest.mark.parametrize("type_", ["shop:tf:", "pulumi:terraform:", "my-module_2:tf:"])
def test_terraform_resources_are_read(type_):
    place = {"rest_api_id": "api-id", "resource_id": "root", "http_method": "GET"}
    resources = [
        made(f"{type_}aws_api_gateway_rest_api", id_="api-id", name="shop"),
        made(f"{type_}aws_api_gateway_method", **place, authorization="NONE"),
    ]

    assert statuses(OPEN, resources) == [VIOLATION]
    assert (
        statuses(OPEN, [resources[0], made(f"{type_}aws_api_gateway_method", **place, authorization="AWS_IAM")]) == []
    )


def test_findings_point_at_what_the_program_declares():
    (found,) = [each for each in evaluate(Graph([stack(template(Get=method()))])).findings if each.policy == OPEN]

    assert found.urn == stack("").urn
    assert found.message == "GET / accepts requests without credentials (Get in the template)"


WITHOUT_GATEWAY = {
    "terraform": made("shop:tf:aws_s3_bucket", bucket="b"),
    "cloud-control": made("aws:cloudcontrol/resource:Resource", typeName="AWS::Logs::LogGroup", desiredState="{}"),
    "other-service": made("aws:cloudcontrol/resource:Resource", typeName="AWS::SQS::Queue", desiredState=UNKNOWN),
    "extension": made("aws-native:index:ExtensionResource", type="AWS::SQS::Queue", properties={}),
    "template": stack({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}, "Own": {"Type": "Custom::Thing"}}}),
    "sam-without-api": stack({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {}}}}),
    "module": made("shop:index:Module"),
    "unknown-terraform-type": made("shop:tf:aws_no_such_thing", id="x"),
}


@pytest.mark.parametrize("resource", WITHOUT_GATEWAY.values(), ids=WITHOUT_GATEWAY)
def test_what_holds_no_gateway_stays_silent(resource):
    assert evaluate(Graph([resource])).findings == ()
    assert normalised(Graph([resource])).not_readable == ()


YAML = """
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Open: {Type: String, Default: 'no'}
  Stage: {Type: String}
Conditions:
  IsOpen: !Equals [!Ref Open, 'yes']
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: !Sub 'shop-${Stage}'}
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: GET
      AuthorizationType: !If [IsOpen, NONE, AWS_IAM]
"""
TEMPLATES = {
    "json": (stack(template(Get=method())), [VIOLATION]),
    "object": (stack("", templateBody=template(Get=method())), [VIOLATION]),
    "native": (stack(template(Get=method()), "aws-native:cloudformation:Stack"), [VIOLATION]),
    "stack-set": (stack(template(Get=method()), "aws:cloudformation/stackSet:StackSet"), [VIOLATION]),
    "guarded": (stack(template(Get=method("AWS_IAM"))), []),
    "yaml-closed": (stack(YAML, parameters={"Stage": "dev"}), []),
    "yaml-open": (stack(YAML, parameters={"Stage": "dev", "Open": "yes"}), [VIOLATION]),
    "parameters-unknown": (stack(YAML, parameters=UNKNOWN), ["undecided"]),
    "false-condition": (
        stack({**template(Get=method(Condition="No")), "Conditions": {"No": {"Fn::Equals": ["a", "b"]}}}),
        [],
    ),
    "true-condition": (
        stack(
            {**template(Get=method(Condition="Yes")), "Conditions": {"Yes": {"Fn::Not": [{"Fn::Equals": ["a", "b"]}]}}}
        ),
        [VIOLATION],
    ),
    "map": (
        stack(
            {
                **template(Get=method({"Fn::FindInMap": ["Login", {"Ref": "AWS::Region"}, "type"]})),
                "Mappings": {"Login": {"eu-west-1": {"type": "NONE"}}},
            }
        ),
        [VIOLATION],
    ),
    "from-outputs": (
        replace(stack(""), inputs={"name": "shop"}, outputs={"templateBody": json.dumps(template(Get=method()))}),
        [VIOLATION],
    ),
    "by-cloud-control": (
        made(
            "aws:cloudcontrol/resource:Resource",
            typeName="AWS::CloudFormation::Stack",
            desiredState=json.dumps({"StackName": "shop", "TemplateBody": json.dumps(template(Get=method()))}),
        ),
        [VIOLATION],
    ),
}


@pytest.mark.parametrize(("resource", "expected"), TEMPLATES.values(), ids=TEMPLATES)
def test_templates_are_read(resource, expected):
    assert statuses(OPEN, [resource]) == expected


NOT_READABLE = {
    "url": replace(stack(""), inputs={"templateUrl": "https://example.com/t.json"}),
    "unknown": stack(UNKNOWN),
    "broken": stack("{"),
    "aliases": stack("Resources: &a {}\nOutputs: *a"),
    "deep": stack("[" * 5000),
    "nested": stack({"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {}}}}),
    "transform": stack({"Transform": "AWS::LanguageExtensions", "Resources": {}}),
    "sam": stack({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": {"Type": "AWS::Serverless::HttpApi"}}}),
    "sam-event": stack(
        {
            "Resources": {
                "F": {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {"Events": {"E": {"Type": "Api", "Properties": {}}}},
                }
            }
        }
    ),
    "unknown-condition": stack(
        {
            **template(Get=method(Condition="C")),
            "Parameters": {"P": {"Type": "String"}},
            "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "x"]}},
        }
    ),
    "application": made("aws:serverlessrepository/cloudFormationStack:CloudFormationStack"),
    "cloud-control": made(
        "aws:cloudcontrol/resource:Resource", typeName="AWS::ApiGateway::Method", desiredState=UNKNOWN
    ),
    "cloud-control-type": made("aws:cloudcontrol/resource:Resource", typeName=UNKNOWN, desiredState="{}"),
    "cloud-control-json": made(
        "aws:cloudcontrol/resource:Resource", typeName="AWS::ApiGateway::Method", desiredState="{"
    ),
    "extension": made("aws-native:index:ExtensionResource", type="AWS::WAFv2::WebACL", properties=UNKNOWN),
}


@pytest.mark.parametrize("resource", NOT_READABLE.values(), ids=NOT_READABLE)
def test_what_cannot_be_read_is_named(resource):
    (found,) = normalised(Graph([resource])).not_readable

    assert found.urn == resource.urn
    assert found.layers
    assert resource.name in found.label or "template" in found.label


@pytest.mark.parametrize(
    ("cloudformation", "native"),
    [
        ("RestApiId", "restApiId"),
        ("WebACLArn", "webAclArn"),
        ("ProviderARNs", "providerArns"),
        ("IPSetReferenceStatement", "ipSetReferenceStatement"),
        ("AllowedOAuthFlows", "allowedOAuthFlows"),
        ("ARN", "arn"),
        ("DNSName", "dnsName"),
    ],
)
def test_names_are_those_of_aws_native(cloudformation, native):
    assert property_name(cloudformation) == native


def test_every_type_that_the_pack_reads_is_in_the_table():
    # pulumi-aws 7 no longer has some of pulumi-aws 6's types, and the schema of the table lacks the newest ones.
    assert set(provider_tables.types()) <= resource_types.READ
    assert len(resource_types.READ - set(provider_tables.types())) < 6


def test_secrets_of_a_template_stay_secret():
    secret = replace(stack(template(Get=method())), secrets=frozenset({"whole"}))
    resources = normalised(Graph([secret])).resources

    assert all("AWS_IAM" in each.secrets or "NONE" in each.secrets or "shop" in each.secrets for each in resources)


PLACE = {"rest_api_id": UNKNOWN, "resource_id": UNKNOWN, "http_method": "GET", "authorization": "NONE"}


def test_before_the_first_deployment_parts_belong_to_the_only_api_of_their_module():
    api, get = (
        made("shop:tf:aws_api_gateway_rest_api", "a", id_=UNKNOWN),
        made("shop:tf:aws_api_gateway_method", **PLACE),
    )
    other = made("shop:tf:aws_api_gateway_rest_api", "b", id_=UNKNOWN)

    assert len(evaluate(Graph([api, get])).gateways) == 1
    assert len(evaluate(Graph([api, other, get])).gateways) == 3
    assert len(evaluate(Graph([api, get, replace(other, parent="another module")])).gateways) == 2


IGNORING = {
    "terraform": (made("shop:tf:aws_api_gateway_rest_api", name="shop", policy="{}"), "policy"),
    "cloud-control": (
        made(
            "aws:cloudcontrol/resource:Resource", typeName="AWS::ApiGateway::RestApi", desiredState='{"Name": "shop"}'
        ),
        "desiredState",
    ),
    "extension": (
        made("aws-native:index:ExtensionResource", type="AWS::ApiGateway::RestApi", properties={"Name": "shop"}),
        'properties["Name"]',
    ),
    "template": (stack(template(Get=method())), "templateBody"),
    "native": (made("aws-native:apigateway:RestApi", name="shop", apiKeySourceType="HEADER"), "apiKeySourceType"),
    "native-block": (
        made("aws-native:cloudfront:Distribution", distributionConfig={"origins": [], "enabled": True}),
        "distributionConfig.origins",
    ),
}


@pytest.mark.parametrize(("resource", "path"), IGNORING.values(), ids=IGNORING)
def test_ignored_changes_are_found_in_every_form(resource, path):
    ignored = replace(resource, ignore_changes=(path, "somethingElse"))
    found = [each for each in evaluate(Graph([ignored])).findings if each.policy == "pack-ignore-changes-unused"]

    assert [(each.urn, f"ignores changes of {path}," in each.message) for each in found] == [(resource.urn, True)]


AT_PREVIEW = {"id": UNKNOWN}
WEAKENED = {
    "login": ("AuthorizationType: AWS_IAM", "AuthorizationType: NONE", OPEN),
    "addresses": ("203.0.113.0/24,198.51.100.0/24", "0.0.0.0/0", "network-callers-restricted"),
    "access-log": ("DestinationArn: !GetAtt Log.Arn", "DestinationArn: ''", ACCESS_LOG),
    "web-acl": ("stages/${Stage}", "stages/another", "waf-stages-have-web-acl"),
    "managed-rules": ("Name: AWSManagedRulesCommonRuleSet", "Name: Another", "waf-managed-rules-included"),
    "limits": ("ThrottlingRateLimit: 100", "ThrottlingRateLimit: -1", "keys-stages-throttled"),
    "zero": ("ThrottlingRateLimit: 100", "ThrottlingRateLimit: 0", "keys-stage-limits-not-zero"),
    "security-policy": ("SecurityPolicy: TLS_1_2", "SecurityPolicy: TLS_1_0", "tls-endpoints-minimum-version"),
    "alarms": ("Value: !Ref Stage", "Value: another", "observability-stages-have-alarms"),
    "log-level": ("LoggingLevel: ERROR", "LoggingLevel: 'OFF'", "observability-execution-logs-enabled"),
    "permission": ("      SourceArn: ", "      EventSourceToken: ", "network-lambda-permissions-name-api"),
}


def noticed(text, *statuses, **more):
    found = evaluate(Graph([replace(stack(text), **more)])).findings
    return {each.policy for each in found if each.status.value in statuses}


@pytest.mark.parametrize("more", [{}, AT_PREVIEW], ids=["deployed", "preview"])
def test_a_compliant_template_is_compliant(more):
    assert noticed(TEMPLATE, VIOLATION, **more) == set()


@pytest.mark.parametrize("more", [{}, AT_PREVIEW], ids=["deployed", "preview"])
@pytest.mark.parametrize(("old", "new", "policy"), WEAKENED.values(), ids=WEAKENED)
def test_what_weakens_a_template_is_found(old, new, policy, more):
    assert old in TEMPLATE
    # Before the first deployment, the region in an ARN is unknown.
    assert policy in noticed(TEMPLATE.replace(old, new), VIOLATION, *([UNDECIDED] if more else []), **more)
    assert policy not in noticed(TEMPLATE, VIOLATION, UNDECIDED, **more)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"Type": "Custom::AWS", "Properties": {"Update": {"Ref": "Api"}}}, True),
        ({"Type": "AWS::CloudFormation::CustomResource", "Properties": {"Api": {"Ref": "Api"}}}, True),
        ({"Type": "Custom::AWS", "Properties": {"Bucket": "b"}}, False),
        ({"Type": "AWS::AppSync::DataSource", "Properties": {"HttpConfig": {"Endpoint": {"Ref": "Api"}}}}, True),
        ({"Type": "AWS::AppSync::DataSource", "Properties": {"Name": "n"}}, False),
        ({"Type": "AWS::StepFunctions::StateMachine", "Properties": {"Definition": {"Ref": "Api"}}}, False),
    ],
    ids=["custom", "custom-resource", "custom-without-gateway", "not-read", "not-read-without-gateway", "harmless"],
)
def test_what_a_template_declares_beside_the_gateway_is_read_harmless_or_undecided(declared, expected):
    found = evaluate(Graph([stack(template(Get=method("AWS_IAM"), More=declared))])).findings

    assert any("More" in each.message and each.policy == "auth-everything-read" for each in found) is expected
