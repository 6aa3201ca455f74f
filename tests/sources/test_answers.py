from pathlib import Path

import pytest

from policypack.sources import answers
from policypack.sources.source import SourceError

GOOD = {
    "mapping": ("aws:ec2/getVpc:getVpc: {id: vpc-1}", [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-1"}}]),
    "list": (
        '[{"token": "a:b:c", "args": {"x": 1}, "result": {"y": 2}}]',
        [{"token": "a:b:c", "args": {"x": 1}, "result": {"y": 2}}],
    ),
}
BAD = {
    "text": ("hello", "must be a mapping of function to result, or a list"),
    "not YAML": ("{", "cannot be read"),
    "result": ("a:b:c: vpc-1", "entry 1: the result of a:b:c must be a mapping"),
    "no token": ('[{"token": "a:b:c", "result": {}}, {"result": {}}]', "entry 2: must hold token and result"),
    "no result": ('[{"token": "a:b:c"}]', "entry 1: must hold token and result"),
    "misspelt": ('[{"token": "a:b:c", "arg": {}, "result": {}}]', "entry 1: must hold token and result"),
    "args": ('[{"token": "a:b:c", "args": [1], "result": {}}]', "entry 1: args of a:b:c must be a mapping"),
}


@pytest.mark.parametrize(("text", "expected"), GOOD.values(), ids=GOOD)
def test_reads_answers(tmp_path: Path, text: str, expected: list) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(text)

    assert answers.read(file) == expected


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_refuses_what_is_no_answer(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "data.yaml"
    file.write_text(text)

    with pytest.raises(SourceError, match=message):
        answers.read(file)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read"):
        answers.read(tmp_path / "data.yaml")
