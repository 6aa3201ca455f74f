"""The analyzer service, asked as the engine asks it: over gRPC, in this process or in one of its own."""

import re
import tomllib
import tracemalloc
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pulumi_policy.policy as stock
import pytest
from engine_messages import (
    ACL,
    API,
    FIXTURES,
    LINK,
    STAGE,
    STAGE_ARN,
    UNKNOWN,
    body,
    configured,
    deployed,
    message,
    shown,
    stack,
    urn,
)
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2 as proto
from pulumi.runtime.proto.analyzer_pb2_grpc import AnalyzerStub, add_AnalyzerServicer_to_server

from policypack.engine import analyzer as service
from policypack.engine import diagnostics
from policypack.evaluation import evaluate as evaluation
from policypack.graph import values
from policypack.graph.graph import Graph, Resource
from policypack.graph.values import SECRET, SIGNATURE
from policypack.layers import POLICIES
from policypack.model.findings import Finding, Report, Status
from policypack.model.verdict import Severity

ROOT = Path(__file__).parents[2]
NOTHING = empty_pb2.Empty()


# -- the service ---------------------------------------------------------------------------------------------------


@pytest.fixture
def pack():
    """The service behind a real server, with the limits that the engine's proxy has."""
    server = grpc.server(ThreadPoolExecutor(8))
    add_AnalyzerServicer_to_server(service.Analyzer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield AnalyzerStub(channel)
    server.stop(None).wait()


def said(response, policy=None):
    """Policy, name of the resource, level and first line of each diagnostic."""
    return [
        (each.policyName, each.urn.rpartition("::")[2], each.enforcementLevel, each.message.partition("\n")[0])
        for each in response.diagnostics
        if policy in {None, each.policyName}
    ]


AUTH = "auth-methods-authenticated"
AUTH_NO = "GET /orders accepts requests without credentials"


def test_info_names_every_rule_with_its_own_level(pack):
    info = pack.GetAnalyzerInfo(NOTHING)
    levels = {
        Severity.CRITICAL: proto.MANDATORY,
        Severity.HIGH: proto.MANDATORY,
        Severity.MEDIUM: proto.ADVISORY,
        Severity.LOW: proto.ADVISORY,
    }
    assert {each.name: each.enforcementLevel for each in info.policies} == {r.id: levels[r.severity] for r in POLICIES}
    assert info.supportsConfig


def test_info_carries_what_a_person_needs(pack):
    info = {each.name: each for each in pack.GetAnalyzerInfo(NOTHING).policies}
    for rule in POLICIES:
        each = info[rule.id]
        assert each.description.startswith(rule.title)
        assert each.displayName == rule.title.rstrip(".")
        assert each.remediation_steps == rule.fix
        assert each.policy_type == proto.POLICY_TYPE_STACK
        assert each.severity == proto.PolicySeverity.Value(f"POLICY_SEVERITY_{rule.severity.name}")
        assert each.url.startswith("https://")
        assert each.tags[0] == rule.layer
        assert set(each.tags[1:]) | {r for r in rule.references if "://" in r} == set(rule.references)
        common = {"undecided", "stacks", "waivers", "tag_waivers"}
        assert set(each.configSchema.properties.keys()) == {*rule.config, *common}
    waf = info["waf-stages-have-web-acl"].framework
    assert (waf.name, waf.reference) == ("AWS Foundational Security Best Practices", "APIGateway.4")


def test_info_describes_the_pack(pack):
    info = pack.GetAnalyzerInfo(NOTHING)
    assert info.description.startswith("Evaluates every Amazon API Gateway API")
    assert info.readme.startswith("# Gateway policy")


def test_version_is_one(pack):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert pack.GetAnalyzerInfo(NOTHING).version == version
    assert pack.GetPluginInfo(NOTHING).version == version


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (configured(auth_methods_authentcated=proto.ADVISORY), ["auth-methods-authentcated", f"'{AUTH}'"]),
        (configured(auth_methods_authenticated=(proto.MANDATORY, {"publc": []})), [f"{AUTH}.publc", "'public'"]),
        (
            configured(auth_methods_authenticated=(proto.MANDATORY, {"waivers": [{"urn": "*"}]})),
            [f"{AUTH}.waivers[0].reason"],
        ),
    ],
    ids=["policy misspelt", "setting misspelt", "waiver without a reason"],
)
def test_mistaken_settings_are_refused(pack, request_, words):
    with pytest.raises(grpc.RpcError) as caught:
        pack.Configure(request_)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    for word in words:
        assert word in caught.value.details()


