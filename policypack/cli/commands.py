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
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from .. import reports
from ..graph.gc_pause import paused
from ..reports.run import ExitCode, Run
from . import ask as ask_command
from .arguments import PROGRAM, parser

if TYPE_CHECKING:
    from ..configuration.config import Configuration
    from ..evaluation.fleet import Fleet
    from ..evaluation.outcome import Task
    from ..layers.policy import Policy
    from ..model.findings import Finding

MAX_WIDTH: Final = 120
"""Longer lines are harder to read."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, and return its exit code."""
    known = parser()
    args = known.parse_args(argv)
    if args.command == "check" and not args.targets and not args.backend:
        known.error("check needs a target, such as the folder of a program, or --backend URL")
    match args.command:
        case "ask":
            return _ask(args)
        case "check":
            return _reported(args, _run) if args.shard is None else _shard(args)
        case "join":
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
            return _path()


def _path() -> int:
    from ..engine import launcher

    try:
        print(launcher.folder())  # noqa: T201 - the purpose of the command
    except OSError as error:
        sys.stderr.write(f"gateway-policy: cannot write the folder that names this environment: {error}\n")
        return ExitCode.NOT_EVALUATED
    return ExitCode.PASSED


@paused()
def _reported(args: argparse.Namespace, evaluate: Callable[[argparse.Namespace], Run]) -> int:
    from ..configuration.baseline import BaselineError
    from ..configuration.config import ConfigError
    from ..sources.source import SourceError

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
        return _failed(f"the report could not be written: {args.output or 'standard output'}: {error.strerror}")


@paused()
def _ask(args: argparse.Namespace) -> int:
    from ..sources.source import SourceError

    try:
        return ask_command.run(args)
    except (SourceError, ask_command.QuestionError) as error:
        return _failed(str(error))


def _write(args: argparse.Namespace, run: Run) -> ExitCode:
    """Write the report. Raises OSError."""
    if args.output is not None:
        from ..evaluation.whole_file import whole_file

        with whole_file(args.output) as out:
            out.write(reports.render(args.format, run))
        print(f"{run.summary}\nreport: {args.output}")  # noqa: T201
    elif args.format == "terminal":
        from ..reports import terminal

        colour = sys.stdout.isatty()
        width = min(shutil.get_terminal_size().columns, MAX_WIDTH) if colour else terminal.WIDTH
        sys.stdout.write(terminal.render(run, colour=colour, width=width, quiet=args.quiet, statistics=args.statistics))
    else:
        sys.stdout.write(reports.render(args.format, run))
    sys.stdout.flush()
    return run.exit_code


def _failed(message: str) -> ExitCode:
    from ..redaction.escaping import visible

    lines = "\n".join(map(visible, message.splitlines()))
    print(f"{PROGRAM}: {lines}", file=sys.stderr)  # noqa: T201
    return ExitCode.NOT_EVALUATED


@paused()
def _shard(args: argparse.Namespace) -> ExitCode:
    """Evaluate one part of the stacks, and write what was found. The verdict is that of `join`."""
    from ..configuration.config import ConfigError
    from ..sources.source import SourceError

    try:
        return _written_shard(args)
    except (SourceError, ConfigError) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"the shard could not be written: {args.output}: {error.strerror}")


def _written_shard(args: argparse.Namespace) -> ExitCode:
    from ..evaluation import fleet, parts

    part = parts.shard(args.shard)
    if args.output is None or args.together:
        raise _config_error("--shard needs --output FILE, and each stack must be evaluated on its own")
    configuration = _configuration(args)
    day = datetime.now(UTC).date()
    mine = [each for each in _tasks(args) if each.in_shard(part.number, part.of)]
    found = fleet.evaluated(mine, configuration, today=day, jobs=args.jobs, is_reported=_is_enabled(configuration))
    read, failed = parts.write(args.output, part, found, configuration, day)
    print(f"shard {args.shard}: {read} stacks, {failed} targets not read\nreport: {args.output}")  # noqa: T201
    return ExitCode.PASSED


def _tasks(args: argparse.Namespace) -> "list[Task]":
    """The stacks that the command names. Raises SourceError or ConfigError."""
    from ..evaluation import fleet
    from ..sources import function_results

    if args.match and not args.backend:
        raise _config_error("--match chooses among the stacks of a --backend")
    return fleet.tasks(
        args.targets,
        backends=args.backend,
        patterns=args.match,
        stacks=args.stack or (),
        function_results=function_results.read(args.data) if args.data is not None else (),
    )


