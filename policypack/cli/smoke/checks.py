"""The checks, in the order in which they are made. Those that could disturb others come last."""

import json
import ssl
import time
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import repeat
from typing import Final
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from .requests import Caller, Response, send, tls_context


def _unsigned(*parts: dict[str, str]) -> str:
    """A JSON Web Token without a signature."""
    encoded = [urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts]
    return ".".join([*encoded, ""])


FORGED: Final = f"Bearer {_unsigned({'alg': 'none'}, {'sub': 'admin'})}"
ATTACKS: Final = ("<script>alert(1)</script>", "1' OR '1'='1' UNION SELECT password FROM users --")
REVEALING: Final = ("arn:aws", "Canonical String", "String-to-Sign", "is not authorized to perform", "Traceback (most")
_THROTTLED: Final = 429
_CALLERS: Final = 32


class Result(StrEnum):
    """What a check found."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "FAIL"
    UNDECIDED = "undecided"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the report."""

    layer: str
    name: str
    result: Result
    status: str
    """The status of the response, or why there is none; empty if nothing was sent."""
    url: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Flood:
    """How many requests to send at once, and the limit that they must exceed."""

    requests: int
    rate: float | None = None
    burst: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is checked: a GET route that requires authorization, and a caller who may call it."""

    url: str
    caller: Caller
    closed: tuple[str, ...] = ()
    """Addresses under which the gateway must not serve, such as its execute-api endpoint."""
    flood: Flood | None = None


def checks(plan: Plan) -> Iterator[Check]:
    """All checks, each as soon as it is made."""
    accepted = send(plan.url, plan.caller) if plan.caller.has_credentials else None
    yield from _tls(plan, accepted)
    yield from _auth(plan, accepted)
    yield from _network(plan)
    yield _waf(plan, accepted)
    yield _observability(plan, accepted)
    yield _throttle(plan, accepted)


def _check(layer: str, name: str, url: str, response: Response, result: Result, reason: str = "") -> Check:
    return Check(layer=layer, name=name, result=result, status=str(response), url=url, reason=reason)


def _skipped(layer: str, name: str, url: str, reason: str) -> Check:
    return Check(layer=layer, name=name, result=Result.SKIPPED, status="", url=url, reason=reason)


def _tls(plan: Plan, accepted: Response | None) -> Iterator[Check]:
    if urlsplit(plan.url).scheme != "https":
        yield _skipped("tls", "encrypted", plan.url, "the address is not https")
        return
    response = accepted or send(plan.url, plan.caller)
    found = Result.PASS if response.tls else Result.UNDECIDED
    yield _check("tls", f"valid certificate, {response.tls or 'no connection'}", plan.url, response, found)
    yield _old_tls(plan)
    if plan.caller.certificate:
        name = "no response without a client certificate"
        bare = send(plan.url, plan.caller, context=tls_context())
        if accepted is None or not accepted.served:
            yield _check("tls", name, plan.url, bare, Result.UNDECIDED, _not_served(accepted))
        else:
            yield _check("tls", name, plan.url, bare, Result.FAIL if bare.served else Result.PASS)


def _old_tls(plan: Plan) -> Check:
    """Only an alert of the server counts: the library here may not be able to speak TLS 1.1 at all."""
    name = "TLS 1.1 is rejected"
    try:
        context = tls_context(plan.caller.certificate)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
    except (OSError, ValueError) as error:
        return _skipped("tls", name, plan.url, f"TLS 1.1 cannot be tried from here: {type(error).__name__}")
    response = send(plan.url, plan.caller.anonymous(), context=context)
    if response.status:
        return _check("tls", name, plan.url, response, Result.FAIL, f"the server accepts {response.tls}")
    if "alert" in response.error or "reset" in response.error:
        return _check("tls", name, plan.url, response, Result.PASS)
    return _skipped("tls", name, plan.url, f"TLS 1.1 cannot be tried from here: {response.error}")


def _auth(plan: Plan, accepted: Response | None) -> Iterator[Check]:
    if accepted is None:
        yield _skipped("auth", "callers get responses", plan.url, "no credential is given")
    elif accepted.served:
        yield _check("auth", "callers get responses", plan.url, accepted, Result.PASS)
    else:
        found = Result.UNDECIDED if accepted.status in {0, _THROTTLED} else Result.FAIL
        yield _check("auth", "callers get responses", plan.url, accepted, found, _hint(accepted))
    denials: list[Response] = []
    for layer, name, caller in _intruders(plan.caller):
        response = send(plan.url, caller)
        denials.append(response)
        yield _denial(layer, name, plan.url, response, accepted)
    if not denials:
        yield _skipped("auth", "denials reveal nothing", plan.url, "nothing was denied by the gateway itself")
        return
    revealing = sorted({each for denial in denials for each in REVEALING if each in denial.body})
    worst = next((each for each in denials if any(word in each.body for word in REVEALING)), denials[0])
    reason = f"the body contains {', '.join(map(repr, revealing))}" if revealing else ""
    found = Result.FAIL if revealing else Result.PASS if worst.status else Result.UNDECIDED
    yield _check("auth", "denials reveal nothing", plan.url, worst, found, reason)


def _intruders(caller: Caller) -> Iterator[tuple[str, str, Caller]]:
    """Requests that must be denied: layer, what is wrong with the request, and how it is sent."""
    only_certificate = bool(caller.certificate) and not caller.credentials and not caller.keys
    if not only_certificate:
        yield "auth", "without credentials", caller.anonymous()
    if caller.keys:
        yield "auth", "with a forged signature", replace(caller, keys=caller.keys.forged)
    for name, value in caller.credentials.items():
        layer = "keys" if name.lower() == "x-api-key" else "auth"
        if len(caller.credentials) > 1 or caller.keys:
            yield layer, f"without {name}", caller.without(name)
        yield layer, f"with a forged {name}", caller.having(name, _forged(value))
    if not caller.has_credentials:
        yield "auth", "with a forged token", caller.having("Authorization", FORGED)


def _forged(value: str) -> str:
    scheme, _, secret = value.partition(" ")
    if scheme.lower() == "bearer":
        return FORGED
    return f"{scheme} {'0' * len(secret)}" if secret else "0" * max(20, len(value))


def _denial(layer: str, name: str, url: str, response: Response, accepted: Response | None) -> Check:
    """A denial proves something if the same request is served otherwise."""
    name = f"denied {name}"
    if response.served:
        return _check(layer, name, url, response, Result.FAIL, "the request is served")
    if not response.denied:
        return _check(layer, name, url, response, Result.UNDECIDED, "neither served nor denied (401, 403)")
    if accepted is not None and not accepted.served:
        return _check(layer, name, url, response, Result.UNDECIDED, _not_served(accepted))
    return _check(layer, name, url, response, Result.PASS)


def _not_served(accepted: Response | None) -> str:
    return f"the caller's own request is not served either ({accepted})"


def _hint(response: Response) -> str:
    if response.denied and "Missing Authentication Token" in response.body:
        return "API Gateway has no such route, or the request is not signed"
    hints = {
        403: "the credential, the network layer, or a web ACL that still blocks this address after a flood",
        401: "the credential is not accepted",
        _THROTTLED: "throttled: try again later",
        404: "no such route",
    }
    return hints.get(response.status, "")


def _network(plan: Plan) -> Iterator[Check]:
    for url in plan.closed:
        response = send(url, plan.caller)
        found = Result.FAIL if response.served else Result.UNDECIDED
        if response.denied or "name or service not known" in response.error or response.status == 404:  # noqa: PLR2004
            found = Result.PASS
        yield _check("network", "closed", url, response, found, "the request is served" if response.served else "")


def _waf(plan: Plan, accepted: Response | None) -> Check:
    """Sends credentials that are accepted otherwise, so only the web ACL can have blocked the request."""
    name = "attacks are blocked"
    if accepted is None or not accepted.served:
        reason = "no credential is given" if accepted is None else _not_served(accepted)
        return _skipped("waf", name, plan.url, reason)
    responses = [(url, send(url, plan.caller)) for url in (_with_query(plan.url, each) for each in ATTACKS)]
    blocked = [each for each in responses if each[1].denied]
    served = [each for each in responses if each[1].served]
    url, response = (blocked or served or responses)[0]
    if blocked:
        return _check("waf", name, url, response, Result.PASS)
    if len(served) == len(responses):
        return _check("waf", name, url, response, Result.FAIL, "script and SQL injection in the query are served")
    return _check("waf", name, url, response, Result.UNDECIDED, "neither served nor blocked (403)")


def _with_query(url: str, value: str) -> str:
    parts = urlsplit(url)
    query = "&".join(filter(None, (parts.query, urlencode({"q": value}, quote_via=quote, safe=""))))
    return urlunsplit(parts._replace(query=query))


def _observability(plan: Plan, accepted: Response | None) -> Check:
    """The id with which the logs name the request."""
    name = "responses have a request id"
    response = accepted or send(plan.url, plan.caller)
    found = next((response.headers[each] for each in _IDS if each in response.headers), "")
    if not found:
        return _skipped("observability", name, plan.url, "the response has none; a proxy may have removed it")
    return _check("observability", name, plan.url, response, Result.PASS, f"look for {found} in the access log")


_IDS: Final = ("x-amzn-requestid", "apigw-requestid", "x-amz-apigw-id")


def _throttle(plan: Plan, accepted: Response | None, clock: Callable[[], float] = time.monotonic) -> Check:
    """A flood, as the last check: afterwards a rate limit may block this address for minutes."""
    name, flood = "floods are throttled", plan.flood
    if flood is None:
        return _skipped("keys", name, plan.url, "no --flood is given")
    if accepted is None or not accepted.served:
        reason = "no credential is given" if accepted is None else _not_served(accepted)
        return _skipped("keys", name, plan.url, reason)
    start = clock()
    with ThreadPoolExecutor(_CALLERS) as callers:
        responses = list(callers.map(send, repeat(plan.url, flood.requests), repeat(plan.caller)))
    seconds = clock() - start
    throttled = [each for each in responses if each.status == _THROTTLED]
    blocked = [each for each in responses if each.denied]
    served = sum(each.served for each in responses)
    counts = f"{served:,} of {flood.requests:,} requests were served in {seconds:.1f} seconds"
    if throttled:
        return _check("keys", name, plan.url, throttled[0], Result.PASS, counts)
    if blocked:
        reason = f"{counts}; a rate limit of the web ACL blocked others before the throttle"
        return _check("keys", name, plan.url, blocked[0], Result.UNDECIDED, reason)
    if flood.rate is None or flood.burst is None:
        reason = f"{counts}, which may be within the limit: give --rate and --burst"
        return _check("keys", name, plan.url, responses[-1], Result.UNDECIDED, reason)
    most = flood.burst + flood.rate * seconds
    if served > 2 * most:  # AWS throttles on a best-effort basis
        return _check("keys", name, plan.url, responses[-1], Result.FAIL, f"{counts}, but the limit is {most:,.0f}")
    reason = f"{counts}; send more than {2 * most:,.0f} to exceed the limit clearly"
    return _check("keys", name, plan.url, responses[-1], Result.UNDECIDED, reason)
