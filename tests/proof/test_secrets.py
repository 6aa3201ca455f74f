"""What is made a secret is judged as what it was: in a state with its secrets, and on the engine's wire."""

import json

import mutants
import pytest

from policypack.graph.values import (
    OUTPUT_VALUE,
    SECRET,
    SIGNATURE,
    UNKNOWN,
    decode,
)
from policypack.sources import target

WAYS = {
    "plain": lambda value: {SIGNATURE: SECRET, "value": value},
    "state": lambda value: {SIGNATURE: SECRET, "plaintext": json.dumps(value)},
    "output": lambda value: {SIGNATURE: OUTPUT_VALUE, "value": value, "secret": True},
}
HIDDEN = {SIGNATURE: SECRET, "ciphertext": "v1:x"}


def wrapped(value, wrap):
    """A value of which every part, at every depth, is a secret."""
    if isinstance(value, dict) and SIGNATURE not in value:
        return wrap({key: wrapped(item, wrap) for key, item in value.items()})
    if isinstance(value, list):
        return wrap([wrapped(item, wrap) for item in value])
    return value if isinstance(value, dict) else wrap(value)


def stated(tmp_path, wrap):
    """The recommended stack as deployed, with the inputs of its resources wrapped."""
    document = json.loads(mutants.STATE.read_text())
    for resource in document["deployment"]["resources"]:
        if not resource["type"].startswith("pulumi:"):
            resource["inputs"] = {key: wrap(value) for key, value in resource.get("inputs", {}).items()}
    written = tmp_path / "state.json"
    written.write_text(json.dumps(document))
    return target.load(str(written)).resources


@pytest.mark.parametrize("wrap", WAYS.values(), ids=WAYS)
def test_a_state_of_secrets_is_judged_as_one_without(tmp_path, wrap):
    plain = target.load(str(mutants.STATE)).resources
    secret = stated(tmp_path, wrap)
    deep = stated(tmp_path, lambda value: wrapped(value, wrap))

    assert [dict(each.inputs) for each in secret] == [dict(each.inputs) for each in plain]
    assert mutants.said(secret).keys() == mutants.said(deep).keys() == mutants.said(plain).keys()


def test_a_secret_that_cannot_be_read_is_unknown(tmp_path):
    hidden = stated(tmp_path, lambda _: HIDDEN)

    assert all(
        value is UNKNOWN for each in hidden for value in each.inputs.values() if not each.type.startswith("pulumi:")
    )


@pytest.mark.parametrize("base", [each for each in mutants.BASES if each.startswith(("by hand", "an ", "a "))])
@pytest.mark.parametrize("wrap", WAYS.values(), ids=WAYS)
def test_every_property_that_is_made_a_secret_comes_out_as_it_was(base, wrap):
    known = 0
    for resource in mutants.base(base):
        for value in resource.inputs.values():
            if UNKNOWN not in flat(value):
                known += 1
                assert decode(wrap(value)) == decode(wrapped(value, wrap)) == decode(value)
    assert known > 10


def flat(value):
    if isinstance(value, dict | list):
        return [leaf for each in (value.values() if isinstance(value, dict) else value) for leaf in flat(each)]
    return [value]