def test_settings_as_the_engine_completes_them_are_accepted(pack):
    """It sends every policy with its level and defaults, and passes `all` on besides."""
    info = pack.GetAnalyzerInfo(NOTHING)
    request = configured(all=proto.ADVISORY)
    for each in info.policies:
        request.policyConfig[each.name].enforcementLevel = each.enforcementLevel
        for name, schema in each.configSchema.properties.items():
            if "default" in schema:
                request.policyConfig[each.name].properties[name] = schema["default"]
    pack.Configure(request)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (None, proto.MANDATORY),
        (proto.MANDATORY, proto.MANDATORY),
        (proto.ADVISORY, proto.ADVISORY),
        (proto.REMEDIATE, proto.MANDATORY),
        (proto.DISABLED, None),
    ],
    ids=["default", "mandatory", "advisory", "remediate", "disabled"],
)
def test_level_of_a_violation(pack, level, expected):
    if level is not None:
        pack.Configure(configured(auth_methods_authenticated=level))
    wanted = [] if expected is None else [(AUTH, "api", expected, AUTH_NO)]
    assert said(pack.Analyze(shown(API, "api", body=body())), AUTH) == wanted
    pack.ConfigureStack(proto.AnalyzerStackConfigureRequest())
    assert said(pack.AnalyzeStack(stack(deployed(API, "api", body=body()))), AUTH) == wanted


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({"pulumi:runtime": "python"}, "`xray_tracing_enabled`"),
        ({"pulumi:runtime": "nodejs"}, "`xrayTracingEnabled`"),
        ({"pulumi:runtime": "go"}, "`XrayTracingEnabled`"),
        ({}, "`xrayTracingEnabled`"),
    ],
)
def test_fixes_are_spelled_for_the_runtime_that_the_stack_tags_name(pack, tags, name):
    pack.ConfigureStack(proto.AnalyzerStackConfigureRequest(tags=tags))
    pack.Analyze(shown(API, "api", body=body()))
    response = pack.Analyze(shown(STAGE, "live", restApi="a1b2c3", stageName="live", xrayTracingEnabled=False))

    (only,) = [each for each in response.diagnostics if each.policyName == "observability-xray-enabled"]
    assert name in only.message.splitlines()[1]


def test_a_setting_reaches_its_rule(pack):
    pack.Configure(configured(auth_methods_authenticated=(proto.MANDATORY, {"public": ["GET /orders"]})))
    assert said(pack.Analyze(shown(API, "api", body=body())), AUTH) == []


def test_what_one_resource_shows_is_said_once(pack):
    first = pack.Analyze(shown(API, "api", body=body()))
    assert said(first) == [(AUTH, "api", proto.MANDATORY, AUTH_NO)]
    (only,) = first.diagnostics
    assert only.message.splitlines()[1] == next(rule.fix_in(None, "REST") for rule in POLICIES if rule.id == AUTH)
    assert (only.policyPackName, only.severity) == ("gateway-policy", proto.POLICY_SEVERITY_CRITICAL)

    second = pack.AnalyzeStack(stack(deployed(API, "api", id="a1b2c3")))
    assert said(second, AUTH) == []
    reasons = {each.policy_name: each.reason for each in second.not_applicable}
    assert reasons[AUTH] == "reported on the resource itself"  # else the engine would count it as passed


def test_a_new_run_forgets_the_last(pack):
    pack.Analyze(shown(API, "api", body=body()))
    pack.ConfigureStack(proto.AnalyzerStackConfigureRequest(stack="dev"))
    again = pack.AnalyzeStack(stack(deployed(API, "api", body=body())))
    assert said(again, AUTH) == [(AUTH, "api", proto.MANDATORY, AUTH_NO)]


