"""Observability: what is recorded is connected, encrypted, kept and told."""

import json
import re

import pulumi
import pytest
from pulumi_aws import apigateway

from secure_gateway.layers.observability import (
    Observability,
    ObservabilityArgs,
    ObservabilitySpec,
    access_log_format,
)
from secure_gateway.testing import deploy, value
from secure_gateway.validation.problems import ArgsError, Problems
from secure_gateway.validation.reader import Reader

EXECUTION_ARN = "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3"
KEY_ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:on-call"
MADE_KEY = "arn:aws:kms:eu-west-1:123456789012:key/made"
MADE_TOPIC = "arn:aws:sns:eu-west-1:123456789012:made"
ACCESS = "/aws/apigateway/a1b2c3/live/access"
EXECUTION = "API-Gateway-Execution-Logs_a1b2c3/live"
OUTPUTS = {"Key": {"arn": MADE_KEY}, "Topic": {"arn": MADE_TOPIC}}


QUERIES = ("auth", "keys", "network", "waf", "observability", "tls")


def observe(args=None, *, execution_arn: str = EXECUTION_ARN, preview: bool = False):
    attached = {"api_id": "a1b2c3", "api_name": "orders", "execution_arn": execution_arn, "stage_name": "live"}
    return deploy(lambda: Observability("orders", {**(args or {}), **attached}), outputs=OUTPUTS, preview=preview)


def spec(args=None) -> ObservabilitySpec:
    problems = Problems()
    parsed = ObservabilitySpec.parse(Reader(args or {}, ObservabilityArgs, "observability", problems))
    problems.raise_any("observability")
    return parsed


def names(recorded) -> list[str]:
    return sorted(f"{each.type.split(':')[-1]} {each.name}" for each in recorded.resources)


def test_everything_is_on_by_default():
    assert names(observe()) == [
        "Dashboard orders",
        "Key orders-observability",
        "LogGroup orders-access",
        "LogGroup orders-execution",
        "LogMetricFilter orders-auth-failures",
        "LogMetricFilter orders-throttled",
        "MetricAlarm orders-auth-failures",
        "MetricAlarm orders-client-errors",
        "MetricAlarm orders-latency",
        "MetricAlarm orders-server-errors",
        "MetricAlarm orders-throttled",
        "MetricAlarm orders-traffic-spike",
        "Observability orders",
        *(f"QueryDefinition orders-{layer}" for layer in sorted(QUERIES)),
        "Topic orders-alarms",
        "TopicPolicy orders-alarms",
    ]


def test_children_belong_to_the_component():
    component, *children = observe().resources

    assert {each.parent for each in children} == {component.urn}


def because(*options):
    """Reasons for values that the policy pack reports."""
    return {"exceptions": dict.fromkeys(options, "a test")}


# Logs


@pytest.mark.parametrize(
    ("args", "retention", "key"),
    [
        pytest.param({}, 365, MADE_KEY, id="defaults"),
        pytest.param({"retention_days": 30.0, **because("retention_days")}, 30, MADE_KEY, id="retention-from-the-wire"),
        pytest.param({"kms_key_arn": KEY_ARN}, 365, KEY_ARN, id="given-key"),
    ],
)
def test_both_logs_expire_and_are_encrypted(args, retention, key):
    recorded = observe(args)

    for name, group in (("orders-access", ACCESS), ("orders-execution", EXECUTION)):
        assert recorded.one("LogGroup", name).inputs == {"name": group, "retentionInDays": retention, "kmsKeyId": key}


def test_the_logs_are_encrypted_with_the_key_that_is_made():
    recorded = observe()

    for group in recorded.of("LogGroup"):
        assert group.depends_on(recorded.one("Key"))


def test_a_given_key_is_the_only_key():
    recorded = observe({"kms_key_arn": KEY_ARN})

    assert recorded.of("Key") == []
    assert recorded.one("Topic").inputs == {"kmsMasterKeyId": KEY_ARN}


def test_without_encryption_there_is_no_key():
    recorded = observe({"encrypt": False, **because("encrypt")})

    assert recorded.of("Key") == []
    assert all("kmsKeyId" not in group.inputs for group in recorded.of("LogGroup"))
    assert "kmsMasterKeyId" not in recorded.one("Topic").inputs


@pytest.mark.parametrize(
    ("partition", "region"),
    [("aws", "eu-west-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")],
)
def test_the_key_admits_these_two_log_groups_and_the_alarms(partition, region):
    recorded = observe(execution_arn=f"arn:{partition}:execute-api:{region}:123456789012:a1b2c3")

    key = recorded.one("Key").inputs
    assert key["enableKeyRotation"] is True
    administer, encrypt, notify = json.loads(key["policy"])["Statement"]
    assert administer == {
        "Sid": "AccountAdministers",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:{partition}:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    assert encrypt == {
        "Sid": "LogsEncrypt",
        "Effect": "Allow",
        "Principal": {"Service": f"logs.{region}.amazonaws.com"},
        "Action": ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
        "Resource": "*",
        "Condition": {
            "ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": [
                    f"arn:{partition}:logs:{region}:123456789012:log-group:{ACCESS}",
                    f"arn:{partition}:logs:{region}:123456789012:log-group:{EXECUTION}",
                ]
            }
        },
    }
    assert notify == {
        "Sid": "AlarmsNotify",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
    }


