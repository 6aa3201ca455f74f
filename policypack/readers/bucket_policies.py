"""Reads whom the policy of a bucket lets replace or delete its objects."""

import re
from collections.abc import Iterable
from typing import Any, Final

from ..graph.policy_statements import EVERYONE, Statement, statements
from ..graph.values import UNKNOWN
from ..model.fact import Fact, every

_WRITES: Final = (
    *("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    *("s3:PutBucketVersioning", "s3:PutLifecycleConfiguration", "s3:PutObjectAcl", "s3:PutBucketAcl"),
    *("s3:ReplicateObject", "s3:PutBucketPublicAccessBlock"),
)
"""What replaces or deletes an object, or lets someone do so."""
_ACCOUNT: Final = re.compile(r":(\d{12}):|^(\d{12})$")


def accounts_in(values: Iterable[Any]) -> frozenset[str]:
    """The accounts that the ARNs among some values belong to."""
    found = (_ACCOUNT.search(each) for each in values if isinstance(each, str))
    return frozenset(match[1] or match[2] for match in found if match)


def written_by_owner_alone(policies: Iterable[Any], own: frozenset[str], *, blocks_public: Fact) -> Fact:
    """Whether policies of a bucket let only the bucket's own account write to it.

    `own` are the accounts that may own it, `blocks_public` whether a public access block rejects public policies.
    """
    return every(*(_of_policy(each, own, blocks_public) for each in policies if each is not None))


def _of_policy(policy: Any, own: frozenset[str], blocks_public: Fact) -> Fact:
    found = statements(policy)
    if not isinstance(found, list):
        return Fact.unknown(
            "whom the policy of its truststore's bucket lets write to it is known only after deployment"
        )
    return every(*(_of_statement(each, own, blocks_public) for each in found if each.allows))


def _of_statement(statement: Statement, own: frozenset[str], blocks_public: Fact) -> Fact:
    covered = [statement.covers(action) for action in _WRITES]
    if not any(each is not False for each in covered) or statement.is_service:
        return Fact.YES
    unknown = Fact.unknown("whether the policy of its truststore's bucket lets others write to it is unknown")
    if statement.principal == EVERYONE:
        if statement.conditions or not statement.conditions_known:
            return unknown
        public = Fact.no("trusts a truststore that the policy of its bucket lets anyone write to")
        return Fact.YES if blocks_public.is_yes else public if True in covered else unknown
    if statement.principal is UNKNOWN or not statement.account or not own or True not in covered:
        return Fact.YES if statement.account in own else unknown
    if statement.account in own:
        return Fact.YES
    return Fact.no("trusts a truststore that the policy of its bucket lets another account write to")
