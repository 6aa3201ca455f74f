"""Tests with the real Pulumi CLI. Where it is not on PATH they are skipped, and `tests/conftest.py` says how many."""

import shutil

import pytest

ABSENT = "no `pulumi` on PATH"


def pytest_collection_modifyitems(items):
    if shutil.which("pulumi") is None:
        for item in items:
            if item.get_closest_marker("engine"):
                item.add_marker(pytest.mark.skip(reason=ABSENT))
