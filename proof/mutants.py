"""Breaks compliant gateways one thing at a time, and counts what the policy pack notices.

Everything the pack reads is broken, found by watching what it reads: each property dropped, weakened, made unknown;
each reference led elsewhere; each resource removed. A mutant that nothing notices must be explained
(`equivalent.py`): it weakens nothing. `make mutants` runs all, `make test` a sample.
"""

import argparse
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from equivalent import reason
from owners import owners
from policypack.findings import Finding, Status
from policypack.graph import UNKNOWN, Graph, Resource, Witness
from policypack.judge import judge
from policypack.sources import offline, target
from policypack.sources.project import find

ROOT: Final = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # the gateways written by hand

import graphs
from native_graphs import SOUND

STATE: Final = ROOT / "tests" / "engine" / "upgrade" / "recommended.json"
BASES: Final = (
    "minimal",
    "recommended",
    "partner",
    "internal",
    "recommended, deployed",
    "by hand",
    "by hand, aws-native",
)
ANSWERS: Final = [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-0123456789abcdef0"}}]
WEAKER: Final[dict[str, Any]] = {
    "authorization": "NONE",
    "securityPolicy": "TLS_1_0",
    "security_policy": "TLS_1_0",
    "loggingLevel": "OFF",
    "Effect": "Allow",
    "Principal": "*",
    "endpointAccessMode": "BASIC",
    "Action": "execute-api:ManageConnections",
    "aws:SourceIp[]": "0.0.0.0/0",
    "principal": "*",
    "cidrIpv4": "0.0.0.0/0",
    "comparisonOperator": "LessThanThreshold",
    "scope": "CLOUDFRONT",
    "message": "$context.error.validationErrorString",
    "action": {"count": {}},
    "overrideAction": {"count": {}},
}
"""What is worse than the value that compliant gateways have, where a bad value must be a word that AWS knows."""


@dataclass(frozen=True)
class Mutant:
    """A graph with one thing broken."""

    base: str
    resource: str
    """Type and name of what is broken."""
    path: str
    operator: str
    resources: tuple[Resource, ...]

    @property
    def kind(self) -> str:
        """The mutant without the names of its gateway, to group by: `RestApi.body METHOD.security dropped`."""
        kind = f"{self.resource.split(' ')[0]}.{self.path} {self.operator}"
        for pattern, short in _NAMES:
            kind = pattern.sub(short, kind)
        return kind


_NAMES: Final = tuple(
    (re.compile(pattern), short)
    for pattern, short in (
        (r"body\.paths\.(/[^. ]*)\.options\b", "body PREFLIGHT"),
        (r"body\.paths\.(/[^. ]*)\.(get|put|post|delete|patch|head|x-amazon-apigateway-any-method)\b", "body METHOD"),
        (r"body\.paths\.(/[^. ]*)", "body PATH"),
        (r"body\.components\.securitySchemes\.[^. ]+", "body SCHEME"),
        (r"body\.components\.schemas\.[^ ]+", "body SCHEMA"),
        (r"body\.x-amazon-apigateway-gateway-responses\.[^. ]+", "body REFUSAL"),
        (r"body\.x-amazon-apigateway-request-validators\.[^. ]+", "body VALIDATOR"),
        (r"x-amazon-apigateway-", "x-"),
        (r"\.responses\.\d+", ".responses.CODE"),
        (r"(header|headers)\.[A-Za-z-]+", r"\1.NAME"),
    )
)


@cache
def base(name: str) -> tuple[Resource, ...]:
    """A compliant graph: a stack at its first preview or as deployed, or one written by hand."""
    if name == "recommended, deployed":
        return tuple(target.load(str(STATE)).resources)
    if name == "by hand":
        return tuple(graphs.sound().values())
    if name == "by hand, aws-native":
        return tuple(SOUND.values())
    return tuple(offline.run("stacks", find(ROOT / "stacks"), stack=name, answers=ANSWERS).resources)


def said(resources: Sequence[Resource]) -> dict[tuple[str, str, Status], Finding]:
    """What the pack says of resources."""
    return {(each.policy, each.urn, each.status): each for each in judge(Graph(resources)).findings}


def mutants(name: str) -> Iterator[Mutant]:
    """Every mutant of a base."""
    whole = base(name)
    watched = [replace(each, inputs=Witness(each.inputs)) for each in whole]
    judge(Graph(watched))
    for place, (resource, seen) in enumerate(zip(whole, watched, strict=True)):
        read: set[str] = getattr(seen.inputs, "read", set())
        if resource.type.startswith("aws-native:"):  # it is translated first, and the translation is read
            read = set(resource.inputs)
        if not resource.custom or not read:
            continue
        label = f"{resource.type.rpartition(':')[2]} {resource.name}"
        yield Mutant(name, label, "", "removed", (*whole[:place], *whole[place + 1 :]))
        for path, operator, broken in _broken(resource, sorted(read & resource.inputs.keys())):
            yield Mutant(name, label, path, operator, (*whole[:place], broken, *whole[place + 1 :]))


def _broken(resource: Resource, names: Sequence[str]) -> Iterator[tuple[str, str, Resource]]:
    """The resource with one input broken, for each input and way to break it."""
    for name in names:
        edges = {key: urns for key, urns in resource.property_dependencies.items() if key != name}
        others = {key: value for key, value in resource.inputs.items() if key != name}
        yield name, "dropped", replace(resource, inputs=others, property_dependencies=edges)
        if resource.inputs[name] is not UNKNOWN:
            unknown = {**resource.inputs, name: UNKNOWN}
            yield name, "unknown", replace(resource, inputs=unknown, property_dependencies=edges)
        if resource.property_dependencies.get(name):
            elsewhere = {**resource.inputs, name: _elsewhere(resource.inputs[name])}
            yield name, "led elsewhere", replace(resource, inputs=elsewhere, property_dependencies=edges)
        for path, operator, value in _values(resource.inputs[name], name):
            yield path, operator, replace(resource, inputs={**resource.inputs, name: value})


def _elsewhere(value: Any) -> Any:
    """A value that leads to something else: what is unknown in it is known, and names nothing of the graph."""
    if value is UNKNOWN:
        return "elsewhere"
    if isinstance(value, dict):
        return {key: _elsewhere(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_elsewhere(item) for item in value]
    return "elsewhere" if isinstance(value, str) and not isinstance(_document(value), dict) else value


def _values(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """A value broken at each place inside it."""
    if isinstance(value, dict):
        weaker = WEAKER.get(path.rpartition(".")[2])
        if isinstance(weaker, dict) and weaker != value:
            yield path, "weaker", weaker
        for key, item in value.items():
            yield f"{path}.{key}", "dropped", {each: other for each, other in value.items() if each != key}
            for place, operator, broken in _values(item, f"{path}.{key}"):
                yield place, operator, {**value, key: broken}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            inside = f"{path}[{_mark(item)}]"
            yield inside, "dropped", [*value[:index], *value[index + 1 :]]
            for place, operator, broken in _values(item, inside):
                yield place, operator, [*value[:index], broken, *value[index + 1 :]]
    elif isinstance(document := _document(value), dict):
        yield path, "emptied", "{}"
        yield path, "garbled", value[:-1]
        for place, operator, broken in _values(document, path):
            yield place, operator, json.dumps(broken)
    else:
        yield from ((path, operator, broken) for operator, broken in _leaves(value, path.rpartition(".")[2]))


def _mark(item: Any) -> str:
    """What tells an item of a list from its like: what weakens an Allow strengthens a Deny."""
    if not isinstance(item, dict):
        return ""
    statement = item.get("statement")
    if not isinstance(statement, dict):
        return str(item.get("Effect", ""))
    if "rateBasedStatement" in statement:
        return "rate"
    return str(statement.get("managedRuleGroupStatement", {}).get("name", "own"))


def _document(value: Any) -> Any:
    """What a text says, if it is JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield "turned off" if value else "turned on", not value
    elif isinstance(value, int | float):
        yield from (("zero", 0), ("negative", -1), ("huge", 2_000_000_000))
    elif isinstance(value, str):
        yield "other", "other"
        if isinstance(WEAKER.get(name), str) and WEAKER[name] != value:
            yield "weaker", WEAKER[name]


def run(name: str, sample: int | None, seed: int = 1) -> Iterator[tuple[Mutant, list[Finding]]]:
    """Each mutant of a base, or a sample of them, with what the pack says of it."""
    before = said(base(name))
    chosen = list(mutants(name))
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311 - a choice, not a secret
    for mutant in chosen:
        yield mutant, [each for key, each in said(mutant.resources).items() if key not in before]


def outcome(mutant: Mutant, found: Sequence[Finding]) -> str:
    """How a mutant ended."""
    caught = [each for each in found if each.status is Status.VIOLATION]
    if caught:
        return "caught" if {each.layer for each in caught} & owners(mutant.kind) else "by another"
    return "undecided" if found else "unnoticed"


def main() -> int:
    """Print the tally, and what nothing noticed and nothing explains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, help="of each base, this many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--others", action="store_true", help="show what another layer than the owner caught")
    chosen = parser.parse_args()
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    missed: Counter[str] = Counter()
    others: Counter[str] = Counter()
    for name in BASES:
        for mutant, found in run(name, chosen.sample, chosen.seed):
            end = outcome(mutant, found)
            if end == "unnoticed":
                end = "equivalent" if reason(name, mutant.kind) else "missed"
                missed[f"{name}: {mutant.kind}"] += end == "missed"
            elif end == "by another":
                others[f"{mutant.kind}: {', '.join(sorted({each.policy for each in found}))}"] += 1
            tally[name][end] += 1
    columns = ("caught", "by another", "undecided", "equivalent", "missed")
    print(f"{'base':24}{'mutants':>9}" + "".join(f"{each:>12}" for each in columns))
    for name, counts in [*tally.items(), ("all", sum(tally.values(), Counter()))]:
        print(f"{name:24}{counts.total():>9}" + "".join(f"{counts[each]:>12}" for each in columns))
    for kind, count in sorted(others.items()) if chosen.others else ():
        print(f"other  {count:4}  {kind}")
    for kind, count in sorted(missed.items()):
        if count:
            print(f"missed {count:4}  {kind}")
    return 1 if any(missed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
