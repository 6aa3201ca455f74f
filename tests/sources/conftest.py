from collections.abc import Callable
from pathlib import Path

import programs
import pytest

from policypack.sources import target
from policypack.sources.source import Source

Run = Callable[..., Source]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes a program and runs it offline."""

    def run(program: str, *, stack: str | None = None, function_results=(), **project) -> Source:
        folder = programs.write(tmp_path, program, **project)
        return target.load(str(folder), stack=stack, function_results=function_results)

    return run
