"""What a gateway is made from: its args, validated, with every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from . import cache, verification
from .account import AccountSpec
from .args import SecureGatewayArgs
from .cors import CorsSpec
from .layers.auth import AuthSpec
from .layers.network import NetworkSpec
from .openapi import InvokedFunction, OwnDocument, invoked_by
from .quotas import QuotasSpec
from .routes import MEDIA_TYPE, RouteSpec
from .services.service import Service
from .stages import StageSpec
from .validation.arns import check_iam_policy
from .validation.fields import boolean, custom, leaf, leaf_map, optional_whole_number, parses, string, strings
from .validation.reader import matching
from .vpc_links import VpcLinkSpec

IAM = "iam"
"""The built-in authorizer: callers sign with Signature Version 4."""


def _check_tag(value: str) -> str | None:
    return None if len(value) <= _LONGEST_TAG else f"is longer than the {_LONGEST_TAG} characters that AWS accepts"


_LONGEST_TAG = 256
_check_media_type = matching(MEDIA_TYPE, "a media type such as image/png")
_check_plain_media_type = matching(r"[\w.+-]+/[\w.+-]+", "a media type without wildcards")


@parses(SecureGatewayArgs)
@dataclass(frozen=True, kw_only=True)
class GatewaySpec:
    """`SecureGatewayArgs`, validated, with defaults filled in."""

    routes: tuple[RouteSpec, ...]
    vpc_links: Mapping[str, VpcLinkSpec]
    """By the name to which integrations refer."""
    own: OwnDocument | None
    cors: CorsSpec | None
    auth: AuthSpec
    network: NetworkSpec
    stages: tuple[StageSpec, ...]
    """The gateway's own stage first."""
    account: AccountSpec
    quotas: QuotasSpec
    schemas: Mapping[str, Any]
    """Schemas of the routes' bodies, in AWS's dialect, under names that AWS accepts."""
    minimum_compression_size: int | None = optional_whole_number(low=0, high=10_485_760, unit="bytes")
    binary_media_types: tuple[str, ...] = strings(check=_check_media_type)
    body_media_types: tuple[str, ...] = strings(check=_check_plain_media_type)
    """Instead of `$default`, where there are any."""
    api_name: str
    description: str = string()
    plain_arns: bool = boolean(default=False)
    tags: Mapping[str, pulumi.Input[str]] = leaf_map(check=_check_tag)
    permissions_boundary_arn: pulumi.Input[str] | None = leaf(check=check_iam_policy, values="ARN")
    verification_file: str = custom("", values="path of a file", reading=verification.read)
    """The result of the last verification as a line of the posture; empty if no file is given."""

    @property
    def stage(self) -> StageSpec:
        """The gateway's own stage."""
        return self.stages[0]

    @property
    def varied(self) -> frozenset[str]:
        """The functions that are not the same in every stage and canary."""
        own = self.stage.functions
        canaries = [stage.canary.functions for stage in self.stages if stage.canary]
        called = [*(stage.functions for stage in self.stages), *canaries]
        return frozenset(name for each in called for name in each if each[name] != own.get(name))

    @property
    def cache_keys(self) -> Mapping[str, tuple[str, ...]]:
        """By route, the parameters of its cache key."""
        caches = [stage.cache for stage in self.stages if stage.cache]
        return cache.cache_keys(caches, self.routes, self.auth, self.cors)

    @property
    def services(self) -> Mapping[str, Service]:
        """The AWS services that integrations call, by the stem of their stage variables."""
        integrations = [route.integration for route in self.routes]
        return {each.variable: each.service for each in integrations if each.service}

    @property
    def document_functions(self) -> tuple[InvokedFunction, ...]:
        """The Lambda functions of the user's own document that need a permission."""
        permitted = self.own.permitted_functions if self.own else frozenset[str]()
        invoked = (invoked_by(route.integration.own) for route in self.routes if route.integration.own is not None)
        functions = {each for each in invoked if isinstance(each, InvokedFunction)}
        needed = (each for each in functions if permitted.isdisjoint(each.names))
        return tuple(sorted(needed, key=lambda each: each.label))

    def names(self, name: str) -> list[tuple[str, str]]:
        """The resources that are named after the gateway, with their names in the program."""
        roles = [*([name] if self.account.ensure else []), *(f"{name}-{each}" for each in self.services)]
        return [
            *(("iam.Role", each) for each in roles),
            *(("apigatewayv2.VpcLink", f"{name}-{key}") for key in self.vpc_links),
            *(("ec2.SecurityGroup", f"{name}-{key}") for key, each in self.vpc_links.items() if each.vpc_id),
            *self.auth.names(name),
            *self.network.names(name),
            *(each for stage in self.stages for each in stage.names(name)),
        ]

    @property
    def disable_execute_api_endpoint(self) -> bool:
        """Whether the API can be called under its custom domains only."""
        return any(stage.tls.disable_execute_api_endpoint for stage in self.stages)

    @property
    def authorizers(self) -> frozenset[str]:
        """The names of the authorizers that routes use."""
        return frozenset(route.authorizer for route in self.routes if route.authorizer)

    @property
    def auth_kinds(self) -> dict[str, tuple[str, ...]]:
        """Routes by how their requests authenticate: `iam`, `cognito`, `function`, `none`, and `preflight` (CORS)."""
        found: dict[str, list[str]] = {}
        for route in self.routes:
            kind = self.auth.kind(route.authorizer) if route.authorizer else "none"
            found.setdefault(kind, []).append(route.key)
        if self.cors:
            found["preflight"] = [f"OPTIONS {path}" for path in {route.path for route in self.routes}]
        return {kind: tuple(sorted(keys)) for kind, keys in found.items()}
