"""Tokens of a real issuer over HTTP: what is allowed, and the published attacks, each denied for its own reason."""

import json
import ssl
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

import pytest
from clocks import NOW
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gateway_events import client_certificate, http_2, rest, token
from joserfc import jwe, jwk, jws, jwt

from secure_gateway.authorizer import reasons

BEARER = "authorization"
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]


def b64(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def bearer(value, **more):
    return rest({BEARER: f"Bearer {value}"}, **more)


def reason(authorizer, value):
    decision = authorizer.decide(bearer(value))
    assert decision.allowed == (decision.reason == reasons.ALLOWED)
    return decision.reason


# What is allowed


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_each_allowed_algorithm_passes_and_only_where_allowed(issuer, authorizer, alg):
    issuer.rotate("own", alg)
    given = issuer.token(kid="own", alg=alg)

    assert reason(authorizer(algorithms=[alg]), given) == reasons.ALLOWED
    others = [each for each in ALGORITHMS if each != alg]
    assert reason(authorizer(algorithms=others), given) == reasons.ALGORITHM


def test_the_keys_are_found_by_discovery_once(issuer, authorizer):
    one = authorizer()
    for _ in range(5):
        assert reason(one, issuer.token()) == reasons.ALLOWED

    assert issuer.requested == ["/.well-known/openid-configuration", "/keys"]


def test_the_decision_names_the_caller(issuer, authorizer):
    decision = authorizer(tenant_claim="org").decide(bearer(issuer.token(org="acme", scope="orders/read extra")))

    assert decision.response["principalId"] == f"users|{issuer.url}|acme|ada"
    assert decision.response["context"] == {
        "caller": f"users|{issuer.url}|acme|ada",
        "principal": "ada",
        "authenticator": "users",
        "issuer": issuer.url,
        "scopes": "extra orders/read",
        "tenant": "acme",
    }


@pytest.mark.parametrize(
    ("settings", "claims"),
    [
        ({}, {"aud": ["other", "orders-api"]}),
        ({}, {"exp": NOW + 3_600.5}),
        ({}, {"nbf": ..., "iat": ...}),
        ({}, {"scope": ..., "scp": ["orders/read"]}),
        ({"scope_claim": "roles"}, {"scope": ..., "roles": ["orders/read"]}),
        ({"audiences": [], "client_ids": ["web"]}, {"aud": ...}),
        ({"audiences": [], "client_ids": ["web"]}, {"client_id": ..., "azp": "web"}),
        ({"token_use": "id"}, {"token_use": "id", "header": {"typ": "JWT"}}),
        ({"required_claims": {"groups": ["staff"], "email": []}}, {"groups": ["x", "staff"], "email": "a@b"}),
        ({"required_claims": {"email_verified": [True]}}, {"email_verified": True}),
        ({"required_claims": {"email_verified": [True, "true"]}}, {"email_verified": "true"}),
        ({"required_claims": {"trial": [False]}}, {"trial": False}),
        ({"principal_claim": "client_id"}, {"sub": ...}),
    ],
)
def test_usual_variants_of_tokens_pass(issuer, authorizer, settings, claims):
    assert reason(authorizer(**settings), issuer.token(**claims)) == reasons.ALLOWED


# Attacks on signature and header


def forged(issuer, header, claims=None):
    return f"{b64(header)}.{b64(claims or issuer.claims())}"


def test_none_in_any_spelling_is_denied(issuer, authorizer):
    one = authorizer()
    for alg in ("none", "None", "NONE", "nOnE", ""):
        for tail in (".", ".AA", f".{issuer.token().rsplit('.', 1)[1]}"):
            given = forged(issuer, {"alg": alg, "kid": "k1"}) + tail
            assert reason(one, given) in {reasons.ALGORITHM, reasons.MALFORMED}


def test_the_public_key_is_not_a_secret_for_hs256(issuer, authorizer):
    public = issuer.keys["k1"].public_key
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    for secret in (pem, pem.strip(), json.dumps(issuer.jwks()["keys"][0]).encode()):
        key = jwk.OctKey.import_key(b64(secret), {"kid": "k1"})
        for alg in ("HS256", "HS384", "HS512"):
            given = jwt.encode({"alg": alg, "kid": "k1"}, issuer.claims(), key, algorithms=[alg])
            assert reason(authorizer(), given) == reasons.ALGORITHM


@pytest.mark.parametrize(
    "alg", ["RS384", "RS512", "ES384", "rs256", "RS256 ", "PS256", "ES256", ["RS256"], None, 1, {}]
)
def test_an_algorithm_that_is_not_listed_is_denied(issuer, authorizer, alg):
    given = forged(issuer, {"alg": alg, "kid": "k1"}) + "." + issuer.token().rsplit(".", 1)[1]

    assert reason(authorizer(), given) in {reasons.ALGORITHM, reasons.MALFORMED}


def test_a_key_is_used_for_its_own_algorithm_alone(issuer, authorizer):
    issuer.rotate("ec", "ES256")
    one = authorizer(algorithms=["RS256", "ES256"])
    given = forged(issuer, {"alg": "ES256", "kid": "k1"}) + "." + b64(bytes(64))
    assert reason(one, given) == reasons.KEY

    issuer.published = {"keys": [{**issuer.jwks()["keys"][0], "alg": "PS256"}]}
    assert reason(authorizer(), issuer.token()) == reasons.WITHDRAWN


KEY_IDS = [
    "../../../dev/null",
    "k1\x00",
    "k1' OR '1'='1",
    "/keys",
    "http://evil",
    "",
    " k1",
    "K1",
    "k" * 300,
    1,
    None,
    [],
]


@pytest.mark.parametrize("kid", KEY_IDS)
def test_a_key_id_selects_only_a_published_key(issuer, authorizer, kid):
    given = forged(issuer, {"alg": "RS256", "kid": kid}) + "." + issuer.token().rsplit(".", 1)[1]

    assert reason(authorizer(), given) in {reasons.KEY, reasons.KEY_ID, reasons.MALFORMED}


def test_a_token_without_a_key_id_is_denied_even_beside_a_single_key(issuer, authorizer):
    assert reason(authorizer(), issuer.token(header={"kid": ...})) == reasons.KEY_ID


def test_keys_inside_a_token_are_not_used(issuer, authorizer):
    own = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
    brought = {
        "jwk": own.as_dict(private=False),
        "jku": f"{issuer.url}/keys",
        "x5u": f"{issuer.url}/keys",
        "x5c": ["MIIB"],
    }
    one = authorizer()
    assert reason(one, issuer.token()) == reasons.ALLOWED
    requested = len(issuer.requested)
    for name, value in brought.items():
        header = {"alg": "RS256", "kid": "k1", name: value}
        signed = jws.serialize_compact(header, json.dumps(issuer.claims()), own, registry=LOOSE)
        assert reason(one, signed) in {reasons.HEADER, reasons.MALFORMED}, name
        # Even if the issuer itself has signed the token.
        signed = jws.serialize_compact(header, json.dumps(issuer.claims()), issuer.keys["k1"], registry=LOOSE)
        assert reason(one, signed) in {reasons.HEADER, reasons.MALFORMED}, name
    assert len(issuer.requested) == requested


LOOSE = jws.JWSRegistry(algorithms=["RS256"], strict_check_header=False)
LOOSE.max_header_length = 10_000


@pytest.mark.parametrize(
    "header",
    [{"crit": ["exp"], "exp": 1}, {"crit": ["b64"], "b64": False}, {"crit": []}, {"crit": "x"}, {"b64": False}],
)
def test_critical_and_unencoded_headers_are_denied(issuer, authorizer, header):
    given = forged(issuer, {"alg": "RS256", "kid": "k1", **header})
    algorithm = LOOSE.get_alg("RS256")
    signature = algorithm.sign(given.encode(), issuer.keys["k1"])

    assert reason(authorizer(), f"{given}.{b64(signature)}") in {reasons.HEADER, reasons.MALFORMED}


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "secevent+jwt", "JOSE", "JWE", "", 1, ["at+jwt"]])
def test_another_type_of_signed_token_is_denied(issuer, authorizer, kind):
    given = forged(issuer, {"alg": "RS256", "kid": "k1", "typ": kind}) + "." + issuer.token().rsplit(".", 1)[1]

    assert reason(authorizer(), given) in {reasons.TYPE, reasons.MALFORMED}


