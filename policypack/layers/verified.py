"""Policies about what AWS holds: one for each layer, which `gateway-policy verify` alone evaluates."""

from collections.abc import Iterator

from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

_DOCS = "https://www.pulumi.com/docs/iac/cli/commands/pulumi_refresh/"


def declare(layer: Layer) -> None:
    """Declare the policy of a layer."""

    @layer.stack_policy(
        severity=Severity.HIGH,
        fix=(
            "Run `pulumi up --refresh`, which sets what the program declares. If routes were changed in AWS, import "
            "and deploy them again: `pulumi up --replace` with the URNs of the RestApiPut and of the Deployment. If "
            "AWS is right, change the program."
        ),
        references=("nist-800-53-r5:CM-2", "nist-800-53-r5:CM-6", _DOCS),
    )
    def verified(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
        """What AWS holds for this layer is what the state contains.

        Pulumi compares a program with its state, and a plain update does not read AWS. A manual change, or an update
        that failed, therefore leaves a difference that no later preview shows. Only `gateway-policy verify` evaluates
        this, on deployed stacks.
        """
        for each in stack.verified:
            if each.layer == layer.name:
                yield each.verdict(each.same)

    del verified
