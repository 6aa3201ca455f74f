"""`python -m secure_gateway.authorizer`: explains a decision locally, and makes API keys."""

import argparse
import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from . import api_keys, stores
from . import explain as explanations
from .config import Config, ConfigError, read
from .decide import Authorizer
from .requests import belongs

_API = "arn:aws:execute-api:local:000000000000:local/local"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 for allowed or done, 1 for denied, 2 for an invalid configuration or invocation."""
    given = _parser().parse_args(arguments)
    if given.command == "reasons":
        print(explanations.table())  # noqa: T201 - a command's output
        return 0
    return _new_key(given.owner) if given.command == "new-key" else _explain(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m secure_gateway.authorizer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    explain = commands.add_parser("explain", help="decide on one request as the function would, and explain each step")
    explain.add_argument("--config", type=Path, required=True, help="the configuration as JSON")
    request = explain.add_mutually_exclusive_group(required=True)
    request.add_argument("--route", help="METHOD /path, as in the configuration")
    request.add_argument("--event", type=Path, metavar="FILE", help="an event of API Gateway, as JSON")
    explain.add_argument("--path", help="the called path (default: the route's)")
    explain.add_argument("--token", type=Path, metavar="FILE", help="a file with a bearer token; - reads from stdin")
    explain.add_argument(
        "--header", action="append", default=[], metavar="NAME=FILE", help="a header, whose value is in FILE"
    )
    explain.add_argument("--certificate", type=Path, metavar="FILE", help="a client certificate, as JSON from an event")
    explain.add_argument(
        "--store", action="append", default=[], metavar="ARN=FILE", help="a store, whose document is in FILE"
    )
    explain.add_argument(
        "--loopback", action="store_true", help="allow issuers over plain http on this machine, for tests"
    )
    commands.add_parser("reasons", help="print each reason with its meaning and what to do, as a table in Markdown")
    key = commands.add_parser("new-key", help="make an API key; shows it once, with the record for the store")
    key.add_argument("--owner", required=True, help="the owner of the key: the principal of its requests")
    return parser


def _explain(given: argparse.Namespace) -> int:
    try:
        config = read(given.config.read_text("utf-8"), loopback=given.loopback)
        event = _recorded(given.event) if given.event else _event(given, config)
        documents = dict(_pairs("store", given.store))
    except (ConfigError, OSError, ValueError, RecursionError) as error:
        return _cannot(str(error))
    unread: list[str] = []

    def load(arn: str) -> str:
        if arn not in documents and importlib.util.find_spec("boto3") is None:
            unread.append(arn)
        return documents[arn] if arn in documents else stores.load(arn)

    decision = Authorizer(config, load=load, loopback=given.loopback).decide(event)
    if unread:
        return _cannot(f"boto3 is not installed; give the store's document with --store {unread[0]}=FILE")
    print("\n".join(explanations.explain(config, decision)))  # noqa: T201 - a command's output
    return 0 if decision.allowed else 1


def _cannot(message: str) -> int:
    print(f"cannot explain: {message}", file=sys.stderr)  # noqa: T201 - a command's output
    return 2


def _event(given: argparse.Namespace, config: Config) -> Any:
    method, _, resource = given.route.partition(" ")
    path = given.path or resource
    if not {given.route, f"ANY {resource}"} & config.routes.keys():
        taking = [each for each in config.routes if each.startswith((f"{method} ", "ANY ")) and belongs(each, path)]
        if taking or not resource.startswith("/"):
            message = (
                f"--route: {given.route!r} is not a route of the configuration: {', '.join(taking or config.routes)}"
            )
            raise ValueError(f"{message} (--path gives the path)" if taking else message)
    headers = dict(_pairs("header", given.header))
    if given.token:
        headers["authorization"] = f"Bearer {_contents(str(given.token))}"
    certificate = _recorded(given.certificate) if given.certificate else None
    return {
        "type": "REQUEST",
        "methodArn": f"{_API}/{method}{path}",
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "requestContext": {"identity": {"clientCert": certificate}},
    }


def _recorded(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8"))
    except ValueError as error:
        message = f"{file}: not JSON: {error}"
        raise ValueError(message) from None


def _pairs(option: str, given: Sequence[str]) -> list[tuple[str, str]]:
    # An ARN may contain `=`; a file name seldom does, so the last one separates the two.
    pairs = [each.rpartition("=") for each in given]
    if not all(name and file for name, _, file in pairs):
        # What was given may be a credential.
        message = f"--{option}: must be a name, `=` and a file that contains the value"
        raise ValueError(message)
    return [(name, _contents(file)) for name, _, file in pairs]


def _contents(file: str) -> str:
    contents = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    return contents.strip()


def _new_key(owner: str) -> int:
    key, key_id, record = api_keys.new(owner)
    print(f"The key, which is shown only this once:\n{key}\n\nIts record, for `keys` in the store:")  # noqa: T201 - a command's output
    print(json.dumps({key_id: record}, indent=2))  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
