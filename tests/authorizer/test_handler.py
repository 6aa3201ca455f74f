"""The function as Lambda runs it: its folder alone, its configuration, one log line for each decision, fail closed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from gateway_events import http_2, rest, token

import secure_gateway
from secure_gateway.authorizer import handler, reasons
from secure_gateway.authorizer.config import VARIABLE
from secure_gateway.authorizer_responses import Unauthorized

ROOT = Path(secure_gateway.__file__).parent


@pytest.fixture
def run(issuer, authorizer, capsys):
    """Calls the handler; returns its response and the lines of the log."""

    def run(event, one=None):
        call = handler.make(one or authorizer())
        try:
            response = call(event, None)
        except Unauthorized as error:
            response = str(error)
        return response, [json.loads(each) for each in capsys.readouterr().out.splitlines()]

    return run


def test_an_allowed_request_is_logged(issuer, run):
    response, (line,) = run(rest({"authorization": f"Bearer {issuer.token()}"}))

    assert response["principalId"] == f"users|{issuer.url}||ada"
    reported = {
        name: line[name]
        for name in ("Authorizer", "Reason", "Allowed", "Denied", "status", "route", "requestId", "principal", "issuer")
    }
    assert reported == {
        "Authorizer": "users",
        "Reason": "allowed",
        "Allowed": 1,
        "Denied": 0,
        "status": 200,
        "route": "GET /orders",
        "requestId": "request-1",
        "principal": "ada",
        "issuer": issuer.url,
    }


def test_the_line_holds_metrics_in_the_embedded_format(issuer, run):
    _, (line,) = run(rest({}))
    (directive,) = line["_aws"]["CloudWatchMetrics"]

    assert directive["Namespace"] == "SecureGateway/Authorizer"
    assert directive["Dimensions"] == [["Authorizer"], ["Authorizer", "Reason"]]
    assert isinstance(line["_aws"]["Timestamp"], int)
    for metric in directive["Metrics"]:
        assert isinstance(line[metric["Name"]], int | float)
    for dimensions in directive["Dimensions"]:
        assert all(isinstance(line[each], str) for each in dimensions)
    assert (line["Reason"], line["Denied"]) == (reasons.MISSING, 1)


def test_no_line_holds_a_credential(issuer, run):
    good = issuer.token(name="private-data")
    values = [
        good,
        good[:-6] + "AAAAAA",
        "Basic c2VjcmV0",
        "x" * 9_000,
        issuer.token(aud="x"),
        issuer.token(iss="y" * 50),
    ]
    for value in values:
        for event in (
            rest({"authorization": f"Bearer {value}"}),
            token(f"Bearer {value}"),
            http_2({"authorization": value}),
        ):
            _, lines = run(event)
            logged = json.dumps(lines)
            assert len(lines) == 1
            assert not any(piece in logged for piece in (value, value[:40], value[-40:], "private-data"))


def test_a_line_stays_one_line(issuer, run):
    event = rest({"authorization": f"Bearer {issuer.token()}"})
    event["requestContext"]["requestId"] = 'a"\n{"Reason":"allowed"}'
    _, lines = run(event)

    assert len(lines) == 1


def test_every_reason_is_explained():
    codes = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}

    assert codes == set(reasons.EXPLANATIONS)


@pytest.mark.parametrize("event", [rest({}), token("x"), None])
def test_without_a_configuration_every_request_is_denied(event, capsys):
    with pytest.raises(Unauthorized):
        handler.make(None)(event, None)
    assert handler.make(None)(http_2({}), None) == {"isAuthorized": False}


def test_a_decision_that_cannot_be_logged_is_not_carried_out(issuer, authorizer, monkeypatch):
    one = authorizer()
    monkeypatch.setattr(handler.log, "write", lambda *_, **__: 1 / 0)

    with pytest.raises(Unauthorized):
        handler.make(one)(rest({"authorization": f"Bearer {issuer.token()}"}), None)


CONFIG = json.dumps(
    {
        "name": "users",
        "validators": {"u": {"jwt": {"issuers": [{"issuer": "https://issuer.example.com", "audiences": ["a"]}]}}},
        "routes": {"GET /orders": {}},
    }
)


PROBE = """
import json, sys
sys.modules["pulumi"] = None
from secure_gateway.authorizer.handler import handler
event = json.loads(sys.argv[1])
try:
    print(json.dumps(handler(event, None)))
except Exception as error:
    print(type(error).__name__, error)
"""


def alone(folder, variable=None, config=None):
    """Run only the files that the archive contains."""
    package = folder / "secure_gateway"
    package.mkdir()
    for name in ("__init__.py", "authorizer_responses.py"):
        shutil.copy(ROOT / name, package)
    shutil.copytree(ROOT / "authorizer", package / "authorizer", ignore=shutil.ignore_patterns("__pycache__"))
    if config is not None:
        (package / "authorizer/config.json").write_text(config, "utf-8")
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if variable is not None:
        environment[VARIABLE] = variable
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(rest({}))],
        cwd=folder,
        env={**environment, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("source", ["variable", "config"])
def test_the_files_run_alone_without_pulumi(tmp_path, source):
    line, response = alone(tmp_path, **{source: CONFIG})

    assert json.loads(line)["Reason"] == reasons.MISSING
    assert response == "Unauthorized Unauthorized"


@pytest.mark.parametrize("document", ["{}", "", "not JSON", "null", CONFIG[:-1]])
def test_an_invalid_configuration_denies_and_is_reported(tmp_path, document):
    message, line, response = alone(tmp_path, variable=document)

    assert message.startswith("the configuration is invalid, so every request is denied")
    assert json.loads(line)["Reason"] == reasons.INTERNAL
    assert response == "Unauthorized Unauthorized"
