"""The report as JUnit XML, for the test results of CI systems: one suite for each gateway, one case for each policy."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..model.findings import Check, Finding, Status
from ..redaction.escaping import visible
from .run import Run

WITHOUT_GATEWAY: Final = "not part of a gateway"


def render(run: Run) -> str:
    """The XML document."""
    suites = Element("testsuites", name=visible(run.about))
    cases = _cases(run)
    for gateway in run.report.gateways:
        _suite(suites, run, run.name_of(gateway), cases.get(gateway.urn, ()))
    _suite(suites, run, WITHOUT_GATEWAY, cases.get("", ()))
    for target, reason in run.failures:
        suite = SubElement(suites, "testsuite", name=visible(target))
        case = SubElement(suite, "testcase", classname="target", name=visible(target))
        SubElement(case, "error", message="could not be read").text = _lines(reason)
    for suite in suites:
        _count(suite)
    _count(suites)
    indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


Case = tuple[Check, Sequence[Finding]]
"""A check and its findings."""


def _cases(run: Run) -> dict[str, list[Case]]:
    """The checks that evaluated something, by gateway. A check for no gateway has all findings of its policy."""
    found: dict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in run.report.findings:
        for gateway in {"", finding.gateway}:
            found[finding.policy, gateway].append(finding)
    cases: dict[str, list[Case]] = defaultdict(list)
    for check in run.report.checks:
        if check.read:
            cases[check.gateway].append((check, found.get((check.policy, check.gateway), ())))
    return cases


def _suite(suites: Element, run: Run, name: str, cases: Sequence[Case]) -> None:
    if cases:
        suite = SubElement(suites, "testsuite", name=visible(name))
        for check, found in cases:
            _case(suite, run, check, found)


def _case(suite: Element, run: Run, check: Check, found: Sequence[Finding]) -> None:
    case = SubElement(suite, "testcase", classname=check.layer, name=check.policy)
    failing = [each for each in found if run.fails(each)]
    others = [each for each in found if not run.fails(each)]
    if failing:
        SubElement(case, "failure", type=failing[0].severity.value, message=_line(failing[0])).text = _details(failing)
    elif check.status in {Status.UNDECIDED, Status.KNOWN, Status.WAIVED}:
        SubElement(case, "skipped", message=f"{check.status.value}: {_line(others[0])}")
    if others:
        SubElement(case, "system-out").text = _details(others)


def _line(finding: Finding) -> str:
    return visible(finding.message)


def _details(findings: list[Finding]) -> str:
    lines: list[str] = []
    for each in findings:
        reason = f" ({each.waiver})" if each.waiver else ""
        lines += [f"{each.status.value}: {_line(each)}{visible(reason)}", f"  {visible(each.urn)}"]
        lines += [f"  {visible(each.location)}"] if each.location else []
        lines.append(f"  fix: {each.fix}")
    return "\n".join(lines)


def _lines(text: str) -> str:
    return "\n".join(f"| {visible(line)}" for line in text.splitlines())


def _count(element: Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for plural, name in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(plural, str(sum(case.find(name) is not None for case in cases)))
