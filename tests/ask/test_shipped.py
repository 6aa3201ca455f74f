"""The built-in authorizer, which its own code decides for, and what that cannot know."""

import json
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import oidc_issuer
import pytest
from clocks import NOW, Clock
from graphs import changed, made, method

from policypack.ask.evaluate import walks
from policypack.ask.request import Request
from policypack.ask.walk import Passage, Step
from policypack.evaluation.asked import of_resources
from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN
from secure_gateway import SecureGateway
from secure_gateway.authorizer import shipped
from secure_gateway.testing import Deployed, deploy

ISSUER = "https://login.example.com"
STORE = "arn:aws:ssm:eu-west-1:123456789012:parameter/cdn"
SECRET = "s" * 32
ISSUING = oidc_issuer.LocalIssuer(0, clock=Clock())
KEYS = {ISSUER: json.dumps(ISSUING.jwks())}
PEOPLE = {"people": {"jwt": {"issuers": [{"issuer": ISSUER, "audiences": ["orders-api"]}]}}}
CDN = {"cdn": {"shared_secret": {"store": STORE}}}
THEN = datetime.fromtimestamp(NOW, UTC)


def gateway(builtin: Any = None, **more: Any) -> Deployed:
    args: Any = {
        "routes": [
            {"path": "/orders/{id}", "method": "GET", "scopes": ["orders/read"]},
            {"path": "/orders", "method": "POST", "scopes": ["orders/write"]},
        ],
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "a test"},
        "auth": {"authorizers": {"users": {"builtin": builtin or {"validators": PEOPLE}}}},
        **more,
    }
    return deploy(lambda: SecureGateway("api", args))


@pytest.fixture(scope="module")
def deployed() -> Deployed:
    return gateway()


