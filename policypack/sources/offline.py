"""Runs a Pulumi program without the Pulumi CLI and AWS, and reads which resources it registers.

The program runs against our own monitor (monitor.py), in a separate process, as at the first preview of an empty stack:
ids are unknown, and so are outputs that the program does not set. The monitor of a program in Python is in the
program's own process (python_process.py); that of other programs is in this one (program_process.py).
"""

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import UNKNOWN, decode
from ..model import languages
from ..model.languages import Language
from .invokes import FunctionResult
from .job import Job
from .project import Project, StackConfig
from .source import Engine, Source, SourceError

DEFAULT_STACK: Final = "dev"
ORGANIZATION: Final = "organization"
"""The name that Pulumi's file backends use for the organization."""
RUN: Final[Mapping[Language | None, str]] = {
    Language.PYTHON: "Python",
    Language.NODEJS: "TypeScript, JavaScript",
    Language.GO: "Go",
    Language.YAML: "YAML",
}
"""The languages of the programs that run here, as messages name them."""


def run(target: str, project: Project, *, stack: str | None, function_results: Sequence[FunctionResult]) -> Source:
    """Run the program of a project for a stack, and read its resources.

    `stack` may be qualified (`organization/stack`). Without it, the only stack with a configuration file is used.
    Raises SourceError if the program cannot be run, fails, or calls provider functions whose results are missing.
    """
    language = languages.of_runtime(project.runtime)
    if language is None or language not in RUN:
        raise SourceError(
            f"{target} is written for the {project.runtime or 'unnamed'} runtime; without the Pulumi CLI, programs in "
            f"{_listed()} run. Evaluate it with Pulumi's own engine:\n"
            f"  cd {project.root} && pulumi preview --policy-pack $(gateway-policy path)"
        )
    qualified = stack or _only_stack(project)
    organization, _, name = qualified.rpartition("/")
    config = project.stack_config(name)
    job = Job(
        project=project.name,
        stack=name,
        organization=organization.partition("/")[0] or ORGANIZATION,
        root=str(project.root),
        directory=str(project.directory),
        entry=project.entry,
        region=_region(config),
        config=dict(config.values),
        secret_keys=sorted(config.secrets),
        options=dict(project.options),
        function_results=list(function_results),
        packages=project.packages(),
    )
    if language is Language.PYTHON:
        python, missing = _python(project)
        result = _spawn(job, python)
    else:
        missing = []
        result = _served(job, language)
    if result["missing"]:
        raise SourceError(_missing(result["missing"]))
    if result["failure"]:
        notes = "".join(f"\nnote: {note}" for note in (*config.notes, *missing))
        raise SourceError(
            f"the program of {target} (stack {name}) failed:\n{textwrap.indent(result['failure'], '  ')}{notes}"
        )
    left = [
        f"the components of {name} could not be constructed: {reason}"
        for name, reason in result.get("notRun", {}).items()
    ]
    assumed = [f"assumed instead of asking AWS: {', '.join(result['assumed'])}"] if result["assumed"] else []
    return Source(
        target=target,
        engine=Engine.OFFLINE,
        project=project.name,
        stack=name,
        root=str(project.root),
        resources=tuple(sorted((resource(each, language) for each in result["resources"]), key=lambda each: each.urn)),
        notes=(*config.notes, *missing, *assumed, *left),
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


def _spawn(job: Job, python: Path) -> dict[str, Any]:
    environment = {
        "GRPC_VERBOSITY": "ERROR",  # it would log how connections end
        **os.environ,
        "PULUMI_CONFIG": json.dumps(job.config),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(job.secret_keys),
    }
    child = Path(__file__).with_name("python_process.py")
    given = json.dumps(asdict(job))
    process = subprocess.run(  # noqa: S603 - the user's program
        [python, child], env=environment, input=given, stdout=subprocess.PIPE, encoding="utf-8", check=False
    )
    try:
        return json.loads(process.stdout)
    except ValueError as error:
        raise SourceError(f"the program ended early (exit code {process.returncode})") from error


def _served(job: Job, language: Language) -> dict[str, Any]:
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # it would log how connections end
    from . import golang, nodejs, program_process  # the SDK and gRPC take a while to import

    if language is Language.YAML:
        from . import yaml_host

        return yaml_host.run(job)
    launchers: dict[Language, program_process.Launcher] = {Language.NODEJS: nodejs.launch, Language.GO: golang.launch}
    return program_process.run(job, launchers[language])


def _listed() -> str:
    names = list(RUN.values())
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _missing(calls: Sequence[str]) -> str:
    listed = "\n".join(f"  {call}" for call in calls)
    return (
        f"the program calls provider functions whose results an offline run cannot know:\n{listed}\n"
        "Give the results with --data FILE, a map from function to result, such as\n"
        "  aws:ec2/getVpc:getVpc: {id: vpc-1234, cidrBlock: 10.0.0.0/16}"
    )


def resource(written: Mapping[str, Any], language: Language) -> Resource:
    """A resource, from what program_run.py wrote of it."""
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
        language=language,
        secrets=frozenset(secrets),
    )
