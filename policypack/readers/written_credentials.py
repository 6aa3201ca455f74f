"""Finds credentials that are written into an API: into addresses of backends, mapped parameters and templates.

Whoever may read the API's definition, an export of it or the state of the stack reads them too.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from ..graph.values import UNKNOWN, is_object, items, read, text
from ..model.fact import Fact
from ..redaction.credential_names import is_secret_key
from ..redaction.credentials import has_credential, is_credential
from .mapping_templates import Template

_PAIR: Final = re.compile(
    r"""["']?(?P<name>[A-Za-z_][\w.-]*)["']?\s*[:=]\s*(?:"(?P<quoted>[^"$]*)"|'(?P<single>[^'$]*)'|(?P<bare>[^\s"'$,&}{]+))"""
)
"""A name with a constant value, in JSON, in a form, in XML attributes or in a `#set`."""
_COOKIES: Final = frozenset({"set-cookie", "cookie"})


def without_credentials(given: Mapping[str, Any]) -> Fact:
    """Whether an integration, or a response of one or of the gateway, contains no credential."""
    places: dict[str, Fact] = {}
    for place, fact in (*_in_address(given), *_in_parameters(given), *_in_templates(given)):
        if place not in places or fact.is_no:
            places[place] = fact
    certain = [place for place, fact in places.items() if fact.is_no]
    if certain:
        return Fact.no(f"contains a credential in {' and '.join(certain)}")
    unknown = next(iter(places), "")
    return Fact.unknown(f"{unknown} is known only after deployment") if unknown else Fact.YES


def _in_address(given: Mapping[str, Any]) -> Iterator[tuple[str, Fact]]:
    uri = text(given.get("uri", given.get("integrationUri")))
    try:
        query = parse_qsl(urlsplit(uri).query)
    except ValueError:
        query = []
    if has_credential(uri) or any(_is_constant(value) and is_credential(name, value) for name, value in query):
        yield "the address of its backend", Fact.NO


def _in_parameters(given: Mapping[str, Any]) -> Iterator[tuple[str, Fact]]:
    for key, value in (*_pairs(given.get("requestParameters")), *_pairs(_responses(given.get("responseParameters")))):
        part, _, name = key.rpartition(":")[2].rpartition(".")
        where = f"the {part.rpartition('.')[2] or 'parameter'} {name}"
        if value is UNKNOWN:
            if is_secret_key(name) and name.lower() not in _COOKIES:
                yield where, Fact.UNKNOWN
            continue
        written = text(value).strip()
        constant = written.strip("'") if written.startswith("'") or not _refers(written) else ""
        secret = has_credential(constant) if name.lower() in _COOKIES else is_credential(name, constant)
        if constant and secret:
            yield where, Fact.NO


def _in_templates(given: Mapping[str, Any]) -> Iterator[tuple[str, Fact]]:
    for key, where in (("requestTemplates", "a request template"), ("responseTemplates", "a response template")):
        for _, value in _pairs(given.get(key)):
            if any(_credentials_in(text(value))):
                yield where, Fact.NO


def _credentials_in(template: str) -> Iterator[bool]:
    yield has_credential(template)
    source = Template(template).plain
    for match in _PAIR.finditer(source):
        value = match["quoted"] or match["single"] or match["bare"] or ""
        yield is_credential(match["name"].rpartition(".")[2], value)


def _responses(given: Any) -> Any:
    """Response parameters; HTTP APIs list them by status code."""
    if is_object(given) and not any(map(is_object, given.values())):
        return given
    listed = given.values() if is_object(given) else items(given) if given is not UNKNOWN else ()
    found: dict[str, Any] = {}
    for each in listed:
        mappings = read(each, "mappings") if is_object(each) and "mappings" in each else each
        found |= {str(key): value for key, value in mappings.items()} if is_object(mappings) else {}
    return found


def _pairs(given: Any) -> list[tuple[str, Any]]:
    return [(str(key), value) for key, value in given.items()] if is_object(given) else []


def _is_constant(value: str) -> bool:
    return not re.search(r"[${}]", value)


def _refers(value: str) -> bool:
    """Whether the value of a mapped parameter is, or contains, a reference to a request or a variable."""
    return "$" in value or value.startswith(("method.", "route.", "integration.", "context.", "stageVariables."))
