"""Network: who may send the events that invoke what is behind a gateway."""

import json
from dataclasses import replace

import pytest
from graphs import (
    ORDERS_FUNCTION,
    UNDECIDED,
    VIOLATION,
    changed,
    domain,
    made,
    mapping,
    permission_for,
    policy,
    statuses,
)
from native_graphs import native

from policypack.graph.values import UNKNOWN

ID = "network-event-sources-not-public"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
TOPIC_ARN, QUEUE_ARN = "arn:aws:sns:eu-west-1:123456789012:in", "arn:aws:sqs:eu-west-1:123456789012:in"
BUS_ARN = "arn:aws:events:eu-west-1:123456789012:event-bus/in"
API_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/live/POST/orders"
BEHIND = (ORDERS_FUNCTION, permission_for("apigateway.amazonaws.com", sourceArn=API_ARN))


def allows(action, principal="*", **conditions):
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": "*"}
    return policy(statement | ({"Condition": conditions} if conditions else {}))


def topic(document=None, endpoint=FUNCTION):
    return [
        made("sns/topic:Topic", "in", id_=TOPIC_ARN, arn=TOPIC_ARN, policy=document),
        made("sns/topicSubscription:TopicSubscription", "in", topic=TOPIC_ARN, protocol="lambda", endpoint=endpoint),
    ]


def queue(document=None, function="orders"):
    return [
        made("sqs/queue:Queue", "in", id_="https://sqs/in", name="in", arn=QUEUE_ARN),
        made("lambda/eventSourceMapping:EventSourceMapping", "in", eventSourceArn=QUEUE_ARN, functionName=function),
        *(
            []
            if document is None
            else [made("sqs/queuePolicy:QueuePolicy", "in", queueUrl="https://sqs/in", policy=document)]
        ),
    ]


def bus(document=None, target=FUNCTION, *more):
    return [
        made("cloudwatch/eventBus:EventBus", "in", id_="in", name="in", arn=BUS_ARN),
        made("cloudwatch/eventRule:EventRule", "in", id_="in/rule", name="rule", eventBusName="in", eventPattern="{}"),
        replace(
            made("cloudwatch/eventTarget:EventTarget", "in"),
            inputs={"rule": "rule", "eventBusName": "in", "arn": target},
        ),
        *(
            []
            if document is None
            else [made("cloudwatch/eventBusPolicy:EventBusPolicy", "in", eventBusName="in", policy=document)]
        ),
        *more,
    ]


