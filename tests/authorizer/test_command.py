"""`python -m secure_gateway.authorizer` explains decisions and never shows a credential."""

import json
import subprocess
import sys
import time

import pytest

from secure_gateway.authorizer import api_keys
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