def test_what_is_declared_is_read_from_the_inputs(pack):
    """At first preview the engine shows each unset property that the provider computes as unknown."""
    outputs = deployed(API, "api", body=body("iam"), policy=UNKNOWN, id=UNKNOWN)
    pack.Analyze(shown(API, "api", body=body("iam")))
    absent = pack.AnalyzeStack(stack(outputs))
    assert [level for _, _, level, _ in said(absent, "network-callers-restricted")] == [proto.MANDATORY]

    pack.Analyze(shown(API, "api", body=body("iam"), policy=UNKNOWN))
    unknown = pack.AnalyzeStack(stack(outputs))
    assert [level for _, _, level, _ in said(unknown, "network-callers-restricted")] == [proto.ADVISORY]


def test_a_resource_that_analyze_never_showed_is_read_from_what_is_deployed(pack):
    response = pack.AnalyzeStack(stack(deployed(API, "api", body=body(), id="a1b2c3")))
    assert said(response, AUTH) == [(AUTH, "api", proto.MANDATORY, AUTH_NO)]


EDGE = ("resourceArn", urn(STAGE, "live"))


@pytest.mark.parametrize(
    ("arn", "edges", "expected"),
    [
        (STAGE_ARN, (), []),
        (UNKNOWN, [EDGE], []),
        (STAGE_ARN.replace("live", "test"), (), [proto.MANDATORY]),
        (UNKNOWN, (), [proto.ADVISORY]),
    ],
    ids=["by ARN", "by the property it was computed from", "to another stage", "to nobody knows what"],
)
def test_connections(pack, arn, edges, expected):
    """Identities come from outputs and edges from AnalyzeStack; a web ACL that is not connected protects nothing."""
    rules = [{"name": "flood", "priority": 1, "action": {"block": {}}, "statement": {}, "visibilityConfig": {}}]
    pack.Analyze(shown(API, "api", body=body("iam")))
    pack.Analyze(shown(STAGE, "live", restApi=UNKNOWN, stageName="live"))
    pack.Analyze(shown(ACL, "acl", scope="REGIONAL", defaultAction={"allow": {}}, rules=rules))
    pack.Analyze(shown(LINK, "link", resourceArn=arn, webAclArn=UNKNOWN))
    response = pack.AnalyzeStack(
        stack(
            deployed(LINK, "link", edges=[*edges, ("webAclArn", urn(ACL, "acl"))]),
            deployed(STAGE, "live", arn=STAGE_ARN, edges=[("restApi", urn(API, "api"))]),
            deployed(ACL, "acl"),
            deployed(API, "api", id="a1b2c3"),
        )
    )
    assert [level for _, _, level, _ in said(response, "waf-stages-have-web-acl")] == expected


def test_undecided_is_one_advisory_for_each_policy(pack):
    for name in ("shop", "till"):
        assert said(pack.Analyze(shown(API, name, body=UNKNOWN))) == []
    response = pack.AnalyzeStack(stack(deployed(API, "shop"), deployed(API, "till")))
    (only,) = (each for each in response.diagnostics if each.policyName == AUTH)
    assert (only.urn, only.enforcementLevel) == ("", proto.ADVISORY)
    first, *names = only.message.splitlines()
    assert first == "2 cannot be decided yet:"
    assert [line.partition(":")[0] for line in names] == ["- shop", "- till"]


@pytest.mark.parametrize("policy", [AUTH, "all"])
def test_undecided_can_be_mandatory(pack, policy):
    """The engine passes on what `all` says beside its level."""
    pack.Configure(configured(**{policy.replace("-", "_"): (proto.MANDATORY, {"undecided": "mandatory"})}))
    pack.Analyze(shown(API, "api", body=UNKNOWN))
    response = pack.AnalyzeStack(stack(deployed(API, "api")))
    assert said(response, AUTH) == [(AUTH, "", proto.MANDATORY, "1 cannot be decided yet:")]


