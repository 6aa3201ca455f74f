"""The built-in authorizer compared with its alternatives.

The alternatives are plain joserfc, plain PyJWT, Powertools' event classes with PyJWT, and aws-jwt-verify (npm). All
verify the same RS256 access token with the same key, and check issuer, client, use and times. Warm: the latency of a
decision, in alternating turns of a few thousand. Cold: processor time until a handler is ready, and until its first
decision, including the keys fetched from an issuer over HTTP; each run is its own process, in alternating turns.
Either all packages have bytecode, or none has, as in Lambda. Alternatives that are not installed are reported and left
out.

Runs in its own environment, which like Lambda contains the alternatives and nothing of Pulumi:
`python -m benchmarks.authorizer [--node NODE_MODULES]` prints the figures as JSON.
"""

import argparse
import contextlib
import importlib.util
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from .measure import ROOT, Figures, run, table

HERE: Final = Path(__file__).resolve().parent
ISSUER: Final = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc123DEF"
CLIENT: Final = "5fexampleclientid"
TURNS, EACH_TURN, WARM_UP, COLD_RUNS = 5, 4_000, 500, 21

sys.path.append(str(ROOT / "tests"))

import oidc_issuer

Call = Callable[[], Any]
REFERENCE: Final = "joserfc: verified decode only"


def measure(python: Path, modules: Path | None) -> Figures:
    """The figures, measured by an interpreter that has the alternatives."""
    node = ("--node", modules) if modules else ()
    return json.loads(run([python, "-m", "benchmarks.authorizer", *node]).output)


def material() -> dict[str, Any]:
    """A token as Cognito issues it, the pool's keys, and an event as API Gateway sends it."""
    from gateway_events import rest
    from joserfc import jwk, jwt

    key = jwk.RSAKey.generate_key(2048, {"kid": "key-1", "alg": "RS256", "use": "sig"})
    now = int(time.time())
    claims = {
        "sub": "0f3c7a52-7f61-4d3a-9a39-0d9f6f0f6c11",
        "iss": ISSUER,
        "version": 2,
        "client_id": CLIENT,
        "origin_jti": "0b1c5d0e-5a08-4f0a-8f6b-7a7b5c1f2a3d",
        "token_use": "access",
        "scope": "orders/read orders/write",
        "auth_time": now,
        "exp": now + 86_400,
        "iat": now,
        "jti": "c1f2a3d0-5a08-4f0a-8f6b-0b1c5d0e7a7b",
        "username": "ada",
    }
    token = jwt.encode({"alg": "RS256", "kid": "key-1"}, claims, key)
    headers = {
        "Accept": "application/json",
        "Authorization": f"Bearer {token}",
        "Host": "api.example.com",
        "User-Agent": "curl/8.5.0",
        "X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return {"token": token, "jwks": {"keys": [key.as_dict(private=False)]}, "event": rest(headers)}


def warm(calls: dict[str, Call]) -> dict[str, list[int]]:
    """Sorted nanoseconds of every call."""
    took: dict[str, list[int]] = {name: [] for name in calls}
    for _ in range(TURNS):
        for name, call in calls.items():
            for _ in range(WARM_UP):
                call()
            for _ in range(EACH_TURN):
                begun = time.perf_counter_ns()
                call()
                took[name].append(time.perf_counter_ns() - begun)
    return {name: sorted(each) for name, each in took.items()}


def builtin(given: dict[str, Any]) -> dict[str, Call]:
    """The function as it ships, from event to response with its log line; and the decision alone."""
    from secure_gateway.authorizer import handler
    from secure_gateway.authorizer.config import read
    from secure_gateway.authorizer.decide import Authorizer

    config = {
        "name": "users",
        "validators": {"users": {"jwt": {"issuers": [{"issuer": ISSUER, "client_ids": [CLIENT]}]}}},
        "routes": {"GET /orders": {"scopes": ["orders/read"]}, "POST /orders": {"scopes": ["orders/write"]}},
    }
    keys = json.dumps(given["jwks"]).encode()
    authorizer = Authorizer(read(json.dumps(config)), fetch=lambda _url, _seconds: keys)
    handle = handler.make(authorizer)
    assert authorizer.decide(given["event"]).allowed
    return {
        "built-in: event to response, decision only": lambda: authorizer.decide(given["event"]),
        "built-in: the whole handler, with its log and metrics line": lambda: handle(given["event"], None),
    }


def plain_joserfc(given: dict[str, Any]) -> dict[str, Call]:
    """The library as its guide shows it: keys by id, then the registry of claims."""
    from joserfc import jwk, jwt

    keys = jwk.KeySet.import_key_set(given["jwks"])
    essential = {"essential": True}
    registry = jwt.JWTClaimsRegistry(
        iss={**essential, "value": ISSUER},
        client_id={**essential, "value": CLIENT},
        token_use={**essential, "value": "access"},
        exp=essential,
    )

    def verify():
        registry.validate(jwt.decode(given["token"], keys, algorithms=["RS256"]).claims)

    return {REFERENCE: verify}


def plain_pyjwt(given: dict[str, Any]) -> dict[str, Call]:
    """PyJWT as its guide shows it; the key is found beforehand, so that no network is measured."""
    import jwt

    key = jwt.PyJWK.from_dict(given["jwks"]["keys"][0])

    def verify():
        claims = jwt.decode(
            given["token"], key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]}
        )
        if claims["client_id"] != CLIENT or claims["token_use"] != "access":
            raise ValueError

    return {"PyJWT: verified decode only": verify}


