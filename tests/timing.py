"""Limits of wall-clock time: a busy machine exceeds them, so only `make test-timing` asserts them."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Assert that the block takes less than so many seconds, if the variable `WALL_CLOCK` is set."""
    begun = time.monotonic()
    yield
    took = time.monotonic() - begun
    assert not os.environ.get("WALL_CLOCK") or took < seconds, f"took {took:.1f} s, not less than {seconds:.1f} s"