def test_the_key_admits_no_alarms_where_the_topic_is_not_ours():
    policy = json.loads(observe({"topic_arn": TOPIC_ARN}).one("Key").inputs["policy"])

    assert [each["Sid"] for each in policy["Statement"]] == ["AccountAdministers", "LogsEncrypt"]


def test_the_stage_waits_for_both_logs():
    def program():
        api = apigateway.RestApi("orders")
        seen = Observability(
            "orders",
            {"api_id": api.id, "api_name": api.name, "execution_arn": api.execution_arn, "stage_name": "live"},
        )
        apigateway.Stage(
            "orders",
            rest_api=api.id,
            deployment="d1",
            stage_name="live",
            access_log_settings={"destination_arn": seen.access_log_destination_arn, "format": seen.access_log_format},
            opts=pulumi.ResourceOptions(depends_on=seen.resources),
        )

    recorded = deploy(program)

    stage, api = recorded.one("Stage"), recorded.one("RestApi")
    for name in ("orders-access", "orders-execution"):
        assert stage.depends_on(recorded.one("LogGroup", name))
        assert recorded.one("LogGroup", name).depends_on(api)
    access, execution = recorded.one("LogGroup", "orders-access"), recorded.one("LogGroup", "orders-execution")
    assert stage.inputs["accessLogSettings"]["destinationArn"] == access.outputs["arn"]
    assert execution.inputs["name"] == f"API-Gateway-Execution-Logs_{api.id}/live"


def test_without_execution_logs_there_is_no_group_for_them():
    recorded = observe({"execution_log_level": "OFF", **because("execution_log_level")})

    assert [each.name for each in recorded.of("LogGroup")] == ["orders-access"]
    assert value(recorded.result.execution_log_group_name) == ""
    assert len(recorded.result.resources) == 1


# The access log's format


def test_the_access_log_is_one_line_of_json_that_aws_takes():
    text = access_log_format()

    assert "\n" not in text
    assert len(text.encode()) <= 3072
    # Unset variables become `-`, which only stays JSON between quotes.
    assert all(isinstance(each, str) and each.startswith("$context.") for each in json.loads(text).values())


@pytest.mark.parametrize(
    ("field", "variable"),
    [
        ("requestId", "$context.requestId"),
        ("extendedRequestId", "$context.extendedRequestId"),
        ("sourceIp", "$context.identity.sourceIp"),
        ("apiKeyId", "$context.identity.apiKeyId"),
        ("status", "$context.status"),
        ("wafResponseCode", "$context.wafResponseCode"),
        ("authorizerError", "$context.authorizer.error"),
        ("tlsVersion", "$context.tlsVersion"),
    ],
)
def test_the_access_log_tells_who_asked_and_who_refused(field, variable):
    assert json.loads(access_log_format())[field] == variable


@pytest.mark.parametrize(
    "secret",
    ["$context.identity.apiKey", "$context.identity.clientCert.clientCertPem", "$context.authorizer.claims", "$input"],
)
def test_the_access_log_holds_no_secret(secret):
    variables = list(json.loads(access_log_format()).values())

    assert secret not in variables
    assert not any(each.lower().endswith(("token", "authorization", "pem", "cookie")) for each in variables)


# Alarms

SHARED = {
    "evaluationPeriods": 3,
    "datapointsToAlarm": 2,
    "treatMissingData": "notBreaching",
    "alarmActions": [MADE_TOPIC],
    "okActions": [MADE_TOPIC],
}
METRIC = {
    "namespace": "AWS/ApiGateway",
    "dimensions": {"ApiName": "orders", "Stage": "live"},
    "period": 300,
    "comparisonOperator": "GreaterThanThreshold",
}


@pytest.mark.parametrize(
    ("name", "inputs"),
    [
        pytest.param(
            "server-errors",
            {
                "metricName": "5XXError",
                "statistic": "Average",
                "threshold": 0.01,
                "alarmDescription": "More than 1 % of requests get a 5XX response",
            },
            id="server-errors",
        ),
        pytest.param(
            "client-errors",
            {
                "metricName": "4XXError",
                "statistic": "Average",
                "threshold": 0.2,
                "alarmDescription": "More than 20 % of requests get a 4XX response",
            },
            id="client-errors",
        ),
        pytest.param(
            "latency",
            {
                "metricName": "Latency",
                "extendedStatistic": "p99",
                "threshold": 5000,
                "evaluateLowSampleCountPercentiles": "ignore",
                "alarmDescription": "One request in a hundred takes longer than 5,000 ms",
            },
            id="latency",
        ),
    ],
)
def test_alarms_watch_the_rest_metrics_of_the_stage(name, inputs):
    assert observe().one("MetricAlarm", f"orders-{name}").inputs == {**SHARED, **METRIC, **inputs}


