"""Reads how REST APIs handle requests and responses: validation, caches, CORS, gateway responses and integrations."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.values import (
    UNKNOWN,
    items,
    read,
    text,
)
from ...model.api import Cache, Handling, Integration, Transformation, Validation
from ...model.auth import Route
from ...model.fact import Fact, every
from ...model.verdict import Subject
from ..identity_sources import identity_sources
from ..integrations import StageVariables, integration, stage_variables
from ..method_settings import MethodSettings, label
from ..written_credentials import without_credentials
from .deployments import Deployments
from .integrations import RestIntegrations
from .methods import Method, Methods
from .paths import Paths
from .responses import GatewayResponses, Response, cors_responses, gateway_responses
from .stages import Stages

_CACHING_UNKNOWN: Final = Fact.unknown("its settings are known only after deployment")


class HandlingReader:
    """Reads how the REST APIs of a graph handle requests."""

    def __init__(self, graph: Graph, stages: Stages, paths: Paths, integrations: RestIntegrations) -> None:
        """Sort methods, gateway responses and deployments by API."""
        self._stages = stages
        self._integrations = integrations
        self._methods = Methods(graph, paths, integrations)
        self._responses = GatewayResponses(graph)
        self._deployments = Deployments(graph)

    def of(
        self, api: Resource, root: Mapping[str, Any], routes: Iterable[Route], *, all_methods_known: bool
    ) -> Handling:
        """How an API handles requests; `root` is the root of its OpenAPI body."""
        methods = tuple(self._methods.of(api, root))
        responses = tuple(self._responses.of(api, root))
        stages = self._stages.resources(api)
        named = {route.label: route for route in routes}
        return Handling(
            caches=tuple(
                cache
                for stage in (*stages, *self._stages.named(api))
                for cache in _caches(
                    stage, self._stages.settings_of(api, stage), methods, named, more=not all_methods_known
                )
            ),
            validations=tuple(_validations(methods)),
            cors_responses=tuple(cors_responses((*_integration_responses(methods), *responses))),
            gateway_responses=tuple(gateway_responses(responses)),
            integrations=tuple(self._read_integrations(api, methods, stages)),
            transformations=tuple(self._transformations(api, methods, responses)),
            deployments=tuple(self._deployments.of(api, self._methods.parts(api))),
        )

    def _read_integrations(
        self, api: Resource, methods: Iterable[Method], stages: Sequence[Resource]
    ) -> Iterator[Integration]:
        variables = stage_variables(stages, "stageName", "variables")
        of_methods: dict[str, list[Subject]] = defaultdict(list)
        for method in methods:
            subject = method.as_subject
            of_methods[method.integration_urn].append(subject)
            if method.in_body and method.integration:
                yield _integration(subject, method.integration, variables, [subject])
        for each in self._integrations.of(api):
            subject = Subject(urn=each.urn, label=f"integration {each.name}")
            yield _integration(subject, each.inputs, variables, of_methods[each.urn])

    def _transformations(
        self, api: Resource, methods: Iterable[Method], responses: Iterable[Response]
    ) -> Iterator[Transformation]:
        for each in self._integrations.of(api):
            yield _transformation(Subject(urn=each.urn, label=f"integration {each.name}"), each.inputs)
        for method in methods:
            own = (method.integration,) if method.in_body else ()
            yield _transformation(method.as_subject, *own, *method.responses)
        for subject, response in responses:
            yield _transformation(subject, response)


def _transformation(subject: Subject, *given: Mapping[str, Any]) -> Transformation:
    return Transformation(
        urn=subject.urn,
        label=subject.label,
        subject=subject.subject,
        without_credentials=every(*map(without_credentials, given)),
    )


def _integration_responses(methods: Iterable[Method]) -> Iterator[Response]:
    for method in methods:
        yield from ((method.as_subject, response) for response in method.responses)


def _integration(
    subject: Subject, given: Mapping[str, Any], stages: StageVariables, methods: Sequence[Subject]
) -> Integration:
    parameters = given.get("requestParameters")

    def filled(placeholder: str) -> Any:
        return UNKNOWN if parameters is UNKNOWN else read(parameters, f"integration.request.path.{placeholder}")

    return integration(subject, given, stages, methods=methods, filled=filled, evaluate_variables=True)


def _caches(
    stage: Resource, settings: MethodSettings, methods: Sequence[Method], routes: Mapping[str, Route], *, more: bool
) -> Iterator[Cache]:
    """The response caches of a stage; `more` if it may have methods that are not known."""
    enabled = stage.inputs.get("cacheClusterEnabled")
    if enabled is not True and enabled is not UNKNOWN:
        return
    for method in methods:
        values, own = settings.for_path(method.key)
        # Settings for all methods cache GET only.
        if own or method.method in {"GET", "ANY"}:
            route = routes.get(method.label)
            authenticated = route.authenticated if route else Fact.UNKNOWN
            yield from _cache(stage, method.label, values, authenticated, _cache_key(method.integration))
    if more:
        known = {method.key for method in methods}
        entries = [(label(path), values) for path, values in settings.single if path not in known]
        for path, values in [("methods that are not evaluated here", settings.for_path("")[0]), *entries]:
            yield from _cache(stage, path, values, Fact.UNKNOWN, UNKNOWN)


def _cache(stage: Resource, method: str, values: Any, authenticated: Fact, parameters: Any) -> Iterator[Cache]:
    """The cache of a method, if the settings that apply to it turn it on."""
    caching = read(values, "cachingEnabled")
    if caching is True or caching is UNKNOWN:
        known = caching is True and stage.inputs.get("cacheClusterEnabled") is True
        key, key_known = identity_sources(parameters)
        yield Cache(
            urn=stage.urn,
            label=f"the cache of {method} on stage {text(stage.inputs.get('stageName')) or stage.name}",
            subject=f"the cache of {method}",
            enabled=Fact.YES if known else _CACHING_UNKNOWN,
            method=method,
            authenticated=authenticated.because(unknown="whether its method requires credentials is unknown"),
            key=key,
            key_known=key_known.because(unknown="its cache key parameters are unknown"),
            encrypted=_of_settings(read(values, "cacheDataEncrypted"), default=False, no="is not encrypted"),
            invalidation_authorized=_of_settings(
                read(values, "requireAuthorizationForCacheControl"), default=True, no="can be invalidated by any caller"
            ),
        )


def _of_settings(value: Any, *, default: bool, no: str) -> Fact:
    """Whether a flag of the method settings is on; anything but a boolean is AWS's default."""
    if value is UNKNOWN:
        return _CACHING_UNKNOWN
    return Fact.of(value if isinstance(value, bool) else default, no=no)


