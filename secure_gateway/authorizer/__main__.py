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
from .reasons import TEXTS

_API = "arn:aws:execute-api:local:000000000000:local/local"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0 for allowed or done, 1 for refused, 2 for a configuration or a call that cannot be used."""
    given = _parser().parse_args(arguments)
    return _new_key(given.owner) if given.command == "new-key" else _check(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m secure_gateway.authorizer", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="decide on one request, as the function would, and say why")
    check.add_argument("--config", type=Path, required=True, help="the configuration, JSON")
    check.add_argument("--route", required=True, help="METHOD /path, as the configuration has it")
    check.add_argument("--path", help="the path that is called; defaults to the route's")
    check.add_argument("--token", type=Path, metavar="FILE", help="a file with a bearer token; - reads it from stdin")
    check.add_argument("--header", action="append", default=[], metavar="NAME=FILE", help="a header, its value in FILE")
    check.add_argument("--certificate", type=Path, metavar="FILE", help="a client certificate, JSON of the event")
    check.add_argument("--store", action="append", default=[], metavar="ARN=FILE", help="a store's document, in FILE")
    check.add_argument("--loopback", action="store_true", help="let issuers be plain http on this machine, for tests")
    key = commands.add_parser("new-key", help="make an API key: shown once, with the record to store")
    key.add_argument("--owner", required=True, help="whose key it is: the principal of its requests")
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
        headers["authorization"] = f"Bearer {_text(str(given.token))}"
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
    # An ARN may hold `=`; a file's name after the last one seldom does.
    return [(name, _text(file)) for name, _, file in (each.rpartition("=") for each in given)]


def _text(file: str) -> str:
    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    return text.strip()


def _explanation(decision: Decision) -> list[str]:
    """Lines for a reader; of credentials only what they say of the caller, and only once they hold."""
    lines = [f"{'allowed' if decision.allowed else 'refused'}: {decision.status} {decision.reason}"]
    lines.append(f"  {TEXTS[decision.reason]}")
    lines += [f"  {name}: {reason} - {TEXTS[reason]}" for name, reason in decision.tried.items()]
    identity = decision.identity
    told = {"principal": identity.principal, "issuer": identity.issuer, "tenant": identity.tenant}
    lines += [f"  {name}: {value}" for name, value in told.items() if value]
    if identity.scopes:
        lines.append(f"  scopes: {' '.join(sorted(identity.scopes))}")
    return [*lines, *_policy(decision.answer)]


def _policy(answer: Mapping[str, Any] | None) -> list[str]:
    if answer is None or "policyDocument" not in answer:
        return []
    return [
        f"  {statement['Effect'].lower()}: {resource.removeprefix(f'{_API}/')}"
        for statement in answer["policyDocument"]["Statement"]
        for resource in statement["Resource"]
    ]


def _new_key(owner: str) -> int:
    key, key_id, record = api_keys.new(owner)
    print(f"The key, shown this once:\n{key}\n\nInto the store, below `keys`:")  # noqa: T201 - a command's output
    print(json.dumps({key_id: record}, indent=2))  # noqa: T201 - a command's output
    return 0


if __name__ == "__main__":
    sys.exit(main())
