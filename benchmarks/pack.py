"""The pack on generated stacks, beside the stock analyzer with the same rules, and Checkov on the same as Terraform.

Measured, by the number of resources:

- `gateway-policy check` on an exported stack: the whole command, from the interpreter's start to the written report.
- Checkov, the whole command too, on the plan (`terraform show -json`, which is parsed as easily as an export) and on
  the configuration (HCL); with all its checks for Terraform, and with those about API Gateway, WAFv2 and Lambda alone.
- the pack as Pulumi's engine asks it: `AnalyzeStack`, alone, and with an `Analyze` of each resource before it.
- Pulumi's stock analyzer (pulumi-policy), which the same rules are given to as one stack policy each, and the same with
  as many policies that do nothing: what is left whoever writes the rules. `AnalyzeStack` alone.

Of the services the calls alone are timed, with the requests made beforehand.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from . import stacks
from .measure import Figures, Sample, in_turns, kept, module, read, run, say, seconds, table, timed, times
from .stacks import declared, deployed, states

SIZES: Final = (100, 1_000, 10_000, 100_000)
MOST_STOCK: Final = 10_000
MOST_CHECKOV: Final = 10_000
FULL: Final = 1_000
"""Violations from which our answer may be cut to what the engine takes."""
ABOUT: Final = re.compile(r"aws_(api_gateway|apigatewayv2|wafv2|lambda)_")
KINDS: Final = 10
"""A check that speaks of more kinds of resources than these is about none of them."""

CHECK = "gateway-policy check"
SERVICE, ALL_CALLS, STOCK, EMPTY = (
    "our analyzer, AnalyzeStack",
    "our analyzer, every call",
    "stock analyzer, the same rules",
    "stock analyzer, rules that do nothing",
)
PLAN, PLAN_SOME, CONFIGURATION, CONFIGURATION_SOME = (
    "Checkov on the plan, all checks",
    "Checkov on the plan, gateway checks",
    "Checkov on HCL, all checks",
    "Checkov on HCL, gateway checks",
)

Verdicts = set[tuple[str, str]]
"""Policy and URN of each violation."""


def measure(rounds: int, *, checkov: Path | None, sizes: Iterable[int] = SIZES) -> Figures:
    """Everything, by size and by what was measured."""
    from policypack.layers import RULES

    checks = _checks(checkov) if checkov else {}
    found: Figures = {"rules": len(RULES), "sizes": {}}
    if checkov:
        version = run([checkov, "--version"]).output.strip()
        some = [name for name, kinds in checks.items() if _is_about(kinds)]
        found["checkov"] = {"version": version, "checks": len(checks), "about": len(some)}
    for size in sizes:
        say(f"pack: {size:,} resources")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            # In a process of its own: the most memory that a process held counts what its parent held at its start.
            run(module("stacks", size, folder))
            cases = {**_ours(Path(folder)), **_services(size)}
            if checkov and size <= MOST_CHECKOV:
                cases |= _theirs(Path(folder), checkov, some)
            samples = in_turns(cases, rounds)
        _agree(samples[SERVICE][0], next(iter(samples.get(STOCK, ())), None))
        found["sizes"][str(size)] = {name: kept(taken) for name, taken in samples.items()}
    return found


def _ours(folder: Path) -> dict[str, Callable[[], Sample]]:
    program = Path(sys.executable).with_name("gateway-policy")
    return {CHECK: lambda: run([program, "check", folder / stacks.STATE, "--output", folder / "report"], codes=(1,))}


def _services(size: int) -> dict[str, Callable[[], Sample]]:
    cases = {SERVICE: "service", ALL_CALLS: "every-call"}
    if size <= MOST_STOCK:
        cases |= {STOCK: "stock", EMPTY: "empty"}
    return {name: partial(timed, module("pack", what, size)) for name, what in cases.items()}


def _theirs(folder: Path, checkov: Path, some: list[str]) -> dict[str, Callable[[], Sample]]:
    on_plan = ("--framework", "terraform_plan", "-f", folder / stacks.PLAN)
    on_hcl = ("--framework", "terraform", "-d", folder / stacks.CONFIGURATION)
    alone = ("--check", ",".join(some))

    def case(*args: str | Path) -> Callable[[], Sample]:
        command = (checkov, *args, "--compact", "--quiet", "--skip-download", "-o", "json")
        return lambda: run(command, codes=(0, 1))

    return {
        PLAN: case(*on_plan),
        PLAN_SOME: case(*on_plan, *alone),
        CONFIGURATION: case(*on_hcl),
        CONFIGURATION_SOME: case(*on_hcl, *alone),
    }


def _checks(checkov: Path) -> dict[str, set[str]]:
    """Checkov's checks for Terraform, and the kinds of resources that each speaks of."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in run([checkov, "--list", "--framework", "terraform"]).output.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[2].startswith("CKV"):  # noqa: PLR2004 - number, id, type, kind
            found[cells[2]].add(cells[4])
    return found


