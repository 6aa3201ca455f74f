"""A Pulumi project with this repository's stacks and a local emulation of AWS (`aws.py`), driven by the real CLI."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
REGION = "us-east-1"
KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
NO_ACCOUNT = {
    **KEYS,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
"""Prevents access to the user's own AWS account."""
PASSED_ON = ("PULUMI_HOME", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION")
LONGEST = 600
"""Seconds that a command of the CLI may take."""


def has_aws_plugin() -> bool:
    """Whether the AWS provider is installed in the CLI."""
    listed = subprocess.run(["pulumi", "plugin", "ls", "--json"], capture_output=True, text=True, check=False)
    return any(each["name"] == "aws" for each in json.loads(listed.stdout or "[]"))


class CommandError(Exception):
    """A command ended with an unexpected exit code; contains everything that it printed."""


@dataclass
class Cloud:
    """A running local emulation of AWS, with a log of its requests."""

    endpoint: str
    log: Path

    def calls(self) -> list[str]:
        """All requests in order, one line each."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def fail(self, match: str, status: int, times: int) -> None:
        """Make the next `times` requests fail whose line matches a regular expression."""
        faults = json.dumps([{"match": match, "status": status, "times": times}]).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.endpoint}/_faults", faults, method="POST"))

    def start_round(self, fault: str, spared: Iterable[str] = ()) -> dict[str, list[str]]:
        """Make each call that changes something fail once, apart from some kinds of calls.

        Returns the calls that `failed` in the round before, and the kinds of calls that AWS `rejected`.
        """
        body = json.dumps({"fault": fault, "spared": list(spared)}).encode()
        asked = urllib.request.Request(f"{self.endpoint}/_rounds", body, method="POST")
        with urllib.request.urlopen(asked, timeout=30) as response:
            before: dict[str, list[str]] = json.load(response)
        return before

    def archive(self, function: str) -> bytes:
        """The uploaded code of a function."""
        with urllib.request.urlopen(f"{self.endpoint}/_archives/{function}", timeout=30) as response:
            return response.read()

    def served(self, api_id: str, stage: str) -> dict[str, Any]:
        """The document whose deployment a stage serves."""
        with urllib.request.urlopen(f"{self.endpoint}/_served/{api_id}/{stage}", timeout=30) as response:
            document: dict[str, Any] = json.load(response)
        return document

    def client(self, service: str) -> Any:
        """A client of the AWS SDK for this emulation."""
        import boto3

        secret = {name.lower(): value for name, value in KEYS.items()}
        return boto3.client(service, region_name=REGION, endpoint_url=self.endpoint, **secret)


@contextmanager
def cloud(log: Path) -> Iterator[Cloud]:
    """Run a local emulation of AWS."""
    command = [sys.executable, str(HERE / "aws.py"), "--log", str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        try:
            endpoint = process.stdout.readline().strip() if process.stdout else ""
            if not endpoint:
                raise CommandError(f"{HERE.name}/aws.py did not start: run it to see why")
            yield Cloud(endpoint, log)
        finally:
            process.kill()


@dataclass
class Project:
    """A copy of this repository's stacks, with its own backend, driven by the CLI."""

    folder: Path
    stack: str
    environment: dict[str, str] = field(repr=False)

    def start(self, *args: str) -> "subprocess.Popen[str]":
        """Start a command in its own process group."""
        return subprocess.Popen(
            ["pulumi", *args, "--stack", self.stack, "--non-interactive"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *args: str, code: int = 0) -> str:
        """Run a command and return what it printed. Raises `CommandError` if it ends with another exit code."""
        process = self.start(*args)
        printed, _ = process.communicate(timeout=LONGEST)
        if process.returncode != code:
            raise CommandError(f"pulumi {' '.join(args)} ended with {process.returncode}, not {code}:\n{printed}")
        return printed

    def up(self, *args: str, code: int = 0) -> str:
        """Deploy the stack."""
        return self.run("up", "--yes", "--skip-preview", *args, code=code)

    def destroy(self) -> str:
        """Delete all resources of the stack."""
        return self.run("destroy", "--yes", "--skip-preview")

    def unchanged(self) -> None:
        """Raise `CommandError` if the program or AWS differs from the state."""
        self.run("preview", "--expect-no-changes")
        self.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")

    def edit(self, old: str, new: str) -> None:
        """Replace a string in the stack's program. Raises `ValueError` if the program does not contain it."""
        path = self.folder / "stacks" / f"{self.stack}.py"
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{old!r} is not in {path.name}")
        path.write_text(text.replace(old, new, 1))

    @property
    def state(self) -> Path:
        """The file in which the backend stores the state."""
        name = (self.folder / "Pulumi.yaml").read_text().partition("name: ")[2].split()[0]
        return self.folder.parent / "backend" / ".pulumi" / "stacks" / name / f"{self.stack}.json"

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state."""
        return self._deployment().get("resources", [])

    def pending(self) -> list[dict[str, Any]]:
        """The resources whose creation was started but not completed."""
        operations: list[dict[str, Any]] = self._deployment().get("pending_operations", [])
        return [each["resource"] for each in operations if each["type"] == "creating"]

    def _deployment(self) -> dict[str, Any]:
        exported: dict[str, Any] = json.loads(self.run("stack", "export"))
        return exported["deployment"]


def project(folder: Path, stack: str, aws: Cloud) -> Project:
    """Create the project of a stack in a folder, and in AWS what its program expects to exist."""
    copy = folder / "project"
    shutil.copytree(ROOT / "stacks", copy / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Pulumi.yaml", copy)
    (folder / "backend").mkdir()
    made = Project(copy, stack, environment(folder, aws))
    for path in (copy / "stacks").glob("Pulumi.*.yaml"):
        path.write_text(path.read_text().replace("eu-west-1", REGION))
    made.run("stack", "init")
    _prepare(made, aws)
    return made


def environment(folder: Path, aws: Cloud) -> dict[str, str]:
    """The environment of the CLI, with its backend in a folder."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_"))},
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        **NO_ACCOUNT,
        "AWS_ENDPOINT_URL": aws.endpoint,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def _prepare(made: Project, aws: Cloud) -> None:
    if made.stack == "recommended":  # older providers require a sender with threat protection
        made.run("config", "set", "ses_identity_arn", f"arn:aws:ses:{REGION}:123456789012:identity/example.com")
    if made.stack == "partner":
        zone = aws.client("route53").create_hosted_zone(Name="example.com", CallerReference=str(time.time()))
        made.run("config", "set", "zone_id", zone["HostedZone"]["Id"].removeprefix("/hostedzone/"))
    if made.stack == "internal":
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        for name in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=vpc, **{name: {"Value": True}})
        made.run("config", "set", "vpc_id", vpc)
        for index, zone in enumerate((f"{REGION}a", f"{REGION}b")):
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=zone)["Subnet"]
            made.run("config", "set", "--path", f"subnet_ids[{index}]", subnet["SubnetId"])
