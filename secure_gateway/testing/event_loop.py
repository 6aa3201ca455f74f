"""Event loops for Pulumi's SDK, which needs a current one in each thread that it runs in.

Since Python 3.14 no thread has one by itself. In any version, `asyncio.run`, pytest-asyncio and
`IsolatedAsyncioTestCase` leave none behind.
"""

import asyncio
import sys
import threading
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context


def isolated(function: Callable[[], object]) -> None:
    """Run a function with a current event loop that is not running, and with context variables of its own.

    It runs in this thread if there is such an event loop, since Outputs that were created before belong to it. If there
    is none, or if a coroutine calls this, it runs in another thread: this one stays as it is.
    """
    context = copy_context()
    if _is_usable():
        context.run(function)
    else:
        with ThreadPoolExecutor(max_workers=1) as threads:
            threads.submit(context.run, _with_event_loop, function).result()


@contextmanager
def current_event_loop() -> Generator[None]:
    """The current event loop of this thread, or a new one that is closed at the end."""
    if _is_usable():
        yield
        return
    with asyncio.Runner() as runner:
        runner.get_loop()  # makes it the current one
        yield


def _with_event_loop(function: Callable[[], object]) -> None:
    with current_event_loop():
        function()


def _is_usable() -> bool:
    """Whether this thread has a current event loop that is neither running nor closed."""
    if threading.current_thread() is threading.main_thread() and _would_be_created():
        return False
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:
        return False
    return not loop.is_running() and not loop.is_closed()


def _would_be_created() -> bool:
    """Whether asking for the main thread's event loop would create one, which nobody would close."""
    if sys.version_info >= (3, 14):
        return False
    if sys.version_info >= (3, 12):
        with warnings.catch_warnings():
            warnings.simplefilter("error", DeprecationWarning)
            try:
                asyncio.get_event_loop()
            except DeprecationWarning:
                return True
            except RuntimeError:
                return False
        return False
    # Python 3.11 does not warn.
    policy = asyncio.get_event_loop_policy()  # pyright: ignore[reportDeprecated] - since 3.14
    of_thread: object = getattr(policy, "_local", None)
    return getattr(of_thread, "_loop", None) is None
