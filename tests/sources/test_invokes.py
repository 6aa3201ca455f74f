"""Built-in function results: shapes of the published SDK (pulumi-aws 7.51), documents as the provider renders them."""

import json

import pytest

from policypack.sources import policy_document
from policypack.sources.invokes import Invokes, Region

REGIONS = {
    "us-east-1": ("aws", "amazonaws.com", "use1-az1"),
    "eu-central-1": ("aws", "amazonaws.com", "euc1-az1"),
    "ap-southeast-2": ("aws", "amazonaws.com", "apse2-az1"),
    "us-gov-west-1": ("aws-us-gov", "amazonaws.com", "usgw1-az1"),
    "cn-northwest-1": ("aws-cn", "amazonaws.com.cn", "cnnw1-az1"),
    "eusc-de-east-1": ("aws-eusc", "amazonaws.eu", "euscde1-az1"),
}


@pytest.mark.parametrize(("region", "expected"), REGIONS.items(), ids=REGIONS)
def test_names_of_a_region(region: str, expected: tuple) -> None:
    found = Region(region)

    assert (found.partition, found.dns_suffix, found.zone_ids[0]) == expected


FUNCTIONS = {
    "region": ("aws:index/getRegion:getRegion", {}, {"region": "eu-west-1", "name": "eu-west-1", "id": "eu-west-1"}),
    "another region": ("aws:index/getRegion:getRegion", {"region": "us-west-2"}, {"region": "us-west-2"}),
    "partition": ("aws:index/getPartition:getPartition", {}, {"partition": "aws", "reverseDnsPrefix": "com.amazonaws"}),
    "zones": (
        "aws:index/getAvailabilityZones:getAvailabilityZones",
        {"excludeNames": ["eu-west-1a"]},
        {"names": ["eu-west-1b", "eu-west-1c"], "zoneIds": ["euw1-az2", "euw1-az3"]},
    ),
    "principal": (
        "aws:index/getServicePrincipal:getServicePrincipal",
        {"serviceName": "apigateway"},
        {"name": "apigateway.amazonaws.com", "id": "apigateway.eu-west-1.amazonaws.com"},
    ),
    "native region": ("aws-native:index:getRegion", {}, {"region": "eu-west-1"}),
    "native account": ("aws-native:index:getAccountId", {}, {"accountId": "123456789012"}),
    "native partition": ("aws-native:index:getPartition", {}, {"partition": "aws"}),
    "native suffix": ("aws-native:index:getUrlSuffix", {}, {"urlSuffix": "amazonaws.com"}),
    "native zones": ("aws-native:index:getAzs", {}, {"azs": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]}),
}


@pytest.mark.parametrize(("token", "args", "expected"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_results(token: str, args: dict, expected: dict) -> None:
    invokes = Invokes([], "eu-west-1")

    result = invokes.result(token, args)

    assert result is not None
    assert {key: result[key] for key in expected} == expected
    assert invokes.missing == set()


def test_a_configured_region_is_no_assumption() -> None:
    configured, assumed = Invokes([], "eu-west-1"), Invokes([], "")

    for invokes in (configured, assumed):
        invokes.result("aws:index/getRegion:getRegion", {})

    assert configured.assumed == set()
    assert assumed.assumed == {"region us-east-1"}


def test_the_users_result_goes_first() -> None:
    invokes = Invokes([{"token": "aws:index/getRegion:getRegion", "result": {"region": "mars-1"}}], "")

    assert invokes.result("aws:index/getRegion:getRegion", {}) == {"region": "mars-1"}
    assert invokes.assumed == set()


DOCUMENTS = {
    "lists": (
        {"statements": [{"sid": "a", "actions": ["b:c", "a:b"], "notResources": ["x"], "effect": "Deny"}]},
        [{"Sid": "a", "Effect": "Deny", "Action": ["b:c", "a:b"], "NotResource": "x"}],
    ),
    "variables": (
        {"statements": [{"actions": ["a:b"], "resources": ["arn:aws:s3:::x/&{aws:username}"]}]},
        [{"Effect": "Allow", "Action": "a:b", "Resource": "arn:aws:s3:::x/${aws:username}"}],
    ),
    "anybody": (
        {"statements": [{"principals": [{"type": "*", "identifiers": ["*"]}]}]},
        [{"Effect": "Allow", "Principal": "*"}],
    ),
    "principals": (
        {
            "statements": [
                {
                    "notPrincipals": [
                        {"type": "Service", "identifiers": ["a.amazonaws.com"]},
                        {"type": "AWS", "identifiers": ["1"]},
                        {"type": "AWS", "identifiers": ["2"]},
                    ]
                }
            ]
        },
        [{"Effect": "Allow", "NotPrincipal": {"AWS": ["2", "1"], "Service": "a.amazonaws.com"}}],
    ),
    "conditions": (
        {
            "statements": [
                {
                    "conditions": [
                        {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["10.0.0.0/8"]},
                        {"test": "IpAddress", "variable": "aws:SourceIp", "values": ["192.0.2.0/24"]},
                        {"test": "Bool", "variable": "aws:SecureTransport", "values": ["true"]},
                    ]
                }
            ]
        },
        [
            {
                "Effect": "Allow",
                "Condition": {
                    "Bool": {"aws:SecureTransport": "true"},
                    "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "192.0.2.0/24"]},
                },
            }
        ],
    ),
    "sources and overrides": (
        {
            "sourcePolicyDocuments": ['{"Statement": {"Sid": "one", "Effect": "Allow", "Action": "a:a"}}'],
            "statements": [{"sid": "two", "actions": ["b:b"]}, {"sid": "three", "actions": ["c:c"]}],
            "overridePolicyDocuments": ['{"Statement": [{"Sid": "two", "Effect": "Deny", "Action": "b:b"}]}'],
        },
        [
            {"Sid": "one", "Effect": "Allow", "Action": "a:a"},
            {"Sid": "two", "Effect": "Deny", "Action": "b:b"},
            {"Sid": "three", "Effect": "Allow", "Action": "c:c"},
        ],
    ),
}


@pytest.mark.parametrize(("args", "statements"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_renders_policy_documents(args: dict, statements: list) -> None:
    result = policy_document.render(args)

    assert json.loads(result["json"]) == {"Version": "2012-10-17", "Statement": statements}
    assert json.loads(result["minifiedJson"]) == json.loads(result["json"])


def test_renders_as_the_provider_does() -> None:
    result = policy_document.render({"policyId": "p", "version": "2008-10-17", "statements": [{"actions": ["a:b"]}]})

    assert result["json"] == (
        '{\n  "Version": "2008-10-17",\n  "Id": "p",\n  "Statement": [\n'
        '    {\n      "Effect": "Allow",\n      "Action": "a:b"\n    }\n  ]\n}'
    )
    assert result["minifiedJson"] == (
        '{"Version":"2008-10-17","Id":"p","Statement":[{"Effect":"Allow","Action":"a:b"}]}'
    )


def test_a_policy_document_needs_no_region() -> None:
    result = Invokes([], "").result("aws:iam/getPolicyDocument:getPolicyDocument", {"statements": []}, None)

    assert result is not None
    assert json.loads(result["json"]) == {"Version": "2012-10-17"}
