"""Builds and starts programs in Go as Pulumi's language host for Go does."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from .job import Job
from .printed import SHOWN
from .program_process import Launch
from .source import SourceError

PARALLEL: Final = 16
"""How many resources the SDK registers at the same time."""


def launch(job: Job, address: str, folder: Path) -> Launch:
    """Build the program, and determine how to start it. Raises SourceError if it cannot be built."""
    binary = str(job.options.get("binary") or "")
    return Launch(
        command=[str(Path(job.root, binary)) if binary else _built(job, folder / "program")],
        directory=job.directory,
        environment={
            "PULUMI_ORGANIZATION": job.organization,
            "PULUMI_PROJECT": job.project,
            "PULUMI_ROOT_DIRECTORY": job.root,
            "PULUMI_STACK": job.stack,
            "PULUMI_DRY_RUN": "true",
            "PULUMI_PARALLEL": str(PARALLEL),
            "PULUMI_MONITOR": address,
            "PULUMI_ENGINE": address,
        },
    )


def _built(job: Job, program: Path) -> str:
    """The program as an executable. File names stay as they are (no `-trimpath`), since resources report them."""
    if not any(Path(job.directory).glob("*.go")):
        raise SourceError(f"{job.directory} contains no Go files, although Pulumi.yaml says that the runtime is go")
    go = shutil.which("go")
    if go is None:
        raise SourceError(
            f"{job.directory} contains a program in Go, but there is no `go` on PATH: install Go, or check the output "
            "of `pulumi preview --json --show-sames` instead"
        )
    command = [go, "build", "-buildvcs=false", "-ldflags", "-w -s", "-o", str(program)]
    build = subprocess.run(  # noqa: S603 - the user's program
        command, cwd=job.directory, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
    )
    if build.returncode:
        shown = "\n".join(f"  {line}" for line in build.stderr.splitlines()[-SHOWN:])
        raise SourceError(f"the program in {job.directory} does not compile (`go build`):\n{shown}")
    if not os.access(program, os.X_OK):
        raise SourceError(f"the program in {job.directory} has no `main` package, so there is nothing to run")
    return str(program)
