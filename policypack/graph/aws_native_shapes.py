"""Changes the inputs of aws-native's resources whose shape, and not only their names, differs from pulumi-aws's.

Each function gets the inputs under their names in pulumi-aws. What differs otherwise is in `aws_native`.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from .cloudformation_names import map_of_properties
from .values import UNKNOWN, is_list, is_object, items, read, text

Inputs = dict[str, Any]


def rename(values: Mapping[str, Any], names: Mapping[str, str]) -> Inputs:
    """Inputs with the names that a map gives them."""
    return {names.get(name, name): value for name, value in values.items()}


def lift(inputs: Inputs, name: str, names: Mapping[str, str] | None = None) -> Inputs:
    """Inputs with those inside the input `name` moved up; if that is unknown, so is each of `names`."""
    inner = inputs.get(name)
    rest = {key: value for key, value in inputs.items() if key != name}
    if inner is UNKNOWN:
        return {**dict.fromkeys((names or {}).values(), UNKNOWN), **rest}
    return {**rename(inner, names or {}), **rest} if is_object(inner) else rest


def with_changed(inputs: Inputs, name: str, change: Callable[[Any], Any]) -> Inputs:
    """Inputs with one of them changed, if it is present and known."""
    if inputs.get(name) is None or inputs[name] is UNKNOWN:
        return inputs
    return {**inputs, name: change(inputs[name])}


def for_each(change: Callable[[Mapping[str, Any]], Any]) -> Callable[[Any], Any]:
    """A change of a list that changes each of its objects."""
    return lambda value: [change(item) if is_object(item) else item for item in items(value)]


def rest_api(inputs: Inputs) -> Inputs:
    """CloudFormation may take a body from S3 or another API, and merges it by default; pulumi-aws overwrites."""
    in_another_service = any(inputs.get(name) is not None for name in ("bodyS3Location", "cloneFrom"))
    if in_another_service and inputs.get("body") is None:
        inputs = {**inputs, "body": UNKNOWN}
    # CloudFormation merges by default; pulumi-aws overwrites.
    return {"putRestApiMode": "merge", **inputs} if inputs.get("body") is not None else inputs


def http_api(inputs: Inputs) -> Inputs:
    """CloudFormation may take a body from S3, and leaves the protocol out if there is a body."""
    if inputs.get("bodyS3Location") is not None and inputs.get("body") is None:
        inputs = {**inputs, "body": UNKNOWN}
    return {"protocolType": "HTTP", **inputs}  # CloudFormation omits it if there is a body


STAGE_NAMES: Final = {
    "accessLogSetting": "accessLogSettings",
    "canarySetting": "canarySettings",
    "tracingEnabled": "xrayTracingEnabled",
    "methodSettings": "methodSettings",
    "variables": "variables",
    "clientCertificateId": "clientCertificateId",
    "cacheClusterEnabled": "cacheClusterEnabled",
}
METHOD_SETTINGS: Final = (
    *("loggingLevel", "dataTraceEnabled", "metricsEnabled", "throttlingBurstLimit", "throttlingRateLimit"),
    *("cachingEnabled", "cacheTtlInSeconds", "cacheDataEncrypted"),
)


def deployment(inputs: Inputs) -> Inputs:
    """A deployment that creates a stage describes it; the settings for all methods become those of `*/*`."""
    lifted = lift(inputs, "stageDescription", STAGE_NAMES)
    whole = {name: lifted[name] for name in METHOD_SETTINGS if name in lifted}
    if whole and lifted.get("methodSettings") is not UNKNOWN:
        for_all = {"resourcePath": "/*", "httpMethod": "*", **whole}
        lifted = {**lifted, "methodSettings": [for_all, *items(lifted.get("methodSettings"))]}
    return lifted


def usage_plan(inputs: Inputs) -> Inputs:
    """The limits of single methods: a map by path becomes a list."""

    def stage(entry: Mapping[str, Any]) -> Any:
        throttle = entry.get("throttle")
        if not is_object(throttle):
            return entry if throttle is None else {**entry, "throttles": throttle}
        listed = [{"path": path, **limits} if is_object(limits) else limits for path, limits in throttle.items()]
        return {**entry, "throttles": listed}

    return with_changed(inputs, "apiStages", for_each(stage))


def api_key(inputs: Inputs) -> Inputs:
    """CloudFormation's default is a disabled key; pulumi-aws enables it."""
    return {"enabled": False, **inputs}  # CloudFormation's default; pulumi-aws enables a key


def authorizer(inputs: Inputs) -> Inputs:
    """pulumi-aws has a default for the identity source, and CloudFormation has none."""
    return {
        "identitySource": "",
        **inputs,
    }  # pulumi-aws has a default, CloudFormation has none


def vpc_link(inputs: Inputs) -> Inputs:
    """The list of one load balancer becomes that load balancer."""
    return with_changed(inputs, "targetArn", lambda value: next(iter(items(value)), None))


