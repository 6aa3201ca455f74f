"""Reads whether the policy of an SNS topic lets CloudWatch alarms publish to it, and names who may subscribe."""

from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.policy_statements import EVERYONE, Statement, statements
from ...graph.resource_types import TOPIC, TOPIC_POLICY
from ...graph.values import UNKNOWN, items, text
from ...model.fact import Fact, every, negate, some

_PUBLISH: Final = "sns:Publish"
_SUBSCRIBE: Final = "sns:Subscribe"
_CLOUDWATCH: Final = "cloudwatch.amazonaws.com"
_OF_ALARMS: Final = frozenset({"aws:sourceowner", "aws:sourceaccount", "aws:sourcearn"})
"""The condition keys that alarms of the same account meet; the default policy of a topic has the first one."""
_ACCOUNT_KEYS: Final = ("aws:sourceowner", "aws:sourceaccount")
_ACCOUNT: Final = 4
"""The index of the account in an ARN."""
_AN_ALARM: Final = "arn:aws:cloudwatch:"


class TopicPolicies:
    """The policies of the topics of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort them by topic, once."""
        self._policies: dict[str, list[Any]] = defaultdict(list)
        self._computed: set[str] = set()
        """The URNs of the topics that have a policy which is known only once they exist."""
        for policy in graph.of_type(TOPIC_POLICY):
            document = policy.inputs.get("policy")
            for topic in _topics(graph, policy):
                # Every policy contains the ARN of its topic, so none is known before its topic exists. Such a policy is
                # evaluated once it is known; until then, almost every program would be undecided.
                if document is not UNKNOWN or topic not in graph.dependencies(policy, "policy", TOPIC):
                    self._policies[topic.urn].append(document)
                else:
                    self._computed.add(topic.urn)

    def let_alarms_publish(self, topic: Resource) -> Fact:
        """Whether CloudWatch alarms may publish to a topic; without a policy of its own, those of its account may."""
        own = topic.inputs.get("policy")
        given = self._policies.get(topic.urn) or ([] if own is None else [own])
        arn = _arn(topic)
        # AWS does not say whether a statement for the account itself includes its alarms.
        return every(*(lets_alarms(each, _PUBLISH, arn, as_account=Fact.UNKNOWN) for each in given))

    def name_subscribers(self, topic: Resource) -> Fact:
        """Whether the policy of a topic says who, of those that it names, may subscribe to it, in whatever stack."""
        if topic.urn in self._computed:
            return Fact.YES
        given = self._policies.get(topic.urn, [topic.inputs.get("policy")])
        arn = _arn(topic)
        listed = [each for policy in given for each in _of(policy) if each.concerns(arn)]
        return Fact.of(any(_names_subscribers(each) for each in listed))


def _arn(topic: Resource) -> str:
    return text(topic.outputs.get("arn")) or text(topic.id)


def _of(policy: Any) -> list[Statement]:
    found = statements(policy)
    return found if isinstance(found, list) else []


def _names_subscribers(statement: Statement) -> bool:
    named = statement.principal not in (EVERYONE, UNKNOWN) and not statement.is_service
    return statement.allows and named and statement.covers(_SUBSCRIBE) is True


def _topics(graph: Graph, policy: Resource) -> Sequence[Resource]:
    """The topics of a policy; in aws-native, one policy may be that of several topics."""
    arns = items(policy.inputs.get("arn"))
    named = [topic for arn in arns if isinstance(arn, str) for topic in graph.named(arn, TOPIC)]
    return named or graph.dependencies(policy, "arn", TOPIC)


def lets_alarms(policy: Any, action: str, arn: str, *, as_account: Fact) -> Fact:
    """Whether a policy lets the alarms of its own account use an action on the resource with an ARN.

    `as_account` is whether a statement about the account as a whole includes them.
    """
    found = statements(policy)
    if not isinstance(found, list):
        return Fact.UNKNOWN
    covering = [(each, each.covers(action)) for each in found if each.concerns(arn)]
    account = (arn.split(":") + [""] * _ACCOUNT)[_ACCOUNT]
    applies = [
        (each, Fact.NO if covers is False else _includes_alarms(each, account, as_account, covers=covers))
        for each, covers in covering
    ]
    allowed = [fact for each, fact in applies if each.allows]
    denied = [fact for each, fact in applies if not each.allows]
    return every(some(*allowed), *(negate(each) for each in denied if not each.is_unknown))


def _includes_alarms(statement: Statement, account: str, as_account: Fact, *, covers: bool | None) -> Fact:
    """Whether a statement applies to alarms; `account` is that of the resource, empty if unknown."""
    if statement.principal is UNKNOWN or covers is None or not statement.conditions_known:
        return Fact.UNKNOWN
    if statement.principal not in (EVERYONE, _CLOUDWATCH):
        return as_account if _is_whole_account(statement) else Fact.NO
    if statement.conditions.keys() - _OF_ALARMS:
        return Fact.UNKNOWN
    if any(_is_another(statement, key, account) for key in _ACCOUNT_KEYS):
        return Fact.NO
    sources = statement.conditions.get("aws:sourcearn", ("", ("*",)))[1]
    return Fact.of(None if UNKNOWN in sources else any(_may_be_alarm(text(each)) for each in sources))


def _is_another(statement: Statement, key: str, account: str) -> bool:
    """Whether a condition asks for other accounts than that of the alarms."""
    operator, accounts = statement.conditions.get(key, ("", ()))
    if not account or not operator.startswith(("stringequals", "stringlike")) or UNKNOWN in accounts:
        return False
    return not any(fnmatchcase(account, text(each)) for each in accounts)


def _is_whole_account(statement: Statement) -> bool:
    """Whether the principal is an account, by its id or by the ARN of its root."""
    account = statement.account
    return bool(account) and statement.principal in {account, f"arn:aws:iam::{account}"}


def _may_be_alarm(pattern: str) -> bool:
    """Whether the ARN of an alarm may match a pattern."""
    return fnmatchcase(_AN_ALARM, pattern[: len(_AN_ALARM)]) or pattern.startswith(_AN_ALARM) or pattern[:1] == "*"
