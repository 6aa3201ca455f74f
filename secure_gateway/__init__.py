"""A secure Amazon API Gateway from typed args: six layers, each on unless waived with a reason."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import AccountArgs, GatewayAccount
    from .args import SecureGatewayArgs
    from .cache import CacheArgs, CachedRouteArgs
    from .cors import CorsArgs
    from .gateway import SecureGateway
    from .layers.auth import Auth
    from .layers.auth.args import AuthArgs, AuthLayerArgs, AuthorizerArgs, LambdaAuthorizerArgs
    from .layers.auth.builtin_args import BuiltinAuthorizerArgs, FunctionVpcArgs
    from .layers.auth.cognito import CognitoArgs, CognitoClientArgs, CognitoDomainArgs
    from .layers.auth.validator_args import (
        ApiKeyValidatorArgs,
        ClientCertificateValidatorArgs,
        JwtIssuerArgs,
        JwtValidatorArgs,
        SharedSecretValidatorArgs,
        SignatureValidatorArgs,
        ValidatorArgs,
    )
    from .layers.keys import Keys
    from .layers.keys.args import ApiKeyArgs, KeysArgs, KeysLayerArgs, QuotaArgs, ThrottleArgs, UsagePlanArgs
    from .layers.network import Network
    from .layers.network.args import NetworkArgs, NetworkLayerArgs, PrivateArgs, VpcEndpointArgs
    from .layers.observability import Observability
    from .layers.observability.args import AlarmsArgs, ObservabilityArgs, ObservabilityLayerArgs
    from .layers.tls import Tls
    from .layers.tls.args import (
        DomainArgs,
        MoreDomainArgs,
        MutualTlsArgs,
        RoutingRuleArgs,
        SharedDomainArgs,
        TlsArgs,
        TlsLayerArgs,
    )
    from .layers.waf import Waf
    from .layers.waf.args import (
        ForwardedIpArgs,
        LabelRuleArgs,
        ManagedGroupArgs,
        RateLimitArgs,
        RateRuleArgs,
        ResponseArgs,
        RuleGroupArgs,
        WafArgs,
        WafLayerArgs,
    )
    from .openapi.args import OpenApiArgs, OperationArgs
    from .quotas import QuotasArgs
    from .routes import IntegrationArgs, MockArgs, RouteArgs
    from .services.dynamodb import TableArgs
    from .services.eventbridge import EventBusArgs
    from .services.sqs import QueueArgs
    from .services.step_functions import StateMachineArgs
    from .stages import CanaryArgs, StageArgs
    from .validation.problems import ArgsError
    from .vpc_links import VpcLinkArgs

__all__ = [
    "AccountArgs",
    "AlarmsArgs",
    "ApiKeyArgs",
    "ApiKeyValidatorArgs",
    "ArgsError",
    "Auth",
    "AuthArgs",
    "AuthLayerArgs",
    "AuthorizerArgs",
    "BuiltinAuthorizerArgs",
    "CacheArgs",
    "CachedRouteArgs",
    "CanaryArgs",
    "ClientCertificateValidatorArgs",
    "CognitoArgs",
    "CognitoClientArgs",
    "CognitoDomainArgs",
    "CorsArgs",
    "DomainArgs",
    "EventBusArgs",
    "ForwardedIpArgs",
    "FunctionVpcArgs",
    "GatewayAccount",
    "IntegrationArgs",
    "JwtIssuerArgs",
    "JwtValidatorArgs",
    "Keys",
    "KeysArgs",
    "KeysLayerArgs",
    "LabelRuleArgs",
    "LambdaAuthorizerArgs",
    "ManagedGroupArgs",
    "MockArgs",
    "MoreDomainArgs",
    "MutualTlsArgs",
    "Network",
    "NetworkArgs",
    "NetworkLayerArgs",
    "Observability",
    "ObservabilityArgs",
    "ObservabilityLayerArgs",
    "OpenApiArgs",
    "OperationArgs",
    "PrivateArgs",
    "QueueArgs",
    "QuotaArgs",
    "QuotasArgs",
    "RateLimitArgs",
    "RateRuleArgs",
    "ResponseArgs",
    "RouteArgs",
    "RoutingRuleArgs",
    "RuleGroupArgs",
    "SecureGateway",
    "SecureGatewayArgs",
    "SharedDomainArgs",
    "SharedSecretValidatorArgs",
    "SignatureValidatorArgs",
    "StageArgs",
    "StateMachineArgs",
    "TableArgs",
    "ThrottleArgs",
    "Tls",
    "TlsArgs",
    "TlsLayerArgs",
    "UsagePlanArgs",
    "ValidatorArgs",
    "VpcEndpointArgs",
    "VpcLinkArgs",
    "Waf",
    "WafArgs",
    "WafLayerArgs",
]

_HOMES = {
    ".account": ("AccountArgs", "GatewayAccount"),
    ".args": ("SecureGatewayArgs",),
    ".cache": ("CacheArgs", "CachedRouteArgs"),
    ".cors": ("CorsArgs",),
    ".gateway": ("SecureGateway",),
    ".layers.auth": ("Auth",),
    ".layers.auth.args": ("AuthArgs", "AuthLayerArgs", "AuthorizerArgs", "LambdaAuthorizerArgs"),
    ".layers.auth.builtin_args": ("BuiltinAuthorizerArgs", "FunctionVpcArgs"),
    ".layers.auth.cognito": ("CognitoArgs", "CognitoClientArgs", "CognitoDomainArgs"),
    ".layers.auth.validator_args": (
        "ApiKeyValidatorArgs",
        "ClientCertificateValidatorArgs",
        "JwtIssuerArgs",
        "JwtValidatorArgs",
        "SharedSecretValidatorArgs",
        "SignatureValidatorArgs",
        "ValidatorArgs",
    ),
    ".layers.keys": ("Keys",),
    ".layers.keys.args": ("ApiKeyArgs", "KeysArgs", "KeysLayerArgs", "QuotaArgs", "ThrottleArgs", "UsagePlanArgs"),
    ".layers.network": ("Network",),
    ".layers.network.args": ("NetworkArgs", "NetworkLayerArgs", "PrivateArgs", "VpcEndpointArgs"),
    ".layers.observability": ("Observability",),
    ".layers.observability.args": ("AlarmsArgs", "ObservabilityArgs", "ObservabilityLayerArgs"),
    ".layers.tls": ("Tls",),
    ".layers.tls.args": (
        "DomainArgs",
        "MoreDomainArgs",
        "MutualTlsArgs",
        "RoutingRuleArgs",
        "SharedDomainArgs",
        "TlsArgs",
        "TlsLayerArgs",
    ),
    ".layers.waf": ("Waf",),
    ".layers.waf.args": (
        "ForwardedIpArgs",
        "LabelRuleArgs",
        "ManagedGroupArgs",
        "RateLimitArgs",
        "RateRuleArgs",
        "ResponseArgs",
        "RuleGroupArgs",
        "WafArgs",
        "WafLayerArgs",
    ),
    ".openapi.args": ("OpenApiArgs", "OperationArgs"),
    ".quotas": ("QuotasArgs",),
    ".routes": ("IntegrationArgs", "MockArgs", "RouteArgs"),
    ".services.dynamodb": ("TableArgs",),
    ".services.eventbridge": ("EventBusArgs",),
    ".services.sqs": ("QueueArgs",),
    ".services.step_functions": ("StateMachineArgs",),
    ".stages": ("CanaryArgs", "StageArgs"),
    ".validation.problems": ("ArgsError",),
    ".vpc_links": ("VpcLinkArgs",),
}

if not TYPE_CHECKING:  # a type checker would accept every name

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first asked for: inside Lambda this package is here without Pulumi."""
        home = next((module for module, names in _HOMES.items() if name in names), None)
        if home is None:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(home, __name__), name)