def test_a_changed_token_is_denied(issuer, authorizer):
    one, good = authorizer(), issuer.token()
    header, payload, signature = good.split(".")
    swapped = issuer.token(sub="eve").split(".")[1]

    assert reason(one, good) == reasons.ALLOWED
    assert reason(one, f"{header}.{swapped}.{signature}") == reasons.SIGNATURE
    assert reason(one, f"{header}.{payload}.{b64(bytes(256))}") == reasons.SIGNATURE
    assert reason(one, f"{header}.{payload}.{signature[:-6]}") == reasons.SIGNATURE
    # The last of 342 letters has four spare bits: this is the same signature, written differently.
    twin = "AQgw".index(signature[-1]) * 16 + 1
    again = signature[:-1] + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[twin]
    assert reason(one, f"{header}.{payload}.{again}") == reasons.MALFORMED


def test_another_issuers_key_with_the_same_id_is_denied(issuer, authorizer):
    other = jwk.RSAKey.generate_key(2048, {"kid": "k1"})
    given = jwt.encode({"alg": "RS256", "kid": "k1"}, issuer.claims(), other)

    assert reason(authorizer(), given) == reasons.SIGNATURE


def test_nested_and_encrypted_tokens_are_denied(issuer, authorizer):
    one = authorizer()
    inner = issuer.token()
    nested = jws.serialize_compact(
        {"alg": "RS256", "kid": "k1", "cty": "JWT"}, inner, issuer.keys["k1"], registry=LOOSE
    )
    bare = jws.serialize_compact({"alg": "RS256", "kid": "k1"}, inner, issuer.keys["k1"], registry=LOOSE)
    quoted = jws.serialize_compact({"alg": "RS256", "kid": "k1"}, json.dumps(inner), issuer.keys["k1"], registry=LOOSE)
    encrypted = jwe.encrypt_compact({"alg": "RSA-OAEP", "enc": "A128GCM"}, inner, issuer.keys["k1"])

    assert {reason(one, each) for each in (nested, bare, quoted, encrypted)} == {reasons.MALFORMED}


