"""Many stacks at once: in several processes, in shards, and with some that are damaged."""

import gzip
import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from benchmarks import stacks
from policypack import cli
from policypack.configuration import config
from policypack.evaluation import fleet, processes
from policypack.evaluation.outcome import Failed, Task
from policypack.evaluation.progress import EVERY, Lines, duration
from policypack.evaluation.whole_file import whole_file
from policypack.model.findings import Status
from policypack.sources.source import Source

TODAY = date(2026, 1, 1)
HOSTILE = {"empty": "", "broken": '{"version": 3', "deep": "[" * 100_000, "list": "[]"}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A backend with twelve stacks of one gateway each, and some that cannot be read."""
    folder = tmp_path / "store/.pulumi/stacks/shop"
    folder.mkdir(parents=True)
    for number in range(12):
        states = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(stacks.gateway(number))}}})
        (folder / f"s{number}.json").write_text(states.replace(stacks.HEAD, f"urn:pulumi:s{number}::shop::"))
    for name, text in HOSTILE.items():
        (folder / f"{name}.json").write_text(text)
    return tmp_path / "store"


def check(store: Path, *options: str) -> int:
    return cli.main(["check", "--backend", f"file://{store}", *options])


def test_evaluates_a_backend_stack_by_stack(store: Path, capsys) -> None:
    assert check(store, "--format", "json") == 1

    report = json.loads(capsys.readouterr().out)
    assert [each["stack"] for each in report["summary"]["targets"]] == sorted(f"s{n}" for n in range(12))
    assert {each["resources"] for each in report["summary"]["targets"]} == {stacks.EACH}
    assert [Path(each["target"]).stem for each in report["summary"]["failures"]] == sorted(HOSTILE)


def test_writes_nothing_to_a_backend(store: Path) -> None:
    before = {each: each.stat() for each in store.rglob("*")}

    check(store)

    assert {each: each.stat().st_mtime_ns for each in store.rglob("*")} == {e: s.st_mtime_ns for e, s in before.items()}


@pytest.mark.parametrize("form", ["json", "terminal", "sarif", "junit", "markdown", "concise", "github", "html"])
def test_joined_shards_are_one_run(store: Path, tmp_path: Path, form: str) -> None:
    waiver = {"urn": "*::s0", "reason": "a test", "owner": "us", "until": "2999-01-01"}
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"waf-stages-have-web-acl": {"waivers": [waiver, {**waiver, "urn": "*::s99"}]}}))
    options = ["--config", str(file), "--fail-on", "low"]
    parts = [tmp_path / f"part-{number}.json" for number in (1, 2, 3)]
    for number, part in enumerate(parts, 1):
        assert check(store, *options, "--shard", f"{number}/3", "--output", str(part)) == 0

    whole, joined = tmp_path / "whole", tmp_path / "joined"
    assert check(store, *options, "--format", form, "--output", str(whole)) == 1
    given = map(str, reversed(parts))
    assert cli.main(["join", *given, *options, "--format", form, "--output", str(joined)]) == 1
    assert joined.read_bytes() == whole.read_bytes()


def shards(store: Path, tmp_path: Path, of: int, *options: str) -> list[Path]:
    parts = [tmp_path / f"{of}-{number}.json" for number in range(1, of + 1)]
    for number, part in enumerate(parts, 1):
        assert check(store, *options, "--shard", f"{number}/{of}", "--output", str(part)) == 0
    return parts


def test_shards_that_do_not_belong_together_are_rejected(store: Path, tmp_path: Path, capsys) -> None:
    one, two = shards(store, tmp_path, 2)
    (only,) = shards(store, tmp_path, 1)
    half = tmp_path / "half.json"
    half.write_text(one.read_text()[:-5])
    strange = tmp_path / "strange.json"
    strange.write_text(one.read_text().replace('"status":"violation"', '"status":"great"'))
    cases = [
        ([one], "of 2 shards, these are missing: 2"),
        ([one, two, one], "are both shard 1 of 2"),
        ([one, two, only], "shards of several runs, with 1 and 2 shards"),
        ([half, two], "is not the complete file of a shard"),
        ([strange, two], "is not the complete file of a shard"),
        ([tmp_path / "none.json"], "No such file"),
        ([store / ".pulumi/stacks/shop/s1.json"], "is not the complete file of a shard"),
    ]
    for files, message in cases:
        assert cli.main(["join", *map(str, files)]) == 2
        assert message in capsys.readouterr().err
    config_file = tmp_path / "config.json"
    config_file.write_text('{"all": {"waivers": [{"urn": "*", "reason": "x"}]}}')
    assert cli.main(["join", str(one), str(two), "--config", str(config_file)]) == 2
    assert "other settings or waivers" in capsys.readouterr().err


def test_a_shard_may_be_empty_and_depends_on_the_address_alone(store: Path, tmp_path: Path) -> None:
    parts = shards(store, tmp_path, 40)
    held = [{each["order"][1] for each in json.loads(part.read_text())["stacks"]} for part in parts]

    assert set() in held
    assert sum(map(len, held)) == len(set.union(*held)) == 12 + len(HOSTILE)
    (store / ".pulumi/stacks/shop/added.json").write_text("")
    again = [
        {each["order"][1] for each in json.loads(part.read_text())["stacks"]} for part in shards(store, tmp_path, 40)
    ]
    assert [now - before for now, before in zip(again, held, strict=True) if now - before] == [
        {f"file://{store}/.pulumi/stacks/shop/added"}
    ]


@pytest.mark.parametrize("given", ["0/2", "3/2", "a/b", "1", "1/0", "-1/2", "1/2/3"])
def test_a_shard_has_a_number(store: Path, tmp_path: Path, capsys, given: str) -> None:
    assert check(store, f"--shard={given}", "--output", str(tmp_path / "part.json")) == 2
    assert "--shard: expected" in capsys.readouterr().err


def test_a_shard_that_fails_leaves_no_file(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_options: object):
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(fleet, "evaluated", fail)
    with pytest.raises(KeyboardInterrupt):
        check(store, "--shard", "1/1", "--output", str(tmp_path / "out/part.json"))
    assert list((tmp_path / "out").iterdir()) == []


def test_the_tags_of_a_backend_decide_levels(store: Path, tmp_path: Path, capsys) -> None:
    file = tmp_path / "config.json"
    edge = {"tags": {"tier": "edge"}, "enforcementLevel": "mandatory"}
    file.write_text(json.dumps({"all": {"enforcementLevel": "advisory", "stacks": [edge]}}))
    options = ["--match", "shop/s0", "--config", str(file)]
    assert check(store, *options) == 0

    (store / ".pulumi/stacks/shop/s0.pulumi-tags").write_text('{"version": 1, "tags": {"tier": "edge"}}')
    assert check(store, *options) == 1
    assert check(store, *options, "--stack-tag", "tier=internal") == 0
    capsys.readouterr()


def test_a_stack_in_both_layouts_is_evaluated_once(store: Path, capsys) -> None:
    folder = store / ".pulumi/stacks"
    (folder / "s0.json").write_bytes((folder / "shop/s0.json").read_bytes())

    assert check(store, "--match", "shop/s0", "--format", "json") == 1
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert len(summary["targets"]) == 1
    assert "are the same stack: shop/s0" in summary["failures"][0]["reason"]


# -- Processes -------------------------------------------------------------------------------------------------------


def killed(*, most: int | None = None) -> Source:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def broken(*, most: int | None = None) -> Source:
    raise ZeroDivisionError("a value that may be secret")


def hungry(*, most: int | None = None) -> Source:
    raise MemoryError


def fine(number: int) -> Source:
    from policypack.sources import export

    written = json.dumps({"deployment": {"resources": list(stacks.gateway(number))}})
    return export.read(f"s{number}", json.loads(written.replace(stacks.HEAD, f"urn:pulumi:s{number}::shop::")))


class Fine:
    def __init__(self, number: int) -> None:
        self.number = number

    def __call__(self, *, most: int | None = None) -> Source:
        return fine(self.number)


def test_a_process_that_dies_costs_one_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ALONE", 0.0)
    loads = [Fine(0), killed, Fine(1), broken, hungry, Fine(2), Fine(3)]
    given = [Task(name=f"t{index}", order=(0, f"t{index}", 0), load=load) for index, load in enumerate(loads)]

    found = dict(processes.outcomes(given, config.parse({}), TODAY, jobs=2))

    failed = {task.name: each.reason for task, each in found.items() if isinstance(each, Failed)}
    assert set(failed) == {"t1", "t3", "t4"}
    assert "its process was killed" in failed["t1"]
    assert "ZeroDivisionError" in failed["t3"]
    assert "secret" not in failed["t3"]
    assert "MemoryError" in failed["t4"]
    assert len(found) == len(loads)
    alone = {task.name: each for task, each in processes.outcomes([given[0]], config.parse({}), TODAY, jobs=2) if each}
    assert {task.name: each for task, each in found.items()}["t0"] == alone["t0"]


def test_a_large_stack_is_left_to_a_process(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that runs out then ends the process of one stack, and not the run."""
    left: list[str] = []

    def noted(_self: object, tasks):
        left.extend(Path(each.name).stem for each in tasks)
        yield from ()

    monkeypatch.setattr(processes, "ALONE", 60.0)
    monkeypatch.setattr(processes, "SMALL", 20_000)
    monkeypatch.setattr(processes._Processes, "outcomes", noted)
    folder = store / ".pulumi/stacks/shop"
    content = (folder / "s1.json").read_text()
    (folder / "s1.json").write_text(content + " " * 20_000)
    (folder / "s2.json").write_bytes(gzip.compress((folder / "s2.json").read_bytes() + b" " * 20_000))
    exports = [str(folder / "s1.json"), str(folder / "s3.json")]

    given = fleet.tasks(exports, backends=[f"file://{store}"], patterns=["shop/s*"])
    found = dict(processes.outcomes(given, config.parse({}), TODAY, jobs=2))

    assert left == ["s1", "s1", "s2"]
    assert len(found) == len(given) - len(left)


