"""The caller as a validator identified it."""

from typing import NamedTuple, TypeGuard


class Identity(NamedTuple):
    """What one validator learned about the caller; never the credential itself."""

    principal: str = ""
    """Empty where the credential names no caller, as with a shared secret."""
    issuer: str = ""
    scopes: frozenset[str] = frozenset()
    tenant: str = ""
    usage_key: str | None = None
    """Value of the API key whose usage plan counts the request (`usageIdentifierKey`); empty if the caller's key has
    none, None if its kind of credential cannot have one."""


LONGEST_NAME = 256
"""Characters of a principal, an owner or a tenant."""


def is_name(value: object) -> TypeGuard[str]:
    """Whether a value is a string that may name a caller or a tenant."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


_BARS = 3
LONGEST_CALLER = 128
"""Characters of a caller's name: the limit of a message group's id in Amazon SQS."""


def caller(validator: str, identity: Identity) -> str:
    """A name that no other caller has: `validator|issuer|tenant|principal`.

    `validator` is the name of the validator that identified the caller. A principal alone is unique only within its
    issuer, and a tenant only within its validator. In each part `%` and `|` are percent-encoded, so that different
    callers never have the same name. A name that is too long is replaced by its hash: `sha256|<64 hexadecimal digits>`.
    """
    principal, issuer, _, tenant, _ = identity
    name = f"{validator}|{issuer}|{tenant}|{principal}"
    if "%" in name or name.count("|") != _BARS:
        parts = (validator, issuer, tenant, principal)
        name = "|".join(each.replace("%", "%25").replace("|", "%7C") for each in parts)
    return name if len(name) <= LONGEST_CALLER else _hashed(name)


def _hashed(name: str) -> str:
    from hashlib import sha256  # imported here because few names are that long

    return f"sha256|{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()}"
