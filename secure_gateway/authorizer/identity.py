"""Who a credential says the caller is."""

from typing import NamedTuple


class Identity(NamedTuple):
    """What one validator found out, and never the credential itself."""

    principal: str = ""
    """Empty where the credential names nobody: a shared secret."""
    issuer: str = ""
    scopes: frozenset[str] = frozenset()
    tenant: str = ""
    usage_key: str = ""
    """Value of the API key whose usage plan counts the request (`usageIdentifierKey`)."""
