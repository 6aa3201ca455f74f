"""Pack: whether the judgement itself can be trusted: ignored changes, and waivers."""

import json
from dataclasses import replace
from datetime import date

import pytest
from graphs import VIOLATION, api, changed, findings, made, stage, statuses

from policypack.configuration import config
from policypack.configuration.waivers import Waiver
from policypack.evaluation.evaluate import evaluate, evaluate_each
from policypack.graph.graph import Graph
from policypack.model.findings import Status

FOLLOWED, USED, ACCOUNTABLE = "pack-ignore-changes-unused", "pack-waivers-used", "pack-waivers-accountable"
LOGGED = "observability-access-logs-enabled"
TODAY = date(2026, 6, 15)
WAIVER = Waiver(policy=LOGGED, urn="*::live", reason="old", owner="platform team", until=date(2026, 12, 31))
BARE = stage(accessLogSettings=None)


def ignoring(*paths):
    return changed(stage=replace(stage(), ignore_changes=paths))


SPELLINGS = [
    *("accessLogSettings", "accessLogSettings.format", "accessLogSettings[0]", "accessLogSettings[*].format", "*"),
    *('["accessLogSettings"]', '["accessLogSettings"].format', '["accessLogSettings"]["format"]', '["*"]', "[*]"),
    *('accessLogSettings["format"]', '[ "accessLogSettings" ]', 'accessLogSettings["a \\"b\\" ]"]'),
]


@pytest.mark.parametrize("path", SPELLINGS)
def test_ignored_changes_of_what_is_judged_are_found(path):
    words = f"Stage live ignores changes of {path}, so what is evaluated may differ from what is deployed"

    assert findings(FOLLOWED, ignoring(path)) == [(VIOLATION, words)]


@pytest.mark.parametrize(
    "path",
    [
        "description",
        "documentationVersion",
        "accessLogSettingsOther",
        '["description"]',
        '["accessLogSettings.format"]',
    ],
)
def test_ignored_changes_of_other_things_are_not(path):
    assert findings(FOLLOWED, ignoring(path)) == []


def test_ignored_changes_of_what_nothing_is_read_of_are_not():
    assert findings(FOLLOWED, changed(replace(made("s3/bucket:Bucket", "b"), ignore_changes=("*",)))) == []


def test_where_changes_are_followed_there_is_nothing_to_say():
    assert findings(FOLLOWED, changed()) == []


def report(resources, *waivers, today=TODAY, **more):
    return evaluate(Graph(resources), None, waivers, today=today, **more)


def of(report, policy):
    return [(each.status.value, each.message) for each in report.findings if each.policy == policy]


def test_a_waiver_waives_and_is_told_with_its_reason():
    found = report(changed(stage=BARE), WAIVER)

    (only,) = [each for each in found.findings if each.policy == LOGGED]
    assert (only.status, only.waiver) == (Status.WAIVED, "old (owner platform team, until 2026-12-31)")
    assert of(found, USED) == of(found, ACCOUNTABLE) == []


@pytest.mark.parametrize(("day", "words"), [(1, "30 days left"), (30, "1 day left")])
def test_a_waiver_that_ends_soon_is_announced(day, words):
    found = report(changed(stage=BARE), WAIVER, today=date(2026, 12, day))

    (only,) = [each for each in found.findings if each.policy == LOGGED]
    assert only.waiver == f"old (owner platform team, until 2026-12-31, {words})"


def test_an_expired_waiver_waives_nothing():
    found = report(changed(stage=BARE), WAIVER, today=date(2027, 1, 1))

    assert of(found, LOGGED) == [("violation", "stage live writes no access log (its waiver expired on 2026-12-31)")]


def test_a_waiver_for_every_policy():
    found = report(changed(stage=BARE), replace(WAIVER, policy="*"))

    assert {each.status for each in found.findings if each.urn == BARE.urn} == {Status.WAIVED}


