"""Programs in Go, which are compiled and run against our monitor."""

import shutil
from pathlib import Path

import other_languages
import pytest

from policypack.graph.values import UNKNOWN
from policypack.model.languages import Language
from policypack.sources import target
from policypack.sources.source import SourceError

FOLDER = other_languages.ROOT / "tests/languages/go"


def line(text: str) -> int:
    lines = (FOLDER / "main.go").read_text(encoding="utf-8").splitlines()
    return next(number for number, each in enumerate(lines, 1) if text in each)


def test_registers_what_the_engine_registers(capfd) -> None:
    other_languages.go_program()
    vpc = {"token": "pulumi:pulumi:StackReference", "result": {"vpc": "vpc-1"}}

    source = target.load(str(FOLDER), stack="dev", function_results=[vpc])

    made = {each.name: each for each in source.resources}
    assert {each.urn.removeprefix("urn:pulumi:dev::shop::") for each in source.resources} == {
        "pulumi:pulumi:Stack::shop-dev",
        "my:index:Inner::inner",
        "my:index:Inner$aws:sns/topic:Topic::inner-topic",
        "aws:apigateway/restApi:RestApi::api",
        "aws:apigateway/stage:Stage::live",
    }
    assert made["api"].inputs == {
        "name": "shop",
        "names": ["a", "b"],
        "here": "eu-west-1",
        "vpc": "vpc-1",
        "token": UNKNOWN,
        "known": "s3cret",
        "team": "shop",
    }
    assert "s3cret" in made["api"].secrets
    assert made["live"].inputs == {"restApi": UNKNOWN, "team": "shop"}
    assert made["live"].property_dependencies == {"restApi": {made["api"].urn}}
    assert made["live"].dependencies >= {made["api"].urn, made["inner-topic"].urn}
    assert made["live"].ignore_changes == ("variables",)
    assert made["inner"].outputs == {"arn": UNKNOWN}
    assert made["shop-dev"].outputs == {"stage": UNKNOWN}
    assert {each.language for each in source.resources} == {Language.GO}
    assert made["api"].location == f"main.go:{line('api, err := newMade')}"
    assert made["inner-topic"].location == f"main.go:{line('topic, err := newMade')}"
    assert "warning: careful" in capfd.readouterr().err


def test_a_program_that_fails_says_why() -> None:
    other_languages.go_program()

    with pytest.raises(SourceError, match="the size must not be zero"):
        target.load(str(FOLDER), stack="broken")


def test_a_program_that_ends_before_its_end_has_failed(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("no `go` on PATH")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: go\n", encoding="utf-8")
    (tmp_path / "go.mod").write_text("module shop\n\ngo 1.21\n", encoding="utf-8")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n", encoding="utf-8")

    with pytest.raises(SourceError, match="ended early, before all its resources were registered"):
        target.load(str(tmp_path))


def test_a_program_that_does_not_compile(tmp_path: Path) -> None:
    if shutil.which("go") is None:
        pytest.skip("no `go` on PATH")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: go\n", encoding="utf-8")
    (tmp_path / "go.mod").write_text("module shop\n\ngo 1.21\n", encoding="utf-8")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {\n\treturn 1\n}\n", encoding="utf-8")

    with pytest.raises(SourceError, match=r"does not compile(?s:.*)main\.go:4"):
        target.load(str(tmp_path))


NOT_RUN = {
    "no Go": ({"main.go": "package main\n"}, "no `go` on PATH: install Go"),
    "no files": ({}, "contains no Go files"),
}


@pytest.mark.parametrize(("files", "message"), NOT_RUN.values(), ids=NOT_RUN)
def test_what_cannot_be_compiled(tmp_path: Path, monkeypatch, files, message) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: go\n", encoding="utf-8")
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match=message):
        target.load(str(tmp_path))
