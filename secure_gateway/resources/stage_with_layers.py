"""A stage with its layers: what it waits for, itself, and what protects it before anything leads to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi
from pulumi_aws import apigateway

from ..account import GatewayAccount
from ..layers.auth import Auth
from ..layers.keys import Keys
from ..layers.observability import Observability
from ..layers.tls import Tls
from ..layers.waf import Waf
from ..openapi.document import Content
from ..openapi.document import variables as document_variables
from ..spec import GatewaySpec
from ..stages import StageSpec
from .permissions import create_permissions
from .service_roles import Roles
from .stage import create_mapping, create_method_settings, create_stage


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
    """By layer, what is in force, or why it was waived."""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What all stages share."""

    spec: GatewaySpec
    content: Content
    rest_api: apigateway.RestApi
    deployed: apigateway.Deployment
    auth: Auth
    roles: Roles
    account: GatewayAccount | None


@dataclass(frozen=True, kw_only=True)
class Served:
    """A stage and its layers, made."""

    spec: StageSpec
    stage: apigateway.Stage
    waf: Waf | None
    observability: Observability | None
    keys: Keys | None
    tls: Tls | None
    url: pulumi.Output[str]

    @property
    def web_acl_arn(self) -> pulumi.Output[str]:
        """ARN of the web ACL, or empty."""
        return self.waf.web_acl_arn if self.waf else _empty()

    @property
    def access_log_group_name(self) -> pulumi.Output[str]:
        """Name of the access log's group, or empty."""
        return self.observability.access_log_group_name if self.observability else _empty()

    @property
    def execution_log_group_name(self) -> pulumi.Output[str]:
        """Name of the execution log's group, or empty."""
        return self.observability.execution_log_group_name if self.observability else _empty()

    @property
    def alarm_arns(self) -> pulumi.Output[dict[str, str]]:
        """ARNs of the alarms, by name."""
        return self.observability.alarm_arns if self.observability else pulumi.Output.from_input({})

    @property
    def alarm_topic_arn(self) -> pulumi.Output[str]:
        """ARN of the topic that the alarms notify, or empty."""
        return self.observability.topic_arn if self.observability else _empty()

    @property
    def domain_name(self) -> pulumi.Output[str]:
        """The custom domain name, or empty."""
        return self.tls.domain_name if self.tls else _empty()

    @property
    def domain_target(self) -> pulumi.Output[str]:
        """The AWS name that the domain's records must point to, or empty."""
        return self.tls.domain_target if self.tls else _empty()

    def outputs(self, spec: GatewaySpec) -> pulumi.Output[StageOutputs]:
        """What became of the stage."""
        found: dict[str, Any] = {
            "url": self.url,
            "arn": self.stage.arn,
            "web_acl_arn": self.web_acl_arn,
            "access_log_group_name": self.access_log_group_name,
            "execution_log_group_name": self.execution_log_group_name,
            "alarm_arns": self.alarm_arns,
            "alarm_topic_arn": self.alarm_topic_arn,
            "domain_name": self.domain_name,
            "domain_target": self.domain_target,
            "posture": posture(spec, self.spec),
        }
        return pulumi.Output.from_input(found)  # pyright: ignore[reportReturnType] - the fields of StageOutputs


def _empty() -> pulumi.Output[str]:
    return pulumi.Output.from_input("")


