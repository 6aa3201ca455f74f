"""Tests with the real Pulumi CLI. Where it is not on PATH they are skipped, and their number is told loudly."""

import shutil

import pytest

ABSENT = "no `pulumi` on PATH"


def pytest_collection_modifyitems(items):
    if shutil.which("pulumi") is None:
        for item in items:
            if item.get_closest_marker("engine"):
                item.add_marker(pytest.mark.skip(reason=ABSENT))


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(isinstance(each.longrepr, tuple) and ABSENT in each.longrepr[2] for each in skipped)
    if count:
        terminalreporter.write_sep("!", f"ENGINE TESTS NOT RUN: {count} ({ABSENT})", red=True, bold=True)
