"""The options of the layer `observability`."""

from change_matrix import ABSENT, PRESENT, Containing, Group, Option
from change_matrix.bases import PLAIN, REASON, STAGE, WATCHED, arn

ALARMS = "alarms/alarms/shop-live"
ACCESS = "logs/groups/*access*"
FORMAT = f"{STAGE}/accessLogSettings/format"
SETTINGS = f"{STAGE}/methodSettings/*/*"
A = "observability.alarms"
TOPIC = arn("sns", "trouble")
FUNCTION = arn("lambda", "function:orders")
OWN_TOPIC = arn("sns", "shop-live-alarms")
STREAM = arn("firehose", "deliverystream/amazon-apigateway-shop")

GROUPS = [
    Group(
        "observability",
        WATCHED,
        [
            Option("observability.retention_days", 365, 731, "logs/groups/*API*/retentionInDays"),
            Option(
                "observability.access_log_fields",
                {"tenant": "$context.authorizer.tenant"},
                {"client": "$context.authorizer.client"},
                f"{FORMAT}/client",
                (ABSENT, "$context.authorizer.client"),
            ),
            Option("observability.execution_log_level", "ERROR", "INFO", f"{SETTINGS}/loggingLevel"),
            Option("observability.method_metrics", True, False, f"{SETTINGS}/metricsEnabled"),
            Option("observability.tracing", True, False, f"{STAGE}/tracingEnabled"),
            Option("observability.dashboard", True, False, "alarms/dashboards/*", (PRESENT, ABSENT)),
            Option("observability.saved_queries", True, False, "logs/queries/*/name", (PRESENT, ABSENT)),
            Option(
                "observability.alarm_emails",
                ["a@example.com"],
                ["b@example.com"],
                "topics/*/subscribed/*",
                (["email a@example.com"], ["email b@example.com"]),
            ),
            Option(
                "observability.alarm_action_arns",
                [FUNCTION],
                [f"{FUNCTION}-2"],
                f"{ALARMS}-latency/AlarmActions/*",
                ([FUNCTION, OWN_TOPIC], [f"{FUNCTION}-2", OWN_TOPIC]),
            ),
            Option(f"{A}.server_error_rate_percent", 1, 2, f"{ALARMS}-server-errors/Threshold", (0.01, 0.02)),
            Option(f"{A}.client_error_rate_percent", 20, 30, f"{ALARMS}-client-errors/Threshold", (0.2, 0.3)),
            Option(f"{A}.latency_p99_ms", 5000, 3000, f"{ALARMS}-latency/Threshold"),
            Option(
                f"{A}.traffic_spike_band",
                3,
                4,
                f"{ALARMS}-traffic-spike/Metrics/*/Expression",
                ("ANOMALY_DETECTION_BAND(requests, 3)", "ANOMALY_DETECTION_BAND(requests, 4)"),
            ),
            Option(f"{A}.auth_failure_rate_percent", 10, 20, f"{ALARMS}-auth-failures/Threshold"),
            Option(f"{A}.throttled_rate_percent", 5, 6, f"{ALARMS}-throttled/Threshold"),
            Option(f"{A}.period_seconds", 300, 60, f"{ALARMS}-latency/Period"),
            Option(f"{A}.evaluation_periods", 3, 5, f"{ALARMS}-latency/EvaluationPeriods"),
            Option(f"{A}.datapoints_to_alarm", 2, 4, f"{ALARMS}-latency/DatapointsToAlarm"),
        ],
        with_a={"waf": {"waived": REASON}},
        with_b={
            "waf": {"waived": REASON},
            "observability.exceptions": {"method_metrics": REASON, "tracing": REASON},
        },
    ),
    Group(
        "observability-alarms",
        WATCHED,
        [
            Option(f"{A}.waf_blocked_requests", 1000, 2000, f"{ALARMS}-waf-blocked/Threshold"),
            Option(f"{A}.traffic_spike_requests", ABSENT, 900, f"{ALARMS}-traffic-spike/Threshold"),
            Option(
                f"{A}.composite",
                False,
                True,
                "alarms/alarms/shop-*unwell/AlarmName",
                (ABSENT, "shop-live-secure-gateway-stacks-minimal-unwell"),
            ),
            Option("observability.topic_arn", ABSENT, TOPIC, f"{ALARMS}*/AlarmActions/*", (OWN_TOPIC, TOPIC)),
            Option(
                "observability.kms_key_arn",
                ABSENT,
                arn("kms", "key/own"),
                "logs/groups/*API*/kmsKeyId",
                (Containing("Logs and alarms"), arn("kms", "key/own")),
            ),
        ],
    ),
    Group(
        "observability-stream",
        PLAIN,
        [
            Option(
                "observability.firehose_arn",
                ABSENT,
                STREAM,
                f"{STAGE}/accessLogSettings/destinationArn",
                (Containing(":log-group:"), STREAM),
            ),
            Option(
                f"{A}.log_alarms_waived",
                ABSENT,
                REASON,
                f"{ALARMS}-throttled/AlarmName",
                ("shop-live-throttled", ABSENT),
            ),
        ],
        with_a={"observability": {}},
        with_b={"observability": {}},
    ),
    Group(
        "observability-class",
        PLAIN,
        [
            Option("observability.log_class", "STANDARD", "INFREQUENT_ACCESS", f"{ACCESS}/logGroupClass"),
            Option(
                "observability.encrypt", True, False, "logs/groups/*API*/kmsKeyId", (Containing("arn:aws:kms"), ABSENT)
            ),
            Option(f"{A}.waived", ABSENT, REASON, "alarms/alarms/*/AlarmName", (PRESENT, ABSENT)),
        ],
        with_a={"observability": {}},
        with_b={
            "observability": {},
            "observability.exceptions": {"encrypt": REASON},
        },
    ),
    Group(
        "observability-waived",
        {**PLAIN},
        [
            Option("observability.waived", ABSENT, REASON, "logs/groups/*API*/logGroupName", (PRESENT, ABSENT)),
        ],
        with_a={"observability": {}},
        with_b={"observability": {}},
    ),
]