# -- A run that is killed --------------------------------------------------------------------------------------------


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
def test_a_run_that_is_killed_leaves_nothing_and_may_begin_again(tmp_path: Path) -> None:
    folder = tmp_path / "store/.pulumi/stacks/shop"
    folder.mkdir(parents=True)
    state = json.dumps({"version": 3, "checkpoint": {"latest": {"resources": list(stacks.gateway(0))}}})
    for number in range(900):
        (folder / f"s{number}.json").write_text(state.replace(stacks.HEAD, f"urn:pulumi:s{number}::shop::"))
    part = tmp_path / "out/part.json"
    command = [Path(sys.executable).with_name("gateway-policy"), "check", "--backend", f"file://{tmp_path}/store"]
    command += ["--jobs", "2", "--shard", "1/1", "--output", part]

    run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while run.poll() is None and len(workers := children(run.pid)) < 2:
        time.sleep(0.01)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    assert not part.exists()
    until = time.monotonic() + 60
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < until:
        time.sleep(0.05)
    assert [each for each in workers if Path(f"/proc/{each}").exists()] == []

    subprocess.run(command, check=True, capture_output=True)
    assert len(json.loads(part.read_text())["stacks"]) == 900


def test_a_report_appears_once_it_is_complete(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_text("the former one")

    def write() -> None:
        with whole_file(file) as out:
            out.write("half of the next")
            out.flush()
            assert file.read_text() == "the former one"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"report": "the former one"}
    with whole_file(file) as out:
        out.write("the next")
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"report": "the next"}


