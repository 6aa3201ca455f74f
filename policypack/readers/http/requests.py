"""Reads how HTTP and WebSocket APIs handle requests: CORS, checks, backends, and whether changes reach their stages."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...graph.children import OF_HTTP_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import HTTP_DEPLOYMENT, HTTP_INTEGRATION
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.api import (
    Backend,
    CorsResponse,
    Deployment,
    Handling,
    Validation,
)
from ...model.fact import Fact
from .stages import StagesV2

_BODY_CORS: Final = "x-amazon-apigateway-cors"
_BODY_INTEGRATION: Final = "x-amazon-apigateway-integration"
_HOST: Final = re.compile(r"https?://([^/?#]*)", re.IGNORECASE)
_EVERYBODY: Final = frozenset({"*", "http://*", "https://*", "null"})
_NATIVE: Final = "aws-native:"


class HandlerV2:
    """Reads all of it for the HTTP and WebSocket APIs of a graph."""

    def __init__(self, graph: Graph, stages: StagesV2) -> None:
        """Sort integrations by API, once."""
        self._graph = graph
        self._stages = stages
        self._integrations = Children(graph, HTTP_INTEGRATION, *OF_HTTP_API)

    def of(self, api: Resource, root: Mapping[str, Any]) -> Handling:
        """How an API handles requests; `root` is its body."""
        return Handling(
            validations=tuple(_validations(api)),
            cors_responses=tuple(_cors(api, root)),
            backends=tuple(self._backends(api, root)),
            deployments=tuple(self._deployments(api)),
        )

    def _backends(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Backend]:
        for each in self._integrations.of(api):
            yield from _backend(each.urn, f"integration {each.name}", each.inputs.get("integrationUri"))
        paths = root.get("paths")
        for path, item in sorted(paths.items()) if is_object(paths) else ():
            for verb, operation in sorted(item.items()) if is_object(item) else ():
                uri = read(operation, _BODY_INTEGRATION, "uri")
                yield from _backend(api.urn, f"{str(verb).upper()} {path}", uri)

    def _deployments(self, api: Resource) -> Iterator[Deployment]:
        for stage in self._stages.resources(api):
            follows, gap = self._follows(stage)
            yield Deployment(
                urn=stage.urn,
                label=f"stage {text(stage.inputs.get('name')) or stage.name}",
                follows=follows,
                gap=gap,
                waits=Fact.YES,
            )

    def _follows(self, stage: Resource) -> tuple[Fact, str]:
        """Whether changes of the API reach a stage."""
        automatic = stage.inputs.get("autoDeploy")
        if automatic is UNKNOWN:
            return Fact.UNKNOWN, ""
        if automatic is True:
            return Fact.YES, ""
        deployment = self._graph.target(stage, "deploymentId", HTTP_DEPLOYMENT)
        if deployment is None:
            return Fact.NO, "has no deployment and no auto_deploy: it serves nothing"
        if not isinstance(deployment, Resource) or _NATIVE in deployment.urn:
            return Fact.UNKNOWN, ""
        triggers = deployment.inputs.get("triggers")
        if triggers is UNKNOWN or items(triggers or None):
            return Fact.YES, ""
        return Fact.NO, "has no auto_deploy, and its deployment no triggers: later changes never reach it"


def _cors(api: Resource, root: Mapping[str, Any]) -> Iterator[CorsResponse]:
    """What is configured; it answers for every route."""
    given = api.inputs.get("corsConfiguration", root.get(_BODY_CORS))
    credentials, origins = read(given, "allowCredentials"), read(given, "allowOrigins")
    if given is None or credentials in (None, False):
        return
    every = {each.lower() for each in items(origins) if isinstance(each, str)} & _EVERYBODY
    unread = UNKNOWN in (credentials, origins, *items(origins))
    answer = Fact.UNKNOWN if credentials is UNKNOWN or (unread and not every) else _yes(bool(every))
    yield CorsResponse(urn=api.urn, label=f"API {text(api.inputs.get('name')) or api.name}", open_to_all=answer)


def _validations(api: Resource) -> Iterator[Validation]:
    off = api.inputs.get("disableSchemaValidation")
    if off is not None:
        answer = Fact.UNKNOWN if off is UNKNOWN else _yes(off is not True)
        label = f"API {text(api.inputs.get('name')) or api.name}"
        yield Validation(urn=api.urn, label=label, checked=answer, gap="does not check the schemas that it declares")


def _backend(urn: str, label: str, uri: Any) -> Iterator[Backend]:
    """An address over HTTP. A placeholder in it is always filled from the request's path."""
    host = _HOST.match(text(uri))
    if host:
        chosen = _yes(bool(re.search(r"(?<!\$)\{", host[1])))
        yield Backend(urn=urn, label=label, chosen_by_request=chosen, variables_set=Fact.YES, missing=())


def _yes(holds: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return Fact.YES if holds else Fact.NO
