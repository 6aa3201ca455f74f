"""Live smoke tests: `make smoke URL=...` runs them against a deployed gateway; without a URL they are skipped.

`SMOKE_URL` is a GET route that requires authorization. `SMOKE_HEADERS` is a JSON object with the headers of a caller
who may call it. `SMOKE_REQUESTS` is a number of simultaneous requests that exceeds the throttle of the stage or of the
caller's plan; the test sends, and you pay for, that many requests."""

import json
import os

import pytest
from smoke import checks

URL = os.environ.get("SMOKE_URL", "")
HEADERS = json.loads(os.environ.get("SMOKE_HEADERS", "{}"))
REQUESTS = int(os.environ.get("SMOKE_REQUESTS", "0"))

pytestmark = pytest.mark.skipif(not URL, reason="no SMOKE_URL: nothing is deployed")
with_a_caller = pytest.mark.skipif(not HEADERS, reason="no SMOKE_HEADERS: no caller")


@pytest.fixture
def target():
    return checks.Target(URL, HEADERS)


def test_anonymous_callers_are_denied(target):
    checks.anonymous_callers_are_denied(target)


def test_forged_tokens_are_denied(target):
    checks.forged_tokens_are_denied(target)


def test_errors_reveal_nothing(target):
    checks.errors_reveal_nothing(target)


@with_a_caller
def test_callers_get_responses(target):
    checks.callers_get_responses(target)


@with_a_caller
def test_the_web_acl_blocks(target):
    checks.the_web_acl_blocks(target)


@with_a_caller
@pytest.mark.skipif(not REQUESTS, reason="no SMOKE_REQUESTS: no flood without consent")
def test_floods_are_throttled(target):
    checks.floods_are_throttled(target, REQUESTS)
