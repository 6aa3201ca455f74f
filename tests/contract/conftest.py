"""The stacks of this repository, run offline once for all tests of a worker."""

from functools import cache
from pathlib import Path

import pytest

from policypack.sources import offline
from policypack.sources.project import find

ROOT = Path(__file__).parent.parent.parent
FUNCTION_RESULTS = [{"token": "aws:ec2/getVpc:getVpc", "result": {"id": "vpc-0123456789abcdef0"}}]


@cache
def resources(stack):
    project = find(ROOT / "stacks")
    return offline.run("stacks", project, stack=stack, function_results=FUNCTION_RESULTS).resources


@pytest.fixture
def recorded():
    return resources
