"""`gateway-policy smoke` against a server that behaves like a gateway, and like one that lacks a control."""

import json
import ssl
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from certificates import certificate, key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from policypack.cli import main
from policypack.cli.smoke import requests
from policypack.cli.smoke.signing import Keys, signed

TOKEN = "Authorization: Bearer good"
KEY = "x-api-key: partner"


class Server(ThreadingHTTPServer):
    """Responds like a gateway, or like one that lacks something."""

    lacks = ""
    requires = frozenset({"authorization"})
    most = 1_000
    asked = 0

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.accepted = {"authorization": "Bearer good", "x-api-key": "partner"}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        status = self.status()
        body = "arn:aws:iam::1:user/x may not" if self.server.lacks == "secrecy" and status in {401, 403} else "{}"
        self.send_response(status)
        self.send_header("x-amzn-RequestId", "1-2-3")
        self.end_headers()
        self.wfile.write(body.encode())

    def status(self):
        server, lacks = self.server, self.server.lacks
        if lacks == "backend":
            return 502
        if lacks == "route":
            return 404
        if server.asked > server.most and lacks != "throttle":
            return 403 if lacks == "rate limit only" else 429
        if lacks == "validation":
            return 400 if "q=" in self.path else 200
        for name in server.requires:
            value = self.headers[name]
            if value is None and lacks != f"any {name}":
                return 401
            if value not in (None, server.accepted[name]) and lacks not in {f"checked {name}", f"any {name}"}:
                return 403
        return 403 if ("script" in self.path or "UNION" in self.path) and lacks != "web acl" else 200

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def smoke(server, capsys):
    """Run the command; the exit code, and the results by check."""

    def run(*options):
        code = main(["smoke", f"http://127.0.0.1:{server.server_port}/orders", *options, "--format", "json"])
        found = json.loads(capsys.readouterr().out)["checks"]
        return code, {each["name"]: each["result"] for each in found}

    return run


def test_a_gateway_with_every_control_passes(smoke):
    code, found = smoke("--credential", TOKEN)

    assert code == 0
    assert found == {
        "encrypted": "skipped",
        "callers get responses": "pass",
        "denied without credentials": "pass",
        "denied with a forged Authorization": "pass",
        "denials reveal nothing": "pass",
        "attacks are blocked": "pass",
        "responses have a request id": "pass",
        "floods are throttled": "skipped",
    }


@pytest.mark.parametrize(
    ("lacks", "failing"),
    [
        ("any authorization", ["denied without credentials", "denied with a forged Authorization"]),
        ("checked authorization", ["denied with a forged Authorization"]),
        ("secrecy", ["denials reveal nothing"]),
        ("web acl", ["attacks are blocked"]),
        ("backend", ["callers get responses"]),
        ("route", ["callers get responses"]),
    ],
)
def test_a_check_fails_without_its_control_alone(server, smoke, lacks, failing):
    server.lacks = lacks
    code, found = smoke("--credential", TOKEN)

    assert code == 1
    assert [name for name, result in found.items() if result == "fail"] == failing


def test_without_credentials_a_denial_is_all_that_shows(smoke):
    code, found = smoke()

    assert code == 0
    assert found["denied without credentials"] == found["denied with a forged token"] == "pass"
    assert found["callers get responses"] == found["attacks are blocked"] == "skipped"


def test_a_denial_proves_nothing_if_the_caller_is_denied_too(smoke):
    code, found = smoke("--credential", "Authorization: Bearer old")

    assert code == 1
    assert found["callers get responses"] == "fail"
    assert found["denied without credentials"] == "undecided"


def test_each_of_several_credentials_is_required(server, smoke):
    server.requires = frozenset({"authorization", "x-api-key"})
    code, found = smoke("--credential", TOKEN, "--credential", KEY)

    assert code == 0
    assert found["denied without x-api-key"] == found["denied with a forged x-api-key"] == "pass"
    server.lacks = "any x-api-key"
    code, found = smoke("--credential", TOKEN, "--credential", KEY)
    assert [name for name, result in found.items() if result == "fail"] == [
        "denied without x-api-key",
        "denied with a forged x-api-key",
    ]


def test_other_headers_prove_nothing_and_are_not_forged(smoke):
    _, found = smoke("--credential", TOKEN, "--header", "Accept: application/json")

    assert [name for name in found if "Accept" in name] == []


def test_a_request_that_is_rejected_otherwise_is_no_block(server, smoke):
    server.lacks = "validation"
    code, found = smoke("--credential", TOKEN)

    assert code == 1  # without credentials it is served
    assert found["attacks are blocked"] == "undecided"


@pytest.mark.parametrize(
    ("lacks", "options", "result", "code"),
    [
        ("", (), "pass", 0),
        ("rate limit only", (), "undecided", 2),
        ("throttle", (), "undecided", 2),
        ("throttle", ("--rate", "1", "--burst", "1"), "fail", 1),
        ("throttle", ("--rate", "100000", "--burst", "1000"), "undecided", 2),
    ],
)
def test_a_flood_is_the_last_check_and_disturbs_no_other(server, smoke, lacks, options, result, code):
    server.lacks, server.most = lacks, 20
    found_code, found = smoke("--credential", TOKEN, "--flood", "80", *options)

    assert found.popitem() == ("floods are throttled", result)
    assert found_code == code
    assert "fail" not in found.values()


def test_after_a_flood_the_next_run_raises_no_false_alarm(server, smoke):
    server.most = 0
    code, found = smoke("--credential", TOKEN)

    assert code == 2
    assert "fail" not in found.values()


