"""Writes `docs/reference.md`: every option of every class of args, from the types, their docstrings and declarations.

python tests/reference.py
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, get_args, get_origin, is_typeddict

import pulumi
from option_tables import ROOT, declared, docstring, hints, shapes

from secure_gateway import choices
from secure_gateway.provider import bases
from secure_gateway.validation import fields

PAGE: Final = ROOT / "docs/reference.md"
_GUIDE: Final = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_WAF: Final = "https://docs.aws.amazon.com/waf/latest/developerguide/"
_COGNITO: Final = "https://docs.aws.amazon.com/cognito/latest/developerguide/"
_LOGS: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/"

AWS_PAGES: Final[Mapping[str, str]] = {
    "AccountArgs": f"{_GUIDE}set-up-logging.html",
    "AlarmsArgs": f"{_GUIDE}api-gateway-metrics-and-dimensions.html",
    "ApiKeyArgs": f"{_GUIDE}api-gateway-setup-api-keys.html",
    "ApiKeyValidatorArgs": f"{_GUIDE}apigateway-use-lambda-authorizer.html",
    "AuthArgs": f"{_GUIDE}apigateway-control-access-to-api.html",
    "AuthorizerArgs": f"{_GUIDE}apigateway-control-access-to-api.html",
    "BuiltinAuthorizerArgs": f"{_GUIDE}apigateway-use-lambda-authorizer.html",
    "CacheArgs": f"{_GUIDE}api-gateway-caching.html",
    "CachedRouteArgs": f"{_GUIDE}api-gateway-caching.html",
    "CanaryArgs": f"{_GUIDE}canary-release.html",
    "ClientCertificateValidatorArgs": f"{_GUIDE}rest-api-mutual-tls.html",
    "CognitoArgs": f"{_COGNITO}cognito-user-pools.html",
    "CognitoClientArgs": f"{_COGNITO}user-pool-settings-client-apps.html",
    "CognitoDomainArgs": f"{_COGNITO}cognito-user-pools-assign-domain.html",
    "CorsArgs": f"{_GUIDE}how-to-cors.html",
    "DomainArgs": f"{_GUIDE}how-to-custom-domains.html",
    "EventBusArgs": "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html",
    "ForwardedIpArgs": f"{_WAF}waf-rule-statement-forwarded-ip-address.html",
    "FunctionVpcArgs": "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html",
    "IntegrationArgs": f"{_GUIDE}how-to-integration-settings.html",
    "JwtIssuerArgs": "https://datatracker.ietf.org/doc/html/rfc8725",
    "JwtValidatorArgs": f"{_GUIDE}apigateway-use-lambda-authorizer.html",
    "KeysArgs": f"{_GUIDE}api-gateway-request-throttling.html",
    "LabelRuleArgs": f"{_WAF}waf-rule-labels.html",
    "LambdaAuthorizerArgs": f"{_GUIDE}apigateway-use-lambda-authorizer.html",
    "ManagedGroupArgs": f"{_WAF}aws-managed-rule-groups-list.html",
    "MockArgs": f"{_GUIDE}how-to-mock-integration.html",
    "MutualTlsArgs": f"{_GUIDE}rest-api-mutual-tls.html",
    "NetworkArgs": f"{_GUIDE}apigateway-resource-policies.html",
    "ObservabilityArgs": f"{_GUIDE}rest-api-monitor.html",
    "OpenApiArgs": f"{_GUIDE}api-gateway-import-api.html",
    "OperationArgs": f"{_GUIDE}api-gateway-swagger-extensions.html",
    "PrivateArgs": f"{_GUIDE}apigateway-private-apis.html",
    "QueueArgs": "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    "QuotaArgs": f"{_GUIDE}api-gateway-api-usage-plans.html",
    "QuotasArgs": f"{_GUIDE}limits.html",
    "RateLimitArgs": f"{_WAF}waf-rule-statement-type-rate-based.html",
    "RateRuleArgs": f"{_WAF}waf-rule-statement-type-rate-based.html",
    "ResponseArgs": f"{_WAF}customizing-the-response-for-blocked-requests.html",
    "RoutingRuleArgs": f"{_GUIDE}rest-api-routing-rules.html",
    "RouteArgs": f"{_GUIDE}how-to-method-settings.html",
    "RuleGroupArgs": f"{_WAF}waf-rule-groups.html",
    "SecureGatewayArgs": f"{_GUIDE}apigateway-rest-api.html",
    "SharedDomainArgs": f"{_GUIDE}rest-api-mappings.html",
    "SharedSecretValidatorArgs": "https://docs.aws.amazon.com/secretsmanager/latest/userguide/intro.html",
    "SignatureValidatorArgs": "https://datatracker.ietf.org/doc/html/rfc2104",
    "StageArgs": f"{_GUIDE}set-up-stages.html",
    "StateMachineArgs": "https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html",
    "TableArgs": "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html",
    "ThrottleArgs": f"{_GUIDE}api-gateway-request-throttling.html",
    "TlsArgs": f"{_GUIDE}apigateway-security-policies.html",
    "UsagePlanArgs": f"{_GUIDE}api-gateway-api-usage-plans.html",
    "ValidatorArgs": f"{_GUIDE}apigateway-use-lambda-authorizer.html",
    "VpcEndpointArgs": f"{_GUIDE}apigateway-private-api-create.html",
    "VpcLinkArgs": f"{_GUIDE}apigateway-vpc-links-v2.html",
    "WafArgs": f"{_GUIDE}apigateway-control-access-aws-waf.html",
}
"""The page about what a class configures; a class that extends another one has its page."""

OPTION_PAGES: Final[Mapping[str, str]] = {
    "AuthArgs.invoke_policies": f"{_GUIDE}api-gateway-control-access-using-iam-policies-to-invoke-api.html",
    "DomainArgs.base_path": f"{_GUIDE}rest-api-mappings.html",
    "DomainArgs.ownership_certificate_arn": f"{_GUIDE}rest-api-mutual-tls.html",
    "DomainArgs.routing_mode": f"{_GUIDE}set-routing-mode.html",
    "DomainArgs.private_ca_arn": "https://docs.aws.amazon.com/acm/latest/userguide/gs-acm-request-private.html",
    "IntegrationArgs.function": f"{_GUIDE}set-up-lambda-proxy-integrations.html",
    "IntegrationArgs.response_transfer_mode": f"{_GUIDE}response-transfer-mode.html",
    "IntegrationArgs.url": f"{_GUIDE}setup-http-integrations.html",
    "IntegrationArgs.target_arn": f"{_GUIDE}set-up-private-integration.html",
    "IntegrationArgs.vpc_link": f"{_GUIDE}set-up-private-integration.html",
    "IntegrationArgs.vpc_link_id": f"{_GUIDE}private-integration.html",
    "KeysArgs.source": f"{_GUIDE}api-gateway-api-key-source.html",
    "NetworkArgs.ip_address_type": f"{_GUIDE}api-gateway-ip-address-type.html",
    "ObservabilityArgs.firehose_arn": f"{_GUIDE}apigateway-logging-to-kinesis.html",
    "ObservabilityArgs.tracing": f"{_GUIDE}apigateway-xray.html",
    "PrivateArgs.domain_arns": f"{_GUIDE}apigateway-private-custom-domains.html",
    "SharedDomainArgs.arn": f"{_GUIDE}apigateway-private-custom-domains.html",
    "RouteArgs.body_schema": f"{_GUIDE}api-gateway-method-request-validation.html",
    "SecureGatewayArgs.binary_media_types": f"{_GUIDE}api-gateway-payload-encodings.html",
    "SecureGatewayArgs.minimum_compression_size": f"{_GUIDE}api-gateway-gzip-compression-decompression.html",
    "SecureGatewayArgs.variables": f"{_GUIDE}stage-variables.html",
}
"""The pages about single options."""

FIRST: Final = "0.1.0"
SINCE: Final[Mapping[str, str]] = {}
"""The versions of the options that are newer than the first release, such as `{"RouteArgs.method": "0.2.0"}`."""

HEAD: Final = f"""# Reference of all options

