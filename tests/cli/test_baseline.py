"""The baseline: known violations do not fail, new ones do, and fixed ones leave it for good."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from runs import LOOSE, UNDECIDED, VIOLATION, make

from policypack.configuration import baseline
from policypack.model.findings import Status

OTHER = replace(VIOLATION, subject="stage two", message="a second stage")
DEV = "dev::shop"
BILLING = replace(VIOLATION, urn=VIOLATION.urn.replace("dev::shop", "dev::billing"))


def statuses(report):
    return [each.status for each in report.findings]


def test_known_violations_do_not_fail_and_new_ones_do() -> None:
    known = baseline.of_report(make(VIOLATION, UNDECIDED).report)

    report = known.applied(make(VIOLATION, OTHER, UNDECIDED).report)

    assert statuses(report) == [Status.KNOWN, Status.VIOLATION, Status.UNDECIDED]
    assert report.findings[0].waiver == baseline.KNOWN
    assert next(each.status for each in report.checks if each.policy == VIOLATION.policy) is Status.VIOLATION


def test_a_violation_stays_known_when_its_message_changes() -> None:
    known = baseline.of_report(make(VIOLATION).report)

    assert statuses(known.applied(make(replace(VIOLATION, message="reworded")).report)) == [Status.KNOWN]
    assert statuses(known.applied(make(replace(VIOLATION, subject="GET /new")).report)) == [Status.VIOLATION]


def test_what_is_known_once_is_known_once() -> None:
    known = baseline.of_report(make(VIOLATION).report)

    assert statuses(known.applied(make(VIOLATION, VIOLATION).report)) == [Status.KNOWN, Status.VIOLATION]


def test_checks_follow() -> None:
    report = make(VIOLATION, LOOSE).report

    checks = baseline.of_report(report).applied(report).checks

    assert {each.status for each in checks if each.policy in {VIOLATION.policy, LOOSE.policy}} == {Status.KNOWN}


def test_it_begins_shrinks_and_never_grows(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"

    def applied(*findings, update: bool) -> list[Status]:
        return statuses(baseline.apply(file, make(*findings).report, update=update, stacks=[DEV]))

    assert applied(VIOLATION, OTHER, update=True) == [Status.KNOWN] * 2
    assert applied(OTHER, LOOSE, update=True) == [Status.KNOWN, Status.VIOLATION]
    assert baseline.read(file) == baseline.of_report(make(OTHER).report)
    assert applied(VIOLATION, update=False) == [Status.VIOLATION]
    assert len(file.read_text().splitlines()) == 3


def test_an_update_keeps_what_it_did_not_evaluate(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    baseline.write(file, baseline.of_report(make(VIOLATION, BILLING).report))

    baseline.apply(file, make().report, update=True, stacks=[DEV])

    assert baseline.read(file) == baseline.of_report(make(BILLING).report)


def test_a_renamed_stack_keeps_its_entries(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    baseline.write(file, baseline.of_report(make(VIOLATION, BILLING).report))
    moved = make(
        replace(VIOLATION, urn=VIOLATION.urn.replace("::dev::", "::prod::").replace(":dev::", ":prod::"))
    ).report

    assert statuses(baseline.apply(file, moved, update=False)) == [Status.VIOLATION]
    renamed = baseline.apply(file, moved, update=True, stacks=["prod::shop"], renamed={"dev": "prod"})
    assert statuses(renamed) == [Status.KNOWN]
    assert {entry.stack for entry in baseline.read(file).known} == {"prod::shop", "prod::billing"}


def test_files_of_version_1_are_read_and_become_version_2(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    old = [{"policy": each.policy, "urn": each.urn, "message": each.message} for each in (VIOLATION, OTHER, BILLING)]
    file.write_text(json.dumps({"version": 1, "violations": old}))

    report = baseline.apply(file, make(VIOLATION, OTHER).report, update=True, stacks=[DEV])

    assert statuses(report) == [Status.KNOWN] * 2
    written = json.loads(file.read_text())
    assert written["version"] == baseline.VERSION
    assert sorted(each.get("subject", each.get("message")) for each in written["violations"]) == sorted(
        [VIOLATION.subject, OTHER.subject, BILLING.message]
    )


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


def test_a_file_that_cannot_be_written_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(baseline.BaselineError, match="cannot be written: No such file or directory"):
        baseline.write(tmp_path / "missing" / "baseline.json", baseline.of_report(make().report))
