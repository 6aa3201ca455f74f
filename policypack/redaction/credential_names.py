"""Decides by its name whether something is a credential: the last word of a name says what it is.

`dbPassword`, `X-Api-Key` and `ACCESS_TOKEN_PROD` are credentials; `tokenType`, `apiKeyId` and `nextPageToken` are not.
"""

import re
from typing import Final

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_QUALIFIERS: Final = frozenset(
    {
        *("b64", "base64", "clear", "current", "dev", "encoded", "header", "hex", "live", "new", "old", "plain"),
        *("plaintext", "prod", "production", "raw", "stage", "staging", "str", "string", "test", "text", "value", "v"),
    }
)
"""Last words that leave the meaning of the word before them as it is."""
_SECRETS: Final = frozenset(
    {
        *("apikey", "assertion", "authorization", "bearer", "cookie", "cookies", "cred", "credential", "credentials"),
        *("creds", "hmac", "jwe", "jws", "jwt", "otp", "pass", "passcode", "passphrase", "passwd", "password", "pwd"),
        *("secret", "secrets", "sig", "signature", "totp"),
    }
)
_ENDINGS: Final = (
    *("token", "secret", "password", "passwd", "credential", "credentials", "signature", "authorization", "cookie"),
    *("apikey", "accesskey", "authkey", "privatekey", "secretkey", "signingkey"),
)
"""How words end that are several words written together, such as `accesstoken`."""
_POSITIONS: Final = frozenset(
    {
        *("continuation", "cursor", "evaluated", "last", "marker", "next", "page", "pagination", "paging", "prev"),
        *("previous", "resume", "scroll", "search", "skip", "start", "starting", "sync"),
    }
)
_OTHER_TOKENS: Final = _POSITIONS | {
    *("change", "count", "csrf", "delta", "design", "forgery", "idempotency", "input", "limit", "max", "min"),
    *("output", "prompt", "remaining", "total", "used", "xsrf"),
}
"""Words that turn `token` into a position in a list, a number or a defence against forged requests."""
_OTHER_KEYS: Final = _POSITIONS | {
    *("bucket", "cache", "category", "column", "correlation", "country", "currency", "dedup", "deduplication"),
    *("event", "exclusive", "feature", "field", "file", "flag", "foreign", "group", "hash", "i", "idempotency"),
    *("idempotent", "index", "item", "language", "locale", "lookup", "map", "message", "metric", "object", "order"),
    *("partition", "primary", "product", "public", "range", "record", "resource", "route", "routing", "row", "s"),
    *("shard", "sharding", "sort", "translation"),
}
"""Words that turn `key` into a name or a position."""
_SECRET_KEYS: Final = frozenset(
    {
        *(
            "access",
            "account",
            "admin",
            "api",
            "app",
            "application",
            "auth",
            "client",
            "consumer",
            "encryption",
            "hmac",
        ),
        *("host", "jwt", "license", "master", "partner", "private", "secret", "service", "session", "shared"),
        *("signing", "ssh", "storage", "subscription", "x"),
    }
)
"""Words that make `key` a secret, also where nothing else shows that it is one."""
_CHOSEN: Final = frozenset({"pass", "passcode", "passphrase", "passwd", "password", "pwd", "secret", "secrets"})
_SESSIONS: Final = frozenset(
    {
        *("auth", "authentication", "cert", "certificate", "dpop", "jsessionid", "login", "oauth", "oidc", "phpsessid"),
        *("saml", "sess", "sessid", "session", "sessionid", "sid", "sso"),
    }
)
"""What identifies the session of a caller, although it is no secret that was issued."""
_SESSION_PARTS: Final = frozenset({"cookie", "data", "id", "identifier", "info", "user"})


def _split(name: str) -> list[str]:
    """The words of a name in lower case: `X-Api-Key2` has `x`, `api`, `key` and `2`."""
    return [each.lower() for each in _WORD.findall(name)]


def is_secret(name: str) -> bool:
    """Whether something of that name is a credential: a password, a token, a key or the like."""
    found = _meaning(name)
    if not found:
        return False
    *qualifiers, last = found
    if last in {"token", "tokens"}:
        return not _OTHER_TOKENS & set(qualifiers)
    if last in {"key", "keys"}:
        return not _OTHER_KEYS & set(qualifiers)
    return last in _SECRETS or last.endswith(_ENDINGS)


def is_secret_key(name: str) -> bool:
    """The same for names of any kind, not only of parameters: `key` alone may then be a name or a column."""
    found = _meaning(name)
    if found and found[-1] in {"key", "keys"}:
        return bool(_SECRET_KEYS & set(found[:-1]))
    return is_secret(name)


def is_chosen_secret(name: str) -> bool:
    """Whether something of that name is a secret that people choose, such as a password, and so may be a plain word."""
    return bool(_CHOSEN & set(_meaning(name)[-1:]))


def is_other_key(name: str) -> bool:
    """Whether a name sounds like a credential, but is a position in a list, an idempotency key or the like."""
    found = _meaning(name)
    if not found or is_secret(name):
        return False
    return found[-1] in {"token", "tokens", "key", "keys"}


def identifies_session(name: str) -> bool:
    """Whether a request parameter of that name identifies its caller: by a credential, or by the caller's session."""
    found = _meaning(name)
    if is_secret(name) or (found and found[-1] in _SESSIONS):
        return True
    return len(found) > 1 and found[-1] in _SESSION_PARTS and found[-2] in _SESSIONS


def _meaning(name: str) -> list[str]:
    """The words of a name without those at its end that say nothing, and with a compound at its end taken apart."""
    found = _split(name)
    while len(found) > 1 and (found[-1] in _QUALIFIERS or found[-1].isdigit()):
        found.pop()
    for ending, qualifiers in (("token", _OTHER_TOKENS), ("key", _OTHER_KEYS)):
        first = found[-1].removesuffix(ending) if found else ""
        if first in qualifiers:
            return [*found[:-1], first, ending]
    return found
