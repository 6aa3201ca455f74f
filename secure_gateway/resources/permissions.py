"""Permissions that let a stage invoke Lambda functions."""

from collections.abc import Collection

import pulumi
from pulumi_aws import apigateway, lambda_

from ..naming import former_name
from ..openapi import InvokedFunction
from ..openapi.document import function_name
from ..routes import slug
from ..stages import StageSpec
from .rest_api import execution_arn


def create_permissions(
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
    invoked = {f"-{key}": (key, function) for key, function in spec.functions.items()}
    if spec.canary:
        invoked |= {f"-{key}-canary": (key, function) for key, function in spec.canary.functions.items()}
    prefix, former = spec.prefix(name), spec.former_prefix(name)
    return [
        lambda_.Permission(
            prefix + suffix,
            action="lambda:InvokeFunction",
            function=_unqualified(function),
            qualifier=_qualifier(function),
            principal="apigateway.amazonaws.com",
            source_arn=_source(
                api, spec.name, function, at_home=key in varied or not (plain or isinstance(function, str))
            ),
            opts=pulumi.ResourceOptions.merge(opts, former_name(prefix + suffix, former + suffix)),
        )
        for suffix, (key, function) in invoked.items()
    ]


def create_document_permissions(
    name: str,
    stage: StageSpec,
    api: apigateway.RestApi,
    functions: Collection[InvokedFunction],
    opts: pulumi.ResourceOptions,
) -> list[lambda_.Permission]:
    """Let this stage invoke the functions that the user's own document names: one permission a function."""
    variables = {f"{name}-document-{slug(each.label)}": (each, stage.variables) for each in functions}
    for each in functions:
        if stage.canary and each.variables & stage.canary.variables.keys():
            changed = {**stage.variables, **stage.canary.variables}
            variables[f"{name}-document-{slug(each.label)}-canary"] = each, changed
    permissions: list[lambda_.Permission] = []
    for logical_name, (each, values) in variables.items():
        function, qualifier = each.resolved(values)
        permissions.append(
            lambda_.Permission(
                logical_name,
                action="lambda:InvokeFunction",
                function=function,
                qualifier=qualifier,
                principal="apigateway.amazonaws.com",
                source_arn=_document_source(api, stage.name, each),
                opts=opts,
            )
        )
    return permissions


def _document_source(api: apigateway.RestApi, stage_name: str, function: InvokedFunction) -> pulumi.Output[str]:
    def source(execution_arn: str) -> str:
        region, account = execution_arn.split(":")[3:5]
        if (function.account or account) != account or (function.region or region) != region:
            message = (
                f"openapi: {function.label!r} is not a function of the API's own account and region: if AWS rejects "
                "its permission, create it there and list the function in `permitted_functions` of `openapi`"
            )
            pulumi.log.warn(message)
        return f"{execution_arn}/{stage_name}/*/*"

    return execution_arn(api).apply(source)


def _source(
    api: apigateway.RestApi, stage_name: str, function: pulumi.Input[str], *, at_home: bool
) -> pulumi.Output[str]:
    if not at_home:
        return pulumi.Output.concat(execution_arn(api), f"/{stage_name}/*/*")
    return pulumi.Output.all(execution_arn(api), function).apply(
        lambda both: f"{_same_home(both[0], both[1])}/{stage_name}/*/*"
    )


def _same_home(execution_arn: str, function: str) -> str:
    """Refuse a deployed ARN that the document's `${AWS::Region}` and `${AWS::AccountId}` would misread."""
    if function.startswith("arn:") and function.split(":")[3:5] != execution_arn.split(":")[3:5]:
        home = ":".join(execution_arn.split(":")[3:5])
        message = f"functions: {function!r} is not a function of {home}: give its ARN as a plain string"
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