def bearer(**claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {ISSUING.token(**{'iss': ISSUER, **claims})}"}


@pytest.mark.parametrize(
    ("request_", "headers", "result", "status", "reason"),
    [
        ("GET /orders/7", {}, "stopped", 401, "credential_missing"),
        ("GET /orders/7", {"authorization": "Bearer x.y"}, "stopped", 401, "credential_malformed"),
        ("GET /orders/7", bearer(), "reaches", None, "accepts its credentials"),
        ("GET /orders/7", bearer(exp=NOW - 3600), "stopped", 401, "the credential has expired (expired)"),
        ("GET /orders/7", bearer(aud="other"), "stopped", 401, "audience_wrong"),
        ("GET /orders/7", bearer(iss="https://other.example.com"), "stopped", 401, "issuer_unknown"),
        ("POST /orders", bearer(), "stopped", 403, "scope_missing"),
    ],
)
def test_the_function_s_own_code_decides(
    deployed: Deployed, request_: str, headers: dict[str, str], result: str, status: int | None, reason: str
) -> None:
    found = deployed.ask(request_, ip="203.0.113.7", headers=headers, documents=KEYS, at=THEN)

    assert (found.result, found.status) == (result, status), found
    assert found.stopped_by == ("" if result == "reaches" else "auth")
    (step,) = (each for each in found.steps if " authorizer: " in each)
    assert reason in step


def test_what_is_decided_without_the_keys_of_the_issuer(deployed: Deployed) -> None:
    def asked(request: str, **claims: Any) -> Any:
        return deployed.ask(request, ip="203.0.113.7", headers=bearer(**claims), at=THEN)

    unknown = asked("GET /orders/7")
    assert unknown.result == "unknown"
    assert unknown.unknown == (
        f"what the built-in authorizer decides depends on the keys of {ISSUER}, which are not given (--document)",
    )
    expired, scopeless = asked("GET /orders/7", exp=NOW - 3600), asked("POST /orders")
    assert (expired.result, expired.status) == ("stopped", 401)
    assert (scopeless.result, scopeless.status, scopeless.stopped_by) == ("stopped", None, "auth")
    assert asked("GET /orders/7", exp=NOW + 60).result == "unknown"
    later = deployed.ask("GET /orders/7", headers=bearer(), documents=KEYS, at=datetime(2035, 1, 1, tzinfo=UTC))
    assert "expired" in later.steps[-1]


def test_a_shared_secret_is_compared_with_the_store_s_document() -> None:
    deployed = gateway({"validators": CDN}, routes=[{"path": "/orders", "method": "GET"}])
    headers = {"x-origin-secret": SECRET}

    assert deployed.ask("GET /orders").status == 401
    assert deployed.ask("GET /orders", headers=headers).unknown == (
        f"what the built-in authorizer decides depends on the document in {STORE}, which is not given (--document)",
    )
    given = {STORE: json.dumps({"secrets": [SECRET]})}
    assert deployed.ask("GET /orders", headers=headers, documents=given).result == "reaches"
    assert deployed.ask("GET /orders", headers={"x-origin-secret": "t" * 32}, documents=given).status == 401


def test_a_client_certificate_is_seen_where_mutual_tls_is() -> None:
    domain = {"name": "api.example.com", "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/abc"}
    trust = {"truststore_uri": "s3://trust/ca.pem", "truststore_version": "1"}
    builtin = {"validators": {"devices": {"client_certificate": {"subjects": ["CN=device"]}}}}
    routes = [{"path": "/orders", "method": "GET"}]
    deployed = gateway(builtin, routes=routes, tls={"domain": domain, "mutual_tls": trust})

    found = deployed.ask("GET /orders", certificate="valid")
    assert found.unknown == (
        "what the built-in authorizer decides depends on the client certificate, which is unknown",
    )


def test_a_long_configuration_is_bundled_with_the_code() -> None:
    routes = [{"path": f"/a-rather-long-path-of-a-resource-{number}", "method": "GET"} for number in range(90)]
    deployed = gateway(routes=routes)

    assert "environment" not in deployed.one("Function").inputs
    found = deployed.ask("GET /a-rather-long-path-of-a-resource-7", headers=bearer(), documents=KEYS, at=THEN)
    assert found.result == "reaches"


def test_a_token_authorizer_gets_one_header() -> None:
    deployed = gateway({"validators": PEOPLE, "type": "TOKEN"})
    found = deployed.ask("GET /orders/7", headers=bearer(), documents=KEYS, at=THEN)

    assert found.result == "reaches"
    assert deployed.ask("GET /orders/7", headers=bearer(aud="other"), documents=KEYS, at=THEN).status == 401


def test_what_is_said_of_a_token_counts_more_than_what_its_headers_show(deployed: Deployed) -> None:
    assert deployed.ask("GET /orders/7", token="valid").result == "reaches"
    assert deployed.ask("GET /orders/7", token="invalid").result == "stopped"


def test_without_the_package_nothing_is_decided(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "secure_gateway.authorizer.asked", None)
    found = deployed.ask("GET /orders/7", headers=bearer())

    assert found.result == "unknown"
    assert "install the package `secure-gateway`" in found.unknown[0]


def test_the_code_of_another_version_is_not_taken_for_that_of_the_stack(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "_FORMAT", b"0")
    found = deployed.ask("GET /orders/7", headers=bearer())

    assert "another version of `secure-gateway`" in found.unknown[0]


def stored(code: Any, **changes: Any) -> Resource:
    """A function as a state file has it."""
    inputs = {
        "handler": "secure_gateway.authorizer.handler.handler",
        "name": "f",
        "runtime": "python3.12",
        "architectures": ["x86_64"],
        "environment": {"variables": {"SECURE_GATEWAY_AUTHORIZER": CONFIGURATION}},
        "code": code,
        **changes,
    }
    return made("lambda/function:Function", "f", arn=FUNCTION, **inputs)


CONFIGURATION = json.dumps({"name": "users", "validators": PEOPLE, "routes": {"GET /orders": {}}, "cached": False})
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:f"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
AUTHORIZER = made(
    "apigateway/authorizer:Authorizer",
    "users",
    restApi="shop-id",
    type="REQUEST",
    authorizerUri=URI,
    authorizerResultTtlInSeconds=0,
)
INVOKED = made(
    "lambda/permission:Permission",
    "p",
    function="f",
    principal="apigateway.amazonaws.com",
    action="lambda:InvokeFunction",
)
CUSTOM = method(authorization="CUSTOM", authorizerId="users-id")


def at_authorizer(code: Any, headers: dict[str, str], **changes: Any) -> Step:
    resources = changed(AUTHORIZER, INVOKED, stored(code, **changes), method=CUSTOM)
    request = Request(
        path="/orders", headers=tuple(headers.items()), documents=tuple(KEYS.items()), at=NOW, ordinary=True
    )
    (walk,) = (walk for api in of_resources(resources).apis for walk in walks(api, request))
    return next(each for each in walk.steps if each.name == "authorizer")


def test_the_archive_of_a_state_file_is_known_by_its_name() -> None:
    archive = {"path": f"/home/ci/authorizer-{shipped.digest('python3.12', 'x86_64')}.zip"}

    assert at_authorizer(archive, bearer()).passage is Passage.PASSES
    assert at_authorizer(archive, bearer(aud="other")).passage is Passage.STOPPED
    for other in ({"path": f"authorizer-{'0' * 64}.zip"}, {"path": "my.zip"}, None, UNKNOWN):
        assert at_authorizer(other, bearer()).passage is Passage.UNKNOWN


def test_the_configuration_in_an_archive_is_read_where_the_archive_is(tmp_path: Path) -> None:
    digest = shipped.digest("python3.12", "x86_64", CONFIGURATION)
    archive = tmp_path / f"authorizer-{digest}.zip"
    with zipfile.ZipFile(archive, "w") as made_:
        made_.writestr(shipped.CONFIG, CONFIGURATION)

    found = at_authorizer({"path": str(archive)}, bearer(), environment=None)
    assert found.passage is Passage.PASSES, found
    archive.unlink()
    assert "its configuration, which is unknown" in at_authorizer({"path": str(archive)}, {}, environment=None).reason


@pytest.mark.parametrize("configuration", ["{}", "not JSON"])
def test_an_invalid_configuration_denies_every_request(configuration: str) -> None:
    archive = {"path": f"authorizer-{shipped.digest('python3.12', 'x86_64')}.zip"}
    variables = {"variables": {"SECURE_GATEWAY_AUTHORIZER": configuration}}
    found = at_authorizer(archive, bearer(), environment=variables)

    assert found.passage is Passage.STOPPED
    assert "denies every request" in found.reason


def test_a_function_of_another_kind_is_not_asked() -> None:
    assert (
        at_authorizer({"path": "a.zip"}, bearer(), handler="main.handler").reason
        == "what the function decides is unknown"
    )
