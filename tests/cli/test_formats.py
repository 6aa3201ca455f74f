"""The reports for other programs (SARIF, JUnit, Markdown); who names a resource writes in none of them."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from runs import GATEWAY, LOOSE, REMOTE, STAGE, UNDECIDED, VIOLATION, WAIVED, make, source

from policypack import reports
from policypack.configuration.manifest import version
from policypack.layers import POLICIES
from policypack.model.findings import Status
from policypack.model.verdict import Severity
from policypack.redaction.escaping import code, markdown, visible
from policypack.reports import markdown as markdown_report
from policypack.reports import terminal

RULE = next(rule for rule in POLICIES if rule.layer == "waf")
OURS = replace(VIOLATION, policy=RULE.id)


def full(**fields):
    return make(OURS, UNDECIDED, WAIVED, LOOSE, levels={LOOSE.policy: "advisory"}, **fields)


# -- SARIF: the demands of its schema on what we write ---------------------------------------------------------------


def some(required: list[str], **properties) -> dict:
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


TEXT = {"type": "string", "minLength": 1}
MESSAGE = some(["text"], text=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
ARTIFACT = some(["uri"], uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT)
REGION = some(["startLine"], startLine={"type": "integer", "minimum": 1})
LOCATION = some(
    ["physicalLocation"],
    physicalLocation=some(["artifactLocation", "region"], artifactLocation=ARTIFACT, region=REGION),
    logicalLocations={"type": "array", "items": some(["fullyQualifiedName"], fullyQualifiedName=TEXT, kind=TEXT)},
)
SUPPRESSION = some(["kind"], kind={"enum": ["inSource", "external"]}, status={"enum": ["accepted"]}, justification=TEXT)
RESULT = some(
    ["ruleId", "kind", "level", "message", "locations", "partialFingerprints"],
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    kind={"enum": ["fail", "review"]},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "minItems": 1, "items": LOCATION},
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    suppressions={"type": "array", "items": SUPPRESSION},
) | {"if": {"properties": {"kind": {"const": "review"}}}, "then": {"properties": {"level": {"const": "none"}}}}
DRIVER = some(
    ["name", "semanticVersion", "rules"],
    name=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules={
        "type": "array",
        "uniqueItems": True,
        "items": some(
            ["id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"],
            id=TEXT,
            shortDescription=MESSAGE,
            fullDescription=MESSAGE,
            help=some(["text"], text=TEXT, markdown=TEXT),
            helpUri={"type": "string", "format": "uri"},
            defaultConfiguration=some([], level=LEVEL),
            properties=some(
                ["tags", "security-severity"],
                tags={"type": "array", "items": TEXT, "uniqueItems": True},
                **{"security-severity": {"type": "string", "pattern": r"^\d\.\d$"}, "precision": TEXT},
            ),
        ),
    },
)
INVOCATION = some(
    ["executionSuccessful"],
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    properties={"type": "object"},
    toolExecutionNotifications={"type": "array", "items": some(["message"], level=LEVEL, message=MESSAGE)},
)
SARIF = some(
    ["version", "runs"],
    **{"$schema": TEXT},
    version={"const": "2.1.0"},
    runs={
        "type": "array",
        "minItems": 1,
        "items": some(
            ["tool", "results"],
            tool=some(["driver"], driver=DRIVER),
            columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
            invocations={"type": "array", "items": INVOCATION},
            results={"type": "array", "items": RESULT},
        ),
    },
)
"""A strict excerpt of the published schema: nothing but what we write, each under the conditions that it has there."""


def sarif(run) -> dict:
    document = json.loads(reports.render("sarif", run))
    jsonschema.validate(document, SARIF)
    return document["runs"][0]


@pytest.mark.parametrize(
    "run",
    [full(), make(), make(gateways=()), full(failures=(("x.json", "is broken"),))],
    ids=["full", "clean", "empty", "failed"],
)
def test_sarif_is_valid(run) -> None:
    assert len(sarif(run)["results"]) == len(run.report.findings)


def test_sarif_names_rules_levels_and_waivers() -> None:
    run = sarif(full())
    results = {each["ruleId"]: each for each in run["results"]}

    assert [each["id"] for each in run["tool"]["driver"]["rules"]] == [rule.id for rule in POLICIES]
    assert run["tool"]["driver"]["rules"][results[RULE.id]["ruleIndex"]]["id"] == RULE.id
    told = {name: (each["kind"], each["level"]) for name, each in results.items()}
    assert told == {
        RULE.id: ("fail", "error"),
        UNDECIDED.policy: ("review", "none"),
        WAIVED.policy: ("fail", "error"),
        LOOSE.policy: ("fail", "warning"),
    }
    waived = [name for name, each in results.items() if "suppressions" in each]
    assert waived == [WAIVED.policy]
    assert results[WAIVED.policy]["suppressions"][0]["justification"] == WAIVED.waiver


def places(run) -> list[tuple[str, str, int]]:
    found = [each["locations"][0]["physicalLocation"] for each in sarif(run)["results"]]
    return [
        (each["artifactLocation"]["uri"], each["artifactLocation"].get("uriBaseId", ""), each["region"]["startLine"])
        for each in found
    ]


def test_sarif_points_at_the_line_from_where_the_command_ran(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)

    project = make(OURS, sources=(source(root=str(tmp_path / "infra")),))
    assert places(project) == [("infra/stacks/shop.py", "%SRCROOT%", 12)]
    elsewhere = make(OURS, sources=(source(root="/some where/else"),))
    assert places(elsewhere) == [("file:///some%20where/else/stacks/shop.py", "", 12)]
    unknown = make(replace(OURS, location=""), sources=(source(target="state.json"),))
    assert places(unknown) == [("state.json", "%SRCROOT%", 1)]


def test_sarif_fingerprints_survive_a_move_in_the_program() -> None:
    one, moved, other = (
        sarif(make(each))["results"][0]["partialFingerprints"]
        for each in (OURS, replace(OURS, location="x.py:99", message="reworded"), replace(OURS, subject="GET /orders"))
    )
    assert one == moved
    assert one.keys() == other.keys()
    assert not one.items() & other.items()


def test_sarif_may_leave_out_what_is_suppressed() -> None:
    known = replace(OURS, status=Status.KNOWN, waiver="in the baseline")

    included, omitted = (sarif(make(known, WAIVED, LOOSE, shows_suppressed=each))["results"] for each in (True, False))

    assert sorted("suppressions" in each for each in included) == [False, True, True]
    assert [each["ruleId"] for each in omitted] == [LOOSE.policy]


def test_sarif_paths_are_relative_to_the_repository(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / ".git").mkdir()
    project = tmp_path / "services/shop"
    project.mkdir(parents=True)
    monkeypatch.chdir(project)

    assert places(make(OURS)) == [("services/shop/stacks/shop.py", "%SRCROOT%", 12)]
    assert places(make(OURS, source_root="..")) == [("shop/stacks/shop.py", "%SRCROOT%", 12)]


# -- many stacks -----------------------------------------------------------------------------------------------------

BILLING = "urn:pulumi:dev::billing::"


def fleet(**fields):
    """Two stacks with gateways of the same name, of which the second one is worse."""
    there = {each: replace(each, urn=each.urn.replace("urn:pulumi:dev::shop::", BILLING)) for each in (OURS, LOOSE)}
    worse = replace(
        there[OURS], gateway=GATEWAY.urn.replace("urn:pulumi:dev::shop::", BILLING), severity=Severity.CRITICAL
    )
    return make(
        OURS,
        WAIVED,
        worse,
        there[LOOSE],
        gateways=(GATEWAY, replace(GATEWAY, urn=worse.gateway)),
        sources=(source(), source(project="billing")),
        day="2026-11-27",
        configuration="preset strict",
        **fields,
    )


@pytest.mark.parametrize("form", [each for each in reports.MODULES if each not in {"concise", "github"}])
def test_every_report_says_what_made_it(form: str) -> None:
    text = reports.render(form, fleet())

    assert [each for each in (version(), "2026-11-27", "preset strict") if each not in text] == []


@pytest.mark.parametrize("form", ["terminal", "html", "markdown", "junit"])
def test_gateways_of_one_name_are_told_apart_by_their_stacks(form: str) -> None:
    text = reports.render(form, fleet())

    assert "shop (shop/dev)" in text
    assert "shop (billing/dev)" in text


@pytest.mark.parametrize("form", ["terminal", "html"])
def test_the_worst_stack_comes_first_in_the_overview(form: str) -> None:
    rows = [line for line in reports.render(form, fleet()).splitlines() if re.search(r"\b(shop|billing)/dev\b", line)]
    overview = [line for line in rows if "(" not in line]

    assert "billing/dev" in overview[0]
    assert "shop/dev" in overview[1]


def test_statistics_count_by_policy_and_owner() -> None:
    run = fleet()
    owned = replace(WAIVED, owner="platform")

    assert run.by_policy() == [(OURS.policy, 2, 2), (LOOSE.policy, 1, 1)]
    assert make(owned, owned, WAIVED).by_owner() == [("platform", 2), ("", 1)]
    text = terminal.render(run, quiet=True, statistics=True)
    assert re.search(rf"^2 +2 +{OURS.policy}$", text, re.MULTILINE)
    assert "REST API" not in text


def test_concise_is_one_line_for_each_finding() -> None:
    *lines, last = reports.render("concise", full()).splitlines()

    assert len(lines) == len(full().report.findings)
    assert f"{OURS.location}: {OURS.severity.value} violation {OURS.policy}: {OURS.message}" in lines
    assert last == full().summary


def test_github_annotates_the_lines_of_the_program() -> None:
    lines = reports.render("github", full(failures=(("x.json", "is broken"),))).splitlines()

    (error,) = [each for each in lines if each.startswith("::error file=")]
    assert error.startswith(f"::error file=stacks/shop.py,line=12,title={OURS.policy} (high)::{OURS.message}. ")
    assert [each.partition(" ")[0] for each in lines[:-1]] == ["::error", "::warning", "::notice", "::error"]
    assert not any(WAIVED.policy in each for each in lines)


def test_github_commands_contain_no_others() -> None:
    name = "x::error::y, z%0Aq\n::stop-commands::a"
    text = reports.render("github", make(replace(OURS, message=name, location=f"{name}.py:3")))

    assert len(text.splitlines()) == 2
    assert "%0A" not in text


def test_markdown_fits_into_a_comment_and_says_what_it_leaves_out() -> None:
    many = [replace(OURS, message=f"route {number} " + "x" * 200) for number in range(1000)]
    waived = [replace(each, status=Status.WAIVED, waiver="old") for each in many]

    for findings in (many, waived):
        text = reports.render("markdown", make(*findings))
        assert len(text) <= 65_536
        assert text.count("<details>") == text.count("</details>")
        assert text.rstrip().endswith(markdown_report.LEFT_OUT)
    assert markdown_report.LEFT_OUT not in reports.render("markdown", full())


def parsed(document: str) -> ET.Element:
    return ET.fromstring(document)  # noqa: S314 - our own


# -- JUnit -----------------------------------------------------------------------------------------------------------


def test_junit_has_a_case_for_each_policy() -> None:
    suites = parsed(reports.render("junit", full(failures=(("x.json", "is broken"),))))

    names = {suite.get("name"): {case.get("name"): [part.tag for part in case] for case in suite} for suite in suites}
    assert names == {
        "shop": {
            "auth-required": [],
            RULE.id: ["failure"],
            UNDECIDED.policy: ["skipped", "system-out"],
            WAIVED.policy: ["skipped", "system-out"],
        },
        "not part of a gateway": {LOOSE.policy: ["system-out"]},
        "x.json": {"x.json": ["error"]},
    }
    counts = [suites.get(each) for each in ("tests", "failures", "errors", "skipped")]
    assert counts == ["6", "1", "1", "2"]


def test_junit_fails_on_what_is_undecided_where_that_is_mandatory() -> None:
    run = make(UNDECIDED, undecided_levels={UNDECIDED.policy: "mandatory"})

    assert parsed(reports.render("junit", run)).get("failures") == "1"


# -- Markdown --------------------------------------------------------------------------------------------------------


def test_markdown_has_a_headline_a_table_and_the_findings() -> None:
    told = reports.render("markdown", full(failures=(("x.json", "is broken"),)))

    assert told.startswith("### Gateway policy: not passed\n")
    assert "| shop | pass | undecided |  | **fail** |  | waived |  |\n" in told
    assert f"- **{RULE.id}** (high)\n  - stage live can be reached without a web ACL at `stacks/shop.py:12`" in told
    assert "<summary>3 other findings</summary>" in told
    assert "`x.json` could not be read:\n\n    is broken\n" in told
    assert reports.render("markdown", make()).startswith("### Gateway policy: passed\n")


@pytest.mark.parametrize("form", ["terminal", "markdown", "html"])
def test_why_a_target_could_not_be_read_is_told_line_by_line(form: str) -> None:
    told = reports.render(form, full(failures=(("x.json", "the program failed:\n  line 1\n  line 2"),)))
    lines = [line.replace("<pre>", "").strip() for line in told.splitlines()]

    assert [each for each in lines if each in {"line 1", "line 2"} or "failed:" in each] == [
        "the program failed:",
        "line 1",
        "line 2",
    ]


# -- names that somebody gave ----------------------------------------------------------------------------------------

EVIL = "x\x1b[2J\x07</code><script>alert(1)</script>|`@all\u202egnp\r\n::error::\ud800\u2028"


def evil():
    gateway = replace(GATEWAY, name=EVIL, stages=(EVIL,), domains=(EVIL,), layers={"auth": (EVIL,)})
    parts = {"message": EVIL, "location": f"{EVIL}:1", "component": EVIL}
    named = replace(OURS, urn=STAGE + EVIL, **parts)
    waived = replace(WAIVED, waiver=EVIL, **parts)
    sources = (source(replace(REMOTE, urn=REMOTE.urn + EVIL), target=EVIL, notes=(EVIL,)), source(stack=EVIL))
    return make(named, waived, gateways=(gateway,), sources=sources, failures=((EVIL, EVIL),))


@pytest.mark.parametrize("form", reports.MODULES)
def test_no_name_reaches_a_terminal_or_a_file_raw(form: str) -> None:
    told = reports.render(form, evil())

    told.encode()  # a lone surrogate could not be written
    assert [each for each in told if not each.isprintable() and each != "\n"] == []
    assert not any(line.startswith("::error::") for line in told.splitlines())


def test_no_name_is_markup() -> None:
    page = reports.render("html", evil())
    own = re.search(r"<script>(.*?)</script>", page, re.DOTALL)
    assert page.count("<script") == (1 if own else 0)
    if own:  # the page's own script, which its policy names by its hash
        assert base64.b64encode(hashlib.sha256(own[1].encode()).digest()).decode() in page
    text = reports.render("markdown", evil()).replace(r"\`", "")
    outside = re.sub(r"^    .*$", "", re.sub(r"(`+).*?\1", "", text), flags=re.MULTILINE)  # in code it is a text
    assert "<script>" not in outside
    parsed(reports.render("junit", evil()))
    sarif(evil())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ü 漢字", "plain ü 漢字"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\nb", r"a\nb"),
        ("\u202e", r"\u202e"),
        ("urn:pulumi:dev::shop", "urn:pulumi:dev::shop"),
        ("::add-mask::x", r"\x3a:add-mask::x"),
        ("a ##vso[task.x] ##[error]", r"a \x23#vso[task.x] \x23#[error]"),
    ],
)
def test_what_is_hidden_is_spelled_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_markdown_names_are_texts() -> None:
    assert markdown("<b> *a* [x](y) @me | `") == r"&lt;b&gt; \*a\* \[x\](y) @&#8203;me \| \`"
    assert code("a`b") == "``a`b``"
    assert code("`") == "`` ` ``"
