"""What has no meaning for a gateway and is left out of its document: each kind once, with how often it occurs."""

from typing import Final

from .members import DOCUMENTATION

SHOWN: Final = 3
"""Paths that are listed one by one for the same reason; the others are counted."""


class Dropped:
    """Collects what is left out, by its path in the document."""

    def __init__(self) -> None:
        """Nothing is left out at first."""
        self._paths: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, path: str, reason: str = "", *, member: str = "") -> None:
        """Record what is left out and why; without a reason, the member's name stands for it."""
        self._paths.setdefault((reason, "" if reason else member), {})[path] = None

    def lines(self, shown: int = SHOWN) -> tuple[str, ...]:
        """The paths with their reasons, in order; of documentation only the first."""
        found: list[str] = []
        for (reason, _), each in self._paths.items():
            paths = sorted(each)
            listed = paths if len(paths) <= shown else paths[: 1 if reason == DOCUMENTATION else shown]
            suffix = f" ({reason})" if reason else ""
            *head, last = listed
            more = len(paths) - len(listed)
            found += [f"{path}{suffix}" for path in head]
            found.append(f"{last}{f' and {more:,} more' if more else ''}{suffix}")
        return tuple(sorted(found))
