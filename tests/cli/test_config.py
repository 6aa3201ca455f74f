"""The configuration: levels, presets, settings, waivers; every mistake is told with the nearest name."""

import json
from datetime import date
from pathlib import Path

import jsonschema
import pytest

from policypack.configuration import config
from policypack.configuration.waivers import Waiver
from policypack.layers import POLICIES
from policypack.layers.frameworks import FRAMEWORKS, cited
from policypack.model.verdict import Severity

AUTH, KEYS = "auth-methods-authenticated", "keys-keys-in-usage-plan"
WAF = "waf-stages-have-web-acl"
SEVERITY = {rule.id: rule.severity for rule in POLICIES}


def levels(*names, **over):
    return config.parse(config.merged(config.preset(names), over)).levels


def test_without_a_configuration_severity_decides() -> None:
    graver = {Severity.CRITICAL, Severity.HIGH}
    expected = {name: "mandatory" if severity in graver else "advisory" for name, severity in SEVERITY.items()}

    assert config.parse({}).levels == expected == levels("recommended")
    assert set(config.parse({}).undecided.values()) == {"advisory"}


def test_strict_makes_everything_mandatory() -> None:
    strict = config.parse(config.preset(["strict"]))

    assert set(strict.levels.values()) == {"mandatory"} == set(strict.undecided.values())


def test_baseline_is_for_a_first_day() -> None:
    words = {Severity.CRITICAL: "mandatory", Severity.HIGH: "advisory"}

    assert levels("baseline") == {name: words.get(severity, "disabled") for name, severity in SEVERITY.items()}


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_framework_is_the_policies_that_refer_to_it(framework: str) -> None:
    citing = {rule.id for rule in POLICIES if framework in {prefix for prefix, _ in cited(rule.references)}}
    found = levels(framework)

    assert citing
    assert {name for name, level in found.items() if level == "mandatory"} == citing
    assert {found[rule.id] for rule in POLICIES if rule.layer != "pack" and rule.id not in citing} <= {"disabled"}


@pytest.mark.parametrize("rule", POLICIES, ids=lambda rule: rule.id)
def test_every_reference_is_a_link_or_of_a_framework(rule) -> None:
    families = {each.partition(":")[0] for each in rule.references}

    assert families <= {*FRAMEWORKS, "cwe", "https"}
    assert "https" in families


def test_of_several_presets_the_strictest_counts() -> None:
    assert levels("baseline", "strict") == levels("strict")


@pytest.mark.parametrize("over", [{AUTH: "disabled"}, {AUTH: {"enforcementLevel": "disabled", "public": []}}])
def test_a_file_is_laid_over_the_preset(over) -> None:
    assert levels("strict", **over) == {**levels("strict"), AUTH: "disabled"}


def test_all_of_a_file_levels_the_preset() -> None:
    assert set(levels("strict", all="advisory").values()) == {"advisory"}


def test_settings_have_their_defaults() -> None:
    assert config.parse({AUTH: {"public": ["GET /health"]}}).settings[AUTH]["public"] == ["GET /health"]
    assert config.parse({}).settings[AUTH]["public"] == []


def test_undecided_is_told_by_policy_or_for_all() -> None:
    found = config.parse({"all": {"undecided": "mandatory"}, AUTH: {"undecided": "advisory"}}).undecided

    assert found == {**dict.fromkeys(SEVERITY, "mandatory"), AUTH: "advisory"}


def test_waivers_are_read() -> None:
    given = {"urn": "*::legacy", "reason": "old", "owner": "team", "until": "2027-01-31"}
    found = config.parse({AUTH: {"waivers": [given], "tag_waivers": True}, "all": {"waivers": [given]}})

    fields = {"urn": "*::legacy", "reason": "old", "owner": "team", "until": date(2027, 1, 31)}
    assert found.waivers == (Waiver(policy="*", **fields), Waiver(policy=AUTH, **fields))
    assert found.tag_waivers == {AUTH}


MISTAKES = {
    "policy": ({f"{AUTH}x": "advisory"}, f"{AUTH}x: no policy of this pack; did you mean '{AUTH}'?"),
    "level": (
        {AUTH: "mandatry"},
        "expected one of advisory, mandatory, remediate, disabled, got 'mandatry'; did you mean",
    ),
    "level of all": ({"all": "disable"}, "did you mean 'disabled'?"),
    "setting": ({AUTH: {"publc": []}}, f"{AUTH}.publc: no setting of this policy; did you mean 'public'?"),
    "setting of all": ({"all": {"undecide": "advisory"}}, "did you mean 'undecided'?"),
    "type": ({AUTH: {"public": "GET /"}}, f"{AUTH}.public: expected a list, got 'GET /'"),
    "type of an item": ({AUTH: {"public": [1]}}, f"{AUTH}.public[0]: expected a string or an object, got 1"),
    "bound": ({"pack-waivers-accountable": {"longest_days": 0}}, "longest_days: expected at least 1, got 0"),
    "fraction": ({"pack-waivers-accountable": {"longest_days": 1.5}}, "expected a whole number, got 1.5"),
    "truth for a number": ({"pack-waivers-accountable": {"longest_days": True}}, "expected a whole number, got True"),
    "undecided": ({AUTH: {"undecided": "disabled"}}, "expected one of advisory, mandatory, got 'disabled'"),
    "waivers": ({AUTH: {"waivers": {}}}, f"{AUTH}.waivers: expected a list, got an object"),
    "waiver": ({AUTH: {"waivers": ["x"]}}, f"{AUTH}.waivers[0]: expected an object, got 'x'"),
    "reason": ({AUTH: {"waivers": [{"urn": "*"}]}}, f"{AUTH}.waivers[0].reason: this field is required"),
    "open to all": (
        {"network-callers-restricted": {"open": ["GET /health", "*"]}},
        "network-callers-restricted.open[1]: expected a route, as `METHOD /path`, got '*'",
    ),
    "blank reason": ({AUTH: {"waivers": [{"urn": "*", "reason": " "}]}}, "waivers[0].reason: must not be empty"),
    "field": ({AUTH: {"waivers": [{"urn": "*", "reason": "r", "untill": ""}]}}, "did you mean 'until'?"),
    "day": (
        {AUTH: {"waivers": [{"urn": "*", "reason": "r", "until": "soon"}]}},
        "expected a date in the form YYYY-MM-DD, got 'soon'",
    ),
}