def powertools(given: dict[str, Any]) -> dict[str, Call]:
    """Powertools reads the event and builds the response; a library, here PyJWT, verifies the token."""
    import jwt
    from aws_lambda_powertools.utilities.data_classes import api_gateway_authorizer_event as events

    key = jwt.PyJWK.from_dict(given["jwks"]["keys"][0])

    def handle():
        event = events.APIGatewayAuthorizerRequestEvent(given["event"])
        token = event.headers["Authorization"].removeprefix("Bearer ")
        claims = jwt.decode(token, key, algorithms=["RS256"], issuer=ISSUER, options={"require": ["exp", "iss"]})
        if claims["client_id"] != CLIENT or claims["token_use"] != "access":
            raise ValueError
        arn = event.parsed_arn
        response = events.APIGatewayAuthorizerResponse(
            principal_id=claims["sub"],
            region=arn.region,
            aws_account_id=arn.aws_account_id,
            api_id=arn.api_id,
            stage=arn.stage,
        )
        response.allow_route(http_method="GET", resource="/orders")
        return response.asdict()

    return {"Powertools with PyJWT: event to response": handle}


def node(given: dict[str, Any], modules: str) -> list[dict[str, Any]]:
    """aws-jwt-verify in Node."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({**given, "issuer": ISSUER, "client": CLIENT, "count": TURNS * EACH_TURN, "warmUp": WARM_UP}, file)
        file.flush()
        script = HERE / "node" / "aws_jwt_verify.cjs"
        done = subprocess.run(
            ["node", script, file.name],
            env={**os.environ, "NODE_PATH": modules},
            capture_output=True,
            text=True,
            check=True,
        )
    return json.loads(done.stdout)


# Each prints the time until it is ready and until its first decision, which fetches the keys from an issuer over HTTP.
_FIRST = """
import json, os, resource, sys
def spent():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1_000
given = {name: os.environ[name] for name in ("CONFIG", "ISSUER", "EVENT")}
begun = spent()
%s
ready = spent()
decide(json.loads(given["EVENT"]))
print(ready - begun, spent() - begun, file=sys.stderr)
"""
COLD = {
    "built-in handler": """
from secure_gateway.authorizer import handler
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
decide = handler.make(Authorizer(read(given["CONFIG"], loopback=True), loopback=True))
""",
    "handler with joserfc, keys by urllib": """
import urllib.request
from joserfc import jwk, jwt
registry = jwt.JWTClaimsRegistry(iss={"essential": True, "value": given["ISSUER"]}, exp={"essential": True})
def decide(event):
    url = given["ISSUER"] + "/keys"
    keys = jwk.KeySet.import_key_set(json.loads(urllib.request.urlopen(url, timeout=2).read()))
    token = event["headers"]["Authorization"].removeprefix("Bearer ")
    registry.validate(jwt.decode(token, keys, algorithms=["RS256"]).claims)
""",
    "handler with PyJWT and its PyJWKClient": """
import jwt
keys = jwt.PyJWKClient(given["ISSUER"] + "/keys", timeout=2)
def decide(event):
    token = event["headers"]["Authorization"].removeprefix("Bearer ")
    key = keys.get_signing_key_from_jwt(token)
    jwt.decode(token, key, algorithms=["RS256"], issuer=given["ISSUER"], audience="orders-api")
