"""What goes wrong in between: a killed CLI, AWS that fails, two updates at once, hands on what is deployed.

Each ends in the stack that the program describes, and no name of the user's leads to an unprotected stage meanwhile.
"""

import base64
import json
import os
import shutil
import signal
import time

import pytest

import lab
from policypack.graph.graph import Graph
from policypack.verify.aws import Aws, cached
from policypack.verify.command import load
from policypack.verify.verify import verified

pytestmark = pytest.mark.engine

READS = ("GET ", "Describe", "List", "Get")


def writes(cloud):
    return [line for line in cloud.calls() if not any(word in line for word in READS)]


def remove_unrecorded(cloud, pending):
    """Take away what AWS made and the engine never heard of; each is known by the name in its inputs."""
    type_, inputs = pending["type"].split("/")[0], pending["inputs"]
    gateway, logs = cloud.client("apigateway"), cloud.client("logs")
    name = inputs.get("name")
    if type_ == "aws:cloudwatch" and logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
        logs.delete_log_group(logGroupName=name)
    for api in gateway.get_rest_apis()["items"]:
        if type_ == "aws:apigateway" and api["name"] == name:
            gateway.delete_rest_api(restApiId=api["id"])
        if pending["type"] == "aws:apigateway/stage:Stage" and api["id"] == inputs["restApi"]:
            for stage in gateway.get_stages(restApiId=api["id"])["item"]:
                gateway.delete_stage(restApiId=api["id"], stageName=stage["stageName"])


def recover(cloud, project):
    """As docs/recovery.md says."""
    state = project.state
    attributes = state.with_suffix(".json.attrs")
    if attributes.exists() and not attributes.read_bytes():  # the kill came while the CLI wrote the attributes
        attributes.unlink()
    if not state.read_bytes():  # the kill came while the CLI wrote the state itself
        shutil.copy(state.with_suffix(".json.bak"), state)
    project.run("cancel", "--yes")
    for pending in project.pending():
        remove_unrecorded(cloud, pending)
    project.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates")


@pytest.mark.parametrize("point", [4, 12, 21])
def test_a_killed_update_is_taken_up_again(project, cloud, point):
    made = project("minimal")
    running = made.start("up", "--yes", "--skip-preview")
    while len(writes(cloud)) < point and running.poll() is None:
        time.sleep(0.002)
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL

    recover(cloud, made)
    made.up()
    made.unchanged()
    made.destroy()
    assert cloud.client("apigateway").get_rest_apis()["items"] == []


def test_an_interrupted_update_loses_nothing(project, cloud):
    made = project("minimal")
    running = made.start("up", "--yes", "--skip-preview")
    while len(writes(cloud)) < 8 and running.poll() is None:
        time.sleep(0.002)
    running.send_signal(signal.SIGINT)
    running.communicate()
    assert running.returncode != 0

    made.up()
    made.unchanged()


@pytest.mark.parametrize(
    ("match", "status"),
    [("POST /restapis/.*/stages", 429), ("CreateWebACL", 500), ("CreateLogGroup", 500), ("AssociateWebACL", 429)],
)
def test_a_passing_failure_of_aws_is_waited_out(project, cloud, match, status):
    made = project("minimal")
    cloud.fail(match, status, times=1)
    made.up()
    made.unchanged()
    assert len([line for line in cloud.calls() if line.endswith(f"-> {status}")]) == 1


def paths(cloud):
    gateway = cloud.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    found = gateway.get_resources(restApiId=api["id"], limit=500)["items"]
    return {each["path"] for each in found if each.get("resourceMethods")}


def test_an_import_that_failed_is_repeated(project, cloud):
    """A plain update does it: AWS has the new routes, and no stage was led to the old document anew."""
    made = project("minimal")
    made.up()
    before = paths(cloud)
    made.edit('"path": "/', '"path": "/new/')
    cloud.fail("PUT /restapis/", 500, times=1000)
    made.up(code=1)
    assert paths(cloud) == before

    cloud.fail("PUT /restapis/", 500, times=0)
    made.up()
    assert paths(cloud) != before
    made.unchanged()


def limits(cloud):
    waf = cloud.client("wafv2")
    (acl,) = waf.list_web_acls(Scope="REGIONAL")["WebACLs"]
    rules = waf.get_web_acl(Name=acl["Name"], Id=acl["Id"], Scope="REGIONAL")["WebACL"]["Rules"]
    statements = [each["Statement"].get("RateBasedStatement") for each in rules]
    return [each["Limit"] for each in statements if each]


def test_an_update_of_the_web_acl_that_failed_is_repeated_after_a_refresh(project, cloud):
    made = project("recommended")
    made.up()
    made.edit('"requests": 1000', '"requests": 500')
    cloud.fail("UpdateWebACL", 500, times=1000)
    made.up(code=1)
    assert 500 not in limits(cloud)

    cloud.fail("UpdateWebACL", 500, times=0)
    made.up("--refresh")
    assert 500 in limits(cloud)
    made.unchanged()


