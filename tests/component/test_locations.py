"""ARNs of another home, and names that AWS does not take, are rejected by their paths before anything is registered."""

import copy

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.waf import Waf
from secure_gateway.testing import deploy
from secure_gateway.validation.names import FORMS

BASE = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
}
ACCOUNT = "123456789012"
ID = "11111111-1111-1111-1111-111111111111"
KEY = "arn:aws:kms:{}:{}:key/" + ID
CERTIFICATE = "arn:aws:acm:{}:{}:certificate/" + ID
DOMAIN = {"name": "api.example.com"}
STORE = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:callers-Ab12Cd"
ACL = "arn:aws:wafv2:{}:{}:regional/webacl/own/" + ID
GROUP = "arn:aws:wafv2:{}:{}:regional/rulegroup/own/" + ID
POLICY = "arn:aws:iam::{1}:policy/bound"


def builtin(key):
    validators = {"cdn": {"shared_secret": {"store": STORE}}}
    return {"authorizers": {"cdn": {"builtin": {"validators": validators, "kms_key_arn": key}}}}


# By option: its args, the ARN, and whether AWS demands the API's region and account.
NAMED = {
    "observability.topic_arn": (lambda a: {"observability": {"topic_arn": a}}, "arn:aws:sns:{}:{}:alarms", True, False),
    "observability.kms_key_arn": (lambda a: {"observability": {"kms_key_arn": a}}, KEY, True, False),
    "observability.alarm_action_arns[0]": (
        lambda a: {"observability": {"alarm_action_arns": [a]}},
        "arn:aws:lambda:{}:{}:function:wake",
        True,
        False,
    ),
    "waf.acl_arn": (lambda a: {"waf": {"acl_arn": a}}, ACL, True, True),
    "waf.kms_key_arn": (lambda a: {"waf": {"kms_key_arn": a}}, KEY, True, False),
    "waf.rule_groups.own.arn": (
        lambda a: {"waf": {"rule_groups": {"own": {"arn": a, "capacity": 5}}}},
        GROUP,
        True,
        False,
    ),
    "waf.log_destination_arn": (
        lambda a: {"waf": {"log_destination_arn": a}},
        "arn:aws:firehose:{}:{}:deliverystream/aws-waf-logs-own",
        True,
        False,
    ),
    "tls.domain.certificate_arn": (
        lambda a: {"tls": {"domain": {**DOMAIN, "certificate_arn": a}}},
        CERTIFICATE,
        True,
        True,
    ),
    "auth.authorizers.cdn.builtin.kms_key_arn": (lambda a: {"auth": builtin(a)}, KEY, True, False),
    "permissions_boundary_arn": (lambda a: {"permissions_boundary_arn": a}, POLICY, False, True),
    "functions.orders": (
        lambda a: {"functions": {"orders": a}, "default_integration": {"function": "orders"}},
        "arn:aws:lambda:{}:{}:function:orders",
        True,
        False,
    ),
    "auth.authorizers.own.function.function": (
        lambda a: {"auth": {"authorizers": {"own": {"function": {"function": a}}}, "default": "own"}},
        "arn:aws:lambda:{}:{}:function:door",
        True,
        False,
    ),
    "routes[0].integration": (
        lambda a: {
            "routes": [
                {
                    "path": "/orders",
                    "method": "GET",
                    "integration": {"table": {"arn": a, "action": "GetItem", "attributes": {"id": "query.id"}}},
                }
            ]
        },
        "arn:aws:dynamodb:{}:{}:table/orders",
        True,
        True,
    ),
    "routes[0].integration.target_arn": (
        lambda a: {
            "routes": [
                {
                    "path": "/orders",
                    "integration": {"url": "https://b.example.com", "vpc_link_id": "l", "target_arn": a},
                }
            ]
        },
        "arn:aws:elasticloadbalancing:{}:{}:loadbalancer/net/orders/0123456789abcdef",
        True,
        True,
    ),
    "tls.more_domains[0].certificate_arn": (
        lambda a: {
            "tls": {
                "domain": {"name": "api.example.com", "certificate_arn": CERTIFICATE.format("eu-west-1", ACCOUNT)},
                "more_domains": [{"name": "other.example.com", "certificate_arn": a}],
            }
        },
        CERTIFICATE,
        True,
        True,
    ),
    "stages.test.observability.topic_arn": (
        lambda a: {"stages": {"test": {"observability": {"topic_arn": a}}}},
        "arn:aws:sns:{}:{}:alarms",
        True,
        False,
    ),
}


