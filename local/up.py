"""Deploys `recommended` to a local emulation of AWS with the real Pulumi CLI, checks the stack and destroys it."""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import lab

CHECK = (str(Path(sys.executable).with_name("gateway-policy")), "check")


def missing() -> str:
    """What must be installed first, in one line; empty if nothing is missing."""
    if shutil.which("pulumi") is None:
        return "no `pulumi` on PATH: install the Pulumi CLI (https://www.pulumi.com/docs/install/)"
    if not lab.has_aws_plugin():
        return "the CLI has no AWS provider: pulumi plugin install resource aws"
    return "" if importlib.util.find_spec("moto") else "no moto: run `make local`"


def say(text: str) -> None:
    """Print a step."""
    sys.stdout.write(f"\n== {text}\n")
    sys.stdout.flush()


def offline() -> int:
    """Check the program without the Pulumi engine."""
    say("gateway-policy check stacks --stack recommended")
    return subprocess.run([*CHECK, "stacks", "--stack", "recommended"], cwd=lab.ROOT, check=False).returncode


def main() -> int:
    """Deploy, check and destroy the stack; returns the exit code of the check."""
    reason = missing()
    if reason:
        sys.stdout.write(f"{reason}\nUntil then, this checks the program offline:\n")
        return offline()
    with tempfile.TemporaryDirectory(prefix="secure-gateway-") as name, lab.cloud(Path(name) / "aws.log") as aws:
        stack = lab.project(Path(name), "recommended", aws)
        say("pulumi up (local AWS)")
        stack.up()
        sys.stdout.write(stack.run("stack", "output"))
        try:
            say("pulumi stack export, gateway-policy check")
            state = Path(name) / "recommended.json"
            stack.run("stack", "export", "--file", str(state))
            verdict = subprocess.run([*CHECK, str(state)], check=False).returncode
            say("gateway-policy verify")
            verify = [CHECK[0], "verify", str(state)]
            compared = subprocess.run(verify, env=stack.environment, check=False).returncode
            verdict = verdict or compared
        finally:
            say("pulumi destroy")
            stack.destroy()
            left = "resources" if stack.resources() else "no resources"
            sys.stdout.write(f"{left} are left in the state\n")
    return verdict


if __name__ == "__main__":
    sys.exit(main())
