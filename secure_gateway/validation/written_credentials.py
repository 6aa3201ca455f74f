"""Recognizes credentials that are written in plain text, by the name of a setting and the form of its value.

The policy pack reports such values too (`auth-stage-variables-without-secrets`); the two share no code.
"""

import re
from typing import Final

_SHAPE: Final = re.compile(
    r"""(?x)
    \b(?:AKIA|ASIA)[0-9A-Z]{16}\b                                   # access keys of AWS
    | \beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.                                # JSON web tokens
    | \bgh[pousr]_[0-9A-Za-z]{20,} | \bgithub_pat_\w{20,} | \bglpat-[\w-]{20,}
    | \bxox[abprs]-[\w-]{10,} | \b[sr]k_live_\w{10,} | \bAIza[\w-]{35}
    """
)
_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_QUALIFIERS: Final = frozenset({"dev", "live", "new", "old", "prod", "production", "staging", "test", "value"})
"""Words at the end of a name that leave its meaning as it is."""
_CHOSEN: Final = frozenset({"pass", "passcode", "passphrase", "passwd", "password", "pwd", "secret", "secrets"})
"""Secrets that people choose, and that can be plain words."""
_ISSUED: Final = frozenset({"apikey", "bearer", "credential", "credentials", "jwt", "otp", "signature", "token"})
_KEYS: Final = frozenset(
    {"access", "account", "admin", "api", "auth", "client", "encryption", "master", "private", "secret", "signing"}
)
"""Words that make `key` a secret."""
_POSITIONS: Final = frozenset({"continuation", "csrf", "max", "next", "page", "start", "total"})
"""Words that make `token` a position in a list, or a number."""
_REFERENCE: Final = re.compile(r"arn:|/|https?:|ssm:|secretsmanager:")
_EXAMPLE: Final = re.compile(r"example|sample|mock|dummy|fake|placeholder|redacted|x{4}", re.IGNORECASE)
_SHORTEST: Final = 6


def is_credential(name: str, value: str) -> bool:
    """Whether a setting of that name with that value is a credential, and not a reference to a stored one."""
    if _SHAPE.search(value):
        return True
    if len(value) < _SHORTEST or _REFERENCE.match(value) or _EXAMPLE.search(value):
        return False
    words = [each.lower() for each in _WORD.findall(name)]
    while len(words) > 1 and words[-1] in _QUALIFIERS:
        words.pop()
    *before, last = words or [""]
    if last in _CHOSEN or last.endswith(("password", "secret")):
        return True
    issued = last in _ISSUED and not _POSITIONS & set(before)
    issued = issued or (last == "key" and bool(_KEYS & set(before)))
    return issued and re.fullmatch(r"[A-Z]?[a-z]+|[A-Z]+", value) is None
