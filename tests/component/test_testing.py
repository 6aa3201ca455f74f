"""`secure_gateway.testing` runs programs of users; here, the stacks and examples of this repository among them."""

import re
import runpy
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime.mocks import MockResourceArgs
from pulumi_aws import get_availability_zones, lambda_, sqs

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import ACCOUNT, REGION, UNKNOWN, AwsMocks, deploy, value

ROOT = Path(__file__).parents[2]
ARGS = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True}],
    "default_integration": {"function": "orders"},
    "keys": {"plans": {"gold": {"rate": 5, "burst": 5}}, "keys": {"acme": {"plan": "gold"}}},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
    "auth": {"authorizers": {"users": {"cognito": {}}}},
}


def program():
    orders = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="python3.12")
    gateway = SecureGateway("shop", {**ARGS, "functions": {"orders": orders.arn}})
    pulumi.export("url", gateway.url)
    return gateway


def test_answers_have_the_form_of_aws():
    made = deploy(program)
    api, stage = made.one("RestApi"), made.one("aws:apigateway/stage:Stage")

    assert value(made.exports["url"]) == f"https://{api.id}.execute-api.{REGION}.amazonaws.com/live"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}"
    assert stage.outputs["arn"] == f"arn:aws:apigateway:{REGION}::/restapis/{api.id}/stages/live"
    assert made.one("UserPool").outputs["arn"].endswith(f":userpool/{made.one('UserPool').id}")
    assert re.fullmatch(r"[a-z0-9]{40}", value(made.result.api_key_values)["acme"])
    assert stage.depends_on(made.one("WebAcl"))
    assert "/orders" in made.document["paths"]


def test_every_run_has_the_same_answers():
    one, other = ({each.urn: each.outputs for each in deploy(program).resources} for _ in range(2))

    assert one == other


def test_before_the_first_deployment_nothing_of_aws_is_known():
    made = deploy(program, preview=True)

    assert value(made.exports["url"]) is UNKNOWN
    assert made.one("Stage").inputs["restApi"] is UNKNOWN
    assert {each.id for each in made.resources} == {""}
    assert "/orders" in made.document["paths"]
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


def test_what_a_program_raises_comes_through():
    with pytest.raises(ArgsError):
        deploy(lambda: SecureGateway("shop", {}))


def test_functions_stacks_and_settings_have_the_given_values():
    def asking():
        zones = get_availability_zones().names
        other = pulumi.StackReference("acme/platform/prod").require_output("queue")
        return zones, pulumi.Config("shop").require("domain"), sqs.Queue("a", name=other)

    zones, domain, queue = deploy(
        asking,
        config={"shop:domain": "api.example.com"},
        functions={"aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["eu-west-1a"], "id": REGION}},
        stacks={"acme/platform/prod": {"queue": "orders"}},
        outputs={"Queue": {"visibilityTimeoutSeconds": 7}},
    ).result

    assert (zones, domain) == (["eu-west-1a"], "api.example.com")
    assert value(queue.arn) == f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    assert value(queue.visibility_timeout_seconds) == 7


def test_missing_results_are_reported():
    reference = MockResourceArgs("pulumi:pulumi:StackReference", "platform", {}, resource_id="acme/platform/prod")

    with pytest.raises(Exception, match=r"getAvailabilityZones .*: give the result in `functions`"):
        deploy(get_availability_zones)
    with pytest.raises(LookupError, match=r"stack acme/platform/prod: give them in `stacks`"):
        AwsMocks().new_resource(reference)


def test_there_must_be_one():
    made = deploy(program)

    with pytest.raises(LookupError, match="resources of MetricAlarm"):
        made.one("MetricAlarm")
    with pytest.raises(LookupError, match="0 resources of Queue"):
        made.one("Queue")


def test_pulumi_s_own_way_takes_the_mocks_too():
    pulumi.runtime.set_mocks(AwsMocks(), project="shop", stack="dev", preview=False)

    @pulumi.runtime.test
    def check():
        return program().url.apply(lambda url: pytest.fail(url) if not url.endswith("/live") else None)

    check()


@pytest.mark.parametrize("path", [ROOT / "stacks/minimal.py", ROOT / "stacks/openapi.py"], ids=lambda path: path.stem)
def test_the_stacks_of_this_repository_run(path):
    made = deploy(lambda: runpy.run_path(str(path)))

    assert made.one("WebAcl").outputs["arn"]
    assert made.exports


def test_the_example_of_a_layer_runs_in_five_lines():
    made = deploy(lambda: runpy.run_path(str(ROOT / "examples/python/waf/__main__.py")), project="attach-waf")

    assert made.one("WebAclAssociation").inputs["resourceArn"] == made.one("Stage").outputs["arn"]