def test_waived_is_one_line_that_never_blocks(pack):
    waivers = [{"urn": "*::api", "only": ["GET /orders"], "reason": "status page"}]
    pack.Configure(configured(auth_methods_authenticated=(proto.MANDATORY, {"waivers": waivers})))
    assert said(pack.Analyze(shown(API, "api", body=body())), AUTH) == []
    response = pack.AnalyzeStack(stack(deployed(API, "api")))
    assert said(response, AUTH) == [(AUTH, "", proto.ADVISORY, "1 waived: GET /orders of api (status page)")]


def test_nothing_to_judge_is_said_of_each_policy(pack):
    response = pack.AnalyzeStack(stack(deployed("aws:s3/bucket:Bucket", "attic")))
    assert list(response.diagnostics) == []
    assert {each.policy_name for each in response.not_applicable} == {rule.id for rule in POLICIES}


def test_what_is_judged_and_right_is_left_for_the_engine_to_count_as_passed(pack):
    response = pack.AnalyzeStack(stack(deployed(API, "api", body=body("iam"))))
    assert AUTH not in {each.policyName for each in response.diagnostics}
    assert AUTH not in {each.policy_name for each in response.not_applicable}


def test_nothing_is_remediated(pack):
    assert pack.Remediate(shown(API, "api", body=body())) == proto.RemediateResponse()


def test_a_secret_is_judged_and_never_told(pack):
    secret = {SIGNATURE: SECRET, "value": body().replace("shop.example", "hunter2.example")}
    response = pack.Analyze(shown(API, "api", body=secret))
    assert said(response, AUTH) == [(AUTH, "api", proto.MANDATORY, AUTH_NO)]
    assert "hunter2" not in str(response) + str(pack.AnalyzeStack(stack(deployed(API, "api", body=secret))))


def test_a_name_that_is_a_secret_is_marked_in_every_answer(pack):
    """Names are what messages repeat: of a stage, an API, a variable's value, a domain."""
    secret = {SIGNATURE: SECRET, "value": "hunter2-\x1b[2J"}
    parts = [
        (API, "api", {"name": secret, "body": body()}),
        (STAGE, "live", {"restApi": "api-id", "stageName": secret, "variables": {"password": secret}}),
        ("aws:apigateway/domainName:DomainName", "d", {"domainName": secret, "securityPolicy": "TLS_1_0"}),
        ("aws:apigateway/apiKey:ApiKey", "k", {"name": secret, "value": secret}),
    ]
    told = [pack.Analyze(shown(kind, name, **inputs)) for kind, name, inputs in parts]
    told.append(pack.AnalyzeStack(stack(*(deployed(kind, name, **inputs) for kind, name, inputs in parts))))
    messages = [each.message for response in told for each in response.diagnostics]

    assert any("stage [secret]" in each for each in messages)
    assert any("domain [secret]" in each for each in messages)
    assert [each for each in messages if "hunter2" in each or "\x1b" in each] == []


@pytest.mark.parametrize("function", ["evaluate", "evaluate_resource"])
def test_a_defect_of_the_pack_blocks(pack, monkeypatch, function):
    def broken(*_, **__):
        raise ValueError("hunter2")

    monkeypatch.setattr(evaluation, function, broken)
    ask = {
        "evaluate": lambda: pack.AnalyzeStack(stack(deployed(API, "api"))),
        "evaluate_resource": lambda: pack.Analyze(shown(API, "api")),
    }
    (only,) = ask[function]().diagnostics
    assert (only.policyName, only.enforcementLevel) == ("policy-pack-defect", proto.MANDATORY)
    assert re.search(r"ValueError at test_service\.py:\d+", only.message)
    assert "hunter2" not in only.message


def finding(number, **changes):
    values = {
        "policy": AUTH,
        "layer": "auth",
        "severity": Severity.HIGH,
        "status": Status.VIOLATION,
        "urn": urn(API, f"api{number}"),
        "message": "m" * 900,
        "fix": "f",
    }
    return Finding(**values | changes)