def test_weak_and_unsuitable_keys_are_not_used(issuer, authorizer):
    weak = rsa.generate_private_key(65_537, 1_024)  # noqa: S505 - weak on purpose
    numbers = weak.public_key().public_numbers()
    small = {"kty": "RSA", "kid": "weak", "n": b64(numbers.n.to_bytes(128)), "e": "AQAB"}
    good = issuer.jwks()["keys"][0]
    unsuitable = [
        small,
        {**good, "use": "enc"},
        {**good, "key_ops": ["encrypt"]},
        {**good, "alg": "RSA-OAEP"},
        {"kty": "oct", "kid": "k1", "k": "c2VjcmV0"},
        {**good, "kid": ""},
        {**good, "n": 1},
        {"kty": "RSA", "kid": "k1"},
        "document",
        None,
    ]
    for each in unsuitable:
        issuer.published = {"keys": [each]}
        assert reason(authorizer(), issuer.token()) == reasons.WITHDRAWN, each
    issuer.published = {"keys": [*unsuitable, good]}
    assert reason(authorizer(), issuer.token()) == reasons.ALLOWED
    issuer.published = {"keys": [good, good]}
    assert reason(authorizer(), issuer.token()) == reasons.WITHDRAWN


# Attacks on claims


@pytest.mark.parametrize("when", [..., None, "9999999999", True, [], {}, 0, -1, 1e300, "soon"])
def test_an_expiry_that_is_not_a_number_is_denied(issuer, authorizer, when):
    assert reason(authorizer(), issuer.token(exp=when)) == reasons.CLAIM


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize("when", [None, "0", True, [], 1e300])
def test_other_times_must_be_numbers_too(issuer, authorizer, name, when):
    assert reason(authorizer(), issuer.token(**{name: when})) == reasons.CLAIM


@pytest.mark.parametrize("number", ["Infinity", "-Infinity", "NaN", "1e999"])
def test_numbers_outside_json_are_denied(issuer, authorizer, number):
    payload = json.dumps(issuer.claims(exp="X")).replace('"X"', number)
    given = jws.serialize_compact({"alg": "RS256", "kid": "k1"}, payload, issuer.keys["k1"])

    assert reason(authorizer(), given) in {reasons.MALFORMED, reasons.CLAIM}


