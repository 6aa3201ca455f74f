"""The policies in somebody's own pack of Pulumi's SDK: the same findings as from this pack's own analyzer."""

import re

import pulumi_policy.policy as stock
import pytest
from engine_messages import API, FIXTURES, UNKNOWN, body, configured, deployed, message, shown, stack
from pulumi.runtime.proto import analyzer_pb2 as proto

from policypack import gateway_policies
from policypack.configuration.config import ConfigError
from policypack.engine import analyzer, composition
from policypack.engine.composition import UNDECIDED, WAIVED
from policypack.layers import POLICIES

AUTH = "auth-methods-authenticated"
AUTH_NO = "GET /orders accepts requests without credentials"


def pack(*more: stock.Policy, **options):
    """A pack of the SDK with the policies and some more."""
    return stock._PolicyAnalyzerServicer(
        "acme", "1.0.0", [*gateway_policies(**options), *more], stock.EnforcementLevel.ADVISORY
    )


def violations(response):
    return sorted(
        (each.policyName, each.urn, each.enforcementLevel, each.severity, _own(each))
        for each in response.diagnostics
        if each.policyName not in {UNDECIDED, WAIVED} and "cannot be decided yet:" not in each.message
    )


def _own(diagnostic):
    """The message without the description that the SDK puts before it."""
    return diagnostic.message.removeprefix(f"{diagnostic.description}\n")


def request(each):
    """A resource as Analyze shows it."""
    made = proto.AnalyzeRequest(urn=each.urn, type=each.type, name=each.name)
    made.properties.CopyFrom(message(each).properties)
    if each.custom:
        made.provider.type = "pulumi:providers:aws"
    return made


@pytest.mark.parametrize("fixture", FIXTURES)
@pytest.mark.parametrize("resources_first", [False, True], ids=["stack alone", "resources first"])
def test_the_findings_are_those_of_our_analyzer(fixture, resources_first):
    resources = FIXTURES[fixture]()
    theirs, ours = pack(), analyzer.Analyzer()

    for each in resources if resources_first else ():
        assert violations(theirs.Analyze(request(each), None)) == violations(ours.Analyze(request(each), None))
    whole = stack(*map(message, resources))
    composed, own = theirs.AnalyzeStack(whole, None), ours.AnalyzeStack(whole, None)

    assert violations(composed) == violations(own)
    # What cannot be decided is one line each here, and one diagnostic for each policy there.
    assert {_own(each).partition(":")[0] for each in composed.diagnostics if each.policyName == UNDECIDED} == {
        each.policyName for each in own.diagnostics if "cannot be decided yet:" in each.message
    }


def test_the_model_is_built_once_for_a_stack_and_anew_for_the_next(monkeypatch):
    built = []
    evaluation = composition.Evaluation

    class Counted(evaluation):
        def __init__(self, *args):
            built.append(args)
            super().__init__(*args)

    monkeypatch.setattr(composition, "Evaluation", Counted)
    composed = pack()

    open_api, closed = stack(deployed(API, "api", body=body())), stack(deployed(API, "api", body=body("iam")))
    first, second = composed.AnalyzeStack(open_api, None), composed.AnalyzeStack(closed, None)

    assert len(built) == 2
    assert AUTH in {each.policyName for each in first.diagnostics}
    assert AUTH not in {each.policyName for each in second.diagnostics}


def test_a_policy_of_ones_own_stands_beside_them():
    own = stock.StackValidationPolicy("ours", "Ours.", lambda _args, report: report("no", None))

    composed = pack(own).AnalyzeStack(stack(deployed(API, "api", body=body("iam"))), None)

    assert "ours" in {each.policyName for each in composed.diagnostics}


def test_what_one_resource_shows_is_reported_before_it_is_created_and_once():
    composed = pack()

    early = composed.Analyze(shown(API, "api", body=body()), None)
    late = composed.AnalyzeStack(stack(deployed(API, "api", body=body())), None)

    assert [_own(each).partition("\n")[0] for each in early.diagnostics if each.policyName == AUTH] == [AUTH_NO]
    assert AUTH not in {each.policyName for each in late.diagnostics}


def test_presets_and_configuration_set_levels_settings_and_waivers():
    route = {"route": "GET /orders", "reason": "a status page", "owner": "web", "until": "2999-01-01"}
    composed = pack(
        preset=["baseline", "fsbp"], config={AUTH: {"public": [route]}, "waf-stages-have-web-acl": "advisory"}
    )
    levels = {each.name: each.enforcementLevel for each in composed.GetAnalyzerInfo(None, None).policies}

    found = composed.AnalyzeStack(stack(deployed(API, "api", body=body())), None)

    assert levels[AUTH] == proto.MANDATORY
    assert levels["waf-stages-have-web-acl"] == proto.ADVISORY
    assert levels["observability-xray-enabled"] in {proto.DISABLED, proto.MANDATORY}
    assert AUTH not in {each.policyName for each in found.diagnostics}
    (waived,) = [_own(each) for each in found.diagnostics if each.policyName == WAIVED]
    assert waived == f"{AUTH}: {AUTH_NO} (a status page (owner web, until 2999-01-01))"


def test_the_engines_configuration_overrides_that_of_the_program():
    composed = pack()
    composed.Configure(configured(auth_methods_authenticated=(proto.ADVISORY, {"public": ["GET /orders"]})), None)

    found = composed.AnalyzeStack(stack(deployed(API, "api", body=body())), None)

    assert {each.policyName for each in found.diagnostics if AUTH in each.message} == {
        WAIVED,
        "pack-waivers-accountable",
    }


def test_undecided_facts_may_be_mandatory():
    unknown = stack(deployed(API, "api", body=UNKNOWN))
    strict, default = pack(config={"all": {"undecided": "mandatory"}}), pack()

    assert AUTH in {each.policyName for each in strict.AnalyzeStack(unknown, None).diagnostics}
    assert AUTH not in {each.policyName for each in default.AnalyzeStack(unknown, None).diagnostics}


def test_every_policy_says_when_it_has_nothing_to_evaluate():
    found = pack().AnalyzeStack(stack(deployed("aws:s3/bucket:Bucket", "attic")), None)

    assert list(found.diagnostics) == []
    assert {each.policy_name for each in found.not_applicable} >= {policy.id for policy in POLICIES}


def test_levels_by_stack_follow_the_names_that_the_engine_gives(monkeypatch):
    monkeypatch.setenv("PULUMI_PROJECT", "shop")
    monkeypatch.setenv("PULUMI_STACK", "dev")
    config = {AUTH: {"stacks": [{"project": "shop", "stack": "dev", "enforcementLevel": "advisory"}]}}

    info = pack(config=config).GetAnalyzerInfo(None, None)

    assert [each.enforcementLevel for each in info.policies if each.name == AUTH] == [proto.ADVISORY]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"preset": "recomended"}, "did you mean 'recommended'?"),
        ({"config": {AUTH: {"publc": []}}}, "did you mean 'public'?"),
        ({"config": {AUTH: {"stacks": [{"tags": {"a": "b"}, "enforcementLevel": "advisory"}]}}}, "levels by stack tag"),
    ],
)
def test_mistakes_are_refused_when_the_pack_is_built(options, words):
    with pytest.raises(ConfigError, match=re.escape(words)):
        gateway_policies(**options)
