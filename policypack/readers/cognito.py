"""Reads the Cognito user pools that stand behind authorizers, and their clients."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..graph.children import Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    HTTP_API,
    HTTP_AUTHORIZER,
    REST_API,
    REST_API_BODY,
    REST_AUTHORIZER,
    REST_STAGE,
    USER_POOL,
    USER_POOL_CLIENT,
)
from ..graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ..model.auth import PoolClient, UserPool
from ..model.fact import Fact, every

_WITH_BODIES: Final = (REST_API, REST_API_BODY, HTTP_API)
_POOL_IN_TEXT: Final = re.compile(r":userpool/([A-Za-z0-9_-]+)")
_VARIABLE_POOL: Final = re.compile(r":userpool/\$\{stageVariables\.")
_KINDS_OF_SIGNS: Final = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
_PLAIN_FLOWS: Final = frozenset({"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"})


def pools(graph: Graph) -> Iterator[UserPool]:
    """The pools of a graph that authorizers trust, each with its clients."""
    clients = Children(graph, USER_POOL_CLIENT, "userPoolId", USER_POOL)
    trusted = _trusted(graph)
    for pool in graph.of_type(USER_POOL):
        if pool.urn in trusted:
            yield _pool(pool, clients.of(pool))


def _trusted(graph: Graph) -> set[str]:
    inputs = [
        *((each, "providerArns") for each in graph.of_type(REST_AUTHORIZER)),
        *((each, "jwtConfiguration") for each in graph.of_type(HTTP_AUTHORIZER)),
        *((each, "body") for each in graph.of_type(*_WITH_BODIES)),
    ]
    found = {pool.urn for each, name in inputs for pool in graph.dependencies(each, name, USER_POOL)}
    by_id = {pool.id: pool.urn for pool in graph.of_type(USER_POOL) if isinstance(pool.id, str)}
    for each, name in inputs:
        value = each.inputs.get(name)
        if name != "body":
            found |= {by_id[word] for word in _words(value) if word in by_id}
        elif isinstance(value, str):
            found |= {by_id[word] for word in _POOL_IN_TEXT.findall(value) if word in by_id}
    if any(_may_name_variables(each.inputs.get("body")) for each, name in inputs if name == "body"):
        found |= _of_variables(graph, by_id)
    return found


def _may_name_variables(body: Any) -> bool:
    """Whether a body's authorizers name pools by stage variables, which hold what is known only after deployment."""
    return body is UNKNOWN or (isinstance(body, str) and _VARIABLE_POOL.search(body) is not None)


def _of_variables(graph: Graph, by_id: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for stage in graph.of_type(REST_STAGE):
        found |= {pool.urn for pool in graph.dependencies(stage, "variables", USER_POOL)}
        variables = stage.inputs.get("variables")
        values = variables.values() if is_object(variables) else ()
        found |= {by_id[value] for value in values if isinstance(value, str) and value in by_id}
    return found


def _words(value: Any) -> Iterator[str]:
    """The last parts of the ARNs and addresses in a value: the ids of pools."""
    for each in items(value):
        issuer = read(each, "issuer") if is_object(each) else each
        if isinstance(issuer, str):
            yield issuer.rpartition("/")[2]


def _pool(pool: Resource, clients: Sequence[Resource]) -> UserPool:
    given = pool.inputs
    second = given.get("mfaConfiguration")
    password = given.get("passwordPolicy")
    length, signs = read(password, "minimumLength"), [read(password, each) for each in _KINDS_OF_SIGNS]
    temporary = read(password, "temporaryPasswordValidityDays")
    advanced = read(given.get("userPoolAddOns"), "advancedSecurityMode")
    machines = [_for_machines(each) for each in clients]
    return UserPool(
        urn=pool.urn,
        label=f"user pool {text(given.get('name')) or pool.name}",
        for_people=Fact.NO if machines and all(machines) else Fact.YES,
        second_factor=_is(second, "ON"),
        offers_second_factor=_is(second, "ON", "OPTIONAL"),
        password_length=8 if password is None or length is None else _number(length),
        password_mixed=Fact.YES if password is None else every(*(_flag(each) for each in signs)),
        temporary_days=7 if temporary is None else _number(temporary),
        threats_met=_is(advanced, "ENFORCED"),
        deletion_protected=_is(given.get("deletionProtection"), "ACTIVE"),
        clients=tuple(map(_client, clients)),
    )


def _for_machines(client: Resource) -> bool:
    """Whether only programs log in through a client: no user ever does."""
    flows = client.inputs.get("allowedOauthFlows")
    return flows is not UNKNOWN and items(flows) == ["client_credentials"]


def _client(client: Resource) -> PoolClient:
    given = client.inputs
    flaws: list[str] = []
    flows, oauth = given.get("explicitAuthFlows"), given.get("allowedOauthFlows")
    if flows is not UNKNOWN and _PLAIN_FLOWS.intersection(each for each in items(flows) if isinstance(each, str)):
        flaws.append("takes plain passwords (USER_PASSWORD_AUTH)")
    if oauth is not UNKNOWN and "implicit" in items(oauth):
        flaws.append("hands out tokens in addresses (implicit flow)")
    if given.get("preventUserExistenceErrors") in (None, "LEGACY") and not _for_machines(client):
        flaws.append("tells who has an account (prevent_user_existence_errors)")
    if given.get("enableTokenRevocation") is False:
        flaws.append("cannot revoke tokens")
    names = ("explicitAuthFlows", "allowedOauthFlows", "preventUserExistenceErrors", "enableTokenRevocation")
    unread = any(UNKNOWN in items(given.get(name)) for name in names)
    return PoolClient(
        urn=client.urn,
        label=f"user pool client {text(given.get('name')) or client.name}",
        careful=Fact.NO if flaws else Fact.UNKNOWN if unread else Fact.YES,
        flaws=tuple(flaws),
    )


def _is(value: Any, *wanted: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.YES if value in wanted else Fact.NO


def _flag(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.YES if value is True else Fact.NO


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
