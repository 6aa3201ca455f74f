"""Builds a gateway: first what the API refers to, then the API and its deployment, then each stage with its layers."""

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Unpack

import pulumi
from pulumi_aws import apigateway

from .account import GatewayAccount
from .args import NO_ARGS, SecureGatewayArgs
from .layers import auth, keys, network, tls
from .layers.auth import Auth
from .layers.network import Network
from .locations import Location, configured
from .locations import check as check_location
from .naming import former_names
from .openapi.document import Content, build
from .openapi.document import variables as document_variables
from .parse import parse
from .quotas import check_document, check_variables
from .resources.rest_api import canonical, create_document_and_deployment, create_rest_api, execution_arn
from .resources.service_roles import Roles, create_service_roles
from .resources.stage_with_layers import (
    LayerPosture,
    SharedResources,
    StageOutputs,
    StageWithLayers,
    create_stage_with_layers,
)
from .resources.vpc_links import VpcLinks, create_vpc_links
from .spec import GatewaySpec
from .tags import inheriting
from .validation.claims import claim
from .validation.keywords import args_given
from .validation.problems import Problems


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
    """Paths of the parts of your OpenAPI document that API Gateway does not use and that were left out."""

    posture: pulumi.Output[dict[str, LayerPosture]]
    """By layer, what is in force, or why it was waived. `verified` says when the stack was last compared with AWS, if
    `verification_file` is given."""

    user_pool_ids: pulumi.Output[dict[str, str]]
    """Ids of the created Cognito user pools, by authorizer."""

    user_pool_client_ids: pulumi.Output[dict[str, str]]
    """Ids of the created app clients, by `authorizer/client`."""

    user_pool_client_secrets: pulumi.Output[dict[str, str]]
    """Secrets of the created clients that have one, by `authorizer/client`; secret."""

    sign_in_urls: pulumi.Output[dict[str, str]]
    """Where the created pools' hosted endpoints are, by authorizer."""

    sign_in_targets: pulumi.Output[dict[str, str]]
    """The AWS names that sign-in domains of your own must point to, by authorizer."""

    invoke_policy_arns: pulumi.Output[dict[str, str]]
    """ARNs of the IAM policies that grant `execute-api:Invoke`, by name."""

    invoke_policy_documents: pulumi.Output[dict[str, str]]
    """The same policies as JSON, by name, for roles of another account."""

    api_key_values: pulumi.Output[dict[str, str]]
    """Values of the API keys, by name; secret."""

    vpc_endpoint_ids: pulumi.Output[list[str]]
    """Ids of the interface endpoints through which a private API is reached."""

    vpc_link_ids: pulumi.Output[dict[str, str]]
    """Ids of the created VPC links, by name."""

    vpc_link_security_group_ids: pulumi.Output[dict[str, str]]
    """Ids of the security groups created for VPC links, by the name of the link: those of the load balancers must let
    them in."""

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

    domain_arn: pulumi.Output[str]
    """ARN of the custom domain, or empty. It identifies a private domain: other gateways share it by its ARN, and AWS
    RAM shares it with other accounts."""

    stages: pulumi.Output[dict[str, StageOutputs]]
    """By name, what each stage is reached by, protected by and seen by; the gateway's own among them."""

    deployment_id: pulumi.Output[str]
    """Id of the deployment that all stages serve."""

    def __init__(
        self,
        name: str,
        args: SecureGatewayArgs = NO_ARGS,
        opts: pulumi.ResourceOptions | None = None,
        **options: Unpack[SecureGatewayArgs],
    ) -> None:
        """Make the gateway, or raise `ArgsError` with every mistake before anything is registered.

        The args are given as one object (`args`) or as keywords, such as `routes=[...], network={...}`.
        """
        spec, former = _parsed(name, args_given(name, args, options), opts), former_names(name, opts)
        content = _content(spec)
        _check_quotas(name, spec, content)
        opts = inheriting(opts, spec.tags, spec.permissions_boundary_arn)
        super().__init__("secure-gateway:index:SecureGateway", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        account = GatewayAccount(name, {"ensure": True}, child) if spec.account.ensure else None
        network = None if spec.network.waived else Network.from_spec(name, spec.network, spec.auth_kinds, child)
        endpoints = (
            (network.known_endpoint_ids or network.vpc_endpoint_ids) if network and spec.network.private else None
        )
        roles, vpc_links, content = _with_backends(name, spec, content, child)
        document = _document(spec, content, endpoints)

        rest_api, own_arn = _rest_api(name, spec, document, endpoints, child)
        auth = Auth.from_spec(
            name,
            spec.auth,
            own_arn,
            [stage.name for stage in spec.stages],
            _builtin_routes(spec),
            child,
        )
        deployed = create_document_and_deployment(name, spec, rest_api, document, endpoints, child)

        shared = SharedResources(
            spec=spec,
            content=content,
            rest_api=rest_api,
            deployed=deployed,
            auth=auth,
            roles=roles,
            vpc_links=vpc_links,
            account=account,
            access=_private_access(spec, network),
            former_names=former,
        )
        own = create_stage_with_layers(name, spec.stage, shared, None, self)
        stages = {spec.stage.name: own}
        stages |= {each.name: create_stage_with_layers(name, each, shared, own, self) for each in spec.stages[1:]}

        _admit(network, own_arn, stages.values())
        self.url = own.url
        self.api_id = rest_api.id
        self.api_name = rest_api.name
        self.stage_name = own.stage.stage_name
        self.stage_arn = own.arn
        self.execution_arn = own_arn
        self.document = pulumi.Output.from_input(canonical(document))
        self.openapi_dropped = pulumi.Output.from_input(_dropped(spec, self))
        self.posture = pulumi.Output.from_input(own.posture)
        self.user_pool_ids = auth.user_pool_ids
        self.user_pool_client_ids = auth.user_pool_client_ids
        self.user_pool_client_secrets = auth.user_pool_client_secrets
        self.sign_in_urls = auth.sign_in_urls
        self.sign_in_targets = auth.sign_in_targets
        self.invoke_policy_arns = auth.invoke_policy_arns
        self.invoke_policy_documents = auth.invoke_policy_documents
        self.api_key_values = _key_values(own, stages)
        self.vpc_endpoint_ids = network.vpc_endpoint_ids if network else pulumi.Output.from_input([])
        self.vpc_link_ids, self.vpc_link_security_group_ids = vpc_links.outputs()
        self.web_acl_arn = own.web_acl_arn
        self.access_log_group_name = own.access_log_group_name
        self.execution_log_group_name = own.execution_log_group_name
        self.alarm_arns = own.alarm_arns
        self.alarm_topic_arn = own.alarm_topic_arn
        self.domain_name = own.domain_name
        self.domain_target = own.domain_target
        self.domain_arn = own.tls.domain_arn if own.tls else pulumi.Output.from_input("")
        self.stages = pulumi.Output.all(**{key: each.outputs() for key, each in stages.items()})
        self.deployment_id = deployed.id
        self.register_outputs({each: getattr(self, each) for each in SecureGateway.__annotations__})


def _admit(network: Network | None, own_arn: pulumi.Output[str], stages: Collection[StageWithLayers]) -> None:
    """Let a created VPC endpoint lead to the API and its private domains only."""
    if network:
        network.admit(own_arn, [arn for each in stages if each.tls for arn in each.tls.private_domain_arns])


def _private_access(spec: GatewaySpec, network: Network | None) -> tls.PrivateAccess | None:
    """What the domains of a private API need, if it has any."""
    if network is None or not spec.network.private or not any(stage.tls.has_domain for stage in spec.stages):
        return None
    target = network.target()
    return tls.PrivateAccess(
        policy=network.domain_policy,
        target=target.apply(lambda found: found[0]),
        target_zone_id=target.apply(lambda found: found[1]),
        associate=network.associate,
        creates_endpoint=network.creates_endpoint,
    )


def _with_backends(
    name: str, spec: GatewaySpec, content: Content, opts: pulumi.ResourceOptions
) -> tuple[Roles, VpcLinks, Content]:
    """Create what integrations refer to, and let the content of the document name it."""
    roles = create_service_roles(name, spec, opts)
    vpc_links = create_vpc_links(name, spec, opts)
    content = replace(content, vpc_link_ids=vpc_links.ids, role_arns=roles.arns if spec.plain_arns else {})
    return roles, vpc_links, content


def _rest_api(
    name: str,
    spec: GatewaySpec,
    document: Mapping[str, Any],
    endpoints: pulumi.Input[list[str]] | None,
    opts: pulumi.ResourceOptions,
) -> tuple[apigateway.RestApi, pulumi.Output[str]]:
    """The API, and its execution ARN once it is known to be where everything is that the args name."""
    rest_api = create_rest_api(name, spec, document, endpoints, opts)

    def with_checked_location(arn: str) -> str:
        check_location(name, spec, Location.of_arn(arn))
        return arn

    return rest_api, execution_arn(rest_api).apply(with_checked_location)


def _key_values(own: StageWithLayers, stages: Mapping[str, StageWithLayers]) -> pulumi.Output[dict[str, str]]:
    """The keys of the gateway's own stage by name, those of another by `stage/name`."""
    by_stage = {"" if each is own else f"{key}/": each.keys.api_key_values for key, each in stages.items() if each.keys}

    def named(values: dict[str, dict[str, str]]) -> dict[str, str]:
        return {f"{prefix}{name}": value for prefix, keys in values.items() for name, value in keys.items()}

    return pulumi.Output.all(**by_stage).apply(named) if by_stage else pulumi.Output.from_input({})


def _dropped(spec: GatewaySpec, gateway: SecureGateway) -> list[str]:
    dropped = list(spec.own.dropped) if spec.own else []
    if dropped:
        pulumi.log.info(f"left out of the OpenAPI document: {', '.join(dropped)}", gateway)
    return dropped


def _builtin_routes(spec: GatewaySpec) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        name: {route.key: route.scopes for route in spec.routes if route.authorizer == name}
        for name in spec.auth.builtins
    }


