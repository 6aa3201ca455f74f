"""An OpenID Connect issuer on this machine, over HTTP, with its own keys, rotation, outages and slow responses."""

import json
import threading
import time
import warnings
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwk, jwt
from joserfc.errors import SecurityWarning

KINDS = {
    "RS256": lambda kid: jwk.RSAKey.generate_key(2048, {"kid": kid}),
    "PS256": lambda kid: jwk.RSAKey.generate_key(2048, {"kid": kid}),
    "ES256": lambda kid: jwk.ECKey.generate_key("P-256", {"kid": kid}),
    "Ed25519": lambda kid: jwk.OKPKey.generate_key("Ed25519", {"kid": kid}),
    "EdDSA": lambda kid: jwk.OKPKey.generate_key("Ed25519", {"kid": kid}),
}


class LocalIssuer:
    """Serves `/.well-known/openid-configuration` and `/keys`; signs tokens with any content.

    `pause` and `drip` are seconds that it waits before a response and before each byte, unless it is `released`.
    """

    def __init__(self, port, key=None, clock=time.time):
        self.clock = clock
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{port}"
        self.keys = {"k1": key or KINDS["RS256"]("k1")}
        self.published = None
        self.discovery = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.status = 200
        self.pause = 0.0
        self.drip = 0.0
        self.redirect = ""
        self.raw = None
        self.at = {}
        self.slow = {}
        self.requested = []

    def jwks(self):
        if self.published is not None:
            return self.published
        return {"keys": [{**key.as_dict(private=False), "use": "sig"} for key in self.keys.values()]}

    def respond(self, path):
        """Status and body; `at` overrides a path with a status or a document, `raw` is the key set as a string."""
        own = self.at.get(path)
        if isinstance(own, int):
            return own, "{}"
        if own is None:
            own = self.discovery if "openid" in path else self.jwks()
        return self.status, self.raw if self.raw is not None and "openid" not in path else json.dumps(own)

    def claims(self, **changes):
        now = int(self.clock())
        whole = {
            "iss": self.url,
            "sub": "ada",
            "aud": "orders-api",
            "client_id": "web",
            "exp": now + 600,
            "iat": now,
            "nbf": now,
            "scope": "orders/read",
            **changes,
        }
        return {name: value for name, value in whole.items() if value is not ...}

    def token(self, *, kid="k1", alg="RS256", header=None, **claims):
        """A token; `...` omits a header or claim."""
        whole = {"alg": alg, "kid": kid, "typ": "at+jwt", **(header or {})}
        whole = {name: value for name, value in whole.items() if value is not ...}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # EdDSA has newer names.
            return jwt.encode(whole, self.claims(**claims), self.keys[kid], algorithms=[alg])

    def rotate(self, kid, alg="RS256"):
        self.keys[kid] = KINDS[alg](kid)

    def count(self, path):
        return self.requested.count(path)


def _handler(issuer_of):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            issuer = issuer_of()
            issuer.requested.append(self.path)
            issuer.released.wait(issuer.slow.get(self.path, issuer.pause))
            status, body = issuer.respond(self.path)
            body = body.encode()
            try:
                self.send_response(302 if issuer.redirect else status)
                if issuer.redirect:
                    self.send_header("Location", issuer.redirect)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                for piece in [bytes([each]) for each in body] if issuer.drip else [body]:
                    self.wfile.write(piece)
                    self.wfile.flush()
                    issuer.released.wait(issuer.drip)
            except OSError:
                pass  # The client has closed the connection.

        def log_message(self, *_):
            pass

    return Handler


@contextmanager
def running():
    """An issuer that runs until the block ends."""
    made = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(lambda: made[0]))
    server.daemon_threads = True
    server.block_on_close = False
    made.append(LocalIssuer(server.server_address[1]))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