def test_a_repeated_claim_is_denied(issuer, authorizer):
    payload = json.dumps(issuer.claims())[:-1] + ', "sub": "root"}'
    given = jws.serialize_compact({"alg": "RS256", "kid": "k1"}, payload, issuer.keys["k1"])

    assert reason(authorizer(), given) == reasons.MALFORMED


@pytest.mark.parametrize(
    ("name", "off", "expected"),
    [
        ("exp", -29, reasons.ALLOWED),
        ("exp", -30, reasons.EXPIRED),
        ("nbf", 30, reasons.ALLOWED),
        ("nbf", 31, reasons.EARLY),
        ("iat", 30, reasons.ALLOWED),
        ("iat", 31, reasons.EARLY),
    ],
)
def test_clocks_may_differ_by_the_leeway_and_no_more(issuer, authorizer, name, off, expected):
    assert reason(authorizer(), issuer.token(**{name: NOW + off})) == expected


def suffixes(url):
    return [
        f"{url}/",
        url[:-1],
        f"{url}.evil.example",
        f"{url}@evil.example",
        f" {url}",
        f"{url}\n",
        url.upper(),
        url.replace("127.0.0.1", "127.0.0.1."),
        f"{url}?",
        f"{url}#",
        url.replace("http", "https"),
        [url],
        {url: 1},
        None,
        ...,
        "",
        1,
    ]


def test_only_the_exact_issuer_passes(issuer, authorizer):
    one = authorizer()
    for each in suffixes(issuer.url):
        assert reason(one, issuer.token(iss=each)) == reasons.ISSUER, each


@pytest.mark.parametrize(
    "audience",
    [
        ...,
        None,
        "",
        "orders",
        "orders-api2",
        "ORDERS-API",
        [],
        [[]],
        ["orders-api", 1],
        {"orders-api": 1},
        [["orders-api"]],
        1,
    ],
)
def test_another_audience_is_denied(issuer, authorizer, audience):
    assert reason(authorizer(), issuer.token(aud=audience)) == reasons.AUDIENCE


@pytest.mark.parametrize("client", [..., "other", None, ["web"], "", 1])
def test_another_client_is_denied(issuer, authorizer, client):
    assert reason(authorizer(client_ids=["web"]), issuer.token(client_id=client)) == reasons.CLIENT


@pytest.mark.parametrize(
    "claims",
    [
        {"token_use": "id"},
        {"at_hash": "x"},
        {"c_hash": "x"},
        {"typ": "ID"},
        {"typ": "Refresh"},
        {"token_use": ["access"]},
    ],
)
def test_an_id_token_is_not_an_access_token(issuer, authorizer, claims):
    assert reason(authorizer(), issuer.token(**claims)) == reasons.USE


