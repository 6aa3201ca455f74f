"""A stage with its layers: what it waits for, itself, and what protects it before anything leads to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import pulumi
from pulumi_aws import apigateway

from ..account import GatewayAccount
from ..layers.auth import Auth
from ..layers.keys import Keys
from ..layers.observability import Observability, ObservedStage
from ..layers.tls import DomainNames, PrivateAccess, ServedStage, Tls
from ..layers.waf import Waf
from ..naming import former_name
from ..openapi.document import Content
from ..openapi.document import variables as document_variables
from ..spec import GatewaySpec
from ..stages import StageSpec
from .permissions import create_document_permissions, create_permissions
from .rest_api import execution_arn
from .service_roles import Roles
from .stage import create_method_settings, create_stage
from .vpc_links import VpcLinks


class LayerPosture(TypedDict):
    """What one layer really does."""

    enforced: list[str]
    """What is in force, one line each."""

    waived: str
    """The reason why the layer is off, or empty."""


class StageOutputs(TypedDict):
    """What became of one stage. What is not there is empty."""

    url: str
    """Where callers reach it."""

    arn: str
    """ARN of the stage, as the WAF knows it."""

    web_acl_arn: str
    """ARN of the web ACL in front of it."""

    access_log_group_name: str
    """Name of the access log's group."""

    execution_log_group_name: str
    """Name of the execution log's group."""

    alarm_arns: dict[str, str]
    """ARNs of its alarms, by name."""

    alarm_topic_arn: str
    """ARN of the SNS topic that they notify."""

    domain_name: str
    """Its custom domain name."""

    domain_target: str
    """The AWS name that the domain's DNS records must point to."""

    posture: dict[str, LayerPosture]
    """By layer, what is in force, or why it was waived. `verified` says when the stack was last compared with AWS, if
    `verification_file` is given."""


@dataclass(frozen=True, kw_only=True)
class SharedResources:
    """What all stages of a gateway share."""

    spec: GatewaySpec
    content: Content
    rest_api: apigateway.RestApi
    deployed: apigateway.Deployment
    auth: Auth
    roles: Roles
    vpc_links: VpcLinks
    account: GatewayAccount | None
    access: PrivateAccess | None
    """Through what callers reach the domains of a private API."""
    former_names: tuple[str, ...]
    """Former names of the gateway, from its aliases."""


@dataclass(frozen=True, kw_only=True)
class StageWithLayers:
    """A stage and its layers, with an output for each field of `StageOutputs`."""

    stage: apigateway.Stage
    waf: Waf | None
    keys: Keys | None
    tls: Tls | None
    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    web_acl_arn: pulumi.Output[str]
    access_log_group_name: pulumi.Output[str]
    execution_log_group_name: pulumi.Output[str]
    alarm_arns: pulumi.Output[dict[str, str]]
    alarm_topic_arn: pulumi.Output[str]
    domain_name: pulumi.Output[str]
    domain_target: pulumi.Output[str]
    posture: dict[str, LayerPosture]

    def outputs(self) -> pulumi.Output[StageOutputs]:
        """All outputs of the stage together."""
        return pulumi.Output.from_input({name: getattr(self, name) for name in StageOutputs.__annotations__})  # pyright: ignore[reportReturnType] - the fields of StageOutputs


