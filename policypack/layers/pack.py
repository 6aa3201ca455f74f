"""Pack: whether the policy pack itself can be trusted. A group of its own, in addition to the six layers."""

from collections.abc import Iterator
from datetime import timedelta

from ..model.fact import Fact, every_listed
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

PACK = Layer("pack", "The policy pack itself")
_OPTIONS = "https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/"


@PACK.stack_policy(
    severity=Severity.MEDIUM,
    fix="Remove the property from {ignoreChanges}, or waive this policy for the resource with a reason.",
    references=("nist-800-53-r5:CM-2", "owasp-api-2023:API8", _OPTIONS),
)
def ignore_changes_unused(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No resource ignores changes of a property that policies evaluate.

    An ignored property stays as it was created, or as someone changed it by hand. The program then shows one value
    while AWS has another, and no later preview shows the difference.
    """
    for resource in stack.ignored_changes:
        properties = ", ".join(resource.properties)
        yield resource.verdict(
            Fact.of(
                not resource.properties,
                no=f"ignores changes of {properties}, so what is evaluated may differ from what is deployed",
            )
        )


@PACK.stack_policy(
    severity=Severity.LOW,
    fix="Remove the waiver from the configuration, or correct its policy or URN.",
    references=("nist-800-53-r5:CM-3", "https://www.pulumi.com/docs/insights/policy/"),
)
def waivers_used(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every waiver waives something.

    A waiver that matches nothing contains a typing error, or its reason no longer applies. Left in place, it hides the
    next mistake.
    """
    for waiver in stack.waivers:
        yield waiver.verdict(waiver.used)


@PACK.stack_policy(
    severity=Severity.LOW,
    fix="Give the waiver an `owner`, and an `until` date within the limit that `longest_days` sets.",
    references=("nist-800-53-r5:CM-3", "https://www.pulumi.com/docs/insights/policy/"),
    config={
        "longest_days": {
            "type": "integer",
            "minimum": 1,
            "default": 366,
            "description": "The latest end of a waiver, in days from today.",
        }
    },
)
def waivers_accountable(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """Every waiver has an owner and an end date.

    A risk that no one owns and no one reviews is not accepted but forgotten.
    """
    latest = stack.today + timedelta(days=settings["longest_days"])
    for waiver in stack.waivers:
        yield waiver.verdict(
            every_listed(
                Fact.of(bool(waiver.owner), no="names no owner"),
                Fact.of(waiver.until is not None, no="has no end date"),
                Fact.of(waiver.until is None or waiver.until <= latest, no=f"ends on {waiver.until}, after {latest}"),
            )
        )
