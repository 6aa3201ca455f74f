"""Reads the methods of REST APIs, with what they require of requests, from resources and from OpenAPI bodies."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ...graph.children_by_parent import OF_REST_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import (
    REQUEST_VALIDATOR,
    REST_METHOD,
)
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.verdict import Subject
from .. import method_settings, openapi
from .integrations import RestIntegrations
from .paths import Paths

_VALIDATOR_NAME: Final = "x-amazon-apigateway-request-validator"
_VALIDATORS: Final = "x-amazon-apigateway-request-validators"
_UNKNOWN_INTEGRATION: Final = {
    "type": UNKNOWN,
    "uri": UNKNOWN,
    "cacheKeyParameters": UNKNOWN,
    "requestParameters": UNKNOWN,
}
"""What is known of the integration of a method, if it may be one whose method is unknown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """A method, its integration, and what it requires of requests."""

    urn: str
    """Of the method; of the API, for one in a body."""
    in_body: bool
    """Whether an OpenAPI document declares it."""
    method: str
    """The HTTP method in upper case; `ANY` for all."""
    path: str
    integration: Mapping[str, Any]
    """In the spelling of `x-amazon-apigateway-integration`, without its responses; empty if there is none."""
    integration_urn: str
    """The URN of its integration; empty if that is not a resource of the graph."""
    responses: tuple[Mapping[str, Any], ...]
    """Its integration responses."""
    describes_body: bool
    """Whether a model or schema describes the body of its requests."""
    requires_parameters: bool
    """Whether a header or query parameter is required."""
    validator: Any
    """`validateRequestBody` and `validateRequestParameters`; None without a validator, UNKNOWN if it is unknown."""
    required: frozenset[str] | None = frozenset()
    """The required headers and query parameters, such as `header.x-tenant` or `querystring.page`; None if unknown."""
    models: Mapping[str, Any] | None = None
    """By content type, what describes the body: the name of a model, or a JSON pointer to a schema of the body of the
    API; None if unknown."""

    @property
    def label(self) -> str:
        """How messages name it."""
        return f"{self.method} {self.path}"

    @property
    def as_subject(self) -> Subject:
        """The method as the subject of a verdict. One in a body shares its URN with the others."""
        return Subject(urn=self.urn, label=self.label, subject=self.label if self.in_body else "")

    @property
    def key(self) -> str:
        """How method settings name it."""
        return method_settings.key(self.path, self.method)


class Methods:
    """The methods of a graph, by API."""

    def __init__(self, graph: Graph, paths: Paths, integrations: RestIntegrations) -> None:
        """Sort everything by API, once."""
        self._graph = graph
        self._paths = paths
        self._methods = Children(graph, REST_METHOD, *OF_REST_API)
        self._integrations = integrations

    def of(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Method]:
        """The methods of an API; `root` is its body."""
        for method in self._methods.of(api):
            yield self._declared(method)
        yield from _in_body(api, root)

    def parts(self, api: Resource) -> Iterator[Resource]:
        """The methods and integrations that are resources of their own."""
        for method in self._methods.of(api):
            yield self._integrations.of_method(self._paths.key(method)) or method

    def _declared(self, method: Resource) -> Method:
        key = self._paths.key(method)
        integration = self._integrations.of_method(key)
        missing = _UNKNOWN_INTEGRATION if self._integrations.method_unknown(key) else {}
        models, parameters = method.inputs.get("requestModels"), method.inputs.get("requestParameters")
        required = _required(parameters)
        return Method(
            urn=method.urn,
            in_body=False,
            method=key.method,
            path=self._paths.path(method),
            integration=integration.inputs if integration else missing,
            integration_urn=integration.urn if integration else "",
            responses=self._integrations.responses(key),
            describes_body=is_object(models) and any(model != "Empty" for model in models.values()),
            # API Gateway routes by the path, so a part of it is always there.
            requires_parameters=any(".path." not in name for name in required),
            validator=self._validator(method),
            required=None if parameters is UNKNOWN else frozenset(map(_short, required)) - {""},
            models=None if models is UNKNOWN else models if is_object(models) else {},
        )

    def _validator(self, method: Resource) -> Any:
        found = self._graph.target(method, "requestValidatorId", REQUEST_VALIDATOR)
        if isinstance(found, Resource):
            return found.inputs
        return None if found is None else UNKNOWN


