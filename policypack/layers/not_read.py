"""Policies about what the pack cannot read: one for each of the six layers."""

from collections.abc import Iterator

from ..model.fact import Fact
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

_DOCS = "https://www.pulumi.com/docs/insights/policy/"


def declare(layer: Layer) -> None:
    """Declare the policy of a layer."""

    @layer.stack_policy(
        severity=Severity.HIGH,
        fix=(
            "Evaluate the stacks together (`gateway-policy check --together`) if another stack declares it, replace it "
            "with a resource that the pack reads, or review it and waive this policy for it."
        ),
        references=("nist-800-53-r5:CM-2", _DOCS),
    )
    def everything_read(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
        """Nothing that the pack cannot read changes how this layer protects a gateway.

        The pack never passes what it did not read. A resource of an unknown type that refers to a gateway, a property
        that is new, a stage that is named but not declared: each may weaken the layer, so each is undecided.
        """
        for each in stack.not_read:
            if layer.name in each.layers:
                yield each.verdict(Fact.unknown(each.reason))

    del everything_read