def v2_authorizer(inputs: Inputs) -> Inputs:
    """pulumi-aws names the audiences in the plural."""
    return with_changed(
        inputs,
        "jwtConfiguration",
        lambda value: rename(value, {"audience": "audiences"}) if is_object(value) else value,
    )


def v2_stage(inputs: Inputs) -> Inputs:
    """The settings of routes are free-form JSON, which reaches CloudFormation as it is: mostly in its own spelling."""
    return with_changed(inputs, "routeSettings", map_of_properties)


def v2_domain(inputs: Inputs) -> Inputs:
    """The list of one configuration becomes that configuration."""
    return with_changed(inputs, "domainNameConfiguration", lambda value: next(iter(items(value)), None))


def alarm(inputs: Inputs) -> Inputs:
    """The list of dimensions becomes a map."""
    return with_changed(inputs, "dimensions", named)


def user_pool(inputs: Inputs) -> Inputs:
    """The policies move up."""
    return lift(inputs, "policies", {"passwordPolicy": "passwordPolicy", "signInPolicy": "signInPolicy"})


def bucket(inputs: Inputs) -> Inputs:
    """The access control list and the versioning take the spelling of pulumi-aws."""
    access = inputs.get("accessControl")
    if access is not None:  # `PublicRead` is `public-read`
        acl = re.sub(r"(?<!^)(?=[A-Z])", "-", text(access)).lower()
        inputs = {**inputs, "acl": UNKNOWN if access is UNKNOWN else acl}
    versioning = inputs.get("versioning")
    if not is_object(versioning):
        return inputs
    status = versioning.get("status")
    return {**inputs, "versioning": {"enabled": UNKNOWN if status is UNKNOWN else status == "Enabled"}}


DISTRIBUTION_INPUTS: Final = (
    *("origins", "aliases", "webAclId", "enabled", "viewerCertificate", "defaultCacheBehavior"),
    "orderedCacheBehaviors",
)


def viewer_certificate(value: Any) -> Any:
    """One name differs in its capitals."""
    return (
        rename(value, {"cloudFrontDefaultCertificate": "cloudfrontDefaultCertificate"}) if is_object(value) else value
    )


def distribution(inputs: Inputs) -> Inputs:
    """The configuration moves up, and parts of it have other names."""
    names = {name: name for name in DISTRIBUTION_INPUTS}
    renamed = {"webACLId": "webAclId", "cacheBehaviors": "orderedCacheBehaviors"}
    lifted = lift(inputs, "distributionConfig", {**names, **renamed})
    lifted = with_changed(lifted, "viewerCertificate", viewer_certificate)

    def header(entry: Mapping[str, Any]) -> Any:
        return rename(entry, {"headerName": "name", "headerValue": "value"})

    def origin(entry: Mapping[str, Any]) -> Any:
        named = rename(entry, {"originCustomHeaders": "customHeaders", "id": "originId"})
        return with_changed(named, "customHeaders", for_each(header))

    return with_changed(lifted, "origins", for_each(origin))


def named(dimensions: Any) -> Any:
    """Dimensions by name; aws-native has a list of names and values."""
    if not is_list(dimensions):
        return dimensions
    if any(UNKNOWN in (each, read(each, "name")) for each in dimensions):
        return UNKNOWN
    return {text(each.get("name")): each.get("value") for each in dimensions if is_object(each)}


def agent_target(inputs: Inputs) -> Inputs:
    """aws-native lists the kinds of credentials, such as GATEWAY_IAM_ROLE; pulumi-aws has a block for each."""

    def blocks(value: Any) -> Inputs:
        types = [text(read(each, "credentialProviderType")).lower().split("_") for each in items(value)]
        return {"".join((first, *(part.title() for part in rest))): {} for first, *rest in types}

    return with_changed(inputs, "credentialProviderConfiguration", blocks)


def role(inputs: Inputs) -> Inputs:
    """CloudFormation calls the document of an inline policy `policyDocument`."""
    return with_changed(inputs, "inlinePolicies", for_each(lambda each: rename(each, {"policyDocument": "policy"})))


def event_bus_policy(inputs: Inputs) -> Inputs:
    """CloudFormation has one resource for each statement, as an object or as a principal and an action."""
    given = inputs.get("statement")
    if given is None:
        condition = inputs.get("condition")
        given = {"Effect": "Allow", "Principal": inputs.get("principal"), "Action": inputs.get("action")}
        if is_object(condition):
            asked = {read(condition, "key"): read(condition, "value")}
            given["Condition"] = {read(condition, "type"): asked}
    elif is_object(given) and "effect" in given:  # in a template, its keys were taken for properties
        principal = given.get("principal")
        plain = {"aws": "AWS", "service": "Service", "federated": "Federated"}
        named = {plain.get(key, key): each for key, each in principal.items()} if is_object(principal) else principal
        given = {key[:1].upper() + key[1:]: each for key, each in {**given, "principal": named}.items()}
    return {**inputs, "policy": given if given is UNKNOWN else {"Statement": [given]}}