PLAIN = {"header": {"typ": "JWT"}}
BARE = {"client_id": ..., "scope": ...}
"""An ID token has neither a scope nor a client id."""
ID_TOKENS = {
    "a nonce": {"nonce": "n"},
    "a nonce and no typ": {"header": {"typ": ...}, "nonce": "n", "azp": "orders-api"},
    "a nonce beside a scope": {"client_id": "web", "scope": "orders/read", "nonce": "n"},
    "a nonce that is null": {"nonce": None},
    "the hash of an access token": {"at_hash": "x"},
    "the hash of a code": {"c_hash": "x"},
    "the hash of a state": {"s_hash": "x"},
    "a sign-in": {"auth_time": 1_700_000_000},
    "a sign-in of an authorized party": {"auth_time": 1_700_000_000, "azp": "web"},
    "methods of a sign-in": {"amr": ["pwd"]},
    "the strength of a sign-in": {"acr": "1"},
    "a logout": {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
    "a security event with a scope": {"scope": "orders/read", "client_id": "web", "events": {}},
    "a security event of an issuer that writes at+jwt": {"header": {"typ": "at+jwt"}, "events": {"x": {}}},
    "Keycloak's type": {"typ": "ID"},
    "Keycloak's refresh token": {"typ": "Refresh"},
}


@pytest.mark.parametrize("claims", ID_TOKENS.values(), ids=ID_TOKENS)
def test_every_sign_of_another_purpose_is_denied(issuer, authorizer, claims):
    one = authorizer({"GET /orders": {}})

    assert reason(one, issuer.token(**{**PLAIN, **BARE, **claims})) == reasons.USE


ACCESS_TOKENS = {
    "RFC 9068": {"auth_time": 1_700_000_000, "acr": "1", "amr": ["pwd"]},
    "a scope alone": {"header": {"typ": "JWT"}, "client_id": ..., "auth_time": 1_700_000_000},
    "a client alone": {"header": {"typ": "JWT"}, "scope": ..., "auth_time": 1_700_000_000},
    "Okta": {"header": {"typ": ...}, **BARE, "cid": "web", "scp": ["orders/read"], "auth_time": 1_700_000_000},
    "Entra ID": {"header": {"typ": "JWT"}, **BARE, "azp": "web", "scp": "orders/read", "acr": "1"},
    "Keycloak with a nonce": {"header": {"typ": "JWT"}, "typ": "Bearer", "nonce": "n", "acr": "1", "azp": "web"},
    "Auth0 for a machine": {"header": {"typ": "JWT"}, **BARE, "azp": "web", "gty": "client-credentials"},
}


@pytest.mark.parametrize("claims", ACCESS_TOKENS.values(), ids=ACCESS_TOKENS)
def test_access_tokens_of_known_issuers_pass(issuer, authorizer, claims):
    assert reason(authorizer({"GET /orders": {}}), issuer.token(**claims)) == reasons.ALLOWED


def test_the_scope_claim_of_the_configuration_is_a_scope_too(issuer, authorizer):
    token = issuer.token(**PLAIN, **BARE, auth_time=1_700_000_000, roles=["orders/read"])

    assert reason(authorizer(scope_claim="roles"), token) == reasons.ALLOWED
    assert reason(authorizer(), token) == reasons.USE


@pytest.mark.parametrize(
    ("token_type", "expected"),
    [
        ("at+jwt", reasons.ALLOWED),
        ("AT+JWT", reasons.ALLOWED),
        ("application/at+jwt", reasons.ALLOWED),
        ("JWT", reasons.TYPE),
        ("application/jwt", reasons.TYPE),
        (..., reasons.TYPE),
        ("", reasons.TYPE),
    ],
)
def test_at_jwt_may_be_required(issuer, authorizer, token_type, expected):
    assert reason(authorizer(require_at_jwt=True), issuer.token(header={"typ": token_type})) == expected


def test_a_logout_token_is_not_an_id_token(issuer, authorizer):
    assert reason(authorizer(token_use="id"), issuer.token(events={})) == reasons.USE


# Signs that are empty are no signs

EMPTY = ["", None, [], {}, 0, False]


@pytest.mark.parametrize("empty", EMPTY, ids=repr)
@pytest.mark.parametrize("name", ["scope", "scp", "client_id", "cid", "appid", "gty", "azpacr"])
@pytest.mark.parametrize("sign", [{"auth_time": 1_700_000_000}, {"amr": ["pwd"]}, {"azp": "orders-api"}], ids=str)
def test_an_empty_sign_of_an_access_token_hides_nothing(issuer, authorizer, sign, name, empty):
    one = authorizer({"GET /orders": {}})

    assert reason(one, issuer.token(**{**PLAIN, **BARE, **sign, name: empty})) == reasons.USE
    assert reason(one, issuer.token(**{**PLAIN, **BARE, **sign, name: "x"})) == reasons.ALLOWED


NONCES = {
    "no name of the use": ({"typ": "JWT"}, {}, reasons.USE),
    "no typ at all": ({"typ": ...}, {}, reasons.USE),
    "the header's type": ({"typ": "at+jwt"}, {}, reasons.ALLOWED),
    "the header's whole type": ({"typ": "application/at+jwt"}, {}, reasons.ALLOWED),
    "Cognito's name": ({"typ": "JWT"}, {"token_use": "access"}, reasons.ALLOWED),
    "Keycloak's type": ({"typ": "JWT"}, {"typ": "Bearer"}, reasons.ALLOWED),
    "a hash of an ID token": ({"typ": "at+jwt"}, {"at_hash": "x"}, reasons.USE),
    "a contradiction": ({"typ": "at+jwt"}, {"token_use": "id"}, reasons.USE),
}


@pytest.mark.parametrize(("header", "claims", "expected"), NONCES.values(), ids=NONCES)
def test_a_nonce_beside_the_name_of_the_use(issuer, authorizer, header, claims, expected):
    assert reason(authorizer(), issuer.token(header=header, nonce="n", **claims)) == expected


OWN = {"typ": "JWT"}
ID_USE = {
    "an ID token": (
        {"header": OWN, **BARE, "nonce": "n", "at_hash": "x", "auth_time": 1, "azp": "web"},
        reasons.ALLOWED,
    ),
    "Cognito's": ({"header": OWN, **BARE, "token_use": "id"}, reasons.ALLOWED),
    "Keycloak's": ({"header": OWN, **BARE, "typ": "ID", "sid": "s"}, reasons.ALLOWED),
    "one with a scope that names its use": ({"header": OWN, "token_use": "id"}, reasons.ALLOWED),
    "one with empty claims": ({"header": OWN, "scope": "", "client_id": None}, reasons.ALLOWED),
    "RFC 9068": ({}, reasons.USE),
    "RFC 9068 that says it is an ID token": ({"token_use": "id"}, reasons.USE),
    "RFC 9068 in full": ({"header": {"typ": "application/at+jwt"}, **BARE}, reasons.USE),
    "scope and client": ({"header": OWN}, reasons.USE),
    "a scope": ({"header": OWN, "client_id": ...}, reasons.USE),
    "a client": ({"header": OWN, "scope": ...}, reasons.USE),
    "Okta's access token": ({"header": OWN, **BARE, "cid": "web", "scp": ["x"]}, reasons.USE),
    "Entra ID's access token": ({"header": OWN, **BARE, "azp": "web", "azpacr": "1", "roles": ["x"]}, reasons.USE),
    "Auth0's access token": ({"header": OWN, **BARE, "azp": "web", "gty": "client-credentials"}, reasons.USE),
    "Keycloak's access token": ({"header": OWN, "typ": "Bearer"}, reasons.USE),
    "Cognito's access token": ({"header": OWN, "token_use": "access"}, reasons.USE),
    "a logout token": ({"header": OWN, **BARE, "events": {}}, reasons.USE),
}


@pytest.mark.parametrize(("claims", "expected"), ID_USE.values(), ids=ID_USE)
def test_where_id_tokens_are_due_access_tokens_are_denied(issuer, authorizer, claims, expected):
    assert reason(authorizer({"GET /orders": {}}, token_use="id"), issuer.token(**claims)) == expected


def test_the_claim_from_which_scopes_are_read_is_no_sign_of_an_access_token(issuer, authorizer):
    given = issuer.token(header=OWN, client_id=..., scope="orders/read")

    assert reason(authorizer(token_use="id", scope_claim="scope"), given) == reasons.ALLOWED


def test_an_id_token_for_a_client_alone_is_known_by_its_own_audience(issuer, authorizer):
    one = authorizer({"GET /orders": {}}, audiences=[], client_ids=["web"])

    for audience in ("web", ["web"], ["other", "web"]):
        assert reason(one, issuer.token(header=OWN, **BARE, aud=audience, azp="web")) == reasons.USE
    assert reason(one, issuer.token(header=OWN, **BARE, aud="orders-api", azp="web")) == reasons.ALLOWED


@pytest.mark.parametrize("name", ["nbf", "iat"])
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, reasons.ALLOWED),
        (0.0, reasons.ALLOWED),
        (1, reasons.ALLOWED),
        (False, reasons.CLAIM),
        (True, reasons.CLAIM),
        (-1, reasons.CLAIM),
        ("0", reasons.CLAIM),
        (None, reasons.CLAIM),
        ([], reasons.CLAIM),
        (1_790_000_000_000, reasons.CLAIM),
    ],
)
def test_a_time_of_zero_is_long_past(issuer, authorizer, name, value, expected):
    assert reason(authorizer(), issuer.token(**{name: value})) == expected


