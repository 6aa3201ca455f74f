"""The command line: evaluates programs and state files without AWS, and tells what the pack holds.

Exit codes: 0 no violation, 1 violations, 2 nothing trustworthy was evaluated (or the command is wrong).
"""

import argparse
import difflib
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from . import reports
from .graph.gc_pause import paused
from .reports.run import ExitCode, Run

PROGRAM: Final = "gateway-policy"
LISTINGS: Final = ("json", "markdown", "terminal")
SEVERITIES: Final = ("low", "medium", "high", "critical", "never")
WIDEST: Final = 120
"""Columns beyond which text is harder to read, not easier."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    args = _parser().parse_args(argv)
    match args.command:
        case "check":
            return _check(args)
        case "config":
            return _config(args)
        case "list":
            return _list(args.format)
        case "explain":
            return _explain(args.policy)
        case _:
            print(Path(__file__).resolve().parent)  # noqa: T201 - what the command is for
            return ExitCode.PASSED


class _Version(argparse.Action):
    """Reads the version only when it is asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from .engine.protocol import version

        print(f"{PROGRAM} {version()}")  # noqa: T201 - what the option is for
        parser.exit()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=PROGRAM, description="Evaluates the secure front door of AWS APIs.")
    parser.add_argument("--version", action=_Version, help="print the version")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="evaluate programs, state files and previews")
    check.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="the folder of a Pulumi program, or a file that `pulumi stack export` or `pulumi preview --json "
        "--show-sames` wrote (`-`: standard input)",
    )
    check.add_argument(
        "--stack", action="append", metavar="NAME", help="the stack to run programs for; repeat it for several"
    )
    check.add_argument(
        "--together",
        action="store_true",
        help="evaluate all targets as one graph, for what is split over stacks, such as a platform's web ACL",
    )
    check.add_argument("--format", choices=sorted(reports.MODULES), default="terminal", help="default: terminal")
    check.add_argument("--output", type=Path, metavar="FILE", help="write the report here instead")
    check.add_argument("--data", type=Path, metavar="FILE", help="what providers answer the program (JSON or YAML)")
    _add_configuration(check)
    check.add_argument(
        "--fail-on", choices=SEVERITIES, help="fail on violations as grave as this, whatever their policies' levels"
    )
    check.add_argument("--baseline", type=Path, metavar="FILE", help="violations that are known: only new ones fail")
    check.add_argument(
        "--update-baseline",
        action="store_true",
        help="take out of the baseline what is mended (where there is no file yet: write all violations into it)",
    )
    check.add_argument("--strict", action="store_true", help="fail on what is undecided or advisory as well")
    config = commands.add_parser("config", help="print a configuration, for pulumi preview --policy-pack-config FILE")
    _add_configuration(config)
    listing = commands.add_parser("list", help="list the policies")
    listing.add_argument("--format", choices=sorted(LISTINGS), default="terminal", help="default: terminal")
    explain = commands.add_parser("explain", help="explain a policy: why, how to fix, settings, references")
    explain.add_argument("policy", metavar="POLICY", help="its id; a layer's name lists the policies of that layer")
    commands.add_parser("path", help="print the pack's folder, for pulumi preview --policy-pack $(gateway-policy path)")
    return parser


def _add_configuration(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--preset", action="append", metavar="NAME", help="levels to start from, as `config --help` lists; repeatable"
    )
    command.add_argument("--config", type=Path, metavar="FILE", help="levels, settings and waivers (JSON or YAML)")


@paused()
def _check(args: argparse.Namespace) -> int:
    from .configuration.baseline import BaselineError
    from .configuration.config import ConfigError
    from .sources.source import SourceError

    try:
        run = _run(args)
    except (SourceError, ConfigError, BaselineError) as error:
        return _refused(str(error))
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


def _refused(message: str) -> ExitCode:
    from .redaction.escaping import visible

    lines = "\n".join(map(visible, message.splitlines()))
    print(f"{PROGRAM}: {lines}", file=sys.stderr)  # noqa: T201
    return ExitCode.NOT_JUDGED


def _run(args: argparse.Namespace) -> Run:
    from .configuration import baseline, config
    from .evaluation import fleet
    from .layers import POLICIES
    from .sources import function_results

    configuration = config.parse(_configured(args))
    levels = configuration.levels
    if args.fail_on:
        levels = reports.run.failing_on(args.fail_on, levels, {policy.id: policy.severity for policy in POLICIES})
    evaluated = fleet.evaluated(
        args.targets,
        configuration,
        stacks=args.stack or (),
        function_results=function_results.read(args.data) if args.data is not None else (),
        together=args.together,
    )
    report = reports.run.in_force(evaluated.report, levels)
    if args.baseline is not None:
        report = baseline.kept(args.baseline, report, update=args.update_baseline)
    elif args.update_baseline:
        raise config.ConfigError("--update-baseline needs --baseline FILE")
    return Run(
        sources=evaluated.sources,
        report=report,
        levels=levels,
        undecided_levels=configuration.undecided,
        failures=evaluated.failures,
        strict=args.strict,
    )


def _configured(args: argparse.Namespace) -> dict[str, Any]:
    """The configuration of the command: a preset, and a file over it."""
    from .configuration import config
    from .sources import documents

    given = documents.read(args.config) if args.config is not None else None
    base = config.preset(args.preset) if args.preset else {}
    return config.merged(base, documents.mapping(given, f"--config {args.config}"))


def _config(args: argparse.Namespace) -> int:
    from .configuration import config
    from .sources.source import SourceError

    try:
        written = config.merged(config.preset(args.preset or [config.RECOMMENDED]), _configured(args))
        config.parse(written)
    except (SourceError, config.ConfigError) as error:
        return _refused(str(error))
    sys.stdout.write(json.dumps(written, indent=2) + "\n")
    return ExitCode.PASSED


def _list(form: str) -> int:
    from .layers import POLICIES
    from .reports import catalogue

    write = {"json": catalogue.as_json, "markdown": catalogue.as_markdown, "terminal": catalogue.listed}[form]
    sys.stdout.write(write(POLICIES))
    return ExitCode.PASSED


def _explain(name: str) -> int:
    from .layers import POLICIES
    from .reports import catalogue

    found = {policy.id: policy for policy in POLICIES}.get(name)
    if found is None:
        if of_layer := [policy for policy in POLICIES if policy.layer == name]:
            sys.stdout.write(catalogue.listed(of_layer))
            return ExitCode.PASSED
        near = difflib.get_close_matches(name, [policy.id for policy in POLICIES], n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; `{PROGRAM} list` names them all"
        return _refused(f"there is no policy {name}{hint}")
    sys.stdout.write(catalogue.explained(found))
    return ExitCode.PASSED