def code_of_the_authorizer(cloud):
    (function,) = cloud.client("lambda").list_functions()["Functions"]
    return base64.b64decode(function["CodeSha256"]).hex()


def state_of_the_authorizer(made):
    (function,) = [each for each in made.resources() if each["type"] == "aws:lambda/function:Function"]
    return function["outputs"]


def record_the_code(made, folder, digest, code):
    """Make the state what newer providers record of an upload that failed: what was there before."""
    file = folder / "state.json"
    made.run("stack", "export", "--file", str(file))
    exported = json.loads(file.read_text())
    for each in exported["deployment"]["resources"]:
        if each["type"] == "aws:lambda/function:Function":
            each["outputs"] |= {"sourceCodeHash": digest, "code": code}
    file.write_text(json.dumps(exported))
    made.run("stack", "import", "--file", str(file))


def not_as_recorded(made, folder):
    """What `gateway-policy verify` finds."""
    file = folder / "verify.json"
    made.run("stack", "export", "--file", str(file))
    found = verified(Graph(load(str(file), None).resources), cached(Aws())).verified
    return [each.subject for each in found if not each.same.is_yes]


def test_an_upload_of_the_authorizer_that_failed_is_repeated_unless_the_provider_is_old(
    project, cloud, tmp_path, monkeypatch
):
    """The local AWS has an old one, so the state is made what a new one records. `verify` finds it."""
    for name, value in {**lab.NO_ACCOUNT, "AWS_ENDPOINT_URL": cloud.endpoint}.items():
        monkeypatch.setenv(name, value)
    made = project("authorizer")
    made.run("config", "set", "architecture", "x86_64")
    made.up()
    before = state_of_the_authorizer(made)
    assert code_of_the_authorizer(cloud) == before["sourceCodeHash"]
    made.edit('"reserved_concurrency": 50', '"runtime": "python3.13"')
    cloud.fail("PUT /.*/functions/.*/code", 500, times=1000)
    made.up(code=1)
    cloud.fail("PUT /.*/functions/.*/code", 500, times=0)
    made.up()
    wanted = state_of_the_authorizer(made)["sourceCodeHash"]
    assert code_of_the_authorizer(cloud) == before["sourceCodeHash"] != wanted
    assert not_as_recorded(made, tmp_path) == ["sourceCodeHash"]

    record_the_code(made, tmp_path, before["sourceCodeHash"], before["code"])
    made.up()
    assert code_of_the_authorizer(cloud) == wanted
    assert not_as_recorded(made, tmp_path) == []
    made.unchanged()


def test_without_its_web_acl_a_stage_gets_no_name(project, cloud):
    """A lasting failure leaves the stage without its association; there is no domain yet, and no other endpoint."""
    made = project("partner")
    cloud.fail("AssociateWebACL", 500, times=1000)
    made.up(code=1)
    assert cloud.client("apigateway").get_domain_names()["items"] == []
    assert [api["disableExecuteApiEndpoint"] for api in cloud.client("apigateway").get_rest_apis()["items"]] == [True]

    cloud.fail("AssociateWebACL", 500, times=0)
    made.up()
    made.unchanged()


def test_a_second_update_waits_for_the_first(project, cloud):
    made = project("minimal")
    first = made.start("up", "--yes", "--skip-preview")
    while not writes(cloud):
        time.sleep(0.01)
    assert "currently locked" in made.up(code=1)
    first.communicate()
    assert first.returncode == 0
    made.unchanged()


def test_what_was_deleted_by_hand_comes_back(project, cloud):
    made = project("minimal")
    made.up()
    gateway = cloud.client("apigateway")
    (api,) = gateway.get_rest_apis()["items"]
    waf = cloud.client("wafv2")
    stage = f"arn:aws:apigateway:us-east-1::/restapis/{api['id']}/stages/live"
    waf.disassociate_web_acl(ResourceArn=stage)
    alarms = cloud.client("cloudwatch")
    alarms.delete_alarms(AlarmNames=[each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]])
    for group in cloud.client("logs").describe_log_groups(logGroupNamePrefix="aws-waf-logs-")["logGroups"]:
        cloud.client("logs").delete_log_group(logGroupName=group["logGroupName"])

    made.up("--refresh")
    made.unchanged()
    assert waf.get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["Name"]
    assert alarms.describe_alarms()["MetricAlarms"] != []


def test_a_renamed_gateway_never_leaves_the_domain_to_an_open_stage(project, cloud):
    """A new name replaces everything; the domain is led to the new stage after its web ACL is there."""
    made = project("partner")
    made.up()
    made.edit("description", 'api_name": "partners-2",\n        "description')
    made.up()
    made.unchanged()
    assert not [line for line in cloud.calls() if "DisassociateWebACL" in line]
