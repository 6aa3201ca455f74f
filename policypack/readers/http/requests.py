"""Reads how HTTP and WebSocket APIs handle requests: CORS, checks, backends, and whether changes reach their stages."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...graph.children import OF_HTTP_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import HTTP_DEPLOYMENT, HTTP_INTEGRATION
from ...graph.values import (
    UNKNOWN,
    items,
    read,
    text,
)
from ...model.api import (
    CorsResponse,
    Deployment,
    Handling,
    Integration,
    Validation,
)
from ...model.fact import Fact
from ...model.verdict import Subject
from .. import openapi
from ..integrations import integration, stage_variables
from .stages import StagesV2

_BODY_CORS: Final = "x-amazon-apigateway-cors"
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
            integrations=tuple(self._read_integrations(api, root)),
            deployments=tuple(self._deployments(api)),
        )

    def _read_integrations(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Integration]:
        stages = stage_variables(self._stages.resources(api), "name", "stageVariables")
        found = [
            (Subject(urn=each.urn, label=f"integration {each.name}"), each.inputs)
            for each in self._integrations.of(api)
        ]
        for method, path, operation in openapi.operations(root):
            found.append((Subject(urn=api.urn, label=f"{method} {path}"), openapi.integration(root, operation)))
        for subject, given in found:
            if given:
                # HTTP APIs fill placeholders from the path of the request, whatever its parameters.
                yield integration(
                    subject, given, stages, methods=[subject], filled="request.path.{}".format, evaluate_variables=False
                )

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


def _yes(holds: bool) -> Fact:  # noqa: FBT001 - a predicate's own value
    return Fact.YES if holds else Fact.NO
