"""The layer that must notice when something breaks."""

from typing import Final

OWNERS: Final[dict[str, tuple[str, ...]]] = {
    "ApiKey": ("keys",),
    "UsagePlan": ("keys",),
    "MethodSettings.settings.throttling": ("keys",),
    "MethodSettings.settings.cach": ("auth",),
    "MethodSettings": ("observability", "keys"),
    "Stage.methodSettings[].throttling": ("keys",),
    "Stage.methodSettings": ("observability", "keys"),
    "Stage.restApi": ("observability", "waf", "keys"),
    "Stage.stageName": ("observability", "waf", "keys"),
    "Stage.variables": ("auth", "observability"),
    "Stage": ("observability",),
    "Deployment": ("observability", "network"),
    "MetricAlarm": ("observability",),
    "Alarm": ("observability",),
    "LogGroup.name": ("observability", "waf"),
    "LogGroup": ("observability",),
    "Account": ("observability",),
    "WebAcl.visibilityConfig": ("waf", "observability"),
    "WebAcl": ("waf",),
    "LoggingConfiguration": ("waf",),
    "IpSet": ("waf",),
    "DomainName": ("tls", "network"),
    "BasePathMapping": ("tls",),
    "Certificate": ("tls",),
    "RestApi.securityPolicy": ("tls",),
    "RestApi.endpointAccessMode": ("tls",),
    "RestApi.disableExecuteApiEndpoint": ("tls",),
    "RestApi.policy": ("network",),
    "RestApi.endpointConfiguration": ("network",),
    "RestApi.putRestApiMode": ("network",),
    "RestApi.body dropped": ("auth", "network"),
    "RestApi.body emptied": ("auth", "network"),
    "RestApi.name": ("observability",),
    "RestApiPolicy": ("network",),
    "RestApi.body.x-policy": ("network",),
    "RestApi.body SCHEME": ("auth",),
    "RestApi.body METHOD.security": ("auth",),
    "RestApi.body PREFLIGHT.security": ("auth",),
    "RestApi.body METHOD.x-integration": ("waf", "auth", "tls"),
    "RestApi.body": ("auth", "waf", "keys"),
    "RestApi": ("auth", "network", "tls", "waf", "keys"),
    "Resource": ("auth",),
    "Method": ("auth", "waf"),
    "Integration": ("auth", "waf"),
    "Authorizer": ("auth",),
    "UserPool": ("auth",),
    "Permission": ("auth", "network"),
    "Function": ("auth", "network"),
    "VpcEndpoint": ("network",),
    "SecurityGroup": ("network",),
}
"""By how a mutant's kind begins; of several that fit, the longest counts."""


def owners(kind: str) -> frozenset[str]:
    """The layers that own a kind of mutant."""
    return frozenset(OWNERS[max((each for each in OWNERS if kind.startswith(each)), key=len, default="RestApi")])
