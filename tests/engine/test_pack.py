"""The pack under the real engine: `pulumi policy analyze` judges a state file, without login, program or provider."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from policypack.engine import launcher
from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.model.findings import Status
from policypack.sources import export

pytestmark = pytest.mark.engine

PACK = Path(__file__).parents[2] / "policypack"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
API, STAGE = "aws:apigateway/restApi:RestApi", "aws:apigateway/stage:Stage"
PROVIDER_ID = "11111111-1111-4111-8111-111111111111"
AUTH = "auth-methods-authenticated"


def urn(type_, name):
    return f"urn:pulumi:dev::shop::{type_}::{name}"


ROOT_URN = urn("pulumi:pulumi:Stack", "shop-dev")
PROVIDER = urn("pulumi:providers:aws", "default")


def custom(type_, name, id_, inputs, outputs=None, edges=None):
    edges = edges or {}
    return {
        "urn": urn(type_, name),
        "type": type_,
        "custom": True,
        "id": id_,
        "inputs": inputs,
        "outputs": {**inputs, "id": id_, **(outputs or {})},
        "parent": ROOT_URN,
        "provider": f"{PROVIDER}::{PROVIDER_ID}",
        "dependencies": [target for targets in edges.values() for target in targets],
        "propertyDependencies": edges,
    }


def state(*resources):
    manifest = {"time": "2026-01-01T00:00:00Z", "magic": "", "version": "v3.260.0"}
    base = [
        {"urn": ROOT_URN, "type": "pulumi:pulumi:Stack", "custom": False},
        {
            "urn": PROVIDER,
            "type": "pulumi:providers:aws",
            "custom": True,
            "id": PROVIDER_ID,
            "inputs": {},
            "outputs": {},
        },
    ]
    return {"version": 3, "deployment": {"manifest": manifest, "resources": [*base, *resources]}}


def body(routes=1):
    operation = {"x-amazon-apigateway-integration": {"type": "HTTP_PROXY", "uri": "https://shop.example"}}
    return json.dumps(
        {"openapi": "3.0.1", "paths": {f"/orders/{number}": {"get": operation} for number in range(routes)}}
    )


OPEN = state(
    custom(API, "api", "a1b2c3", {"name": "shop", "body": body()}),
    custom(
        STAGE,
        "live",
        "ags-a1b2c3-live",
        {"restApi": "a1b2c3", "stageName": "live", "deployment": "d1"},
        {"arn": "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/live"},
        {"restApi": [urn(API, "api")]},
    ),
)
UNDECIDED = state(custom(API, "api", "a1b2c3", {"name": "shop", "body": UNKNOWN}))


@pytest.fixture
def analyze(tmp_path):
    """Have the engine judge a state: its exit code, its policy events, and all it printed."""

    def run(document, pack=PACK, config=None, *, active=True):
        (tmp_path / "state.json").write_text(json.dumps(document))
        command = ["pulumi", "policy", "analyze", "--file", "state.json", "--policy-pack", str(pack), "--json"]
        if config is not None:
            (tmp_path / "config.json").write_text(json.dumps(config))
            command += ["--policy-pack-config", "config.json"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")} | {
            # The host runs the first python.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent)] * active + [os.environ["PATH"]]),
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_BACKEND_URL": tmp_path.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        events = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return (
            done.returncode,
            [each["policyEvent"] for each in events if "policyEvent" in each],
            done.stdout + done.stderr,
        )

    return run


def violations(events, level="mandatory"):
    return sorted((each["policyName"], each["resourceUrn"]) for each in events if each["enforcementLevel"] == level)


def test_an_open_gateway_is_stopped_by_the_same_verdict_as_offline(analyze):
    code, events, _ = analyze(OPEN)
    offline = [
        each
        for each in evaluate(Graph(export.read("state.json", OPEN).resources)).findings
        if each.status is Status.VIOLATION
    ]
    assert code != 0
    told = sorted(
        (each["policyName"], each["resourceUrn"], each["message"], each["severity"])
        for each in events
        if "cannot be decided yet:" not in each["message"]
    )
    assert told == sorted(
        (each.policy, each.urn, f"{each.message}\n{each.fix}", each.severity.value) for each in offline
    )
    assert {policy.partition("-")[0] for policy, _ in violations(events)} >= {"auth", "keys", "network", "waf", "tls"}


COMPOSED = """
from pulumi_policy import PolicyPack, StackValidationPolicy
from policypack import gateway_policies

