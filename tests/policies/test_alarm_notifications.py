"""Observability: what an alarm publishes reaches someone."""

import json
from dataclasses import replace

import pytest
from graphs import UNDECIDED, VIOLATION, alarm, changed, findings, made, policy, statuses
from native_graphs import native

from policypack.graph.values import UNKNOWN

NOTIFY = "observability-alarms-notify"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:ops"
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/ops"
EMAIL = {"protocol": "email", "endpoint": "ops@example.com"}
ALARM = {"arn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:many"}


def classic_topic(*subscriptions, **more):
    topic = made("sns/topic:Topic", "ops", id_=TOPIC_ARN, name="ops", arn=TOPIC_ARN, **more)
    return [
        topic,
        *(
            made("sns/topicSubscription:TopicSubscription", f"s{number}", topic=TOPIC_ARN, **{**EMAIL, **each})
            for number, each in enumerate(subscriptions)
        ),
    ]


def native_topic(*subscriptions, **more):
    outputs = {"topicArn": TOPIC_ARN}
    return [
        native("sns:Topic", "ops", id_=TOPIC_ARN, outputs=outputs, topicName="ops", **more),
        *(
            native("sns:Subscription", f"s{number}", topicArn=TOPIC_ARN, **{**EMAIL, **each})
            for number, each in enumerate(subscriptions)
        ),
    ]


def notifies(*resources, **inputs):
    return statuses(NOTIFY, changed(*resources, more=alarm("4XXError", name="many", **{**ALARM, **inputs})))


def by(*resources, action=TOPIC_ARN, **inputs):
    return notifies(*resources, alarmActions=[action], **inputs)


FILTERS = [
    ({}, []),
    ({"filterPolicy": "{}"}, []),
    ({"filterPolicy": '{"team": ["x"]}'}, [VIOLATION]),
    ({"filterPolicy": {"team": ["x"]}}, [VIOLATION]),
    ({"filterPolicy": '{"team": [{"exists": false}]}'}, []),
    ({"filterPolicy": '{"team": [{"exists": true}]}'}, [VIOLATION]),
    ({"filterPolicy": '{"NewStateValue": ["ALARM"]}'}, [VIOLATION]),  # an alarm sends no attributes
    ({"filterPolicy": '{"NewStateValue": ["ALARM"]}', "filterPolicyScope": "MessageBody"}, []),
    ({"filterPolicy": '{"NewStateValue": ["OK"]}', "filterPolicyScope": "MessageBody"}, [VIOLATION]),
    ({"filterPolicy": '{"NewStateValue": [{"anything-but": "OK"}]}', "filterPolicyScope": "MessageBody"}, []),
    ({"filterPolicy": '{"AlarmName": [{"prefix": "ma"}]}', "filterPolicyScope": "MessageBody"}, []),
    ({"filterPolicy": '{"AlarmName": [{"prefix": "few"}]}', "filterPolicyScope": "MessageBody"}, [VIOLATION]),
    ({"filterPolicy": '{"AlarmName": [{"wildcard": "*an*"}]}', "filterPolicyScope": "MessageBody"}, []),
    ({"filterPolicy": '{"AlarmName": ["MANY"]}', "filterPolicyScope": "MessageBody"}, [VIOLATION]),
    ({"filterPolicy": '{"AlarmName": [{"equals-ignore-case": "MANY"}]}', "filterPolicyScope": "MessageBody"}, []),
    ({"filterPolicy": '{"team": ["x"]}', "filterPolicyScope": "MessageBody"}, [VIOLATION]),
    ({"filterPolicy": '{"Trigger": {"Namespace": ["x"]}}', "filterPolicyScope": "MessageBody"}, [UNDECIDED]),
    ({"filterPolicy": '{"$or": [{"a": ["b"]}]}', "filterPolicyScope": "MessageBody"}, [UNDECIDED]),
    ({"filterPolicy": '{"team": ["x"]}', "filterPolicyScope": UNKNOWN}, [UNDECIDED]),
    ({"filterPolicy": UNKNOWN}, [UNDECIDED]),
]


@pytest.mark.parametrize(("subscription", "expected"), FILTERS)
@pytest.mark.parametrize("topic", [classic_topic, native_topic])
def test_a_filter_of_a_subscription_selects_what_an_alarm_publishes(topic, subscription, expected):
    assert by(*topic(subscription)) == expected
    assert by(*topic(subscription, {})) == []  # one subscription is enough


def test_a_topic_without_a_subscription_may_have_one_in_another_stack():
    assert by(*classic_topic()) == by(*native_topic()) == [UNDECIDED]
    assert by(*native_topic(subscription=[EMAIL])) == []
    assert by(action="arn:aws:sns:eu-west-1:123456789012:of-another-stack") == []
    to_come = made("sns/topicSubscription:TopicSubscription", "s", topic=UNKNOWN, **EMAIL)
    assert by(*classic_topic(), to_come) == [UNDECIDED]


