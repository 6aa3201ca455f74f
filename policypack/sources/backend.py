"""Reads a self-managed backend of Pulumi: one state file for each stack, in a folder or a bucket.

There are two layouts: `.pulumi/stacks/PROJECT/STACK.json`, and the older one without projects,
`.pulumi/stacks/STACK.json`. A file may be compressed with gzip (`.json.gz`) or Zstandard (`.json.zst`). The tags of a
stack are in `STACK.pulumi-tags` next to it. https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from gzip import GzipFile
from typing import Any, Final

import yaml

from ..graph.values import is_object
from . import documents, export, sealed, storage
from .source import Engine, Source, SourceError, TooLargeError

STACKS: Final = ".pulumi/stacks"
LOCKS: Final = ".pulumi/locks"
JOURNAL: Final = ".pulumi/journal"
ORGANIZATION: Final = "organization/"
"""What the path of a lock begins with, in the layout with projects."""
META: Final = ".pulumi/meta.yaml"
LATEST_LAYOUT: Final = 1
TAGS: Final = ".pulumi-tags"
EXTENSIONS: Final = (".json", ".json.gz", ".json.zst")
MOST: Final = 256 << 20
"""How many bytes a state may have, before and after it is decompressed."""
MOST_OF_TAGS: Final = 1 << 20
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
"""The names of projects and stacks. Pulumi ignores files with other names."""
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
"""The first bytes of compressed files; like Pulumi, we go by these and not by the extension."""


@dataclass(frozen=True, slots=True)
class StackFile:
    """The state file of a stack."""

    url: str
    """The URL of the backend, with its options."""
    file: storage.File
    project: str
    """Empty in the layout without projects."""
    stack: str
    tags: str = ""
    """The path of the file with the stack's tags; empty if there is none."""
    updating: bool = False
    """Whether the backend has a lock of the stack, or the journal of an update that has not ended."""

    @property
    def target(self) -> str:
        """The address of the file, as reports name it."""
        return f"{storage.address(self.url)}/{self.file.path}"

    @property
    def key(self) -> str:
        """The address without the extension, which stays the same if the compression changes."""
        return f"{storage.address(self.url)}/{_base(self.file.path) or self.file.path}"

    def matches(self, patterns: Iterable[str], project: str) -> bool:
        """Whether `project/stack` matches one of the patterns, or there is none."""
        given = tuple(patterns)
        return not given or any(fnmatchcase(f"{project}/{self.stack}", each) for each in given)


def stacks(url: str, patterns: tuple[str, ...] = ()) -> list[StackFile]:
    """The stacks of a backend, sorted by address. `patterns` are globs for `project/stack`.

    A stack in the layout without projects is listed whatever its project, which only its state shows. Raises
    SourceError if the backend cannot be listed or has no such stack.
    """
    opened = storage.opened(url)
    _check_layout(opened, url)
    listed = list(opened.files(STACKS))
    tags = {each.path for each in listed if each.path.endswith(TAGS)}
    busy = _updating(opened)
    latest: dict[str, storage.File] = {}
    for each in listed:
        base = each.path if each.problem else _base(each.path)
        # Of several files of one stack, Pulumi reads the one that was written last.
        if base and (base not in latest or each.modified >= latest[base].modified):
            latest[base] = each
    found = [_stack(url, base, file, tags, busy) for base, file in latest.items()]
    if not found:
        raise SourceError(f"{storage.address(url)} has no stacks: no file in its folder {STACKS} is the state of one")
    chosen = [each for each in found if each.file.problem or not each.project or each.matches(patterns, each.project)]
    if not chosen:
        names = ", ".join(sorted(f"{each.project}/{each.stack}" for each in found)[:3])
        raise SourceError(
            f"no stack of {storage.address(url)} matches {' or '.join(patterns)}; its stacks are {names}"
            f"{' and others' if len(found) > 3 else ''}"  # noqa: PLR2004 - as many as are named
        )
    return sorted(chosen, key=lambda each: each.key)


def load(stack: StackFile, patterns: tuple[str, ...] = (), *, most: int | None = None) -> Source | None:
    """The resources of a stack, with its tags; None if its state shows that the patterns do not match it.

    Without their passphrase, secrets stay encrypted, so their values are unknown. Raises SourceError if the state
    cannot be read, and TooLargeError if it has more than `most` bytes, compressed or not.
    """
    if stack.file.problem:
        raise SourceError(f"{stack.target} {stack.file.problem}")
    limit = MOST if most is None else most
    opened = storage.opened(stack.url)
    content = _decompressed(stack.target, _read(opened, stack, limit), limit)
    try:
        document, notes = _opened(documents.parsed(content.decode("utf-8-sig")))
        source = export.read_state(stack.target, document)
    except RecursionError as error:
        raise SourceError(f"{stack.target} is nested more deeply than anything that Pulumi writes") from error
    except (UnicodeDecodeError, ValueError) as error:
        raise SourceError(f"{stack.target} is not JSON: {error}") from error
    if source is None:
        # As after `pulumi destroy`. The state does not name a project without a resource.
        source = Source(
            target=stack.target,
            engine=Engine.STATE_FILE,
            project=stack.project,
            stack=stack.stack,
            resources=(),
            notes=("the stack is empty: nothing is deployed",),
        )
    elif not stack.matches(patterns, source.project):
        return None
    _reject_other_stack(stack, source)
    notes = [
        *source.notes,
        *notes,
        *(["an update of the stack is in progress, or was interrupted"] if stack.updating else []),
    ]
    return replace(source, notes=tuple(notes), tags=_tags(opened, stack))


