"""A value from a slow source, cached in memory: fresh at first, then stale for a limited time while the source is down.

Only an outage (see `outages`) lets a stale value be used. A source that responds without the value has withdrawn it,
and the value is dropped at once.
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

MOST_MISTAKES = 10
"""Mistakes of one document that are logged one by one; further ones are counted."""

_LONGEST_DETAIL = 256

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
    remembered: bool = False
    """Whether an earlier decision found this out; it is logged again, because it explains this decision too."""

    def __str__(self) -> str:
        """A line for the log."""
        kind = "stale" if self.stale else "failed before" if self.remembered else "failed"
        return f"{kind}: {self.source}: {self.detail}"


class Fetched(NamedTuple, Generic[Value]):
    """What a source returned."""

    value: Value
    confirmed_at: float
    """The time from which the value's age counts: when the source, and whatever points to it, confirmed the value."""


class Cached(Generic[Value]):
    """One value and the time at which it was confirmed."""

    def __init__(
        self,
        source: str,
        fetch: Callable[[list[str]], Fetched[Value]],
        *,
        fresh: int,
        stale: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Fetch nothing yet; `fresh` and `stale` are seconds.

        `fetch` may add mistakes to the list that it is given, and raises `SourceError`.
        """
        self._source, self._fetch, self._fresh, self._stale, self._clock = source, fetch, fresh, stale, clock
        self._value: Value | None = None
        self._confirmed_at = self._tried_at = float("-inf")
        self._lacking = reasons.UNAVAILABLE
        self._failure = ""
        self.attempts = 0
        """How often the source was asked."""

    @property
    def failing(self) -> bool:
        """Whether the last attempt failed."""
        return bool(self._failure)

    def get(self, notices: list[Notice], *, may_fetch: bool = True) -> Value:
        """The value, fetched if that is due; adds a notice if it is stale or if fetching it failed.

        Without `may_fetch`, it is the value as the last attempt left it.

        Raises `Denied` if the source has no value, or if it is down and the cached value is too old.
        """
        now = self._clock()
        # A clock that was set back must not make an old value fresh again.
        if self._value is not None and 0 <= now - self._confirmed_at < self._fresh:
            return self._value
        # An attempt that failed while the value was fresh must not delay the one that is due now.
        early = self._value is not None and self._tried_at - self._confirmed_at < self._fresh
        tried = may_fetch and (early or not 0 <= now - self._tried_at < RETRY_SECONDS)
        if tried:
            self._try(now, notices)
        age = now - self._confirmed_at
        if self._value is not None and not 0 <= age < self._fresh + self._stale:
            self._value = None
        if self._value is None:
            if not tried and self._failure:
                self.notice(notices, self._failure)
            raise Denied(self._lacking, self._source)
        if age >= self._fresh:
            since = f"; {self._failure}" if self._failure else ""
            stale = Notice(stale=True, source=self._source, detail=f"the cached value is {age:.0f} s old{since}")
            if stale not in notices:
                notices.append(stale)
        return self._value

    def renew(self, notices: list[Notice]) -> bool:
        """Fetch again because something was missing from the value; returns whether it was tried."""
        now = self._clock()
        if 0 <= now - self._tried_at < RENEW_SECONDS:
            return False
        self._try(now, notices)
        return True

    def notice(self, notices: list[Notice], detail: str) -> None:
        """Add what an earlier decision found out, unless it was found out in this one."""
        if not any(each.source == self._source and each.detail == detail for each in notices):
            notices.append(Notice(stale=False, source=self._source, detail=detail, remembered=True))

    def _try(self, now: float, notices: list[Notice]) -> None:
        self._tried_at, self._failure = now, ""
        self.attempts += 1
        mistakes: list[str] = []
        try:
            self._value, confirmed_at = self._fetch(mistakes)
        except SourceError as error:
            self._fail(error, mistakes)
        except Exception as error:  # noqa: BLE001 - an unforeseen failure is no outage, and its message may hold values
            self._fail(SourceError(reasons.INVALID, type(error).__name__), mistakes)
        else:
            self._confirmed_at, self._lacking = min(confirmed_at, now), reasons.UNAVAILABLE
            if now - self._confirmed_at >= self._fresh:
                self._failure = "; ".join(mistakes)
        if len(mistakes) > MOST_MISTAKES:
            mistakes[MOST_MISTAKES:] = [f"and {len(mistakes) - MOST_MISTAKES:,} more mistakes"]
        notices += [Notice(stale=False, source=self._source, detail=each[:_LONGEST_DETAIL]) for each in mistakes]

    def _fail(self, error: SourceError, mistakes: list[str]) -> None:
        if error.reason != reasons.UNAVAILABLE:
            # An outage later does not change what the source said last.
            self._value, self._lacking = None, error.reason
        self._failure = f"{error.reason}: {error.detail}"[:_LONGEST_DETAIL]
        mistakes.append(self._failure)
