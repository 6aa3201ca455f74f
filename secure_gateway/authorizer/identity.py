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