def _cache_key(integration: Mapping[str, Any]) -> Any:
    """What the cache key consists of; a parameter of the integration is what fills it."""
    keys, mapped = integration.get("cacheKeyParameters"), integration.get("requestParameters")
    if keys is UNKNOWN:
        return UNKNOWN
    return [
        read(mapped, each) if isinstance(each, str) and each.startswith("integration.request.") else each
        for each in items(keys)
    ]


def _validations(methods: Iterable[Method]) -> Iterator[Validation]:
    """The methods that describe their requests or have a validator."""
    for method in methods:
        if method.validator is None and not (method.describes_body or method.requires_parameters):
            continue
        subject = method.as_subject
        yield Validation(urn=subject.urn, label=subject.label, subject=subject.subject, checked=_checked(method))


def _checked(method: Method) -> Fact:
    if method.validator is UNKNOWN:
        return Fact.YES  # there is one, and another stack says what it checks
    described = ["a model of its body"] if method.describes_body else []
    described += ["required parameters"] if method.requires_parameters else []
    listed = " and ".join(described)
    if method.validator is None:
        return Fact.no(f"declares {listed}, but no validator checks requests")
    body, parameters = (read(method.validator, name) for name in ("validateRequestBody", "validateRequestParameters"))
    if UNKNOWN in (body, parameters):
        return Fact.unknown("what its validator checks is known only after deployment")
    if body is not True and parameters is not True:
        return Fact.no("has a validator that checks nothing")
    if (method.describes_body and body is not True) or (method.requires_parameters and parameters is not True):
        return Fact.no(f"declares {listed}, but its validator does not check all of that")
    return Fact.YES
