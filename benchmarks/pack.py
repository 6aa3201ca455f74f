"""The pack on generated stacks, compared with Pulumi's stock analyzer and with Checkov.

Measured, by the number of resources:

- `gateway-policy check` on an exported stack: the whole command, from starting the interpreter to writing the report.
- Checkov on the same gateways as Terraform, also the whole command: on the plan (`terraform show -json`, which is as
  easy to parse as an export) and on the configuration (HCL), each with all its checks for Terraform and with only those
  about API Gateway, WAFv2 and Lambda.
- The pack as Pulumi's engine calls it: `AnalyzeStack` alone, and with an `Analyze` call for each resource before it.
- Pulumi's stock analyzer (pulumi-policy), with one stack policy for each policy of the pack, and with as many policies
  that do nothing, which shows the analyzer's own cost. `AnalyzeStack` alone.

For the analyzers, only the calls are timed; the requests are built beforehand.
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
from .measure import Figures, Sample, in_turns, module, read, run, say, seconds, summary, table, timed, times
from .stacks import declared, deployed, states

SIZES: Final = (100, 1_000, 10_000, 100_000)
MOST_STOCK: Final = 10_000
MOST_CHECKOV: Final = 10_000
FULL: Final = 1_000
"""From this many violations on, our response can be truncated to what the engine accepts."""
ABOUT: Final = re.compile(r"aws_(api_gateway|apigatewayv2|wafv2|lambda)_")
MOST_TYPES: Final = 10
"""A check for more resource types than this is a generic check, not one about API Gateway, WAFv2 or Lambda."""

CHECK = "gateway-policy check"
SERVICE, ALL_CALLS, STOCK, EMPTY = (
    "our analyzer, AnalyzeStack",
    "our analyzer, all calls",
    "stock analyzer, the same policies",
    "stock analyzer, empty policies",
)
PLAN, PLAN_SOME, CONFIGURATION, CONFIGURATION_SOME = (
    "Checkov on the plan, all checks",
    "Checkov on the plan, gateway checks",
    "Checkov on HCL, all checks",
    "Checkov on HCL, gateway checks",
)

Verdicts = set[tuple[str, str]]
"""Policy id and URN of each violation."""


def measure(rounds: int, *, checkov: Path | None, sizes: Iterable[int] = SIZES) -> Figures:
    """All figures, by size and by case."""
    from policypack.layers import POLICIES

    checks = _checks(checkov) if checkov else {}
    found: Figures = {"policies": len(POLICIES), "sizes": {}}
    if checkov:
        version = run([checkov, "--version"]).output.strip()
        some = [name for name, types in checks.items() if _is_about(types)]
        found["checkov"] = {"version": version, "checks": len(checks), "about": len(some)}
    for size in sizes:
        say(f"pack: {size:,} resources")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            # In a separate process, because the peak memory of a child includes that of its parent when it was started.
            run(module("stacks", size, folder))
            cases = {**_ours(Path(folder)), **_services(size)}
            if checkov and size <= MOST_CHECKOV:
                cases |= _theirs(Path(folder), checkov, some)
            samples = in_turns(cases, rounds)
        _agree(samples[SERVICE][0], next(iter(samples.get(STOCK, ())), None))
        found["sizes"][str(size)] = {name: summary(taken) for name, taken in samples.items()}
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
    """Checkov's checks for Terraform, with the resource types that each one checks."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in run([checkov, "--list", "--framework", "terraform"]).output.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > 4 and cells[2].startswith("CKV"):  # noqa: PLR2004 - number, id, block type, resource type
            found[cells[2]].add(cells[4])
    return found


def _is_about(types: set[str]) -> bool:
    return len(types) <= MOST_TYPES and any(map(ABOUT.match, types))


def _agree(ours: Sample, theirs: Sample | None) -> None:
    """Raise if the analyzers find different violations, unless ours is truncated to what the engine accepts."""
    if theirs is not None:
        mine, others = ({tuple(each) for each in json.loads(it.output)["violations"]} for it in (ours, theirs))
        if not mine <= others or (len(mine) < len(others) and len(mine) < FULL):
            raise AssertionError(f"the analyzers differ: {sorted(mine ^ others)[:10]}")


# -- What runs in a separate process ---------------------------------------------------------------------------------


def service(size: int, *, every_call: bool = False) -> tuple[float, Verdicts]:
    """Seconds that our analyzer needs for a stack, and the violations that it finds."""
    from policypack.engine.analyzer import Analyzer

    written = states(size)
    resources, stack = declared(written) if every_call else [], deployed(written)
    analyzer = Analyzer()
    begun = time.perf_counter()
    answers = [*(analyzer.Analyze(each, Any) for each in resources), analyzer.AnalyzeStack(stack, Any)]
    took = time.perf_counter() - begun
    return took, {(each.policyName, each.urn) for answer in answers for each in answer.diagnostics if each.urn}


def stock(size: int, *, empty: bool = False) -> tuple[float, Verdicts]:
    """The same for the stock analyzer, with one stack policy for each of our policies, or as many that do nothing."""
    import pulumi_policy.policy as library

    from policypack.layers import POLICIES

    policies = [
        library.StackValidationPolicy(
            name=rule.id, description=rule.title, validate=_nothing if empty else partial(_validate, rule)
        )
        for rule in POLICIES
    ]
    analyzer = library._PolicyAnalyzerServicer("stock", "0", policies, library.EnforcementLevel.ADVISORY)
    stack = deployed(states(size))
    begun = time.perf_counter()
    answer = analyzer.AnalyzeStack(stack, Any)
    took = time.perf_counter() - begun
    return took, {(each.policyName, each.urn) for each in answer.diagnostics}


def _validate(rule: Any, args: Any, report: Callable[[str, str], None]) -> None:
    """Evaluate one policy; the policies of the stock analyzer do not share what they have read."""
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph, Resource
    from policypack.graph.values import decode
    from policypack.model.findings import Status

    resources: list[Resource] = []
    for each in args.resources:
        properties = decode(_plain(each.props))  # integers arrive as floats
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
    for each in evaluate(Graph(resources), policies=[rule]).findings:
        if each.status is Status.VIOLATION:
            report(each.message, each.urn)


def _plain(value: Any) -> Any:
    """Plain values in place of the proxies that the stock analyzer passes."""
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
    """Measure one analyzer and print the result as JSON."""
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
                        seconds(figure.shortest),
                        seconds(figure.median),
                        times(figure.shortest / ours.shortest),
                        f"{figure.megabytes:,.0f}",
                        str(len(figure.seconds)),
                    ]
                )
        parts.append(table(["resources", "", "min s", "median s", "vs. ours", "MB", "runs"], rows))
    if given := found.get("checkov"):
        parts.append(
            f"These runs evaluated {found['policies']} policies. Checkov {given['version']} has {given['checks']:,} "
            f"checks for Terraform, {given['about']} of them about API Gateway, WAFv2 and Lambda.\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    main()
