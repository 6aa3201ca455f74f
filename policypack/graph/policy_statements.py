"""Splits the policies of buckets, topics and functions into statements that say one thing each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from .values import UNKNOWN, Unknown, is_object, items, read, text

EVERYONE: Final = "*"
EVERYTHING: Final = "*"
_ROOT: Final = ":root"
_WILDCARDS: Final = frozenset("*?")
_ACCOUNT: Final = 4
"""The index of the account in an ARN."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """What a policy allows, or denies, to one principal."""

    name: str
    """Its `Sid`, or its number in the policy."""
    allows: bool
    principal: Any
    """`*`, a service, an account, an ARN or UNKNOWN."""
    is_service: bool
    actions: tuple[Any, ...]
    """Patterns in lower case, or UNKNOWN."""
    resources: tuple[Any, ...]
    """Patterns of ARNs, or UNKNOWN."""
    conditions: Mapping[str, tuple[str, tuple[Any, ...]]]
    """By condition key in lower case: the operator in lower case, and the values."""
    conditions_known: bool

    def covers(self, action: str) -> bool | None:
        """Whether it applies to an action, in whatever case; None if that is unknown."""
        if any(fnmatchcase(action.lower(), each) for each in self.actions if isinstance(each, str)):
            return True
        return None if UNKNOWN in self.actions else False

    def concerns(self, arn: str) -> bool:
        """Whether it may apply to a resource; an empty ARN is unknown."""
        known = bool(arn) and all(isinstance(each, str) for each in self.resources)
        return not known or any(fnmatchcase(arn, each) for each in self.resources)

    @property
    def account(self) -> str:
        """The account of a principal that is one or belongs to one; empty for others."""
        parts = text(self.principal).split(":")
        found = parts[_ACCOUNT] if len(parts) > _ACCOUNT else parts[0]
        return found if found.isdigit() else ""


def names_everyone(value: Any) -> bool:
    """Whether a value of a condition leaves open whom or what it names: the account, organization or resource.

    Of an ARN, the account counts; of a path, such as `aws:PrincipalOrgPaths`, its beginning.
    """
    written = text(value)
    if written.startswith("arn:"):
        account = (written.split(":") + [""] * _ACCOUNT)[_ACCOUNT]
        return not _WILDCARDS.isdisjoint(account)
    known = value is not UNKNOWN and _WILDCARDS.isdisjoint(written.partition("/")[0])
    return value is not UNKNOWN and (not known or not written or written in {"0.0.0.0/0", "::/0"})


def statements(policy: Any, *, of_identity: bool = False) -> list[Statement] | Unknown:
    """The statements of a policy, which is a JSON document or an object. UNKNOWN if it is; none if it is malformed.

    The policies of identities name no principals; theirs are empty here.
    """
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            return []
    listed = UNKNOWN if policy is UNKNOWN else read(policy, "Statement")
    if listed is UNKNOWN or UNKNOWN in items(listed):
        return UNKNOWN
    given = [{"Principal": "", **one} if of_identity else one for one in items(listed) if is_object(one)]
    return [each for number, one in enumerate(given) for each in _of_statement(one, number)]


def _of_statement(given: Mapping[str, Any], number: int) -> Iterator[Statement]:
    effect = given.get("Effect")
    listed = given.get("Action")
    actions = (EVERYONE,) if "NotAction" in given else tuple(_lower(each) for each in items(listed))
    resources = (EVERYTHING,) if "NotResource" in given else tuple(items(given.get("Resource", EVERYTHING)))
    conditions, known = _conditions(given.get("Condition"))
    for principal, is_service in _principals(given):
        yield Statement(
            name=text(given.get("Sid")) or str(number),
            allows=effect != "Deny",
            principal=principal,
            is_service=is_service,
            actions=actions,
            resources=resources,
            conditions=conditions,
            conditions_known=known and effect is not UNKNOWN,
        )


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else UNKNOWN


def _principals(given: Mapping[str, Any]) -> Iterator[tuple[Any, bool]]:
    """The principals, and whether each is a service. All but some are nearly everyone."""
    if "NotPrincipal" in given:
        yield EVERYONE, False
    principal = given.get("Principal")
    if is_object(principal):
        for kind, listed in principal.items():
            for each in items(listed):
                yield (each.removesuffix(_ROOT) if isinstance(each, str) else UNKNOWN), kind == "Service"
    elif principal is not None:
        yield principal, False


def _conditions(given: Any) -> tuple[dict[str, tuple[str, tuple[Any, ...]]], bool]:
    found: dict[str, tuple[str, tuple[Any, ...]]] = {}
    known = given is None or is_object(given)
    for operator, keys in given.items() if is_object(given) else ():
        known = known and is_object(keys)
        for key, values in keys.items() if is_object(keys) else ():
            found[str(key).lower()] = str(operator).lower(), tuple(items(values))
    return found, known
