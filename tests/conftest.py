"""What a run did not prove is said where nobody overlooks it.

This stands here, not in `tests/engine`: a parallel run's controller, which writes the summary, collects no tests and so
reads no conftest below this one.
"""

import asyncio
import logging
import os
from collections import Counter

from hypothesis import HealthCheck, settings

# How long an example takes says more of the machine than of the code.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("deep", settings.get_profile("steady"), max_examples=int(os.environ.get("EXAMPLES", "10000")))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def _is_about_use(record):
    """Whether a log record is not about an exception that nobody retrieved, which a rejected program leaves behind.

    asyncio logs those when the garbage collector finds them, and formatting their traceback parses source. Until Python
    3.11.8, that breaks an `ast.parse` that is under way (python/cpython#106905), in whatever test comes next.
    """
    return "never retrieved" not in record.getMessage()


logging.getLogger("asyncio").addFilter(_is_about_use)


# Outputs that tests create need a current event loop in the main thread. Python creates one by itself up to 3.11 only.
# It stays open and referenced: closing it would end the threads of Pulumi's mocks, whose own event loops nobody closes.
EVENT_LOOP = asyncio.new_event_loop()
asyncio.set_event_loop(EVENT_LOOP)


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    said = [each.longrepr[2].removeprefix("Skipped: ") for each in skipped if isinstance(each.longrepr, tuple)]
    for reason, count in Counter(said).items():
        terminalreporter.write_sep("!", f"TESTS NOT RUN: {count} ({reason})", red=True, bold=True)
