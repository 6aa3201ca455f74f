"""`make fuzz`: a million mutated tokens and events against the authorizer; none may be accepted, none may raise.

The inputs are guided by coverage if atheris is installed, and random otherwise. Each input is a series of numbers from
which `tests/mutations.py` makes one token and one event. Stops at the first finding.
"""

import argparse
import io
import json
import os
import random
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

try:
    import atheris
except ImportError:
    atheris = None

# Modules imported here are instrumented for coverage; otherwise validators are imported when an authorizer is made.
with atheris.instrument_imports(include=["secure_gateway", "joserfc"]) if atheris else nullcontext():
    from joserfc import jwk, jwt

    from secure_gateway.authorizer import api_keys, handler, headers, jwks, tokens  # noqa: F401
    from secure_gateway.authorizer.config import read
    from secure_gateway.authorizer.decide import Authorizer
    from secure_gateway.authorizer_responses import Unauthorized

import mutations
from gateway_events import rest

ISSUER = "https://issuer.example.com"
KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
CLAIMS = {"iss": ISSUER, "sub": "ada", "aud": "api", "exp": int(time.time()) + 86_400, "scope": "read"}
GOOD = jwt.encode({"alg": "RS256", "kid": "k1"}, CLAIMS, KEY)
EXPIRED = jwt.encode({"alg": "RS256", "kid": "k1"}, {**CLAIMS, "exp": 1}, KEY)
CONFIG = {
    "name": "users",
    "validators": {"u": {"jwt": {"issuers": [{"issuer": ISSUER, "jwks_url": f"{ISSUER}/keys", "audiences": ["api"]}]}}},
    "routes": {"GET /orders": {"scopes": ["read"]}, "ANY /me": {}},
}


def keys(_url: str, _seconds: float) -> bytes:
    """The issuer's keys, without a network."""
    return json.dumps({"keys": [KEY.as_dict(private=False)]}).encode()


HANDLER = handler.make(Authorizer(read(json.dumps(CONFIG)), fetch=keys))
COUNT = {"tokens": 0, "events": 0, "last": 0}


class FindingError(Exception):
    """The authorizer accepted an input that it must refuse."""


def allows(event) -> bool:
    """Whether the handler allows anything; the only exception that it may raise is `Unauthorized`."""
    try:
        response = HANDLER(event, None)
    except Unauthorized:
        return False
    if "isAuthorized" in response:
        return response["isAuthorized"]
    return any(each["Effect"] == "Allow" for each in response["policyDocument"]["Statement"])


def one(choose) -> None:
    """One mutated token in a good event, and one mutated event with an expired token."""
    token = mutations.mutated_token(choose, GOOD)
    COUNT["tokens"] += token != GOOD
    if token != GOOD and allows(rest({"authorization": f"Bearer {token}"})):
        raise FindingError(token)
    event = mutations.mutated_event(choose, f"Bearer {EXPIRED}")
    COUNT["events"] += 1
    if allows(event):
        raise FindingError(repr(event))


def guided(data: bytes) -> None:
    """One input from the fuzzer."""
    provider = atheris.FuzzedDataProvider(data)
    one(lambda below: provider.ConsumeIntInRange(0, below - 1))
    if COUNT["tokens"] + COUNT["events"] >= COUNT["last"]:
        done()


def done() -> None:
    """Report the counts and stop."""
    seconds = time.monotonic() - START
    method = "guided by coverage (atheris)" if atheris else "at random"
    total = COUNT["tokens"] + COUNT["events"]
    counts = f"{total:,} inputs {method}: {COUNT['tokens']:,} mutated tokens, {COUNT['events']:,} mutated events; "
    os.write(2, f"{counts}none accepted, none raised; {seconds:.0f} s\n".encode())
    os._exit(0)


START = time.monotonic()


def main() -> None:
    """Fuzz until the count is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    assert allows(rest({"authorization": f"Bearer {GOOD}"}))
    sys.stdout = io.TextIOWrapper(open(os.devnull, "wb"))
    COUNT["last"] = given.inputs
    if atheris:
        with tempfile.TemporaryDirectory() as corpus:
            chosen = random.Random(given.seed)
            for name in map(str, range(100)):
                Path(corpus, name).write_bytes(chosen.randbytes(256))
            options = ["-max_len=512", "-len_control=0", f"-seed={given.seed}"]
            atheris.Setup([sys.argv[0], *options, corpus], guided)
            atheris.Fuzz()
    chosen = random.Random(given.seed)
    while COUNT["tokens"] + COUNT["events"] < given.inputs:
        one(chosen.randrange)
    done()


if __name__ == "__main__":
    main()
