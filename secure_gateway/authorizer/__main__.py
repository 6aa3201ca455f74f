"""`python -m secure_gateway.authorizer`: explains a decision locally, and makes API keys."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import api_keys, stores
from .config import ConfigError, read
from .decide import Authorizer, Decision
from .reasons import EXPLANATIONS

_API = "arn:aws:execute-api:local:000000000000:local/local"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns 0 for allowed or done, 1 for refused, 2 for an invalid configuration or invocation."""
    given = _parser().parse_args(arguments)
    return _new_key(given.owner) if given.command == "new-key" else _check(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m secure_gateway.authorizer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="decide on one request as the function would, and explain the decision")
    check.add_argument("--config", type=Path, required=True, help="the configuration as JSON")
    check.add_argument("--route", required=True, help="METHOD /path, as in the configuration")
    check.add_argument("--path", help="the called path (default: the route's)")
    check.add_argument("--token", type=Path, metavar="FILE", help="a file with a bearer token; - reads from stdin")
    check.add_argument(
        "--header", action="append", default=[], metavar="NAME=FILE", help="a header, whose value is in FILE"
    )
    check.add_argument("--certificate", type=Path, metavar="FILE", help="a client certificate, as JSON from an event")
    check.add_argument(
        "--store", action="append", default=[], metavar="ARN=FILE", help="a store, whose document is in FILE"
    )
    check.add_argument(
        "--loopback", action="store_true", help="allow issuers over plain http on this machine, for tests"
    )
    key = commands.add_parser("new-key", help="make an API key; shows it once, with the record for the store")
    key.add_argument("--owner", required=True, help="the owner of the key: the principal of its requests")
    return parser


def _check(given: argparse.Namespace) -> int:
    try:
        config = read(given.config.read_text("utf-8"), loopback=given.loopback)
        event = _event(given)
        documents = dict(_pairs(given.store))
    except (ConfigError, OSError, ValueError) as error:
        print(f"cannot check: {error}", file=sys.stderr)  # noqa: T201 - a command's output
        return 2

    def load(arn: str) -> str:
        return documents[arn] if arn in documents else stores.load(arn)

    decision = Authorizer(config, load=load, loopback=given.loopback).decide(event)
    print("\n".join(_explanation(decision)))  # noqa: T201 - a command's output
    return 0 if decision.allowed else 1


def _event(given: argparse.Namespace) -> dict[str, Any]:
    method, _, resource = given.route.partition(" ")
    path = given.path or resource
    headers = dict(_pairs(given.header))
    if given.token:
        headers["authorization"] = f"Bearer {_contents(str(given.token))}"
    certificate = json.loads(given.certificate.read_text("utf-8")) if given.certificate else None
    return {
        "type": "REQUEST",
        "methodArn": f"{_API}/{method}{path}",
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "requestContext": {"identity": {"clientCert": certificate}},
    }


def _pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    # An ARN may contain `=`; a file name seldom does, so the last one separates the two.
    return [(name, _contents(file)) for name, _, file in (each.rpartition("=") for each in given)]


def _contents(file: str) -> str:
    contents = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    return contents.strip()


def _explanation(decision: Decision) -> list[str]:
    """The lines to print. They show what a valid credential says about the caller, and never the credential."""
    lines = [f"{'allowed' if decision.allowed else 'refused'}: {decision.status} {decision.reason}"]
    lines.append(f"  {EXPLANATIONS[decision.reason]}")
    lines += [f"  {name}: {reason} - {EXPLANATIONS[reason]}" for name, reason in decision.tried.items()]
    identity = decision.identity
    reported = {"principal": identity.principal, "issuer": identity.issuer, "tenant": identity.tenant}
    lines += [f"  {name}: {value}" for name, value in reported.items() if value]
    if identity.scopes:
        lines.append(f"  scopes: {' '.join(sorted(identity.scopes))}")
    return [*lines, *_policy(decision.response)]


def _policy(response: Mapping[str, Any] | None) -> list[str]:
    if response is None or "policyDocument" not in response:
        return []
    return [
        f"  {statement['Effect'].lower()}: {resource.removeprefix(f'{_API}/')}"
        for statement in response["policyDocument"]["Statement"]
        for resource in statement["Resource"]
    ]


def _new_key(owner: str) -> int:
    key, key_id, record = api_keys.new(owner)
    print(f"The key, which is shown only this once:\n{key}\n\nIts record, for `keys` in the store:")  # noqa: T201 - a command's output
    print(json.dumps({key_id: record}, indent=2))  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
