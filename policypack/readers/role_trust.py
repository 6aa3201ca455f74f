"""Reads who can get credentials of an IAM role, from its trust policy.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc_secure-by-default.html
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.policy_statements import EVERYONE, Statement, names_everyone, statements
from ..graph.resource_types import IDENTITY_POOL
from ..graph.values import UNKNOWN, text
from ..model.fact import Fact, every
from .public_issuers import AUDIENCE_NAMES_ORGANIZATION, SHARED

_COGNITO: Final = "cognito-identity.amazonaws.com"
_ASSUME: Final = ("sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")
_OIDC: Final = ":oidc-provider/"
_SAML: Final = ":saml-provider/"
_OWNER: Final = re.compile(r"[^*?:/]+:[^*?:/]+[:/].*|[^*?]+")
"""A subject whose owner is named, such as `repo:acme/*`; without a wildcard, it names one principal."""
_NARROWS: Final = frozenset(
    {
        *("aws:principalorgid", "aws:principalaccount", "aws:principalarn", "aws:principalorgpaths"),
        *("aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceip"),
    }
)
_POSITIVE: Final = re.compile(
    r"(?:forany\w*:)?(?:stringequals|stringlike|stringequalsignorecase|arnequals|arnlike|ipaddress)"
)
_EVERYONE: Final = "can be assumed by everyone who has an AWS account"
_TRUST_UNKNOWN: Final = Fact.unknown("whom its trust policy lets in cannot be evaluated")


class RoleTrust:
    """The trust policies of the roles of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Remember where identity pools are."""
        self._graph = graph

    def restricted(self, role: Resource) -> Fact:
        """Whether only principals that the trust policy of a role names get its credentials."""
        document = role.inputs.get("assumeRolePolicy")
        found = statements(document)
        if not isinstance(found, list):
            return _TRUST_UNKNOWN
        return every(*self._of_each(role, found))

    def _of_each(self, role: Resource, found: list[Statement]) -> Iterator[Fact]:
        for each in found:
            if each.allows and any(each.covers(action) is not False for action in _ASSUME) and not each.is_service:
                yield self._restricted(role, each)

    def _restricted(self, role: Resource, statement: Statement) -> Fact:
        principal = statement.principal
        if principal is UNKNOWN or not statement.conditions_known:
            return _TRUST_UNKNOWN
        if principal == EVERYONE:
            return _narrowed(statement)
        if text(principal) == _COGNITO:
            return self._no_guests(role, statement)
        _, _, issuer = text(principal).partition(_OIDC)
        if not issuer and ":" not in text(principal) and "." in text(principal):
            issuer = text(principal)  # a provider that AWS knows, such as accounts.google.com
        return _named_subject(statement, issuer) if issuer else Fact.YES

    def _no_guests(self, role: Resource, statement: Statement) -> Fact:
        """Whether an identity pool gives the role's credentials only to users who are signed in."""
        pools = _values(statement, f"{_COGNITO}:aud")
        if pools is None:
            return Fact.no("can be assumed through every identity pool of every account")
        kinds = _values(statement, f"{_COGNITO}:amr")
        if kinds is not None and UNKNOWN not in kinds and not any(_matches(each, "unauthenticated") for each in kinds):
            return Fact.YES
        if UNKNOWN in pools:
            named = self._graph.dependencies(role, "assumeRolePolicy", IDENTITY_POOL)
        else:
            named = [pool for each in pools for pool in self._graph.named(text(each), IDENTITY_POOL)]
        if not named or (UNKNOWN not in pools and len(named) < len(pools)):
            return Fact.unknown("whether its identity pool gives credentials to guests is not known here")
        return every(*map(has_no_guests, named))


def has_no_guests(pool: Resource) -> Fact:
    """Whether an identity pool gives credentials only to users who are signed in."""
    guests = pool.inputs.get("allowUnauthenticatedIdentities")
    return Fact.of(
        None if guests is UNKNOWN else guests is not True,
        no="is given to guests by an identity pool, so everyone gets its credentials",
        unknown="whether its identity pool gives credentials to guests is known only after deployment",
    )


def _values(statement: Statement, key: str) -> tuple[Any, ...] | None:
    """The values that a condition asks for; None if there is no such condition that must hold."""
    operator, values = statement.conditions.get(key, ("", ()))
    return values if _POSITIVE.fullmatch(operator) and values else None


def _matches(pattern: Any, value: str) -> bool:
    written = text(pattern)
    return written == value or ("*" in written and value.startswith(written.partition("*")[0]))


def _narrowed(statement: Statement) -> Fact:
    """Whether conditions say who everyone is."""
    if not statement.conditions:
        return Fact.no(_EVERYONE)
    for key in statement.conditions.keys() & _NARROWS:
        values = _values(statement, key)
        if values is not None and not any(names_everyone(each) for each in values):
            return Fact.YES
    if all(_says_nothing(*each) for each in statement.conditions.values()):
        return Fact.no(_EVERYONE)
    return _TRUST_UNKNOWN


def _says_nothing(operator: str, values: tuple[Any, ...]) -> bool:
    return operator in {"stringlike", "arnlike", "stringequals"} and any(
        each != UNKNOWN and not text(each).strip("*") for each in values
    )


def _named_subject(statement: Statement, issuer: str) -> Fact:
    """Whether an OpenID Connect provider gives the role's credentials only to subjects that are named."""
    host = issuer.lower().partition("/")[0]
    subjects = _values(statement, f"{issuer.lower()}:sub")
    shared = host in SHARED
    if subjects is not None and UNKNOWN not in subjects:
        named = [bool(_OWNER.fullmatch(text(each))) if shared else bool(text(each).strip("*?")) for each in subjects]
        if all(named):
            return Fact.YES
    elif subjects is not None:
        return _TRUST_UNKNOWN
    claims = {key.rpartition(":")[2] for key in statement.conditions if key.startswith(f"{issuer.lower()}:")}
    if claims - {"sub", "aud"}:
        return _TRUST_UNKNOWN
    audience = _values(statement, f"{issuer.lower()}:aud")
    if shared and (audience is None or host not in AUDIENCE_NAMES_ORGANIZATION):
        return Fact.no(f"can be assumed by everyone who gets a token of {host}: its trust policy names no subject")
    return Fact.YES if audience else Fact.unknown("which subjects of its identity provider it trusts is not known here")
