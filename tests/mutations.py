"""Mutated tokens and events, made from the numbers that a fuzzer chooses: none may be accepted, none may raise."""

import copy
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import gateway_events as events

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
ODD = [
    None,
    True,
    0,
    -1,
    1e308,
    "",
    "none",
    "*",
    "\x00",
    "\ud800",
    "é",
    "A" * 9_000,
    [],
    {},
    [[]],
    ["x"],
    {"x": 1},
    2**70,
]
NAMES = ["alg", "kid", "typ", "jku", "jwk", "x5u", "x5c", "crit", "b64", "cty", "zip", "enc", "nonce"]
CLAIMS = ["iss", "sub", "aud", "exp", "nbf", "iat", "scope", "client_id", "token_use", "at_hash", "typ"]
CLAIMS += [
    "nonce",
    "auth_time",
    "acr",
    "amr",
    "events",
    "cnf",
    "c_hash",
    "s_hash",
    "scp",
    "cid",
    "azp",
    "appid",
    "gty",
    "azpacr",
    "sid",
]
PLAUSIBLE = [
    "access",
    "Bearer",
    "at+jwt",
    "id",
    "ID",
    "read",
    "read write",
    "api",
    ["api"],
    ["api", "x"],
    ["api", 1],
    1.5,
]
PLAUSIBLE += [
    1,
    9e9,
    1e12,
    99_999_999_999,
    "ada",
    ["read"],
    {"x5t#S256": "x"},
    {"jkt": "x"},
    "a" * 256,
    "a" * 257,
    "\u202e",
]
ALGORITHMS = ["none", "HS256", "HS512", "RS256", "RS384", "PS256", "ES256", "EdDSA", "", "RSA1_5", "dir"]


def b64(data):
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def dumps(value):
    return json.dumps(value).encode("utf-8", "surrogatepass")


def mutated_token(choose, good):
    """A text that differs from a good token; `choose(n)` answers a number below n."""
    segments = good.split(".")
    kind = choose(7)
    if kind == 0:
        at = choose(len(good))
        return good[:at] + LETTERS[choose(len(LETTERS))] + good[at + 1 :]
    if kind == 1:
        at, end = choose(len(good)), choose(len(good))
        return good[: min(at, end)] + good[max(at, end) :] if at != end else good + "A"
    if kind == 2:
        header = json.loads(unb64(segments[0]))
        header[NAMES[choose(len(NAMES))]] = ALGORITHMS[choose(len(ALGORITHMS))] if choose(2) else ODD[choose(len(ODD))]
        segments[0] = b64(dumps(header))
    elif kind == 3:
        claims = json.loads(unb64(segments[1]))
        claims[CLAIMS[choose(len(CLAIMS))]] = ODD[choose(len(ODD))]
        segments[1] = b64(dumps(claims))
    elif kind == 4:
        raw = bytearray(unb64(segments[choose(3)]))
        for _ in range(1 + choose(4)):
            raw[choose(len(raw))] = choose(256)
        segments[choose(3)] = b64(bytes(raw))
    elif kind == 5:
        segments.insert(choose(4), segments[choose(3)] if choose(2) else "")
    else:
        segments[choose(3)] = "".join(chr(choose(0x3000)) for _ in range(choose(40)))
    return ".".join(segments)


def mutated_claims(choose, good):
    """Claims of which up to four are missing or replaced by something odd or plausible; they are signed afterwards."""
    claims = dict(good)
    for _ in range(choose(5)):
        name = CLAIMS[choose(len(CLAIMS))]
        if choose(4) == 0:
            claims.pop(name, None)
        else:
            values = PLAUSIBLE if choose(2) else ODD
            claims[name] = values[choose(len(values))]
    return claims


def mutated_string(choose, good):
    """A string that differs from a good one in a character, a piece or an end."""
    at, end = choose(len(good)), choose(len(good))
    return [
        lambda: good[:at] + chr(32 + choose(95)) + good[at + 1 :],
        lambda: good[: min(at, end)] + good[max(at, end) :],
        lambda: good[:at] + good[end:],
        lambda: good + chr(choose(0x300)),
        lambda: good[:at] + good[at:].swapcase(),
    ][choose(5)]()


def mutated_event(choose, value):
    """An event of any form that carries a header's value, with some of it replaced by something odd."""
    made = [
        lambda: events.rest({"authorization": value}),
        lambda: events.http_1({"authorization": value}),
        lambda: events.http_2({"authorization": value}),
        lambda: events.token(value),
    ][choose(4)]()
    event = copy.deepcopy(made)
    for _ in range(choose(4)):
        place, name = event, None
        while isinstance(place, dict) and place:
            name = list(place)[choose(len(place))]
            if not isinstance(place[name], dict) or not choose(3):
                break
            place = place[name]
        if not isinstance(place, dict) or name not in place:
            continue
        kind = choose(4)
        if kind == 0:
            del place[name]
        elif kind == 1:
            place[str(ODD[choose(len(ODD))])] = place.pop(name)
        elif kind == 2:
            place[name] = [place[name], place[name]]
        else:
            place[name] = ODD[choose(len(ODD))]
    return event if choose(50) else ODD[choose(len(ODD))]