ours = StackValidationPolicy("ours", "Stacks are ours.", lambda args, report: report("it is not ours", None))
PolicyPack("acme", policies=[*gateway_policies(preset="recommended"), ours])
"""


@pytest.fixture
def composed(tmp_path):
    """A pack of somebody's own, written with Pulumi's SDK, that contains the policies."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "PulumiPolicy.yaml").write_text("runtime: python\nversion: 1.2.3\n")
    (folder / "__main__.py").write_text(COMPOSED)
    return folder


def test_a_pack_of_pulumis_sdk_with_the_policies_says_the_same(analyze, composed):
    code, own, _ = analyze(OPEN)
    composed_code, events, _ = analyze(OPEN, pack=composed)

    def said(events):
        return sorted(
            (each["policyName"], each["resourceUrn"], each["enforcementLevel"])
            for each in events
            if "cannot be decided yet:" not in each["message"]
        )

    assert composed_code == code != 0
    assert [each for each in said(events) if each[0] not in {"ours", "gateway-undecided", "gateway-waived"}] == said(
        own
    )
    assert [each["policyName"] for each in events if each["policyName"] == "ours"] == ["ours"]


def test_what_is_unknown_is_advised_and_does_not_stop(analyze):
    code, events, _ = analyze(UNDECIDED)
    assert code == 0
    assert violations(events) == []
    (only,) = (each for each in events if each["policyName"] == AUTH)
    assert (only["resourceUrn"], only["message"].splitlines()[0]) == (ROOT_URN, "1 cannot be decided yet:")


def test_levels_and_settings_from_a_file(analyze):
    waivers = [{"urn": "*::live", "reason": "behind a CDN with its own ACL"}]
    config = {"all": "advisory", AUTH: "disabled", "waf-stages-have-web-acl": {"waivers": waivers}}
    code, events, _ = analyze(OPEN, config=config)
    assert code == 0
    assert violations(events) == []
    assert AUTH not in {each["policyName"] for each in events}
    (waived,) = (each for each in events if each["policyName"] == "waf-stages-have-web-acl")
    assert waived["message"] == "1 waived: live (behind a CDN with its own ACL)"
    assert ("network-callers-restricted", urn(API, "api")) in violations(events, "advisory")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"auth-methods-authentcated": "advisory"}, f"did you mean '{AUTH}'?"),
        ({AUTH: {"publc": []}}, "did you mean 'public'?"),
        ({AUTH: {"public": "GET /orders"}}, "Invalid type. Expected: array, given: string"),
        ({"auth-methods-authentcated": {"public": []}}, 'invalid enforcement level ""'),  # the engine's, before ours
    ],
    ids=["policy misspelt", "setting misspelt", "setting of another type", "policy misspelt, no level"],
)
def test_mistaken_settings_stop_it(analyze, config, words):
    code, events, printed = analyze(OPEN, config=config)
    assert code != 0
    assert events == []
    assert words in printed


def test_the_folder_alone_is_a_pack(analyze, tmp_path):
    folder = shutil.copytree(PACK, tmp_path / "published", ignore=shutil.ignore_patterns("__pycache__"))
    manifest = folder / "PulumiPolicy.yaml"
    manifest.write_text(re.sub(r"(?m)^version: .*$", "version: 9.9.9", manifest.read_text()))
    code, events, _ = analyze(OPEN, pack=folder)
    assert code != 0
    assert {each["policyPackVersion"] for each in events} == {"9.9.9"}


def test_more_violations_than_one_answer_can_hold(analyze):
    """The host's proxy takes 4 MiB; an error of size would show the pack as passed."""
    routes = 15_000
    code, events, _ = analyze(state(custom(API, "api", "a1b2c3", {"name": "shop", "body": body(routes)})))
    assert code != 0
    told = [each["message"] for each in events if each["policyName"] == AUTH]
    assert len(told) - 1 + int(told[-1].split()[0]) == routes


def test_the_pack_of_an_environment_that_is_not_active_runs_in_that_environment(analyze, monkeypatch, tmp_path):
    """As pipx installs it: `python3` on PATH has none of its packages."""
    outside = [each for each in os.environ["PATH"].split(os.pathsep) if Path(each) != Path(sys.executable).parent]
    monkeypatch.setenv("PATH", os.pathsep.join(outside))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    pack = launcher.folder()
    assert pack.is_relative_to(tmp_path)

    assert analyze(UNDECIDED, pack, active=False)[:2] == analyze(UNDECIDED)[:2]
