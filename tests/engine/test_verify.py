"""`gateway-policy verify` with the real CLI and a local AWS: silent on untouched stacks, and every change is found."""

import json
import shutil
from pathlib import Path

import pytest
from changes_behind_pulumi import CHANGES, Deployed

import lab
from policypack.graph.graph import Graph
from policypack.verify.aws import Aws, cached
from policypack.verify.command import load
from policypack.verify.verify import verified

pytestmark = pytest.mark.engine

STACKS = ("minimal", *CHANGES)


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    with lab.cloud(tmp_path / "aws.log") as made:
        for name, value in {**lab.NO_ACCOUNT, "AWS_ENDPOINT_URL": made.endpoint}.items():
            monkeypatch.setenv(name, value)
        yield made


def deployed(tmp_path, cloud, stack):
    made = lab.project(tmp_path, "minimal" if stack == "http" else stack, cloud)
    if stack == "http":
        shutil.copy(Path(__file__).with_name("http_program.py"), made.folder / "stacks" / "minimal.py")
    if stack == "authorizer":
        made.run("config", "set", "architecture", "x86_64")
    made.up()
    state = tmp_path / "state.json"
    made.run("stack", "export", "--file", str(state))
    resources = json.loads(state.read_text())["deployment"]["resources"]
    own = [each for each in resources if each["type"].startswith("aws:")]
    return Graph(load(str(state), None).resources), Deployed(own, cloud.client)


def differences(graph):
    found = verified(graph, cached(Aws())).verified
    return {(each.layer, f"{each.label} {each.same.reason}") for each in found if not each.same.is_yes}


@pytest.mark.parametrize("stack", STACKS)
def test_an_untouched_stack_has_no_difference_and_every_change_is_found(tmp_path, cloud, stack):
    """Each change is made in addition to the earlier ones, and must add a finding of its own."""
    graph, it = deployed(tmp_path, cloud, stack)
    before = differences(graph)
    assert before == set()
    missed = []
    for name, change, layer, words in CHANGES.get(stack, ()):
        change(it)
        after = differences(graph)
        if not any(layer == found and words in text for found, text in after - before):
            missed.append((name, sorted(after - before)))
        before = after
    assert missed == []
