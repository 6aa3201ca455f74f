"""Pack: whether the policy pack itself can be trusted. Beside the six layers, not one of them."""

from collections.abc import Iterator
from datetime import timedelta

from ..model.fact import Fact
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

PACK = Layer("pack", "The policy pack itself")
_OPTIONS = "https://www.pulumi.com/docs/iac/concepts/resources/options/ignorechanges/"


@PACK.stack_policy(
    severity=Severity.MEDIUM,
    fix="Take the property out of `ignore_changes`, or waive this policy for the resource with a reason.",
    references=("nist-800-53-r5:CM-2", "owasp-api-2023:API8", _OPTIONS),
)
def ignore_changes_unused(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """No resource ignores changes of what a policy evaluates.

    What is ignored stays as it once was, or as somebody set it by hand: the program shows one thing and AWS has
    another, and no later preview tells.
    """
    for resource in stack.followed:
        properties = ", ".join(resource.ignored)
        yield resource.verdict(
            Fact.NO if resource.ignored else Fact.YES,
            no=f"ignores changes of {properties}, so what is evaluated need not be what is deployed",
            unknown="",
        )


@PACK.stack_policy(
    severity=Severity.LOW,
    fix="Take the waiver out of the configuration, or mend its policy or URN.",
    references=("nist-800-53-r5:CM-3", "https://www.pulumi.com/docs/insights/policy/"),
)
def waivers_used(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Every waiver waives something.

    One that matches nothing is a slip of the pen, or its reason is gone; either way it waits for the next mistake.
    """
    for waiver in stack.waivers:
        yield waiver.verdict(waiver.used, no="matches nothing that is violated or undecided", unknown="")


@PACK.stack_policy(
    severity=Severity.LOW,
    fix="Give the waiver `owner` and `until`, a day within the limit that `longest_days` sets.",
    references=("nist-800-53-r5:CM-3", "https://www.pulumi.com/docs/insights/policy/"),
    config={
        "longest_days": {
            "type": "integer",
            "minimum": 1,
            "default": 366,
            "description": "How many days from now a waiver may end at the latest.",
        }
    },
)
def waivers_accountable(stack: Stack, settings: Settings) -> Iterator[Verdict]:
    """Every waiver names who decided, and ends.

    A risk that nobody owns and nobody looks at again is not accepted but forgotten.
    """
    longest = stack.today + timedelta(days=settings["longest_days"])
    for waiver in stack.waivers:
        lacks = [] if waiver.owner else ["names no owner"]
        if waiver.until is None:
            lacks.append("has no end")
        elif waiver.until > longest:
            lacks.append(f"ends on {waiver.until} only")
        yield waiver.verdict(Fact.NO if lacks else Fact.YES, no=" and ".join(lacks), unknown="")
