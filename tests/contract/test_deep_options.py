"""A gateway that uses nearly every option about routes and stages keeps all promises, and leaves nothing undecided.

Run offline at the first preview, judged by the whole pack. It does not prove that AWS accepts the resources.
"""

import pytest
from programs import write

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.model.findings import Status
from policypack.sources import offline
from policypack.sources.project import find

PROGRAM = """
    import pulumi
    from pulumi_aws import cloudwatch, dynamodb, lambda_, sqs
    from secure_gateway import SecureGateway

    orders = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="python3.12")
    queue = sqs.Queue("orders")
    table = dynamodb.Table("orders", attributes=[{"name": "id", "type": "S"}], hash_key="id")
    bus = cloudwatch.EventBus("shop")
    event = {"arn": bus.arn, "source": "shop", "detail_type": "OrderPlaced"}
    read = {"arn": table.arn, "action": "GetItem", "attributes": {"id": "path.id", "owner": "caller"}}
    SecureGateway(
        "deep",
        {
            "routes": [
                {"path": "/orders/{id}", "method": "GET", "api_key": True},
                {
                    "path": "/orders",
                    "method": "POST",
                    "integration": {"queue": {"arn": queue.arn}},
                    "body_schema": {"$ref": "#/components/schemas/Order"},
                },
                {"path": "/events", "method": "POST", "integration": {"event_bus": event}},
                {"path": "/items/{id}", "method": "GET", "integration": {"table": read}},
            ],
            "schemas": {"Order": {"type": "object", "required": ["item"]}},
            "functions": {"orders": orders.arn},
            "default_integration": {"function": "orders"},
            "auth": {
                "authorizers": {
                    "users": {
                        "cognito": {
                            "identifier": "orders",
                            "scopes": {"read": "See orders"},
                            "threat_protection": "ENFORCED",
                        }
                    }
                }
            },
            "keys": {"plans": {"gold": {"rate": 50, "burst": 100}}, "keys": {"acme": {"plan": "gold"}}},
            "network": {"allow_cidrs": ["203.0.113.0/24"]},
            "cache": {"routes": {"GET /orders/{id}": {"ttl_seconds": 60}}},
            "cors": {"allow_origins": ["https://a.example.com", "https://b.example.com"]},
            "minimum_compression_size": 1024,
            "binary_media_types": ["image/png"],
            "variables": {"flavour": "old"},
            "canary": {"percent": 10, "variables": {"flavour": "new"}},
            "stages": {
                "test": {"keys": {"rate": 5, "burst": 7}, "waf": {"block_countries": ["KP"]}},
                "demo": {"functions": {"orders": "orders:demo"}},
            },
            "tags": {"team": "shop"},
        },
    )
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = write(tmp_path_factory.mktemp("deep"), PROGRAM)
    return evaluate(Graph(offline.run(str(folder), find(folder), stack="dev", function_results=[]).resources))


def test_every_stage_is_seen(report):
    (gateway,) = report.gateways

    assert set(gateway.stages) == {"live", "test", "demo"}


def test_every_promise_is_kept_and_decided(report):
    assert [
        (each.policy, each.status, each.message) for each in report.findings if each.status is not Status.WAIVED
    ] == []
