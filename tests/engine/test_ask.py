"""What `gateway-policy ask` says of a deployed gateway, and what real HTTP requests to it receive."""

import json
import shutil
from collections import Counter
from http.client import HTTPConnection
from pathlib import Path

import oidc_issuer
import pytest
from served_api import ServedApi, served

import lab
from policypack.cli import main

pytestmark = pytest.mark.engine

SECRET = "s" * 32
ISSUING = oidc_issuer.LocalIssuer(0)
GOOD, DENIED = {"authorization": "Bearer a.b.good"}, {"authorization": "Bearer a.b.denied"}
CDN, WRONG = {"x-origin-secret": SECRET}, {"x-origin-secret": "t" * 32}
TENANT = {"x-tenant": "acme"}
JSON = {"content-type": "application/json"}


def bearer(**claims):
    return {"authorization": f"Bearer {ISSUING.token(iss='https://127.0.0.1:1', **claims)}"}


REQUESTS = [
    ("GET /status", {}, "", ()),
    ("GET /status?a=1", {"accept": "*/*"}, "", ()),
    ("POST /status", {}, "", ()),
    ("HEAD /status", {}, "", ()),
    ("OPTIONS /status", {"origin": "https://a.example.com"}, "", ()),
    ("GET /nothing", {}, "", ()),
    ("GET /orders", GOOD, "", ()),
    ("GET /orders/7", {}, "", ()),
    ("GET /orders/7", CDN, "", ()),
    ("GET /orders/7", WRONG, "", ()),
    ("GET /orders/7", GOOD, "", ()),
    ("GET /orders/7/items", CDN, "", ()),
    ("DELETE /orders/7", CDN, "", ()),
    ("GET /orders/latest", CDN, "", ()),
    ("GET /orders/latest", {"authorization": "Basic eA=="}, "", ()),
    ("GET /orders/latest", GOOD, "", ("--token", "valid")),
    ("GET /orders/latest", GOOD, "", ()),
    ("GET /orders/latest", DENIED, "", ("--token", "invalid")),
    ("GET /orders/latest", {"authorization": "Bearer a.b.unauthorized"}, "", ("--token", "invalid")),
    ("POST /orders?dry=1", {**GOOD, **TENANT, **JSON}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders?dry=1", {**GOOD, **TENANT, **JSON}, '{"count": 0}', ("--token", "valid")),
    ("POST /orders?dry=1", {**GOOD, **TENANT, **JSON}, '{"count": "1"}', ("--token", "valid")),
    ("POST /orders?dry=1", {**GOOD, **TENANT, **JSON}, "{", ("--token", "valid")),
    ("POST /orders?dry=1", {**GOOD, **TENANT}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders?dry=1", {**GOOD, **JSON}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders", {**GOOD, **TENANT, **JSON}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders?DRY=1", {**GOOD, **TENANT, **JSON}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders?dry=", {**GOOD, **TENANT, **JSON}, '{"count": 1}', ("--token", "valid")),
    ("POST /orders?dry=1", {**TENANT, **JSON}, '{"count": 1}', ()),
    ("GET /partners/7", CDN, "", ()),
    ("GET /partners/7", {**CDN, "x-api-key": "k" * 30}, "", ("--key", "invalid")),
    ("GET /partners/7", {**CDN, "x-api-key": "ACME"}, "", ("--key", "valid")),
    ("PUT /partners/7/a/b", {**CDN, "x-api-key": "ACME"}, "", ("--key", "valid")),
    ("PUT /partners/7/a/b", {**WRONG, "x-api-key": "ACME"}, "", ("--key", "valid")),
    ("GET /partners", {**CDN, "x-api-key": "ACME"}, "", ("--key", "valid")),
    ("GET /me", {}, "", ()),
    ("GET /me", {"authorization": "Bearer x"}, "", ()),
    ("GET /me", bearer(aud="api", exp=1), "", ()),
    ("GET /me", bearer(aud="other"), "", ()),
    ("GET /me", bearer(aud="api"), "", ()),
    ("GET /report", {}, "", ()),
]
"""Request, headers, body, and what `ask` is told in addition."""
UNKNOWN = {"GET /orders/latest", "GET /me"}
"""What depends on a function of the user's own, and on the keys of an issuer."""


def received(port, request, headers, body):
    method, _, path = request.partition(" ")
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, f"/live{path}", body or None, headers)
    response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.fixture
def deployed(tmp_path, cloud, monkeypatch):
    """The state of the deployed gateway, the API as the local AWS has it, and the ARN of its store."""
    monkeypatch.setenv("SECURE_GATEWAY_CACHE", str(tmp_path / "cache"))
    made = lab.project(tmp_path, "minimal", cloud)
    made.environment["SECURE_GATEWAY_CACHE"] = str(tmp_path / "cache")
    shutil.copy(Path(__file__).with_name("ask_program.py"), made.folder / "stacks" / "minimal.py")
    made.up()
    state = tmp_path / "state.json"
    made.run("stack", "export", "--file", str(state))
    (api,) = cloud.client("apigateway").get_rest_apis()["items"]
    store = json.loads(made.run("stack", "output", "--json"))["secret"]
    cloud.client("secretsmanager").put_secret_value(SecretId=store, SecretString=json.dumps({"secrets": [SECRET]}))
    return state, ServedApi(cloud, api["id"], "live", tmp_path / "functions"), store


def disagreement(walk, status, text):
    """What differs between the way of a request and its response; empty if they agree, or if the way is unknown."""
    if walk["result"] == "reaches":
        return "" if status < 300 else f"the integration does not respond: {status} {text}"
    response = walk["response"]
    if walk["result"] == "unknown" or (response["status"] is None and response["note"]):
        return ""
    said, found = json.loads(response["body"] or "{}"), json.loads(text or "{}")
    message = "message" not in found or response["note"] or said["message"].startswith(found["message"])
    same = response["status"] == status and (not text or said.keys() == found.keys()) and message
    return "" if same else f"{response} instead of {status} {text}"


def test_real_requests_receive_what_ask_says(deployed, tmp_path, capsys):
    state, api, store = deployed
    document = tmp_path / "store.json"
    document.write_text(json.dumps({"secrets": [SECRET]}))
    (key,) = api.keys
    unknown, different, results = set(), [], Counter()
    with served(api) as port:
        for request, given, body, options in REQUESTS:
            headers = {name: value.replace("ACME", key) for name, value in given.items()}
            status, text = received(port, request, headers, body)
            more = [part for name, value in headers.items() for part in ("--header", f"{name}: {value}")]
            about = [*more, "--body", body, "--document", f"{store}={document}", *options, "--format", "json"]
            assert main(["ask", str(state), request, *about]) == 0
            (walk,) = json.loads(capsys.readouterr().out)["walks"]
            results[walk["result"], status] += 1
            if walk["result"] == "unknown":
                unknown.add(request)
            if found := disagreement(walk, status, text):
                different.append(f"{request} {sorted(given)} {options}: {found}")
    assert different == []
    assert unknown == UNKNOWN
    assert {status for result, status in results if result == "stopped"} == {400, 401, 403}
    assert {status for result, status in results if result == "reaches"} == {200, 201, 202, 203}
