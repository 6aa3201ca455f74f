"""Reads mapping templates: what a template sets, and where the values in it come from.

Templates are written in the Velocity Template Language. Read are its references and its `#set`, `#if` and `#foreach`,
not the methods of values
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html).
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from ..graph.values import UNKNOWN, is_object, text

CALLER: Final = "caller"
"""The source of what the caller writes: path, query, headers and body."""
AUTHORIZER: Final = "authorizer"
IDENTITY: Final = "identity"
"""The source of what API Gateway itself knows about the caller, such as the source address."""
CONTEXT: Final = "context"
"""The source of what is no secret and not written by the caller, such as the request id and the stage."""
STAGE: Final = "stage"
OTHER: Final = "unknown"
_COMMENT: Final = re.compile(r"##[^\n]*|#\*.*?\*#", re.DOTALL)
_REFERENCE: Final = re.compile(r"\$!?\{?([A-Za-z_][\w-]*)((?:\.[A-Za-z_][\w-]*)*)")
_DIRECTIVE: Final = re.compile(r"#\{?(?:set|if|elseif|foreach|else|end|stop|break)\}?")
_ASSIGNED: Final = re.compile(
    r"""\$!?\{?(?P<name>[A-Za-z_][\w-]*)(?P<path>[^=\s]*(?:\[\s*["'][^"']*["']\s*\])?)\s*=(?!=)"""
)
_LOOP: Final = re.compile(r"\$!?\{?([A-Za-z_][\w-]*)\}?\s+in\s+(.*)", re.DOTALL)
_OVERRIDE: Final = re.compile(r"""(request|response)Override\.(\w+)(?:\.|\[\s*["'])([\w.:-]+)""")
_IN_PARAMETERS: Final = ((CALLER, ("method.request.", "$request.", "route.request.", "request.")),)
_EMPTY_CONTEXT: Final = frozenset[str]()


@dataclass(frozen=True, slots=True)
class Directive:
    """A directive with what it has in parentheses."""

    name: str
    argument: str
    condition: str
    """The conditions of the `#if` around it; empty if it always applies."""


@dataclass(frozen=True)
class Template:
    """A mapping template."""

    source: str

    @cached_property
    def body(self) -> str:
        """What the template writes: its text without directives and comments."""
        parts: list[str] = []
        position = 0
        for start, end, _, _ in _directives(self.plain):
            parts.append(self.plain[position:start])
            position = end
        return "".join([*parts, self.plain[position:]]).strip()

    @cached_property
    def plain(self) -> str:
        """The template without comments."""
        return _COMMENT.sub("", self.source)

    @cached_property
    def _read(self) -> list[Directive]:
        found: list[Directive] = []
        conditions: list[str] = []
        for _, _, name, argument in _directives(self.plain):
            if name in {"if", "foreach"}:
                conditions.append(argument)
            elif name == "end" and conditions:
                conditions.pop()
            elif name == "elseif" and conditions:
                conditions[-1] = argument
            elif name == "else" and conditions:
                conditions[-1] = f"not ({conditions[-1]})"
            found.append(Directive(name, argument, " and ".join(conditions) if name == "set" else ""))
        return found

    @cached_property
    def _variables(self) -> Mapping[str, list[str]]:
        """The expressions that each variable gets."""
        found: dict[str, list[str]] = defaultdict(list)
        for each in self._read:
            if each.name == "set" and (match := _ASSIGNED.match(each.argument.strip())):
                found[match["name"]].append(each.argument.strip()[match.end() :])
            elif each.name == "foreach" and (match := _LOOP.match(each.argument.strip())):
                found[match[1]].append(match[2])
        return found

    def overrides(self, of: str) -> Iterator[tuple[str, str, str, str]]:
        """What the template overrides `of` a `request` or `response`.

        Each is the part, such as `header`, the name in lower case, the expression, and the conditions around it.
        """
        for each in self._read:
            match = _ASSIGNED.match(each.argument.strip()) if each.name == "set" else None
            path = _OVERRIDE.search(match["path"]) if match and match["name"] == "context" else None
            if match and path and path[1] == of:
                yield path[2].lower(), path[3].lower(), each.argument.strip()[match.end() :].strip(), each.condition

    def assigned(self, variable: str) -> Sequence[str]:
        """The expressions that a variable gets."""
        return self._variables.get(variable, ())

    def sources(self, expression: str) -> frozenset[str]:
        """Where the values of an expression, or of a part of the template, come from; empty for constants."""
        return self._sources(expression, _EMPTY_CONTEXT)

    def _sources(self, expression: str, seen: frozenset[str]) -> frozenset[str]:
        found: set[str] = set()
        for name, path in _REFERENCE.findall(expression):
            if name in {"input", "method", "request"}:
                found.add(CALLER)
            elif name == "context":
                found |= _of_context(path)
            elif name == "stageVariables":
                found.add(STAGE)
            elif name in self._variables and name not in seen:
                for each in self._variables[name]:
                    found |= self._sources(each, seen | {name})
            elif name not in {"util", "foreach", "velocityCount", *seen}:
                found.add(OTHER)
        return frozenset(found)

    def values(self, key: str) -> Iterator[str]:
        """What follows a key in the body of the template, as in `"TableName": "..."` or `QueueUrl=...`."""
        for match in re.finditer(rf"""(?<![\w$.]){re.escape(key)}["']?\s*[:=]\s*""", self.body, re.IGNORECASE):
            yield _value(self.body, match.end())

    @property
    def passes_body_through(self) -> bool:
        """Whether it writes nothing but what the caller sent."""
        whole = self.body
        return (
            whole.startswith("$")
            and self.sources(whole) == frozenset({CALLER})
            and not re.search(r"[{}]\s*[\"']", whole)
        )


def templates(given: Any) -> tuple[list[Template], bool]:
    """The templates of a map by media type, and whether one is unknown."""
    listed = list(given.values()) if is_object(given) else []
    return [Template(text(each)) for each in listed if text(each)], given is UNKNOWN or UNKNOWN in listed


def parameter_sources(value: str) -> frozenset[str]:
    """Where the value of a mapped parameter comes from, such as `method.request.header.x` or `'constant'`."""
    plain = value.strip()
    if plain.startswith("'"):
        return frozenset()
    inner = re.findall(r"\$\{?([\w.-]+)", plain) or [plain]  # HTTP APIs write references into strings
    found: set[str] = set()
    for each in inner:
        head, _, rest = each.partition(".")
        if each.startswith(("method.request", "route.request", "request.", "integration.request")):
            found.add(CALLER)
        elif head == "context":
            found |= _of_context(f".{rest}")
        elif head == "stageVariables":
            found.add(STAGE)
        elif "$" in plain and each != "request":
            found.add(OTHER)
    return frozenset(found)


def _of_context(path: str) -> frozenset[str]:
    parts = path.lower().split(".")
    if len(parts) > 1 and parts[1] in {"authorizer", "identity"}:
        return frozenset({AUTHORIZER if parts[1] == "authorizer" else IDENTITY})
    # Path, host and protocol are what the caller asked for.
    caller = len(parts) > 1 and parts[1] in {"path", "domainname", "domainprefix"}
    return frozenset({CALLER if caller and parts[1] == "path" else CONTEXT})


def _directives(source: str) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, name and argument of each directive."""
    position = 0
    while match := _DIRECTIVE.search(source, position):
        name = match[0].strip("#{}")
        end, argument = match.end(), ""
        opened = re.compile(r"\s*\(").match(source, end)
        if name in {"set", "if", "elseif", "foreach"} and opened:
            end = _closed(source, opened.end())
            argument = source[opened.end() : end - 1]
        yield match.start(), end, name, argument
        position = end


def _closed(source: str, position: int) -> int:
    """The position after the parenthesis that closes one opened before `position`."""
    depth, quote = 1, ""
    while position < len(source) and depth:
        each = source[position]
        if quote:
            quote = "" if each == quote else quote
        elif each in "\"'":
            quote = each
        else:
            depth += (each == "(") - (each == ")")
        position += 1
    return position


def _value(source: str, position: int) -> str:
    """The value at a position: up to the quotation mark that ends it, else up to the next separator."""
    quote = source[position : position + 1] if source[position : position + 1] in {'"', "'"} else ""
    start = position = position + len(quote)
    depth = 0
    while position < len(source):
        each = source[position]
        if depth == 0 and (each == quote if quote else each in ",&\n}"):
            break
        depth = max(0, depth + (each == "(") - (each == ")"))
        position += 1
    return source[start:position]
