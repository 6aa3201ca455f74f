"""Every stack of this repository through its life, with the real CLI and provider, against a local AWS.

What the local AWS cannot show (that AWS accepts a document, that a request is refused) is not shown here: the rendered
document's own tests stand for that.
"""

from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

PACK = Path(__file__).parents[2] / "policypack"

CHANGES = {
    "auth": ('"write": "Place orders"', '"write": "Place and change orders"'),
    "keys": ('"rate": 200', '"rate": 100'),
    "network": ('"198.51.100.0/24", ', ""),
    "waf": ('"requests": 1000', '"requests": 500'),
    "observability": ('"retention_days": 365', '"retention_days": 731'),
    "tls": ('"cors": {', '"tls": {"endpoint_access_mode": "STRICT"},\n    "cors": {'),
    "routes": (
        '{"path": "/reports"',
        '{"path": "/orders/{id}/items", "method": "GET", "scopes": ["orders/read"]},\n        {"path": "/reports"',
    ),
}
"""A change in each layer of `recommended`, and a new route."""


def calls(cloud, *words):
    """The places, among all calls, of those that hold each word."""
    return [place for place, line in enumerate(cloud.calls()) if all(word in line for word in words)]


def left_over(cloud):
    return [
        *cloud.client("apigateway").get_rest_apis()["items"],
        *cloud.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"],
        *cloud.client("logs").describe_log_groups()["logGroups"],
        *cloud.client("cloudwatch").describe_alarms()["MetricAlarms"],
        *cloud.client("apigateway").get_usage_plans()["items"],
        *cloud.client("apigateway").get_domain_names()["items"],
    ]


@pytest.mark.parametrize("stack", ["minimal", "recommended", "partner", "internal"])
def test_a_stack_is_made_kept_and_taken_down(project, cloud, stack):
    made = project(stack)
    made.up()
    made.unchanged()

    made.destroy()
    assert made.resources() == []
    assert left_over(cloud) == []


def test_a_change_in_every_layer_is_made_once_and_in_place(project, cloud):
    made = project("recommended")
    made.up()
    before = {each["urn"]: each.get("id") for each in made.resources()}
    for old, new in CHANGES.values():
        made.edit(old, new)
    made.up()
    made.unchanged()

    after = {each["urn"]: each.get("id") for each in made.resources()}
    replaced = {
        urn.split("::")[2].rpartition("$")[2] for urn in before.keys() & after.keys() if before[urn] != after[urn]
    }
    assert replaced == {"aws:apigateway/deployment:Deployment"}
    assert before.keys() == after.keys()
    assert calls(cloud, "DELETE", "/stages/") == []


def test_the_stage_is_never_without_its_protections(project, cloud):
    """The web ACL, the logs and the limits come before the name under which callers reach the stage."""
    made = project("partner")
    made.up()

    (stage,) = calls(cloud, "POST", "/stages")
    (mapping,) = calls(cloud, "POST", "/basepathmappings")
    (association,) = calls(cloud, "AssociateWebACL")
    limits = calls(cloud, "PATCH", "/stages/live")
    logged = calls(cloud, "PutLoggingConfiguration")
    assert max(logged) < stage < association < mapping
    assert stage < max(limits) < mapping

    made.edit('"keys": {\n', '"waf": {"rate_limit": {"requests": 500}},\n        "keys": {\n')
    made.up()
    assert calls(cloud, "DisassociateWebACL") == []
    limits = calls(cloud, "PATCH", "/stages/live")
    made.destroy()
    assert calls(cloud, "DisassociateWebACL") == []
    assert calls(cloud, "PATCH", "/stages/live") == limits
    (gone,) = calls(cloud, "DELETE", "/basepathmappings")
    assert gone < calls(cloud, "DELETE", "/stages/live")[0] < calls(cloud, "DeleteWebACL")[0]


def test_the_unsafe_stack_can_be_deployed_and_is_still_caught(project):
    """The pack's verdict on what is deployed, not only on what is planned."""
    made = project("unsafe")
    made.up()
    printed = made.run("preview", "--policy-pack", str(PACK), code=1)
    for layer in ("auth", "keys", "network", "waf", "observability", "tls"):
        assert f"{layer}-" in printed
