"""A value from a slow source, cached in memory: fresh at first, then stale for a limited time while the source is down.

Only an outage (no response in time, a refused connection, a server error) lets a stale value be used. A source that
responds without the value has withdrawn it, and the value is dropped at once.
"""

import time
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from . import reasons
from .reasons import Denied

RETRY_SECONDS = 5
"""The least time between two attempts after a failure, so that an outage does not cost every request a time-out."""

RENEW_SECONDS = 30
"""The least time between two fetches for an unknown key id, so that made-up ids cannot cause many fetches."""

Value = TypeVar("Value")


class SourceError(Exception):
    """A source did not return its value.

    `reason` is one of three codes: `reasons.UNAVAILABLE` for an outage, `reasons.WITHDRAWN` if the source responded
    that there is no value, `reasons.INVALID` if it responded with something that cannot be used. `detail` is logged, so
    it must never contain a value from the source.
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Store the code and the detail."""
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Notice(NamedTuple):
    """Something about a source that the operator should know; it is logged with the decision and counted."""

    stale: bool
    """Whether a stale value was used; otherwise the source failed or contains a mistake."""
    source: str
    """An issuer's URL or a store's ARN."""
    detail: str


class Cached(Generic[Value]):
    """One value and the time at which it was fetched."""

    def __init__(
        self,
        source: str,
        fetch: Callable[[list[Notice]], Value],
        *,
        fresh: int,
        stale: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Fetch nothing yet; `fresh` and `stale` are seconds. `fetch` may add notices and raises `SourceError`."""
        self._source, self._fetch, self._fresh, self._stale, self._clock = source, fetch, fresh, stale, clock
        self._value: Value | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._failure = reasons.UNAVAILABLE

    def get(self, notices: list[Notice]) -> Value:
        """The value; adds a notice if it is stale or if fetching it failed.

        Raises `Denied` if the source has no value, or if it is down and the cached value is too old.
        """
        now = self._clock()
        # A clock that was set back must not make an old value fresh again.
        if self._value is not None and 0 <= now - self._fetched_at < self._fresh:
            return self._value
        if not 0 <= now - self._tried_at < RETRY_SECONDS:
            self._try(now, notices)
        age = now - self._fetched_at
        if self._value is not None and not 0 <= age < self._fresh + self._stale:
            self._value = None
        if self._value is None:
            raise Denied(self._failure, self._source)
        if age >= self._fresh:
            notices.append(Notice(stale=True, source=self._source, detail=f"the cached value is {age:.0f} s old"))
        return self._value

    def renew(self, notices: list[Notice]) -> bool:
        """Fetch again because something was missing from the value; returns whether a new value was fetched."""
        now = self._clock()
        if 0 <= now - self._tried_at < RENEW_SECONDS:
            return False
        self._try(now, notices)
        return now == self._fetched_at

    def _try(self, now: float, notices: list[Notice]) -> None:
        self._tried_at = now
        try:
            self._value = self._fetch(notices)
        except SourceError as error:
            self._failure, detail = error.reason, error.detail
        except Exception as error:  # noqa: BLE001 - an unforeseen failure is no outage, and its message may hold values
            self._failure, detail = reasons.INVALID, type(error).__name__
        else:
            self._fetched_at = now
            return
        if self._failure != reasons.UNAVAILABLE:
            self._value = None
        notices.append(Notice(stale=False, source=self._source, detail=f"{self._failure}: {detail}"))
