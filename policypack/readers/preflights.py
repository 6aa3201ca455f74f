"""Decides whether a method that API Gateway itself responds to is a CORS preflight: it responds with headers alone."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..graph.values import UNKNOWN, is_list, is_object, text
from ..model.fact import Fact
from .mapping_templates import AUTHORIZER, IDENTITY, OTHER, STAGE, parameter_sources, templates

_DATA: Final = frozenset({AUTHORIZER, IDENTITY, STAGE, OTHER})
"""Sources whose values are data: a preflight may repeat only what the request contains."""
_SHORT: Final = re.compile(r"[A-Za-z ]{0,20}")
"""A body that says no more than that the request succeeded."""


def has_headers_only(responses: Iterable[Mapping[str, Any]]) -> Fact:
    """Whether responses contain no data: no body, or one that says no more than that the request succeeded."""
    unknown = False
    for response in responses:
        parameters = response.get("responseParameters")
        values = list(parameters.values()) if is_object(parameters) else []
        found, some_unknown = templates(response.get("responseTemplates"))
        unknown |= some_unknown or parameters is UNKNOWN
        if any(_DATA & parameter_sources(text(each)) for each in values):
            return Fact.NO
        if any(_DATA & each.sources(each.plain) or not _is_empty(each.body) for each in found):
            return Fact.NO
    return Fact.of(None if unknown else True)


def _is_empty(body: str) -> bool:
    if "$" in body:
        return False
    try:
        value = json.loads(body) if body else None
    except (ValueError, RecursionError):
        return _SHORT.fullmatch(body) is not None
    leaves = list(value.values()) if is_object(value) else value if is_list(value) else [value]
    return all(
        each is None or isinstance(each, int | float) or (isinstance(each, str) and _SHORT.fullmatch(each))
        for each in leaves
    )
