"""Starts programs in TypeScript and JavaScript as Pulumi's language host for Node.js does."""

import shlex
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from .job import Job
from .program_process import Launch, configuration
from .source import SourceError

RUNNER: Final = "@pulumi/pulumi/cmd/run"
"""The module of the SDK that runs a program. It compiles TypeScript by itself, with ts-node."""
STARTER: Final = Path(__file__).with_name("nodejs_program.js")
PARALLEL: Final = 16
"""How many resources the SDK registers at the same time."""
_LOCK_FILES: Final = {
    "pnpm-lock.yaml": "pnpm install",
    "yarn.lock": "yarn install",
    "bun.lock": "bun install",
    "bun.lockb": "bun install",
}


def launch(job: Job, address: str, _folder: Path) -> Launch:
    """How to start the program. Raises SourceError if Node.js or the program's packages are not installed."""
    node = shutil.which("node")
    if node is None:
        raise SourceError(
            f"{job.directory} contains a program for Node.js, but there is no `node` on PATH: install Node.js, "
            "or check the output of `pulumi preview --json --show-sames` instead"
        )
    values = {_with_marker(key): value for key, value in job.config.items()}
    options = _options(job.options)
    arguments = {
        "monitor": address,
        "engine": address,
        "organization": job.organization,
        "project": job.project,
        "root-directory": job.root,
        "stack": job.stack,
        "pwd": job.directory,
        "parallel": str(PARALLEL),
    }
    return Launch(
        command=[
            node,
            *_arguments(job),
            str(STARTER),
            _runner(node, job),
            *(part for name, value in arguments.items() for part in (f"--{name}", value)),
            "--dry-run",
            job.entry,
        ],
        directory=job.directory,
        environment={**configuration(values, job.secret_keys), **options},
    )


def _arguments(job: Job) -> list[str]:
    given = str(job.options.get("nodeargs") or "")
    try:
        return shlex.split(given)
    except ValueError as error:
        raise SourceError(f"runtime.options.nodeargs is {given!r}, whose quotation marks do not match") from error


def _with_marker(key: str) -> str:
    """A configuration key as SDKs of all versions understand it: `project:config:name`."""
    namespace, _, name = key.partition(":")
    return f"{namespace}:config:{name}"


def _options(options: Mapping[str, Any]) -> dict[str, str]:
    given = {"PULUMI_NODEJS_TYPESCRIPT": "true"} if options.get("typescript", True) else {}
    if options.get("tsconfig"):
        given["PULUMI_NODEJS_TSCONFIG_PATH"] = str(options["tsconfig"])
    return given


def _runner(node: str, job: Job) -> str:
    """The path of the SDK's runner, which Node.js looks for in the program's folder and in all folders above it."""
    script = f"process.stdout.write(require.resolve('{RUNNER}'))"
    found = subprocess.run(  # noqa: S603 - the interpreter of the user's program
        [node, "-e", script], cwd=job.directory, capture_output=True, encoding="utf-8", check=False
    )
    if found.returncode:
        raise SourceError(
            f"@pulumi/pulumi is not installed for the program in {job.directory}: run `{_install(job)}` there first"
        )
    return found.stdout


def _install(job: Job) -> str:
    """The command that installs the packages of the program, by its package manager."""
    named = str(job.options.get("packagemanager") or "auto")
    if named != "auto":
        return f"{named} install"
    folder = Path(job.directory)
    for each in (folder, *folder.parents):
        for name, command in _LOCK_FILES.items():
            if (each / name).is_file():
                return command
        if (each / ".git").exists():
            break
    return "npm install"