def test_a_traffic_spike_is_judged_by_what_is_usual():
    assert observe().one("MetricAlarm", "orders-traffic-spike").inputs == {
        **SHARED,
        "comparisonOperator": "GreaterThanUpperThreshold",
        "thresholdMetricId": "band",
        "alarmDescription": "More requests than usual at this time",
        "metricQueries": [
            {
                "id": "requests",
                "metric": {
                    "namespace": "AWS/ApiGateway",
                    "metricName": "Count",
                    "dimensions": {"ApiName": "orders", "Stage": "live"},
                    "period": 300,
                    "stat": "Sum",
                },
                "returnData": True,
            },
            {
                "id": "band",
                "expression": "ANOMALY_DETECTION_BAND(requests, 3)",
                "label": "Usual number of requests",
                "returnData": True,
            },
        ],
    }


def test_alarms_take_the_name_that_aws_gave_the_api():
    def program():
        api = apigateway.RestApi("orders")
        Observability(
            "orders",
            {"api_id": api.id, "api_name": api.name, "execution_arn": api.execution_arn, "stage_name": "live"},
        )

    recorded = deploy(program, outputs={"RestApi": {"name": "orders-7f3a"}})

    for alarm in recorded.of("MetricAlarm"):
        assert alarm.depends_on(recorded.one("RestApi"))
    assert recorded.one("MetricAlarm", "orders-latency").inputs["dimensions"]["ApiName"] == "orders-7f3a"


@pytest.mark.parametrize(
    ("given", "alarm", "field", "expected"),
    [
        ({"server_error_rate_percent": 0.5}, "server-errors", "threshold", 0.005),
        ({"client_error_rate_percent": 40}, "client-errors", "threshold", 0.4),
        ({"latency_p99_ms": 800}, "latency", "threshold", 800),
        ({"period_seconds": 60}, "latency", "period", 60),
        ({"evaluation_periods": 5, "datapoints_to_alarm": 4}, "latency", "evaluationPeriods", 5),
        ({"evaluation_periods": 5, "datapoints_to_alarm": 4}, "latency", "datapointsToAlarm", 4),
        ({"evaluation_periods": 1}, "latency", "datapointsToAlarm", 1),
    ],
)
def test_thresholds_can_be_set(given, alarm, field, expected):
    recorded = observe({"alarms": given})

    assert recorded.one("MetricAlarm", f"orders-{alarm}").inputs[field] == expected


def test_band_and_period_of_a_spike_can_be_set():
    recorded = observe({"alarms": {"traffic_spike_band": 2.5, "period_seconds": 900}})

    requests, band = recorded.one("MetricAlarm", "orders-traffic-spike").inputs["metricQueries"]
    assert requests["metric"]["period"] == 900
    assert band["expression"] == "ANOMALY_DETECTION_BAND(requests, 2.5)"


def test_every_alarm_notifies_the_topic_that_is_made():
    recorded = observe()

    assert len(recorded.of("MetricAlarm")) == 6
    for alarm in recorded.of("MetricAlarm"):
        assert alarm.depends_on(recorded.one("Topic"))
    assert recorded.one("Topic").depends_on(recorded.one("Key"))


def test_every_alarm_notifies_a_given_topic():
    recorded = observe({"topic_arn": TOPIC_ARN})

    assert recorded.of("Topic") == []
    assert recorded.of("TopicPolicy") == []
    assert [each.inputs["alarmActions"] for each in recorded.of("MetricAlarm")] == [[TOPIC_ARN]] * 6
    assert value(recorded.result.topic_arn) == TOPIC_ARN


