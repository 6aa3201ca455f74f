"""A stage and its method settings."""

from collections.abc import Mapping

import pulumi
from pulumi_aws import apigateway

from ..layers.keys import method_paths
from ..naming import former_name
from ..openapi.document import named
from ..stages import StageSpec


def create_stage(
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


def create_method_settings(
    name: str,
    spec: StageSpec,
    api: apigateway.RestApi,
    made: apigateway.Stage,
    opts: pulumi.ResourceOptions,
) -> list[apigateway.MethodSettings]:
    """Set logging, metrics and throttling of all methods, and again of each route with settings of its own.

    A route's settings stand alone in AWS: what they leave out falls back to AWS's default, not to the stage's. A stage
    that is deleted keeps its settings to the end.
    """
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(deleted_with=made))
    common = {**spec.observability.method_settings(), **spec.keys.method_settings()}
    prefix, former = spec.prefix(name), spec.former_prefix(name)
    settings = {"*/*": common} if common else {}
    cached = {key: each.settings() for key, each in spec.cache.routes.items()} if spec.cache else {}
    throttles = spec.keys.route_throttles
    # ANY before the methods, whose settings are their own.
    for key in sorted({*throttles, *cached}):
        own = {**throttles.get(key, {}), **cached.get(key, {})}
        settings |= {path: {**common, **settings.get(path, {}), **own} for path in method_paths(key)}
    return [
        apigateway.MethodSettings(
            # No path and no stage name has `=`, so that names stay apart.
            prefix if path == "*/*" else f"{prefix}={path}",
            rest_api=api.id,
            stage_name=made.stage_name,
            method_path=path,
            settings=values,  # pyright: ignore[reportArgumentType] - assembled from two layers
            opts=pulumi.ResourceOptions.merge(
                opts,
                former_name(prefix, former)
                if path == "*/*"
                else former_name(f"{prefix}={path}", f"{former}{'=' if spec.args_path else '-'}{path}"),
            ),
        )
        for path, values in settings.items()
    ]
