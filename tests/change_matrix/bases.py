"""What the gateways of the matrix have in common."""

from typing import Any, Final

REASON: Final = "not what is tested"
CORE: Final = "AWSManagedRulesCommonRuleSet"
INPUTS: Final = "AWSManagedRulesKnownBadInputsRuleSet"
BACKEND: Final = {"url": "https://backend.example.com"}
ROUTE: Final = {"path": "/orders", "method": "GET"}
API: Final = "apis/api/shop-minimal"
STAGE: Final = f"{API}/stages/live"
METHOD: Final = f"{API}/methods/GET /orders"
SERVED: Final = f"{STAGE}/served"
OPERATION: Final = f"{SERVED}/paths//orders/get"
INTEGRATION: Final = f"{OPERATION}/x-amazon-apigateway-integration"

UNWATCHED: Final[dict[str, Any]] = {
    "routes": [ROUTE],
    "default_integration": BACKEND,
    "network": {"waived": REASON},
    "observability": {"waived": REASON},
}
PLAIN: Final[dict[str, Any]] = {**UNWATCHED, "waf": {"waived": REASON}}
"""A gateway without its expensive layers; a group gives the one that it is about."""
WATCHED: Final[dict[str, Any]] = {"routes": [ROUTE], "default_integration": BACKEND, "network": {"waived": REASON}}


def arn(service: str, resource: str, region: str = "us-east-1") -> str:
    """An ARN of something in the account."""
    return f"arn:aws:{service}:{region}:123456789012:{resource}"
