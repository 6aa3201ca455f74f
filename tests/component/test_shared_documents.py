"""Public OpenAPI documents that others wrote become gateways with an authorizer on every operation.

They lie beside the repository (`../shared/openapi`), not in it; where they are missing, this says so.
"""

import json
import os
from pathlib import Path

import aws_import
import pytest

from secure_gateway import SecureGateway
from secure_gateway.testing import deploy

FOLDER = Path(os.environ.get("OPENAPI_DOCUMENTS", Path(__file__).parents[3] / "shared" / "openapi"))
POOL = {"cognito": {"identifier": "pets", "scopes": {"write:pets": "Change pets", "read:pets": "See pets"}}}
DOCUMENTS = {
    "museum": ({"security_schemes": {"MuseumPlaceholderAuth": "iam"}}, {}, 8),
    "petstore": (
        {
            "security_schemes": {"petstore_auth": "users", "api_key": "iam"},
            # It requires both scopes of most operations.
            "security_meaning": "aws",
            # The one operation with alternatives, of which API Gateway knows none.
            "operations": {"getPetById": {"auth": "users", "scopes": ["pets/read:pets"]}},
        },
        {"default": "users", "authorizers": {"users": POOL}},
        19,
    ),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_of_a_public_document_is_authenticated(name):
    path = FOLDER / f"{name}.yaml"
    if not path.exists():
        pytest.skip(f"no shared document {path.name}")
    openapi, auth, count = DOCUMENTS[name]
    args = {
        "openapi": {"file": str(path), **openapi},
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        "auth": auth,
    }
    made = deploy(lambda: SecureGateway(name, args))
    document = json.loads(made.one("RestApiPut").inputs["body"])

    operations = {
        f"{method} {path}": operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in aws_import.METHODS
    }
    assert len(operations) == count
    schemes = document["components"]["securitySchemes"]
    assert [key for key, each in operations.items() if not each["security"]] == []
    assert {scheme for each in operations.values() for need in each["security"] for scheme in need} == set(schemes)
    assert aws_import.problems(document) == []