def test_more_than_one_answer_can_hold_is_counted(pack, monkeypatch):
    advisories = [finding(number, policy="auth-authorizers-used") for number in range(4000)]
    monkeypatch.setattr(
        evaluation,
        "evaluate",
        lambda *_, **__: Report(findings=(*advisories, *(finding(number) for number in range(3000)))),
    )
    answered = pack.AnalyzeStack(stack()).diagnostics  # the stub, like the engine's proxy, refuses over 4 MiB
    listed = [each for each in answered if each.urn]
    rest = {each.policyName: each for each in answered if not each.urn}
    assert [each.policyName for each in listed[:2500]] == [AUTH] * 2500  # those that block come first
    for policy, total, level in [(AUTH, 3000, proto.MANDATORY), ("auth-authorizers-used", 4000, proto.ADVISORY)]:
        more = int(rest[policy].message.split()[0]) if policy in rest else 0
        assert sum(each.policyName == policy for each in listed) + more == total
        assert policy not in rest or rest[policy].enforcementLevel == level


def test_long_lists_are_shortened():
    findings = [finding(number, status=Status.UNDECIDED, message="why") for number in range(23)]
    (only,) = diagnostics.undecided(findings, lambda _policy: proto.ADVISORY)
    lines = only.message.splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("23 cannot be decided yet:", 22, "and 3 more")


def test_calls_from_several_threads(pack):
    names = [f"api{number}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda name: pack.Analyze(shown(API, name, body=body())), names))
    assert [said(answer) for answer in answers] == [[(AUTH, name, proto.MANDATORY, AUTH_NO)] for name in names]
    # Each is remembered: nothing is said again, and no body is taken from the outputs.
    response = pack.AnalyzeStack(stack(*(deployed(API, name, body=UNKNOWN) for name in names)))
    assert said(response, AUTH) == []


# -- beside the stock service ----------------------------------------------------------------------------------------


def plain(value):
    """What the stock service hands to a policy, without its guards."""
    target = getattr(value, f"{type(value).__name__}__target", value)
    if isinstance(target, Mapping):
        return {key: plain(item) for key, item in target.items()}
    if isinstance(target, list | tuple):
        return [plain(item) for item in target]
    return values.decode(target)


def stock_policy(rule):
    """One of our rules as a policy of the stock service."""

    def validate(args, report_violation):
        resources = [
            Resource(
                urn=each.urn,
                type=each.resource_type,
                name=each.name,
                inputs=plain(each.props),
                outputs=plain(each.props),
                id=plain(each.props).get("id", values.UNKNOWN),
                parent=each.parent.urn if each.parent else "",
                custom=each.provider is not None,
                dependencies=frozenset(target.urn for target in each.dependencies),
                property_dependencies={
                    key: frozenset(target.urn for target in targets)
                    for key, targets in each.property_dependencies.items()
                },
            )
            for each in args.resources
        ]
        resources.sort(key=lambda each: each.urn)
        for each in evaluation.evaluate(Graph(resources), policies=[rule]).findings:
            if each.status is Status.VIOLATION:
                report_violation(f"{each.message}\n{each.fix}", each.urn)

    grave = rule.severity in {Severity.HIGH, Severity.CRITICAL}
    level = stock.EnforcementLevel.MANDATORY if grave else stock.EnforcementLevel.ADVISORY
    return stock.StackValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=validate,
        enforcement_level=level,
        severity=stock.Severity(rule.severity.value),
    )


def violations(response):
    return sorted(
        (
            each.policyName,
            each.urn,
            each.enforcementLevel,
            each.severity,
            each.message.removeprefix(f"{each.description}\n"),
        )
        for each in response.diagnostics
        if "cannot be decided yet:" not in each.message
    )


@pytest.mark.parametrize("fixture", FIXTURES)
def test_the_stock_service_says_the_same(fixture):
    """Pulumi's own service, with one stack policy for each of our rules, is the reference."""
    request = stack(*map(message, FIXTURES[fixture]()))

    theirs = stock._PolicyAnalyzerServicer(
        "gateway-policy", "0", list(map(stock_policy, POLICIES)), stock.EnforcementLevel.ADVISORY
    ).AnalyzeStack(request, None)
    ours = service.Analyzer().AnalyzeStack(request, None)

    assert violations(ours) == violations(theirs)
    if fixture in {"small", "open", "unsafe"}:
        assert {each.policyName.partition("-")[0] for each in ours.diagnostics} >= {"network", "waf"}


