"""`gateway-policy ask`: what happens to a request, and who reaches the backends."""

import argparse
import difflib
import ipaddress
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..ask.request import Given, Identity, Request
from ..patterns.addresses import Address

if TYPE_CHECKING:
    from ..evaluation.asked import AskedStack

_ROUTE: Final = re.compile(r"([A-Z]+) (/[^?#\s]*)(?:\?(\S*))?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_ROUTE_KEY: Final = re.compile(r"\$(?:connect|disconnect|default)|[a-z][\w.-]*|[A-Z]+[a-z_][\w.-]*")
"""A route key of a WebSocket API. A word in upper case is read as the method of a request without a path."""
TLS_VERSIONS: Final = ("1.0", "1.1", "1.2", "1.3")


class QuestionError(ValueError):
    """A question that is not valid; the message says why."""


HELP: Final = "show what happens to a request, layer by layer, or who reaches the routes"


def add_options(ask: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    ask.add_argument("target", metavar="TARGET", help="what `check` takes")
    ask.add_argument(
        "request",
        nargs="?",
        metavar="REQUEST",
        help='method and path without the stage, such as "GET /orders/7", or a route key of a WebSocket API, such as '
        "$connect; with --diff, the newer target",
    )
    whole = ask.add_mutually_exclusive_group()
    whole.add_argument("--who", metavar="ROUTE", help='list who reaches a route, such as "DELETE /orders/{id}"')
    whole.add_argument("--reachable", action="store_true", help="list who reaches each route")
    whole.add_argument(
        "--diff", action="store_true", help="list what opened and closed from TARGET to a second, newer target"
    )
    ask.add_argument("--from", dest="address", metavar="ADDRESS", help="the IP address that AWS sees as the sender's")
    ask.add_argument("--country", metavar="CODE", help="two letters, as AWS WAF locates the address")
    ask.add_argument("--header", action="append", default=[], metavar="'NAME: VALUE'", help="a header; repeatable")
    ask.add_argument("--body", default="", metavar="BODY", help="the body; `@FILE` reads it from a file")
    ask.add_argument("--principal", default="", metavar="ARN", help="the principal that signed the request")
    ask.add_argument(
        "--identity",
        choices=[each.value for each in Identity],
        default="unknown",
        help="what the IAM policies of the principal say about the request; default: unknown",
    )
    ask.add_argument("--organization", metavar="ID", help="the AWS organization of the principal")
    ask.add_argument("--via", default="", metavar="VPCE", help="the VPC endpoint that the request comes through")
    ask.add_argument("--vpc", metavar="ID", help="the VPC of that endpoint")
    ask.add_argument("--token", choices=["valid", "invalid"], help="whether the route's authorizer accepts its token")
    ask.add_argument("--key", choices=["valid", "invalid"], help="whether its API key is one of the stage")
    ask.add_argument(
        "--certificate", choices=["valid", "invalid"], help="whether a truststore trusts its client certificate"
    )
    ask.add_argument("--tls", choices=TLS_VERSIONS, default="1.3", help="the newest TLS version of the sender")
    ask.add_argument("--stage", default="", metavar="NAME", help="only this stage")
    ask.add_argument(
        "--ordinary",
        action="store_true",
        help="the request looks like no attack to managed rule groups, and has what its route describes",
    )
    ask.add_argument("--over-limit", action="store_true", help="the sender exceeds every limit of requests")
    ask.add_argument(
        "--document",
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="what the built-in authorizer reads: the key set of an issuer, by its URL, or a store's document, by its "
        "ARN; repeatable",
    )
    ask.add_argument("--at", metavar="TIME", help="when it arrives, such as 2026-12-31T23:59:00Z; default: now")
    ask.add_argument("--stack", metavar="NAME", help="the stack to run a program for")
    ask.add_argument("--format", choices=["html", "json", "terminal"], default="terminal", help="default: terminal")


def run(args: argparse.Namespace) -> int:
    """Write what happens to the request, or who reaches the routes. Raises QuestionError and SourceError."""
    from ..evaluation.asked import load

    stack = load(args.target, stack=args.stack)
    if args.diff:
        written = _differences(args, stack)
    elif args.reachable or args.who:
        written = _callers(args, stack)
    else:
        written = _walks(args, stack)
    sys.stdout.write(stack.redacted(written))
    return 0


def _walks(args: argparse.Namespace, stack: "AskedStack") -> str:
    from ..reports import asked

    if args.request is None:
        raise QuestionError('expected a request, such as "GET /orders/7", or --who, --reachable or --diff')
    request = question(args)
    if request.route_key and not any(each.gateway.kind == "WEBSOCKET" for each in stack.apis):
        raise QuestionError(
            f'expected a method and a path, such as "GET /orders/7", got {args.request!r}: it can only be the route '
            "key of a WebSocket API, and there is none"
        )
    names = {each.name for api in stack.apis for each in api.gateway.stages}
    if request.stage and request.stage not in names:
        raise QuestionError(f"--stage: there is no stage {request.stage!r}; the stages are {', '.join(sorted(names))}")
    walks = stack.walks(request)
    if args.format == "html":
        from ..reports import asked_html

        return asked_html.of_walks(args.request, walks, stack.locations)
    write = asked.as_json if args.format == "json" else asked.as_text
    return write(walks, stack.locations)


def _callers(args: argparse.Namespace, stack: "AskedStack") -> str:
    from ..reports import callers

    if args.request is not None:
        raise QuestionError(f"{'--who' if args.who else '--reachable'} takes no request, got {args.request!r}")
    routes = stack.routes
    if args.who and args.who not in routes:
        near = difflib.get_close_matches(args.who, list(routes), n=1, cutoff=0.0)
        nearest = f"; the nearest is {near[0]!r}" if near else ", and no route is known"
        raise QuestionError(f"--who: there is no route {args.who!r}{nearest}")
    found = stack.callers(args.who or "")
    if args.format == "json":
        return callers.as_json(found, stack.unknown_routes)
    listed = [args.who] if args.who else routes
    if args.format == "html":
        from ..reports import asked_html

        title = f"Who reaches {args.who}" if args.who else "Who reaches each route"
        return asked_html.of_callers(title, found, listed, stack.unknown_routes)
    return callers.as_text(found, listed, stack.unknown_routes)


def _differences(args: argparse.Namespace, old: "AskedStack") -> str:
    from ..ask.differences import differences
    from ..evaluation.asked import load
    from ..reports import callers

    if args.format == "html":
        raise QuestionError("--diff: it is written as text or JSON, not as HTML")
    if args.request is None:
        raise QuestionError("--diff: expected two targets, the older and the newer one")
    new = load(args.request, stack=args.stack)
    found = list(differences(old.callers(), new.callers()))
    written = callers.differences_as_json(found) if args.format == "json" else callers.differences_as_text(found)
    return new.redacted(written)


def question(args: argparse.Namespace) -> Request:
    """The request that options describe. Raises QuestionError."""
    key = _ROUTE_KEY.fullmatch(args.request)
    found = _ROUTE.fullmatch(args.request) or (_ROUTE.fullmatch("GET /") if key else None)
    if found is None:
        raise QuestionError(f'expected a method and a path, such as "GET /orders/7", got {args.request!r}')
    country = (args.country or "").upper()
    if country and not _COUNTRY.fullmatch(country):
        raise QuestionError(f"--country: expected two letters, such as DE, got {args.country!r}")
    return Request(
        method=found[1],
        path="" if key else found[2],
        route_key=args.request if key else "",
        query=found[3] or "",
        headers=tuple(_header(each) for each in args.header),
        body=_body(args.body),
        address=_address(args.address),
        country=country or None,
        principal=args.principal,
        organization=args.organization,
        identity=Identity(args.identity),
        vpc_endpoint=args.via,
        vpc=args.vpc,
        certificate=Given(args.certificate) if args.certificate else None,
        tls=args.tls,
        key=Given(args.key) if args.key else None,
        token=Given(args.token) if args.token else None,
        stage=args.stage,
        ordinary=args.ordinary,
        over_limit=args.over_limit,
        documents=tuple(map(_document, args.document)),
        at=time.time() if args.at is None else _time(args.at),
    )


def _document(given: str) -> tuple[str, str]:
    # An ARN may contain `=`; a file name seldom does, so the last one separates the two.
    name, _, file = given.rpartition("=")
    try:
        written = Path(file).read_text(encoding="utf-8")
        valid = bool(name) and isinstance(json.loads(written), dict)
    except (OSError, ValueError, RecursionError) as error:
        raise QuestionError(f"--document: {file} cannot be read: {error}") from error
    if not valid:
        raise QuestionError("--document: expected a name, `=` and a file with a JSON object")
    return name, written


def _time(given: str) -> float:
    try:
        found = datetime.fromisoformat(given)
    except ValueError as error:
        raise QuestionError(f"--at: expected a time, such as 2026-12-31T23:59:00Z, got {given!r}") from error
    return found.replace(tzinfo=found.tzinfo or UTC).timestamp()


def _address(given: str | None) -> Address | None:
    if given is None:
        return None
    try:
        found = ipaddress.ip_address(given)
    except ValueError as error:
        raise QuestionError(f"--from: expected an IP address, such as 198.51.100.7, got {given!r}") from error
    return Address(found.version, int(found))


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon or not name.strip():
        raise QuestionError(f"--header: expected a name and a value, such as 'accept: */*', got {given!r}")
    return name.strip().lower(), value.strip()


def _body(given: str) -> str:
    if not given.startswith("@"):
        return given
    try:
        return Path(given[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionError(f"--body: {given[1:]} cannot be read: {error}") from error


def of_registered(resources: Sequence[Mapping[str, Any]], asked_: Mapping[str, Any], *, unknown: object) -> str:
    """What happens to a request, as JSON, for what a program registered in a test.

    `asked_` has the request, and options by the names of the command line without dashes. Raises QuestionError.
    """
    from ..evaluation.asked import of_registered
    from ..reports import asked

    parser = argparse.ArgumentParser(exit_on_error=False)
    add_options(parser)
    given = dict(asked_)
    documents: Mapping[str, str] = given.pop("documents", {})
    args = parser.parse_args(["", str(given.pop("request"))])
    for name, value in given.items():
        setattr(args, {"from": "address"}.get(name, name), value)
    request = replace(question(args), documents=tuple(documents.items()))
    stack = of_registered(resources, unknown=unknown)
    return stack.redacted(asked.as_json(stack.walks(request), stack.locations))