def _fleet(args: argparse.Namespace, configuration: "Configuration") -> "tuple[Fleet, date]":
    """What was found in the stacks that the command names, or in those of the shards that it joins."""
    from ..evaluation import fleet, parts

    if args.command == "join":
        found, day = parts.read(args.files, configuration)
        return fleet.fleet(found, configuration, day), day
    day = datetime.now(UTC).date()
    given = _tasks(args)
    if args.together:
        return fleet.together(given, configuration), day
    enabled = _is_enabled(configuration)
    evaluated = fleet.evaluated(given, configuration, today=day, jobs=args.jobs, is_reported=enabled)
    return fleet.fleet(evaluated, configuration, day), day


def _is_enabled(configuration: "Configuration") -> "Callable[[Finding], bool]":
    return lambda finding: configuration.levels.get(finding.policy) != reports.run.DISABLED


def _configuration(args: argparse.Namespace) -> "Configuration":
    from ..configuration import config

    configuration = config.parse(_configured(args))
    wanted = {policy.id for policy in _since(args.since)}
    return configuration.restricted_to(wanted) if args.since else configuration


def _run(args: argparse.Namespace) -> Run:
    from ..configuration import baseline, config
    from ..layers import POLICIES
    from ..model.findings import SUPPRESSED

    configuration = _configuration(args)
    severities = {policy.id: policy.severity for policy in POLICIES}

    def levels_of(given: Mapping[str, str]) -> Mapping[str, str]:
        return reports.run.failing_on(args.fail_on, given, severities) if args.fail_on else given

    levels = levels_of(configuration.levels)
    evaluated, day = _fleet(args, configuration)
    if evaluated.report.mistakes:
        raise config.ConfigError("\n".join(evaluated.report.mistakes))
    tags = _pairs("--stack-tag", "the name and value of a stack tag", args.stack_tag)
    own = {
        f"{each.stack}::{each.project}": configuration.of_stack(each.project, each.stack, {**each.tags, **tags})
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
        day=day.isoformat(),
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
    from ..configuration import config
    from ..verify import command, record
    from ..verify.aws import Aws, cached

    configuration = config.parse(_configured(args))
    evaluated = command.evaluated(args.targets, configuration, cached(Aws()), args.stack)
    if evaluated.report.mistakes:
        raise config.ConfigError("\n".join(evaluated.report.mistakes))
    now = datetime.now(UTC)
    report = reports.run.in_force(evaluated.report, configuration.levels)
    if args.record is not None:
        record.written(args.record, evaluated.sources, report.findings, now)
    return Run(
        day=now.date().isoformat(),
        configuration=_named_configuration(args),
        sources=evaluated.sources,
        report=report,
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


def _config_error(message: str) -> Exception:
    from ..configuration.config import ConfigError

    return ConfigError(message)


def _pairs(option: str, meaning: str, given: Sequence[str]) -> dict[str, str]:
    """The values of an option of the form `a=b`. Raises ConfigError."""
    from ..configuration import config

    pairs = {left: right for left, _, right in (each.partition("=") for each in given)}
    if not all(left and right for left, right in pairs.items()):
        raise config.ConfigError(f"{option}: expected {meaning}, separated by =")
    return pairs


def _configured(args: argparse.Namespace) -> dict[str, Any]:
    """The configuration of the command: its presets, overridden by its files in order."""
    from ..configuration import config
    from ..sources import documents

    configured = config.preset(args.preset) if args.preset else {}
    for file in args.config or ():
        written = documents.mapping(documents.read(file), f"--config {file}")
        # A key of Pulumi's own, which the engine removes before a pack sees the file.
        given = {key: value for key, value in written.items() if key not in {"environments", "$schema"}}
        configured = config.merged(configured, given)
    return configured


def _config(args: argparse.Namespace) -> int:
    from ..configuration import config
    from ..sources.source import SourceError

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
    from ..configuration import config
    from ..reports import catalogue

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
    from ..configuration.config import ConfigError
    from ..layers import POLICIES

    try:
        return [policy for policy in POLICIES if version is None or policy.is_newer_than(version)]
    except ValueError as error:
        raise ConfigError(f"--since: expected a version such as 0.1.0, got {version!r}") from error


def _explain(name: str) -> int:
    from ..configuration import config
    from ..layers import POLICIES
    from ..reports import catalogue

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
