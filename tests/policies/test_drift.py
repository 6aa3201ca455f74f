"""What AWS held at the last refresh counts, and is reported if it is worse than what the program declares."""

import json
import random
from dataclasses import replace

import mutants
import pytest
from graphs import (
    ACL_ARN,
    EVERYTHING,
    OFFICE,
    UNDECIDED,
    VIOLATION,
    api,
    association,
    changed,
    domain,
    findings,
    made,
    mapping,
    method,
    policy,
    settings,
    stage,
    statuses,
    web_acl,
)
from native_graphs import native

from policypack.evaluation.evaluate import evaluate
from policypack.graph import drift
from policypack.graph.drift import with_held
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.model.findings import Status

SAMPLE = 12
BASES = ["by hand", "by hand, in full", "an HTTP API", "a WebSocket API"]


def refreshed(resource, **outputs):
    """A resource as a state file contains it; an output of None is absent."""
    given = {**resource.inputs, **resource.outputs, **outputs}
    return with_held(replace(resource, outputs={key: item for key, item in given.items() if item is not None}))


def violations(resources):
    return {(each.policy, each.urn) for each in evaluate(Graph(resources)).findings if each.status is Status.VIOLATION}


def changes(base):
    """Mutants of one resource that violate a policy, each with the resource as declared."""
    whole = {each.urn: each for each in mutants.base(base)}
    for mutant in random.Random(base).sample(list(mutants.mutants(base)), 150):  # noqa: S311 - no secret
        other = [each for each in mutant.resources if whole.get(each.urn) not in (None, each)]
        if any(UNKNOWN is value for each in other for value in whole[each.urn].inputs.values()):
            continue
        if mutant.operator in {"weaker", "other", "huge", "turned on"} and len(other) == 1 and not mutant.beside:
            yield mutant, whole[other[0].urn], other[0]


@pytest.mark.parametrize("base", BASES)
def test_what_aws_held_is_evaluated_as_what_is_declared(base):
    missed = []
    for mutant, declared, altered in list(changes(base))[:SAMPLE]:
        expected = violations(mutant.resources)
        drifted = with_held(replace(declared, outputs={**declared.inputs, **declared.outputs, **altered.inputs}))
        found = violations([drifted if each is altered else each for each in mutant.resources])
        missed += [mutant.kind] if not expected <= found else []

    assert missed == []


WEAKER = {
    "authorization": ("auth-methods-authenticated", {"method": refreshed(method(), authorization="NONE")}),
    "policy": ("network-callers-restricted", {"api": refreshed(api(), policy=policy(EVERYTHING))}),
    "no policy": ("network-callers-restricted", {"api": refreshed(api(), policy=None)}),
    "TLS": ("tls-endpoints-minimum-version", {"api": refreshed(api(), securityPolicy="TLS_1_0")}),
    "throttle": (
        "keys-stages-throttled",
        {"settings": refreshed(settings(), settings={**settings().inputs["settings"], "throttlingRateLimit": -1})},
    ),
    "rules": ("waf-web-acls-block", {"acl": refreshed(web_acl(*changed()[5].inputs["rules"]), rules=None)}),
    "a setting that the program leaves out": (
        "observability-data-trace-disabled",
        {
            "settings": refreshed(
                settings(dataTraceEnabled=None), settings={**settings().inputs["settings"], "dataTraceEnabled": True}
            )
        },
    ),
}


@pytest.mark.parametrize(("policy_id", "parts"), WEAKER.values(), ids=WEAKER)
def test_a_change_without_pulumi_is_a_violation(policy_id, parts):
    found = findings(policy_id, changed(**parts))

    assert [status for status, _ in found] == [VIOLATION]
    assert found[0][1].endswith("(in AWS at the last refresh; the program declares otherwise)")


def test_a_violation_of_both_is_reported_once():
    both = refreshed(method(authorization="NONE"), authorization="CUSTOM", authorizerId=None)

    assert statuses("auth-methods-authenticated", changed(method=both)) == [VIOLATION]


def test_a_violation_replaces_what_was_undecided():
    unknown = refreshed(method(authorization=UNKNOWN))
    drifted = replace(unknown, held={"authorization": "NONE"})

    assert statuses("auth-methods-authenticated", changed(method=unknown)) == [UNDECIDED]
    assert statuses("auth-methods-authenticated", changed(method=drifted)) == [VIOLATION]


def test_what_aws_no_longer_has_is_undecided_if_no_policy_requires_it():
    with_certificates = domain(mutualTlsAuthentication={"truststoreUri": "s3://trust/ca.pem", "truststoreVersion": "1"})
    removed = refreshed(with_certificates, mutualTlsAuthentication=None)

    assert UNDECIDED in statuses("tls-everything-read", changed(removed, mapping()))