@pytest.mark.parametrize("value", [0, 0.0, -1, True, False, None, "0"])
def test_a_token_without_a_real_end_is_denied(issuer, authorizer, value):
    assert reason(authorizer(), issuer.token(exp=value)) == reasons.CLAIM


# Sender-constrained tokens


def bound(event, certificate):
    event["requestContext"]["identity"]["clientCert"] = certificate
    return event


@pytest.fixture(scope="module")
def certificates():
    return [client_certificate(name) for name in ("ada", "eve")]


def thumbprint(certificate):
    return b64(sha256(ssl.PEM_cert_to_DER_cert(certificate["clientCertPem"])).digest())


def test_a_token_bound_to_a_certificate_needs_that_certificate(issuer, authorizer, certificates):
    one, (own, other) = authorizer(cached=False), certificates
    token = issuer.token(cnf={"x5t#S256": thumbprint(own)})

    assert one.decide(bound(bearer(token), own)).allowed
    for certificate in (other, None, {}, {"clientCertPem": None}, {"clientCertPem": ""}, {"clientCertPem": "x"}):
        assert one.decide(bound(bearer(token), certificate)).reason == reasons.BINDING
    second = http_2({BEARER: f"Bearer {token}"})
    assert one.decide(second).reason == reasons.BINDING
    second["requestContext"]["authentication"] = {"clientCert": own}
    assert one.decide(second).allowed


