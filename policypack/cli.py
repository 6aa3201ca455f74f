"""The command line: evaluates programs, state files and previews without AWS, verifies stacks, explains policies.

Exit codes: 0 no violations, 1 violations, 2 something could not be evaluated, or the command is not valid.
"""

import argparse
import difflib
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from . import ask_command, reports
from .graph.gc_pause import paused
from .reports.run import ExitCode, Run
from .smoke.arguments import add_arguments as add_smoke_arguments

if TYPE_CHECKING:
    from .layers.policy import Policy

PROGRAM: Final = "gateway-policy"
LISTINGS: Final = ("json", "markdown", "terminal")
SEVERITIES: Final = ("low", "medium", "high", "critical", "never")
MAX_WIDTH: Final = 120
"""Longer lines are harder to read."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    args = _parser().parse_args(argv)
    match args.command:
        case "ask":
            return _ask(args)
        case "check":
            return _reported(args, _run)
        case "verify":
            return _reported(args, _verify)
        case "config":
            return _config(args)
        case "list":
            return _list(args)
        case "explain":
            return _explain(args.policy)
        case "smoke":
            from .smoke.command import run

            return run(args)
        case _:
            print(Path(__file__).resolve().parent)  # noqa: T201 - the purpose of the command
            return ExitCode.PASSED


class _Version(argparse.Action):
    """Prints the version, which is read only if the option is given."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from .manifest import version

        print(f"{PROGRAM} {version()}")  # noqa: T201 - the purpose of the option
        parser.exit()