def serve(name: str, spec: StageSpec, whole: Whole, own: Served | None, parent: pulumi.Resource) -> Served:
    """Make a stage and its layers; `own` is the gateway's own stage, whose web ACL and domain others may share."""
    prefix, rest_api = spec.prefix(name), whole.rest_api
    child = pulumi.ResourceOptions(parent=parent)
    permissions = create_permissions(prefix, spec, rest_api, whole.spec.varied, child, plain=whole.spec.plain_arns)
    waf = _waf(prefix, spec, own, child)
    seen = None if spec.observability.waived else _observability(prefix, spec, rest_api, waf, child)
    before: list[pulumi.Resource] = [
        *permissions,
        *whole.roles.resources,
        *([whole.account] if whole.account else []),
        *(waf.resources if waf else []),
        *(seen.resources if seen else []),
    ]
    stage = create_stage(
        prefix,
        spec,
        rest_api,
        whole.deployed,
        {
            **spec.variables,
            **document_variables(whole.content, spec.functions),
            **whole.auth.variables,
            **whole.roles.variables,
        },
        {"destination_arn": seen.access_log_destination_arn, "format": seen.access_log_format} if seen else None,
        pulumi.ResourceOptions(parent=parent, depends_on=before),
    )
    settings = create_method_settings(prefix, spec, rest_api, stage, child)

    attached = {"api_id": rest_api.id, "stage_name": stage.stage_name}
    much = Keys(prefix, _counting(spec, attached), child) if spec.keys.plans or spec.keys.keys else None
    association = waf.protect(stage.arn, prefix) if waf else None
    # Nothing exposes the stage under a name of its own before its protections exist.
    protections = [stage, *settings, *([association] if association else []), *([much] if much else [])]
    last = pulumi.ResourceOptions(parent=parent, depends_on=protections)
    tls = Tls(prefix, _layer(spec, "tls", attached), last) if spec.tls.domain else None
    url = tls.url if tls else stage.invoke_url
    if spec.base_path and own and own.tls:
        create_mapping(prefix, own.tls.domain_name, spec.base_path, stage, last)
        if tls is None:
            url = own.tls.domain_name.apply(lambda host: f"https://{host}/{spec.base_path}")
    return Served(spec=spec, stage=stage, waf=waf, observability=seen, keys=much, tls=tls, url=url)


def _layer(spec: StageSpec, layer: str, attached: Mapping[str, pulumi.Input[str]]) -> Any:
    """A layer's args as the caller wrote them, which `parse` has checked, and what the layer is attached to."""
    return {**spec.args[layer], **attached}


def _counting(spec: StageSpec, attached: Mapping[str, pulumi.Input[str]]) -> Any:
    """Plans and keys; the stage's own throttling stands in its method settings already."""
    given = {name: value for name, value in spec.args["keys"].items() if name in ("plans", "keys", "source")}
    return {**given, **attached}


def _waf(prefix: str, spec: StageSpec, own: Served | None, opts: pulumi.ResourceOptions) -> Waf | None:
    if spec.waf.waived:
        return None
    return own.waf if own and not spec.own_waf else Waf(prefix, _layer(spec, "waf", {}), opts)


def _observability(
    prefix: str, spec: StageSpec, rest_api: apigateway.RestApi, waf: Waf | None, opts: pulumi.ResourceOptions
) -> Observability:
    attached: dict[str, pulumi.Input[str]] = {
        "api_id": rest_api.id,
        "api_name": rest_api.name,
        "execution_arn": rest_api.execution_arn,
        "stage_name": spec.name,
    }
    if waf and spec.watches_web_acl:
        attached["web_acl_metric"] = waf.metric_name
    return Observability(prefix, _layer(spec, "observability", attached), opts)


def posture(spec: GatewaySpec, stage: StageSpec) -> dict[str, LayerPosture]:
    """What is in force on a stage, from what was decided, never from what was hoped."""

    def layer(lines: Sequence[str], waived: str | None = None) -> LayerPosture:
        return {"enforced": [] if waived else list(lines), "waived": waived or ""}

    by_kind: dict[str, int] = {}
    for route in spec.routes:
        what = route.authorizer or "public"
        by_kind[what] = by_kind.get(what, 0) + 1
    routes = [f"{count} route{'s' if count > 1 else ''}: {what}" for what, count in sorted(by_kind.items())]
    public = [f"public {route.key}: {route.public}" for route in spec.routes if route.public]
    seen = [*stage.observability.posture(web_acl=stage.watches_web_acl), *spec.account.posture()]
    return {
        "auth": layer([*routes, *public, *spec.auth.posture(), *stage.posture()]),
        "keys": layer(stage.keys.posture(), stage.keys.waived),
        "network": layer(spec.network.posture(), spec.network.waived),
        "waf": layer(stage.waf.posture(), stage.waf.waived),
        "observability": layer(seen, stage.observability.waived),
        "tls": layer(stage.tls.posture()),
    }
