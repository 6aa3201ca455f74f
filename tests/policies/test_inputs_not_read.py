"""An input that the pack neither reads nor knows to be harmless is undecided, and never passes in silence."""

from dataclasses import replace

import pytest
from graphs import api, changed, made, web_acl
from graphs import association as associated
from provider_tables import inputs, sdk_class

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.inputs import not_read, passed
from policypack.graph.layers_of_types import EVERY_LAYER
from policypack.graph.resource_types import READ
from policypack.graph.values import UNKNOWN


def of_sdk(type_):
    try:
        found = inputs(sdk_class(type_))
    except AttributeError:  # pulumi-aws 7 no longer has some of pulumi-aws 6's
        return set()
    return {*found["required"], *found["optional"]}


def undecided(resources):
    report = evaluate(Graph(resources))
    return {(each.layer, each.message) for each in report.findings if each.policy.endswith("-everything-read")}


def with_inputs(resource, **more):
    return replace(resource, inputs={**resource.inputs, **more})


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_table_has_every_input_of_pulumi_aws():
    new = {type_: missing for type_ in READ if (missing := of_sdk(type_) - passed(type_) - not_read(type_).keys())}

    assert new == {}


def test_no_input_is_in_two_lists():
    assert [type_ for type_ in READ if passed(type_) & not_read(type_).keys()] == []


@pytest.mark.parametrize("value", [True, "on", {"mode": "on"}, ["a"], 3, UNKNOWN], ids=str)
def test_an_input_of_a_newer_provider_is_undecided(value):
    found = undecided(changed(api=with_inputs(api(), openDoor=value)))

    assert {layer for layer, _ in found} == EVERY_LAYER
    assert all("`openDoor` is not read" in message for _, message in found)


@pytest.mark.parametrize("value", [None, "", False, [], {}, {"mode": None}, [""]], ids=str)
def test_an_input_of_a_newer_provider_that_is_not_set_is_silent(value):
    assert undecided(changed(api=with_inputs(api(), openDoor=value))) == set()


def test_an_input_that_is_known_not_to_be_read_is_undecided():
    acl = with_inputs(web_acl(), monetizationConfig={"currency": "USD"})

    assert {layer for layer, _ in undecided(changed(acl=acl, association=associated()))} == {"waf"}


def test_inputs_of_resources_that_no_gateway_uses_are_silent():
    apart = (
        made("s3/bucket:Bucket", "apart", grants=[{"type": "Group"}]),
        made("wafv2/webAcl:WebAcl", "apart", scope="REGIONAL", monetizationConfig={"currency": "USD"}),
        made("ec2/securityGroupRule:SecurityGroupRule", "apart", type="ingress", prefixListIds=["pl-1"]),
    )

    assert undecided(changed(*apart)) == set()


def test_what_is_harmless_is_silent():
    described = with_inputs(api(), description="Shop", tags={"team": "shop"}, binaryMediaTypes=["image/png"])

    assert undecided(changed(api=described)) == set()
