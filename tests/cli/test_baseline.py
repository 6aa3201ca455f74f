"""The baseline: known violations do not fail, new ones do, and mended ones leave it for good."""

from dataclasses import replace
from pathlib import Path

import pytest
from runs import LOOSE, UNDECIDED, VIOLATION, make

from policypack.configuration import baseline
from policypack.findings import Status

OTHER = replace(VIOLATION, message="a second stage")


def statuses(report):
    return [each.status for each in report.findings]


def test_known_violations_are_waived_and_new_ones_are_not() -> None:
    known = baseline.of_report(make(VIOLATION, UNDECIDED).report)

    report = known.applied(make(VIOLATION, OTHER, UNDECIDED).report)

    assert statuses(report) == [Status.WAIVED, Status.VIOLATION, Status.UNDECIDED]
    assert report.findings[0].waiver == baseline.KNOWN
    assert next(each.status for each in report.checks if each.policy == VIOLATION.policy) is Status.VIOLATION


def test_what_is_known_once_is_known_once() -> None:
    known = baseline.of_report(make(VIOLATION).report)

    assert statuses(known.applied(make(VIOLATION, VIOLATION).report)) == [Status.WAIVED, Status.VIOLATION]


def test_checks_follow() -> None:
    report = make(VIOLATION, LOOSE).report

    checks = baseline.of_report(report).applied(report).checks

    assert {each.status for each in checks if each.policy in {VIOLATION.policy, LOOSE.policy}} == {Status.WAIVED}


def test_it_begins_shrinks_and_never_grows(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"

    assert statuses(baseline.apply(file, make(VIOLATION, OTHER).report, update=True)) == [Status.WAIVED] * 2
    assert statuses(baseline.apply(file, make(OTHER, LOOSE).report, update=True)) == [Status.WAIVED, Status.VIOLATION]
    assert baseline.read(file) == baseline.of_report(make(OTHER).report)
    assert statuses(baseline.apply(file, make(VIOLATION).report, update=False)) == [Status.VIOLATION]
    assert len(file.read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [(None, "--update-baseline writes the first one"), ("[", "cannot be read"), ('{"violations": [{}]}', "cannot be")],
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str | None, words: str) -> None:
    file = tmp_path / "baseline.json"
    if text is not None:
        file.write_text(text)

    with pytest.raises(baseline.BaselineError, match=words):
        baseline.apply(file, make().report, update=False)