@pytest.mark.parametrize(
    "waiver",
    [
        replace(WAIVER, policy="waf-web-acls-block"),
        replace(WAIVER, urn=f"{BARE.urn}x"),
    ],
)
def test_a_waiver_that_matches_nothing_is_found(waiver):
    words = f"the waiver of {waiver.policy} for {waiver.urn} matches nothing that is violated or undecided"

    assert of(report(changed(stage=BARE), waiver), USED) == [("violation", words)]


DOCUMENT = json.dumps(
    {
        "openapi": "3.0.1",
        "info": {"title": "shop", "version": "1"},
        "paths": {
            path: {method: {"x-amazon-apigateway-integration": {"type": "mock"}}}
            for path, method in (("/health", "get"), ("/admin", "delete"))
        },
    }
)
OPEN = "auth-methods-authenticated"
HEALTH = replace(WAIVER, policy=OPEN, urn="*::shop", only=("GET /health",))


def of_document(*waivers):
    found = report([made("apigateway/restApi:RestApi", "shop", body=DOCUMENT)], *waivers)
    return {each.subject: each.status for each in found.findings if each.policy == OPEN}, found


@pytest.mark.parametrize("pattern", ["GET /health", "* /health", "GET *"])
def test_a_waiver_of_one_route_waives_no_other(pattern):
    statuses, found = of_document(replace(HEALTH, only=(pattern,)))

    assert statuses == {"GET /health": Status.WAIVED, "DELETE /admin": Status.VIOLATION}
    assert found.mistakes == ()
    assert of(found, USED) == []


def test_a_waiver_of_a_resource_with_several_subjects_must_name_them():
    statuses, found = of_document(replace(HEALTH, only=()))

    assert set(statuses.values()) == {Status.VIOLATION}
    both = '"only": ["DELETE /admin", "GET /health"]'
    words = "must say which subjects it is for, since the resource can have several"
    assert found.mistakes == (f"the waiver of {OPEN} for *::shop {words}: {both}",)
    assert '(its waiver must name it: "only": ["DELETE /admin"])' in of(found, OPEN)[0][1]
    assert [message for _, message in of(found, USED)] == [
        f"the waiver of {OPEN} for *::shop must say which subjects it is for: {both}"
    ]


def test_a_waiver_of_a_resource_may_name_its_only_subject():
    named = report(changed(stage=BARE), replace(WAIVER, only=("stage live",)))
    other = report(changed(stage=BARE), replace(WAIVER, only=("stage test",)))

    assert [each.status for each in named.findings if each.policy == LOGGED] == [Status.WAIVED]
    assert [each.status for each in other.findings if each.policy == LOGGED] == [Status.VIOLATION]


def test_a_tag_waives_no_route_of_a_document():
    shop = made("apigateway/restApi:RestApi", "shop", body=DOCUMENT, tags={f"gateway-policy:{OPEN}": "a test"})

    found = report([shop], tag_waivers={OPEN})

    assert {each.status for each in found.findings if each.policy == OPEN} == {Status.VIOLATION}


@pytest.mark.parametrize(
    ("entry", "waived", "accountable", "used"),
    [
        ("GET /health", True, False, True),
        ({"route": "GET /health", "reason": "probes", "owner": "platform", "until": "2026-12-31"}, True, True, True),
        ({"route": "GET /health", "reason": "probes", "urn": "*::shop"}, True, False, True),
        ({"route": "GET /healthy", "reason": "probes", "urn": "*::shop"}, False, False, False),
        # These may be for other stacks that have the same configuration.
        ({"route": "GET /health", "reason": "probes", "urn": "*::other"}, False, True, True),
        ("GET /healthy", False, True, True),
    ],
)
def test_public_routes_are_waivers(entry, waived, accountable, used):
    given = config.parse({OPEN: {"public": [entry]}})

    statuses, found = of_document(*given.waivers)

    assert statuses["DELETE /admin"] is Status.VIOLATION
    assert statuses["GET /health"] is (Status.WAIVED if waived else Status.VIOLATION)
    assert (of(found, ACCOUNTABLE) == []) is accountable
    assert (of(found, USED) == []) is used


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"route": "GET /x"}, "public[0].reason: this field is required"),
        ({"route": "GET /x", "reason": "y", "ownr": "z"}, "public[0].ownr: unknown field; did you mean 'owner'?"),
        ({"route": "GET /x", "reason": "y", "until": "soon"}, "public[0].until: expected a date"),
        ("", "public[0]: must not be empty"),
    ],
)
def test_mistakes_in_public_routes_are_refused(entry, words):
    with pytest.raises(config.ConfigError) as caught:
        config.parse({OPEN: {"public": [entry]}})
    assert words in str(caught.value)


