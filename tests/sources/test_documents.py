"""YAML as Pulumi's CLI reads it: the core schema of YAML 1.2, where PyYAML alone reads 1.1."""

from pathlib import Path

import pytest

from policypack.sources import documents
from policypack.sources.source import SourceError

SCALARS = {
    "yes": "yes",
    "on": "on",
    "12:30": "12:30",
    "2024-01-01": "2024-01-01",
    "true": True,
    "FALSE": False,
    "0": 0,
    "-12": -12,
    "0x1F": 31,
    "1_000": 1000,
    "0.50": 0.5,
    "1e3": 1000.0,
    "1.2.3": "1.2.3",
    "~": None,
    "": None,
    "null": None,
    "'1'": "1",
    "10.0.0.0/8": "10.0.0.0/8",
}


@pytest.mark.parametrize(("text", "value"), SCALARS.items(), ids=SCALARS)
def test_reads_scalars(tmp_path: Path, text: str, value: object) -> None:
    (tmp_path / "file.yaml").write_text(f"on: {text}\n")

    read = documents.read(tmp_path / "file.yaml")

    assert read == {"on": value}
    assert type(read["on"]) is type(value)


def test_reads_merged_mappings(tmp_path: Path) -> None:
    (tmp_path / "file.yaml").write_text("a: &a {x: 1}\nb: {<<: *a, y: 2}\n")

    assert documents.read(tmp_path / "file.yaml")["b"] == {"x": 1, "y": 2}


def test_what_is_no_mapping_is_refused() -> None:
    assert documents.mapping(None, "here") == {}
    with pytest.raises(SourceError, match="here must be a map"):
        documents.mapping(["a"], "here")