def test_the_topic_takes_alarms_of_this_account_over_tls():
    policy = observe().one("TopicPolicy").inputs

    assert policy["arn"] == MADE_TOPIC
    assert json.loads(policy["policy"])["Statement"] == [
        {
            "Sid": "AlarmsPublish",
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": MADE_TOPIC,
            "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
        },
        {
            "Sid": "AccountSubscribes",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "sns:Subscribe",
            "Resource": MADE_TOPIC,
        },
        {
            "Sid": "OnlyEncrypted",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sns:Publish",
            "Resource": MADE_TOPIC,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    ]


@pytest.mark.parametrize("addresses", [["a@example.com", "b@example.com"], ["b@example.com", "a@example.com"]])
def test_subscriptions_are_known_by_address_not_by_position(addresses):
    recorded = observe({"alarm_emails": addresses})

    assert {each.name: each.inputs for each in recorded.of("TopicSubscription")} == {
        f"orders-alarms-{address}": {"topic": MADE_TOPIC, "protocol": "email", "endpoint": address}
        for address in ("a@example.com", "b@example.com")
    }


def test_waived_alarms_leave_neither_alarm_nor_topic():
    recorded = observe({"alarms": {"waived": "watched by another product"}})

    assert names(recorded) == [
        "Dashboard orders",
        "Key orders-observability",
        "LogGroup orders-access",
        "LogGroup orders-execution",
        "Observability orders",
        *(f"QueryDefinition orders-{layer}" for layer in sorted(QUERIES)),
    ]
    assert value(recorded.result.alarm_arns) == {}
    assert value(recorded.result.topic_arn) == ""
    assert "cloudwatch.amazonaws.com" not in recorded.one("Key").inputs["policy"]


# What AWS has no metric for


def watched(args=None):
    attached = {
        "api_id": "a1b2c3",
        "api_name": "orders",
        "execution_arn": EXECUTION_ARN,
        "stage_name": "live",
        "web_acl_metric": "orders-dev",
    }
    return deploy(lambda: Observability("orders", {**(args or {}), **attached}), outputs=OUTPUTS)


def test_the_dashboard_of_the_layer_alone_has_a_row_for_each_authorizer():
    made = watched({"authorizer_functions": ["gate", pulumi.Output.from_input("door")]})
    widgets = json.loads(made.one("Dashboard").inputs["dashboardBody"])["widgets"]
    titles = [each["properties"].get("markdown") for each in widgets]

    assert [f"## Authorizer {name}: what it decides" in titles for name in ("gate", "door", "other")] == [
        True,
        True,
        False,
    ]
    assert not any("Authorizer" in str(each) for each in _titles(watched()))


@pytest.mark.parametrize("names", ["gate", [""], ["a b"], [1], ["arn:aws:lambda:eu-west-1:123456789012:function:gate"]])
def test_an_authorizer_of_the_dashboard_is_the_name_of_a_function(names):
    with pytest.raises(ArgsError, match="authorizer_functions"):
        watched({"authorizer_functions": names})


def _titles(made):
    widgets = json.loads(made.one("Dashboard").inputs["dashboardBody"])["widgets"]
    return [each["properties"].get("markdown") for each in widgets]


@pytest.mark.parametrize(
    ("what", "metric", "pattern"),
    [
        (
            "auth-failures",
            "AuthFailures",
            '{ (($.status = "401") || ($.status = "403")) && ($.wafResponseCode != "WAF_BLOCK") }',
        ),
        ("throttled", "Throttled", '{ $.status = "429" }'),
    ],
)
def test_refusals_are_counted_in_the_access_log(what, metric, pattern):
    recorded = observe()

    counted = recorded.one("LogMetricFilter", f"orders-{what}")
    assert counted.inputs == {
        "logGroupName": ACCESS,
        "pattern": pattern,
        "metricTransformation": {
            "namespace": "SecureGateway",
            "name": metric,
            "value": "1",
            "unit": "Count",
            "dimensions": {"ApiId": "$.apiId", "Stage": "$.stage"},
        },
    }
    assert counted.depends_on(recorded.one("LogGroup", "orders-access"))
    fields = json.loads(access_log_format())
    assert {"status", "wafResponseCode", "apiId", "stage"} <= {*fields}


@pytest.mark.parametrize(
    ("args", "what", "metric", "percent"),
    [
        ({}, "auth-failures", "AuthFailures", 10),
        ({"auth_failure_rate_percent": 2.5}, "auth-failures", "AuthFailures", 2.5),
        ({}, "throttled", "Throttled", 5),
        ({"throttled_rate_percent": 50}, "throttled", "Throttled", 50),
    ],
)
def test_refusals_alarm_by_their_share_of_the_requests(args, what, metric, percent):
    alarm = observe({"alarms": {**args, "period_seconds": 60}}).one("MetricAlarm", f"orders-{what}").inputs

    def summed(name, namespace, metric, dimensions):
        stat = {"namespace": namespace, "metricName": metric, "dimensions": dimensions, "period": 60, "stat": "Sum"}
        return {"id": name, "metric": stat, "returnData": False}

    refused, requests, share = alarm["metricQueries"]
    # The dimensions that the filters write, and those that API Gateway writes.
    assert refused == summed("refused", "SecureGateway", metric, {"ApiId": "a1b2c3", "Stage": "live"})
    assert requests == summed("requests", "AWS/ApiGateway", "Count", {"ApiName": "orders", "Stage": "live"})
    assert share["expression"] == "IF(refused > 10, 100 * refused / requests, 0)"
    assert share["returnData"] is True
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (percent, "GreaterThanThreshold")


@pytest.mark.parametrize(("args", "threshold"), [({}, 1000), ({"alarms": {"waf_blocked_requests": 5}}, 5)])
def test_what_the_web_acl_blocks_alarms(args, threshold):
    assert watched(args).one("MetricAlarm", "orders-waf-blocked").inputs == {
        **SHARED,
        "namespace": "AWS/WAFV2",
        "dimensions": {"WebACL": "orders-dev", "Rule": "ALL", "Region": "eu-west-1"},
        "period": 300,
        "comparisonOperator": "GreaterThanThreshold",
        "metricName": "BlockedRequests",
        "statistic": "Sum",
        "threshold": threshold,
        "alarmDescription": f"The web ACL blocks more than {threshold:,} requests in 300 s",
    }


def test_a_spike_can_be_a_plain_number():
    assert observe({"alarms": {"traffic_spike_requests": 5000}}).one("MetricAlarm", "orders-traffic-spike").inputs == {
        **SHARED,
        **METRIC,
        "metricName": "Count",
        "statistic": "Sum",
        "threshold": 5000,
        "alarmDescription": "More than 5,000 requests in 300 s",
    }


def test_one_alarm_can_tell_for_all():
    recorded = watched({"alarms": {"composite": True}})

    whole = recorded.one("CompositeAlarm")
    names = [recorded.one("MetricAlarm", f"orders-{each}").outputs["name"] for each in (*ALARMS, "waf-blocked")]
    assert whole.inputs == {
        "alarmName": "orders-shop-dev-unwell",
        "alarmDescription": "The gateway is unwell: at least one of its alarms is on",
        "alarmRule": " OR ".join(f'ALARM("{each}")' for each in names),
        "alarmActions": [MADE_TOPIC],
        "okActions": [MADE_TOPIC],
    }
    for alarm in recorded.of("MetricAlarm"):
        assert whole.depends_on(alarm)
        assert "alarmActions" not in alarm.inputs
    assert "unwell" in value(recorded.result.alarm_arns)


OPS_ITEM = "arn:aws:ssm:eu-west-1:123456789012:opsitem:1"


@pytest.mark.parametrize(
    ("args", "topics", "actions", "recovered"),
    [
        pytest.param({}, 0, [OPS_ITEM], None, id="instead-of-a-topic"),
        pytest.param({"topic_arn": TOPIC_ARN}, 0, [TOPIC_ARN, OPS_ITEM], [TOPIC_ARN], id="beside-yours"),
        pytest.param({"alarm_emails": ["a@example.com"]}, 1, [MADE_TOPIC, OPS_ITEM], [MADE_TOPIC], id="beside-ours"),
    ],
)
def test_alarms_can_start_more_than_a_mail(args, topics, actions, recovered):
    recorded = observe({**args, "alarm_action_arns": [OPS_ITEM]})

    assert len(recorded.of("Topic")) == topics
    for alarm in recorded.of("MetricAlarm"):
        assert alarm.inputs["alarmActions"] == actions
        assert alarm.inputs.get("okActions") == recovered


# Where the access log goes

STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-orders"
UNCOUNTED = {"alarms": {"log_alarms_waived": "a lake of ours watches"}}


def test_the_access_log_can_go_to_a_stream():
    recorded = observe({"firehose_arn": STREAM, **UNCOUNTED})

    assert [each.name for each in recorded.of("LogGroup")] == ["orders-execution"]
    assert recorded.of("LogMetricFilter") == recorded.of("QueryDefinition") == []
    assert {each.name for each in recorded.of("MetricAlarm")} == {f"orders-{each}" for each in ALARMS[:4]}
    assert value(recorded.result.access_log_destination_arn) == STREAM
    assert value(recorded.result.access_log_group_name) == ""
    assert {each["type"] for each in widgets(recorded)} == {"text", "alarm", "metric"}


def test_a_cheaper_class_keeps_queries_and_counts_nothing():
    recorded = observe({"log_class": "INFREQUENT_ACCESS", **UNCOUNTED})

    access = recorded.one("LogGroup", "orders-access").inputs
    assert (access["logGroupClass"], access["name"].rpartition("/")[2]) == ("INFREQUENT_ACCESS", "access-infrequent")
    standard = observe({}).one("LogGroup", "orders-access").inputs
    assert "logGroupClass" not in standard
    assert standard["name"] != access["name"]
    assert "logGroupClass" not in recorded.one("LogGroup", "orders-execution").inputs
    assert recorded.of("LogMetricFilter") == []
    assert len(recorded.of("QueryDefinition")) == len(QUERIES)


def test_fields_of_the_callers_stand_in_the_access_log():
    own = {"tenant": "$context.authorizer.tenant", "issuer": "$context.identity.clientCert.issuerDN"}
    format_ = observe({"access_log_fields": own}).result.access_log_format

    assert json.loads(format_) == {**json.loads(access_log_format()), **own}
    assert format_ == observe({"access_log_fields": dict(reversed(own.items()))}).result.access_log_format


# Saved queries


@pytest.mark.parametrize("layer", QUERIES)
def test_each_layer_has_a_query_of_the_access_log(layer):
    recorded = observe()

    query = recorded.one("QueryDefinition", f"orders-{layer}")
    assert query.inputs["name"].startswith(f"orders-dev/live/{layer} - ")
    assert query.inputs["logGroupNames"] == [ACCESS]
    assert query.depends_on(recorded.one("LogGroup", "orders-access"))
    # What a query names is a field of the log, or of its own making.
    words = set(re.findall(r"[a-z][A-Za-z]+", re.sub(r'"[^"]*"|/[^/]*/', "", query.inputs["queryString"])))
    syntax = {"filter", "in", "and", "or", "stats", "count", "as", "requests", "by", "sort", "desc", "limit"}
    assert words - syntax - {"like", "fields", "timestamp"} <= {*json.loads(access_log_format())}


def test_queries_can_be_left_out():
    assert observe({"saved_queries": False}).of("QueryDefinition") == []


# Dashboard


ALARMS = ("server-errors", "client-errors", "latency", "traffic-spike", "auth-failures", "throttled")


def widgets(recorded) -> list[dict]:
    return json.loads(recorded.one("Dashboard").inputs["dashboardBody"])["widgets"]


def lines(recorded) -> list[list]:
    return [line for each in widgets(recorded) if each["type"] == "metric" for line in each["properties"]["metrics"]]


def alarm_arns(recorded) -> dict[str, str]:
    return {each: recorded.one("MetricAlarm", f"orders-{each}").outputs["arn"] for each in ALARMS}


def titles(recorded) -> list[str]:
    texts = [each["properties"]["markdown"] for each in widgets(recorded) if each["type"] == "text"]
    return [text.removeprefix("## ").partition(":")[0] for text in texts]


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-2"])
def test_the_dashboard_shows_the_stage_in_its_own_region(region):
    recorded = observe({}, execution_arn=f"arn:aws:execute-api:{region}:123456789012:a1b2c3")

    shown = [each for each in widgets(recorded) if each["type"] in ("metric", "log")]
    assert {each["properties"]["region"] for each in shown} == {region}
    (state,) = [each for each in widgets(recorded) if each["type"] == "alarm"]
    assert state["properties"]["alarms"] == list(alarm_arns(recorded).values())


def test_the_dashboard_has_a_row_for_each_layer():
    assert titles(observe()) == ["Observability", "Auth", "Keys", "Network", "WAF", "TLS", "Backend"]


def test_rows_do_not_overlap():
    places = [(each["y"], each["x"], each["width"], each["height"]) for each in widgets(watched())]

    assert all(x + width <= 24 for _, x, width, _ in places)
    for y, x, width, height in places:
        below = [p for p in places if p[0] > y and p[0] < y + height]
        beside = [p for p in places if p[0] == y and p != (y, x, width, height) and p[1] < x + width and p[1] >= x]
        assert (below, beside) == ([], [])


@pytest.mark.parametrize(
    ("namespace", "metrics", "dimensions"),
    [
        (
            "AWS/ApiGateway",
            {"Count", "4XXError", "5XXError", "Latency", "IntegrationLatency"},
            ["ApiName", "orders", "Stage", "live"],
        ),
        ("SecureGateway", {"AuthFailures", "Throttled"}, ["ApiId", "a1b2c3", "Stage", "live"]),
        (
            "AWS/WAFV2",
            {"AllowedRequests", "BlockedRequests", "CountedRequests"},
            ["Region", "eu-west-1", "Rule", "ALL", "WebACL", "orders-dev"],
        ),
    ],
)
def test_the_dashboard_reads_each_metric_where_aws_writes_it(namespace, metrics, dimensions):
    found = [line for line in lines(watched()) if line[0] == namespace]

    assert {line[1] for line in found} == metrics
    assert all(line[2:-1] == dimensions for line in found)


def test_tables_of_the_dashboard_ask_the_access_log():
    queries = [each["properties"]["query"] for each in widgets(observe()) if each["type"] == "log"]

    assert len(queries) == len(QUERIES)
    assert all(each.startswith(f"SOURCE '{ACCESS}' | ") for each in queries)


def test_the_dashboard_has_a_name_of_its_own_in_the_account():
    recorded = observe()

    assert recorded.one("Dashboard").inputs["dashboardName"] == "orders-dev-a1b2c3"
    assert value(recorded.result.dashboard_name) == "orders-dev-a1b2c3"


def test_the_dashboard_can_be_left_out():
    recorded = observe({"dashboard": False})

    assert recorded.of("Dashboard") == []
    assert value(recorded.result.dashboard_name) == ""


def test_without_alarms_the_dashboard_shows_none():
    recorded = observe({"alarms": {"waived": "watched elsewhere"}})

    assert {each["type"] for each in widgets(recorded)} == {"text", "metric", "log"}


# Outputs and preview


def test_outputs():
    recorded = observe()
    seen = recorded.result

    assert value(seen.access_log_destination_arn) == recorded.one("LogGroup", "orders-access").outputs["arn"]
    assert value(seen.access_log_group_name) == ACCESS
    assert value(seen.execution_log_group_name) == EXECUTION
    assert value(seen.topic_arn) == MADE_TOPIC
    assert value(seen.alarm_arns) == alarm_arns(recorded)
    assert seen.access_log_format == access_log_format()


def test_a_first_preview_registers_the_same():
    assert {each.urn for each in observe(preview=True).resources} == {each.urn for each in observe().resources}


# The lead's part: stage and method settings


@pytest.mark.parametrize(
    ("args", "settings"),
    [
        ({}, {"metrics_enabled": True, "logging_level": "ERROR", "data_trace_enabled": False}),
        (
            {"execution_log_level": "INFO", "method_metrics": False, **because("method_metrics")},
            {"metrics_enabled": False, "logging_level": "INFO", "data_trace_enabled": False},
        ),
        ({"waived": "a throwaway"}, {}),
    ],
    ids=["defaults", "given", "waived"],
)
def test_method_settings_never_trace_data(args, settings):
    assert spec(args).method_settings() == settings


@pytest.mark.parametrize(
    ("args", "tracing"),
    [({}, True), ({"tracing": False, **because("tracing")}, False), ({"waived": "a throwaway"}, False)],
)
def test_tracing_is_on_unless_told(args, tracing):
    assert spec(args).tracing is tracing


def test_a_waived_layer_keeps_its_reason():
    assert spec({"waived": "a throwaway"}).waived == "a throwaway"


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        pytest.param(
            {"alarm_emails": ["a@example.com"]},
            (
                "access log: one line of JSON a request, retained 365 days, encrypted with a KMS key",
                "execution log: ERROR, data trace off",
                "metrics of each method",
                "X-Ray tracing",
                "alarm on 5XX above 1 % of requests",
                "alarm on 4XX above 20 % of requests",
                "alarm on p99 latency above 5,000 ms",
                "alarm on traffic above its usual band of 3 standard deviations",
                "alarm on 401 and 403 above 10 % of requests",
                "alarm on 429 above 5 % of requests",
                "alarms go off after 2 of 3 periods of 300 s",
                "alarms notify a topic made here, mail to 1",
                "dashboard",
            ),
            id="on",
        ),
        pytest.param(
            {
                "encrypt": False,
                "execution_log_level": "OFF",
                "method_metrics": False,
                "tracing": False,
                **because("encrypt", "execution_log_level", "method_metrics", "tracing"),
                "dashboard": False,
                "alarms": {"waived": "watched elsewhere"},
            },
            (
                "access log: one line of JSON a request, retained 365 days, encrypted with a key that AWS owns",
                "execution log: off, data trace off",
                "metrics of the stage",
                "no alarms: watched elsewhere",
                "exception for encrypt: a test",
                "exception for method_metrics: a test",
                "exception for tracing: a test",
                "exception for execution_log_level: a test",
            ),
            id="least",
        ),
    ],
)
def test_posture_tells_what_is_in_force(args, lines):
    assert spec(args).posture() == lines