def test_a_report_may_go_to_a_device_or_through_a_link(store: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")
    (tmp_path / "link").symlink_to("kept")

    for file in (os.devnull, tmp_path / "link"):
        assert check(store, "--match", "shop/s1", "--format", "concise", "--output", str(file)) == 1
    assert (tmp_path / "link").is_symlink()
    assert "network-callers-restricted" in (tmp_path / "kept").read_text()
    assert not Path(os.devnull).is_file()


# -- Progress --------------------------------------------------------------------------------------------------------


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_progress_is_a_line_from_time_to_time() -> None:
    clock, printed = Clock(), io.StringIO()
    lines = Lines(100, lambda finding: finding.severity != "low", printed, clock)
    task = Task(name="a\x1b[2J", order=(0, "a", 0), load=Fine(0))
    (_, bad), (_, good) = (
        next(processes.outcomes([Task(name="x", order=(0, "x", 0), load=Fine(number))], config.parse({}), TODAY, 1))
        for number in (0, 1)
    )
    for outcome in (None, good, bad, bad):
        clock.now += EVERY / 2
        lines.tick(task, outcome)

    shown = printed.getvalue().splitlines()
    assert shown[0].startswith("gateway-policy: ")
    assert [each for each in shown if "first violation: a\\x1b[2J: " in each] == [
        each for each in shown if "first" in each
    ]
    assert shown[-1].startswith("gateway-policy: 4 of 100 stacks, ")
    assert shown[-1].endswith(" violations and warnings so far, about 8 min left")
    assert len(shown) == 3
    assert [duration(each) for each in (0.2, 89, 90, 3600)] == ["0 s", "89 s", "2 min", "60 min"]
    assert any(each.status is Status.VIOLATION for each in bad.report.findings)
