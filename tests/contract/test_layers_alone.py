"""A layer alone, on an API that somebody else built: the examples run, and what they make is attached to that API.

Mocks prove that things are connected, not that AWS accepts them.
"""

import json
import runpy
from pathlib import Path

import pulumi
import pytest

from secure_gateway.testing import deploy

EXAMPLES = Path(__file__).parents[2] / "examples/python"
SETTINGS = {
    "domain_prefix": "shop",
    "api_id": "abc",
    "stage_name": "prod",
    "account": "123456789012",
    "organization": "o-abcdefghij",
}


@pytest.fixture
def made(monkeypatch):
    def run(program):
        monkeypatch.setattr(pulumi.Config, "require", lambda _, name: SETTINGS[name])
        return deploy(lambda: runpy.run_path(str(EXAMPLES / f"{program}.py")))

    return run


def test_auth(made):
    found = made("auth_alone")
    method, authorizer = found.one("Method").inputs, found.one("Authorizer")

    assert found.one("UserPool").inputs["mfaConfiguration"] == "ON"
    assert authorizer.inputs["providerArns"] == [found.one("UserPool").outputs["arn"]]
    assert authorizer.depends_on(found.one("UserPool"))
    assert method["authorizerId"] == authorizer.id
    assert method["authorizationScopes"] == ["orders/read"]
    assert found.one("UserPoolClient").inputs["allowedOauthScopes"] == ["openid", "email", "orders/read"]


def test_keys(made):
    found = made("keys_alone")
    stages = [each.inputs["apiStages"] for each in found.of("UsagePlan")]

    assert stages == [[{"apiId": "abc", "stage": "prod"}]] * 2
    assert {each.inputs["methodPath"] for each in found.of("MethodSettings")} == {"*/*", "reports/POST"}
    assert len(found.of("UsagePlanKey")) == 2


def test_network(made):
    found = made("network_alone")
    attached, deployment = found.one("RestApiPolicy"), found.one("Deployment")
    by_sid = {each["Sid"]: each for each in json.loads(attached.inputs["policy"])["Statement"]}

    assert attached.inputs["restApiId"] == found.one("RestApi").id
    assert set(by_sid) == {"Organization", "OnlyFromTheseAddresses", "OnlyThesePrincipals"}
    assert by_sid["Organization"]["Condition"]["StringNotEquals"] == {"aws:PrincipalAccount": ["123456789012"]}
    assert deployment.depends_on(attached)
    assert deployment.inputs["triggers"]["policy"]


def test_every_example_is_tested():
    named = {f"test_{path.stem.removesuffix('_alone')}" for path in EXAMPLES.glob("*_alone.py")}

    assert named <= set(globals())
