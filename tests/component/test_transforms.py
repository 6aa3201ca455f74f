"""Pulumi's own ways into the component: transforms of the caller, options inherited by every child.

Transforms are run by the offline engine, as the CLI's engine runs them.
"""

import json

import pytest
from programs import write

from policypack.sources import offline
from policypack.sources.project import find
from secure_gateway import SecureGateway
from secure_gateway.testing import deploy

PROGRAM = """
    import pulumi
    from secure_gateway import SecureGateway

    def mark(args):
        if args.type_.startswith("aws:") and "tags" in args.props:
            tags = {**args.props["tags"], "seen": "1"}
            return pulumi.ResourceTransformResult({**args.props, "tags": tags}, args.opts)
        if args.type_ == "aws:apigateway/methodSettings:MethodSettings":
            settings = {**args.props["settings"], "loggingLevel": "INFO"}
            return pulumi.ResourceTransformResult({**args.props, "settings": settings}, args.opts)

    SecureGateway(
        "api",
        {
            "routes": [{"path": "/orders", "method": "GET"}],
            "default_integration": {"url": "https://backend.example.com"},
            "network": {"allow_cidrs": ["203.0.113.0/24"]},
            "tags": {"team": "shop"},
            "stages": {"test": {}},
        },
        pulumi.ResourceOptions(transforms=[mark]),
    )
"""


def test_transforms_reach_every_resource(tmp_path):
    folder = write(tmp_path, PROGRAM)
    made = offline.run(str(folder), find(folder), stack="dev", function_results=[]).resources
    tagged = [each for each in made if each.type.startswith("aws:") and "tags" in each.inputs]
    settings = [each.inputs["settings"] for each in made if each.type.endswith(":MethodSettings")]

    # Taggable resources of the API itself, of the web ACL and of observability, of both stages.
    assert {each.type.split(":")[-1] for each in tagged} >= {"RestApi", "Stage", "WebAcl", "LogGroup", "MetricAlarm"}
    assert all(each.inputs["tags"] == {"team": "shop", "seen": "1"} for each in tagged)
    assert [each["loggingLevel"] for each in settings] == ["INFO", "INFO"]


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")]
)
def test_nothing_names_a_partition(region, partition):
    args = {
        "routes": [
            {"path": "/orders", "method": "GET"},
            {"path": "/orders", "method": "POST", "integration": {"function": "f"}, "auth": "iam"},
        ],
        "functions": {"f": "orders"},
        "default_integration": {"url": "https://backend.example.com"},
        "auth": {
            "default": "users",
            "authorizers": {"users": {"cognito": {"identifier": "orders", "scopes": {"read": "See orders"}}}},
            "invoke_policies": {"callers": ["POST /orders"]},
        },
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
        "account": {"ensure": True},
    }
    home = f"arn:{partition}:x:{region}:123456789012"
    arns = {
        "RestApi": {"executionArn": f"arn:{partition}:execute-api:{region}:123456789012:a1b2c3"},
        "Role": {"arn": f"arn:{partition}:iam::123456789012:role/r"},
        **{each: {"arn": f"{home}:{each}"} for each in ("WebAcl", "LogGroup", "Key", "Topic", "Stage", "MetricAlarm")},
    }
    made = deploy(lambda: SecureGateway("api", args), outputs=arns)
    texts = {each.urn: json.dumps(each.inputs) for each in made.resources}
    others = {"arn:aws:", "arn:aws-us-gov:", "arn:aws-cn:"} - {f"arn:{partition}:"}
    # Resources whose ARN is the mocks' own invention.
    made_up = ("arn:aws:user-pool",)

    for urn, text in texts.items():
        for other in others:
            assert other not in text.replace(made_up[0], ""), (urn, other)