def _required(parameters: Any) -> set[str]:
    return {name for name, needed in parameters.items() if needed is True} if is_object(parameters) else set()


def _in_body(api: Resource, root: Mapping[str, Any]) -> Iterator[Method]:
    validators = root.get(_VALIDATORS)
    for method, path, operation in openapi.operations(root):
        integration = openapi.integration(root, operation)
        responses = integration.get("responses")
        where = _where(root, path, operation)
        parameters = list(_parameters(root, path, operation, where))
        models = _schemas(root, operation, where, parameters)
        required = frozenset(map(_required_name, parameters)) - {""}
        own = read(operation, _VALIDATOR_NAME)
        yield Method(
            urn=api.urn,
            in_body=True,
            method=method,
            path=str(path),
            integration=integration,
            integration_urn="",
            responses=tuple(each for each in responses.values() if is_object(each)) if is_object(responses) else (),
            describes_body=bool(models),
            requires_parameters=bool(required),
            required=required,
            models=models,
            validator=_named_validator(root.get(_VALIDATOR_NAME) if own is None else own, validators),
        )


def _short(parameter: str) -> str:
    """A header or query parameter without `method.request.`; empty for a part of the path, which is always there."""
    kind, _, name = parameter.removeprefix("method.request.").partition(".")
    kind = kind.removeprefix("multivalue")
    return f"header.{name.lower()}" if kind == "header" else f"querystring.{name}" if kind == "querystring" else ""


def _parameters(root: Mapping[str, Any], path: Any, operation: Any, where: str) -> Iterator[tuple[Any, str]]:
    """The parameters of the path of an operation, and its own, each with its JSON pointer."""
    for given, at in (
        (read(root, "paths", path, "parameters"), where.rpartition("/")[0]),
        (read(operation, "parameters"), where),
    ):
        for index, each in enumerate(items(given)):
            yield openapi.resolved(root, each, f"{at}/parameters/{index}")


def _where(root: Mapping[str, Any], path: Any, operation: Any) -> str:
    """The JSON pointer of an operation."""
    item = read(root, "paths", path)
    key = next((each for each, value in item.items() if value is operation), "") if is_object(item) else ""
    return openapi.pointer("paths", path, key)


def _required_name(parameter: tuple[Any, str]) -> str:
    given, _ = parameter
    name, kind = text(read(given, "name")), text(read(given, "in"))
    if read(given, "required") is not True or kind not in {"header", "query"}:
        return ""
    return _short(f"{'querystring' if kind == 'query' else kind}.{name}")


def _schemas(
    root: Mapping[str, Any], operation: Any, where: str, parameters: Iterable[tuple[Any, str]]
) -> Mapping[str, str]:
    """By content type, a JSON pointer to the schema of the body; Swagger 2 has it among the parameters."""
    body, where = openapi.resolved(root, read(operation, "requestBody"), f"{where}/requestBody")
    content = read(body, "content")
    found = {
        str(kind): f"{where}/content{openapi.pointer(kind)}/schema"
        for kind, each in (content.items() if is_object(content) else ())
        if read(each, "schema") is not None
    }
    consumed = items(read(operation, "consumes") or root.get("consumes")) or ["application/json"]
    for each, pointer in parameters:
        if read(each, "in") == "body" and read(each, "schema") is not None:
            found |= {str(kind): f"{pointer}/schema" for kind in consumed}
    return found


def _named_validator(name: Any, validators: Any) -> Any:
    if name is None:
        return None
    if name is UNKNOWN or validators is UNKNOWN:
        return UNKNOWN
    found = read(validators, text(name))
    # A validator that is not defined checks nothing.
    return {} if found is None else found
