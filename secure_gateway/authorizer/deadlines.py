"""Limits the time of calls that have no time limit of their own, such as name resolution."""

from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """The result of a call, if it ends within the time.

    A call that takes longer goes on in a thread of its own, and its result is discarded.

    Raises `TimeoutError`, and whatever the call raises.
    """
    import threading  # imported here because a cold start does not need it

    results: list[Result] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again by the caller's thread
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(max(seconds, 0.0))
    if results:
        return results[0]
    if errors:
        raise errors[0]
    raise TimeoutError("too slow")
