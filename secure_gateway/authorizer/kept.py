"""Values from elsewhere, kept in memory: fresh for a while, then stale for a bounded while if their source fails."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from . import reasons
from .reasons import Refused

RETRY_SECONDS = 5
"""After a failure no other try for so long: an outage must not cost each request a time-out."""

RENEW_SECONDS = 30
"""For something unknown the source is asked at most so often: else a caller with made-up ids could make us ask."""

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """One value, and when it was had."""

    def __init__(
        self, fetch: Callable[[], Value], *, fresh: int, stale: int, clock: Callable[[], float] = time.time
    ) -> None:
        """Ask for nothing yet; `fresh` and `stale` are seconds."""
        self._fetch, self._fresh, self._stale, self._clock = fetch, fresh, stale, clock
        self._value: Value | None = None
        self._had = self._tried = float("-inf")

    def get(self) -> Value:
        """The value.

        Raises `Refused` where it cannot be had and the last one is too old.
        """
        now = self._clock()
        if self._value is not None and now - self._had < self._fresh:
            return self._value
        if now - self._tried >= RETRY_SECONDS:
            self._try(now)
        if self._value is None or now - self._had >= self._fresh + self._stale:
            raise Refused(reasons.UNAVAILABLE)
        return self._value

    def renew(self) -> bool:
        """Ask again, since something was not found in the value; whether that was done."""
        now = self._clock()
        if now - self._tried < RENEW_SECONDS:
            return False
        self._try(now)
        return now == self._had

    def _try(self, now: float) -> None:
        self._tried = now
        try:
            self._value = self._fetch()
        except Exception:  # noqa: BLE001 - whatever it was, the last good value stays
            return
        self._had = now
