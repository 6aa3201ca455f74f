"""`python -m secure_gateway.authorizer` explains decisions and never shows a credential."""

import importlib.util
import json
import subprocess
import sys
import time

import pytest

from secure_gateway.authorizer import api_keys, stores
from secure_gateway.authorizer.__main__ import main

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"


@pytest.fixture
def call(issuer, tmp_path, capsys):
    issuer.clock = time.time  # The command has no other clock.

    def call(*arguments, token=None, document=None):
        whole = document or {
            "name": "users",
            "validators": {"users": {"jwt": {"issuers": [{"issuer": issuer.url, "audiences": ["orders-api"]}]}}},
            "routes": {"GET /orders": {"scopes": ["orders/read"]}, "POST /orders": {"scopes": ["orders/write"]}},
        }
        (tmp_path / "config.json").write_text(json.dumps(whole))
        given = ["explain", "--config", str(tmp_path / "config.json"), "--loopback", *arguments]
        if token is not None:
            (tmp_path / "token").write_text(token + "\n")
            given += ["--token", str(tmp_path / "token")]
        code = main(given)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


def test_a_good_token_is_explained(issuer, call):
    code, out, _ = call("--route", "GET /orders", token=issuer.token())

    assert code == 0
    assert "allowed: 200 allowed" in out
    assert "principal: ada" in out
    assert "allow: GET/orders" in out
    assert "POST/orders" not in out


def test_a_refusal_shows_its_reason_and_never_the_token(issuer, call):
    given = issuer.token(aud="other")
    code, out, err = call("--route", "GET /orders", token=given)

    assert code == 1
    assert "denied: 401 audience_wrong" in out
    assert "the token's `aud` contains none of `audiences`" in out
    assert not any(piece in out + err for piece in given.split("."))
    assert call("--route", "POST /orders", token=issuer.token())[1].startswith("denied: 403 scope_missing")


def test_keys_are_made_and_checked(call, capsys, tmp_path):
    assert main(["new-key", "--owner", "acme"]) == 0
    key, record = capsys.readouterr().out.split("\n")[1], None
    fresh, key_id, record = api_keys.new("acme")
    assert key.startswith("sgk_")
    (tmp_path / "store").write_text(json.dumps({"keys": {key_id: record}}))
    (tmp_path / "key").write_text(fresh)
    document = {"name": "a", "validators": {"k": {"api_key": {"store": STORE}}}, "routes": {"GET /orders": {}}}
    code, out, _ = call(
        "--route",
        "GET /orders",
        "--store",
        f"{STORE}={tmp_path / 'store'}",
        "--header",
        f"x-api-key={tmp_path / 'key'}",
        document=document,
    )

    assert (code, "principal: acme" in out, fresh in out) == (0, True, False)


@pytest.mark.parametrize("document", [{"name": "x"}, {"validators": {}}])
def test_a_mistake_in_the_configuration_is_reported(call, document):
    code, _, err = call("--route", "GET /orders", document=document)

    assert code == 2
    assert err == "cannot explain: validators: must have at least one entry\n"


def test_it_runs_as_a_module_without_importing_pulumi():
    code = "import sys; sys.modules['pulumi'] = None; import runpy; sys.argv = ['x', 'new-key', '--owner', 'a']; "
    code += "runpy.run_module('secure_gateway.authorizer', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, "sgk_" in done.stdout) == (0, True), done.stderr


ROUTES = "GET /orders, GET /orders/{id}"


@pytest.mark.parametrize(
    ("route", "said"),
    [
        ("orders", f"--route: 'orders' is not a route of the configuration: {ROUTES}"),
        ("GET orders", f"--route: 'GET orders' is not a route of the configuration: {ROUTES}"),
        (
            "GET /orders/7",
            "--route: 'GET /orders/7' is not a route of the configuration: GET /orders/{id} (--path gives the path)",
        ),
    ],
)
def test_a_path_in_place_of_a_route_is_reported(issuer, call, route, said):
    jwt = {"jwt": {"issuers": [{"issuer": issuer.url, "audiences": ["orders-api"]}]}}
    document = {"name": "a", "validators": {"u": jwt}, "routes": {each: {} for each in ROUTES.split(", ")}}

    assert call("--route", route, token=issuer.token(), document=document) == (2, "", f"cannot explain: {said}\n")


def test_an_unknown_route_keeps_its_method(issuer, call):
    assert "route: GET /nowhere" in call("--route", "GET /nowhere", token=issuer.token())[1]


def test_a_caller_without_the_scope_is_shown_with_its_scopes(issuer, call):
    out = call("--route", "POST /orders", token=issuer.token(scope="a b"))[1]

    assert "principal: ada" in out
    assert "scopes: a b" in out


def test_a_credential_in_place_of_a_file_is_not_shown(call):
    code, out, err = call("--route", "GET /orders", "--header", "x-api-key: sgk_secret")

    assert (code, out) == (2, "")
    assert err == "cannot explain: --header: must be a name, `=` and a file that contains the value\n"


def test_a_file_that_is_not_json_is_named(call, tmp_path):
    (tmp_path / "event").write_text("x")
    code, _, err = call("--event", str(tmp_path / "event"))

    assert (code, err.startswith(f"cannot explain: {tmp_path / 'event'}: not JSON: ")) == (2, True)


def test_a_store_that_cannot_be_read_here_is_not_withdrawn(call, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(stores, "load", lambda _: {}["boto3"])
    (tmp_path / "key").write_text(api_keys.new("acme")[0])
    document = {"name": "a", "validators": {"k": {"api_key": {"store": STORE}}}, "routes": {"GET /orders": {}}}
    given = ("--route", "GET /orders", "--header", f"x-api-key={tmp_path / 'key'}")

    said = f"cannot explain: boto3 is not installed; give the store's document with --store {STORE}=FILE\n"
    assert call(*given, document=document) == (2, "", said)