Every option of every class of args, written from the types by `make docs`. The pages about the
[layers](README.md) explain them.

- *values* has the type, the bounds and the unit. **Input** means that an Output of another resource is possible; other
  values must be known when the program runs. A closed set links to [its values](#closed-sets), which are types in
  `secure_gateway.choices`.
- *default* says what happens without the option; it is empty if there is then nothing of the kind.
- *since* is the version that introduced the option; {FIRST} is the first one.
- Each class links to the page about what it configures, and an option to a page of its own where there is one.
- Names are those of Python. TypeScript, Go, C#, Java and YAML spell them in camel case (`allow_cidrs` is
  `allowCidrs`); their classes have the same names, and [`schema.json`](../schema.json) is the source of their
  documentation.
"""


def anchor(name: str) -> str:
    return f"[{name}](#{name.lower()})"


def is_input(hint: Any) -> bool:
    """Whether the value, or a value inside it, may be an Output."""
    origin = get_origin(hint)
    return origin is pulumi.Output or any(map(is_input, () if origin is Literal else get_args(hint)))


def closed_set(hint: Any) -> str:
    return next((name for name, each in CLOSED.items() if each == hint), "")


CLOSED: Final[Mapping[str, Any]] = {
    name: each for name, each in sorted(vars(choices).items()) if get_origin(each) is Literal
}


def plain(hint: Any) -> Any:
    """A hint without the alternatives that `pulumi.Input` adds."""
    if get_origin(hint) in (Literal, Mapping, Sequence, list, dict) or not get_args(hint):
        return hint
    kept = [each for each in get_args(hint) if get_origin(each) is not pulumi.Output and not _is_awaitable(each)]
    return plain(kept[0]) if kept else hint


def _is_awaitable(hint: Any) -> bool:
    return "Awaitable" in str(get_origin(hint))


def type_text(hint: Any) -> str:
    """A type as a reader of any language understands it, with links to classes."""
    hint = plain(hint)
    if is_typeddict(hint):
        return anchor(hint.__name__)
    if get_origin(hint) is Literal:
        found = closed_set(hint)
        return anchor(found) if found else " or ".join(f"`{each}`" for each in get_args(hint))
    if get_origin(hint) in (Mapping, dict):
        return f"map of {_several(get_args(hint)[1])}"
    if get_origin(hint) in (Sequence, list):
        return f"list of {_several(get_args(hint)[0])}"
    return {bool: "boolean", str: "string", int: "whole number", float: "number"}.get(hint, "any value")


def _several(hint: Any) -> str:
    text = type_text(hint)
    return f"{text}s" if text in ("string", "whole number", "number", "boolean") else text


def values(shape: type, name: str, hint: Any) -> str:
    """The type, whether Outputs are possible, and what a declaration adds: bounds, unit, form."""
    option = declared(shape, name)
    text = type_text(hint)
    parts = [f"{text} (Input)" if is_input(hint) else text]
    bounds = option.values if option else ""
    if bounds not in ("", "string", "strings", "boolean", "map", "map of strings", "whole number", "number", text):
        parts += [] if "](#" in text else [bounds]
    return "; ".join(parts)


_DEFAULT: Final = re.compile(r"(?:^|(?<=\. ))Defaults to (?P<default>.*?)\.(?= |$)")


def rows(shape: type) -> Iterator[tuple[str, ...]]:
    """Name, values, default, meaning, and the version of each option that the class does not inherit."""
    inherited = {name for base in bases(shape) for name in hints(base)}
    required = getattr(shape, "__required_keys__", frozenset())
    for name, hint in hints(shape).items():
        if name in inherited:
            continue
        option, meaning, key = declared(shape, name), docstring(shape, name), f"{shape.__name__}.{name}"
        found = _DEFAULT.search(meaning)
        default = (fields.default_text(option) if option else "") or (found["default"] if found else "")
        text = _DEFAULT.sub("", meaning).strip().removesuffix(".")
        page = f". [AWS]({OPTION_PAGES[key]})" if key in OPTION_PAGES else ""
        needed = "required" if name in required else default
        yield f"`{name}`", values(shape, name, hint), needed, f"{text}{page}", SINCE.get(key, FIRST)


def page_of(shape: type) -> str:
    return next(AWS_PAGES[each.__name__] for each in (shape, *bases(shape)) if each.__name__ in AWS_PAGES)


def section(shape: type) -> str:
    doc = " ".join((shape.__doc__ or "").split())
    extends = "".join(f" It has the options of {anchor(base.__name__)}, and these." for base in bases(shape)[:1])
    lines = [f"## {shape.__name__}", "", f"{doc}{extends} [About it]({page_of(shape)}).", ""]
    table = ["| option | values | default | meaning | since |", "|---|---|---|---|---|"]
    table += [f"| {' | '.join(each.replace('|', chr(92) + '|') for each in row)} |" for row in rows(shape)]
    return "\n".join(lines + (table if len(table) > 2 else [])) + "\n"


def closed_sets() -> str:
    lines = ["## Closed sets", ""]
    for name, each in CLOSED.items():
        lines += [f"### {name}", "", ", ".join(f"`{value}`" for value in get_args(each)), ""]
    return "\n".join(lines)


def page() -> str:
    """The whole page: gateway first, then the classes in alphabetical order, then the closed sets."""
    names = sorted(shapes(), key=lambda name: (name != "SecureGatewayArgs", name))
    return "\n".join([HEAD, *(section(shapes()[name]) for name in names), closed_sets()])


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
