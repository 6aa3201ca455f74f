"""Logs, alarms and a dashboard for a stage that was built without this component."""

import json

import pulumi
from pulumi_aws import apigateway

from secure_gateway.layers.observability import Observability

# An existing API.
document = {
    "openapi": "3.0.1",
    "info": {"title": "orders", "version": "1"},
    "paths": {
        "/orders": {
            "get": {
                "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                "x-amazon-apigateway-integration": {
                    "type": "http_proxy",
                    "httpMethod": "GET",
                    "uri": "https://backend.example.com/orders",
                },
            }
        }
    },
}
api = apigateway.RestApi("orders", body=json.dumps(document), endpoint_configuration={"types": "REGIONAL"})
deployment = apigateway.Deployment("orders", rest_api=api.id, triggers={"body": json.dumps(document)})

# Created before the stage, so that the first request is already logged.
seen = Observability(
    "orders",
    {
        "api_id": api.id,
        "api_name": api.name,
        "execution_arn": api.execution_arn,
        "stage_name": "live",
        "retention_days": 90,
        "alarm_emails": ["on-call@example.com"],
        "alarms": {"latency_p99_ms": 800, "auth_failure_rate_percent": 5},
        "access_log_fields": {"requestTime": "$context.requestTime"},
    },
)
stage = apigateway.Stage(
    "orders",
    rest_api=api.id,
    deployment=deployment.id,
    stage_name="live",
    access_log_settings={"destination_arn": seen.access_log_destination_arn, "format": seen.access_log_format},
    xray_tracing_enabled=True,
    opts=pulumi.ResourceOptions(depends_on=seen.resources),
)
# The method settings belong to the owner of the stage.
apigateway.MethodSettings(
    "orders",
    rest_api=api.id,
    stage_name=stage.stage_name,
    method_path="*/*",
    settings={"logging_level": "ERROR", "metrics_enabled": True, "data_trace_enabled": False},
)
pulumi.export("url", stage.invoke_url)
pulumi.export("dashboard", seen.dashboard_name)
