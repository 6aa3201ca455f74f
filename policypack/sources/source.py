"""The result of reading a source: the resources of a stack, or an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ..graph.graph import Resource


class Engine(StrEnum):
    """What ran the program."""

    OFFLINE = "offline"
    """Our own run of the program, without the Pulumi CLI and AWS, in which every resource is new."""
    PREVIEW = "pulumi preview"
    """Pulumi's engine, in `pulumi preview --json`: what it is about to deploy."""
    STATE_FILE = "state file"
    """Any engine, in `pulumi stack export`: what was deployed."""


class SourceError(Exception):
    """A source cannot be read completely; the message says why and what to do about it."""


class TooLargeError(SourceError):
    """A source has more bytes than its reader accepts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """The resources of one stack."""

    target: str
    """The target as the user gave it."""
    engine: Engine
    project: str
    stack: str
    resources: tuple[Resource, ...]
    """Sorted by URN, so that reports of the same stack are the same."""
    dropped: int = 0
    """How many resources are no longer here, since they are evaluated already."""
    root: str = "."
    """The folder that the locations of the resources are relative to."""
    notes: tuple[str, ...] = ()
    """What the reader of a report should know about the source, such as what was assumed."""
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    """The tags of the stack, as far as the source knows them."""

    @property
    def size(self) -> int:
        """How many resources the stack has."""
        return len(self.resources) + self.dropped

    def evaluated(self) -> "Source":
        """The source without the resources that reports do not name: all but the components of other packages."""
        left = tuple(each for each in self.resources if each.remote)
        named = tuple(Resource(urn=each.urn, type=each.type, name=each.name, remote=True) for each in left)
        return replace(self, resources=named, dropped=self.size - len(named))

    def contains(self, urn: str) -> bool:
        """Whether a URN belongs to this stack."""
        return urn.startswith(f"urn:pulumi:{self.stack}::{self.project}::")
