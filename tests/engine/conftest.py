"""Tests with the real Pulumi CLI. What keeps one from running here is said by `tests/conftest.py`, with a count."""

import importlib.util
import shutil
from functools import cache

import pytest

import lab

ABSENT = "no `pulumi` on PATH"
NO_CLOUD = "no moto: `make test-engine` installs it"
NO_PLUGIN = "no aws plugin: `pulumi plugin install resource aws`"


@cache
def _has_plugin():
    return lab.has_aws_plugin()


def _missing(item):
    if shutil.which("pulumi") is None:
        return ABSENT
    if not {"cloud", "without_faults"} & set(item.fixturenames):
        return ""
    return NO_CLOUD if importlib.util.find_spec("moto") is None else "" if _has_plugin() else NO_PLUGIN


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("engine") and (reason := _missing(item)):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def cloud(tmp_path):
    """A local AWS of the test's own."""
    with lab.cloud(tmp_path / "aws.log") as made:
        yield made


@pytest.fixture
def project(tmp_path, cloud):
    """Makes the project of a stack, with the settings that its program needs."""
    return lambda stack: lab.project(tmp_path, stack, cloud)
