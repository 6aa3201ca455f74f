"""`make fuzz`: a million mutated credentials and events against the authorizer.

The inputs are guided by coverage if atheris is installed, and random otherwise. From each series of numbers
`tests/mutations.py` makes four inputs:

- a mutated token, which must be denied;
- a mutated event with an expired token, which must be denied;
- a token with mutated claims and a valid signature, which must be allowed exactly if `tests/token_oracle.py` says so;
- a mutated signature of a request or a mutated API key, which must be denied.

None may raise an exception. Stops at the first finding.
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
from hashlib import sha256
from hmac import digest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

try:
    import atheris
except ImportError:
    atheris = None

# Modules imported here are instrumented for coverage; otherwise validators are imported when an authorizer is made.
with atheris.instrument_imports(include=["secure_gateway", "joserfc"]) if atheris else nullcontext():
    from joserfc import jwk, jwt
    from joserfc.jws import serialize_compact

    from secure_gateway.authorizer import (  # noqa: F401
        api_keys,
        client_certificates,
        handler,
        jwks,
        reasons,
        shared_secrets,
        signatures,
        tokens,
    )
    from secure_gateway.authorizer.config import read
    from secure_gateway.authorizer.decide import Authorizer
    from secure_gateway.authorizer.requests import LONGEST_CREDENTIAL
    from secure_gateway.authorizer_responses import Unauthorized

import mutations
import token_oracle
from gateway_events import HOST, rest

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
    return json.dumps({"keys": [KEY.as_dict(private=False), FAST_KEY.as_dict(private=False)]}).encode()


STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:callers-AbCdEf"
API_KEY, KEY_ID, RECORD = api_keys.new("ada")
SECRET = "s" * 32
FAST_KEY = jwk.OKPKey.generate_key("Ed25519", {"kid": "k2"})
"""Signs the mutated claims: RSA would take most of the time."""


def signed(time_: int) -> str:
    """A valid signature of a request."""
    when = str(time_)
    string = signatures.canonical(when, "GET", HOST, "abc123", "live", "/orders", "", [], signatures.EMPTY_BODY_HASH)
    return f"v2;key=jobs;time={when};headers=;signature={digest(SECRET.encode(), string.encode(), sha256).hex()}"


def authorizer(document) -> Authorizer:
    """An authorizer of a configuration, whose issuer and stores are here."""
    stored = {"keys": {KEY_ID: RECORD}}, {"clients": {"jobs": {"secrets": [SECRET]}}}
    return Authorizer(
        read(json.dumps(document)),
        fetch=keys,
        load=lambda arn: json.dumps(stored[1] if "clients" in arn else stored[0]),
    )


def alone(validator) -> Authorizer:
    """An authorizer with one validator."""
    document = {"name": "a", "validators": {"v": validator}, "routes": {"GET /orders": {}}, "cached": False}
    return authorizer(document)


HANDLER = handler.make(authorizer(CONFIG))
SIGNED_CLAIMS = alone(
    {
        "jwt": {
            "issuers": [
                {"issuer": ISSUER, "jwks_url": f"{ISSUER}/keys", "audiences": ["api"], "algorithms": ["Ed25519"]}
            ]
        }
    }
)
API_KEYS = alone({"api_key": {"store": STORE}})
SIGNATURES = alone({"signature": {"store": STORE.replace("callers", "clients"), "window_seconds": 900}})
COUNT = {"tokens": 0, "events": 0, "claims": 0, "signatures and keys": 0}
LAST = {"inputs": 0}


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
    """One input of each of the four sorts."""
    token = mutations.mutated_token(choose, GOOD)
    COUNT["tokens"] += token != GOOD
    if token != GOOD and allows(rest({"authorization": f"Bearer {token}"})):
        raise FindingError(token)
    event = mutations.mutated_event(choose, f"Bearer {EXPIRED}")
    COUNT["events"] += 1
    if allows(event):
        raise FindingError(repr(event))
    claims = mutations.mutated_claims(choose, CLAIMS)
    COUNT["claims"] += 1
    compact = serialize_compact({"alg": "Ed25519", "kid": "k2"}, mutations.dumps(claims), FAST_KEY, ["Ed25519"])
    decision = SIGNED_CLAIMS.decide(rest({"authorization": f"Bearer {compact}"}))
    acceptable = len(compact) + len("Bearer ") <= LONGEST_CREDENTIAL and token_oracle.is_acceptable(
        claims, ISSUER, "api", time.time()
    )
    if decision.allowed != acceptable or decision.reason == reasons.INTERNAL:
        raise FindingError(f"{decision.reason}: {claims}")
    good, one_of, name = (
        (signed(int(time.time())), SIGNATURES, "x-signature") if choose(2) else (API_KEY, API_KEYS, "x-api-key")
    )
    value = mutations.mutated_string(choose, good)
    COUNT["signatures and keys"] += 1
    decision = one_of.decide(rest({name: value}))
    if (decision.allowed and value != good) or decision.reason == reasons.INTERNAL:
        raise FindingError(f"{decision.reason}: {value}")


def guided(data: bytes) -> None:
    """One input from the fuzzer."""
    provider = atheris.FuzzedDataProvider(data)
    one(lambda below: provider.ConsumeIntInRange(0, below - 1))
    if sum(COUNT.values()) >= LAST["inputs"]:
        done()


def done() -> None:
    """Report the counts and stop."""
    seconds = time.monotonic() - START
    method = "guided by coverage (atheris)" if atheris else "at random"
    counts = ", ".join(f"{count:,} {name}" for name, count in COUNT.items())
    os.write(2, f"{sum(COUNT.values()):,} inputs {method}: {counts}; no finding; {seconds:.0f} s\n".encode())
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
    LAST["inputs"] = given.inputs
    if atheris:
        with tempfile.TemporaryDirectory() as corpus:
            chosen = random.Random(given.seed)
            for name in map(str, range(100)):
                Path(corpus, name).write_bytes(chosen.randbytes(256))
            options = ["-max_len=512", "-len_control=0", f"-seed={given.seed}"]
            atheris.Setup([sys.argv[0], *options, corpus], guided)
            atheris.Fuzz()
    chosen = random.Random(given.seed)
    while sum(COUNT.values()) < given.inputs:
        one(chosen.randrange)
    done()


if __name__ == "__main__":
    main()
