"""What a deployed gateway must answer, asked over HTTP with the standard library alone."""

import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

SCRIPT = "?q=%3Cscript%3Ealert(1)%3C/script%3E"
TELLTALES = ("arn:", "Canonical String", "String-to-Sign", "is not authorized to perform")


@dataclass(frozen=True)
class Door:
    """A guarded route that answers GET, and the headers of somebody who may call it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


def ask(url, headers=None):
    """Status and text of a GET."""
    request = urllib.request.Request(url, headers=dict(headers or {}))  # noqa: S310 - the URL is the caller's own
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the same
            return answer.status, answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode("utf-8", "replace")


def strangers_are_refused(door):
    assert ask(door.url)[0] in {401, 403}


def forged_tokens_are_refused(door):
    forged = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."

    assert ask(door.url, {**door.headers, "Authorization": forged})[0] in {401, 403}


def refusals_tell_nothing(door):
    _, text = ask(door.url, {"Authorization": "AWS4-HMAC-SHA256 Credential=x/y/z, Signature=0"})

    assert [word for word in TELLTALES if word in text] == []


def callers_are_answered(door):
    assert 200 <= ask(door.url, door.headers)[0] < 300


def the_web_acl_blocks(door):
    """With credentials that pass otherwise, so that nobody else can have refused."""
    callers_are_answered(door)

    assert ask(door.url + SCRIPT, door.headers)[0] == 403


def floods_are_throttled(door, requests):
    with ThreadPoolExecutor(32) as callers:
        answers = list(callers.map(lambda _: ask(door.url, door.headers)[0], range(requests)))

    assert 429 in answers
