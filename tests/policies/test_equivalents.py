"""Resources that change a gateway under another type: whole policies of functions, buckets and topics, overrides."""

import json
from dataclasses import replace

import pytest
from graphs import ORDERS_FUNCTION, UNDECIDED, VIOLATION, changed, domain, made, mapping, statuses
from native_graphs import native

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

PUBLIC, NOTIFYING = "network-functions-not-public", "observability-alarms-notify"
FUNCTION = ORDERS_FUNCTION.outputs["arn"]
BACKEND = made(
    "apigateway/integration:Integration",
    "backend",
    restApi="shop-id",
    resourceId="orders-id",
    httpMethod="GET",
    type="AWS_PROXY",
    uri=f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations",
)


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})


def whole(policy):
    """The whole policy of the function behind a sound gateway."""
    given = made("lambda/resourcePolicy:ResourcePolicy", "all", resourceArn=FUNCTION, policy=policy)
    return changed(ORDERS_FUNCTION, BACKEND, given)


INVOKE = {"Action": "lambda:InvokeFunction", "Resource": FUNCTION}
ORG = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
OF_FUNCTIONS = {
    "everyone": (document({**INVOKE, "Principal": "*"}), [VIOLATION]),
    "everyone-as-aws": (document({**INVOKE, "Principal": {"AWS": "*"}}), [VIOLATION]),
    "everyone-of-an-organization": (document({**INVOKE, "Principal": "*", "Condition": ORG}), []),
    "everyone-under-another-condition": (
        document({**INVOKE, "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
        [UNDECIDED],
    ),
    "all-but-one": (document({**INVOKE, "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}}), [VIOLATION]),
    "everyone-but-denied": (
        document({**INVOKE, "Principal": "*"}, {**INVOKE, "Effect": "Deny", "Principal": "*"}),
        [UNDECIDED],
    ),
    "a-role": (document({**INVOKE, "Principal": {"AWS": "arn:aws:iam::123456789012:role/orders"}}), []),
    "later": (UNKNOWN, [UNDECIDED]),
    "no-policy": ("{", []),
    "second-statement": (
        document({**INVOKE, "Principal": {"AWS": "123456789012"}}, {**INVOKE, "Principal": {"AWS": ["*"]}}),
        [VIOLATION],
    ),
}


@pytest.mark.parametrize(("policy", "expected"), OF_FUNCTIONS.values(), ids=OF_FUNCTIONS)
def test_the_whole_policy_of_a_function_is_its_permissions(policy, expected):
    assert statuses(PUBLIC, whole(policy)) == expected


def test_statements_of_one_policy_are_told_apart():
    found = evaluate(Graph(whole(document(*({**INVOKE, "Principal": "*", "Sid": each} for each in "AB"))))).findings
    of_policy = [each for each in found if each.policy == PUBLIC]

    assert len({each.identity for each in of_policy}) == len(of_policy) == 2


def test_aws_native_has_the_same_policy():
    policy = {"Statement": [{"Effect": "Allow", "Principal": "*", **INVOKE}]}
    given = native("lambda:ResourcePolicy", "all", resourceArn=FUNCTION, policyDocument=policy)

    assert statuses(PUBLIC, changed(ORDERS_FUNCTION, BACKEND, given)) == [VIOLATION]


TRUST = {"truststoreUri": "s3://trust/ca.pem", "truststoreVersion": "1"}
CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/1"
BUCKET = made("s3/bucket:Bucket", "trust", id_="trust", bucket="trust", versioning={"enabled": True})
BLOCK = made(
    "s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "trust",
    bucket="trust",
    **dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True),
)
WRITE = {"Action": "s3:PutObject", "Resource": "arn:aws:s3:::trust/*"}
OF_BUCKETS = {
    "everyone-writes": (document({**WRITE, "Principal": "*"}), [VIOLATION]),
    "everyone-does-all": (document({**WRITE, "Principal": "*", "Action": "s3:*"}), [VIOLATION]),
    "everyone-reads": (document({**WRITE, "Principal": "*", "Action": "s3:GetObject"}), []),
    "another-account": (document({**WRITE, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}), [VIOLATION]),
    "a-role-of-another-account": (
        document({**WRITE, "Principal": {"AWS": "arn:aws:iam::111122223333:role/x"}, "Action": ["s3:Delete*"]}),
        [VIOLATION],
    ),
    "the-own-account": (document({**WRITE, "Principal": {"AWS": "arn:aws:iam::123456789012:role/deploy"}}), []),
    "a-service": (document({**WRITE, "Principal": {"Service": "logging.s3.amazonaws.com"}}), []),
    "everyone-under-a-condition": (document({**WRITE, "Principal": "*", "Condition": ORG}), [UNDECIDED]),
    "only-denied": (document({**WRITE, "Effect": "Deny", "Principal": "*"}), []),
    "later": (UNKNOWN, [UNDECIDED]),
}


@pytest.mark.parametrize("provider", ["aws", "aws-native"])
@pytest.mark.parametrize(("policy", "expected"), OF_BUCKETS.values(), ids=OF_BUCKETS)
def test_only_the_owner_writes_to_the_bucket_of_a_truststore(provider, policy, expected):
    name = domain(mutualTlsAuthentication=TRUST, regionalCertificateArn=CERTIFICATE, securityPolicy="TLS_1_2")
    given = (
        made("s3/bucketPolicy:BucketPolicy", "p", bucket="trust", policy=policy)
        if provider == "aws"
        else native("s3:BucketPolicy", "p", bucket="trust", policyDocument=policy)
    )

    found = statuses("tls-truststore-bucket-protected", changed(name, mapping(), BUCKET, given))
    assert found == expected


def test_a_block_of_public_access_rejects_a_public_policy():
    name = domain(mutualTlsAuthentication=TRUST, regionalCertificateArn=CERTIFICATE, securityPolicy="TLS_1_2")
    public = made("s3/bucketPolicy:BucketPolicy", "p", bucket="trust", policy=OF_BUCKETS["everyone-writes"][0])

    assert statuses("tls-truststore-bucket-protected", changed(name, mapping(), BUCKET, BLOCK, public)) == []


TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:trouble"
TOPIC = made("sns/topic:Topic", "trouble", id_=TOPIC_ARN, name="trouble", arn=TOPIC_ARN)
PUBLISH = {"Action": "sns:Publish", "Resource": TOPIC_ARN}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
OF_TOPICS = {
    "none": (None, []),
    "cloudwatch": (document({**PUBLISH, "Principal": CLOUDWATCH}), []),
    "default": (
        document(
            {**PUBLISH, "Principal": {"AWS": "*"}, "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}}}
        ),
        [],
    ),
    "alarms-of-this-account": (
        document(
            {
                **PUBLISH,
                "Principal": CLOUDWATCH,
                "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"}},
            }
        ),
        [],
    ),
    "events-alone": (document({**PUBLISH, "Principal": {"Service": "events.amazonaws.com"}}), [VIOLATION]),
    "one-role": (document({**PUBLISH, "Principal": {"AWS": "arn:aws:iam::123456789012:role/x"}}), [VIOLATION]),
    "subscribe-alone": (document({**PUBLISH, "Principal": CLOUDWATCH, "Action": "sns:Subscribe"}), [VIOLATION]),
    "of-buckets": (
        document({**PUBLISH, "Principal": CLOUDWATCH, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::b"}}}),
        [VIOLATION],
    ),
    "denied": (
        document({**PUBLISH, "Principal": CLOUDWATCH}, {**PUBLISH, "Effect": "Deny", "Principal": "*"}),
        [VIOLATION],
    ),
    "of-another-topic": (document({**PUBLISH, "Principal": CLOUDWATCH, "Resource": f"{TOPIC_ARN}-2"}), [VIOLATION]),
    "of-another-account": (
        document(
            {**PUBLISH, "Principal": CLOUDWATCH, "Condition": {"StringEquals": {"aws:SourceAccount": "210987654321"}}}
        ),
        [VIOLATION],
    ),
    "of-its-account": (
        document(
            {**PUBLISH, "Principal": CLOUDWATCH, "Condition": {"StringEquals": {"aws:SourceAccount": ["123456789012"]}}}
        ),
        [],
    ),
    "of-all-topics": (document({**PUBLISH, "Principal": CLOUDWATCH, "Resource": "arn:aws:sns:*"}), []),
    "another-topic-denied": (
        document(
            {**PUBLISH, "Principal": CLOUDWATCH, "Resource": TOPIC_ARN},
            {**PUBLISH, "Effect": "Deny", "Principal": "*", "Resource": f"{TOPIC_ARN}-2"},
        ),
        [],
    ),
    "any-case": (document({**PUBLISH, "Principal": CLOUDWATCH, "Action": "SNS:publish"}), []),
    "another-condition": (
        document({**PUBLISH, "Principal": CLOUDWATCH, "Condition": {"StringEquals": {"aws:PrincipalTag/x": "y"}}}),
        [UNDECIDED],
    ),
    "later": (UNKNOWN, [UNDECIDED]),
}


def topic_policy(policy):
    given = made("sns/topicPolicy:TopicPolicy", "p", policy=policy)
    return replace(given, inputs={**given.inputs, "arn": TOPIC_ARN})


def policies_of_topics(policy):
    if policy is None:
        return [[TOPIC]]
    return [
        [TOPIC, topic_policy(policy)],
        [made("sns/topic:Topic", "trouble", id_=TOPIC_ARN, name="trouble", arn=TOPIC_ARN, policy=policy)],
        [TOPIC, native("sns:TopicPolicy", "p", topics=[TOPIC_ARN], policyDocument=policy)],
        [TOPIC, native("sns:TopicInlinePolicy", "p", topicArn=TOPIC_ARN, policyDocument=policy)],
    ]


@pytest.mark.parametrize(("policy", "expected"), OF_TOPICS.values(), ids=OF_TOPICS)
def test_alarms_may_publish_to_their_topic(policy, expected):
    people = made("sns/topicSubscription:TopicSubscription", "people", topic=TOPIC_ARN, protocol="email")
    for resources in policies_of_topics(policy):
        assert statuses(NOTIFYING, changed(people, *resources)) == expected * 3


def overridden(*overrides, **inputs):
    api = native(
        "apigatewayv2:Api", "q", id_="q1", name="q", protocolType="HTTP", target="https://example.com", **inputs
    )
    return [api, *(native("apigatewayv2:ApiGatewayManagedOverrides", "o", apiId="q1", **each) for each in overrides)]


OPEN = "auth-methods-authenticated"
OVERRIDES = {
    "none": ([], [VIOLATION]),
    "iam": ([{"route": {"authorizationType": "AWS_IAM"}}], []),
    "still-open": ([{"route": {"authorizationType": "NONE"}}], [VIOLATION]),
    "later": ([{"route": UNKNOWN}], [UNDECIDED]),
    "stage-alone": ([{"stage": {"description": "x"}}], [VIOLATION]),
}


@pytest.mark.parametrize("key", ["$default", "GET /orders"])
@pytest.mark.parametrize(("overrides", "expected"), OVERRIDES.values(), ids=OVERRIDES)
def test_overrides_change_what_one_call_created(key, overrides, expected):
    assert statuses(OPEN, overridden(*overrides, routeKey=key)) == expected


def test_an_overridden_stage_is_one_stage():
    log = {"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:x", "format": "$context.requestId"}
    resources = overridden({"stage": {"accessLogSettings": log}})

    assert statuses("observability-access-logs-enabled", overridden()) == [VIOLATION]
    assert statuses("observability-access-logs-enabled", resources) == []
    (gateway,) = evaluate(Graph(resources)).gateways
    assert gateway.stages == ("$default",)


POOL_ARN = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_Abc123"
POOL = made("cognito/userPool:UserPool", "users", id_="eu-west-1_Abc123", name="users", arn=POOL_ARN)
TRUSTING = made(
    "apigateway/authorizer:Authorizer", "a", restApi="shop-id", type="COGNITO_USER_POOLS", providerArns=[POOL_ARN]
)
CAREFUL = {
    "explicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    "allowedOauthFlows": ["code"],
    "preventUserExistenceErrors": "ENABLED",
    "enableTokenRevocation": True,
}


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [(CAREFUL, []), ({**CAREFUL, "allowedOauthFlows": ["implicit"]}, [VIOLATION]), ({}, [UNDECIDED])],
)
def test_a_client_that_another_service_created_is_evaluated(inputs, expected):
    client = made(
        "cognito/managedUserPoolClient:ManagedUserPoolClient", "c", userPoolId=POOL.id, namePattern=".*", **inputs
    )

    assert statuses("auth-user-pool-clients-hardened", changed(POOL, TRUSTING, client)) == expected
