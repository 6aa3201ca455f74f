"""An explanation names the first step that failed, in the order in which the code takes the steps."""

import json
from hashlib import sha256
from hmac import digest
from itertools import combinations
from pathlib import Path

import pytest
from clocks import NOW
from gateway_events import API, HOST, client_certificate, rest
from joserfc import jwk, jws

from secure_gateway.authorizer import api_keys, explain, reasons
from secure_gateway.authorizer.config import ApiKey, ClientCertificate, Jwt, SharedSecret, Signature, read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.signatures import EMPTY_BODY_HASH, canonical

STORE = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
LOOSE = jws.JWSRegistry(algorithms=["RS256", "PS256"], strict_check_header=False)
OTHER_KEY = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
KEY, KEY_ID, RECORD = api_keys.new("ada")


class Case:
    """A request that is right, until faults are added to it."""

    def __init__(self, issuer=None):
        self.issuer = issuer
        self.header = {"alg": "RS256", "kid": "k1", "typ": "at+jwt"}
        self.claims = issuer.claims(org="acme") if issuer else {}
        self.signing = issuer.keys["k1"] if issuer else None
        self.scheme = "Bearer"
        self.headers = {}
        self.certificate = client_certificate("ada")
        self.key = KEY
        self.record = dict(RECORD)
        self.store = None
        self.secret = "c" * 40
        self.time = NOW
        self.version = "v2"
        self.host = HOST
        self.covered = []
        self.sent = {}
        self.known = self.secret


JWT_FAULTS = {
    "header": lambda case: setattr(case, "scheme", None),
    "format": lambda case: setattr(case, "scheme", case.scheme and "Basic"),
    "algorithm": lambda case: case.header.update(alg="PS256"),
    "issuer": lambda case: case.claims.update(iss="https://other.example.com"),
    "token header": lambda case: case.header.update(cty="JWT"),
    "type": lambda case: case.header.update(typ="JOSE"),
    "key id": lambda case: case.header.pop("kid"),
    "issuer's keys": lambda case: setattr(case.issuer, "published", {"keys": []}),
    "key": lambda case: case.header.update({"kid": "k9"} if "kid" in case.header else {}),
    "signature": lambda case: setattr(case, "signing", OTHER_KEY),
    "time": lambda case: case.claims.update(exp=1),
    "audience": lambda case: case.claims.update(aud="other"),
    "client": lambda case: case.claims.update(client_id="other"),
    "use": lambda case: case.claims.update(at_hash="n"),
    "claims": lambda case: case.claims.pop("org"),
    "binding": lambda case: case.claims.update(cnf={"jkt": "x"}),
}
KEY_FAULTS = {
    "header": lambda case: setattr(case, "key", None),
    "format": lambda case: setattr(case, "key", case.key and case.key.upper()),
    "store": lambda case: setattr(case, "store", TimeoutError()),
    "secret": lambda case: case.record.update(hash="0" * 64),
    "expiry": lambda case: case.record.update(expires=1),
}
SECRET_FAULTS = {
    "header": lambda case: setattr(case, "secret", None),
    "store": lambda case: setattr(case, "store", TimeoutError()),
    "secret": lambda case: setattr(case, "known", "d" * 40),
}
SIGNATURE_FAULTS = {
    "header": lambda case: setattr(case, "version", None),
    "format": lambda case: setattr(case, "version", case.version and "v3"),
    "version": lambda case: setattr(case, "version", "v1" if case.version == "v2" else case.version),
    "time": lambda case: setattr(case, "time", 1),
    "covered parts": lambda case: case.sent.update({"content-type": "text/plain"}),
    "store": lambda case: setattr(case, "store", TimeoutError()),
    "signature": lambda case: setattr(case, "host", "other.example.com"),
}
CERTIFICATE_FAULTS = {
    "certificate": lambda case: setattr(case, "certificate", None),
    "format": lambda case: case.certificate and case.certificate.update(issuerDN=7),
    "lists": lambda case: case.certificate and case.certificate.update(subjectDN="CN=eve"),
}


def token_event(case):
    if case.scheme is None:
        return rest({})
    token = jws.serialize_compact(case.header, json.dumps(case.claims), case.signing, registry=LOOSE)
    return rest({"authorization": f"{case.scheme} {token}"})


def signed_event(case):
    if case.version is None:
        return rest(case.sent)
    when = str(case.time)
    string = canonical(when, "GET", case.host, "abc123", "live", "/orders", "", case.covered, EMPTY_BODY_HASH)
    signature = digest(("c" * 40).encode(), string.encode(), sha256).hex()
    names = "headers=;" if case.version != "v1" else ""
    value = f"{case.version};key=jobs;time={when};{names}signature={signature}"
    return rest({"x-signature": value, **case.sent})


