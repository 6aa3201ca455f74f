"""Reads whether CloudWatch alarms may use the key that an SNS topic is encrypted with.

https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services
"""

from collections import defaultdict
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import KMS_ALIAS, KMS_KEY, KMS_KEY_POLICY
from ...graph.values import UNKNOWN, text
from ...model.fact import Fact, every
from .topic_policies import lets_alarms

_AWS_MANAGED: Final = "alias/aws/sns"
_ACTIONS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_KEY: Final = "kmsMasterKeyId"


class TopicKeys:
    """The keys of the topics of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort the key policies by key, once."""
        self._graph = graph
        self._policies: dict[str, list[Any]] = defaultdict(list)
        for each in graph.of_type(KMS_KEY_POLICY):
            key = graph.target(each, "keyId", KMS_KEY)
            if isinstance(key, Resource):
                self._policies[key.urn].append(_policy(each))

    def let_alarms_encrypt(self, topic: Resource) -> Fact:
        """Whether alarms may use the key of a topic; YES if it has none, or one that is not evaluated."""
        named = f"topic {text(topic.inputs.get('name')) or topic.name}"
        if text(topic.inputs.get(_KEY)) == _AWS_MANAGED:
            return Fact.NO
        key = self._key(topic)
        if key is None:
            return Fact.YES
        enabled = key.inputs.get("isEnabled", key.inputs.get("enabled"))
        # A policy of its own replaces the one among the inputs. The default one names the account alone.
        given = self._policies.get(key.urn) or [_policy(key)]
        arn = text(key.outputs.get("arn"))
        allowed = (
            lets_alarms(each, action, arn, as_account=Fact.NO)
            for each in given
            for action in _ACTIONS
            if each is not None
        )
        is_enabled = Fact.of(None if enabled is UNKNOWN else enabled is not False)
        return Fact(every(is_enabled, *allowed).value).because(
            no=f"notifies no one: key {key.name}, which its {named} is encrypted with, does not let CloudWatch use it",
            unknown=f"whether key {key.name}, which its {named} is encrypted with, lets CloudWatch use it is not known "
            "here",
        )

    def _key(self, topic: Resource) -> Resource | None:
        found = self._graph.target(topic, _KEY, KMS_KEY, KMS_ALIAS)
        if isinstance(found, Resource) and found.type == KMS_ALIAS:
            found = self._graph.target(found, "targetKeyId", KMS_KEY)
        return found if isinstance(found, Resource) else None


def _policy(resource: Resource) -> Any:
    """The policy that a resource gives a key; None if it is evaluated once it is known.

    Many policies name what is yet to be created, such as log groups. Until then, almost every program would be
    undecided.
    """
    given = resource.inputs.get("policy", {})
    return None if given is UNKNOWN and resource.property_dependencies.get("policy") else given