def test_a_reference_that_led_to_another_resource_is_undecided():
    pool = made("cognito/userPool:UserPool", "pool", arn="arn:aws:cognito-idp:eu-west-1:123456789012:userpool/p")
    given = {"restApi": "shop-id", "name": "a", "type": "COGNITO_USER_POOLS", "providerArns": [pool.outputs["arn"]]}
    authorizer = made("apigateway/authorizer:Authorizer", "a", **given)
    other = f"{pool.outputs['arn']}-2"

    assert statuses("auth-everything-read", changed(pool, refreshed(authorizer))) == []
    drifted = refreshed(authorizer, providerArns=[other])
    assert statuses("auth-everything-read", changed(pool, drifted)) == [UNDECIDED]
    assert statuses("auth-everything-read", changed(drifted)) == []  # the declared one is external, too
    here = made("cognito/userPool:UserPool", "other", arn=other)
    assert statuses("auth-everything-read", changed(pool, here, drifted)) == []  # its own policies evaluate it


@pytest.mark.parametrize("acl", [f"{ACL_ARN}-2", ""])
def test_an_association_that_led_to_another_web_acl_is_noticed(acl):
    drifted = refreshed(association(), webAclArn=acl or None)
    found = [each for each in evaluate(Graph(changed(association=drifted))).findings if each.layer == "waf"]

    assert found


OPEN = policy(EVERYTHING)
GUARDED = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-policy": json.loads(policy(EVERYTHING, OFFICE))}
COMPLETED = policy(
    *({**each, "Resource": "arn:aws:execute-api:eu-west-1:1:shop-id/*"} for each in (EVERYTHING, OFFICE))
)


@pytest.mark.parametrize(
    ("body", "held", "expected"),
    [
        (GUARDED, OPEN, [UNDECIDED]),
        (GUARDED, COMPLETED, []),
        (GUARDED, "", []),
        (None, OPEN, [UNDECIDED]),
        (None, None, []),
    ],
)
def test_a_policy_that_someone_attached_is_undecided(body, held, expected):
    written = None if body is None else json.dumps(body)
    declared = refreshed(api(policy=None, body=written), policy=held)

    assert statuses("network-everything-read", changed(api=declared)) == expected
    separate = made("apigateway/restApiPolicy:RestApiPolicy", "p", restApiId="shop-id", policy=OPEN)
    assert statuses("network-everything-read", changed(separate, api=declared)) == []


def test_a_canary_that_someone_set_is_evaluated():
    canary = refreshed(stage(), canarySettings={"deploymentId": "zzz", "percentTraffic": 90})

    assert statuses("observability-stages-serve-declared-deployment", changed(stage=canary)) == [UNDECIDED]
    assert findings("observability-stages-serve-declared-deployment", changed(stage=refreshed(stage()))) == []


SAME = {
    "order": ({"alarmActions": ["a", "b"]}, {"alarmActions": ["b", "a"]}),
    "a list of one": (
        {"endpointConfiguration": {"types": "REGIONAL"}},
        {"endpointConfiguration": [{"types": ["REGIONAL"]}]},
    ),
    "numbers as strings": ({"threshold": 5}, {"threshold": "5"}),
    "case": ({"authorization": "aws_iam"}, {"authorization": "AWS_IAM"}),
    "JSON": ({"policy": '{"a": 1, "b": 2}'}, {"policy": '{"b":2,"a":1}'}),
    "a secret": ({"variables": {"key": "x"}}, {"variables": UNKNOWN}),
    "unknown": ({"variables": {"key": UNKNOWN}}, {"variables": {"key": "x"}}),
    "a default": (
        {"settings": {"metricsEnabled": True}},
        {"settings": {"metricsEnabled": True, "cacheTtlInSeconds": 300}},
    ),
    "unset": ({"apiKeyRequired": False, "authorizerId": "", "authorizationScopes": []}, {"x": 1}),
    "no outputs": ({"apiKeyRequired": True}, {}),
}


@pytest.mark.parametrize(("inputs", "outputs"), SAME.values(), ids=SAME)
def test_another_spelling_is_no_difference(inputs, outputs):
    assert drift.held("aws-native:apigateway:Any", inputs, outputs) == {}


def test_outputs_of_aws_native_lack_what_its_provider_only_writes():
    given = native("apigateway:RestApi", "shop", name="shop", policy=json.loads(policy(EVERYTHING, OFFICE)))

    assert drift.held(given.type, given.inputs, {"name": "shop"}) == {}
    assert drift.held(given.type, given.inputs, {"name": "shop", "policy": {}}) == {"policy": {}}


def test_other_types_are_not_compared():
    assert drift.held("aws:s3/bucketNotification:BucketNotification", {"a": 1}, {"a": 2}) == {}


def test_what_only_the_provider_needs_is_not_missing_in_aws():
    given = api()
    only = {"putRestApiMode": "overwrite", "parameters": {"ignore": "documentation"}}

    assert drift.held(given.type, {**given.inputs, **only}, {"id": "x", **given.inputs}) == {}


def test_a_deployed_stack_as_its_state_file_shows_it_has_no_findings():
    assert evaluate(Graph(mutants.base("recommended, deployed"))).findings == ()
