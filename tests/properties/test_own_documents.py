"""Whatever OpenAPI document somebody brings: every operation of it asks for credentials, or it is refused with a place.

Who may call what is read from the resulting document by an oracle of its own (tests/documents.py). Mocks play AWS's
part.
"""

import json
import os
from pathlib import Path
from typing import Any

import aws_import
import documents
import yaml
from damaged import damaged
from hypothesis import given
from hypothesis import strategies as st
from profiles import some

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("OPENAPI_DOCUMENTS", ROOT.parent / "shared" / "openapi"))
WRITTEN = [ROOT / "stacks/orders.openapi.yaml", *sorted(SHARED.glob("*.yaml"))]
USERS = {"cognito": {"identifier": "shop", "scopes": {"read": "See", "write": "Change"}}}
MAPPINGS: list[dict[str, str]] = [{}, {"login": "iam"}, {"users": "iam"}, {"users": "users", "login": "users"}]


def attempt(document: Any, **openapi: Any) -> dict[str, Any] | ArgsError:
    """The document that AWS would be given, or the refusal."""
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
            SecureGateway("api", args)
        except ArgsError as error:
            return error
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
