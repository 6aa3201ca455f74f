"""Python's search for cycles of garbage, and when it is in the way."""

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def kept() -> Generator[None]:
    """Look for no cycles while much is made and little of it is garbage.

    Each search walks over all that was made so far: at 100,000 resources that took as long as judging them. What is
    in no cycle, which is nearly everything here, is freed as ever.
    """
    looked = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looked:
            gc.enable()