class _Parser(argparse.ArgumentParser):
    """Takes the request of `ask` after options as well, where argparse no longer expects an optional argument."""

    def parse_known_args(  # pyright: ignore[reportIncompatibleMethodOverride] - overloaded in typeshed
        self, args: Any = None, namespace: Any = None
    ) -> Any:
        found, rest = super().parse_known_args(args, namespace)
        if len(rest) == 1 and not rest[0].startswith("-") and getattr(found, "request", "") is None:
            found.request, rest = rest[0], []
        return found, rest


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog=PROGRAM, description="Evaluates the security of Amazon API Gateway APIs.")
    parser.add_argument("--version", action=_Version, help="print the version")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    check = commands.add_parser("check", help="evaluate programs, state files and previews")
    check.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="the folder of a Pulumi program, or the output of `pulumi stack export` or of `pulumi preview --json "
        "--show-sames` in a file (`-`: standard input), or a folder of such files",
    )
    check.add_argument(
        "--stack-tag",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a tag of the stacks, for levels by tag in the configuration; repeatable",
    )
    check.add_argument("--stack", action="append", metavar="NAME", help="the stack to run programs for; repeatable")
    check.add_argument(
        "--together",
        action="store_true",
        help="evaluate all targets as one graph, for gateways with parts in several stacks, such as a shared web ACL",
    )
    check.add_argument("--format", choices=sorted(reports.MODULES), default="terminal", help="default: terminal")
    check.add_argument("--output", type=Path, metavar="FILE", help="write the report to this file")
    check.add_argument(
        "--data", type=Path, metavar="FILE", help="results of provider functions that the program calls (JSON or YAML)"
    )
    _add_configuration(check)
    check.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        help="fail on violations of this severity or higher, whatever their policies' levels",
    )
    check.add_argument(
        "--source-root",
        default="",
        metavar="FOLDER",
        help="what paths in SARIF are relative to; default: the Git repository, else the working directory",
    )
    check.add_argument("--baseline", type=Path, metavar="FILE", help="known violations: only new ones fail")
    check.add_argument(
        "--baseline-renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="a stack in the baseline that has a new name; repeatable",
    )
    check.add_argument(
        "--update-baseline",
        action="store_true",
        help="remove fixed violations of the evaluated stacks from the baseline (if it does not exist yet, write all "
        "violations into it)",
    )
    check.add_argument(
        "--strict",
        action="store_true",
        help="also fail on undecided facts, advisory violations and components that cannot be evaluated",
    )
    check.add_argument("--new-only", action="store_true", help="leave known and waived findings out of the report")
    check.add_argument("--quiet", action="store_true", help="in a terminal: only failing findings and the result")
    check.add_argument("--statistics", action="store_true", help="in a terminal: count violations by policy and owner")
    check.add_argument(
        "--sarif-suppressed",
        choices=("include", "omit"),
        default="include",
        help="whether SARIF contains known and waived findings, as suppressed results; default: include",
    )
    check.add_argument("--since", metavar="VERSION", help="evaluate only the policies that this version does not have")
    ask_command.add_options(commands.add_parser("ask", help=ask_command.HELP))
    _add_verify(commands.add_parser("verify", help="compare deployed stacks with AWS; needs boto3 and credentials"))
    config = commands.add_parser("config", help="print a configuration, for pulumi preview --policy-pack-config FILE")
    config.add_argument(
        "--schema", action="store_true", help="print the JSON schema of configuration files, for editors"
    )
    _add_configuration(config)
    listing = commands.add_parser("list", help="list the policies")
    listing.add_argument("--format", choices=sorted(LISTINGS), default="terminal", help="default: terminal")
    listing.add_argument("--presets", action="store_true", help="list the presets instead")
    listing.add_argument("--since", metavar="VERSION", help="only the policies that this version does not have")
    explain = commands.add_parser(
        "explain", help="explain a policy: why it exists, how to fix violations, its settings and references"
    )
    explain.add_argument(
        "policy", metavar="POLICY", help="the policy's id, a layer to list its policies, or a preset to list its levels"
    )
    smoke = commands.add_parser("smoke", help="send requests to a deployed gateway: what it denies, and what it serves")
    add_smoke_arguments(smoke)
    commands.add_parser("path", help="print the pack's folder, for pulumi preview --policy-pack $(gateway-policy path)")
    return parser


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="the output of `pulumi stack export` in a file (`-`: standard input), a folder of such files, or the "
        "folder of a Pulumi project, whose state the CLI exports",
    )
    verify.add_argument("--stack", metavar="NAME", help="the stack of a project; default: the selected one")
    verify.add_argument("--format", choices=sorted(reports.MODULES), default="terminal", help="default: terminal")
    verify.add_argument("--output", type=Path, metavar="FILE", help="write the report to this file")
    _add_configuration(verify)
    verify.add_argument(
        "--source-root",
        default="",
        metavar="FOLDER",
        help="what paths in SARIF are relative to; default: the Git repository, else the working directory",
    )
    verify.add_argument("--quiet", action="store_true", help="in a terminal: only differences and the result")
    verify.set_defaults(statistics=False)


def _add_configuration(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--preset",
        action="append",
        metavar="NAME",
        help="levels to start from: recommended, strict, baseline, or a framework such as owasp-api-2023; repeatable",
    )
    command.add_argument(
        "--config",
        type=Path,
        action="append",
        metavar="FILE",
        help="levels, settings and waivers (JSON or YAML); repeatable, and later files override earlier ones",
    )


@paused()
def _reported(args: argparse.Namespace, evaluate: Callable[[argparse.Namespace], Run]) -> int:
    from .configuration.baseline import BaselineError
    from .configuration.config import ConfigError
    from .sources.source import SourceError

    try:
        run = evaluate(args)
    except (SourceError, ConfigError, BaselineError) as error:
        return _failed(str(error))
    try:
        return _write(args, run)
    except BrokenPipeError:
        # The reader has what it wanted, as in `gateway-policy check ... | head`. Python must not flush again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _failed("the report could not be written: its reader closed the pipe")
    except OSError as error:
        return _failed(f"the report could not be written: {error.filename or 'standard output'}: {error.strerror}")


@paused()
def _ask(args: argparse.Namespace) -> int:
    from .sources.source import SourceError

    try:
        return ask_command.run(args)
    except (SourceError, ask_command.QuestionError) as error:
        return _failed(str(error))