def bucket(document=None, function=FUNCTION, **block):
    return [
        made("s3/bucket:Bucket", "in", id_="in", bucket="in"),
        made(
            "s3/bucketNotification:BucketNotification",
            "in",
            bucket="in",
            lambdaFunctions=[{"lambdaFunctionArn": function}],
        ),
        *([] if document is None else [made("s3/bucketPolicy:BucketPolicy", "in", bucket="in", policy=document)]),
        *([made("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "in", bucket="in", **block)] if block else []),
    ]


STREAM_ARN = "arn:aws:kinesis:eu-west-1:123456789012:stream/in"


def stream(document=None, function="orders"):
    return [
        made("kinesis/stream:Stream", "in", id_="in", name="in", arn=STREAM_ARN),
        made("lambda/eventSourceMapping:EventSourceMapping", "in", eventSourceArn=STREAM_ARN, functionName=function),
        *(
            []
            if document is None
            else [made("kinesis/resourcePolicy:ResourcePolicy", "in", resourceArn=STREAM_ARN, policy=document)]
        ),
    ]


SENDS = {
    stream: "kinesis:PutRecord",
    topic: "sns:Publish",
    queue: "sqs:SendMessage",
    bus: "events:PutEvents",
    bucket: "s3:PutObject",
}
SENDERS = {
    "everyone": ("*", {}, VIOLATION),
    "every account": ({"AWS": "*"}, {}, VIOLATION),
    "a service for every account": ({"Service": "s3.amazonaws.com"}, {}, VIOLATION),
    "a service for an account": ({"Service": "s3.amazonaws.com"}, {"StringEquals": {"aws:SourceAccount": "1"}}, None),
    "a service for every ARN": (
        {"Service": "s3.amazonaws.com"},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}},
        UNDECIDED,
    ),
    "an organization": ("*", {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, None),
    "every organization": (
        "*",
        {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-*/r-ab12/*"]}},
        UNDECIDED,
    ),
    "a part of an organization": ("*", {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": ["o-1/r-1/*"]}}, None),
    "accounts that begin so": ("*", {"StringLike": {"aws:PrincipalAccount": "12*"}}, UNDECIDED),
    "an account": ({"AWS": "123456789012"}, {}, None),
    "the account's own": ("*", {"StringEquals": {"aws:SourceOwner": "123456789012"}}, None),
    "all but one account": ("*", {"StringNotEquals": {"aws:PrincipalAccount": "9"}}, UNDECIDED),
    "over TLS": ("*", {"Bool": {"aws:SecureTransport": "true"}}, UNDECIDED),
}


@pytest.mark.parametrize("source", SENDS, ids=lambda each: each.__name__)
@pytest.mark.parametrize(("principal", "conditions", "expected"), SENDERS.values(), ids=SENDERS)
def test_who_sends_events(source, principal, conditions, expected):
    resources = source(allows(SENDS[source], principal, **conditions))

    assert statuses(ID, changed(*BEHIND, *resources)) == ([expected] if expected else [])


@pytest.mark.parametrize("source", SENDS, ids=lambda each: each.__name__)
def test_a_source_without_a_policy_is_of_its_account(source):
    assert statuses(ID, changed(*BEHIND, *source())) == []


@pytest.mark.parametrize("source", SENDS, ids=lambda each: each.__name__)
def test_another_action_or_function_is_of_no_interest(source):
    other = "arn:aws:lambda:eu-west-1:123456789012:function:other"

    assert statuses(ID, changed(*BEHIND, *source(allows("s3:GetObject")))) == []
    assert statuses(ID, changed(*BEHIND, *source(allows("*"), other))) == []
    assert statuses(ID, changed(*BEHIND, *source(allows("*")))) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, *source(UNKNOWN))) == [UNDECIDED]


def test_a_chain_of_sources():
    fed = [*topic(allows("sns:Publish"), QUEUE_ARN), *queue()]
    by_bus = [*bus(allows("events:PutEvents"), QUEUE_ARN), *queue()]

    assert statuses(ID, changed(*BEHIND, *fed)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, *by_bus)) == [VIOLATION]


def pipe(source=QUEUE_ARN, **inputs):
    return replace(made("pipes/pipe:Pipe", "p"), inputs={"source": source, **inputs})


@pytest.mark.parametrize("target", [FUNCTION, API_ARN])
@pytest.mark.parametrize("name", ["target", "enrichment"])
def test_a_pipe_sends_what_a_queue_gets(name, target):
    leads = pipe(**{"target": "arn:aws:sqs:eu-west-1:123456789012:out", name: target})
    by_native = native("pipes:Pipe", "p", **leads.inputs)

    for each in (leads, by_native):
        assert statuses(ID, changed(*BEHIND, *queue(allows("sqs:SendMessage"), "other"), each)) == [VIOLATION]
        assert statuses(ID, changed(*BEHIND, *queue(None, "other"), each)) == []
        assert statuses(ID, changed(*BEHIND, *topic(allows("*"), QUEUE_ARN), *queue(None, "other"), each)) == [
            VIOLATION
        ]


HOOK = "arn:aws:events:eu-west-1:123456789012:api-destination/hook/1"
ENDPOINTS = {
    "its endpoint": ("https://shop-id.execute-api.eu-west-1.amazonaws.com/live/orders", True),
    "a domain": ("https://API.example.com/orders", True),
    "another API": ("https://other.execute-api.eu-west-1.amazonaws.com/live/orders", False),
    "another host": ("https://hooks.example.com/orders", False),
}


@pytest.mark.parametrize(("endpoint", "leads"), ENDPOINTS.values(), ids=ENDPOINTS)
def test_an_api_destination_lends_its_credentials(endpoint, leads):
    hook = made("cloudwatch/eventApiDestination:EventApiDestination", "hook", arn=HOOK, invocationEndpoint=endpoint)
    parts = (hook, domain(), mapping())

    expected = [VIOLATION] if leads else []
    assert statuses(ID, changed(*parts, *bus(allows("events:PutEvents"), HOOK))) == expected
    assert statuses(ID, changed(*parts, *queue(allows("*"), "other"), pipe(target=HOOK))) == expected
    assert statuses(ID, changed(*parts, *bus(None, HOOK))) == []


def test_an_event_bus_that_calls_an_api():
    assert statuses(ID, changed(*bus(allows("events:PutEvents"), API_ARN))) == [VIOLATION]
    assert statuses(ID, changed(*bus(allows("events:PutEvents"), API_ARN.replace("shop-id", "other")))) == []


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"principal": "*"}, [VIOLATION]),
        ({"principal": "*", "condition": {"key": "aws:PrincipalOrgID"}}, []),
        ({"principal": "1"}, []),
    ],
)
def test_permissions_of_an_event_bus(inputs, expected):
    permission = made("cloudwatch/eventPermission:EventPermission", "in", eventBusName="in", **inputs)

    assert statuses(ID, changed(*BEHIND, *bus(None, FUNCTION, permission))) == expected


def test_a_bucket_that_blocks_public_policies():
    assert statuses(ID, changed(*BEHIND, *bucket(allows("s3:*"), restrictPublicBuckets=True))) == []
    assert statuses(ID, changed(*BEHIND, *bucket(allows("s3:*"), restrictPublicBuckets=False))) == [VIOLATION]


def test_a_bucket_that_everyone_may_write_to_by_its_acl():
    acl = made("s3/bucketAcl:BucketAcl", "in", bucket="in", acl="public-read-write")

    assert statuses(ID, changed(*BEHIND, *bucket(), acl)) == [VIOLATION]


def test_sources_of_aws_native():
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    subscribed = native("sns:Subscription", "in", topicArn=TOPIC_ARN, protocol="lambda", endpoint=FUNCTION)
    publishes = native("sns:TopicInlinePolicy", "in", topicArn=TOPIC_ARN, policyDocument=document)
    mapped = native("lambda:EventSourceMapping", "in", eventSourceArn=QUEUE_ARN, functionName="orders")
    sends = native("sqs:QueuePolicy", "in", queues=["https://sqs/in"], policyDocument=document)
    puts = native("events:EventBusPolicy", "in", eventBusName="in", action="events:PutEvents", principal="*")
    stated = native("events:EventBusPolicy", "in", eventBusName="in", statement={**document["Statement"][0]})

    assert statuses(ID, changed(*BEHIND, topic()[0], subscribed, publishes)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, queue()[0], mapped, sends)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, *bus(), puts)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, *bus(), stated)) == [VIOLATION]


def test_what_a_source_of_aws_native_invokes_may_be_inside_it():
    document = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
    outputs = {"topicArn": TOPIC_ARN}
    inside = [{"protocol": "lambda", "endpoint": FUNCTION}]
    subscribed = native("sns:Topic", "in", id_=TOPIC_ARN, outputs=outputs, topicName="in", subscription=inside)
    publishes = native("sns:TopicInlinePolicy", "in", topicArn=TOPIC_ARN, policyDocument=document)
    rule = native("events:Rule", "r", name="r", eventBusName="in", targets=[{"id": "t", "arn": FUNCTION}])
    puts = native("events:EventBusPolicy", "in", eventBusName="in", action="events:PutEvents", principal="*")
    invoked = {"lambdaConfigurations": [{"event": "s3:ObjectCreated:*", "function": FUNCTION}]}
    notifies = native("s3:Bucket", "in", id_="in", bucketName="in", notificationConfiguration=invoked)
    written = native("s3:BucketPolicy", "in", bucket="in", policyDocument=document)

    assert statuses(ID, changed(*BEHIND, subscribed, publishes)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, subscribed)) == []
    assert statuses(ID, changed(*BEHIND, *bus(), rule, puts)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, *bus(), rule)) == []
    assert statuses(ID, changed(*BEHIND, notifies, written)) == [VIOLATION]
    assert statuses(ID, changed(*BEHIND, notifies)) == []


def test_sources_of_a_template():
    anyone = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}
    bus_policy = {"EventBusName": "in", "StatementId": "s", "Statement": anyone}
    topic_policy = {"Topics": [{"Ref": "In"}], "PolicyDocument": {"Statement": [anyone]}}
    subscribed = {"TopicName": "in", "Subscription": [{"Protocol": "lambda", "Endpoint": FUNCTION}]}
    rule = {"EventBusName": {"Ref": "Bus"}, "Targets": [{"Id": "t", "Arn": FUNCTION}]}
    queue_policy = {"Queues": [{"Ref": "Queue"}], "PolicyDocument": {"Statement": [anyone]}}
    mapping = {"EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}, "FunctionName": FUNCTION}

    def found(**parts):
        declared = {name: {"Type": f"AWS::{type_}", "Properties": given} for name, (type_, given) in parts.items()}
        stack = made("cloudformation/stack:Stack", "s", name="s", templateBody=json.dumps({"Resources": declared}))
        return statuses(ID, changed(*BEHIND, stack))

    assert found(In=("SNS::Topic", subscribed), P=("SNS::TopicPolicy", topic_policy)) == [VIOLATION]
    assert found(In=("SNS::Topic", subscribed)) == []
    queue_and_mapping = {"Queue": ("SQS::Queue", {}), "M": ("Lambda::EventSourceMapping", mapping)}
    assert found(**queue_and_mapping, P=("SQS::QueuePolicy", queue_policy)) == [VIOLATION]
    assert found(**queue_and_mapping) == []
    named = {"Bus": ("Events::EventBus", {"Name": "in"}), "R": ("Events::Rule", rule)}
    assert found(**named, P=("Events::EventBusPolicy", bus_policy)) == [VIOLATION]
    assert found(**named) == []
