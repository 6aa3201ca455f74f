"""Corrects moto's Cognito user pools."""

from typing import Any

from corrections import corrects
from moto.cognitoidp.models import CognitoIdpBackend, CognitoIdpUserPool, CognitoIdpUserPoolDomain
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult


@corrects(CognitoIdpUserPoolDomain, "to_json")
def describe_domain(original: Any, self: Any, extended: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002
    """Moto does not return the certificate, and returns a new account in each response."""
    described: dict[str, Any] = original(self, extended)
    if not extended:
        return described
    certificate = {"CustomDomainConfig": self.custom_domain_config} if self.custom_domain_config else {}
    return {**described, "AWSAccountId": "123456789012", **certificate}


@corrects(CognitoIdpUserPool, "to_json")
def describe_pool(original: Any, self: Any, *args: Any, **options: Any) -> dict[str, Any]:
    """Moto returns a domain of the user's own as a prefix."""
    described: dict[str, Any] = original(self, *args, **options)
    domain = described.get("Domain", "")
    return {**described, "Domain": None, "CustomDomain": domain} if "." in domain else described


@corrects(CognitoIdpBackend, "update_user_pool_client")
def update_client(original: Any, self: Any, user_pool_id: str, client_id: str, given: dict[str, Any]) -> Any:
    """AWS sets what is not given to its default; moto keeps it."""
    client = self.describe_user_pool(user_pool_id).clients.get(client_id)
    if client:
        kept = ("ClientName", "GenerateSecret")
        client.extended_config = {name: value for name, value in client.extended_config.items() if name in kept}
    return original(self, user_pool_id, client_id, given)


@corrects(CognitoIdpUserPool, "update_extended_config")
def configure_pool(original: Any, self: Any, given: dict[str, Any]) -> None:
    """Moto loses the immutable settings in every update, and has no default tier."""
    before: dict[str, Any] = getattr(self, "extended_config", {})
    fixed = ("UsernameConfiguration", "UsernameAttributes", "AliasAttributes")
    unchanged = {name: before[name] for name in fixed if name in before}
    original(self, {"UserPoolTier": "ESSENTIALS", **unchanged, **given})


@corrects(CognitoIdpResponse, "delete_resource_server")
def delete_resource_server(_original: Any, self: Any) -> ActionResult:
    """Moto does not implement this call."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    pool.resource_servers.pop(self._get_param("Identifier"), None)
    return ActionResult({})


@corrects(CognitoIdpResponse, "update_resource_server")
def update_resource_server(_original: Any, self: Any) -> ActionResult:
    """Moto does not implement this call."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    server = pool.resource_servers[self._get_param("Identifier")]
    server.name, server.scopes = self._get_param("Name"), self._get_param("Scopes")
    return ActionResult({"ResourceServer": server.to_json()})


@corrects(CognitoIdpResponse, "set_risk_configuration")
def set_risks(_original: Any, self: Any) -> ActionResult:
    """Moto does not implement this call."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    pool.risks = dict(self.parameters)
    return ActionResult({"RiskConfiguration": pool.risks})


@corrects(CognitoIdpResponse, "describe_risk_configuration")
def describe_risks(_original: Any, self: Any) -> ActionResult:
    """Moto does not implement this call."""
    pool = self.backend.describe_user_pool(self._get_param("UserPoolId"))
    risks: dict[str, Any] = getattr(pool, "risks", {})
    return ActionResult({"RiskConfiguration": risks if risks.keys() - {"UserPoolId"} else {}})
