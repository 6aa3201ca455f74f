"""What a run comes to."""

from dataclasses import replace

import pytest
from runs import GATEWAY, LOOSE, REMOTE, UNDECIDED, VIOLATION, WAIVED, make, source

from policypack.model.findings import Status
from policypack.reports.run import ExitCode, in_force
from policypack.sources.source import Engine

UNSEEN = (source(REMOTE),)
HARMLESS = (source(replace(REMOTE, type="awsx:ec2:Vpc")),)
ADVISORY = {VIOLATION.policy: "advisory"}
VERDICTS = {
    "nothing found": ((), {}, 0, 0),
    "violation": ((VIOLATION,), {}, 1, 1),
    "violation of nothing's": ((LOOSE,), {"gateways": ()}, 1, 1),
    "undecided": ((UNDECIDED,), {}, 0, 1),
    "waived": ((WAIVED,), {}, 0, 0),
    "advisory": ((VIOLATION,), {"levels": ADVISORY}, 0, 1),
    "remediate": ((VIOLATION,), {"levels": {VIOLATION.policy: "remediate"}}, 1, 1),
    "advisory and mandatory": ((VIOLATION, replace(VIOLATION, policy="other")), {"levels": ADVISORY}, 1, 1),
    "no gateway": ((), {"gateways": ()}, 0, 0),
    "no gateway, and not evaluated": ((), {"gateways": (), "sources": UNSEEN}, 2, 2),
    "violation, and not evaluated": ((LOOSE,), {"gateways": (), "sources": UNSEEN}, 1, 1),
    "a gateway, and not evaluated": ((), {"sources": UNSEEN}, 0, 1),
    "a component that holds no API": ((), {"gateways": (), "sources": HARMLESS}, 0, 0),
}


@pytest.mark.parametrize(("findings", "fields", "code", "strictly"), VERDICTS.values(), ids=VERDICTS)
def test_exit_codes(findings, fields, code: int, strictly: int) -> None:
    assert make(*findings, **fields).exit_code == ExitCode(code)
    assert make(*findings, **fields, strict=True).exit_code == ExitCode(strictly)


def test_the_summary_counts_everything_in_one_line() -> None:
    run = make(VIOLATION, UNDECIDED, WAIVED, sources=(source(REMOTE), source(engine=Engine.STATE_FILE)))

    assert run.summary == (
        "1 violation, 0 warnings, 1 undecided, 1 waived; 2 stacks, 1 gateway, 4 checks, 1 component not "
        "evaluated (engine: offline, state file)"
    )
    assert make().summary == "0 violations, 0 warnings, 0 undecided, 0 waived; 1 gateway, 1 check (engine: offline)"


def test_findings_are_read_violations_first_then_by_layer() -> None:
    auth = replace(VIOLATION, layer="auth", policy="auth-required")
    run = make(WAIVED, UNDECIDED, VIOLATION, LOOSE, auth, levels={LOOSE.policy: "advisory"})

    assert run.findings(*Status) == [auth, VIOLATION, LOOSE, UNDECIDED, WAIVED]
    assert run.findings(Status.VIOLATION, gateway=GATEWAY.urn) == [auth, VIOLATION]
    assert run.findings(Status.VIOLATION, gateway="") == [LOOSE]


LAYERS = {
    "auth": ((), Status.PASS),
    "network": ((), Status.NOT_APPLICABLE),
    "keys": ((UNDECIDED,), Status.UNDECIDED),
    "tls": ((WAIVED,), Status.WAIVED),
    "waf": ((VIOLATION, replace(UNDECIDED, layer="waf")), Status.VIOLATION),
}


@pytest.mark.parametrize(("layer", "findings", "status"), [(k, *v) for k, v in LAYERS.items()], ids=LAYERS)
def test_a_layer_is_what_its_worst_check_is(layer: str, findings, status: Status) -> None:
    assert make(*findings).status(GATEWAY, layer) is status


def test_a_layer_warns_where_all_that_is_violated_is_advisory() -> None:
    other = replace(VIOLATION, policy="waf-other")

    assert make(VIOLATION, UNDECIDED, levels=ADVISORY).only_warns(GATEWAY, "waf")
    assert not make(VIOLATION, other, levels=ADVISORY).only_warns(GATEWAY, "waf")
    assert not make(levels=ADVISORY).only_warns(GATEWAY, "waf")


def test_policies_that_are_switched_off_leave_nothing() -> None:
    report = in_force(make(VIOLATION, UNDECIDED).report, {VIOLATION.policy: "disabled", UNDECIDED.policy: "advisory"})

    assert report.findings == (UNDECIDED,)
    assert VIOLATION.policy not in {check.policy for check in report.checks}
    assert report.gateways == (GATEWAY,)
