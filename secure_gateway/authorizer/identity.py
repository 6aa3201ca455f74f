"""The caller as a validator identified it."""

from typing import NamedTuple


class Identity(NamedTuple):
    """What one validator learned about the caller; never the credential itself."""

    principal: str = ""
    """Empty where the credential names no caller, as with a shared secret."""
    issuer: str = ""
    scopes: frozenset[str] = frozenset()
    tenant: str = ""
    usage_key: str = ""
    """Value of the API key whose usage plan counts the request (`usageIdentifierKey`)."""


_BARS = 3


def caller(validator: str, identity: Identity) -> str:
    """A name that no other caller has: `validator|issuer|tenant|principal`.

    `validator` is the name of the validator that identified the caller. A principal alone is unique only within its
    issuer, and a tenant only within its validator. In each part `%` and `|` are percent-encoded, so that different
    callers never have the same name.
    """
    principal, issuer, _, tenant, _ = identity
    name = f"{validator}|{issuer}|{tenant}|{principal}"
    if "%" not in name and name.count("|") == _BARS:
        return name
    parts = (validator, issuer, tenant, principal)
    return "|".join(each.replace("%", "%25").replace("|", "%7C") for each in parts)
