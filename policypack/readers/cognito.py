"""Reads the Cognito user pools that authorizers trust, and their app clients."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from ..graph.children_by_parent import Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    HTTP_API,
    HTTP_AUTHORIZER,
    REST_API,
    REST_API_BODY,
    REST_AUTHORIZER,
    REST_STAGE,
    RISK_CONFIGURATION,
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
from ..model.auth import AppClient, UserPool
from ..model.fact import Fact, every, every_listed
from .property_facts import is_one_of, is_true

_WITH_BODIES: Final = (REST_API, REST_API_BODY, HTTP_API)
_POOL_IN_STRING: Final = re.compile(r":userpool/([A-Za-z0-9_-]+)")
_THREATS_UNKNOWN: Final = "its threat protection is known only after deployment"
_VARIABLE_POOL: Final = re.compile(r":userpool/\$\{stageVariables\.")
_POOL_ISSUER: Final = re.compile(r"https://(?:issuer\.)?cognito-idp[.-][\w.-]*\.amazonaws\.com", re.IGNORECASE)
"""The addresses of user pools as issuers of tokens."""
_CHARACTER_TYPES: Final = ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
_PLAIN_PASSWORD_FLOWS: Final = frozenset({"ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"})


def pools(graph: Graph) -> Iterator[UserPool]:
    """The user pools that authorizers trust, each with its app clients."""
    clients = Children(graph, USER_POOL_CLIENT, "userPoolId", USER_POOL)
    risks = Children(graph, RISK_CONFIGURATION, "userPoolId", USER_POOL)
    trusted = _trusted(graph)
    for pool in graph.of_type(USER_POOL):
        if pool.urn in trusted:
            yield _pool(pool, clients.of(pool), risks.of(pool))


def is_user_pool(graph: Graph, resource: Resource, name: str, issuer: Any) -> Fact:
    """Whether an issuer of tokens, inside the input `name` of a resource, is a user pool."""
    if issuer is UNKNOWN:
        computed = bool(graph.dependencies(resource, name, USER_POOL))
        return Fact.of(True if computed else None, unknown="who issues its tokens is known only after deployment")
    return Fact.of(_POOL_ISSUER.match(text(issuer)) is not None)


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
            found |= {by_id[word] for word in _pool_ids(value) if word in by_id}
        else:
            found |= {by_id[word] for word in _POOL_IN_STRING.findall(_body_text(value)) if word in by_id}
    if any(_may_name_variables(each.inputs.get("body")) for each, name in inputs if name == "body"):
        found |= _of_variables(graph, by_id)
    return found


def _may_name_variables(body: Any) -> bool:
    """Whether a body's authorizers may name pools by stage variables."""
    return body is UNKNOWN or _VARIABLE_POOL.search(_body_text(body)) is not None


def _body_text(body: Any) -> str:
    """A body as a string; aws-native takes it as an object."""
    return json.dumps(body, default=str) if is_object(body) else text(body)


def _of_variables(graph: Graph, by_id: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for stage in graph.of_type(REST_STAGE):
        found |= {pool.urn for pool in graph.dependencies(stage, "variables", USER_POOL)}
        variables = stage.inputs.get("variables")
        values = variables.values() if is_object(variables) else ()
        found |= {by_id[value] for value in values if isinstance(value, str) and value in by_id}
    return found


def _pool_ids(value: Any) -> Iterator[str]:
    """The ids of pools: the last parts of the ARNs and addresses in a value."""
    for each in items(value):
        issuer = read(each, "issuer") if is_object(each) else each
        if isinstance(issuer, str):
            yield issuer.rpartition("/")[2]


def _pool(pool: Resource, clients: Sequence[Resource], risks: Sequence[Resource]) -> UserPool:
    given = pool.inputs
    mfa = given.get("mfaConfiguration")
    password = given.get("passwordPolicy")
    length, days = read(password, "minimumLength"), read(password, "temporaryPasswordValidityDays")
    programs = [_is_for_programs(each) for each in clients]
    return UserPool(
        urn=pool.urn,
        label=f"user pool {text(given.get('name')) or pool.name}",
        has_users=Fact.of(not programs or not all(programs)),
        mfa_required=_mfa(mfa, "ON", no="does not require a second factor"),
        mfa_available=_mfa(mfa, "ON", "OPTIONAL", no="does not offer a second factor"),
        minimum_password_length=8 if password is None or length is None else _number(length),
        password_needs_all_character_types=_needs_all_character_types(password),
        temporary_password_days=7 if days is None else _number(days),
        threat_protection_enforced=every(
            is_one_of(
                read(given.get("userPoolAddOns"), "advancedSecurityMode"),
                "ENFORCED",
                no="does not enforce threat protection",
                unknown=_THREATS_UNKNOWN,
            ),
            *(_acts_on_risks(each) for each in risks),
        ),
        deletion_protected=is_one_of(
            given.get("deletionProtection"),
            "ACTIVE",
            no="is not protected from deletion",
            unknown="its deletion protection is known only after deployment",
        ),
        clients=tuple(map(_client, clients)),
    )


def _acts_on_risks(configuration: Resource) -> Fact:
    """Whether the actions on compromised credentials and on sign-ins of high risk do anything."""
    actions = (
        read(configuration.inputs.get("compromisedCredentialsRiskConfiguration"), "actions", "eventAction"),
        read(configuration.inputs.get("accountTakeoverRiskConfiguration"), "actions", "highAction", "eventAction"),
    )
    return every(
        *(
            Fact.of(
                None if each is UNKNOWN else each != "NO_ACTION",
                no="has threat protection that takes no action on a high risk",
                unknown=_THREATS_UNKNOWN,
            )
            for each in actions
        )
    )


def _mfa(value: Any, *wanted: str, no: str) -> Fact:
    return is_one_of(value, *wanted, no=no, unknown="its second factor is known only after deployment")


def _needs_all_character_types(policy: Any) -> Fact:
    if policy is None:
        return Fact.YES  # AWS's own policy does
    return every(*(is_true(read(policy, each)) for each in _CHARACTER_TYPES)).because(
        no="does not require upper and lower case letters, digits and symbols in every password",
        unknown="its password policy is known only after deployment",
    )


def _is_for_programs(client: Resource) -> bool:
    """Whether only programs sign in through an app client."""
    flows = client.inputs.get("allowedOauthFlows")
    return flows is not UNKNOWN and items(flows) == ["client_credentials"]


def _client(client: Resource) -> AppClient:
    given = client.inputs
    auth_flows, oauth_flows = given.get("explicitAuthFlows"), given.get("allowedOauthFlows")
    errors, revocation = given.get("preventUserExistenceErrors"), given.get("enableTokenRevocation")
    names = {each for each in items(auth_flows) if isinstance(each, str)}
    hardened = every_listed(
        Fact.of(not names & _PLAIN_PASSWORD_FLOWS, no="accepts plain passwords (USER_PASSWORD_AUTH)"),
        Fact.of("implicit" not in items(oauth_flows), no="puts tokens into URLs (implicit flow)"),
        Fact.of(
            errors not in (None, "LEGACY") or _is_for_programs(client),
            no="reveals who has an account (prevent_user_existence_errors)",
        ),
        Fact.of(revocation is not False, no="cannot revoke tokens (enable_token_revocation)"),
        *(
            Fact.of(None if UNKNOWN in items(each) else True, unknown="its settings are known only after deployment")
            for each in (auth_flows, oauth_flows, errors, revocation)
        ),
    )
    return AppClient(
        urn=client.urn,
        label=f"user pool client {text(given.get('name')) or client.name}",
        hardened=hardened,
    )


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None