@pytest.mark.parametrize("urn", ["urn:pulumi:prod::shop::*", "urn:pulumi:*::other::*", "*::storefront"])
def test_a_waiver_for_another_stack_is_no_mistake(urn):
    assert of(report(changed(stage=BARE), replace(WAIVER, urn=urn)), USED) == []


def test_a_waiver_that_one_of_several_stacks_uses_is_used():
    found = evaluate_each([Graph(changed()), Graph(changed(stage=BARE))], None, [WAIVER], today=TODAY)

    assert of(found, USED) == []


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        (replace(WAIVER, owner=""), "names no owner"),
        (replace(WAIVER, until=None), "has no end date"),
        (replace(WAIVER, until=date(2027, 6, 30)), "ends on 2027-06-30, after 2027-06-16"),
        (replace(WAIVER, owner="", until=None), "names no owner and has no end date"),
    ],
)
def test_a_waiver_that_nobody_answers_for_is_found(waiver, words):
    found = report(changed(stage=BARE), waiver)

    assert of(found, ACCOUNTABLE) == [("violation", f"the waiver of {LOGGED} for *::live {words}")]


def test_the_longest_waiver_is_configured():
    found = evaluate(Graph(changed()), {ACCOUNTABLE: {"longest_days": 30}}, [WAIVER], today=TODAY)

    assert of(found, ACCOUNTABLE)[0][1].endswith("ends on 2026-12-31, after 2026-07-15")


TAG = f"gateway-policy:{LOGGED}"
TAGS = {
    "reason": ({TAG: "scratch"}, "its own tag says: scratch"),
    "native": ([{"key": TAG, "value": "scratch"}], "its own tag says: scratch"),
    "end": ({TAG: "scratch, until 2026-06-15"}, "its own tag says: scratch (until 2026-06-15, 0 days left)"),
}


@pytest.mark.parametrize(("tags", "told"), TAGS.values(), ids=TAGS)
def test_a_tag_waives_where_its_policy_allows_it(tags, told):
    resources = changed(stage=stage(accessLogSettings=None, tags=tags))

    (only,) = [each for each in report(resources, tag_waivers={LOGGED}).findings if each.policy == LOGGED]
    assert (only.status, only.waiver) == (Status.WAIVED, told)
    assert [status for status, _ in of(report(resources), LOGGED)] == ["violation"]


@pytest.mark.parametrize(
    "tags",
    [
        {TAG: ""},
        {TAG: "scratch until 2026-06-14"},
        {TAG: "until 2026-99-99"},
        {"gateway-policy:other": "x"},
        "odd",
        [1],
    ],
    ids=str,
)
def test_a_tag_that_says_nothing_or_is_over_waives_nothing(tags):
    resources = changed(stage=stage(accessLogSettings=None, tags=tags))

    assert [status for status, _ in of(report(resources, tag_waivers={LOGGED}), LOGGED)] == ["violation"]


def test_what_is_undecided_can_be_waived():
    from policypack.graph.values import UNKNOWN

    found = report(changed(stage=stage(accessLogSettings=UNKNOWN)), WAIVER)

    assert [status for status, _ in of(found, LOGGED)] == ["waived"]


def test_a_finding_names_the_component_around_it():
    front = replace(made("x:Y", "around"), type="my:index:Front", custom=False)
    inner = replace(made("x:Z", "inner"), type="my:index:Part", custom=False, parent=front.urn)
    resources = changed(front, inner, api=replace(api(policy=None), parent=inner.urn))

    found = [each for each in report(resources).findings if each.policy == "network-callers-restricted"]
    assert [each.component for each in found] == ["Front around"]
    assert statuses("network-callers-restricted", changed(api=api(policy=None))) == [VIOLATION]
