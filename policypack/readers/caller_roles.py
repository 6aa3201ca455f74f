"""Reads the IAM roles whose credentials routes with IAM authorization accept, and who can get these credentials."""

from collections.abc import Iterator, Sequence
from typing import Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    IAM_ROLE,
    IDENTITY_POOL,
    IDENTITY_POOL_ROLES,
    REST_API,
    REST_API_POLICY,
)
from ..graph.values import is_object, read, text
from ..model.auth import CallerRole
from ..model.fact import Fact, some
from ..model.gateway import Gateway
from .functions import strings
from .role_permissions import RolePermissions, Wanted
from .role_trust import RoleTrust, has_no_guests

_MANAGED: Final = frozenset({"AmazonAPIGatewayInvokeFullAccess", "AdministratorAccess", "PowerUserAccess"})
_CALLS_UNKNOWN: Final = "whether its policies let it call a route with IAM authorization is not known here"
_GUEST_ROLE: Final = (
    "its role for guests is not among the evaluated resources, and may call a route with IAM authorization"
)


def caller_roles(graph: Graph, gateways: Sequence[Gateway]) -> Iterator[CallerRole]:
    """The roles that may call a route with IAM authorization, or the connections of a WebSocket API."""
    signed = [each for each in gateways if any(route.authorization == "iam" for route in each.routes)]
    # Whatever authorizes its routes, AWS serves `@connections` of every WebSocket API, and authorizes it by IAM alone.
    connected = [each for each in gateways if each.kind == "WEBSOCKET"]
    actions = (("execute-api:Invoke", signed), ("execute-api:ManageConnections", connected))
    wanted = [_wanted(graph, action, called) for action, called in actions if called]
    if not wanted:
        return
    permissions, trust = RolePermissions(graph), RoleTrust(graph)
    named = set(_named_by_policies(graph))
    for role in graph.of_type(IAM_ROLE):
        restricted = trust.restricted(role)
        if restricted.is_yes:
            continue
        by_api = Fact.of(not named.isdisjoint({text(role.outputs.get("arn"))} - {""}))
        yield CallerRole(
            urn=role.urn,
            label=f"role {text(role.inputs.get('name')) or role.name}",
            calls_gateway=some(by_api, *(permissions.may(role, each) for each in wanted)).because(
                unknown=_CALLS_UNKNOWN
            ),
            callers_named=restricted,
        )
    yield from _external_guests(graph)


def _wanted(graph: Graph, action: str, called: Sequence[Gateway]) -> Wanted:
    apis = [graph.by_urn(each.urn) for each in called]
    arns = tuple(arn for each in apis if each is not None and (arn := _arn(each)))
    return Wanted(action, arns if len(arns) == len(called) else (), _MANAGED)


def _arn(api: Resource) -> str:
    """The beginning of the ARNs of an API's methods; of one that is not deployed, the id and what it may be part of."""
    arn = text(api.outputs.get("executionArn"))
    return arn or (f"arn:aws:execute-api:::{api.id}" if isinstance(api.id, str) else "")


def _named_by_policies(graph: Graph) -> Iterator[str]:
    """The strings of the resource policies of APIs, which may name roles."""
    for each in graph.of_type(REST_API, REST_API_POLICY):
        for written in strings(each.inputs.get("policy")):
            yield from written.split('"')


def _external_guests(graph: Graph) -> Iterator[CallerRole]:
    """The roles of other stacks that identity pools give to guests."""
    attachments = graph.of_type(IDENTITY_POOL_ROLES)
    pools = {each.urn: graph.target(each, "identityPoolId", IDENTITY_POOL) for each in attachments}
    for each in attachments:
        roles, pool = each.inputs.get("roles"), pools[each.urn]
        guest = read(roles, "unauthenticated") if is_object(roles) else roles
        guests = has_no_guests(pool) if isinstance(pool, Resource) else Fact.UNKNOWN
        here = graph.named(text(guest), IAM_ROLE) or graph.dependencies(each, "roles", IAM_ROLE)
        if guest is not None and not guests.is_yes and not here:
            yield _guests_of(pool if isinstance(pool, Resource) else each)
    for pool in graph.of_type(IDENTITY_POOL):
        if not has_no_guests(pool).is_yes and not any(each is pool for each in pools.values()):
            yield _guests_of(pool)


def _guests_of(pool: Resource) -> CallerRole:
    return CallerRole(
        urn=pool.urn,
        label=f"identity pool {pool.name}",
        calls_gateway=Fact.unknown(_GUEST_ROLE),
        callers_named=Fact.NO,
    )