def rejected(path, arn, args, **settings):
    """Whether the ARN is rejected, by its path alone."""
    message = ""
    try:
        deploy(lambda: SecureGateway("orders", {**copy.deepcopy(BASE), **args(arn)}), **settings)
    except ValueError as error:
        # Pulumi wraps an error that an Output raises.
        message = str(error)
    assert not message or ("1 problem in the arguments" in message and f"{path}: " in message), message
    return bool(message)


@pytest.mark.parametrize("path", NAMED)
def test_arns_of_another_home_are_rejected_where_aws_does(path):
    args, arn, of_region, of_account = NAMED[path]
    configured = {"config": {"aws:region": "eu-west-1"}, "preview": True}
    named = "{}" in arn

    assert not rejected(path, arn.format("eu-west-1", ACCOUNT), args)
    assert rejected(path, arn.format("us-east-1", ACCOUNT), args) is (of_region and named)
    assert rejected(path, arn.format("us-east-1", ACCOUNT), args, **configured) is (of_region and named)
    assert rejected(path, arn.format("eu-west-1", "111122223333"), args) is of_account
    other_partition = arn.replace("arn:aws:", "arn:aws-cn:").format("eu-west-1", ACCOUNT)
    assert rejected(path, other_partition, args, **configured)


def test_what_is_not_in_a_region_is_anywhere_in_the_partition():
    bucket = {"waf": {"log_destination_arn": "arn:aws:s3:::aws-waf-logs-own"}}
    edge = {"tls": {"domain": {**DOMAIN, "endpoint_type": "EDGE", "certificate_arn": CERTIFICATE}}}
    edge["tls"]["domain"]["certificate_arn"] = CERTIFICATE.format("us-east-1", ACCOUNT)
    for args in (bucket, edge):
        assert deploy(lambda args=args: SecureGateway("orders", {**BASE, **args})).one("RestApi")


def of_document(uri, **integration):
    whole = {"type": "aws", "httpMethod": "POST", "uri": uri, "passthroughBehavior": "never", **integration}
    operation = {"responses": {"200": {"description": "done"}}, "x-amazon-apigateway-integration": whole}
    document = {"openapi": "3.0.3", "info": {"title": "own", "version": "1"}, "paths": {"/jobs": {"post": operation}}}
    return {"openapi": {"document": document}}


QUEUE = "arn:{}:apigateway:eu-west-1:sqs:path/" + ACCOUNT + "/jobs"
INVOKED = "arn:{}:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
ELSEWHERE = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:check"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/caller"
OWN = 'openapi.paths["/jobs"].post.x-amazon-apigateway-integration'
IN_DOCUMENTS = {
    "own": ("", of_document(QUEUE.format("aws"), credentials=ROLE)),
    "own by variables": ("", of_document(QUEUE.format("${AWS::Partition}"), credentials=ROLE)),
    "the caller's": ("", of_document(QUEUE.format("aws"), credentials="arn:aws:iam::*:user/*")),
    "another account": (".credentials", of_document(QUEUE.format("aws"), credentials=ROLE.replace("1234", "9999"))),
    "another partition": (".uri", of_document(QUEUE.format("aws-cn"), credentials=ROLE)),
    "role of another partition": (
        ".credentials",
        of_document(QUEUE.format("aws"), credentials=ROLE.replace("arn:aws:", "arn:aws-cn:")),
    ),
    "function of another account": (
        "",
        of_document(INVOKED.format("aws", "arn:aws:lambda:eu-west-1:999999999999:function:check")),
    ),
    "function of another partition": (
        ".uri",
        of_document(INVOKED.format("aws", f"arn:aws-cn:lambda:eu-west-1:{ACCOUNT}:function:check")),
    ),
    "function of another region": (".uri", of_document(INVOKED.format("aws", ELSEWHERE))),
    "function of another region, with AWS's variable": (
        ".uri",
        of_document(INVOKED.replace("eu-west-1", "${{AWS::Region}}").format("aws", ELSEWHERE)),
    ),
    "function of another region, which the URI names too": (
        "",
        of_document(INVOKED.replace("eu-west-1", "us-east-1").format("aws", ELSEWHERE)),
    ),
    "function whose region is a variable": (
        "",
        {
            **of_document(INVOKED.format("aws", ELSEWHERE.replace("us-east-1", "${stageVariables.region}"))),
            "variables": {"region": "eu-west-1"},
        },
    ),
}
"""By what an integration of a document names: the member that is rejected, if any, and the args."""


