from pathlib import Path

import pytest

from policypack.sources import function_results
from policypack.sources.source import SourceError

GOOD = {
    "mapping": ("aws:ec2/getVpc:getVpc: {id: vpc-1}", [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-1"}}]),
    "list": (
        '[{"token": "a:b:c", "args": {"x": 1}, "result": {"y": 2}}]',
        [{"token": "a:b:c", "args": {"x": 1}, "result": {"y": 2}}],
    ),
}
BAD = {
    "text": ("hello", "must be a map from function to result, or a list"),
    "not YAML": ("{", "cannot be read"),
    "result": ("a:b:c: vpc-1", "entry 1: the result of a:b:c must be a map"),
    "no token": (
        '[{"token": "a:b:c", "result": {}}, {"result": {}}]',
        "entry 2: must have the fields token and result",
    ),
    "no result": ('[{"token": "a:b:c"}]', "entry 1: must have the fields token and result"),
    "misspelt": ('[{"token": "a:b:c", "arg": {}, "result": {}}]', "entry 1: must have the fields token and result"),
    "args": ('[{"token": "a:b:c", "args": [1], "result": {}}]', "entry 1: args of a:b:c must be a map"),
}


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_reads_function_results(tmp_path: Path, text: str, expected: list) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(text)

    assert function_results.read(file) == expected


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_other_documents_are_rejected(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(text)

    with pytest.raises(SourceError, match=message):
        function_results.read(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        function_results.read(tmp_path / "data.yaml")
