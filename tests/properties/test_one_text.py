"""The same gateway has the same text, however its args are ordered; and one route more changes nothing else."""

import json
import os
import pickle
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import valid_args
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from profiles import few

from secure_gateway import SecureGateway
from secure_gateway.testing import UNKNOWN, Deployed, deploy

TESTS = Path(__file__).parents[1]
SEEDS = ("0", "1", "4242")


def built(args: Any) -> Deployed:
    return deploy(lambda: SecureGateway("api", valid_args.real(args)))


def inputs(deployed: Deployed) -> dict[str, Mapping[str, Any]]:
    return {each.urn: each.inputs for each in deployed.resources}


def reordered(value: Any, chance: random.Random) -> Any:
    """The same value, objects in another order."""
    if isinstance(value, Mapping):
        keys = chance.sample(list(value), len(value))
        return {key: reordered(value[key], chance) for key in keys}
    return [reordered(item, chance) for item in value] if isinstance(value, list) else value


@few
@given(valid_args.gateways(), st.integers(0, 2**32))
def test_the_order_of_what_has_no_order_changes_nothing(args, number):
    chance = random.Random(number)  # noqa: S311 - no secret
    other = reordered(args, chance)
    chance.shuffle(other["routes"])

    assert list(_differences(inputs(built(args)), inputs(built(other)))) == []


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[Any]:
    assert one.keys() == other.keys()
    for urn in one:
        for name in sorted(_differing(one[urn], other[urn])):
            yield urn.split("::", 2)[2], name, one[urn].get(name), other[urn].get(name)


def texts(path: Path) -> dict[str, str]:
    """What each of the args in a file comes to, as one text; run by another process."""
    found = {}
    for number, args in enumerate(pickle.loads(path.read_bytes())):  # noqa: S301 - our own file
        found[str(number)] = json.dumps(inputs(built(args)), sort_keys=True, default=repr)
    return found


def test_two_processes_write_the_same_text(tmp_path):
    drawn: list[Any] = []

    @settings(max_examples=12, derandomize=True, database=None, phases=[Phase.generate])
    @given(valid_args.gateways())
    def draw(args):
        drawn.append(args)

    draw()
    path = tmp_path / "args.pickle"
    path.write_bytes(pickle.dumps(drawn))
    code = f"import test_one_text as t, json, pathlib; print(json.dumps(t.texts(pathlib.Path({str(path)!r}))))"
    searched = os.pathsep.join([str(TESTS), str(TESTS / "properties")])
    written = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": searched},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in SEEDS
    ]

    assert len(json.loads(written[0])) == len(drawn)
    assert len(set(written)) == 1


ADDED = "/one-route-more/{id}"


@few
@given(valid_args.gateways(), st.data())
def test_one_route_more_changes_nothing_else(args, data):
    alike = data.draw(st.sampled_from(args["routes"]))
    kept = {name: alike[name] for name in ("auth", "public", "scopes") if name in alike}
    added = {**kept, "path": ADDED, "method": "POST", "integration": {"mock": {"status": 202}}}
    before, after = built(args), built({**args, "routes": [*args["routes"], added]})

    old, new = inputs(before), inputs(after)
    assert old.keys() == new.keys()
    changed = {urn: sorted(_differing(old[urn], new[urn])) for urn in old if old[urn] != new[urn]}
    for urn, names in changed.items():
        assert any(urn.split("::")[2].endswith(each) and names == fields for each, fields in DOCUMENTED), (urn, names)
    _check_operations(before, after)


DOCUMENTED = [
    ("aws:apigateway/restApiPut:RestApiPut", ["body", "triggers"]),
    ("aws:apigateway/deployment:Deployment", ["triggers"]),
    # A built-in authorizer knows its routes.
    ("aws:lambda/function:Function", ["environment"]),
    ("aws:lambda/function:Function", ["code"]),
    ("aws:lambda/function:Function", ["code", "environment"]),
]
"""All that may change, with the inputs that do."""


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name, UNKNOWN) != other.get(name, UNKNOWN)}


def _check_operations(before: Deployed, after: Deployed) -> None:
    """Every other operation is the same to the letter, and so is all beside the operations but the resource policy."""
    old, new = before.document, after.document
    assert new["paths"].pop(ADDED)
    new.pop("x-amazon-apigateway-policy", None)
    old.pop("x-amazon-apigateway-policy", None)
    assert json.dumps(new, sort_keys=True) == json.dumps(old, sort_keys=True)