def _is_about(kinds: set[str]) -> bool:
    return len(kinds) <= KINDS and any(map(ABOUT.match, kinds))


def _agree(ours: Sample, theirs: Sample | None) -> None:
    """Refuse figures of analyzers that do not find the same; one answer of ours holds no more than the engine takes."""
    if theirs is not None:
        mine, others = ({tuple(each) for each in json.loads(it.output)["violations"]} for it in (ours, theirs))
        if not mine <= others or (len(mine) < len(others) and len(mine) < FULL):
            raise AssertionError(f"the analyzers differ: {sorted(mine ^ others)[:10]}")


# -- What runs in a process of its own -------------------------------------------------------------------------------


def service(size: int, *, every_call: bool = False) -> tuple[float, Verdicts]:
    """Seconds that our analyzer takes for a stack, and what it finds."""
    from policypack.engine.analyzer import Analyzer

    written = states(size)
    resources, stack = declared(written) if every_call else [], deployed(written)
    analyzer = Analyzer()
    begun = time.perf_counter()
    answers = [*(analyzer.Analyze(each, Any) for each in resources), analyzer.AnalyzeStack(stack, Any)]
    took = time.perf_counter() - begun
    return took, {(each.policyName, each.urn) for answer in answers for each in answer.diagnostics if each.urn}


def stock(size: int, *, empty: bool = False) -> tuple[float, Verdicts]:
    """The same of Pulumi's own analyzer, with one stack policy for each of our rules, or as many that do nothing."""
    import pulumi_policy.policy as library

    from policypack.layers import RULES

    policies = [
        library.StackValidationPolicy(
            name=rule.id, description=rule.title, validate=_nothing if empty else partial(_validate, rule)
        )
        for rule in RULES
    ]
    analyzer = library._PolicyAnalyzerServicer("stock", "0", policies, library.EnforcementLevel.ADVISORY)
    stack = deployed(states(size))
    begun = time.perf_counter()
    answer = analyzer.AnalyzeStack(stack, Any)
    took = time.perf_counter() - begun
    return took, {(each.policyName, each.urn) for each in answer.diagnostics}


def _validate(rule: Any, args: Any, report: Callable[[str, str], None]) -> None:
    """Judge by one rule; a policy of the stock analyzer knows nothing of the others, nor of what they have read."""
    from policypack.evaluation.evaluate import judge
    from policypack.findings import Status
    from policypack.graph.graph import Graph, Resource
    from policypack.graph.values import decode

    resources: list[Resource] = []
    for each in args.resources:
        properties = decode(_plain(each.props))  # whole numbers come as fractions
        resources.append(
            Resource(
                urn=each.urn,
                type=each.resource_type,
                name=each.name,
                inputs=properties,
                outputs=properties,
                id=properties.get("id"),
            )
        )
    for each in judge(Graph(resources), rules=[rule]).findings:
        if each.status is Status.VIOLATION:
            report(each.message, each.urn)


def _plain(value: Any) -> Any:
    """Properties out of the proxies that the stock analyzer hands over."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value


def _nothing(_args: Any, _report: Any) -> None:
    return


ANALYZERS: Final[Mapping[str, Callable[[int], tuple[float, Verdicts]]]] = {
    "service": service,
    "every-call": partial(service, every_call=True),
    "stock": stock,
    "empty": partial(stock, empty=True),
}


def main() -> None:
    """Measure one analyzer, and print what it took."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("what", choices=ANALYZERS)
    parser.add_argument("resources", type=int)
    args = parser.parse_args()
    took, violations = ANALYZERS[args.what](args.resources)
    print(json.dumps({"seconds": took, "violations": sorted(violations)}))


# -- The report ------------------------------------------------------------------------------------------------------


def report(found: Figures) -> str:
    """The tables."""
    names = (CHECK, PLAN_SOME, PLAN, CONFIGURATION_SOME, CONFIGURATION, SERVICE, ALL_CALLS, EMPTY, STOCK)
    parts: list[str] = []
    for group, base in ((names[:5], CHECK), (names[5:], SERVICE)):
        rows: list[list[str]] = []
        for size, measured in found["sizes"].items():
            ours = read(measured[base])
            for name in group:
                if name not in measured:
                    rows.append([f"{int(size):,}", name, "not run", "", "", "", ""])
                    continue
                figure = read(measured[name])
                rows.append(
                    [
                        f"{int(size):,}",
                        name,
                        seconds(figure.least),
                        seconds(figure.median),
                        times(figure.least / ours.least),
                        f"{figure.megabytes:,.0f}",
                        str(len(figure.seconds)),
                    ]
                )
        parts.append(table(["resources", "", "least s", "median s", "of ours", "MB", "runs"], rows))
    if given := found.get("checkov"):
        parts.append(
            f"The pack judges by {found['rules']} rules. Checkov {given['version']} has {given['checks']:,} checks for "
            f"Terraform, {given['about']} of them about API Gateway, WAFv2 and Lambda.\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    main()
