"""`pulumi preview --json` as a target: all that will exist, and nothing less. Its form is proven in tests/engine."""

import json
from pathlib import Path

import pytest

from policypack.graph.values import UNKNOWN
from policypack.model.languages import Language
from policypack.sources import target
from policypack.sources.source import Engine, Source, SourceError

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
API = "urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api"
NOWHERE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def step(op: str, urn: str = API, **state) -> dict:
    type_ = urn.split("::")[2]
    made = {"urn": urn, "type": type_, "custom": type_.startswith("aws:"), **state}
    return {"op": op, "urn": urn, ("oldState" if op == "delete" else "newState"): made}


def read(folder: Path, *steps: dict, **fields) -> Source:
    file = folder / "preview.json"
    file.write_text(json.dumps({"steps": steps, **fields}))
    return target.load(str(file))


def test_reads_what_will_exist(tmp_path: Path) -> None:
    gone = API.replace("::api", "::old")
    trace = [{"sourcePosition": "project:///venv/lib/x.py#9"}, {"sourcePosition": "project:///infra/api.py#7,2"}]
    source = read(
        tmp_path,
        step("same", STACK),
        step(
            "create",
            inputs={"name": "shop", "body": NOWHERE, "description": "[secret]"},
            sourcePosition="project:///../site-packages/sdk.py#3",
            stackTrace=trace,
            ignoreChanges=["name"],
        ),
        step("delete", gone),
        changeSummary={"same": 1, "create": 1, "delete": 1},
    )

    assert (source.engine, source.project, source.stack) == (Engine.PREVIEW, "shop", "dev")
    api, stack = source.resources
    assert (api.urn, stack.urn) == (API, STACK)
    assert api.id is UNKNOWN
    assert stack.id is None
    assert api.inputs == {"name": "shop", "body": UNKNOWN, "description": UNKNOWN}
    assert (api.location, api.ignore_changes, api.language) == ("infra/api.py:7", ("name",), Language.PYTHON)


def test_a_replacement_is_one_resource(tmp_path: Path) -> None:
    steps = [step(op, inputs={"name": op}) for op in ("create-replacement", "replace")]
    (api,) = read(tmp_path, *steps, step("delete-replaced")).resources

    assert api.inputs == {"name": "replace"}


@pytest.mark.parametrize(("op", "kept"), [("same", True), ("update", True), ("replace", False)])
def test_what_is_kept_keeps_its_identity(tmp_path: Path, op: str, kept: bool) -> None:  # noqa: FBT001
    before = {"oldState": {"id": "abc", "outputs": {"arn": "arn:x"}, "inputs": {"name": "old"}}}
    (api,) = read(tmp_path, step(op, inputs={"name": "new"}) | before).resources

    assert api.inputs == {"name": "new"}
    assert (api.id, api.outputs) == (("abc", {"arn": "arn:x"}) if kept else (UNKNOWN, {}))


@pytest.mark.parametrize(
    ("steps", "fields", "words"),
    [
        ([step("same", STACK)], {"changeSummary": {"same": 3}}, "leaves out 2 unchanged .* --show-sames"),
        ([step("same", STACK)], {"diagnostics": [{"severity": "error", "message": "boom"}]}, "failed.*\n  boom"),
        ([], {}, "the preview of an empty stack"),
        ([{"op": "create", "urn": "x", "newState": {"type": "x"}}], {}, "not a preview that this version can read"),
        ([{"urn": "x"}], {}, "not a preview that this version can read"),
    ],
    ids=["partial", "failed", "empty", "broken state", "broken step"],
)
def test_what_is_not_everything_is_refused(tmp_path: Path, steps, fields, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(tmp_path, *steps, **fields)
