"""Runs a Pulumi program in Python without the Pulumi CLI, AWS and plugins, and reads which resources it registers.

The program runs against our own monitor (monitor.py), in a separate process (child.py), as at the first preview of an
empty stack: ids are unknown, and so are outputs that the program does not set.
"""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import UNKNOWN, decode
from ..model.languages import Language
from .invokes import FunctionResult
from .project import Project, StackConfig
from .source import Engine, Source, SourceError

DEFAULT_STACK: Final = "dev"
ORGANIZATION: Final = "organization"
"""The name that Pulumi's file backends use for the organization."""


def run(target: str, project: Project, *, stack: str | None, function_results: Sequence[FunctionResult]) -> Source:
    """Run the program of a project for a stack, and read its resources.

    `stack` may be qualified (`organization/stack`). Without it, the only stack with a configuration file is used.
    Raises SourceError if the program cannot be run, fails, or calls provider functions whose results are missing.
    """
    if project.runtime != Language.PYTHON:
        raise SourceError(
            f"{target} is written for the {project.runtime or 'unnamed'} runtime; the offline engine runs Python only. "
            f"Evaluate it with Pulumi's own engine:\n"
            f"  cd {project.root} && pulumi preview --policy-pack $(gateway-policy path)"
        )
    qualified = stack or _only_stack(project)
    organization, _, name = qualified.rpartition("/")
    config = project.stack_config(name)
    job = {
        "project": project.name,
        "stack": name,
        "organization": organization.partition("/")[0] or ORGANIZATION,
        "root": str(project.root),
        "directory": str(project.directory),
        "entry": project.entry,
        "function_results": list(function_results),
        "region": _region(config),
    }
    python, missing = _python(project)
    result = _spawn(job, python, config)
    if result["missing"]:
        raise SourceError(_missing(result["missing"]))
    if result["failure"]:
        notes = "".join(f"\nnote: {note}" for note in (*config.notes, *missing))
        raise SourceError(
            f"the program of {target} (stack {name}) failed:\n{textwrap.indent(result['failure'], '  ')}{notes}"
        )
    assumed = [f"assumed instead of asking AWS: {', '.join(result['assumed'])}"] if result["assumed"] else []
    return Source(
        target=target,
        engine=Engine.OFFLINE,
        project=project.name,
        stack=name,
        root=str(project.root),
        resources=tuple(sorted(map(_resource, result["resources"]), key=lambda each: each.urn)),
        notes=(*config.notes, *missing, *assumed),
    )


def _only_stack(project: Project) -> str:
    stacks = project.stacks()
    if len(stacks) > 1:
        raise SourceError(f"{project.root} has several stacks; choose one with --stack: {', '.join(stacks)}")
    return stacks[0] if stacks else DEFAULT_STACK


def _region(config: StackConfig) -> str:
    """The region that the AWS provider would use: from the configuration, else from the environment."""
    configured = [config.values.get(key, "") for key in ("aws:region", "aws-native:region")]
    return next(filter(None, [*configured, os.environ.get("AWS_REGION"), os.environ.get("AWS_DEFAULT_REGION")]), "")


def _python(project: Project) -> tuple[Path, list[str]]:
    """The interpreter of the project's virtual environment, else our own, and notes about the choice."""
    if project.virtualenv:
        folder = project.root / project.virtualenv
        python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        if python.exists():
            return python, []
        return Path(sys.executable), [f"{project.virtualenv} does not exist; the program ran with {sys.executable}"]
    return Path(sys.executable), []


def _spawn(job: Mapping[str, Any], python: Path, config: StackConfig) -> dict[str, Any]:
    environment = {
        "GRPC_VERBOSITY": "ERROR",  # it would log how connections end
        **os.environ,
        "PULUMI_CONFIG": json.dumps(config.values),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(sorted(config.secrets)),
    }
    child = Path(__file__).with_name("child.py")
    given = json.dumps(job)
    process = subprocess.run(  # noqa: S603 - the user's program
        [python, child], env=environment, input=given, stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    try:
        return json.loads(process.stdout)
    except ValueError as error:
        raise SourceError(f"the program ended early (exit code {process.returncode})") from error


def _missing(calls: Sequence[str]) -> str:
    listed = "\n".join(f"  {call}" for call in calls)
    return (
        f"the program calls provider functions whose results an offline run cannot know:\n{listed}\n"
        "Give the results with --data FILE, a map from function to result, such as\n"
        "  aws:ec2/getVpc:getVpc: {id: vpc-1234, cidrBlock: 10.0.0.0/16}"
    )


def _resource(written: Mapping[str, Any]) -> Resource:
    secrets: set[str] = set()
    return Resource(
        urn=written["urn"],
        type=written["type"],
        name=written["name"],
        inputs=decode(written["inputs"], secrets),
        outputs=decode(written["outputs"], secrets),
        id=(written["id"] or UNKNOWN) if written["custom"] else None,
        parent=written["parent"],
        dependencies=frozenset(written["dependencies"]),
        property_dependencies={key: frozenset(urns) for key, urns in written["propertyDependencies"].items()},
        ignore_changes=tuple(written["ignoreChanges"]),
        location=written["location"],
        remote=written["remote"],
        custom=written["custom"],
        language=Language.PYTHON,
        secrets=frozenset(secrets),
    )
