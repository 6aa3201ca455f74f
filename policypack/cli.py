"""The command line: judges programs and state files without AWS, and tells what the pack holds.

Exit codes: 0 no violation, 1 violations, 2 nothing trustworthy was judged (or the command is wrong).
"""

import argparse
import difflib
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from . import reports
from .reports.run import ExitCode, Run
from .sources.source import Source, SourceError

PROGRAM: Final = "gateway-policy"
LISTINGS: Final = ("json", "markdown", "terminal")
WIDEST: Final = 120
"""Columns beyond which text is harder to read, not easier."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    args = _parser().parse_args(argv)
    match args.command:
        case "check":
            return _check(args)
        case "list":
            return _list(args.format)
        case "explain":
            return _explain(args.rule)
        case _:
            print(Path(__file__).resolve().parent)  # noqa: T201 - what the command is for
            return ExitCode.PASSED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Judges the secure front door of AWS APIs.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="judge programs and state files, together")
    check.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="the folder of a Pulumi program, or a file that `pulumi stack export` wrote (`-`: standard input)",
    )
    check.add_argument(
        "--stack", action="append", metavar="NAME", help="the stack to run programs for; repeat it for several"
    )
    check.add_argument("--format", choices=sorted(reports.MODULES), default="terminal", help="default: terminal")
    check.add_argument("--output", type=Path, metavar="FILE", help="write the report here instead")
    check.add_argument("--data", type=Path, metavar="FILE", help="what providers answer the program (JSON or YAML)")
    check.add_argument("--config", type=Path, metavar="FILE", help="levels, settings and waivers (JSON or YAML)")
    check.add_argument("--strict", action="store_true", help="fail on what is undecided or advisory as well")
    listing = commands.add_parser("list", help="list the policies")
    listing.add_argument("--format", choices=sorted(LISTINGS), default="terminal", help="default: terminal")
    explain = commands.add_parser("explain", help="explain a policy: why, how to fix, settings, references")
    explain.add_argument("rule", metavar="POLICY")
    commands.add_parser("path", help="print the pack's folder, for pulumi preview --policy-pack $(gateway-policy path)")
    return parser


def _check(args: argparse.Namespace) -> int:
    from .config import ConfigError

    try:
        run = _judged(args)
    except (SourceError, ConfigError) as error:
        print(f"{PROGRAM}: {error}", file=sys.stderr)  # noqa: T201
        return ExitCode.NOT_JUDGED
    if args.output is not None:
        args.output.write_text(reports.render(args.format, run), encoding="utf-8")
        print(f"{run.verdict}\nreport: {args.output}")  # noqa: T201
    elif args.format == "terminal" and sys.stdout.isatty():
        from .reports import terminal

        width = min(shutil.get_terminal_size().columns, WIDEST)
        sys.stdout.write(terminal.render(run, colour=True, width=width))
    else:
        sys.stdout.write(reports.render(args.format, run))
    return run.exit_code


def _judged(args: argparse.Namespace) -> Run:
    from . import config
    from .graph import Graph
    from .judge import judge
    from .sources import answers, documents, target

    given = answers.read(args.data) if args.data is not None else ()
    configured = documents.read(args.config) if args.config is not None else None
    settings, waivers, levels = config.parse(documents.mapping(configured, f"--config {args.config}"))
    sources = [
        target.load(each, stack=stack, answers=given)
        for each in args.targets
        for stack in (args.stack if args.stack and target.is_program(each) else [None])
    ]
    _refuse_overlap(sources)
    graph = Graph([resource for source in sources for resource in source.resources])
    report = reports.run.in_force(judge(graph, settings, waivers), levels)
    return Run(sources=tuple(sources), report=report, levels=levels, strict=args.strict)


def _refuse_overlap(sources: Sequence[Source]) -> None:
    """Targets judged together are one graph, in which a resource stands once."""
    seen: dict[str, str] = {}
    for source in sources:
        for resource in source.resources:
            if resource.urn in seen:
                raise SourceError(f"{seen[resource.urn]} and {source.target} are the same stack: {resource.urn}")
        seen |= {resource.urn: source.target for resource in source.resources}


def _list(form: str) -> int:
    from .layers import RULES
    from .reports import catalogue

    write = {"json": catalogue.as_json, "markdown": catalogue.as_markdown, "terminal": catalogue.listed}[form]
    sys.stdout.write(write(RULES))
    return ExitCode.PASSED


def _explain(name: str) -> int:
    from .layers import RULES
    from .reports import catalogue

    found = {rule.id: rule for rule in RULES}.get(name)
    if found is None:
        near = difflib.get_close_matches(name, [rule.id for rule in RULES], n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; `{PROGRAM} list` names them all"
        print(f"{PROGRAM}: there is no policy {name}{hint}", file=sys.stderr)  # noqa: T201
        return ExitCode.NOT_JUDGED
    sys.stdout.write(catalogue.explained(found))
    return ExitCode.PASSED
