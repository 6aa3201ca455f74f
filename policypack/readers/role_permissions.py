"""Reads what the identity policies of IAM roles let them do."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.policy_statements import Statement, statements
from ..graph.resource_types import (
    IAM_POLICY,
    IAM_POLICY_ATTACHMENT,
    IAM_ROLE,
    IAM_ROLE_POLICY,
    IAM_ROLE_POLICY_ATTACHMENT,
)
from ..graph.values import UNKNOWN, is_object, items, text
from ..model.fact import Fact, some

_AWS_MANAGED: Final = ":iam::aws:policy/"
_ARN_PARTS: Final = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """An action, and the ARNs on which it matters."""

    action: str
    arns: tuple[str, ...]
    """ARNs up to the id of the resource, such as `arn:aws:execute-api:eu-west-1:123456789012:abc`; if there are none,
    every resource counts."""
    managed: frozenset[str]
    """The names of the policies of AWS that allow it."""
    others_of_aws: Fact = Fact.NO
    """Whether another policy of AWS allows it."""


class RolePermissions:
    """The identity policies of the roles of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort the policies by role, once."""
        self._graph = graph
        self._documents: dict[str, list[Any]] = defaultdict(list)
        self._attached: dict[str, list[Any]] = defaultdict(list)
        for each in graph.of_type(IAM_ROLE_POLICY):
            for urn in self._roles(each, "role"):
                self._documents[urn].append(each.inputs.get("policy"))
        for each in graph.of_type(IAM_ROLE_POLICY_ATTACHMENT):
            for urn in self._roles(each, "role"):
                self._attached[urn].append(self._policy(each))
        for each in graph.of_type(IAM_POLICY_ATTACHMENT):
            for urn in self._roles(each, "roles"):
                self._attached[urn].append(self._policy(each))
        for each in graph.of_type(IAM_POLICY):  # a managed policy of CloudFormation lists its roles
            for urn in self._roles(each, "roles"):
                self._documents[urn].append(each.inputs.get("policy"))

    def may(self, role: Resource, wanted: Wanted) -> Fact:
        """Whether the policies of a role allow an action; what denies it is not evaluated."""
        documents = [*self._documents[role.urn], *_inline(role)]
        attached = [*self._attached[role.urn], *self._managed(role)]
        return some(
            *(_allows(each, wanted) for each in documents),
            *(self._attached_allows(each, wanted) for each in attached),
        )

    def known(self, role: Resource) -> bool:
        """Whether the evaluated resources say which policies a role has: some, or that it has no others."""
        exclusive = any(role.inputs.get(name) is not None for name in ("inlinePolicies", "managedPolicyArns"))
        return exclusive or bool(self._documents[role.urn] or self._attached[role.urn])

    def _roles(self, resource: Resource, name: str) -> Iterator[str]:
        """The URNs of the roles that an input names."""
        for each in items(resource.inputs.get(name)):
            found = self._graph.follow(resource, name, each, IAM_ROLE)
            if isinstance(found, Resource):
                yield found.urn

    def _policy(self, attachment: Resource) -> Any:
        found = self._graph.target(attachment, "policyArn", IAM_POLICY)
        return found if isinstance(found, Resource) else attachment.inputs.get("policyArn")

    def _managed(self, role: Resource) -> Iterator[Any]:
        for each in items(role.inputs.get("managedPolicyArns")):
            found = self._graph.follow(role, "managedPolicyArns", each, IAM_POLICY)
            yield found if isinstance(found, Resource) else each

    @staticmethod
    def _attached_allows(policy: Any, wanted: Wanted) -> Fact:
        if isinstance(policy, Resource):
            return _allows(policy.inputs.get("policy"), wanted)
        arn = text(policy)
        if _AWS_MANAGED in arn:
            return Fact.YES if arn.rpartition("/")[2] in wanted.managed else wanted.others_of_aws
        return Fact.UNKNOWN


def _inline(role: Resource) -> Iterator[Any]:
    given = role.inputs.get("inlinePolicies")
    for each in items(given):
        yield each.get("policy") if is_object(each) else UNKNOWN


def _allows(policy: Any, wanted: Wanted) -> Fact:
    found = statements(policy, of_identity=True) if policy is not None else []
    if not isinstance(found, list):
        return Fact.UNKNOWN
    return some(*(_statement_allows(each, wanted) for each in found if each.allows))


def _statement_allows(statement: Statement, wanted: Wanted) -> Fact:
    covers = statement.covers(wanted.action)
    if covers is False:
        return Fact.NO
    concerned = [_concerns(each, arn) for each in statement.resources for arn in wanted.arns or ("",)]
    if True not in concerned and None not in concerned:
        return Fact.NO
    return Fact.of(True if covers and True in concerned else None)


def _concerns(pattern: Any, arn: str) -> bool | None:
    """Whether a pattern of ARNs matches something of a resource; None if that is unknown."""
    if not isinstance(pattern, str):
        return None
    if not arn or pattern == "*":
        return True
    given, named = pattern.split(":", _ARN_PARTS - 1), arn.split(":", _ARN_PARTS - 1)
    if len(given) < _ARN_PARTS:
        return "*" in pattern
    given[-1], named[-1] = given[-1].partition("/")[0], named[-1].partition("/")[0]
    return all(fnmatchcase(own, one or "*") or not own for one, own in zip(given, named, strict=True))