def test_posture_tells_of_a_given_topic():
    assert "alarms notify the caller's own topic" in spec({"topic_arn": TOPIC_ARN}).posture()


# Refusals


@pytest.mark.parametrize(
    ("args", "path", "message"),
    [
        (
            {"retention_days": 17},
            "retention_days",
            (
                "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got 17"
            ),
        ),
        (
            {"retention_days": 0},
            "retention_days",
            (
                "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got 0"
            ),
        ),
        (
            {"retention_days": "365"},
            "retention_days",
            (
                "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
                "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got '365'"
            ),
        ),
        (
            {"execution_log_level": "DEBUG"},
            "execution_log_level",
            "expected one of 'ERROR', 'INFO', 'OFF', got 'DEBUG'",
        ),
        (
            {"data_trace": True},
            "data_trace",
            (
                "unknown field; the fields are 'access_log_fields', 'alarm_action_arns', "
                "'alarm_emails', 'alarms', 'dashboard', 'encrypt',"
            ),
        ),
        (
            {"kms_key_arn": "alias/aws/logs"},
            "kms_key_arn",
            "'alias/aws/logs' is not the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>",
        ),
        (
            {"encrypt": False, "kms_key_arn": KEY_ARN, **because("encrypt")},
            "kms_key_arn",
            "has no effect, since `encrypt` is false",
        ),
        (
            {"topic_arn": "on-call"},
            "topic_arn",
            "'on-call' is not the ARN of a standard topic, such as arn:aws:sns:<region>:<account>:<name>",
        ),
        (
            {"topic_arn": f"{TOPIC_ARN}.fifo"},
            "topic_arn",
            (
                "'arn:aws:sns:eu-west-1:123456789012:on-call.fifo' is not the ARN of a standard "
                "topic, such as arn:aws:sns:<region>:<account>:<name>"
            ),
        ),
        ({"alarm_emails": ["on-call"]}, "alarm_emails[0]", "'on-call' is not an email address"),
        (
            {"alarm_emails": ["a@example.com"], "topic_arn": TOPIC_ARN},
            "alarm_emails",
            "cannot be combined with `topic_arn`: subscribe the addresses to that topic",
        ),
        (
            {"alarms": {"waived": "quiet"}, "alarm_emails": ["a@example.com"]},
            "alarm_emails",
            "cannot be combined with `alarms.waived`: there are no alarms to report",
        ),
        (
            {"alarms": {"waived": "quiet", "latency_p99_ms": 9}},
            "alarms.latency_p99_ms",
            "cannot be combined with `alarms.waived`",
        ),
        *(
            (
                {name: given},
                name,
                "alarms on denied requests need a log group of class 'STANDARD'",
            )
            for name, given in {"log_class": "INFREQUENT_ACCESS", "firehose_arn": STREAM}.items()
        ),
        (
            {"log_class": "DELIVERY", **UNCOUNTED},
            "log_class",
            "expected one of 'INFREQUENT_ACCESS', 'STANDARD', got 'DELIVERY'",
        ),
        (
            {"firehose_arn": STREAM.replace("amazon-apigateway-", ""), **UNCOUNTED},
            "firehose_arn",
            (
                "'arn:aws:firehose:eu-west-1:123456789012:deliverystream/orders' is not the ARN of a "
                "Firehose stream whose name begins with 'amazon-apigateway-'"
            ),
        ),
        (
            {"firehose_arn": STREAM, "log_class": "STANDARD", **UNCOUNTED},
            "log_class",
            "cannot be combined with `firehose_arn`: there is no log group",
        ),
        (
            {"alarms": {"log_alarms_waived": "x", "throttled_rate_percent": 5}},
            "alarms.throttled_rate_percent",
            "cannot be combined with `alarms.log_alarms_waived`",
        ),
        (
            {"alarms": {"traffic_spike_requests": 5, "traffic_spike_band": 2}},
            "alarms.traffic_spike_band",
            "cannot be combined with `alarms.traffic_spike_requests`",
        ),
        (
            {"alarms": {"traffic_spike_requests": 0}},
            "alarms.traffic_spike_requests",
            "expected a whole number from 1 to 1,000,000,000 requests, got 0",
        ),
        (
            {"alarms": {"waf_blocked_requests": 0}},
            "alarms.waf_blocked_requests",
            "expected a whole number from 1 to 1,000,000,000 requests, got 0",
        ),
        (
            {"alarm_action_arns": ["on-call"]},
            "alarm_action_arns[0]",
            "'on-call' is not the ARN of what a CloudWatch alarm can start: SNS, Lambda, Systems Manager",
        ),
        (
            {"topic_arn": TOPIC_ARN, "alarm_action_arns": [OPS_ITEM] * 5},
            "alarm_action_arns",
            "lists 5 actions, but at most 4 are allowed: AWS accepts 5 actions for an alarm, the topic among them",
        ),
        (
            {"alarms": {"waived": "quiet"}, "alarm_action_arns": [OPS_ITEM]},
            "alarm_action_arns",
            "cannot be combined with `alarms.waived`: there are no alarms to report",
        ),
        *(
            (
                {"access_log_fields": {"mine": f"$context.{secret}"}},
                "access_log_fields.mine",
                f"'$context.{secret}' may hold a secret: log $context.identity.apiKeyId of a key",
            )
            for secret in (
                "identity.apiKey",
                "identity.clientCert.clientCertPem",
                "authorizer.claims",
                "authorizer.accessToken",
                "authorizer.claims.client_secret",
            )
        ),
        (
            {"access_log_fields": {"auth": "$input.params('Authorization')"}},
            "access_log_fields.auth",
            "\"$input.params('Authorization')\" is not one variable of AWS, such as '$context.authorizer.tenant'",
        ),
        (
            {"access_log_fields": {"ip": "$context.identity.sourceIP"}},
            "access_log_fields.ip",
            (
                "'$context.identity.sourceIP' is not a $context variable of a REST API; did you mean "
                "'identity.sourceIp'?"
            ),
        ),
        (
            {"access_log_fields": {"status": "$context.stage"}},
            "access_log_fields.status",
            "'status' is not a free name of letters, digits and underscores",
        ),
        (
            {"access_log_fields": {f"field{n}": "$context.authorizer.tenant" for n in range(40)}},
            "access_log_fields",
            "make the log format 3,652 bytes long, but AWS accepts at most 3,072",
        ),
        (
            {"alarms": {"period_seconds": 90}},
            "alarms.period_seconds",
            "90 is not a multiple of 60: API Gateway reports once a minute",
        ),
        (
            {"alarms": {"period_seconds": 7200}},
            "alarms.period_seconds",
            "expected a whole number from 60 to 3,600 seconds, got 7200",
        ),
        (
            {"alarms": {"evaluation_periods": 2, "datapoints_to_alarm": 3}},
            "alarms.datapoints_to_alarm",
            "3 is more than `evaluation_periods`, which is 2",
        ),
        (
            {"alarms": {"server_error_rate_percent": 0}},
            "alarms.server_error_rate_percent",
            "expected a number more than 0 and at most 99 percent, got 0",
        ),
        # A share is never above 100 %: such an alarm would never go off.
        (
            {"alarms": {"client_error_rate_percent": 100}},
            "alarms.client_error_rate_percent",
            "expected a number more than 0 and at most 99 percent, got 100",
        ),
        (
            {"alarms": {"traffic_spike_band": 0}},
            "alarms.traffic_spike_band",
            "expected a number more than 0 and at most 20 standard deviations, got 0",
        ),
        ({"alarms": []}, "alarms", "expected an object, got a list"),
    ],
)
def test_mistakes_are_refused(args, path, message):
    problems = Problems()
    ObservabilitySpec.parse(Reader(args, ObservabilityArgs, "", problems))

    assert [each.path for each in problems.found] == [path]
    assert problems.found[0].message.startswith(message)


