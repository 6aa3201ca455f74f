"""Reads which origins may send credentials: from mapped headers, mapping templates and the CORS settings of HTTP APIs.

The rules of browsers are those of the Fetch standard: https://fetch.spec.whatwg.org/#cors-check.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from ..graph.values import UNKNOWN, is_object, items, text
from ..model.fact import Fact, every, some
from .mapping_templates import CALLER, OTHER, Template, parameter_sources, templates

_ORIGIN: Final = "access-control-allow-origin"
_CREDENTIALS: Final = "access-control-allow-credentials"
_LOCAL: Final = re.compile(r"localhost|.*\.localhost|127\.\d+\.\d+\.\d+|::1", re.IGNORECASE)
_ANY_HOST: Final = re.compile(r"\*|\*\.[^.]+")
_SHARED_HOSTS: Final = (
    *("amazonaws.com", "amplifyapp.com", "appspot.com", "azurewebsites.net", "cloudfront.net", "firebaseapp.com"),
    *("github.io", "gitlab.io", "herokuapp.com", "netlify.app", "ngrok.io", "pages.dev", "vercel.app", "web.app"),
)
"""Domains below which anyone can publish pages."""
_EVERY_ORIGIN: Final = Fact.no("lets pages of every origin send the user's credentials")
_STAR: Final = Fact.no("allows every origin (`*`) together with credentials, which browsers reject for all pages")
_PLAIN: Final = Fact.no("lets pages of an unencrypted origin (http://) send the user's credentials")
_ORIGINS_UNKNOWN: Final = Fact.unknown("which origins may send credentials is known only after deployment")
_CONDITION: Final = Fact.unknown("for which origins its template allows credentials cannot be evaluated")
_COMPARED: Final = re.compile(r"""\$[\w.(){}'"!]+\s*(?:==|\.equals(?:IgnoreCase)?\()\s*["']([^"'$]*)["']\)?""")
_MEMBER: Final = re.compile(r"""\$(\w+)\.contains\(\s*["']?\$[\w.(){}'"!]+["']?\s*\)""")
_NOT_EMPTY: Final = re.compile(r"""["']{2}|!=|&&|\|\||\band\b|\bor\b|\.(?:isEmpty|length)\(\)|[><]\s*\d+|[\s()!]""")


def settings_origins_named(credentials: Any, origins: Any) -> Fact:
    """Whether the CORS settings of an HTTP API let only pages of named origins send credentials."""
    allowed = Fact.of(None if credentials is UNKNOWN else credentials not in (None, False))
    given = [UNKNOWN] if origins is UNKNOWN else items(origins)
    return _named(allowed, [_ORIGINS_UNKNOWN if each is UNKNOWN else _origin(text(each)) for each in given])


def allows_credentials(credentials: Any) -> bool:
    """Whether the CORS settings of an HTTP API allow credentials, or may do so."""
    return credentials not in (None, False)


def response_origins_named(response: Mapping[str, Any]) -> Fact | None:
    """Whether a response lets only pages of named origins send credentials; None if it allows no credentials."""
    parameters = response.get("responseParameters")
    if parameters is UNKNOWN:
        return _ORIGINS_UNKNOWN
    found, some_unknown = templates(response.get("responseTemplates"))
    credentials = [_is_true(value) for value in _headers(parameters, _CREDENTIALS)]
    origins = [_mapped_origin(value) for value in _headers(parameters, _ORIGIN)]
    for template in found:
        for part, name, expression, condition in template.overrides("response"):
            if part == "header" and name == _CREDENTIALS:
                credentials.append(_is_true(expression))
            elif part == "header" and name == _ORIGIN:
                origins.append(_assigned_origin(template, expression, condition))
    allowed = some(*credentials)
    if allowed.is_no:
        return None
    if some_unknown:
        origins.append(_ORIGINS_UNKNOWN)
    return _named(allowed, origins)


def _named(allowed: Fact, origins: list[Fact]) -> Fact:
    named = every(*origins)
    return named if allowed.is_yes or named.is_yes else _ORIGINS_UNKNOWN


def _headers(parameters: Any, name: str) -> Iterator[Any]:
    for key, value in parameters.items() if is_object(parameters) else ():
        part, _, header = str(key).lower().rpartition(".")
        if header == name and part.endswith("header"):
            yield value


def _is_true(value: Any) -> Fact:
    written = _constant(text(value)).lower()
    return Fact.of(None if value is UNKNOWN or "$" in written else written == "true")


def _mapped_origin(value: Any) -> Fact:
    if value is UNKNOWN:
        return _ORIGINS_UNKNOWN
    return _EVERY_ORIGIN if CALLER in parameter_sources(text(value)) else _origin(text(value))


def _assigned_origin(template: Template, expression: str, condition: str) -> Fact:
    """Which origins an assignment in a template lets in."""
    sources = template.sources(expression)
    if CALLER not in sources:
        return _CONDITION if OTHER in sources else Fact.YES if sources else _origin(expression)
    return _EVERY_ORIGIN if not condition else _of_condition(template, condition)


def _of_condition(template: Template, condition: str) -> Fact:
    """Which origins a condition lets in; the origin of the request is what it compares."""
    compared = _COMPARED.findall(condition)
    lists = [text_ for name in _MEMBER.findall(condition) for text_ in template.assigned(name)]
    if any(not each.strip().startswith("[") for each in lists):
        return _CONDITION
    members = re.findall(r"""["']([^"']*)["']""", " ".join(lists))
    rest = _MEMBER.sub("", _COMPARED.sub("", condition))
    remaining = re.sub(r"""\$[\w.{}]+(?:\(["'\w]*\)[\w.]*)*""", "", _NOT_EMPTY.sub("", rest))
    origins = [each for each in (*compared, *members) if each]
    if remaining.strip(" \"'"):
        return _CONDITION
    if not origins:
        return _EVERY_ORIGIN  # it asks only whether there is an origin
    return every(*map(_origin, origins)) if "!=" not in condition and "not (" not in condition else _CONDITION


def _constant(value: str) -> str:
    return value.strip().strip("'\"").strip()


def _origin(value: str) -> Fact:
    """Whether a constant is one origin of one's own, to which connections are encrypted."""
    plain = _constant(value)
    if plain == "*":
        return _STAR
    if plain.lower() == "null":
        return _EVERY_ORIGIN  # pages in sandboxed frames have it
    try:
        parts = urlsplit(plain)
        host = parts.hostname or ""
    except ValueError:
        return Fact.YES  # no browser sends it
    if _ANY_HOST.fullmatch(host) or (host.startswith("*.") and host[2:].endswith(_SHARED_HOSTS)):
        return _EVERY_ORIGIN
    return _PLAIN if parts.scheme == "http" and not _LOCAL.fullmatch(host) else Fact.YES