def _opened(document: Any) -> tuple[Any, list[str]]:
    """A state with decrypted secrets if the environment has a passphrase, and a note if it is another one's."""
    phrase = sealed.passphrase()
    if phrase is None:
        return document, []
    try:
        match document:
            case {"deployment": {**deployment}}:
                return {**document, "deployment": sealed.opened(deployment, phrase)}, []
            case {"checkpoint": {"latest": {**latest}, **checkpoint}}:
                return {**document, "checkpoint": {**checkpoint, "latest": sealed.opened(latest, phrase)}}, []
            case _:
                return document, []
    except sealed.SealedError as error:
        return document, [str(error)]


def _read(opened: storage.Storage, stack: StackFile, limit: int) -> bytes:
    if stack.file.size > limit:
        raise TooLargeError(f"{stack.target} cannot be read: {storage.too_large(limit)}")
    return opened.read(stack.file.path, limit)


def _stack(url: str, base: str, file: storage.File, tags: set[str], busy: set[str]) -> StackFile:
    name = base.removeprefix(f"{STACKS}/")
    project, _, stack = name.rpartition("/")
    own = f"{base}{TAGS}"
    return StackFile(url, file, project, stack, own if own in tags else "", name in busy)


def _base(path: str) -> str:
    """The path of a state file without its extension; empty for any other file."""
    name = path.removeprefix(f"{STACKS}/")
    for extension in EXTENSIONS:
        base = name.removesuffix(extension)
        parts = base.split("/")
        if base != name and len(parts) <= 2 and all(map(_NAME.fullmatch, parts)):  # noqa: PLR2004 - project and stack
            return f"{STACKS}/{base}"
    return ""


def _check_layout(opened: storage.Storage, url: str) -> None:
    """Reject a backend with a layout that is newer than this version. The layout without projects has no such file."""
    try:
        content = opened.read(META, MOST_OF_TAGS)
    except SourceError:
        return
    try:
        version = yaml.safe_load(content)["version"]
        known = int(version) <= LATEST_LAYOUT
    except (yaml.YAMLError, TypeError, KeyError, ValueError, RecursionError) as error:
        raise SourceError(f"{META} of {storage.address(url)} is damaged: it names no version") from error
    if not known:
        raise SourceError(
            f"the layout of {storage.address(url)} has version {version}; this pack reads {LATEST_LAYOUT}"
        )


def _updating(opened: storage.Storage) -> set[str]:
    """The stacks, as `project/stack`, that have a lock or a journal. Who may only read stacks sees neither."""
    found: set[str] = set()
    for folder in (LOCKS, JOURNAL):
        try:
            listed = [each.path for each in opened.files(folder) if not each.problem]
        except SourceError:
            continue
        found |= {each.removeprefix(f"{folder}/").removeprefix(ORGANIZATION).rpartition("/")[0] for each in listed}
    return found


def _decompressed(target: str, content: bytes, limit: int) -> bytes:
    """The content of a file, decompressed up to a limit."""
    try:
        if content.startswith(_GZIP):
            with GzipFile(fileobj=io.BytesIO(content)) as file:
                content = file.read(limit + 1)
        elif content.startswith(_ZSTANDARD):
            content = _zstandard(target, content, limit)
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{target} cannot be decompressed: {error}") from error
    if len(content) > limit:
        raise TooLargeError(f"{target} cannot be read: {storage.too_large(limit)}")
    return content


def _zstandard(target: str, content: bytes, limit: int) -> bytes:
    try:
        import zstandard  # pyright: ignore[reportMissingImports] - an optional extra
    except ImportError as error:
        raise SourceError(f"{target} is compressed with Zstandard: {storage.install('zstd')}") from error
    try:
        with zstandard.ZstdDecompressor(max_window_size=MOST).stream_reader(content, read_across_frames=True) as file:  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            return bytes(file.read(limit + 1))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    except zstandard.ZstdError as error:  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        raise SourceError(f"{target} cannot be decompressed: {error}") from error


def _reject_other_stack(stack: StackFile, source: Source) -> None:
    """Reject a state with resources of another stack, whose findings would count for that one."""
    named = (stack.project or source.project, stack.stack)
    if (source.project, source.stack) != named or not all(source.contains(each.urn) for each in source.resources):
        raise SourceError(
            f"{stack.target} has resources of another stack than {'/'.join(named)}, such as "
            f"{next((each.urn for each in source.resources if not each.urn.startswith(_head(*named))), '')}"
        )


def _head(project: str, stack: str) -> str:
    return f"urn:pulumi:{stack}::{project}::"


def _tags(opened: storage.Storage, stack: StackFile) -> Mapping[str, str]:
    """The tags of a stack. Raises SourceError if their file is damaged, since levels may depend on them."""
    if not stack.tags:
        return {}
    try:
        document: Any = json.loads(opened.read(stack.tags, MOST_OF_TAGS))
        tags: Any = document["tags"] or {}
        if document["version"] == 1 and is_object(tags):
            return dict(_strings(tags))
    except (ValueError, TypeError, KeyError, RecursionError):
        pass
    raise SourceError(f"{storage.address(stack.url)}/{stack.tags} is not a file of stack tags that can be read")


def _strings(tags: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for name, value in tags.items():
        if not isinstance(value, str):
            raise TypeError(name)
        yield str(name), value