def _content(spec: GatewaySpec) -> Content:
    own = spec.own
    schemas: dict[str, Any] = {**(own.components.get("schemas", {}) if own else {}), **spec.schemas}
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
        functions=spec.stage.functions,
        varied=spec.varied,
        vpc_link_ids=dict.fromkeys(spec.vpc_links, ""),
        plain_arns=spec.plain_arns,
        cors=spec.cors,
        info=own.info if own else {},
        cache_keys=spec.cache_keys,
        minimum_compression_size=spec.minimum_compression_size,
        binary_media_types=spec.binary_media_types,
        body_media_types=spec.body_media_types,
        components={"schemas": schemas} if schemas else {},
    )


def _parsed(name: str, args: SecureGatewayArgs, opts: pulumi.ResourceOptions | None) -> GatewaySpec:
    """Parse the args, and reject what AWS has once and another component of this program has already."""
    spec = parse(name, args)
    if location := configured(opts):
        check_location(name, spec, location)
    problems = Problems()
    given = spec.network.private.vpc_endpoint_ids if spec.network.private else ()
    endpoints = [each for each in given if isinstance(each, str)]
    claims = [
        each for stage in spec.stages for each in (*stage.tls.claims(stage.at("tls"), endpoints), *stage.keys.claims())
    ]
    claim(f"SecureGateway {name!r}", [*claims, *spec.auth.claims("auth")], opts, problems)
    problems.raise_any(f"SecureGateway {name!r}")
    return spec


def _check_quotas(name: str, spec: GatewaySpec, content: Content) -> None:
    """What can be counted only when the document is there."""
    problems = Problems()
    check_document(json.dumps(_document(spec, content, []), default=lambda _: ""), problems)
    for stage in spec.stages:
        generated = [*document_variables(content, stage.functions), *spec.services]
        check_variables(stage.at("variables"), len(stage.variables) + len(generated), problems)
    problems.raise_any(f"SecureGateway {name!r}")


def _document(spec: GatewaySpec, content: Content, endpoints: pulumi.Input[list[str]] | None) -> dict[str, Any]:
    fragments = [
        auth.fragment(spec.auth, spec.authorizers),
        tls.fragment(spec.stage.tls, disable_execute_api_endpoint=spec.disable_execute_api_endpoint),
    ]
    if any(route.api_key for route in spec.routes):
        fragments.append(keys.fragment(spec.stage.keys))
    if not spec.network.waived:
        fragments.append(network.fragment(spec.network, spec.auth_kinds, endpoints))
    return build(content, fragments)
