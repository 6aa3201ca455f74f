"""Where the time of an offline check goes, from a cold start: `gateway-policy check stacks --stack recommended`.

The command is two processes: its own, and one that runs the program. Each step is measured by a process that does this
step and all steps before it; the time of a step is the difference between the shortest processor times. The base is
what no program that creates these resources can avoid: an interpreter, Pulumi's SDK, and the service modules of
`pulumi_aws`.
"""

import sys
from pathlib import Path
from typing import Final

from .measure import Figures, in_turns, read, run, seconds, summary, table

STACK: Final = "recommended"
INTERPRETER, SDK, SERVICES, COMPONENT, READER, READ, COMMAND, WHOLE = (
    "interpreter",
    "sdk",
    "services",
    "component",
    "reader",
    "read",
    "command",
    "whole",
)
"""Processes, named after the last of their steps."""
COMMAND_MODULES: Final = (
    "policypack.cli",
    "policypack.evaluation.fleet",
    "policypack.configuration.baseline",
    "policypack.reports.terminal",
)
"""What `gateway-policy check` imports lazily."""


def measure(rounds: int) -> Figures:
    """The figures of every process."""
    services = _services()
    touched = f"import pulumi_aws; {'; '.join(f'pulumi_aws.{each}' for each in services)}"
    reader = "from policypack.sources import target"
    programs = {
        INTERPRETER: "pass",
        SDK: "import pulumi",
        SERVICES: touched,
        COMPONENT: f"{touched}; import policypack.sources.python_host; from secure_gateway import SecureGateway",
        READER: reader,
        READ: f"{reader}; target.load('stacks', stack='{STACK}')",
        COMMAND: f"{reader}; import {', '.join(COMMAND_MODULES)}",
    }
    commands: dict[str, list[str | Path]] = {
        **{name: [sys.executable, "-c", program] for name, program in programs.items()},
        WHOLE: [Path(sys.executable).with_name("gateway-policy"), "check", "stacks", "--stack", STACK],
    }
    taken = in_turns({name: lambda it=it: run(it) for name, it in commands.items()}, rounds)
    return {"services": services, "processes": {name: summary(each) for name, each in taken.items()}}


def _services() -> list[str]:
    """The classes of the stack's resources, such as `wafv2.WebAcl`; accessing one imports its service."""
    from policypack.sources import target

    types = {each.type for each in target.load("stacks", stack=STACK).resources if each.type.startswith("aws:")}
    parts = [type_.removeprefix("aws:").partition("/")[::2] for type_ in sorted(types)]
    return [f"{'lambda_' if service == 'lambda' else service}.{rest.partition(':')[2]}" for service, rest in parts]


def steps(found: Figures) -> dict[str, float]:
    """Processor seconds of each step."""
    took = {name: read(each).processor for name, each in found["processes"].items()}
    measured = {
        "starting two interpreters": 2 * took[INTERPRETER],
        "importing Pulumi's SDK": took[SDK] - took[INTERPRETER],
        "importing the service modules of pulumi_aws": took[SERVICES] - took[SDK],
        "importing the component": took[COMPONENT] - took[SERVICES],
        "running the program": took[READ] - took[READER] - took[COMPONENT],
        "importing the command": took[COMMAND] - took[INTERPRETER],
    }
    return {**measured, "evaluating and reporting": took[WHOLE] - sum(measured.values())}


def report(found: Figures) -> str:
    """The table."""
    base, whole = (read(found["processes"][name]) for name in (SERVICES, WHOLE))
    rows = [[name, seconds(max(each, 0.0)), ""] for name, each in steps(found).items()]
    wholly = f"{seconds(whole.shortest)} / {seconds(whole.median)}"
    rows.append(["**the whole command**", f"**{seconds(whole.processor)}**", wholly])
    rows.append(
        [
            "base: one interpreter, the SDK and the service modules",
            seconds(base.processor),
            f"{seconds(base.shortest)} / {seconds(base.median)}",
        ]
    )
    rows.append(
        [
            "**above the base**",
            f"**{seconds(whole.processor - base.processor)}**",
            seconds(whole.shortest - base.shortest),
        ]
    )
    return table(["", "processor s", "s, min / median"], rows)
