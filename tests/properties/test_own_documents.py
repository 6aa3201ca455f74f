"""Whatever OpenAPI document somebody brings: every operation of it asks for credentials, or it is refused with a place.

Who may call what is read from the resulting document by an oracle of its own (tests/documents.py). Mocks play AWS's
part.
"""

import copy
import json
import os
from pathlib import Path
from typing import Any

import aws_import
import documents
import pytest
import yaml
from damaged import damaged
from damaged import places as damaged_places
from hypothesis import given
from hypothesis import strategies as st
from profiles import few, some

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.openapi import dropped
from secure_gateway.testing import deploy
from secure_gateway.validation.problems import join

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OPENAPI_DOCUMENTS", ROOT.parent / "shared" / "openapi"))
WRITTEN = [ROOT / "stacks/orders.openapi.yaml", *sorted(SHARED.glob("*.yaml"))]
USERS = {"cognito": {"identifier": "shop", "scopes": {"read": "See", "write": "Change"}}}
MAPPINGS: list[dict[str, str]] = [{}, {"login": "iam"}, {"users": "iam"}, {"users": "users", "login": "users"}]


def attempt(document: Any, left_out: list[str] | None = None, **openapi: Any) -> dict[str, Any] | ArgsError:
    """The document that AWS would be given, or the refusal; `left_out` gets what has no meaning."""
    args = {
        "openapi": {"document": document, **openapi},
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        "auth": {"default": "users", "authorizers": {"users": USERS}},
        # Uses the authorizer, whatever the document does.
        "routes": [{"path": "/of-the-gateway", "method": "GET", "integration": {"mock": {"status": 204}}}],
    }

    def program() -> ArgsError | None:
        try:
            gateway = SecureGateway("api", args)
        except ArgsError as error:
            return error
        if left_out is not None:
            gateway.openapi_dropped.apply(left_out.extend)
        return None

    deployed = deploy(program, preview=True)
    assert deployed.result is None or deployed.resources == []
    return deployed.result or deployed.document


def check(document: Any, outcome: dict[str, Any] | ArgsError) -> None:
    if isinstance(outcome, ArgsError):
        # The routes are sound: the place of each mistake is in the document, or in what is said about it.
        assert all(each.path.startswith("openapi") or "integrations" in each.path for each in outcome.problems), outcome
        str(outcome).encode()
        return
    made = {f"{verb} {path}" for path, verb, _ in aws_import.operations(outcome)}
    wanted = {each.replace("ANY ", "x-amazon-apigateway-any-method ") for each in documents.declared(document)}
    assert {each.split(" ", 1)[0].lower() + " " + each.split(" ", 1)[1] for each in wanted} <= made
    assert list(documents.open_operations(outcome)) == []
    assert aws_import.problems(outcome) == []


@some
@given(documents.sound(), st.sampled_from(MAPPINGS[1:]))
def test_a_document_that_is_in_order_is_secured_or_refused(document, schemes):
    check(document, attempt(document, security_schemes=schemes))


@some
@given(damaged(documents.sound(), times=3), st.sampled_from(MAPPINGS))
def test_a_damaged_document_is_secured_or_refused(document, schemes):
    check(document, attempt(document, security_schemes=schemes))


@some
@given(documents.DOCUMENTS, st.sampled_from(MAPPINGS))
def test_any_document_is_secured_or_refused(document, schemes):
    check(document, attempt(document, security_schemes=schemes))


def objects(document: Any) -> list[tuple[Any, ...]]:
    """The paths of all objects of a document."""
    return [each for each in damaged_places(document) if isinstance(at(document, each), dict)]