def _write(args: argparse.Namespace, run: Run) -> ExitCode:
    """Write the report. Raises OSError."""
    if args.output is not None:
        args.output.write_text(reports.render(args.format, run), encoding="utf-8")
        print(f"{run.summary}\nreport: {args.output}")  # noqa: T201
    elif args.format == "terminal":
        from .reports import terminal

        colour = sys.stdout.isatty()
        width = min(shutil.get_terminal_size().columns, MAX_WIDTH) if colour else terminal.WIDTH
        sys.stdout.write(terminal.render(run, colour=colour, width=width, quiet=args.quiet, statistics=args.statistics))
    else:
        sys.stdout.write(reports.render(args.format, run))
    sys.stdout.flush()
    return run.exit_code


def _failed(message: str) -> ExitCode:
    from .redaction.escaping import visible

    lines = "\n".join(map(visible, message.splitlines()))
    print(f"{PROGRAM}: {lines}", file=sys.stderr)  # noqa: T201
    return ExitCode.NOT_EVALUATED


def _run(args: argparse.Namespace) -> Run:
    from .configuration import baseline, config
    from .evaluation import fleet
    from .findings import SUPPRESSED
    from .layers import POLICIES
    from .sources import function_results

    configuration = config.parse(_configured(args))
    severities = {policy.id: policy.severity for policy in POLICIES}

    def levels_of(given: Mapping[str, str]) -> Mapping[str, str]:
        return reports.run.failing_on(args.fail_on, given, severities) if args.fail_on else given

    wanted = {policy.id for policy in _since(args.since)}
    configuration = configuration.restricted_to(wanted) if args.since else configuration
    levels = levels_of(configuration.levels)
    evaluated = fleet.evaluated(
        args.targets,
        configuration,
        stacks=args.stack or (),
        function_results=function_results.read(args.data) if args.data is not None else (),
        together=args.together,
    )
    if evaluated.report.mistakes:
        raise config.ConfigError("\n".join(evaluated.report.mistakes))
    tags = _pairs("--stack-tag", "the name and value of a stack tag", args.stack_tag)
    own = {
        f"{each.stack}::{each.project}": configuration.of_stack(each.project, each.stack, tags)
        for each in (evaluated.sources if configuration.stacks else ())
    }
    stack_levels = {name: (levels_of(each.levels), each.undecided) for name, each in own.items()}
    report = reports.run.in_force(evaluated.report, levels, {name: each for name, (each, _) in stack_levels.items()})
    if args.update_baseline and evaluated.failures:
        unread = ", ".join(target for target, _ in evaluated.failures)
        raise baseline.BaselineError(f"--update-baseline changes nothing, since {unread} could not be read")
    if args.baseline is not None:
        report = baseline.apply(
            args.baseline,
            report,
            update=args.update_baseline,
            stacks=[f"{source.stack}::{source.project}" for source in evaluated.sources],
            renamed=_pairs("--baseline-renamed", "the former and the present name of a stack", args.baseline_renamed),
        )
    elif args.update_baseline:
        raise config.ConfigError("--update-baseline needs --baseline FILE")
    if args.new_only:
        report = replace(report, findings=tuple(each for each in report.findings if each.status not in SUPPRESSED))
    return Run(
        day=datetime.now(UTC).date().isoformat(),
        configuration=_named_configuration(args),
        shows_suppressed=args.sarif_suppressed == "include",
        sources=evaluated.sources,
        report=report,
        levels=levels,
        undecided_levels=configuration.undecided,
        stack_levels=stack_levels,
        failures=evaluated.failures,
        source_root=args.source_root,
        strict=args.strict,
    )


