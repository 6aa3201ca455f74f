"""Checks of a deployed gateway over HTTP, with the standard library only."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

SCRIPT = "?q=%3Cscript%3Ealert(1)%3C/script%3E"
TELLTALES = ("arn:", "Canonical String", "String-to-Sign", "is not authorized to perform")


@dataclass(frozen=True)
class Target:
    """A GET route that requires authorization, and the headers of a caller who may call it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(url, headers=None):
    """Status and body of the response to a GET request."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - the user's own URL
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - the same
            return response.status, response.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")


def anonymous_callers_are_denied(target):
    assert ask(target.url)[0] in {401, 403}


def forged_tokens_are_denied(target):
    forged = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."

    assert ask(target.url, {**target.headers, "Authorization": forged})[0] in {401, 403}


def errors_reveal_nothing(target):
    _, body = ask(target.url, {"Authorization": "AWS4-HMAC-SHA256 Credential=x/y/z, Signature=0"})

    assert [word for word in TELLTALES if word in body] == []


def callers_get_responses(target):
    assert 200 <= ask(target.url, target.headers)[0] < 300


def the_web_acl_blocks(target):
    """Sends credentials that are accepted otherwise, so only the web ACL can have blocked the request."""
    callers_get_responses(target)

    assert ask(target.url + SCRIPT, target.headers)[0] == 403


def floods_are_throttled(target, requests):
    with ThreadPoolExecutor(32) as callers:
        statuses = list(callers.map(lambda _: ask(target.url, target.headers)[0], range(requests)))

    assert 429 in statuses
