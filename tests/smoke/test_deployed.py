"""The live smoke suite: `make smoke URL=...` against a deployed gateway; skipped without a URL.

`SMOKE_URL` is a guarded route that answers GET. `SMOKE_HEADERS`, a JSON object, is what a caller who may call it sends;
`SMOKE_REQUESTS` is how many requests at once are more than the stage or the caller's plan takes, and costs as many.
"""

import json
import os

import pytest
from smoke import checks

URL = os.environ.get("SMOKE_URL", "")
HEADERS = json.loads(os.environ.get("SMOKE_HEADERS", "{}"))
REQUESTS = int(os.environ.get("SMOKE_REQUESTS", "0"))

pytestmark = pytest.mark.skipif(not URL, reason="no SMOKE_URL: nothing is deployed")
with_a_caller = pytest.mark.skipif(not HEADERS, reason="no SMOKE_HEADERS: nobody to call as")


@pytest.fixture
def door():
    return checks.Door(URL, HEADERS)


def test_strangers_are_refused(door):
    checks.strangers_are_refused(door)


def test_forged_tokens_are_refused(door):
    checks.forged_tokens_are_refused(door)


def test_refusals_tell_nothing(door):
    checks.refusals_tell_nothing(door)


@with_a_caller
def test_callers_are_answered(door):
    checks.callers_are_answered(door)


@with_a_caller
def test_the_web_acl_blocks(door):
    checks.the_web_acl_blocks(door)


@with_a_caller
@pytest.mark.skipif(not REQUESTS, reason="no SMOKE_REQUESTS: nobody floods unasked")
def test_floods_are_throttled(door):
    checks.floods_are_throttled(door, REQUESTS)
