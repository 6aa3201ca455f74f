"""Thousands of stacks of a self-managed backend in one command, by their number.

A stack has 200 resources: two gateways as in `stacks.py`, and what surrounds them in most stacks (queues, tables,
buckets, roles, log groups). Measured is `gateway-policy check --backend file://...` with a report in one line for each
finding, from starting the interpreter to its end: seconds, processor seconds of all its processes, the most memory that
they had together, and when the first violation was printed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from . import stacks
from .measure import Figures, module, run, say, seconds, table

SIZES: Final = (100, 1_000, 10_000)
RESOURCES: Final = 200
GATEWAYS: Final = 2
OTHERS: Final = (
    "sqs/queue:Queue",
    "dynamodb/table:Table",
    "s3/bucketV2:BucketV2",
    "iam/role:Role",
    "ssm/parameter:Parameter",
)
PROJECTS: Final = 50
INTERVAL: Final = 0.2
"""Seconds between two samples of the memory."""


def state(number: int) -> str:
    """The state file of a stack."""
    name, project = f"s{number}", f"p{number % PROJECTS}"
    written = [each for gateway in range(GATEWAYS) for each in stacks.gateway(number * GATEWAYS + gateway)]
    for index in range(RESOURCES - len(written)):
        type_ = f"aws:{OTHERS[index % len(OTHERS)]}"
        inputs = {"name": f"thing-{index}", "tags": {"team": project, "index": str(index)}}
        outputs = {**inputs, "arn": f"arn:aws:any:eu-west-1:123456789012:{name}-{index}", "id": f"t{index}"}
        urn = f"{stacks.HEAD}{type_}::t{index}"
        written.append(
            {"urn": urn, "type": type_, "custom": True, "id": f"t{index}", "inputs": inputs, "outputs": outputs}
        )
    text = json.dumps({"version": 3, "checkpoint": {"stack": name, "latest": {"resources": written}}})
    return text.replace(stacks.HEAD, f"urn:pulumi:{name}::{project}::")


def write(count: int, folder: Path) -> None:
    """Write a backend."""
    for project in range(PROJECTS):
        (folder / f".pulumi/stacks/p{project}").mkdir(parents=True)
    for number in range(count):
        (folder / f".pulumi/stacks/p{number % PROJECTS}/s{number}.json").write_text(state(number))


def measure(*, sizes: Iterable[int] = SIZES) -> Figures:
    """The figures by number of stacks. Each size is measured once: the largest takes minutes."""
    found: Figures = {"sizes": {}}
    for size in sizes:
        say(f"fleet: {size:,} stacks")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            run(module("fleet", size, folder))
            found["sizes"][str(size)] = _measured(Path(folder))
    return found


def _measured(folder: Path) -> Figures:
    program = Path(sys.executable).with_name("gateway-policy")
    report = folder / "report"
    command = [program, "check", "--backend", f"file://{folder}", "--format", "concise", "--output", report]
    begun = time.perf_counter()
    with (folder / "out").open("w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True)
    first: list[float] = []
    reader = threading.Thread(target=_first_line, args=(process, begun, first))
    reader.start()
    most = processor = 0.0
    while process.poll() is None:
        memory, used = _tree(process.pid)
        most, processor = max(most, memory), max(processor, used)
        time.sleep(INTERVAL)
    reader.join()
    if process.returncode != 1:
        raise AssertionError(f"the run ended with {process.returncode}: {(folder / 'out').read_text()}")
    took = time.perf_counter() - begun
    return {"seconds": took, "processor": processor, "megabytes": most, "first": first[0] if first else None}


def _first_line(process: "subprocess.Popen[str]", begun: float, first: list[float]) -> None:
    for line in process.stderr or ():
        if "first violation" in line:
            first.append(time.perf_counter() - begun)  # noqa: PERF401 - lines arrive over time


def _tree(pid: int) -> tuple[float, float]:
    """Megabytes and processor seconds of a process and all its children, as Linux counts them."""
    memory = used = 0.0
    for process in (pid, *_children(pid)):
        try:
            status = Path(f"/proc/{process}/status").read_text()
            times = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        memory += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")), 0) / 1024
        used += (int(times[11]) + int(times[12])) / 100
    return memory, used


def _children(pid: int) -> list[int]:
    try:
        children = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
    return [*children, *(each for child in children for each in _children(child))]


def report(found: Figures) -> str:
    """The table."""
    rows = [
        [
            f"{int(size):,}",
            f"{int(size) * RESOURCES:,}",
            seconds(each["seconds"]),
            seconds(each["processor"]),
            f"{each['processor'] / int(size) / RESOURCES * 1e6:.0f}",
            f"{each['megabytes']:,.0f}",
            seconds(each["first"]) if each["first"] is not None else "",
        ]
        for size, each in found["sizes"].items()
    ]
    head = [
        "stacks",
        "resources",
        "s",
        "processor s",
        "processor µs a resource",
        "MB, all processes",
        "first violation, s",
    ]
    return table(head, rows)


def main() -> None:
    """Write a backend to measure."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("stacks", type=int)
    parser.add_argument("folder", type=Path)
    args = parser.parse_args()
    write(args.stacks, args.folder)


if __name__ == "__main__":
    main()
