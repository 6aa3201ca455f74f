"""The arguments of the command line."""

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

from .. import reports
from . import ask as ask_command
from .smoke.arguments import add_arguments as add_smoke_arguments

PROGRAM: Final = "gateway-policy"
LISTINGS: Final = ("json", "markdown", "terminal")
SEVERITIES: Final = ("low", "medium", "high", "critical", "never")


class _Version(argparse.Action):
    """Prints the version, which is read only if the option is given."""

    def __init__(self, option_strings: Sequence[str], dest: str, **more: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, **more)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any, **__: Any) -> NoReturn:
        from ..configuration.manifest import version

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


def parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    whole = _Parser(prog=PROGRAM, description="Evaluates the security of Amazon API Gateway APIs.")
    whole.add_argument("--version", action=_Version, help="print the version")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="evaluate programs, state files, previews and backends"))
    join = commands.add_parser("join", help="make one report of the files that `check --shard` wrote")
    join.add_argument("files", nargs="+", type=Path, metavar="FILE", help="the files of all shards")
    _add_stack_tag(join)
    _add_report(join)
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
    return whole


def _add_check(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="the folder of a Pulumi program, or the output of `pulumi stack export` or of `pulumi preview --json "
        "--show-sames` in a file (`-`: standard input), or a folder of such files",
    )
    check.add_argument(
        "--backend",
        action="append",
        default=[],
        metavar="URL",
        help="evaluate the stacks of a self-managed backend: file://FOLDER, s3://BUCKET, gs://BUCKET or "
        "azblob://CONTAINER, as for `pulumi login`; nothing is written to it; repeatable",
    )
    check.add_argument(
        "--match",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only the stacks of backends whose PROJECT/STACK matches, such as 'shop/*'; repeatable",
    )
    check.add_argument("--stack", action="append", metavar="NAME", help="the stack to run programs for; repeatable")
    check.add_argument(
        "--together",
        action="store_true",
        help="evaluate all targets as one graph, for gateways with parts in several stacks, such as a shared web ACL",
    )
    check.add_argument(
        "--data", type=Path, metavar="FILE", help="results of provider functions that the program calls (JSON or YAML)"
    )
    check.add_argument(
        "--jobs",
        type=_positive,
        default=0,
        metavar="N",
        help="how many stacks to evaluate at a time; default: one a core",
    )
    check.add_argument(
        "--shard",
        metavar="I/N",
        help="evaluate one of N parts of the stacks, on as many machines, and write what was found to --output, for "
        "`gateway-policy join`",
    )
    _add_stack_tag(check)
    _add_report(check)


def _positive(given: str) -> int:
    number = int(given)
    if number < 1:
        raise ValueError(given)
    return number


def _add_stack_tag(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--stack-tag",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a tag of the stacks, for levels by tag in the configuration; repeatable",
    )


def _report_format(name: str) -> str:
    """A report's format. Raises ArgumentTypeError, before anything is evaluated, if what writes it is not installed."""
    if name == "html" and importlib.util.find_spec("jinja2") is None:
        raise argparse.ArgumentTypeError("html needs jinja2: pip install 'gateway-policy[html]'")
    return name


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format", type=_report_format, choices=sorted(reports.MODULES), default="terminal", help="default: terminal"
    )
    command.add_argument("--output", type=Path, metavar="FILE", help="write the report to this file")
    _add_configuration(command)
    command.add_argument(
        "--fail-on",
        choices=SEVERITIES,
        help="fail on violations of this severity or higher, whatever their policies' levels",
    )
    command.add_argument(
        "--source-root",
        default="",
        metavar="FOLDER",
        help="what paths in SARIF are relative to; default: the Git repository, else the working directory",
    )
    command.add_argument("--baseline", type=Path, metavar="FILE", help="known violations: only new ones fail")
    command.add_argument(
        "--baseline-renamed",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="a stack in the baseline that has a new name; repeatable",
    )
    command.add_argument(
        "--update-baseline",
        action="store_true",
        help="remove fixed violations of the evaluated stacks from the baseline (if it does not exist yet, write all "
        "violations into it)",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="also fail on undecided facts, advisory violations and components that cannot be evaluated",
    )
    command.add_argument("--new-only", action="store_true", help="leave known and waived findings out of the report")
    command.add_argument("--quiet", action="store_true", help="in a terminal: only failing findings and the result")
    command.add_argument(
        "--statistics", action="store_true", help="in a terminal: count violations by policy and owner"
    )
    command.add_argument(
        "--sarif-suppressed",
        choices=("include", "omit"),
        default="include",
        help="whether SARIF contains known and waived findings, as suppressed results; default: include",
    )
    command.add_argument(
        "--since", metavar="VERSION", help="evaluate only the policies that this version does not have"
    )


def _add_verify(verify: argparse.ArgumentParser) -> None:
    verify.add_argument(
        "targets",
        nargs="+",
        metavar="TARGET",
        help="the output of `pulumi stack export` in a file (`-`: standard input), a folder of such files, or the "
        "folder of a Pulumi project, whose state the CLI exports",
    )
    verify.add_argument("--stack", metavar="NAME", help="the stack of a project; default: the selected one")
    verify.add_argument(
        "--format", type=_report_format, choices=sorted(reports.MODULES), default="terminal", help="default: terminal"
    )
    verify.add_argument("--output", type=Path, metavar="FILE", help="write the report to this file")
    _add_configuration(verify)
    verify.add_argument(
        "--source-root",
        default="",
        metavar="FOLDER",
        help="what paths in SARIF are relative to; default: the Git repository, else the working directory",
    )
    verify.add_argument(
        "--record",
        type=Path,
        metavar="FILE",
        help="note the time and the result in this file, which `verification_file` of the component reads",
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
