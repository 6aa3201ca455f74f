"""A value from a slow source, cached in memory: fresh at first, then stale for a limited time if the source fails."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from . import reasons
from .reasons import Refused

RETRY_SECONDS = 5
"""The least time between two attempts after a failure, so that an outage does not cost every request a time-out."""

RENEW_SECONDS = 30
"""The least time between two fetches for an unknown key id, so that made-up ids cannot cause many fetches."""

Value = TypeVar("Value")


class Cached(Generic[Value]):
    """One value and the time at which it was fetched."""

    def __init__(
        self, fetch: Callable[[], Value], *, fresh: int, stale: int, clock: Callable[[], float] = time.time
    ) -> None:
        """Fetch nothing yet; `fresh` and `stale` are seconds."""
        self._fetch, self._fresh, self._stale, self._clock = fetch, fresh, stale, clock
        self._value: Value | None = None
        self._fetched_at = self._tried_at = float("-inf")

    def get(self) -> Value:
        """The value.

        Raises `Refused` if it cannot be fetched and the cached one is too old.
        """
        now = self._clock()
        if self._value is not None and now - self._fetched_at < self._fresh:
            return self._value
        if now - self._tried_at >= RETRY_SECONDS:
            self._try(now)
        if self._value is None or now - self._fetched_at >= self._fresh + self._stale:
            raise Refused(reasons.UNAVAILABLE)
        return self._value

    def renew(self) -> bool:
        """Fetch again because something was missing from the value; returns whether a new value was fetched."""
        now = self._clock()
        if now - self._tried_at < RENEW_SECONDS:
            return False
        self._try(now)
        return now == self._fetched_at

    def _try(self, now: float) -> None:
        self._tried_at = now
        try:
            self._value = self._fetch()
        except Exception:  # noqa: BLE001 - whatever the failure, the last good value stays cached
            return
        self._fetched_at = now