def at(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(document)
    at(changed, path[:-1])[path[-1]] = value
    return changed


def written(path: tuple[Any, ...]) -> str:
    """A path as messages show it."""
    shown = "openapi"
    for key in path:
        shown = f"{shown}[{key}]" if isinstance(key, int) else join(shown, key)
    return shown


def is_listed(path: str, dropped: list[str]) -> bool:
    """Whether a path, or what contains it, was recorded as left out."""
    places = [line.partition(" (")[0] for line in dropped]
    return any(path == each or path.startswith((f"{each}.", f"{each}[")) for each in places)


def inlined(value: Any, root: Any, above: tuple[str, ...] = ()) -> Any:
    """A built document with its models where they are referred to, each once on a way down."""
    if isinstance(value, dict):
        if set(value) == {"$ref"}:
            name = value["$ref"].rpartition("/")[2]
            return "circle" if name in above else inlined(root["components"]["schemas"][name], root, (*above, name))
        return {key: inlined(each, root, above) for key, each in value.items()}
    return [inlined(each, root, above) for each in value] if isinstance(value, list) else value


def whole(document: Any) -> tuple[dict[str, Any] | ArgsError, list[str]]:
    """The outcome, and all that was left out, uncounted."""
    seen: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dropped.Dropped.lines, "__defaults__", (10**9,))
        outcome = attempt(document, seen, security_schemes={"login": "users"})
    return outcome, seen


@few
@given(documents.sound(), st.data())
def test_a_reference_to_an_equal_object_builds_the_same_gateway(document, data):
    expected, _ = whole(document)
    path = data.draw(st.sampled_from(objects(document)))
    moved = replaced(document, path, {"$ref": "#/x-moved/0"}) | {"x-moved": [at(document, path)]}
    outcome, _ = whole(moved)

    assert isinstance(outcome, ArgsError) == isinstance(expected, ArgsError), outcome
    if not isinstance(expected, ArgsError):
        assert inlined(outcome["paths"], outcome) == inlined(expected["paths"], expected)


@few
@given(documents.sound(), st.data())
def test_a_reference_to_another_file_is_refused_or_listed(document, data):
    path = data.draw(st.sampled_from(objects(document)))
    outcome, left_out = whole(replaced(document, path, {"$ref": "other.yaml#/X"}))

    if isinstance(outcome, ArgsError):
        return
    assert is_listed(written(path), left_out), (path, left_out)


@few
@given(documents.sound(), st.data(), st.sampled_from(["x-amazon-apigateway-other", "unknownMember", "$ref", "x-own"]))
def test_an_unknown_member_is_refused_or_listed(document, data, name):
    path = data.draw(st.sampled_from(objects(document)))
    outcome, left_out = whole(replaced(document, (*path, name), 7))

    if isinstance(outcome, ArgsError):
        return
    assert is_listed(written((*path, name)), left_out), (path, left_out)


NAMED = {
    "customers": "users",
    "company": "iam",
    "petstore_auth": "users",
    "api_key": "iam",
    "MuseumPlaceholderAuth": "iam",
}
WRITTEN_DOCUMENTS = st.sampled_from(WRITTEN).map(lambda path: yaml.safe_load(path.read_text("utf-8")))


@some
@given(damaged(WRITTEN_DOCUMENTS, times=3))
def test_documents_that_people_wrote_are_secured_or_refused_wherever_they_are_damaged(document):
    check(document, attempt(document, **decisions(document)))


def decisions(document: Any) -> dict[str, Any]:
    """What is decided about the documents that people wrote, of which there may be less after the damage."""
    components = document.get("components") if isinstance(document, dict) else None
    there = components.get("securitySchemes") if isinstance(components, dict) else None
    mapped = {name: target for name, target in NAMED.items() if isinstance(there, dict) and name in there}
    # The only operation with alternatives, of which API Gateway knows none.
    decided = {"getPetById": {"auth": "iam"}} if "getPetById" in repr(document) else {}
    return {"security_schemes": mapped, "security_meaning": "aws", "operations": decided}


@some
@given(st.text(max_size=60) | documents.DOCUMENTS.map(repr) | documents.JUNK.map(repr))
def test_any_text_is_secured_or_refused(text):
    args = {"openapi": {"text": text}, "network": {"waived": "a test"}, "default_integration": {"mock": {}}}

    def program() -> ArgsError | None:
        try:
            SecureGateway("api", args)
        except ArgsError as error:
            return error
        return None

    deployed = deploy(program, preview=True)
    assert deployed.result is None or deployed.resources == []
    assert deployed.result or json.loads(deployed.one("RestApi").inputs["body"])