FUNCTION_ARN = "arn:aws:lambda:eu-west-1:123456789012:function:page"
PAGE = made("lambda/function:Function", "page", id_="page", name="page", arn=FUNCTION_ARN)


def may_invoke(principal, function="page"):
    return made("lambda/permission:Permission", "p", function=function, principal=principal, action="lambda:*")


INVOKED = {
    "nobody": (lambda _: [PAGE], [VIOLATION]),
    "the service": (lambda service: [PAGE, may_invoke(service)], []),
    "everyone": (lambda _: [PAGE, may_invoke("*")], []),
    "another service": (lambda _: [PAGE, may_invoke("s3.amazonaws.com")], [VIOLATION]),
    "someone unknown": (lambda _: [PAGE, may_invoke(UNKNOWN)], [UNDECIDED]),
    "on an unknown function": (lambda service: [PAGE, may_invoke(service, UNKNOWN)], [UNDECIDED]),
    "of another stack": (lambda _: [], []),
}


@pytest.mark.parametrize(("parts", "expected"), INVOKED.values(), ids=INVOKED)
def test_a_function_is_notified_that_may_be_invoked(parts, expected):
    alarms, sns = parts("lambda.alarms.cloudwatch.amazonaws.com"), parts("sns.amazonaws.com")
    calls = {"protocol": "lambda", "endpoint": FUNCTION_ARN}

    assert by(*alarms, action=FUNCTION_ARN) == expected
    assert by(*alarms, action=f"{FUNCTION_ARN}:live") == expected
    for topic in (classic_topic(calls), native_topic(calls), native_topic(subscription=[calls])):
        assert by(*sns, *topic) == expected
    assert by(*sns, *classic_topic(calls, {})) == []  # one subscription is enough


SUBSCRIBES = {"Effect": "Allow", "Action": "sns:Subscribe", "Resource": TOPIC_ARN}
OWN = {"AWS": "arn:aws:iam::123456789012:root"}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({**SUBSCRIBES, "Principal": OWN}, []),
        ({**SUBSCRIBES, "Principal": {"AWS": "999999999999"}}, []),
        ({**SUBSCRIBES, "Principal": OWN, "Action": "SNS:Sub*"}, []),
        ({**SUBSCRIBES, "Principal": "*"}, [UNDECIDED]),
        ({**SUBSCRIBES, "Principal": OWN, "Effect": "Deny"}, [UNDECIDED]),
        ({**SUBSCRIBES, "Principal": OWN, "Action": "sns:GetTopicAttributes"}, [UNDECIDED]),
        ({**SUBSCRIBES, "Principal": {"Service": "events.amazonaws.com"}}, [UNDECIDED]),
        ({**SUBSCRIBES, "Principal": OWN, "Resource": f"{TOPIC_ARN}-other"}, [UNDECIDED]),
    ],
)
def test_a_policy_that_names_subscribers_shows_that_other_stacks_subscribe(statement, expected):
    publishes = {**SUBSCRIBES, "Principal": {"Service": "cloudwatch.amazonaws.com"}, "Action": "sns:Publish"}
    document = policy(publishes, statement)
    separate = replace(made("sns/topicPolicy:TopicPolicy", "p"), inputs={"arn": TOPIC_ARN, "policy": document})

    assert by(*classic_topic(policy=document)) == expected
    assert by(*classic_topic(), separate) == expected


def test_a_policy_that_is_known_only_with_its_topic_is_evaluated_then():
    topic = classic_topic()[0]
    computed = made(
        "sns/topicPolicy:TopicPolicy", "p", arn=UNKNOWN, policy=UNKNOWN, edges=[("arn", topic), ("policy", topic)]
    )

    assert by(topic, computed) == []


@pytest.mark.parametrize(
    ("action", "inputs", "expected"),
    [
        ("arn:aws:sns:us-east-1:123456789012:ops", {}, [VIOLATION]),
        ("arn:aws:sns:us-east-1:123456789012:ops", {"arn": "", "region": "eu-west-1"}, [VIOLATION]),
        ("arn:aws:sns:us-east-1:123456789012:ops", {"arn": "", "region": "us-east-1"}, []),
        ("arn:aws:sns:us-east-1:123456789012:ops", {"arn": ""}, []),
        ("arn:aws:sns:eu-west-1:999999999999:ops", {}, [UNDECIDED]),
        ("arn:aws:sns:eu-west-1:123456789012:ops", {}, []),
        ("arn:aws:lambda:us-east-1:123456789012:function:ops", {}, []),
    ],
)
def test_the_topic_of_an_alarm_is_in_its_region_and_account(action, inputs, expected):
    assert by(action=action, **inputs) == expected


