"""Measures, draws the plots and writes the tables into docs/performance.md: `python -m benchmarks`, or `make bench`.

Tools that are not installed (Checkov, the Pulumi CLI, Node) are left out, with a message. Sections that are not
measured in this run keep their earlier figures.
"""

import argparse
import json
import os
import platform
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

from . import authorizer, engine, fleet, pack, peer, program, start
from .measure import ROOT, Figures, say

PAGE: Final = ROOT / "docs" / "performance.md"
FOLDER: Final = ROOT / "docs" / "performance"
FIGURES: Final = FOLDER / "figures.json"
REPORTS: Final[dict[str, Callable[[Figures], str]]] = {
    "pack": pack.report,
    "fleet": fleet.report,
    "engine": engine.report,
    "start": start.report,
    "program": program.report,
    "peer": peer.report,
    "authorizer": authorizer.report,
}


def main() -> None:
    """Measure, draw and write."""
    # Without bytecode, each process would compile this checkout again, which it does only once elsewhere.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    args = _parser().parse_args()
    found: Figures = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    for section in args.only or (() if args.draw else REPORTS):
        measured = _measured(section, args)
        if measured is not None:
            found |= {section: {**measured, "machine": _machine()}}
            FOLDER.mkdir(exist_ok=True)
            FIGURES.write_text(json.dumps(found, indent=1) + "\n")
    if args.python:
        say("plots")
        subprocess.run([args.python, "-m", f"{__package__}.plots", FIGURES, FOLDER], cwd=ROOT, check=True)
    PAGE.write_text(written(PAGE.read_text(), found))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=REPORTS, action="append", help="measure this section only; can be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="how many times each thing is measured")
    parser.add_argument(
        "--most", type=int, default=10_000, help=f"resources of the largest stack, up to {max(pack.SIZES):,}"
    )
    parser.add_argument("--draw", action="store_true", help="measure nothing; draw the earlier figures again")
    parser.add_argument("--checkov", type=_there, help="the path of the command")
    parser.add_argument("--python", type=_there, help="an interpreter with matplotlib and the other authorizers")
    parser.add_argument("--node", type=_there, help="the folder that contains aws-jwt-verify")
    parser.add_argument("--aws-apigateway", type=_there, help="the folder of pulumi-aws-apigateway, compiled")
    return parser


def _there(given: str) -> Path | None:
    path = Path(given).absolute()
    return path if path.exists() else None


def _measured(section: str, args: argparse.Namespace) -> Figures | None:
    """The figures of a section, or None if it cannot be measured."""
    match section:
        case "pack":
            if args.checkov is None:
                say("NOT MEASURED: Checkov (not installed)")
            sizes = [size for size in pack.SIZES if size <= args.most]
            return pack.measure(args.rounds, checkov=args.checkov, sizes=sizes)
        case "engine":
            reason = engine.missing()
            if reason:
                say(f"NOT MEASURED: the pack under the Pulumi CLI: {reason}")
                return None
            return engine.measure(args.rounds, [size for size in engine.SIZES if size <= args.most])
        case "fleet":
            return fleet.measure(sizes=[size for size in fleet.SIZES if size <= args.most])
        case "start":
            return start.measure(args.rounds)
        case "program":
            return program.measure(args.rounds)
        case "peer":
            if args.aws_apigateway is None:
                say("NOT MEASURED: pulumi-aws-apigateway (its source is not here; see benchmarks/peer.py)")
                return None
            return peer.measure(args.rounds, args.aws_apigateway)
        case _:
            if args.python is None:
                say("NOT MEASURED: the authorizer (needs an interpreter with the other libraries)")
                return None
            return authorizer.measure(args.python, args.node)


def _machine() -> str:
    """The machine and its load, for the reader of the figures."""
    names = (line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    cpu = next(names, "").partition(": ")[2] or platform.machine()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"Python {platform.python_version()}, {os.cpu_count()} cores ({cpu}); load averages at the end: {load}"


def written(page: str, found: Figures) -> str:
    """The page with every table between its markers, `<!-- section -->` and `<!-- /section -->`."""
    for section, report in REPORTS.items():
        if section in found:
            table = f"{report(found[section])}\n{found[section]['machine']}.\n"
            between = re.compile(rf"(<!-- {section} -->\n).*?(<!-- /{section} -->)", re.DOTALL)
            page = between.sub(lambda match, table=table: f"{match[1]}{table}{match[2]}", page)
    return page


if __name__ == "__main__":
    main()
