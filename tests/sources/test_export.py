"""Reading state files; the shapes are those of `pulumi stack export` (deployment version 3)."""

import io
import json
from pathlib import Path

import pytest

from policypack.graph.values import UNKNOWN
from policypack.model.languages import Language
from policypack.sources import target
from policypack.sources.source import Engine, Source, SourceError

SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
STACK = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
PROVIDER = "urn:pulumi:prod::shop::pulumi:providers:aws::default_7_51_1"
API = "urn:pulumi:prod::shop::my:index:Front$aws:apigateway/restApi:RestApi::api"
STAGE = "urn:pulumi:prod::shop::aws:apigateway/stage:Stage::live"


def state(urn: str, **fields) -> dict:
    return {"urn": urn, "type": urn.split("::")[2].rpartition("$")[2], "custom": True, "id": "x1", **fields}


RESOURCES = [
    {"urn": STACK, "type": "pulumi:pulumi:Stack", "custom": False, "outputs": {"url": "https://x"}},
    state(PROVIDER, inputs={"region": "eu-west-1"}),
    {"urn": "urn:pulumi:prod::shop::my:index:Front::front", "type": "my:index:Front", "custom": False, "parent": STACK},
    state(
        API,
        id="abc123",
        parent="urn:pulumi:prod::shop::my:index:Front::front",
        provider=f"{PROVIDER}::1",
        inputs={"__defaults": ["name"], "name": "api-1", "body": {**SECRET, "ciphertext": "v1:x"}},
        outputs={"arn": "arn:aws:apigateway:eu-west-1::/restapis/abc123", "name": "api-1"},
        sourcePosition="project:///stacks/front.py#12,4",
    ),
    state(
        STAGE,
        parent=STACK,
        inputs={
            "restApi": "abc123",
            "variables": {**SECRET, "plaintext": '{"token":"hush"}'},
            "settings": {"__defaults": [], "size": 1.0},
        },
        dependencies=[API],
        propertyDependencies={"restApi": [API], "variables": None},
        ignoreChanges=["variables"],
    ),
    state(STAGE, id="old", delete=True, inputs={"restApi": "gone"}),
    state("urn:pulumi:prod::shop::aws:route53/zone:Zone::zone", external=True),
]


def read(tmp_path: Path, resources: list) -> Source:
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": resources}}))
    return target.load(str(file))


def test_reads_what_is_deployed_with_its_edges_and_identities(tmp_path: Path) -> None:
    source = read(tmp_path, RESOURCES)

    made = {each.name: each for each in source.resources}
    assert (source.engine, source.project, source.stack) == (Engine.STATE_FILE, "shop", "prod")
    assert sorted(made) == ["api", "default_7_51_1", "front", "live", "shop-prod"]
    assert (made["api"].urn, made["api"].id) == (API, "abc123")
    assert made["api"].parent == made["front"].urn
    assert made["api"].inputs == {"name": "api-1", "body": UNKNOWN}
    assert made["api"].outputs["arn"] == "arn:aws:apigateway:eu-west-1::/restapis/abc123"
    assert made["api"].location == "stacks/front.py:12"
    assert made["live"].inputs == {"restApi": "abc123", "variables": {"token": "hush"}, "settings": {"size": 1}}
    assert made["live"].id == "x1"
    assert made["live"].dependencies == {API}
    assert made["live"].property_dependencies == {"restApi": {API}}
    assert made["live"].ignore_changes == ("variables",)
    assert (made["front"].custom, made["front"].id) == (False, None)
    assert made["default_7_51_1"].inputs == {"region": "eu-west-1"}


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    document = {"version": 3, "deployment": {"resources": RESOURCES}}
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(document)))

    assert target.load("-").stack == "prod"


NOT_STATE = {
    "text": ("hello", "it has neither `deployment` nor `steps`"),
    "list": ("[]", "it has neither `deployment` nor `steps`"),
    "object": ("{}", "it has neither `deployment` nor `steps`"),
    "deep": ("[" * 100_000, "nested more deeply"),
    "deep properties": (
        '{"deployment": {"resources": [{"urn": "urn:pulumi:a::b::c::d", "type": "c", "inputs": {"x": '
        + "[" * 3_000
        + "]" * 3_000
        + "}}]}}",
        "nested more deeply",
    ),
    "template": ('{"Resources": {}}', "CloudFormation"),
    "empty stack": ('{"deployment": {}}', "empty stack"),
    "broken": ('{"deployment": {"resources": [{"type": "x"}]}}', "not a state file that this version can read"),
    "properties": (
        '{"deployment": {"resources": [{"type": "x", "urn": "urn:pulumi:a::b::c::d", "inputs": [1]}]}}',
        "not a state file that this version can read",
    ),
    "broken URN": (
        '{"deployment": {"resources": [{"type": "x", "urn": "x"}]}}',
        "not a state file that this version can read",
    ),
}


@pytest.mark.parametrize(("text", "message"), NOT_STATE.values(), ids=NOT_STATE)
def test_says_what_a_target_is_not(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "state.json"
    file.write_text(text)

    with pytest.raises(SourceError, match=message):
        target.load(str(file))


def test_the_first_file_of_the_program_shows_its_language(tmp_path: Path) -> None:
    library = state(STAGE, sourcePosition="project:///node_modules/sdk/index.js#1")

    assert {each.language for each in read(tmp_path, RESOURCES).resources} == {Language.PYTHON}
    source = read(tmp_path, [library, state(API, sourcePosition="project:///src/index.ts#12,4")])
    assert {each.language for each in source.resources} == {Language.NODEJS}


@pytest.mark.parametrize(
    ("manifest", "language"),
    [
        ("name: shop\nruntime: go\n", Language.GO),
        ("name: shop\nruntime: {name: yaml}\n", Language.YAML),
        ("name: other\nruntime: go\n", None),
        ("runtime: [", None),
        (None, None),
    ],
    ids=["project", "object", "another project", "damaged", "none"],
)
def test_else_the_project_of_the_folder_names_it(tmp_path: Path, manifest: str | None, language) -> None:
    if manifest is not None:
        (tmp_path / "Pulumi.yaml").write_text(manifest)

    assert {each.language for each in read(tmp_path, [state(API)]).resources} == {language}


def test_a_target_must_exist_and_be_text(tmp_path: Path) -> None:
    (tmp_path / "state").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SourceError, match="does not exist"):
        target.load(str(tmp_path / "nothing"))
    with pytest.raises(SourceError, match="cannot be read"):
        target.load(str(tmp_path / "state"))


def test_a_folder_without_a_project_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a Pulumi project"):
        target.load(str(tmp_path))