def create_stage_with_layers(
    name: str, spec: StageSpec, shared: SharedResources, own: StageWithLayers | None, parent: pulumi.Resource
) -> StageWithLayers:
    """Create a stage and its layers; `own` is the gateway's own stage, whose web ACL and domain others may share."""
    prefix, rest_api = spec.prefix(name), shared.rest_api
    child = pulumi.ResourceOptions(parent=parent)
    formerly = pulumi.ResourceOptions.merge(child, former_name(prefix, spec.former_prefix(name)))
    permissions = create_permissions(name, spec, rest_api, shared.spec.varied, child, plain=shared.spec.plain_arns)
    permissions += create_document_permissions(prefix, spec, rest_api, shared.spec.document_functions, child)
    # The gateway's web ACL may protect several stages, so it is named after the gateway.
    waf = _waf(prefix if spec.args_path else name, spec, own, child)
    authorizers = tuple(sorted(each.function_name for each in shared.spec.auth.builtins.values()))
    observability = _observability(prefix, spec, rest_api, waf, authorizers, formerly)
    before: list[pulumi.Resource] = [
        *permissions,
        *shared.roles.resources,
        *shared.vpc_links.resources,
        *([shared.account] if shared.account else []),
        *(waf.resources if waf else []),
        *(observability.resources if observability else []),
    ]
    stage = create_stage(
        prefix,
        spec,
        rest_api,
        shared.deployed,
        {
            **spec.variables,
            **document_variables(shared.content, spec.functions),
            **shared.auth.variables,
            **shared.roles.variables,
        },
        {
            "destination_arn": observability.access_log_destination_arn,
            "format": observability.access_log_format,
        }
        if observability
        else None,
        pulumi.ResourceOptions.merge(formerly, pulumi.ResourceOptions(depends_on=before)),
    )
    settings = create_method_settings(name, spec, rest_api, stage, child)

    keys = (
        Keys.from_spec(prefix, spec.keys, rest_api.id, stage.stage_name, formerly)
        if spec.keys.plans or spec.keys.keys
        else None
    )
    association = waf.protect(stage.arn, prefix, spec.former_prefix(name)) if waf else None
    # Nothing exposes the stage under a name of its own before its protections exist.
    protections = [stage, *settings, *([association] if association else []), *([keys] if keys else [])]
    after_protections = pulumi.ResourceOptions(depends_on=protections)
    served = ServedStage(api_id=rest_api.id, name=stage.stage_name)
    names = DomainNames(gateway=name, former_gateways=shared.former_names, former_prefix=spec.former_prefix(name))
    tls = (
        Tls.from_spec(
            prefix,
            spec.tls,
            served,
            names,
            pulumi.ResourceOptions.merge(formerly, after_protections),
            shared.access,
        )
        if spec.tls.has_domain
        else None
    )
    url = tls.url if tls else stage.invoke_url
    if spec.base_path and own and own.tls:
        own.tls.lead(spec.base_path, served, prefix, parent, after_protections)
    if spec.routing_rule and own and own.tls:
        own.tls.route(spec.routing_rule, served, after_protections)
    path = spec.base_path or (spec.routing_rule.base_path if spec.routing_rule else "")
    if spec.is_under_own_domain and own and own.tls and tls is None:
        url = own.tls.domain_name.apply(lambda host: f"https://{host}/{path}".rstrip("/"))
    empty = pulumi.Output.from_input("")
    return StageWithLayers(
        stage=stage,
        waf=waf,
        keys=keys,
        tls=tls,
        url=url,
        arn=stage.arn,
        web_acl_arn=waf.web_acl_arn if waf else empty,
        access_log_group_name=observability.access_log_group_name if observability else empty,
        execution_log_group_name=observability.execution_log_group_name if observability else empty,
        alarm_arns=observability.alarm_arns if observability else pulumi.Output.from_input({}),
        alarm_topic_arn=observability.topic_arn if observability else empty,
        domain_name=tls.domain_name if tls else empty,
        domain_target=tls.domain_target if tls else empty,
        posture=posture(shared.spec, spec),
    )


def _waf(prefix: str, spec: StageSpec, own: StageWithLayers | None, opts: pulumi.ResourceOptions) -> Waf | None:
    if spec.waf.waived:
        return None
    return own.waf if own and not spec.own_waf else Waf.from_spec(prefix, spec.waf, opts)


def _observability(
    prefix: str,
    spec: StageSpec,
    rest_api: apigateway.RestApi,
    waf: Waf | None,
    authorizers: tuple[str, ...],
    opts: pulumi.ResourceOptions,
) -> Observability | None:
    if spec.observability.waived:
        return None
    stage = ObservedStage(
        api_id=rest_api.id,
        api_name=rest_api.name,
        stage_name=spec.name,
        execution_arn=execution_arn(rest_api),
        web_acl_metric=waf.metric_name if waf and spec.watches_web_acl else None,
        authorizers=authorizers,
    )
    return Observability.from_spec(prefix, spec.observability, stage, opts)


def posture(spec: GatewaySpec, stage: StageSpec) -> dict[str, LayerPosture]:
    """What is in force on a stage, according to its spec."""

    def layer(lines: Sequence[str], waived: str | None = None) -> LayerPosture:
        return {"enforced": [] if waived else list(lines), "waived": waived or ""}

    by_kind: dict[str, int] = {}
    for route in spec.routes:
        what = route.authorizer or "public"
        by_kind[what] = by_kind.get(what, 0) + 1
    routes = [f"{count} route{'s' if count > 1 else ''}: {what}" for what, count in sorted(by_kind.items())]
    public = [f"public {route.key}: {route.public}" for route in spec.routes if route.public]
    observability = [*stage.observability.posture(web_acl=stage.watches_web_acl), *spec.account.posture()]
    return {
        "auth": layer([*routes, *public, *spec.auth.posture(), *stage.posture()]),
        "keys": layer(stage.keys.posture(), stage.keys.waived),
        "network": layer(spec.network.posture(), spec.network.waived),
        "waf": layer(stage.waf.posture(), stage.waf.waived),
        "observability": layer(observability, stage.observability.waived),
        "tls": layer(stage.tls.posture()),
        **({"verified": layer([spec.verification_file])} if spec.verification_file else {}),
    }
