"""Lists and reads files in a folder, or in a bucket through fsspec. It never writes, locks or deletes anything."""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl, urlsplit

from .source import SourceError, TooLargeError

LOCAL: Final = "file"
_PROTOCOLS: Final = {"s3": "s3", "gs": "gs", "azblob": "az"}
"""The schemes that Pulumi accepts, with fsspec's names for them."""
_MESSAGE: Final = 300
"""How many characters of a storage service's error message are reported."""


@dataclass(frozen=True, slots=True)
class File:
    """A file, as a listing describes it."""

    path: str
    """Relative to the storage, with `/` between folders."""
    size: int
    modified: float
    """In seconds since 1970; 0 if the storage does not say."""
    problem: str = ""
    """Why a folder cannot be listed; empty for a file."""


class Storage(Protocol):
    """A folder or a bucket."""

    def files(self, folder: str) -> Iterator[File]:
        """All files in a folder and in the folders below it; none if it does not exist. Raises SourceError."""
        ...

    def read(self, path: str, limit: int) -> bytes:
        """The content of a file. Raises SourceError if it cannot be read, TooLargeError beyond `limit` bytes."""
        ...


@cache
def opened(url: str) -> Storage:
    """The storage at a URL, as one passes it to `pulumi login`. Raises SourceError if it cannot be opened."""
    scheme, separator, path = url.partition("://")
    if separator and scheme == LOCAL:
        return _Folder(Path(path).expanduser())
    if separator and scheme in _PROTOCOLS:
        return _bucket(scheme, url)
    known = ", ".join(f"{each}://" for each in (LOCAL, *_PROTOCOLS))
    hint = "" if separator else f"; for a folder, write file://{url}"
    raise SourceError(f"{address(url)} is not a backend that can be read: its URL must begin with {known}{hint}")


def address(url: str) -> str:
    """A URL without its options, which may contain credentials, and without a slash at its end."""
    return url.partition("?")[0].rstrip("/") or url.partition("?")[0]


def install(extra: str) -> str:
    """How to install what a backend needs."""
    return f"pip install 'gateway-policy[{extra}]'"


def too_large(limit: int) -> str:
    """The clause that says that a state has too many bytes."""
    return f"it is larger than {limit >> 20:,} MB; evaluate its export by itself: gateway-policy check FILE"


class _Folder:
    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise SourceError(f"{root} is not a folder")
        self._root = root

    def files(self, folder: str) -> Iterator[File]:
        folders, links = [self._root / folder], list[Path]()
        seen: set[tuple[int, int]] = set()
        # Each folder once, since links may form a cycle, and links last: they would hide a folder under another name.
        while folders or links:
            parent = folders.pop() if folders else links.pop()
            try:
                found = parent.stat()
                if (found.st_dev, found.st_ino) in seen:
                    continue
                seen.add((found.st_dev, found.st_ino))
                entries = list(os.scandir(parent))
            except FileNotFoundError:
                continue
            except OSError as error:
                problem = f"cannot be listed: {error.strerror}"
                yield File(parent.relative_to(self._root).as_posix(), 0, 0.0, problem)
                continue
            for each in entries:
                if os.path.isdir(each.path):  # noqa: PTH112 - false for a link to itself, too
                    (links if each.is_symlink() else folders).append(Path(each.path))
                else:
                    yield self._file(Path(each.path))

    def _file(self, path: Path) -> File:
        name = path.relative_to(self._root).as_posix()
        try:
            found = path.stat()
        except OSError:  # such as a broken link, which is an error when it is read
            return File(name, 0, 0.0)
        return File(name, found.st_size, found.st_mtime)

    def read(self, path: str, limit: int) -> bytes:
        try:
            with open(self._root / path, "rb", opener=_without_waiting) as file:
                found = os.fstat(file.fileno())
                if not stat.S_ISREG(found.st_mode):  # a pipe would never end
                    raise SourceError(f"{path} cannot be read: it is not a file")
                content = b"" if found.st_size > limit else file.read(limit + 1)
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}") from error
        if max(found.st_size, len(content)) > limit:
            raise TooLargeError(f"{path} cannot be read: {too_large(limit)}")
        return content


def _without_waiting(path: str, flags: int) -> int:
    """Open a file; a pipe without a writer at once."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


class _Bucket:
    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root

    def files(self, folder: str) -> Iterator[File]:
        try:
            found: Mapping[str, Mapping[str, Any]] = self._filesystem.find(f"{self._root}/{folder}", detail=True)
        except FileNotFoundError:
            return
        except Exception as error:
            raise SourceError(f"{self._root} cannot be listed: {_reason(error)}") from error
        for name, each in found.items():
            yield File(name.removeprefix(f"{self._root}/"), int(each.get("size") or 0), _modified(each))

    def read(self, path: str, limit: int) -> bytes:
        try:
            content: bytes = self._filesystem.cat_file(f"{self._root}/{path}", end=limit + 1)
        except Exception as error:
            raise SourceError(f"{path} cannot be read: {_reason(error)}") from error
        if len(content) > limit:
            raise TooLargeError(f"{path} cannot be read: {too_large(limit)}")
        return content


def _bucket(scheme: str, url: str) -> _Bucket:
    protocol, parts = _PROTOCOLS[scheme], urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    try:
        import fsspec  # pyright: ignore[reportMissingImports] - an optional extra

        filesystem: Any = fsspec.filesystem(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            protocol, skip_instance_cache=True, use_listings_cache=False, **_OPTIONS[scheme](options)
        )
    except ImportError as error:
        raise SourceError(
            f"{address(url)} needs a package that is not installed ({error}): {install(scheme)}"
        ) from error
    except Exception as error:
        raise SourceError(f"{address(url)} cannot be opened: {_reason(error)}") from error
    return _Bucket(filesystem, f"{parts.netloc}{parts.path}".rstrip("/"))


def _s3(options: Mapping[str, str]) -> dict[str, Any]:
    """The options of s3fs for those that Pulumi accepts in the URL."""
    client = {"region_name": options.get("region"), "endpoint_url": options.get("endpoint")}
    by_path = {options.get("s3ForcePathStyle"), options.get("use_path_style")} & {"true", "1"}
    return {
        "client_kwargs": {name: value for name, value in client.items() if value},
        "config_kwargs": {"s3": {"addressing_style": "path"}} if by_path else {},
        **({"profile": options["profile"]} if options.get("profile") else {}),
        **({"use_ssl": False} if options.get("disableSSL") == "true" else {}),
    }


def _azure(options: Mapping[str, str]) -> dict[str, Any]:
    account = options.get("storage_account") or os.environ.get("AZURE_STORAGE_ACCOUNT")
    credentials = {
        "account_key": os.environ.get("AZURE_STORAGE_KEY"),
        "sas_token": os.environ.get("AZURE_STORAGE_SAS_TOKEN"),
    }
    given = {name: value for name, value in credentials.items() if value}
    return {"account_name": account, **given, **({} if given else {"anon": False})}


def _google(_options: Mapping[str, str]) -> dict[str, Any]:
    return {}


_OPTIONS: Final = {"s3": _s3, "gs": _google, "azblob": _azure}


def _modified(described: Mapping[str, Any]) -> float:
    for name in ("LastModified", "last_modified", "mtime", "updated"):
        value = described.get(name)
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, int | float):
            return float(value)
    return 0.0


def _reason(error: Exception) -> str:
    """An error of a storage service in one line, without the options of URLs, which may be signatures."""
    message = re.sub(r"[?]\S+", "?...", " ".join(str(error).split()))
    return f"{type(error).__name__}: {message[:_MESSAGE]}"
