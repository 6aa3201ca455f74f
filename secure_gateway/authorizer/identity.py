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
    validator: str = ""
    """Name of the validator that names the caller."""

    @property
    def caller(self) -> str:
        """A name that no other caller has: `validator|issuer|tenant|principal`.

        A principal alone is unique only within its issuer, and a tenant only within its validator. In each part `%` and
        `|` are percent-encoded, so that different callers never have the same name.
        """
        name = f"{self.validator}|{self.issuer}|{self.tenant}|{self.principal}"
        if "%" not in name and name.count("|") == _BARS:
            return name
        parts = (self.validator, self.issuer, self.tenant, self.principal)
        return "|".join(each.replace("%", "%25").replace("|", "%7C") for each in parts)


_BARS = 3
