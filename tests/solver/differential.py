"""Compares the evaluators of the pack with a solver on random inputs.

`make differential` runs it. It prints, for each question, how many inputs are open, and how often the pack missed that
or reported it falsely. `missed` must be 0; `falsely reported` at most 0.1 %.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policypack.model.fact import Fact
from policypack.resource_policy import Access, Document, Method, MethodResource, parse
from solver import acls, decisions, policies

Truth = bool | None


def _of_fact(fact: Fact) -> Truth:
    return None if fact.is_unknown else fact.is_yes


def _access(policy: Mapping[str, Any], authorization: str) -> Access:
    document = parse(policy)
    assert isinstance(document, Document)
    return Access(document, [Method("GET /orders", authorization, MethodResource("live", "GET", "orders"))])


def _only(facts: Mapping[str, Fact]) -> Truth:
    (fact,) = facts.values()
    return _of_fact(fact)


def _internet(policy: Mapping[str, Any]) -> tuple[Truth, Truth]:
    pack = _only(_access(policy, "none").open_to_internet())
    return pack, policies.is_open(policy, policies.Caller())


def _account(policy: Mapping[str, Any]) -> tuple[Truth, Truth]:
    pack = _only(_access(policy, "iam").open_to_any_account())
    return pack, policies.is_open(policy, policies.Caller(signed=True))


def _endpoint(policy: Mapping[str, Any]) -> tuple[Truth, Truth]:
    pack = _only(_access(policy, "none").open_to_any_vpc_endpoint())
    return pack, policies.is_open(policy, policies.Caller(private=True))


QUESTIONS: Final[dict[str, tuple[Callable[[random.Random], Any], Callable[[Any], tuple[Truth, Truth]]]]] = {
    "who may call from the internet": (policies.random_policy, _internet),
    "which accounts may call": (policies.random_policy, _account),
    "which VPC endpoints may call": (policies.random_policy, _endpoint),
    "does any request pass the web ACL": (acls.random_acl, acls.compare),
    "does this request reach the backend": (decisions.random_case, decisions.compare),
}


def run(question: str, count: int, seed: int, report: Callable[[str], None] = print) -> Counter[str]:
    """Compare the pack with the solver on `count` random inputs."""
    generate, compare = QUESTIONS[question]
    found = Counter[str]()
    for number in range(count):
        given = generate(random.Random(f"{question} {seed} {number}"))  # noqa: S311 - reproducible inputs
        pack, solver = compare(given)
        kind = _kind(pack, solver)
        found[kind] += 1
        found["open" if solver else "closed" if solver is False else "given up"] += 1
        if kind in {"missed", "falsely reported"}:
            report(f"{kind} ({question}, seed {seed}, number {number}): {json.dumps(given)}")
    return found


def _kind(pack: Truth, solver: Truth) -> str:
    if solver is None:
        return "no comparison"
    if pack is None:
        return "undecided"
    return "agreed" if pack is solver else "missed" if solver else "falsely reported"


def main() -> int:
    """Compare on as many inputs as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--question", choices=list(QUESTIONS), action="append")
    given = parser.parse_args()
    failed = False
    for question in given.question or QUESTIONS:
        started = time.monotonic()
        found = run(question, given.count, given.seed)
        print(f"{question}: {dict(sorted(found.items()))} in {time.monotonic() - started:.0f} s", flush=True)
        failed |= bool(found["missed"]) or found["falsely reported"] * 1000 > given.count
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
