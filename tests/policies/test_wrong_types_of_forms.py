"""Values of the wrong type, in every form of a gateway, are no crash."""

import json
import random
from dataclasses import replace

import mutants
import pytest
from respelled import RESPELLINGS

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN

FORMS = ("terraform-module", "bridged", "native", "cloud-control", "extension", "template-object", "outputs")
DAMAGED = 30
ODD = [
    *(None, UNKNOWN, True, 0, -1, 1.5, "", "x", "a:b", "{{resolve:ssm:x}}"),
    *([], [None], [[]], [UNKNOWN], {}, {"a": None}),
    *({"Ref": 1}, {"Ref": []}, {"Ref": "AWS::NoValue"}, {"Fn::Sub": None}, {"Fn::Sub": []}, {"Fn::GetAtt": []}),
    *({"Fn::If": ["x"]}, {"Fn::Join": [1]}, {"Fn::Select": ["9", []]}, {"Fn::FindInMap": []}, {"Condition": "C"}),
    *({"Fn::Equals": 1}, {"Fn::Split": [1]}, {"Fn::Cidr": []}, {"Fn::Transform": {}}),
]


def paths(value, path=()):
    yield path
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from paths(each, (*path, key))


def put(value, path, other):
    if not path:
        return other
    if isinstance(value, dict):
        return {**value, path[0]: put(value[path[0]], path[1:], other)}
    return [put(each, path[1:], other) if place == path[0] else each for place, each in enumerate(value)]


def damaged(resource, random_):
    """A resource with one value, however deep, replaced by another of the wrong type."""
    values = dict(resource.inputs or resource.outputs)
    document = values.get("desiredState")
    whole = json.loads(document) if document else values
    path = random_.choice([each for each in paths(whole) if each] or [()])
    other = random_.choice([each for each in ODD if not document or "unknown" not in repr(each)])
    changed = put(whole, path, other)
    given = {**values, "desiredState": json.dumps(changed)} if document else changed
    given = given if isinstance(given, dict) else {}
    return replace(resource, inputs=given) if resource.inputs else replace(resource, outputs=given)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("base", ["by hand", "by hand, aws-native", "an HTTP API"])
def test_values_of_the_wrong_type_are_no_crash(base, form):
    random_ = random.Random(f"{base} {form}")  # noqa: S311 - no secret
    resources = RESPELLINGS[form](list(mutants.base(base)))
    for _ in range(DAMAGED):
        place = random_.randrange(len(resources))
        graph = Graph([*resources[:place], damaged(resources[place], random_), *resources[place + 1 :]])

        assert [each.message for each in evaluate(graph).findings if "defect of the pack" in each.message] == []