USE = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey*"], "Resource": "*"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
ROOT = {**USE, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "kms:*"}
OWN = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
OF_KEYS = [
    ([ROOT, {**USE, "Principal": CLOUDWATCH}], []),
    ([ROOT, {**USE, "Principal": CLOUDWATCH, "Action": "kms:*"}], []),
    ([ROOT, {**USE, "Principal": CLOUDWATCH, "Condition": OWN}], []),
    ([ROOT], [VIOLATION]),
    ([ROOT, {**USE, "Principal": {"Service": "logs.eu-west-1.amazonaws.com"}}], [VIOLATION]),
    ([ROOT, {**USE, "Principal": CLOUDWATCH, "Action": "kms:Decrypt"}], [VIOLATION]),
    ([ROOT, {**USE, "Principal": CLOUDWATCH}, {**USE, "Principal": CLOUDWATCH, "Effect": "Deny"}], [VIOLATION]),
    ([ROOT, {**USE, "Principal": CLOUDWATCH, "Condition": {"StringEquals": {"kms:ViaService": "x"}}}], [UNDECIDED]),
    ([{**USE, "Principal": UNKNOWN}], [UNDECIDED]),
]


def keys_with(statements):
    document = {"Version": "2012-10-17", "Statement": statements}
    arn = {"id_": "ops-key", "arn": KEY_ARN}
    yield [made("kms/key:Key", "ops", **arn, policy=document)]
    yield [native("kms:Key", "ops", id_="ops-key", outputs={"arn": KEY_ARN}, keyPolicy=document)]
    separate = made("kms/keyPolicy:KeyPolicy", "p", keyId="ops-key", policy=document)
    yield [made("kms/key:Key", "ops", **arn, policy=policy({**USE, "Principal": CLOUDWATCH})), separate]


@pytest.mark.parametrize(("statements", "expected"), OF_KEYS)
def test_cloudwatch_may_use_the_key_of_a_topic(statements, expected):
    alias = made("kms/alias:Alias", "ops", id_="alias/ops", name="alias/ops", targetKeyId="ops-key")
    for key in keys_with(statements):
        for name in ("ops-key", KEY_ARN, "alias/ops"):
            for topic in (classic_topic, native_topic):
                assert by(*key, alias, *topic({}, kmsMasterKeyId=name)) == expected


def test_a_key_with_the_default_policy_or_a_disabled_one_lets_no_alarm_through():
    topic = classic_topic({}, kmsMasterKeyId="ops-key")
    open_ = policy({**USE, "Principal": CLOUDWATCH})

    assert by(made("kms/key:Key", "ops", id_="ops-key"), *topic) == [VIOLATION]
    assert by(made("kms/key:Key", "ops", id_="ops-key", policy=open_, isEnabled=False), *topic) == [VIOLATION]
    assert by(made("kms/key:Key", "ops", id_="ops-key", policy=open_, isEnabled=UNKNOWN), *topic) == [UNDECIDED]
    assert by(made("kms/key:Key", "ops", id_="ops-key", policy=UNKNOWN), *topic) == [UNDECIDED]
    log_group = made("cloudwatch/logGroup:LogGroup", "x")
    to_come = made("kms/key:Key", "ops", id_="ops-key", policy=UNKNOWN, edges=[("policy", log_group)])
    assert by(log_group, to_come, *topic) == []
    assert by(*topic) == []  # a key of another stack


@pytest.mark.parametrize(
    ("spelling", "suppressor"),
    [("aws", {"alarm": "deploying", "waitPeriod": 60, "extensionPeriod": 60}), ("aws-native", "deploying")],
)
def test_what_a_suppressor_lets_through_is_undecided(spelling, suppressor):
    given = {"alarmName": "all", "alarmRule": "ALARM(many)", "alarmActions": [f"{TOPIC_ARN}-2"]}

    def composite(**more):
        if spelling == "aws":
            return made("cloudwatch/compositeAlarm:CompositeAlarm", "all", **given, **more)
        return native("cloudwatch:CompositeAlarm", "all", **given, **more)

    assert notifies(composite(), alarmActions=[]) == []
    assert notifies(composite(actionsSuppressor=suppressor), alarmActions=[]) == [UNDECIDED]
    assert notifies(composite(actionsSuppressor=suppressor), alarmActions=[f"{TOPIC_ARN}-2"]) == []
    mute = made("cloudwatch/alarmMuteRule:AlarmMuteRule", "m", muteTargets={"alarmNames": ["all"]})
    assert notifies(composite(), mute, alarmActions=[]) == [UNDECIDED]


