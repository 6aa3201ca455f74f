"""The command `gateway-policy smoke`.

Exit codes: 0 every check that was made passed, 1 one failed, 2 one is undecided, or the command is not valid.
"""

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

from .checks import Check, Flood, Plan, Result, checks
from .requests import Caller, Certificate, tls_context
from .signing import Keys

_EXECUTE_API: Final = re.compile(r"\.execute-api\.([a-z0-9-]+)\.")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class _UsageError(Exception):
    """The command is not valid."""


def run(args: argparse.Namespace) -> int:
    """Make the checks and report each. Returns the exit code."""
    try:
        plan = _plan(args, os.environ)
    except (_UsageError, OSError) as error:
        sys.stderr.write(f"gateway-policy smoke: {error}\n")
        return 2
    found: list[Check] = []
    for each in checks(plan):
        found.append(each)
        if args.format == "terminal":
            sys.stdout.write(f"{line(each)}\n")
            sys.stdout.flush()
    counts = Counter(each.result for each in found)
    if args.format == "json":
        results = [{**vars(each), "result": each.result.lower()} for each in found]
        sys.stdout.write(f"{json.dumps({'checks': results}, indent=2)}\n")
    else:
        sys.stdout.write(", ".join(f"{counts[each]} {each.lower()}" for each in Result if counts[each]) + "\n")
    return 1 if counts[Result.FAIL] else 2 if counts[Result.UNDECIDED] else 0


def line(check: Check) -> str:
    """One check, as the terminal shows it."""
    reason = f" ({check.reason})" if check.reason else ""
    return f"{check.result:<9}  {check.layer:<13}  {check.name}: {check.status or '-'}  {check.url}{reason}"


def _plan(args: argparse.Namespace, environment: Mapping[str, str]) -> Plan:
    for url in (args.url, *args.closed):
        _check_url(url)
    credentials = _headers("--credential", args.credential, environment)
    keys = _keys(args.url, environment) if args.sigv4 else None
    if keys and any(name.lower() == "authorization" for name in credentials):
        raise _UsageError("--sigv4 cannot be combined with a header Authorization")
    if args.certificate_key and not args.certificate:
        raise _UsageError("--certificate-key requires --certificate")
    certificate = Certificate(chain=args.certificate, key=args.certificate_key) if args.certificate else None
    tls_context(certificate)
    for name, value in (("--flood", args.flood), ("--rate", args.rate), ("--burst", args.burst)):
        if value is not None and value <= 0:
            raise _UsageError(f"{name} must be more than 0")
        if value is not None and args.flood is None:
            raise _UsageError(f"{name} requires --flood")
    return Plan(
        url=args.url,
        caller=Caller(
            headers=_headers("--header", args.header, environment),
            credentials=credentials,
            keys=keys,
            certificate=certificate,
        ),
        closed=tuple(args.closed),
        flood=Flood(requests=args.flood, rate=args.rate, burst=args.burst) if args.flood else None,
    )


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise _UsageError("the URL must not contain a user or a password")
    if parts.fragment or not parts.hostname or parts.scheme not in {"http", "https"}:
        raise _UsageError(f"{url!r} is not an address such as https://api.example.com/orders")
    if parts.scheme == "http" and parts.hostname not in _LOCAL:
        raise _UsageError(f"{url!r} is not encrypted: credentials are sent over https only")


def _headers(option: str, given: Sequence[str], environment: Mapping[str, str]) -> dict[str, str]:
    """Headers by name. A message never contains a value, which may be a secret."""
    found: dict[str, str] = {}
    for index, text in enumerate(given, 1):
        name, colon, value = (each.strip() for each in text.partition(":"))
        if not colon or not re.fullmatch(r"[A-Za-z0-9_-]+", name) or not value:
            raise _UsageError(f"{option} number {index} is not of the form 'NAME: VALUE'")
        if value.startswith("$"):
            variable = value[1:]
            if not environment.get(variable):
                raise _UsageError(f"{option} {name}: the environment has no variable {variable}")
            value = environment[variable].strip()
        if not value.isascii() or not value.isprintable():
            raise _UsageError(f"{option} {name}: the value contains characters that headers cannot have")
        found[name] = value
    return found


def _keys(url: str, environment: Mapping[str, str]) -> Keys:
    region = next(iter(_EXECUTE_API.findall(url)), "")
    region = region or environment.get("AWS_REGION", "") or environment.get("AWS_DEFAULT_REGION", "")
    needed = {
        "AWS_ACCESS_KEY_ID": environment.get("AWS_ACCESS_KEY_ID", ""),
        "AWS_SECRET_ACCESS_KEY": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "AWS_REGION": region,
    }
    if missing := [name for name, value in needed.items() if not value]:
        raise _UsageError(f"--sigv4 requires {', '.join(missing)} in the environment")
    return Keys(
        access_key_id=needed["AWS_ACCESS_KEY_ID"],
        secret_access_key=needed["AWS_SECRET_ACCESS_KEY"],
        session_token=environment.get("AWS_SESSION_TOKEN", ""),
        region=region,
    )
