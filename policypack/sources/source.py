"""What a source hands over, and how it says that it has nothing trustworthy to hand over."""

from dataclasses import dataclass
from enum import StrEnum

from ..graph.graph import Resource


class Engine(StrEnum):
    """Who evaluated the program."""

    OFFLINE = "offline"
    """The embedded run: the real program, no Pulumi CLI, no AWS, everything new."""
    PREVIEW = "pulumi preview"
    """`pulumi preview --json`: what Pulumi's own engine is about to do."""
    STATE_FILE = "state file"
    """`pulumi stack export`: what was deployed, by whatever engine did it."""


class SourceError(Exception):
    """Nothing trustworthy can be evaluated; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The resources of one stack."""

    target: str
    """As the user named it."""
    engine: Engine
    project: str
    stack: str
    resources: tuple[Resource, ...]
    """Sorted by URN, so that every run reads alike."""
    root: str = "."
    """The folder that the places of its resources are relative to."""
    notes: tuple[str, ...] = ()
    """What the reader should know about how far this can be trusted."""

    def holds(self, urn: str) -> bool:
        """Whether a resource is of this stack."""
        return urn.startswith(f"urn:pulumi:{self.stack}::{self.project}::")
