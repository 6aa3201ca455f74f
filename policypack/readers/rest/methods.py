"""Every method of a REST API in one spelling, whether it is declared as resources or inside an OpenAPI body."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...graph.children import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import (
    REQUEST_VALIDATOR,
    REST_INTEGRATION,
    REST_INTEGRATION_RESPONSE,
    REST_METHOD,
)
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from .. import openapi as bodies
from .paths import Paths, unplaced

_IN_BODY: Final = "x-amazon-apigateway-integration"
_VALIDATOR_NAME: Final = "x-amazon-apigateway-request-validator"
_VALIDATORS: Final = "x-amazon-apigateway-request-validators"
_LATER: Final = {"type": UNKNOWN, "uri": UNKNOWN, "cacheKeyParameters": UNKNOWN, "requestParameters": UNKNOWN}
"""What is known of an integration that may be another method's."""
_VERBS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", bodies.ANY_METHOD})


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A method, its integration, and what it asks of requests."""

    urn: str
    """Of the method; of the API, for one in a body."""
    verb: str
    """In upper case; `ANY` for all."""
    path: str
    integration: Mapping[str, Any]
    """In the spelling of `x-amazon-apigateway-integration`, without its responses; empty if there is none."""
    answers: tuple[Mapping[str, Any], ...]
    """Its integration responses."""
    wants_body: bool
    """Whether a model or schema says what its body must be."""
    wants_parameters: bool
    """Whether a header or query parameter is required."""
    validator: Any
    """`validateRequestBody` and `validateRequestParameters`; None without a validator, UNKNOWN where it is."""

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.verb} {self.path}"

    @property
    def key(self) -> str:
        """How method settings name it."""
        return f"{self.path.strip('/')}/{self.verb}"


class Methods:
    """The methods of a graph, by API."""

    def __init__(self, graph: Graph, paths: Paths) -> None:
        """Sort everything by API, once."""
        self._graph = graph
        self._paths = paths
        self._methods = Children(graph, REST_METHOD, *OF_REST_API)
        self._integrations = {paths.place(each): each for each in graph.of_type(REST_INTEGRATION)}
        self._later = {paths.place(each)[0] for each in self._integrations.values() if unplaced(each)}
        self._answers: dict[tuple[str, str, str], list[Resource]] = defaultdict(list)
        for each in graph.of_type(REST_INTEGRATION_RESPONSE):
            self._answers[paths.place(each)].append(each)

    def of(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Method]:
        """The methods of an API; `root` is its body."""
        for method in self._methods.of(api):
            yield self._declared(method)
        yield from _in_body(api, root)

    def parts(self, api: Resource) -> Iterator[Resource]:
        """The methods and integrations that are resources of their own."""
        for method in self._methods.of(api):
            yield self._integrations.get(self._paths.place(method), method)

    def _declared(self, method: Resource) -> Method:
        place = self._paths.place(method)
        integration = self._integrations.get(place)
        missing = _LATER if place[0] in self._later else {}
        models, parameters = method.inputs.get("requestModels"), method.inputs.get("requestParameters")
        required = _required(parameters)
        return Method(
            urn=method.urn,
            verb=place[2],
            path=self._paths.of(method),
            integration=integration.inputs if integration else missing,
            answers=tuple(each.inputs for each in self._answers.get(place, ())),
            wants_body=is_object(models) and any(model != "Empty" for model in models.values()),
            # API Gateway routes by the path, so a part of it is always there.
            wants_parameters=any(".path." not in name for name in required),
            validator=self._validator(method),
        )

    def _validator(self, method: Resource) -> Any:
        found = self._graph.target(method, "requestValidatorId", REQUEST_VALIDATOR)
        if isinstance(found, Resource):
            return found.inputs
        return None if found is None else UNKNOWN


def _required(parameters: Any) -> set[str]:
    return {name for name, needed in parameters.items() if needed is True} if is_object(parameters) else set()


def _in_body(api: Resource, root: Mapping[str, Any]) -> Iterator[Method]:
    paths, validators = root.get("paths"), root.get(_VALIDATORS)
    for path, item in sorted(paths.items()) if is_object(paths) else ():
        shared = items(read(item, "parameters"))
        for verb, operation in sorted(item.items()) if is_object(item) else ():
            if str(verb).lower() not in _VERBS:
                continue
            written = read(operation, _IN_BODY)
            integration: Mapping[str, Any] = written if is_object(written) else {}
            responses = integration.get("responses")
            wants_body, wants_parameters = _wants(operation, shared)
            own = read(operation, _VALIDATOR_NAME)
            yield Method(
                urn=api.urn,
                verb="ANY" if str(verb).lower() == bodies.ANY_METHOD else str(verb).upper(),
                path=str(path),
                integration=integration,
                answers=tuple(each for each in responses.values() if is_object(each)) if is_object(responses) else (),
                wants_body=wants_body,
                wants_parameters=wants_parameters,
                validator=_named_validator(root.get(_VALIDATOR_NAME) if own is None else own, validators),
            )


def _wants(operation: Any, shared: list[Any]) -> tuple[bool, bool]:
    content = read(operation, "requestBody", "content")
    schemas = [read(each, "schema") for each in content.values()] if is_object(content) else []
    parameters = [each for each in (*shared, *items(read(operation, "parameters"))) if is_object(each)]
    # Swagger 2 has the body among the parameters.
    body = any(each.get("in") == "body" and each.get("schema") is not None for each in parameters)
    required = any(text(each.get("in")) in {"header", "query"} and each.get("required") is True for each in parameters)
    return body or any(each is not None for each in schemas), required


def _named_validator(name: Any, validators: Any) -> Any:
    if name is None:
        return None
    if name is UNKNOWN or validators is UNKNOWN:
        return UNKNOWN
    found = read(validators, text(name))
    # A name that stands for nothing validates nothing.
    return {} if found is None else found