@pytest.mark.parametrize("named", IN_DOCUMENTS)
def test_arns_of_a_document_are_rejected_where_aws_does(named):
    member, args = IN_DOCUMENTS[named]
    assert rejected(f"{OWN}{member}", "", lambda _: args) is bool(member)


def test_another_provider_s_region_is_not_the_configured_one():
    args = {**BASE, "observability": {"topic_arn": f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"}}

    def program():
        parent = pulumi.ComponentResource("own:index:Group", "group")
        return SecureGateway("orders", args, pulumi.ResourceOptions(parent=parent))

    assert deploy(program, config={"aws:region": "eu-west-1"}, preview=True).one("RestApi")


@pytest.mark.parametrize("principal", ["arn:aws:iam::*:root", "arn:aws:iam::111122223333:role/*", "1111*"])
def test_principals_have_no_wildcards(principal):
    statement = {"Effect": "Allow", "Principal": {"AWS": ["111122223333", principal]}}
    network = {"allow_cidrs": ["203.0.113.0/24"], "statements": [statement]}
    with pytest.raises(ArgsError, match=r"network.statements\[0\].Principal: .* has a wildcard"):
        deploy(lambda: SecureGateway("orders", {**BASE, "network": network}))


# Names


WHOLE = {
    **BASE,
    "account": {"ensure": True},
    "auth": {
        "authorizers": {
            "users": {"cognito": {"domain_prefix": "x", "clients": {"jobs": {"machine": True}}}},
            "cdn": {"builtin": {"validators": {"cdn": {"shared_secret": {"store": STORE}}}}},
        },
        "default": "users",
        "invoke_policies": {"readers": ["GET /signed"]},
    },
    "routes": [
        {"path": "/orders", "method": "GET"},
        {"path": "/cdn", "method": "GET", "auth": "cdn"},
        {"path": "/signed", "method": "GET", "auth": "iam"},
        {
            "path": "/jobs",
            "method": "POST",
            "integration": {"queue": {"arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:jobs"}},
        },
    ],
    "waf": {"block_cidrs": ["192.0.2.0/24", "2001:db8::/32"]},
    "observability": {"alarms": {"composite": True}},
    "stages": {"test": {"waf": {"allow_cidrs": ["198.51.100.0/24"]}, "observability": {"dashboard": False}}},
}


def test_every_resource_that_is_named_after_the_gateway_has_its_name_checked(monkeypatch):
    from secure_gateway import parse

    checked = set()
    monkeypatch.setattr(parse, "check_names", lambda _name, derived, _problems: checked.update(derived))
    made = deploy(lambda: SecureGateway("orders", WHOLE))

    for resource in made.resources:
        type_ = f"{resource.type.split(':')[1].split('/')[0]}.{resource.type.split(':')[-1]}"
        if type_ in FORMS and type_ not in {"cloudwatch.MetricAlarm", "cloudwatch.LogMetricFilter"}:
            named = resource.inputs.get("alarmName") or resource.inputs.get("dashboardName") or resource.name
            assert any(type_ == of and named.startswith(name) for of, name in checked), (type_, named)
    assert {"wafv2.IpSet", "iam.Role", "sns.Topic", "cognito.UserPoolClient", "iam.Policy"} <= {of for of, _ in checked}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("api.example.com", r"AWS does not accept \. in that name"),
        ("My Orders API", "AWS does not accept space in that name"),
        ("team/orders", "AWS does not accept / in that name"),
        ("bücher", "AWS does not accept ü in that name"),
        ("o" * 121, "is too long as a name: the web ACL .* at most 120 characters"),
    ],
)
def test_names_that_aws_does_not_take_are_rejected(name, message):
    with pytest.raises(ArgsError, match=message):
        deploy(lambda: SecureGateway(name, BASE))
    with pytest.raises(ArgsError, match=message):
        deploy(lambda: Waf(name, {}))


@pytest.mark.parametrize("name", ["orders", "Orders_api-2", "o" * 120])
def test_names_that_aws_takes_are_taken(name):
    assert deploy(lambda: SecureGateway(name, BASE)).one("WebAcl").name == name


def test_a_long_name_is_rejected_for_its_role():
    with pytest.raises(ArgsError, match=r"the role .* at most 56 characters"):
        deploy(lambda: SecureGateway("o" * 60, WHOLE))