def test_a_bound_token_is_denied_where_the_certificate_is_not_part_of_the_decision(issuer, authorizer, certificates):
    given = issuer.token(cnf={"x5t#S256": thumbprint(certificates[0])})

    # A cached decision would be used for other callers, whose certificate nobody checks.
    assert authorizer(cached=True).decide(bound(bearer(given), certificates[0])).reason == reasons.PROOF
    assert authorizer(cached=False).decide(token(f"Bearer {given}")).reason == reasons.PROOF


@pytest.mark.parametrize(
    "confirmation",
    [
        {"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"},
        {"jwk": {"kty": "RSA"}},
        {"kid": "k"},
        {"jku": "https://evil.example.com"},
        {"x5t": "x"},
        {},
        [],
        None,
        "x5t#S256",
        True,
    ],
)
def test_a_binding_that_cannot_be_checked_is_denied(issuer, authorizer, certificates, confirmation):
    decision = authorizer(cached=False).decide(bound(bearer(issuer.token(cnf=confirmation)), certificates[0]))

    assert (decision.status, decision.reason) == (401, reasons.PROOF)
    if isinstance(confirmation, dict):
        both = {**confirmation, "x5t#S256": thumbprint(certificates[0])}
        allowed = authorizer(cached=False).decide(bound(bearer(issuer.token(cnf=both)), certificates[0])).allowed
        assert allowed == (confirmation == {})


@pytest.mark.parametrize("value", [None, 1, "", [], {}, True])
def test_a_thumbprint_must_be_a_string(issuer, authorizer, certificates, value):
    decision = authorizer(cached=False).decide(bound(bearer(issuer.token(cnf={"x5t#S256": value})), certificates[0]))

    assert decision.reason == reasons.BINDING


def test_the_dpop_scheme_is_denied_with_its_own_reason(issuer, authorizer):
    for scheme in ("DPoP", "dpop", "DPOP"):
        assert authorizer().decide(rest({BEARER: f"{scheme} {issuer.token()}"})).reason == reasons.PROOF


def test_an_access_token_is_not_an_id_token(issuer, authorizer):
    assert reason(authorizer(token_use="id"), issuer.token(token_use="access")) == reasons.USE


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ...},
        {"sub": ""},
        {"sub": 1},
        {"sub": ["ada"]},
        {"sub": "a\nb"},
        {"sub": "ada\u202e"},
        {"sub": "a" * 257},
        {"org": ...},
        {"org": 5},
        {"groups": ["guests"]},
        {"groups": ...},
        {"scope": 1},
        {"scope": {"orders/read": True}},
    ],
)
def test_claims_of_a_wrong_type_or_value_are_denied(issuer, authorizer, claims):
    settings = {"tenant_claim": "org", "required_claims": {"groups": ["staff"]}}
    fine = {"org": "acme", "groups": ["staff"]}

    assert reason(authorizer(**settings), issuer.token(**fine)) == reasons.ALLOWED
    assert reason(authorizer(**settings), issuer.token(**{**fine, **claims})) == reasons.CLAIM


