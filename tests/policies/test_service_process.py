"""The pack as a process of its own, started as the engine's language host starts it."""

import importlib.metadata
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from packaging.requirements import Requirement
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub

PACK = Path(__file__).parents[2] / "policypack"
NOTHING = empty_pb2.Empty()
API = "aws:apigateway/restApi:RestApi"
ENGINE = "127.0.0.1:1"
"""Where nobody answers: the pack has no call to make."""


@pytest.fixture
def alone(tmp_path):
    """The pack as it is published: its folder and nothing else, here with a version that only it has."""
    folder = shutil.copytree(PACK, tmp_path / "published", ignore=shutil.ignore_patterns("__pycache__"))
    manifest = folder / "PulumiPolicy.yaml"
    manifest.write_text(re.sub(r"(?m)^version: .*$", "version: 9.9.9", manifest.read_text()))
    return folder


def required(names):
    """The distributions that pip would install for these, by normal name."""
    found, waiting = set(), list(names)
    while waiting:
        requirement = Requirement(waiting.pop())
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += importlib.metadata.requires(name) or []
    return found


@pytest.fixture
def bare(tmp_path):
    """An environment in which only what the pack's own requirements bring can be imported."""
    lines = [line.partition("#")[0].strip() for line in (PACK / "requirements.txt").read_text().splitlines()]
    allowed = required(line for line in lines if line)
    blocked = {
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not {re.sub(r"[-_.]+", "-", owner).lower() for owner in owners} & allowed
    }
    assert {"rich", "jinja2", "pulumi_aws", "pulumi_policy"} <= blocked
    hook = f"""
        import sys
        class Absent:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in {blocked!r}:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        sys.meta_path.insert(0, Absent())
    """
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(textwrap.dedent(hook))
    return os.environ | {"PYTHONPATH": str(site)}


@contextmanager
def serving(folder, env=None, flags=()):
    """The running pack, and a stub to ask it; standard input is closed, as the language host leaves it."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", *flags, ENGINE, str(folder)]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        first = process.stdout.readline()
        assert first.strip().isdecimal(), first + process.stderr.read()
        with grpc.insecure_channel(f"127.0.0.1:{first.strip()}") as channel:
            yield process, AnalyzerStub(channel)
    finally:
        process.kill()
        process.communicate()


def open_api():
    request = proto.AnalyzeRequest(urn=f"urn:pulumi:dev::shop::{API}::api", type=API, name="api")
    operation = {"x-amazon-apigateway-integration": {"type": "HTTP_PROXY", "uri": "https://shop.example"}}
    request.properties["body"] = json.dumps({"openapi": "3.0.1", "paths": {"/orders": {"get": operation}}})
    return request


def judges(stub):
    return [each.policyName for each in stub.Analyze(open_api()).diagnostics] == ["auth-methods-authenticated"]


def test_in_place():
    with serving(PACK) as (_, stub):
        assert judges(stub)


def test_published_alone_with_its_requirements_only(alone, bare):
    with serving(alone, bare) as (_, stub):
        assert stub.GetPluginInfo(NOTHING).version == "9.9.9"  # the copy, whatever else is installed
        assert judges(stub)


def test_with_the_flags_of_a_verbose_engine():
    with serving(PACK, flags=["--logtostderr", "-v=9", "--tracing", "file:///dev/null"]) as (_, stub):
        assert judges(stub)


def test_an_interrupt_is_the_engines_to_handle():
    with serving(PACK) as (process, stub):
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2)
        assert judges(stub)


def test_cancel_ends_it():
    with serving(PACK) as (process, stub):
        stub.Cancel(NOTHING)
        assert process.wait(timeout=10) == 0
        assert (process.stdout.read(), process.stderr.read()) == ("", "")


def test_it_does_not_outlive_its_parent():
    """An engine that is killed cannot cancel."""
    command = [sys.executable, "-u", "-m", "pulumi.policy", ENGINE, str(PACK)]
    parent = f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip().isdecimal()
        process.kill()
        # The pack holds the other end of the pipe; while it lives there is no end of the file, and this times out.
        assert process.communicate(timeout=15)[0] == ""


@pytest.mark.parametrize("start", [["-m", "policypack"], ["policypack"]], ids=["module", "folder"])
def test_by_hand_it_is_the_command_line(start):
    command = [sys.executable, *start, "path"]
    active = os.environ | {"PATH": str(Path(sys.executable).parent)}
    done = subprocess.run(command, cwd=PACK.parent, env=active, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(PACK)