def _verify(args: argparse.Namespace) -> Run:
    from .configuration import config
    from .verify import command
    from .verify.aws import Aws, cached

    configuration = config.parse(_configured(args))
    evaluated = command.evaluated(args.targets, configuration, cached(Aws()), args.stack)
    if evaluated.report.mistakes:
        raise config.ConfigError("\n".join(evaluated.report.mistakes))
    return Run(
        day=datetime.now(UTC).date().isoformat(),
        configuration=_named_configuration(args),
        sources=evaluated.sources,
        report=reports.run.in_force(evaluated.report, configuration.levels),
        levels=configuration.levels,
        undecided_levels=configuration.undecided,
        failures=evaluated.failures,
        source_root=args.source_root,
        verifies=True,
    )


def _named_configuration(args: argparse.Namespace) -> str:
    """The presets and configuration files of a command, as reports name them."""
    given = [
        *(f"preset {name}" for name in args.preset or ()),
        *(f"configuration {file}" for file in args.config or ()),
    ]
    return ", ".join(given)


def _pairs(option: str, meaning: str, given: Sequence[str]) -> dict[str, str]:
    """The values of an option of the form `a=b`. Raises ConfigError."""
    from .configuration import config

    pairs = {left: right for left, _, right in (each.partition("=") for each in given)}
    if not all(left and right for left, right in pairs.items()):
        raise config.ConfigError(f"{option}: expected {meaning}, separated by =")
    return pairs


def _configured(args: argparse.Namespace) -> dict[str, Any]:
    """The configuration of the command: its presets, overridden by its files in order."""
    from .configuration import config
    from .sources import documents

    configured = config.preset(args.preset) if args.preset else {}
    for file in args.config or ():
        written = documents.mapping(documents.read(file), f"--config {file}")
        # A key of Pulumi's own, which the engine removes before a pack sees the file.
        given = {key: value for key, value in written.items() if key not in {"environments", "$schema"}}
        configured = config.merged(configured, given)
    return configured


def _config(args: argparse.Namespace) -> int:
    from .configuration import config
    from .sources.source import SourceError

    if args.schema:
        sys.stdout.write(json.dumps(config.file_schema(), indent=2) + "\n")
        return ExitCode.PASSED
    try:
        written = config.merged(config.preset(args.preset or [config.RECOMMENDED]), _configured(args))
        config.parse(written)
    except (SourceError, config.ConfigError) as error:
        return _failed(str(error))
    sys.stdout.write(json.dumps(written, indent=2) + "\n")
    return ExitCode.PASSED


def _list(args: argparse.Namespace) -> int:
    from .configuration import config
    from .reports import catalogue

    if args.presets:
        sys.stdout.write(catalogue.presets(config.PRESETS))
        return ExitCode.PASSED
    write = {"json": catalogue.as_json, "markdown": catalogue.as_markdown, "terminal": catalogue.listed}[args.format]
    try:
        sys.stdout.write(write(_since(args.since)))
    except config.ConfigError as error:
        return _failed(str(error))
    return ExitCode.PASSED


def _since(version: str | None) -> "list[Policy]":
    """The policies that a version does not have; all without a version. Raises ConfigError if that is no version."""
    from .configuration.config import ConfigError
    from .layers import POLICIES

    try:
        return [policy for policy in POLICIES if version is None or policy.is_newer_than(version)]
    except ValueError as error:
        raise ConfigError(f"--since: expected a version such as 0.1.0, got {version!r}") from error


def _explain(name: str) -> int:
    from .configuration import config
    from .layers import POLICIES
    from .reports import catalogue

    found = {policy.id: policy for policy in POLICIES}.get(name)
    if found is None:
        if name in config.PRESETS:
            levels = config.parse(config.preset([name])).levels
            sys.stdout.write(catalogue.explained_preset(name, config.PRESETS[name], levels))
            return ExitCode.PASSED
        if of_layer := [policy for policy in POLICIES if policy.layer == name]:
            sys.stdout.write(catalogue.listed(of_layer))
            return ExitCode.PASSED
        near = difflib.get_close_matches(name, [*(policy.id for policy in POLICIES), *config.PRESETS], n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; `{PROGRAM} list` lists them all"
        return _failed(f"there is no policy {name}{hint}")
    sys.stdout.write(catalogue.explained(found))
    return ExitCode.PASSED
