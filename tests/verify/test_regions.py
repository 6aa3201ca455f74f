"""In which region AWS is asked about a resource, and that every page of a response is read."""

import importlib

import pytest

from policypack.graph.graph import Graph, Resource
from policypack.verify.additional import LISTINGS
from policypack.verify.aws import AbsentError, Aws, Call
from policypack.verify.verify import verified

URN = "urn:pulumi:live::shop::"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c1"


def made(type_, id_, label="it", **outputs):
    return Resource(urn=f"{URN}{type_}::{label}", type=type_, name=label, id=id_, outputs=outputs)


def api(region, id_="api1", name="it"):
    return made("aws:apigateway/restApi:RestApi", id_, name, arn=f"arn:aws:apigateway:{region}::/restapis/{id_}")


SETTINGS = made(
    "aws:apigateway/methodSettings:MethodSettings", "ms", restApi="api1", stageName="live", methodPath="*/*"
)
ACCOUNT = made("aws:apigateway/account:Account", "account", cloudwatchRoleArn="arn:aws:iam::123456789012:role/logs")
EDGE_CERTIFICATE = made("aws:acm/certificate:Certificate", CERTIFICATE, arn=CERTIFICATE)
EDGE_ACL = made("aws:wafv2/webAcl:WebAcl", "w1", name="edge", scope="CLOUDFRONT", region="eu-west-1")
POOL = made(
    "aws:cognito/userPool:UserPool",
    "eu-central-1_abc",
    arn="arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abc",
)
POOL_CLIENT = made("aws:cognito/userPoolClient:UserPoolClient", "c1", userPoolId="eu-central-1_abc")


def regions(*resources):
    """By operation, the regions that were asked, and why AWS was not asked."""
    asked = {}

    def ask(call: Call):
        asked.setdefault(call.operation, set()).add(call.region)
        if call.service == "sts":
            return {"Account": "123456789012"}
        raise AbsentError("nothing")

    result = verified(Graph(resources), ask)
    return asked, [each.same.reason for each in result.verified if not each.same.is_no]


@pytest.mark.parametrize(
    ("resources", "operation", "region"),
    [
        ([api("eu-west-1"), SETTINGS], "get_stage", "eu-west-1"),
        ([EDGE_CERTIFICATE, SETTINGS, api("eu-west-1")], "get_stage", "eu-west-1"),
        ([EDGE_CERTIFICATE, api("eu-west-1")], "describe_certificate", "us-east-1"),
        ([EDGE_ACL, api("eu-west-1")], "get_web_acl", "us-east-1"),
        ([api("ap-southeast-2", "api2", "other"), api("eu-west-1"), SETTINGS], "get_stage", "eu-west-1"),
        ([POOL_CLIENT, POOL, api("eu-west-1")], "describe_user_pool_client", "eu-central-1"),
        (
            [
                made(SETTINGS.type, "ms", restApi="api1", stageName="a", methodPath="*/*", region="eu-north-1"),
                api("eu-west-1"),
            ],
            "get_stage",
            "eu-north-1",
        ),
        ([EDGE_CERTIFICATE, api("eu-west-1"), ACCOUNT], "get_account", "eu-west-1"),
        ([SETTINGS], "get_stage", ""),
    ],
)
def test_each_resource_is_read_in_its_own_region(resources, operation, region):
    asked, _ = regions(*resources)
    assert asked[operation] == {region}


def test_a_resource_whose_region_is_unknown_is_undecided_and_not_missing():
    asked, reasons = regions(api("eu-west-1"), api("us-west-2", "api2", "other"), ACCOUNT)
    assert "get_account" not in asked
    assert "its region is unknown: the stack is in eu-west-1, us-west-2" in reasons


class Client:
    """A client of boto3 that has pages, and a paginator or none."""

    def __init__(self, pages, *, has_paginator):
        self._pages = pages
        self._has_paginator = has_paginator
        self.tokens = []

    def can_paginate(self, _operation):
        return self._has_paginator

    def get_api_mappings(self, **params):
        self.tokens.append(params.get("NextToken"))
        return self._pages[len(self.tokens) - 1]


def test_the_pages_of_an_operation_without_paginator_are_joined(monkeypatch):
    client = Client(
        [{"Items": [1, 2], "NextToken": "a"}, {"Items": [3], "NextToken": "b"}, {"Items": [4]}], has_paginator=False
    )
    monkeypatch.setattr(Aws, "client", lambda *_: client)
    call = Call(service="apigatewayv2", operation="get_api_mappings", region="", params={"DomainName": "d"})
    assert Aws()(call)["Items"] == [1, 2, 3, 4]
    assert client.tokens == [None, "a", "b"]


PAGES = [
    ("apigateway", "get_usage_plan_keys", {"usagePlanId": "p"}, "items", "position", "id"),
    ("apigateway", "get_base_path_mappings", {"domainName": "d"}, "items", "position", "basePath"),
    ("apigateway", "get_usage_plans", {}, "items", "position", "id"),
    ("apigatewayv2", "get_routes", {"ApiId": "a"}, "Items", "NextToken", "RouteKey"),
    ("apigatewayv2", "get_stages", {"ApiId": "a"}, "Items", "NextToken", "StageName"),
    ("apigatewayv2", "get_api_mappings", {"DomainName": "d"}, "Items", "NextToken", "ApiMappingKey"),
    ("cognito-idp", "list_user_pool_clients", {"UserPoolId": "p_1"}, "UserPoolClients", "NextToken", "ClientName"),
    ("cognito-idp", "list_identity_providers", {"UserPoolId": "p_1"}, "Providers", "NextToken", "ProviderName"),
    ("logs", "describe_log_groups", {"logGroupNamePrefix": "g"}, "logGroups", "nextToken", "logGroupName"),
    ("cloudwatch", "describe_alarms", {"AlarmNames": ["a"]}, "MetricAlarms", "NextToken", "AlarmName"),
]
"""Operations with pages: their service, parameters, list, token, and a field of its items."""
REQUIRED = {"get_api_mappings": {"ApiId": "a", "Stage": "live"}}
"""What an item has at least."""


@pytest.mark.parametrize(("service", "operation", "params", "name", "token", "field"), PAGES)
def test_every_page_is_read_with_boto3(monkeypatch, service, operation, params, name, token, field):
    pytest.importorskip("boto3", reason="no boto3: `make test-engine` installs it")
    stub = importlib.import_module("botocore.stub")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    asked = Aws()
    client = asked.client(service, "us-east-1")
    with stub.Stubber(client) as stubbed:
        stubbed.add_response(operation, {name: [{**REQUIRED.get(operation, {}), field: "one"}], token: "2"}, params)
        stubbed.add_response(operation, {name: [{**REQUIRED.get(operation, {}), field: "two"}]}, {**params, token: "2"})
        response = asked(Call(service=service, operation=operation, region="us-east-1", params=params))
    assert [each[field] for each in response[name]] == ["one", "two"]


def test_every_listing_with_pages_is_tested():
    boto3 = pytest.importorskip("boto3", reason="no boto3: `make test-engine` installs it")
    tested = {(service, operation) for service, operation, *_ in PAGES}
    for each in LISTINGS:
        model = boto3.client(each.service, region_name="us-east-1").meta.service_model
        name = boto3.client(each.service, region_name="us-east-1").meta.method_to_api_mapping[each.operation]
        members = {member.lower() for member in model.operation_model(name).output_shape.members}
        if members & {"position", "nexttoken"}:
            assert (each.service, each.operation) in tested