def test_nothing_is_registered_when_something_is_wrong():
    refused = []

    def program():
        with pytest.raises(ArgsError) as error:
            Observability("orders", {"api_id": "a1b2c3", "api_name": 7, "execution_arn": "orders", "retention_days": 2})
        refused.append({each.path for each in error.value.problems})

    assert deploy(program).resources == []
    assert refused == [{"api_name", "execution_arn", "stage_name", "retention_days"}]


WEAKER = {
    "retention_days": 60,
    "encrypt": False,
    "method_metrics": False,
    "tracing": False,
    "execution_log_level": "OFF",
}


@pytest.mark.parametrize("option", WEAKER)
def test_a_value_that_the_pack_reports_needs_a_reason(option):
    weaker = {option: WEAKER[option]}
    with pytest.raises(ArgsError) as raised:
        observe(weaker)
    (problem,) = raised.value.problems
    assert problem.path == option
    assert f'add {{"{option}": "<the reason>"}} to `exceptions`' in problem.message

    assert f"exception for {option}: a test" in spec({**weaker, **because(option)}).posture()
    with pytest.raises(ArgsError, match=f"exceptions.{option}: no reason is needed"):
        observe(because(option))


def test_values_of_bodies_are_logged_only_if_they_are_asked_for():
    assert "validationErrorString" not in access_log_format()
    fields = {"why": "$context.error.validationErrorString"}
    assert spec({"access_log_fields": fields}).access_log_fields == fields