def test_an_event_rule_notifies_whom_its_targets_notify():
    pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
    rule = made("cloudwatch/eventRule:EventRule", "r", name="r", eventPattern=json.dumps(pattern))
    target = made("cloudwatch/eventTarget:EventTarget", "t", rule="r")
    target = replace(target, inputs={**target.inputs, "arn": TOPIC_ARN})
    inside = native("events:Rule", "r", name="r", eventPattern=pattern, targets=[{"id": "t", "arn": TOPIC_ARN}])

    for rules in ([rule, target], [inside]):
        assert notifies(*rules, *classic_topic({}), alarmActions=[]) == []
        assert notifies(*rules, *classic_topic(), alarmActions=[]) == [UNDECIDED]
        assert notifies(*rules, *classic_topic({"filterPolicy": UNKNOWN}), alarmActions=[]) == [UNDECIDED]
        assert notifies(*rules, alarmActions=[]) == []
    assert notifies(native("events:Rule", "r", name="r", eventPattern=pattern), alarmActions=[]) == [VIOLATION]
    off = native("events:Rule", "r", name="r", state="DISABLED", eventPattern=pattern, targets=[{"arn": TOPIC_ARN}])
    assert notifies(off, *classic_topic({}), alarmActions=[]) == [VIOLATION]


WRITE = {"Effect": "Allow", "Action": ["logs:Create*", "logs:PutLogEvents"], "Resource": "*"}
TRUST = policy({"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"})
OF_ROLES = [
    ({"managedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"]}, []),
    ({"inlinePolicies": [{"name": "p", "policy": policy(WRITE)}]}, []),
    ({"inlinePolicies": [{"name": "p", "policy": policy({**WRITE, "Action": "logs:*"})}]}, []),
    ({"inlinePolicies": [], "managedPolicyArns": []}, [VIOLATION]),
    ({"inlinePolicies": [{"name": "p", "policy": policy({**WRITE, "Action": "logs:CreateLogGroup"})}]}, [VIOLATION]),
    ({"inlinePolicies": [{"name": "p", "policy": policy({**WRITE, "Action": "s3:*"})}]}, [VIOLATION]),
    ({}, [UNDECIDED]),
    ({"managedPolicyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}, [UNDECIDED]),
    ({"managedPolicyArns": ["arn:aws:iam::123456789012:policy/logs"]}, [UNDECIDED]),
    ({"inlinePolicies": UNKNOWN}, [UNDECIDED]),
]


@pytest.mark.parametrize(("inputs", "expected"), OF_ROLES)
def test_the_role_that_writes_logs_may_do_so(inputs, expected):
    arn = "arn:aws:iam::123456789012:role/logs"
    role = made("iam/role:Role", "logs", arn=arn, assumeRolePolicy=TRUST, **inputs)
    account = made("apigateway/account:Account", "a", cloudwatchRoleArn=arn)

    assert statuses("observability-logging-role-set", changed(role, account)) == expected
    if not inputs:
        attached = made("iam/rolePolicy:RolePolicy", "p", role="logs-id", policy=policy(WRITE))
        assert findings("observability-logging-role-set", changed(role, account, attached)) == []


@pytest.mark.parametrize(
    ("expression", "operator", "metric", "expected"),
    [
        ("ANOMALY_DETECTION_BAND(m, 2)", "GreaterThanUpperThreshold", "5XXError", []),
        ("ANOMALY_DETECTION_BAND(m)", "LessThanLowerOrGreaterThanUpperThreshold", "Count", []),
        ("ANOMALY_DETECTION_BAND(m, 2)", "LessThanLowerThreshold", "Count", []),
        ("ANOMALY_DETECTION_BAND(m, 1000)", "GreaterThanUpperThreshold", "5XXError", [UNDECIDED]),
        ("ANOMALY_DETECTION_BAND(m, 2)", "LessThanLowerThreshold", "5XXError", [VIOLATION]),
        ("ANOMALY_DETECTION_BAND(m, 2)", "LessThanLowerThreshold", "Latency", [VIOLATION]),
    ],
)
def test_a_metric_leaves_the_band_of_anomaly_detection_if_something_is_wrong(expression, operator, metric, expected):
    named = {"ApiName": "shop", "Stage": "live"}
    watched = {"namespace": "AWS/ApiGateway", "metricName": metric, "dimensions": named, "stat": "Sum", "period": 60}
    queries = [{"id": "b", "expression": expression, "returnData": True}, {"id": "m", "metric": watched}]
    own = {"namespace": None, "metricName": None, "dimensions": None, "statistic": None, "threshold": None}
    band = {**own, "thresholdMetricId": "b", "comparisonOperator": operator, "metricQueries": queries}

    assert statuses("observability-alarms-can-go-off", changed(more=alarm("x", name="band", **band))) == expected
