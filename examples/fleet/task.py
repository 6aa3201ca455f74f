"""One task of a fleet run, in a container: it evaluates a shard, or joins all shards of the run.

AWS Batch starts it as a command (`main`), a Lambda function as a handler (`handler`). The environment variables are
BACKEND, the URL of the backend; RESULTS, the bucket for what was found, which may also contain `policy-config.json`;
and SHARDS, how many there are.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

CONFIGURATION: Final = "policy-config.json"
REPORT: Final = "fleet.html"


def main(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """`shard`, whose number comes from the index in the array job, or `join`. Returns the exit code."""
    of, run = int(environment["SHARDS"]), environment["RUN"]
    with tempfile.TemporaryDirectory() as folder:
        if argv == ["shard"]:
            return shard(int(environment["AWS_BATCH_JOB_ARRAY_INDEX"]) + 1, of, run, Path(folder))
        return join(of, run, Path(folder))


def handler(event: Mapping[str, Any], _context: object) -> int:
    """The same for a Lambda function, whose event has the name of the run and, unless it joins, the number of a shard.

    Returns the exit code. Raises RuntimeError if the task failed, so that the state machine retries it.
    """
    of = int(os.environ["SHARDS"])
    with tempfile.TemporaryDirectory() as folder:
        if "shard" in event:
            # Lambda has no shared memory, which several processes would need.
            code = shard(int(event["shard"]), of, event["run"], Path(folder), "--jobs", "1")
        else:
            code = join(of, event["run"], Path(folder))
    if code > 1 or (code and "shard" in event):
        raise RuntimeError(f"the task ended with exit code {code}; its log says why")
    return code


def shard(number: int, of: int, run: str, folder: Path, *options: str) -> int:
    """Evaluate a shard and upload what was found."""
    part = folder / "part.json"
    code = _command(
        "check", "--backend", os.environ["BACKEND"], "--shard", f"{number}/{of}", "--output", str(part), *options,
        *_configuration(folder),
    )  # fmt: skip
    if code == 0:
        _results().put_file(str(part), _address(run, f"part-{number}.json"))
    return code


def join(of: int, run: str, folder: Path) -> int:
    """Join all shards of a run and upload the report."""
    parts = [folder / f"part-{number}.json" for number in range(1, of + 1)]
    for part in parts:
        _results().get_file(_address(run, part.name), str(part))
    report = folder / REPORT
    code = _command("join", *map(str, parts), "--format", "html", "--output", str(report), *_configuration(folder))
    if report.exists():
        _results().put_file(str(report), _address(run, REPORT))
    return code


def _configuration(folder: Path) -> list[str]:
    """The options for the configuration, if there is one among the results."""
    address, file = f"{os.environ['RESULTS']}/{CONFIGURATION}", folder / CONFIGURATION
    if not _results().exists(address):
        return []
    _results().get_file(address, str(file))
    return ["--config", str(file)]


def _address(run: str, name: str) -> str:
    return f"{os.environ['RESULTS']}/{run}/{name}"


def _results() -> Any:
    import fsspec  # pyright: ignore[reportMissingImports] - in the container

    return fsspec.url_to_fs(os.environ["RESULTS"])[0]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def _command(*arguments: str) -> int:
    return subprocess.run(["gateway-policy", *arguments], check=False).returncode  # noqa: S603, S607 - its own arguments


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
