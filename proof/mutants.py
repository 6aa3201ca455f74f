"""Breaks compliant gateways one thing at a time, and counts what the policy pack notices.

Everything the pack reads is broken, found by watching what it reads: each property dropped, weakened, made unknown; each
reference led elsewhere; each resource removed. A mutant that nothing notices must be explained (`equivalent.py`): it
weakens nothing. `make mutants` runs all, `make test` a sample.
"""

import argparse
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

from equivalent import EXPLAINED, matches
from policypack.findings import Finding, Status
from policypack.graph import UNKNOWN, Graph, Resource, Witness
from policypack.judge import judge
from policypack.sources import offline, target
from policypack.sources.project import find

ROOT: Final = Path(__file__).parents[1]
STATE: Final = ROOT / "tests" / "engine" / "upgrade" / "recommended.json"
STACKS: Final = ("minimal", "recommended", "partner", "internal")
ANSWERS: Final = [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-0123456789abcdef0"}}]
WEAKER: Final[dict[str, Any]] = {
    "authorization": "NONE",
    "securityPolicy": "TLS_1_0",
    "security_policy": "TLS_1_0",
    "loggingLevel": "OFF",
    "Effect": "Allow",
    "Principal": "*",
    "endpointAccessMode": "BASIC",
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
    layer: str
    """The layer that owns it, or empty where several do."""
    resources: tuple[Resource, ...]

    @property
    def kind(self) -> str:
        """The mutant without names of its gateway, to group by."""
        return f"{self.resource.split(' ')[0]}.{self.path} {self.operator}"


@cache
def bases() -> dict[str, tuple[Resource, ...]]:
    """The compliant graphs, by name: at the first preview, and as deployed."""
    project = find(ROOT / "stacks")
    found = {name: offline.run("stacks", project, stack=name, answers=ANSWERS).resources for name in STACKS}
    found["recommended, deployed"] = target.load(str(STATE)).resources
    return {name: tuple(resources) for name, resources in found.items()}


def news(resources: Sequence[Resource], before: frozenset[tuple[str, str]]) -> list[Finding]:
    """What the pack says that it did not say of the compliant graph."""
    return [each for each in judge(Graph(resources)).findings if (each.policy, each.urn) not in before]


def mutants(name: str) -> Iterator[Mutant]:
    """Every mutant of a base."""
    whole = bases()[name]
    watched = [replace(each, inputs=Witness(each.inputs)) for each in whole]
    judge(Graph(watched))
    for place, (resource, seen) in enumerate(zip(whole, watched, strict=True)):
        read: set[str] = getattr(seen.inputs, "read", set())
        if not resource.custom or not read:
            continue
        label = f"{resource.type.rpartition(':')[2]} {resource.name}"
        yield Mutant(name, label, "", "removed", "", (*whole[:place], *whole[place + 1 :]))
        for path, operator, broken in _broken(resource, sorted(read & resource.inputs.keys())):
            yield Mutant(name, label, path, operator, "", (*whole[:place], broken, *whole[place + 1 :]))


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
            elsewhere = {**resource.inputs, name: "elsewhere"}
            yield name, "led elsewhere", replace(resource, inputs=elsewhere, property_dependencies=edges)
        for path, operator, value in _values(resource.inputs[name], name):
            yield path, operator, replace(resource, inputs={**resource.inputs, name: value})


def _values(value: Any, path: str) -> Iterator[tuple[str, str, Any]]:
    """A value broken at each place inside it."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{path}.{key}", "dropped", {each: other for each, other in value.items() if each != key}
            for place, operator, broken in _values(item, f"{path}.{key}"):
                yield place, operator, {**value, key: broken}
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield f"{path}[]", "dropped", [*value[:index], *value[index + 1 :]]
            for place, operator, broken in _values(item, f"{path}[]"):
                yield place, operator, [*value[:index], broken, *value[index + 1 :]]
    elif isinstance(document := _document(value), dict):
        yield path, "emptied", "{}"
        yield path, "garbled", value[:-1]
        for place, operator, broken in _values(document, path):
            yield place, operator, json.dumps(broken)
    else:
        yield from ((path, operator, broken) for operator, broken in _leaves(value, path.rpartition(".")[2]))


def _document(value: Any) -> Any:
    """What a text says, if it is JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield "flipped", not value
    elif isinstance(value, int | float):
        yield from (("zero", 0), ("negative", -1), ("huge", 2_000_000_000))
    elif isinstance(value, str):
        yield "other", "other"
        if WEAKER.get(name, value) != value:
            yield "weaker", WEAKER[name]
    if value is not None and value is not UNKNOWN:
        yield "null", None


def run(name: str, sample: int | None, seed: int = 1) -> Iterator[tuple[Mutant, list[Finding]]]:
    """Each mutant of a base, or a sample of them, with what the pack says of it."""
    before = frozenset((each.policy, each.urn) for each in judge(Graph(bases()[name])).findings)
    chosen = list(mutants(name))
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)  # noqa: S311 - a choice, not a secret
    for mutant in chosen:
        yield mutant, news(mutant.resources, before)


def outcome(found: Sequence[Finding]) -> str:
    """How a mutant ended."""
    statuses = {each.status for each in found}
    return "caught" if Status.VIOLATION in statuses else "undecided" if Status.UNDECIDED in statuses else "unnoticed"


def main() -> int:
    """Print the tally, and what nothing noticed and nothing explains."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sample", type=int, help="of each base, this many mutants")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    missed: Counter[str] = Counter()
    used: Counter[str] = Counter()
    for name in bases():
        for mutant, found in run(name, chosen.sample, chosen.seed):
            end = outcome(found)
            if end == "unnoticed":
                reason = next((each for each in EXPLAINED if matches(each, mutant.kind)), None)
                end = "equivalent" if reason else "missed"
                used[reason or ""] += 1
                missed[mutant.kind] += end == "missed"
            tally[name][end] += 1
    columns = ("caught", "undecided", "equivalent", "missed")
    print(f"{'base':24}{'mutants':>9}" + "".join(f"{each:>12}" for each in columns))
    for name, counts in [*tally.items(), ("all", sum(tally.values(), Counter()))]:
        print(f"{name:24}{counts.total():>9}" + "".join(f"{counts[each]:>12}" for each in columns))
    for kind, count in sorted(missed.items()):
        if count:
            print(f"missed {count:4}  {kind}")
    return 1 if any(missed.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