# -- hostile and large -----------------------------------------------------------------------------------------------

HOSTILE = {
    "wrong types": {"body": 7, "policy": [], "endpointConfiguration": "x", "name": {}, "tags": 3},
    "broken body": {"body": "{"},
    "deep body": {"body": "[" * 100_000},
    "anchors": {"body": "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n" + "e: [*c]\n" * 500},
    "marks": {"body": {SIGNATURE: "no such mark"}, "policy": {SIGNATURE: SECRET}},
    "policy": {"policy": '{"Statement": [1, {"Principal": 7, "Condition": [[]]}]}', "body": body()},
    "names": {"name": "x\x1b[2J\u202e", "body": body()},
}


@pytest.mark.parametrize("inputs", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_resource_is_judged_or_undecided_and_never_passes(pack, inputs):
    first = pack.Analyze(shown(API, "api", **inputs))
    second = pack.AnalyzeStack(stack(deployed(API, "api", **inputs)))

    told = [*first.diagnostics, *second.diagnostics]
    assert "policy-pack-defect" not in {each.policyName for each in told}
    assert not any("this is a defect of the pack" in each.message for each in told)
    assert any(each.policyName.startswith(("auth-", "network-")) for each in told)


@pytest.mark.parametrize(
    "kind",
    ["apigateway/stage:Stage", "apigatewayv2/api:Api", "wafv2/webAcl:WebAcl", "apigateway/domainName:DomainName"],
)
@pytest.mark.parametrize("value", [0, "", "x", [], [[]], {}, {"a": []}, None, True], ids=repr)
def test_no_shape_of_a_property_breaks_a_reader(pack, kind, value):
    names = ("restApi", "stageName", "accessLogSettings", "rules", "body", "mutualTlsAuthentication", "securityPolicy")
    inputs = dict.fromkeys(names, value)
    response = pack.AnalyzeStack(stack(deployed(API, "api", body=body("iam")), deployed(f"aws:{kind}", "x", **inputs)))

    assert [each.message for each in response.diagnostics if "defect of the pack" in each.message] == []


def test_a_broken_rule_is_fenced(pack, monkeypatch):
    def broken(*_):
        raise ValueError("hunter2")

    rules = [replace(rule, evaluate=broken) if rule.id == AUTH else rule for rule in POLICIES]
    monkeypatch.setattr(evaluation, "POLICIES", rules)
    response = pack.AnalyzeStack(stack(deployed(API, "api", body=body())))

    (defect,) = [each for each in response.diagnostics if each.policyName == AUTH]
    assert "defect of the pack" in defect.message
    assert "hunter2" not in defect.message
    assert {each.policyName for each in response.diagnostics} > {AUTH, "network-callers-restricted"}


def test_a_large_stack_is_judged_in_bounded_memory():
    """A few kilobytes a resource beyond the message itself, and the rest of the stack hides nothing."""
    count = 20_000
    others = [deployed("aws:s3/bucket:Bucket", f"b{n}", bucket=f"b{n}", id=f"b{n}") for n in range(count)]
    request = stack(*others, deployed(API, "api", body=body(), id="a1b2c3"))
    tracemalloc.start()
    response = service.Analyzer().AnalyzeStack(request, None)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert said(response, AUTH) == [(AUTH, "api", proto.MANDATORY, AUTH_NO)]
    assert peak / count < 4_000


@pytest.mark.parametrize("order", ["stack first", "settings first"])
def test_levels_follow_the_stack_and_its_tags(pack, order):
    entries = [{"project": "sh*", "tags": {"team": "labs"}, "enforcementLevel": "advisory"}]
    calls = [
        lambda: pack.ConfigureStack(
            proto.AnalyzerStackConfigureRequest(project="shop", stack="dev", tags={"team": "labs"})
        ),
        lambda: pack.Configure(configured(auth_methods_authenticated=(proto.MANDATORY, {"stacks": entries}))),
    ]
    for call in calls if order == "stack first" else reversed(calls):
        call()

    found = pack.Analyze(shown(API, "api", body=body()))

    assert [each.enforcementLevel for each in found.diagnostics if each.policyName == AUTH] == [proto.ADVISORY]
