"""The matrix of changes names every option, and the component accepts its gateways."""

import json
import re

import pytest
import valid_args
from change_matrix import owners
from change_matrix.groups import GROUPS, NO_CALL

from secure_gateway.parse import parse

COVERED = {field for group in GROUPS for option in group.options for field in owners(option.path)}
STAND_INS = {"acl": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/own/1", "zone": "Z0123456789ABC"}


def test_every_option_is_in_the_matrix_or_has_a_reason_why_it_reaches_no_call():
    assert valid_args.fields() - COVERED - NO_CALL.keys() == set()


def test_no_option_is_in_both():
    assert COVERED & NO_CALL.keys() == set()
    assert NO_CALL.keys() - valid_args.fields() == set()


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_every_option_changes_and_aws_with_it(group):
    unchanged = [
        option.path for option in group.options if option.a == option.b or option.expected()[0] == option.expected()[1]
    ]
    assert unchanged == []


def test_names_of_groups_are_distinct():
    assert len({group.name for group in GROUPS}) == len(GROUPS)


def named(found):
    """An id that the local AWS would choose."""
    name = found[1]
    kind = next((kind for word, kind in (("subnet", "subnet"), ("group", "sg"), ("vpc", "vpc")) if word in name), "key")
    return STAND_INS.get(name, f"{kind}-0{'0' * 15}{len(name) % 10}")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
@pytest.mark.parametrize("which", ["a", "b"])
def test_the_component_accepts_the_args(group, which):
    text = json.dumps(group.args(which))
    parse("shop", json.loads(re.sub(r"\$(\w+)\$", named, text)))