KINDS = {
    "jwt": (
        Jwt,
        JWT_FAULTS,
        lambda case: {
            "issuers": [
                {
                    "issuer": case.issuer.url,
                    "audiences": ["orders-api"],
                    "client_ids": ["web"],
                    "required_claims": {"org": ["acme"]},
                }
            ]
        },
        token_event,
        None,
    ),
    "api_key": (
        ApiKey,
        KEY_FAULTS,
        lambda _: {"store": STORE},
        lambda case: rest({"x-api-key": case.key} if case.key else {}),
        lambda case: {"keys": {KEY_ID: case.record}},
    ),
    "shared_secret": (
        SharedSecret,
        SECRET_FAULTS,
        lambda _: {"store": STORE},
        lambda case: rest({"x-origin-secret": case.secret} if case.secret else {}),
        lambda case: {"secrets": [case.known]},
    ),
    "signature": (
        Signature,
        SIGNATURE_FAULTS,
        lambda _: {"store": STORE, "signed_headers": ["content-type"]},
        signed_event,
        lambda _: {"clients": {"jobs": {"secrets": ["c" * 40]}}},
    ),
    "client_certificate": (
        ClientCertificate,
        CERTIFICATE_FAULTS,
        lambda _: {"subjects": ["CN=ada"]},
        lambda case: rest(certificate=case.certificate),
        None,
    ),
}


def explained(kind, faults, issuer):
    """The configuration, the decision and the explanation of a request with these faults."""
    _, all_faults, settings, event, document = KINDS[kind]
    case = Case(issuer)
    for name in faults:
        all_faults[name](case)
    config = {
        "name": "a",
        "validators": {"v": {kind: settings(case)}},
        "routes": {"GET /orders": {}},
        "cached": False,
    }

    def load(_):
        if case.store:
            raise case.store
        return json.dumps(document(case))

    read_config = read(json.dumps(config), loopback=True)
    decision = Authorizer(read_config, clock=lambda: NOW, load=load, loopback=True).decide(event(case))
    return decision, explain.explain(read_config, decision)


def states(lines):
    """The state of each step, by its name."""
    steps = [line for line in lines if line[:4].strip().isdigit()]
    return {line[5:20].strip(): line[20:32].strip() for line in steps}


PAIRS = [
    (kind, tuple(sorted(pair, key=list(faults).index)))
    for kind, (_, faults, *_) in KINDS.items()
    for pair in (*((name,) for name in faults), *combinations(faults, 2))
]


@pytest.mark.parametrize(("kind", "faults"), PAIRS, ids=lambda each: each if isinstance(each, str) else "+".join(each))
def test_the_first_of_two_faults_is_the_one_that_is_explained(issuer, kind, faults):
    shape, all_faults, *_ = KINDS[kind]
    decision, lines = explained(kind, faults, issuer)
    names = [step.name for step in explain.STEPS[shape]]
    first = names.index(faults[0])

    assert not decision.allowed
    assert states(lines) == {
        name: "passed" if number < first else "FAILED" if number == first else "not reached"
        for number, name in enumerate(names)
    }
    assert list(all_faults) == names


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_fault_every_step_passes(issuer, kind):
    decision, lines = explained(kind, (), issuer)

    assert decision.allowed
    assert set(states(lines).values()) == {"passed"}
    assert lines[0] == "allowed: 200 allowed"
    assert "policy:" in lines
    assert f"  caller: {decision.response['principalId']}" in lines


def test_every_reason_has_a_meaning_and_an_action():
    codes = {value for name, value in vars(reasons).items() if name.isupper() and isinstance(value, str)}

    assert codes == set(reasons.EXPLANATIONS) == set(explain.ACTIONS)
    assert all(each.endswith(".") for each in explain.ACTIONS.values())


def test_every_reason_of_a_validator_belongs_to_a_step():
    named = {ending.partition(":")[0] for steps in explain.STEPS.values() for step in steps for ending in step.endings}
    general = {reasons.ALLOWED, reasons.INTERNAL, reasons.ROUTE, reasons.SCOPE, reasons.PATH}

    assert named | general == set(reasons.EXPLANATIONS)


def test_an_event_that_was_recorded_is_explained(tmp_path, capsys):
    from secure_gateway.authorizer.__main__ import main

    config = {"name": "a", "validators": {"v": {"client_certificate": {"subjects": ["CN=ada"]}}}}
    (tmp_path / "config.json").write_text(json.dumps({**config, "routes": {"GET /orders": {}}, "cached": False}))
    (tmp_path / "event.json").write_text(json.dumps(rest(certificate=client_certificate("eve"))))
    code = main(["explain", "--config", str(tmp_path / "config.json"), "--event", str(tmp_path / "event.json")])
    shown = capsys.readouterr().out

    assert code == 1
    assert f"{reasons.CERTIFICATE}: {reasons.EXPLANATIONS[reasons.CERTIFICATE]}" in shown
    assert API not in shown


def test_a_route_that_is_not_configured_is_explained(issuer, authorizer):
    one = authorizer()
    lines = explain.explain(one.config, one.decide(rest({}, "GET /nowhere")))

    assert lines[0] == "denied: 403 route_unknown"
    assert any(line.startswith("  not in the configuration, which has: ANY /me, ") for line in lines)


def test_the_page_for_the_person_on_call_has_every_reason(capsys):
    from secure_gateway.authorizer.__main__ import main

    assert main(["reasons"]) == 0
    page = (Path(__file__).parents[2] / "docs/authorizer-on-call.md").read_text("utf-8")
    assert capsys.readouterr().out.strip() in page, "python -m secure_gateway.authorizer reasons"