@pytest.mark.parametrize(("given", "words"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_told(given, words: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.parse(given)
    assert words in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.parse({"a": "advisory", "all": "x", AUTH: {"b": 1, "public": 2}})
    assert len(str(caught.value).splitlines()) == 4


def test_a_misspelt_preset_is_told() -> None:
    with pytest.raises(config.ConfigError, match="there is no preset 'strickt'; did you mean 'strict'"):
        config.preset(["strickt"])


@pytest.mark.parametrize("rule", POLICIES, ids=lambda rule: rule.id)
def test_every_schema_is_one_and_holds_its_default(rule) -> None:
    for schema in config.schema(rule).values():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["description"]
        if "default" in schema:
            jsonschema.validate(schema["default"], schema)
    config.parse({rule.id: rule.settings({})})


STACKS = {
    "all": {"enforcementLevel": "mandatory", "stacks": [{"stack": "dev*", "enforcementLevel": "advisory"}]},
    WAF: {"stacks": [{"tags": {"tier": "edge*"}, "enforcementLevel": "mandatory", "undecided": "mandatory"}]},
    AUTH: {"enforcementLevel": "disabled"},
}


@pytest.mark.parametrize(
    ("project", "stack", "tags", "level", "undecided"),
    [
        ("shop", "prod", {}, "mandatory", "advisory"),
        ("shop", "dev-7", {}, "advisory", "advisory"),
        ("shop", "dev-7", {"tier": "edge-1"}, "mandatory", "mandatory"),
        ("shop", "dev-7", {"tier": "core"}, "advisory", "advisory"),
    ],
)
def test_stacks_have_levels_of_their_own(project, stack, tags, level, undecided) -> None:
    found = config.parse(STACKS).of_stack(project, stack, tags)

    assert (found.levels[WAF], found.undecided[WAF]) == (level, undecided)
    assert found.levels[AUTH] == "disabled"


def test_the_last_entry_that_applies_counts() -> None:
    entries = [{"project": "shop", "enforcementLevel": "advisory"}, {"stack": "prod", "enforcementLevel": "mandatory"}]

    found = config.parse({AUTH: {"stacks": entries}})

    assert [found.of_stack("shop", name, {}).levels[AUTH] for name in ("dev", "prod")] == ["advisory", "mandatory"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"enforcementLevel": "advisory"}, "stacks[0]: must name a project, a stack or tags"),
        ({"stack": "dev"}, "stacks[0]: must set enforcementLevel or undecided"),
        ({"stak": "dev", "enforcementLevel": "advisory"}, "stacks[0].stak: unknown field; did you mean 'stack'?"),
        ({"tags": {"a": 1}, "enforcementLevel": "advisory"}, "stacks[0].tags.a: expected a string, got 1"),
    ],
)
def test_mistakes_in_the_levels_of_stacks_are_refused(entry, words: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.parse({"all": {"stacks": [entry]}})
    assert words in str(caught.value)


def test_the_schema_of_the_file_is_the_committed_one() -> None:
    committed = json.loads((Path(__file__).parents[2] / "policy-config.schema.json").read_text())

    assert committed == config.file_schema(), "run `make policies`"


@pytest.mark.parametrize(
    "given", [STACKS, {"all": "advisory"}, {AUTH: {"public": ["GET /", {"route": "GET /", "reason": "x"}]}}]
)
def test_the_schema_accepts_what_the_parser_accepts(given) -> None:
    config.parse(given)
    jsonschema.validate(given, config.file_schema())


@pytest.mark.parametrize("given", [given for given, _ in MISTAKES.values()])
def test_the_schema_refuses_what_the_parser_refuses(given) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(given, config.file_schema())


def test_a_newer_version_is_asked_for_its_own_policies_alone() -> None:
    newer = [policy.id for policy in POLICIES if policy.is_newer_than("0.0.9")]

    assert newer == [policy.id for policy in POLICIES]
    assert config.parse({}).restricted_to({AUTH}).levels == {
        name: "mandatory" if name == AUTH else "disabled" for name in SEVERITY
    }


def patterns(schema: object) -> list[dict]:
    """The schemas inside a schema that have a pattern."""
    inside = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []
    found = [one for each in inside for one in patterns(each)]
    return [schema, *found] if isinstance(schema, dict) and isinstance(schema.get("pattern"), str) else found


def test_every_pattern_has_a_name_for_the_message() -> None:
    found = [each for policy in POLICIES for each in patterns(config.schema(policy))]

    assert len(found) > len(POLICIES)
    assert [each for each in found if not each.get("title")] == []
