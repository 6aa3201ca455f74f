"""The gateway: feed (what the API refers to), create (document, API, stage), attach (what protects the stage)."""

from collections.abc import Sequence
from typing import Any, TypedDict

import pulumi

from . import api
from .account import GatewayAccount
from .args import SecureGatewayArgs
from .document import Content, build
from .document import variables as document_variables
from .layers import auth, keys, network
from .layers.auth import Auth
from .layers.keys import Keys
from .layers.network import Network
from .layers.observability import Observability
from .layers.tls import Tls
from .layers.waf import Waf
from .spec import GatewaySpec, parse


class LayerPosture(TypedDict):
    """What one layer really does."""

    enforced: list[str]
    """What is in force, one line each."""

    waived: str
    """The reason why the layer is off, or empty."""


class SecureGateway(pulumi.ComponentResource):
    """A REST API behind six layers: authentication, keys, network, WAF, observability, TLS."""

    url: pulumi.Output[str]
    """Where callers reach the API: the custom domain if there is one, else the stage's execute-api address."""

    api_id: pulumi.Output[str]
    """Id of the REST API."""

    api_name: pulumi.Output[str]
    """Name of the REST API, the `ApiName` dimension of its metrics."""

    stage_name: pulumi.Output[str]
    """Name of the stage."""

    stage_arn: pulumi.Output[str]
    """ARN of the stage, as the WAF knows it."""

    execution_arn: pulumi.Output[str]
    """ARN below which IAM policies and Lambda permissions name the API's routes."""

    document: pulumi.Output[str]
    """The OpenAPI document that AWS imports, as JSON."""

    openapi_dropped: pulumi.Output[list[str]]
    """What of your own OpenAPI document means nothing to API Gateway and was left out, by its place."""

    posture: pulumi.Output[dict[str, LayerPosture]]
    """By layer, what is in force, or why it was waived."""

    user_pool_ids: pulumi.Output[dict[str, str]]
    """Ids of the created Cognito user pools, by authorizer."""

    user_pool_client_ids: pulumi.Output[dict[str, str]]
    """Ids of the created app clients, by `authorizer/client`."""

    user_pool_client_secrets: pulumi.Output[dict[str, str]]
    """Secrets of the created machine clients, by `authorizer/client`; secret."""

    invoke_policy_arns: pulumi.Output[dict[str, str]]
    """ARNs of the IAM policies that grant `execute-api:Invoke`, by name."""

    api_key_values: pulumi.Output[dict[str, str]]
    """Values of the API keys, by name; secret."""

    vpc_endpoint_ids: pulumi.Output[list[str]]
    """Ids of the interface endpoints through which a private API is reached."""

    web_acl_arn: pulumi.Output[str]
    """ARN of the web ACL in front of the stage; empty if the layer is waived."""

    access_log_group_name: pulumi.Output[str]
    """Name of the access log's group; empty if the layer is waived."""

    execution_log_group_name: pulumi.Output[str]
    """Name of the execution log's group; empty if the layer is waived."""

    alarm_arns: pulumi.Output[dict[str, str]]
    """ARNs of the alarms, by name."""

    alarm_topic_arn: pulumi.Output[str]
    """ARN of the SNS topic that the alarms notify; empty if there is none."""

    domain_name: pulumi.Output[str]
    """The custom domain name, or empty."""

    domain_target: pulumi.Output[str]
    """The AWS name that the domain's DNS records must point to, or empty."""

    def __init__(self, name: str, args: SecureGatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the gateway, or raise `ArgsError` with every mistake before anything is registered."""
        spec = parse(name, args)
        super().__init__("secure-gateway:index:SecureGateway", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        # Feed.
        account = GatewayAccount(name, {"ensure": True}, child) if spec.account.ensure else None
        from_where = None if spec.network.waived else Network(name, _layer(args, "network"), child)
        endpoints = (
            (from_where.known_endpoint_ids or from_where.vpc_endpoint_ids)
            if from_where and spec.network.private
            else None
        )
        document = _document(spec, endpoints)

        # Create.
        rest_api = api.rest_api(name, spec, document, endpoints, child)
        if from_where:
            from_where.admit(rest_api.execution_arn)
        who = Auth(name, _layer(args, "auth", execution_arn=rest_api.execution_arn), child)
        permissions = api.permissions(name, spec, rest_api, child)
        waf = None if spec.waf.waived else Waf(name, _layer(args, "waf"), child)
        seen = None if spec.observability.waived else _observability(name, spec, args, rest_api, child)
        deployed = api.deployment(name, spec, rest_api, document, endpoints, child)
        before: list[pulumi.Resource] = [
            *permissions,
            *([account] if account else []),
            *(waf.resources if waf else []),
            *(seen.resources if seen else []),
        ]
        stage = api.stage(
            name,
            spec,
            rest_api,
            deployed,
            {**document_variables(_content(spec)), **who.variables},
            {"destination_arn": seen.access_log_group_arn, "format": seen.access_log_format} if seen else None,
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        settings = api.method_settings(name, spec, rest_api, stage, child)

        # Attach.
        attached = {"api_id": rest_api.id, "stage_name": stage.stage_name}
        much = Keys(name, _layer(args, "keys", **attached), child) if spec.keys.plans or spec.keys.keys else None
        association = waf.protect(stage.arn) if waf else None
        # Nothing exposes the stage under its own name before its protections exist.
        protections = [stage, *settings, *([association] if association else []), *([much] if much else [])]
        last = pulumi.ResourceOptions(parent=self, depends_on=protections)
        tls = Tls(name, _layer(args, "tls", **attached), last) if spec.tls.domain else None

        # Output.
        none: pulumi.Output[dict[str, str]] = pulumi.Output.from_input({})
        empty = pulumi.Output.from_input("")
        self.url = tls.url if tls else stage.invoke_url
        self.api_id = rest_api.id
        self.api_name = rest_api.name
        self.stage_name = stage.stage_name
        self.stage_arn = stage.arn
        self.execution_arn = rest_api.execution_arn
        self.document = pulumi.Output.from_input(api.canonical(document))
        self.openapi_dropped = pulumi.Output.from_input(_dropped(spec, self))
        self.posture = pulumi.Output.from_input(_posture(spec))
        self.user_pool_ids = who.user_pool_ids
        self.user_pool_client_ids = who.user_pool_client_ids
        self.user_pool_client_secrets = who.user_pool_client_secrets
        self.invoke_policy_arns = who.invoke_policy_arns
        self.api_key_values = much.api_key_values if much else none
        self.vpc_endpoint_ids = from_where.vpc_endpoint_ids if from_where else pulumi.Output.from_input([])
        self.web_acl_arn = waf.web_acl_arn if waf else empty
        self.access_log_group_name = seen.access_log_group_name if seen else empty
        self.execution_log_group_name = seen.execution_log_group_name if seen else empty
        self.alarm_arns = seen.alarm_arns if seen else none
        self.alarm_topic_arn = seen.topic_arn if seen else empty
        self.domain_name = tls.domain_name if tls else empty
        self.domain_target = tls.domain_target if tls else empty
        self.register_outputs({each: getattr(self, each) for each in SecureGateway.__annotations__})


def _dropped(spec: GatewaySpec, gateway: SecureGateway) -> list[str]:
    dropped = list(spec.own.dropped) if spec.own else []
    if dropped:
        pulumi.log.info(f"left out of the OpenAPI document: {', '.join(dropped)}", gateway)
    return dropped


def _layer(args: SecureGatewayArgs, field_name: str, **attached: pulumi.Input[str]) -> Any:
    """A layer's args as the caller wrote them, which `parse` has checked, and what the layer is attached to."""
    own: Any = args.get(field_name) or {}
    return {**own, **attached}


def _content(spec: GatewaySpec) -> Content:
    own = spec.own
    return Content(
        title=spec.api_name,
        description=spec.description,
        routes=spec.routes,
        securities={
            route.key: [
                *(spec.auth.security(route.authorizer, route.scopes) if route.authorizer else []),
                *(keys.security() if route.api_key else []),
            ]
            for route in spec.routes
        },
        functions=spec.functions,
        plain_arns=spec.plain_arns,
        cors=spec.cors,
        info=own.info if own else {},
        components=own.components if own else {},
    )


def _document(spec: GatewaySpec, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    fragments = [auth.fragment(spec.auth, spec.authorizers)]
    if any(route.api_key for route in spec.routes):
        fragments.append(keys.fragment(spec.keys))
    if not spec.network.waived:
        fragments.append(network.fragment(spec.network, spec.kinds, endpoints))
    return build(_content(spec), fragments)


def _observability(name: str, spec: GatewaySpec, args: SecureGatewayArgs, rest_api: Any, opts: Any) -> Observability:
    return Observability(
        name,
        _layer(
            args,
            "observability",
            api_id=rest_api.id,
            api_name=rest_api.name,
            execution_arn=rest_api.execution_arn,
            stage_name=spec.stage,
        ),
        opts,
    )


def _posture(spec: GatewaySpec) -> dict[str, LayerPosture]:
    """What is in force, from what was decided, never from what was hoped."""

    def layer(lines: Sequence[str], waived: str | None = None) -> LayerPosture:
        return {"enforced": [] if waived else list(lines), "waived": waived or ""}

    by_kind: dict[str, int] = {}
    for route in spec.routes:
        what = route.authorizer or "public"
        by_kind[what] = by_kind.get(what, 0) + 1
    routes = [f"{count} route{'s' if count > 1 else ''}: {what}" for what, count in sorted(by_kind.items())]
    public = [f"public {route.key}: {route.public}" for route in spec.routes if route.public]
    return {
        "auth": layer([*routes, *public, *spec.auth.posture()]),
        "keys": layer(spec.keys.posture(), spec.keys.waived),
        "network": layer(spec.network.posture(), spec.network.waived),
        "waf": layer(spec.waf.posture(), spec.waf.waived),
        "observability": layer([*spec.observability.posture(), *spec.account.posture()], spec.observability.waived),
        "tls": layer(spec.tls.posture()),
    }
