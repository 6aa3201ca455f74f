"""Summarises for the reports which protections of a gateway are in force, by layer."""

from collections import Counter
from collections.abc import Callable

from ..model.findings import GatewaySummary
from ..model.gateway import Gateway
from ..model.wording import amount

_AUTHORIZATION = {
    "iam": "IAM",
    "cognito": "Cognito",
    "lambda": "Lambda authorizer",
    "jwt": "JWT",
    "none": "no credentials",
    "unknown": "known only after deployment",
}


def summary(gateway: Gateway, redact: Callable[[str], str]) -> GatewaySummary:
    """Summarise a gateway; `redact` removes secrets from a string."""
    layers: dict[str, list[str]] = {name: [] for name in ("auth", "keys", "network", "waf", "observability", "tls")}
    kinds = Counter(
        "CORS preflight" if route.is_preflight else _AUTHORIZATION.get(route.authorization, route.authorization)
        for route in gateway.routes
    )
    for kind, count in sorted(kinds.items()):
        layers["auth"].append(f"{amount(count, 'route')}: {kind}")
    keyed = sum(route.requires_api_key.is_yes for route in gateway.routes)
    if keyed:
        layers["keys"].append(f"{amount(keyed, 'route')} with an API key")
    if gateway.private.is_yes:
        layers["network"].append("private API")
    if gateway.resource_policy.attached.is_yes and gateway.resource_policy.restricts.is_yes:
        layers["network"].append("a resource policy that restricts callers")
    for stage in gateway.stages:
        for layer, line in stage.summary:
            layers[layer].append(line)
    if gateway.default_endpoint_off.is_yes:
        layers["tls"].append("execute-api endpoint off")
    elif gateway.modern_tls.is_yes:
        layers["tls"].append("TLS 1.2 or newer on the execute-api endpoint")
    for domain in gateway.domains:
        mutual = ", mutual TLS" if domain.mutual_tls.is_yes else ""
        if domain.modern_tls.is_yes:
            layers["tls"].append(f"{domain.label}: TLS 1.2 or newer{mutual}")
    return GatewaySummary(
        urn=gateway.urn,
        name=redact(gateway.name),
        kind=gateway.kind,
        routes=len(gateway.routes),
        stages=tuple(redact(stage.name) for stage in gateway.stages),
        domains=tuple(redact(domain.label.removeprefix("domain ")) for domain in gateway.domains),
        layers={name: tuple(map(redact, lines)) for name, lines in layers.items()},
    )
