"""The smoke tests can fail: each check passes on a secure stand-in server, and fails on one that lacks its control."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from smoke import checks

HEADERS = {"Authorization": "Bearer good"}


class StandIn(ThreadingHTTPServer):
    """Responds like a gateway that lacks one control."""

    lacks = ""
    asked = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked += 1
        status = self.status(self.server.lacks)
        body = "arn:aws:iam::1:user/x is not authorized" if self.server.lacks == "secrecy" and status != 200 else "{}"
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def status(self, lacks):
        if lacks == "backend":
            return 502
        if "script" in self.path and lacks != "web acl":
            return 403
        if self.server.asked > 20 and lacks != "throttle":
            return 429
        token = self.headers["Authorization"]
        if token is None:
            return 200 if lacks == "login" else 401
        return 200 if token == HEADERS["Authorization"] or lacks == "signatures" else 403

    def log_message(self, *args):
        pass


@pytest.fixture
def target():
    server = StandIn(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def lacking(control):
        server.lacks = control
        return checks.Target(f"http://127.0.0.1:{server.server_port}/orders", HEADERS)

    yield lacking
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("check", "control"),
    [
        (checks.anonymous_callers_are_denied, "login"),
        (checks.forged_tokens_are_denied, "signatures"),
        (checks.errors_reveal_nothing, "secrecy"),
        (checks.callers_get_responses, "backend"),
        (checks.the_web_acl_blocks, "web acl"),
        (lambda target: checks.floods_are_throttled(target, 40), "throttle"),
    ],
)
def test_a_check_fails_without_its_control_alone(target, check, control):
    check(target(""))
    with pytest.raises(AssertionError):
        check(target(control))
