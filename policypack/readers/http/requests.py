"""Reads how HTTP and WebSocket APIs handle requests: CORS, checks, backends, and whether changes reach their stages."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ...graph.children_by_parent import OF_HTTP_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import HTTP_DEPLOYMENT, HTTP_INTEGRATION
from ...graph.values import (
    UNKNOWN,
    read,
    text,
)
from ...model.api import (
    CorsResponse,
    Deployment,
    Handling,
    Integration,
    Transformation,
    Validation,
)
from ...model.fact import Fact
from ...model.verdict import Subject
from .. import openapi
from ..cors import allows_credentials, settings_origins_named
from ..integrations import integration, stage_variables
from ..rest import deployments
from ..written_credentials import without_credentials
from .stages import HttpStages

_BODY_CORS: Final = "x-amazon-apigateway-cors"


class HttpHandlingReader:
    """Reads how the HTTP and WebSocket APIs of a graph handle requests."""

    def __init__(self, graph: Graph, stages: HttpStages) -> None:
        """Sort integrations by API."""
        self._graph = graph
        self._stages = stages
        self._integrations = Children(graph, HTTP_INTEGRATION, *OF_HTTP_API)

    def of(self, api: Resource, root: Mapping[str, Any]) -> Handling:
        """How an API handles requests; `root` is the root of its OpenAPI body."""
        return Handling(
            validations=tuple(_validations(api)),
            cors_responses=tuple(_cors(api, root)),
            integrations=tuple(self._read_integrations(api, root)),
            transformations=tuple(self._transformations(api, root)),
            deployments=tuple(self._deployments(api)),
        )

    def _declared(self, api: Resource, root: Mapping[str, Any]) -> Iterator[tuple[Subject, Mapping[str, Any]]]:
        """The integrations of an API, whether they are resources or part of its body."""
        for each in self._integrations.of(api):
            yield Subject(urn=each.urn, label=f"integration {each.name}"), each.inputs
        for method, path, operation in openapi.operations(root):
            label = openapi.route_key(method, path)
            given = openapi.integration(root, operation)
            if given:
                yield Subject(urn=api.urn, label=label, subject=label), given

    def _read_integrations(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Integration]:
        stages = stage_variables(self._stages.resources(api), "name", "stageVariables")
        for subject, given in self._declared(api, root):
            # HTTP APIs fill placeholders from the path of the request, whatever its parameters.
            yield integration(
                subject, given, stages, methods=[subject], filled="request.path.{}".format, evaluate_variables=False
            )

    def _transformations(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Transformation]:
        for subject, given in self._declared(api, root):
            yield Transformation(
                urn=subject.urn,
                label=subject.label,
                subject=subject.subject,
                without_credentials=without_credentials(given),
            )

    def _deployments(self, api: Resource) -> Iterator[Deployment]:
        for stage in self._stages.resources(api):
            yield Deployment(
                urn=stage.urn,
                label=f"stage {text(stage.inputs.get('name')) or stage.name}",
                follows_changes=self._follows_changes(stage),
                waits_for_methods=Fact.YES,
            )

    def _follows_changes(self, stage: Resource) -> Fact | None:
        """Whether changes of the API reach a stage."""
        automatic = stage.inputs.get("autoDeploy")
        if automatic is UNKNOWN:
            return Fact.unknown("its `autoDeploy` is known only after deployment")
        if automatic is True:
            return Fact.YES
        deployment = self._graph.target(stage, "deploymentId", HTTP_DEPLOYMENT)
        if deployment is None:
            return Fact.no("has neither a deployment nor `autoDeploy`: it serves nothing")
        if not isinstance(deployment, Resource):
            return Fact.unknown("its deployment is external or known only after deployment")
        return deployments.follows_changes(
            deployment, no="has no `autoDeploy`, and its deployment has no triggers: later changes never reach it"
        )


def _cors(api: Resource, root: Mapping[str, Any]) -> Iterator[CorsResponse]:
    """The CORS configuration, which applies to every route, if it allows credentials."""
    given = api.inputs.get("corsConfiguration", root.get(_BODY_CORS))
    credentials = read(given, "allowCredentials")
    if given is None or not allows_credentials(credentials):
        return
    named = settings_origins_named(credentials, read(given, "allowOrigins"))
    yield CorsResponse(urn=api.urn, label=f"API {text(api.inputs.get('name')) or api.name}", origins_named=named)


def _validations(api: Resource) -> Iterator[Validation]:
    off = api.inputs.get("disableSchemaValidation")
    if off is not None:
        checked = Fact.no("does not check requests against its models") if off is True else Fact.YES
        if off is UNKNOWN:
            checked = Fact.unknown("its `disableSchemaValidation` is known only after deployment")
        yield Validation(urn=api.urn, label=f"API {text(api.inputs.get('name')) or api.name}", checked=checked)
