"""All groups, and the options that are in none of them."""

from typing import Final

from change_matrix import Group, api, auth, builtin, keys, network, observability, stages, tls, waf

GROUPS: Final[tuple[Group, ...]] = (
    *api.GROUPS,
    *auth.GROUPS,
    *builtin.GROUPS,
    *keys.GROUPS,
    *network.GROUPS,
    *observability.GROUPS,
    *stages.GROUPS,
    *tls.GROUPS,
    *waf.GROUPS,
)

_REASON = "a reason for the posture"
_QUOTA = "a bound for other options"
_RULES = "moto has no routing rules"
_PRIVATE = "moto has no private domains"
_ZONE = "the matrix has one hosted zone, in which certificates are validated by default"
_OLDER = "the provider of the local AWS is older than this property"

NO_CALL: Final = {
    ("ApiKeyArgs", "exceptions"): _REASON,
    ("BuiltinAuthorizerArgs", "exceptions"): _REASON,
    ("CognitoArgs", "exceptions"): _REASON,
    ("LambdaAuthorizerArgs", "exceptions"): _REASON,
    ("ObservabilityArgs", "exceptions"): _REASON,
    ("WafArgs", "exceptions"): _REASON,
    ("QuotasArgs", "authorizers"): _QUOTA,
    ("QuotasArgs", "integration_timeout_ms"): _QUOTA,
    ("QuotasArgs", "resources"): _QUOTA,
    ("QuotasArgs", "stages"): _QUOTA,
    ("SecureGatewayArgs", "quotas"): _QUOTA,
    ("WafArgs", "max_capacity"): _QUOTA,
    ("RuleGroupArgs", "capacity"): "a fact about the rule group, for the sum that `max_capacity` bounds",
    ("LambdaAuthorizerArgs", "covers_all_routes"): "a fact about the function, without which nothing is cached",
    ("LambdaAuthorizerArgs", "function_name"): "the name of what `function` is, for the first preview",
    ("SecureGatewayArgs", "verification_file"): "a line of the posture",
    ("OpenApiArgs", "security_meaning"): "decides which documents are rejected",
    ("MutualTlsArgs", "force_destroy"): "the provider reads it when the bucket is deleted",
    ("DomainArgs", "security_policy"): _OLDER,
    ("MoreDomainArgs", "security_policy"): _OLDER,
    ("VpcEndpointArgs", "region"): _OLDER,
    ("SecureGatewayArgs", "tags"): "moto cannot change the tags of an API",
    ("DomainArgs", "routing_mode"): _RULES,
    ("MoreDomainArgs", "routing_mode"): _RULES,
    ("RoutingRuleArgs", "base_path"): _RULES,
    ("RoutingRuleArgs", "headers"): _RULES,
    ("RoutingRuleArgs", "priority"): _RULES,
    ("SharedDomainArgs", "routing_rule"): _RULES,
    ("StageArgs", "routing_rule"): _RULES,
    ("DomainArgs", "validation_zone_id"): _ZONE,
    ("MoreDomainArgs", "validation_zone_id"): _ZONE,
    ("SharedDomainArgs", "arn"): _PRIVATE,
    ("PrivateArgs", "domain_arns"): _PRIVATE,
}
"""The options whose change causes no call that the local AWS could show, each with the reason."""
