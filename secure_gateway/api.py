"""The REST API, its deployment and its stage; this module alone knows what forces a redeployment."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pulumi
from pulumi_aws import apigateway, iam, lambda_

from .document import function_name, named
from .layers.keys import method_paths
from .reader import is_list, is_object
from .spec import GatewaySpec
from .stages import StageSpec


def holds_output(value: Any) -> bool:
    """Whether anything inside is known only after deployment."""
    if isinstance(value, pulumi.Output):
        return True
    if is_object(value):
        return any(holds_output(item) for item in value.values())
    if is_list(value):
        return any(holds_output(item) for item in value)
    return False


def canonical(value: Any) -> pulumi.Input[str]:
    """JSON with sorted keys, so that equal content gives equal text; plain text wherever everything is known."""
    if not holds_output(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return pulumi.Output.json_dumps(value, sort_keys=True, separators=(",", ":"))


def rest_api(
    name: str,
    spec: GatewaySpec,
    document: Mapping[str, Any],
    vpc_endpoint_ids: pulumi.Input[Sequence[str]] | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.RestApi:
    """Make the API from its document, replacing what the document no longer holds.

    A warning at import is an error: warnings are where AWS drops security constructs.
    """
    endpoint: apigateway.RestApiEndpointConfigurationArgsDict = {"types": spec.network.endpoint_type}
    if vpc_endpoint_ids is not None:
        endpoint["vpc_endpoint_ids"] = vpc_endpoint_ids
    if spec.network.ip_address_type:
        endpoint["ip_address_type"] = spec.network.ip_address_type
    return apigateway.RestApi(
        name,
        name=spec.api_name,
        description=spec.description or None,
        body=canonical(document),
        put_rest_api_mode="overwrite",
        fail_on_warnings=True,
        endpoint_configuration=endpoint,
        minimum_compression_size=None if spec.minimum_compression_size is None else str(spec.minimum_compression_size),
        binary_media_types=list(spec.binary_media_types) or None,
        **_endpoint_settings(spec),
        opts=opts,
    )


def _endpoint_settings(spec: GatewaySpec) -> dict[str, Any]:
    settings = {
        "disable_execute_api_endpoint": spec.disable_execute_api_endpoint,
        "security_policy": spec.stage.tls.api_security_policy,
        "endpoint_access_mode": spec.stage.tls.endpoint_access_mode,
    }
    return {name: value for name, value in settings.items() if value is not None}


def deployment(
    name: str,
    spec: GatewaySpec,
    api: apigateway.RestApi,
    document: Mapping[str, Any],
    vpc_endpoint_ids: pulumi.Input[Sequence[str]] | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.Deployment:
    """Take a snapshot of the API, anew whenever anything that a snapshot holds has changed.

    Never named and never deleted before its replacement: a stage must not be left on a deployment that is gone
    (https://github.com/pulumi/pulumi-aws/issues/5711).
    """
    snapshot: dict[str, Any] = {
        "body": document,
        "endpoint_type": spec.network.endpoint_type,
        "vpc_endpoint_ids": vpc_endpoint_ids,
        **_endpoint_settings(spec),
    }
    text = canonical(snapshot)
    digest = _digest(text) if isinstance(text, str) else pulumi.Output.from_input(text).apply(_digest)
    return apigateway.Deployment(name, rest_api=api.id, triggers={"redeployment": digest}, opts=opts)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Roles:
    """What API Gateway is while it calls AWS services."""

    arns: Mapping[str, pulumi.Output[str]]
    """By the stem of their stage variables."""
    variables: Mapping[str, pulumi.Input[str]]
    """Stage variables that name the roles."""
    resources: Sequence[pulumi.Resource]
    """What must exist before a stage takes requests."""


def roles(name: str, spec: GatewaySpec, opts: pulumi.ResourceOptions) -> Roles:
    """Make a role for each integration with an AWS service, which may do what that integration does, and no more."""
    arns: dict[str, pulumi.Output[str]] = {}
    variables: dict[str, pulumi.Input[str]] = {}
    policies: list[pulumi.Resource] = []
    for variable, service in sorted(spec.services.items()):
        role = iam.Role(
            f"{name}-{variable}",
            description=f"API Gateway calls one service for {spec.api_name}",
            assume_role_policy=json.dumps(_TRUST),
            opts=opts,
        )
        document = pulumi.Output.all(service.arn, service.kms_key_arn or "").apply(
            lambda both, service=service: json.dumps(
                {"Version": "2012-10-17", "Statement": service.statements(both[0], both[1])}, sort_keys=True
            )
        )
        policies.append(iam.RolePolicy(f"{name}-{variable}", role=role.name, policy=document, opts=opts))
        arns[variable] = role.arn
        variables[f"role_{variable}"] = pulumi.Output.concat("role/", role.name)
    return Roles(arns, variables, policies)


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def stage(
    name: str,
    spec: StageSpec,
    api: apigateway.RestApi,
    deployed: apigateway.Deployment,
    variables: Mapping[str, pulumi.Input[str]],
    access_log: apigateway.StageAccessLogSettingsArgsDict | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.Stage:
    """Make a stage: its deployment is exchanged in place, never the stage itself."""
    return apigateway.Stage(
        name,
        rest_api=api.id,
        deployment=deployed.id,
        stage_name=spec.name,
        variables=dict(variables) or None,
        access_log_settings=access_log,
        xray_tracing_enabled=spec.observability.tracing,
        canary_settings=_canary(spec, deployed),
        cache_cluster_enabled=True if spec.cache else None,
        cache_cluster_size=spec.cache.size_gb if spec.cache else None,
        opts=opts,
    )


def _canary(spec: StageSpec, deployed: apigateway.Deployment) -> apigateway.StageCanarySettingsArgsDict | None:
    """A canary has the stage's own deployment: authorizers, policy and throttles are the same on both sides."""
    if spec.canary is None:
        return None
    functions = {f"function_{key}": named(function) for key, function in spec.canary.functions.items()}
    return {
        "deployment_id": deployed.id,
        "percent_traffic": spec.canary.percent,
        "stage_variable_overrides": {**spec.canary.variables, **functions},
        "use_stage_cache": False,
    }


def method_settings(
    name: str,
    spec: StageSpec,
    api: apigateway.RestApi,
    made: apigateway.Stage,
    opts: pulumi.ResourceOptions,
) -> list[apigateway.MethodSettings]:
    """Set logging, metrics and throttling of all methods, and again of each route with settings of its own.

    A route's settings stand alone in AWS: what they leave out falls back to AWS's default, not to the stage's.
    """
    common = {**spec.observability.method_settings(), **spec.keys.method_settings()}
    settings = {"*/*": common} if common else {}
    kept = {key: each.settings() for key, each in spec.cache.routes.items()} if spec.cache else {}
    throttles = spec.keys.route_throttles
    # ANY before the methods, whose settings are their own.
    for key in sorted({*throttles, *kept}):
        own = {**throttles.get(key, {}), **kept.get(key, {})}
        settings |= {path: {**common, **settings.get(path, {}), **own} for path in method_paths(key)}
    return [
        apigateway.MethodSettings(
            # No path and no stage name has `=`, so that names stay apart.
            name if path == "*/*" else f"{name}{'=' if spec.place else '-'}{path}",
            rest_api=api.id,
            stage_name=made.stage_name,
            method_path=path,
            settings=values,  # pyright: ignore[reportArgumentType] - assembled from two layers
            opts=opts,
        )
        for path, values in settings.items()
    ]


def mapping(
    name: str,
    domain_name: pulumi.Input[str],
    base_path: str,
    made: apigateway.Stage,
    opts: pulumi.ResourceOptions,
) -> apigateway.BasePathMapping:
    """Lead from a path of the gateway's own domain to another stage."""
    return apigateway.BasePathMapping(
        name,
        domain_name=domain_name,
        rest_api=made.rest_api,
        stage_name=made.stage_name,
        base_path=base_path,
        opts=opts,
    )


def permissions(
    name: str,
    spec: StageSpec,
    api: apigateway.RestApi,
    varied: Collection[str],
    opts: pulumi.ResourceOptions,
    *,
    plain: bool = False,
) -> list[lambda_.Permission]:
    """Let this stage, and nothing else, invoke each function: one permission a function, whatever its routes.

    With `plain` the document holds whole ARNs, so that a function may be of another account or region.
    """
    invoked = {f"{name}-{key}": (key, function) for key, function in spec.functions.items()}
    if spec.canary:
        invoked |= {f"{name}-{key}-canary": (key, function) for key, function in spec.canary.functions.items()}
    return [
        lambda_.Permission(
            logical_name,
            action="lambda:InvokeFunction",
            function=_unqualified(function),
            qualifier=_qualifier(function),
            principal="apigateway.amazonaws.com",
            source_arn=_source(
                api, spec.name, function, at_home=key in varied or not (plain or isinstance(function, str))
            ),
            opts=opts,
        )
        for logical_name, (key, function) in invoked.items()
    ]


def _source(
    api: apigateway.RestApi, stage_name: str, function: pulumi.Input[str], *, at_home: bool
) -> pulumi.Output[str]:
    if not at_home:
        return pulumi.Output.concat(api.execution_arn, f"/{stage_name}/*/*")
    return pulumi.Output.all(api.execution_arn, function).apply(
        lambda both: f"{_same_home(both[0], both[1])}/{stage_name}/*/*"
    )


def _same_home(execution_arn: str, function: str) -> str:
    """Refuse a deployed ARN that the document's `${AWS::Region}` and `${AWS::AccountId}` would misread."""
    if function.startswith("arn:") and function.split(":")[3:5] != execution_arn.split(":")[3:5]:
        home = ":".join(execution_arn.split(":")[3:5])
        message = f"functions: given {function!r}; allowed: a function of {home}, or its ARN as a plain text"
        raise ValueError(message)
    return execution_arn


def _unqualified(function: pulumi.Input[str]) -> pulumi.Input[str]:
    def cut(value: str) -> str:
        name = function_name(value)
        return value.removesuffix(name) + name.split(":")[0]

    return cut(function) if isinstance(function, str) else pulumi.Output.from_input(function).apply(cut)


def _qualifier(function: pulumi.Input[str]) -> pulumi.Input[str] | None:
    def cut(value: str) -> str | None:
        return function_name(value).partition(":")[2] or None

    if isinstance(function, str):
        return cut(function)
    return pulumi.Output.from_input(function).apply(cut)  # pyright: ignore[reportReturnType] - None is "unset" to the provider