def test_closed_addresses_do_not_serve(server, smoke):
    address = f"http://127.0.0.1:{server.server_port}/live/orders"
    assert smoke("--credential", TOKEN, "--closed", address)[1]["closed"] == "fail"
    server.accepted = {"authorization": "other"}
    assert smoke("--credential", TOKEN, "--closed", address)[1]["closed"] == "pass"


def test_no_connection_is_undecided(server, smoke):
    server.shutdown()
    server.server_close()
    code, found = smoke("--credential", TOKEN)

    assert code == 2
    assert "fail" not in found.values()


def test_each_check_is_one_line_with_layer_status_and_address(server, capsys):
    url = f"http://127.0.0.1:{server.server_port}/orders"
    main(["smoke", url, "--credential", TOKEN])
    lines = capsys.readouterr().out.splitlines()

    assert f"pass       auth           denied without credentials: 401  {url}" in lines
    assert lines[-1] == "6 pass, 2 skipped"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["http://api.example.com/orders"], "is not encrypted"),
        (["https://user:secret@api.example.com"], "must not contain a user"),
        (["orders"], "is not an address"),
        (["https://x/", "--credential", "Bearer secret"], "number 1 is not of the form"),
        (["https://x/", "--credential", "Authorization: $NOT_SET"], "no variable NOT_SET"),
        (["https://x/", "--credential", "Authorization: secret\nx: y"], "cannot have"),
        (["https://x/", "--certificate", "/none.pem"], "No such file"),
        (["https://x/", "--certificate-key", "/none.pem"], "requires --certificate"),
        (["https://x/", "--rate", "5"], "--rate requires --flood"),
        (["https://x/", "--flood", "-1"], "must be more than 0"),
        (["https://x/", "--sigv4"], "AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_command_that_is_not_valid_sends_nothing(options, message, capsys, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    assert main(["smoke", *options]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "secret" not in error


def test_a_credential_may_come_from_the_environment(smoke, monkeypatch):
    monkeypatch.setenv("TOKEN", "Bearer good")
    assert smoke("--credential", "Authorization: $TOKEN")[0] == 0


# botocore's signer has the same results.
@pytest.mark.parametrize(
    ("target", "token", "signature"),
    [
        ("/a%20b/c?q=%3Cscript%3E&b=&a=1+2", "", "f1fd84ab493a22bf757499e6daf24d3f71e12028f36d9bae884623923a42a114"),
        (
            "/a%20b/c?q=%3Cscript%3E&b=&a=1+2",
            "TOKEN",
            "eea2b313df8799cb5cc2b3f08189e4b9351dc3c1a2cf93383a6d59b045da8a48",
        ),
        (":8443/x?q=1%27+OR&q=0", "", "2ea6d442577aa1265927a32bf4fc37c5f5efbe71c1054b8238d8612a263ba7dd"),
        (":8443/x?q=1%27+OR&q=0", "TOKEN", "8d7a0e0153cedb87dcf2bb20bcd477d4aae2968a991e1643ba37228f92e8097a"),
        ("", "", "19f766ee201e6175ae60fb0ec7078d2897811d6d961f0b713e9146696a126ab6"),
        ("", "TOKEN", "d10cfeea7f5b6b3ca561dd4a3217846eeeed530b56ea502218cfc105126bcaa8"),
        ("/a/{x}?z=%2F", "", "68fdad51be414223f8de4eb044d535d7aca786770e4c5314cc7e7a7465f5b793"),
        ("/a/{x}?z=%2F", "TOKEN", "0b38618d267f5c55f23ed7774a79943dab29b0f6162c887eb15b6d9eca65fa50"),
    ],
)
def test_signatures_are_those_of_aws(target, token, signature):
    keys = Keys(
        access_key_id="AKIDEXAMPLE",
        secret_access_key="wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        session_token=token,
        region="eu-west-1",
    )
    headers = signed("GET", f"https://api.example.com{target}", keys, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))

    assert headers["Authorization"].endswith(f"Signature={signature}")


def test_signed_requests_are_denied_with_another_secret(server, smoke, monkeypatch):
    for name, value in (("ACCESS_KEY_ID", "AKIDEXAMPLE"), ("SECRET_ACCESS_KEY", "x" * 40), ("REGION", "eu-west-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    server.lacks = "any authorization"
    found = smoke("--sigv4")[1]

    assert found["denied with a forged signature"] == found["denied without credentials"] == "fail"


def test_a_client_certificate_is_required(server, capsys, tmp_path, monkeypatch):
    """Mutual TLS: with the certificate the request is served, without it there is no connection."""
    (tmp_path / "server.pem").write_text(_pem("localhost"))
    (tmp_path / "client.pem").write_text(_pem("partner"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    context.load_verify_locations(tmp_path / "client.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 reports a missing certificate only when it reads
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(requests.ssl, "create_default_context", _unverified)
    server.requires = frozenset()
    url = f"https://localhost:{server.server_port}/orders"
    main(["smoke", url, "--certificate", str(tmp_path / "client.pem"), "--format", "json"])
    found = {each["name"]: each["result"] for each in json.loads(capsys.readouterr().out)["checks"]}

    assert found["callers get responses"] == found["no response without a client certificate"] == "pass"
    assert found["valid certificate, TLSv1.2"] == "pass"
    assert found["TLS 1.1 is rejected"] in {"pass", "skipped"}
    assert "denied without credentials" not in found


def _unverified():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _pem(name):
    own = key("ec", 256, which=name)
    private = own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return certificate(name, own_key=own) + private
