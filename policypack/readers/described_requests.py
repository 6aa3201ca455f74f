"""Reads what the methods of REST APIs require of requests: parameters, bodies and content types."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..ask.schemas import Schema
from ..ask.validation import Described
from ..graph.children_by_parent import OF_REST_API, Children
from ..graph.graph import Graph, Resource
from ..graph.resource_types import REST_MODEL
from ..graph.values import UNKNOWN, is_object, read, text
from ..model.fact import Fact
from .rest.integrations import RestIntegrations
from .rest.methods import Method, Methods
from .rest.paths import Paths

_MODEL_URL: Final = "https://apigateway.amazonaws.com/restapis/{api}/models/{name}"
_BUILT_IN: Final[Mapping[str, Mapping[str, Any]]] = {
    "Empty": {},
    "Error": {"type": "object", "properties": {"message": {"type": "string"}}},
}
"""The models that every API has."""
_WITH_TEMPLATES: Final = frozenset({"AWS", "HTTP", "MOCK"})
"""The types of integrations that transform requests by mapping templates."""


class DescribedRequests:
    """What the methods of a graph's REST APIs require of requests."""

    def __init__(self, graph: Graph) -> None:
        """Sort methods, integrations and models by API, once."""
        paths = Paths(graph)
        self._methods = Methods(graph, paths, RestIntegrations(graph, paths))
        self._models = Children(graph, REST_MODEL, *OF_REST_API)

    def of(self, api: Resource, root: Mapping[str, Any]) -> dict[str, Described]:
        """By the label of each method that requires anything; `root` is the body of the API."""
        models = dict(self._named(api))
        urls = {
            _MODEL_URL.format(api=text(api.id), name=name): each for name, each in models.items() if each is not None
        }
        found: dict[str, Described] = {}
        for method in self._methods.of(api, root):
            read_ = _described(method, root, models, urls)
            if read_ is not None:
                found[method.label] = read_
        return found

    def _named(self, api: Resource) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """The models of an API by their names; None for one whose schema cannot be read."""
        yield from _BUILT_IN.items()
        for each in self._models.of(api):
            yield text(each.inputs.get("name")) or text(each.id) or each.name, _schema(each.inputs.get("schema"))


def _schema(written: Any) -> Mapping[str, Any] | None:
    if is_object(written):
        return written
    try:
        found = json.loads(text(written))
    except (ValueError, RecursionError):
        return None
    return found if is_object(found) else None


def _described(
    method: Method,
    root: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any] | None],
    urls: Mapping[str, Mapping[str, Any]],
) -> Described | None:
    parameters, body = _checks(method.validator, "Parameters"), _checks(method.validator, "Body")
    types, passthrough = _content_types(method.integration)
    describes = method.required != frozenset() or method.models != {}
    if not describes and passthrough == "WHEN_NO_MATCH":
        return None
    return Described(
        checks_parameters=parameters,
        checks_body=body,
        required=method.required,
        models=None
        if method.models is None
        else {str(kind): _of_method(method, each, root, models, urls) for kind, each in method.models.items()},
        content_types=types,
        passthrough=passthrough,
    )


def _of_method(
    method: Method,
    given: Any,
    root: Mapping[str, Any],
    models: Mapping[str, Mapping[str, Any] | None],
    urls: Mapping[str, Mapping[str, Any]],
) -> Schema | None:
    if method.in_body:
        return Schema(root, text(given), urls, imported=True)
    found = models.get(text(given))
    return None if found is None else Schema(found, models=urls)


def _checks(validator: Any, what: str) -> Fact:
    if validator is None:
        return Fact.NO
    value = read(validator, f"validateRequest{what}")
    return Fact.of(None if value is UNKNOWN else value is True)


def _content_types(integration: Mapping[str, Any]) -> tuple[frozenset[str] | None, str]:
    kind, templates = integration.get("type"), integration.get("requestTemplates")
    behavior = integration.get("passthroughBehavior")
    if kind is UNKNOWN or behavior is UNKNOWN:
        return None, ""
    if text(kind).upper() not in _WITH_TEMPLATES or not text(behavior):
        return frozenset(), "WHEN_NO_MATCH"
    behavior = text(behavior).upper()
    if templates is UNKNOWN:
        return None, behavior
    return frozenset(str(each).lower() for each in (templates if is_object(templates) else ())), behavior