""",
}


_PACKAGES = ("joserfc", "cryptography", "jwt")


def starts(folder: Path) -> dict[str, dict[str, str]]:
    """Environment variables for both kinds of cold start.

    Installed packages have bytecode and a fresh checkout has none, so a handler of ours would be compiled and the other
    ones would not. With bytecode, a cache in `folder` holds that of all modules. From source, as in Lambda, whose
    folder of the function cannot be written to, copies without bytecode of all packages are used; that of the standard
    library is kept.
    """
    packages = folder / "packages"
    found = {name: importlib.util.find_spec(name) for name in _PACKAGES}
    installed = [Path(each.origin).parent for each in found.values() if each and each.origin]
    for package in (*installed, ROOT / "secure_gateway"):
        shutil.copytree(package, packages / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    return {
        "bytecode": {"PYTHONPATH": str(ROOT), "PYTHONPYCACHEPREFIX": str(folder / "bytecode")},
        "source": {"PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
    }


Runs = dict[str, list[tuple[float, float]]]
"""Of each handler, the milliseconds until it is ready and until its first decision, of every run."""


def cold() -> dict[str, Runs]:
    """Processor time of cold starts, by kind.

    Processor time rather than elapsed time, which would depend on what else the machine does.
    """
    from gateway_events import rest

    with oidc_issuer.running() as issuer, tempfile.TemporaryDirectory() as folder:
        own = {"issuer": issuer.url, "jwks_url": f"{issuer.url}/keys", "audiences": ["orders-api"]}
        config = {"name": "u", "validators": {"u": {"jwt": {"issuers": [own]}}}, "routes": {"GET /orders": {}}}
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "CONFIG": json.dumps(config),
            "ISSUER": issuer.url,
            "EVENT": json.dumps(rest({"Authorization": f"Bearer {issuer.token()}"})),
            "SECURE_GATEWAY_AUTHORIZER": json.dumps({**config, "routes": {}}),
        }
        return {kind: _runs({**environment, **more}) for kind, more in starts(Path(folder)).items()}


def _runs(environment: dict[str, str]) -> Runs:
    took: Runs = {name: [] for name in COLD}
    for turn in range(COLD_RUNS + 1):
        for name, code in COLD.items():
            command = [sys.executable, "-c", _FIRST % code]
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            # The first turn fills caches.
            if done.returncode == 0 and turn:
                ready, decided = map(float, done.stderr.split()[-2:])
                took[name].append((round(ready, 1), round(decided, 1)))
    return {name: runs for name, runs in took.items() if runs}


def main() -> None:
    """Measure, and print the figures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--node", metavar="NODE_MODULES", help="the folder that holds aws-jwt-verify")
    modules = parser.parse_args().node
    given, calls, missing = material(), {}, []
    measures = {plain_joserfc: "joserfc", builtin: "joserfc", plain_pyjwt: "jwt", powertools: "aws_lambda_powertools"}
    with contextlib.redirect_stdout(io.StringIO()):  # the handler logs
        for measured, needed in measures.items():
            if importlib.util.find_spec(needed):
                calls |= measured(given)
            else:
                missing.append(needed)
        took = warm(calls)
    rows = [
        {"name": name, "p50": each[len(each) // 2] / 1_000, "p99": each[len(each) * 99 // 100] / 1_000}
        for name, each in took.items()
    ]
    if modules and shutil.which("node"):
        rows += node(given, modules)
    else:
        missing.append("aws-jwt-verify (npm)")
    print(json.dumps({"python": sys.version.split()[0], "warm": rows, "cold": cold(), "missing": missing}))


def report(found: Figures) -> str:
    """Both tables."""
    reference = next(row["p50"] for row in found["warm"] if row["name"] == REFERENCE)
    warm_rows = [
        [row["name"], f"{row['p50']:.1f}", f"{row['p99']:.1f}", f"{row['p50'] / reference:.2f}"]
        for row in found["warm"]
    ]
    cold_rows = [
        [
            name,
            *(
                _spread(each)
                for kind in ("bytecode", "source")
                for each in zip(*found["cold"][kind][name], strict=True)
            ),
        ]
        for name in found["cold"]["bytecode"]
    ]
    parts = [
        table(["warm, microseconds", "p50", "p99", "vs. joserfc"], warm_rows),
        table(
            ["cold, processor milliseconds, min / median", "import", "first decision", "import*", "first decision*"],
            cold_rows,
        ),
        "\\* From source, as in Lambda, where packages have no bytecode. The first decision includes the import.\n",
    ]
    parts += [f"Not installed, left out: {', '.join(found['missing'])}.\n"] if found["missing"] else []
    return "\n".join(parts)


def _spread(values: Sequence[float]) -> str:
    return f"{min(values):.1f} / {statistics.median(values):.1f}"


if __name__ == "__main__":
    main()
