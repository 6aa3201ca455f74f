"""Finds the route that API Gateway chooses for a request.

REST: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
HTTP: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

ANY: Final = "ANY"
DEFAULT: Final = "$default"
_STATIC, _PARAMETER, _GREEDY = range(3)


@dataclass(frozen=True, slots=True)
class Matched:
    """The routes that may handle a request."""

    labels: tuple[str, ...]
    """The chosen route first; others only if AWS does not document which one it chooses."""
    reason: str = ""
    """Why the choice is uncertain; empty if it is certain."""


_UNUSUAL: Final = re.compile(r"/$|//|%|/\.{1,2}(?=/|$)")
"""What the pages of AWS about routes leave open: a slash at the end, empty segments, encoded characters and dots."""
_NOT_DOCUMENTED: Final = "AWS does not document how it matches "


def match(method: str, path: str, labels: Sequence[str], *, rest: bool) -> Matched:
    """The route of a request, among routes such as `GET /orders/{id}`; `rest` for a REST API."""
    find = _in_tree if rest else _most_specific
    if path == "/" or not _UNUSUAL.search(path):
        return find(method, _segments(path), labels)
    readings = [list(each) for each in dict.fromkeys(map(tuple, _readings(path)))]
    found = [find(method, each, labels) for each in readings]
    chosen = tuple(dict.fromkeys(label for each in found for label in each.labels))
    if len(set(found)) == 1 and not _UNUSUAL.search(path.replace("%", "")):
        # Decoded or not, it is the same route.
        return found[0]
    about = "a slash at the end of a path" if path.endswith("/") and not _UNUSUAL.search(path[:-1]) else "such a path"
    return Matched(chosen, _NOT_DOCUMENTED + about if chosen else "")


def _readings(path: str) -> Iterator[list[str]]:
    """The segments that an unusual path may have: as it is written, without empty segments, decoded, resolved."""
    for each in (path, unquote(path)):
        written = each.removeprefix("/").split("/")
        yield written
        yield written[:-1] if written[-1] == "" else written
        yield [segment for segment in written if segment]
        yield _segments(posixpath.normpath(each))


def _most_specific(method: str, segments: Sequence[str], labels: Sequence[str]) -> Matched:
    """An HTTP API chooses the most specific route that has the method, and `$default` for all other requests."""
    fitting = [each for each in _fitting(segments, labels) if each.partition(" ")[0] in {method, ANY}]
    chosen = min(fitting, key=lambda each: (_rank(each), each.startswith(f"{ANY} ")), default="")
    chosen = chosen or (DEFAULT if DEFAULT in labels else "")
    return Matched((chosen,) if chosen else ())


def _in_tree(method: str, segments: Sequence[str], labels: Sequence[str]) -> Matched:
    """A REST API chooses a resource by the path alone, and then the method on it."""
    by_path: dict[str, list[str]] = {}
    for each in sorted(_fitting(segments, labels), key=_rank):
        by_path.setdefault(each.partition(" ")[2], []).append(each)
    found = [chosen for of_path in by_path.values() if (chosen := _of_method(method, of_path))]
    if found and found[0] not in next(iter(by_path.values())):
        reason = "AWS does not document whether a less specific resource serves a method that the most specific lacks"
        return Matched(tuple(found), reason)
    return Matched(tuple(found[:1]))


def _fitting(segments: Sequence[str], labels: Sequence[str]) -> list[str]:
    return [each for each in labels if " " in each and _fits(_segments(each.partition(" ")[2]), segments)]


def is_exact(label: str, method: str) -> bool:
    """Whether no other route can be more specific: it has the method, and a path without parameters."""
    return label.partition(" ")[0] == method and all(kind == _STATIC for kind in _rank(label))


def _of_method(method: str, labels: Sequence[str]) -> str:
    exact = [each for each in labels if each.partition(" ")[0] == method]
    return next(iter([*exact, *(each for each in labels if each.startswith(f"{ANY} "))]), "")


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []


def _kind(segment: str) -> int:
    if not (segment.startswith("{") and segment.endswith("}")):
        return _STATIC
    return _GREEDY if segment.endswith("+}") else _PARAMETER


def _fits(pattern: Sequence[str], segments: Sequence[str]) -> bool:
    greedy = bool(pattern) and _kind(pattern[-1]) == _GREEDY
    if len(segments) < len(pattern) or (len(segments) > len(pattern) and not greedy):
        return False
    return all(_kind(wanted) != _STATIC or wanted == given for wanted, given in zip(pattern, segments, strict=False))


def _rank(label: str) -> tuple[int, ...]:
    """Segment by segment, a fixed one is more specific than a parameter, and a parameter than a greedy one."""
    return tuple(_kind(each) for each in _segments(label.partition(" ")[2]))