@pytest.mark.parametrize("value", [..., None, False, 1, 1.0, "true", "True", 0, [], [1], [False], {"x": True}, ""])
def test_a_boolean_claim_is_exactly_that_boolean(issuer, authorizer, value):
    decision = authorizer(required_claims={"email_verified": [True]}).decide(bearer(issuer.token(email_verified=value)))

    assert (decision.reason, decision.detail) == (reasons.CLAIM, "email_verified")


@pytest.mark.parametrize(
    "scope", ["orders/rea", "orders/read2", "ORDERS/READ", "orders/read,x", "orders/read\tx", "", ...]
)
def test_a_scope_must_match_exactly(issuer, authorizer, scope):
    decision = authorizer().decide(bearer(issuer.token(scope=scope)))

    assert (decision.status, decision.reason) == (403, reasons.SCOPE)


# Attacks on the header that carries the token


def test_malformed_authorization_headers_are_denied(issuer, authorizer):
    one, good = authorizer(), issuer.token()
    header, payload, signature = good.split(".")
    values = [
        good,
        f"Bearer  {good}",
        f" Bearer {good}",
        f"Bearer {good} ",
        f"Bearer {good}\n",
        f"Bearer\t{good}",
        f"Bearer\u00a0{good}",
        f"Bearer \u200b{good}",
        f"\ufeffBearer {good}",
        f"Basic {good}",
        f"Bearer {good}, Bearer {good}",
        f"Bearer {good}=",
        f"Bearer {good}.",
        f"Bearer .{good}",
        f"Bearer {header}.{payload}",
        f"Bearer {header}..{signature}",
        f"Bearer {header}. {payload}.{signature}",
        "Bearer \uff45" + good[1:],
        "Bearer",
        "Bearer ",
        "Bearer null",
        f"Bearer {good}".encode().decode("utf-16", "ignore"),
    ]
    for value in values:
        decision = one.decide(rest({BEARER: value}))
        assert (decision.status, decision.reason) == (401, reasons.MALFORMED), value
    for value in (f"bearer {good}", f"BEARER {good}"):
        assert one.decide(rest({BEARER: value})).allowed


def test_a_long_token_is_denied_before_it_is_parsed(issuer, authorizer):
    assert reason(authorizer(), issuer.token(padding="x" * 8_192)) == reasons.OVERSIZE


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"Authorization": "Bearer GOOD", "authorization": "Bearer GOOD"}, "multiValueHeaders": None},
        {"multiValueHeaders": {"authorization": ["Bearer GOOD", "Bearer GOOD"]}},
        {"multiValueHeaders": {"authorization": ["Bearer GOOD"], "Authorization": ["Bearer GOOD"]}},
    ],
)
def test_a_repeated_header_is_denied(issuer, authorizer, change):
    changed = json.loads(json.dumps(change).replace("GOOD", issuer.token()))
    decision = authorizer().decide({**bearer(issuer.token()), **changed})

    assert (decision.status, decision.reason) == (401, reasons.DUPLICATE)


def test_a_token_event_is_checked_in_the_same_way(issuer, authorizer):
    one = authorizer()

    assert one.decide(token(f"Bearer {issuer.token()}")).allowed
    assert one.decide(token(issuer.token())).reason == reasons.MALFORMED
    assert one.decide(token("")).reason == reasons.MISSING
    assert one.decide(token(["Bearer x"])).reason == reasons.EVENT


def test_a_wrong_signature_is_verified_as_a_whole_wherever_it_differs(issuer, authorizer, monkeypatch):
    """Nothing of ours compares signatures, which would take longer the later they differ."""
    one, good = authorizer(), issuer.token()
    start, end = good.rsplit(".", 1)
    verified = []
    algorithm = type(LOOSE.get_alg("RS256"))
    verify = algorithm.verify
    monkeypatch.setattr(algorithm, "verify", lambda self, *given: verified.append(given[1]) or verify(self, *given))

    for at in (0, 170):
        wrong = f"{end[:at]}{'A' if end[at] != 'A' else 'B'}{end[at + 1 :]}"
        assert reason(one, f"{start}.{wrong}") == reasons.SIGNATURE
        assert verified.pop() == urlsafe_b64decode(f"{wrong}==")
    assert verified == []
