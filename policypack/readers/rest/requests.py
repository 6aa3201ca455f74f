"""Reads how an API handles requests and answers: validation, caches, CORS, error texts, and where it sends requests."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from ...graph.graph import Graph, Resource
from ...graph.resource_types import GATEWAY_RESPONSE, REST_API
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ...model.api import (
    Cache,
    CorsResponse,
    GatewayResponse,
    Handling,
    Integration,
    Validation,
)
from ...model.auth import Route
from ...model.fact import Fact
from ...model.verdict import Subject
from ..integrations import StageVariables, integration, stage_variables
from ..method_settings import MethodSettings
from .deployments import Deployments
from .integrations import RestIntegrations
from .methods import Method, Methods
from .paths import Paths
from .stages import Stages

_IN_BODY: Final = "x-amazon-apigateway-gateway-responses"
_EVERYBODY: Final = frozenset({"*", "null"})
"""Origins of any page: what stands in a sandboxed frame is of origin `null`."""
_ORIGIN: Final = ".header.access-control-allow-origin"
_CREDENTIALS: Final = ".header.access-control-allow-credentials"
_WORD_ENDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[\W_]+")
_POSITION: Final = re.compile(
    r"\b(?:continuation|cursor|last|next|page|pagination|paging|prev|previous|search|sort|start|starting|sync)"
    r"-(?:token|key)\b|\bevaluated-key\b|\buser-agent\b"
)
"""What sounds like a caller's and is a place in a list, or a kind of client."""
_IDENTITY: Final = re.compile(
    r"\b(?:auth|authentication|authorization|bearer|cookies?|credentials?|jwt|principal"
    r"|(?:access|api|auth|id|user|session|security|subscription)?(?:token|key)"
    r"|(?:j|php)?sess(?:ion)?(?:id)?|(?:caller|customer|tenant|user)(?:id|name)?)\b"
)
"""What a part of a cache key is called that tells callers apart, word by word."""
_INNER: Final = re.compile(
    r"\$context\.(?:error\.validationErrorString|integrationErrorMessage|integration\.error|authorizer\.[\w.]+"
    r"|identity\.(?:apiKey|accessKey|caller|user|userArn|accountId|principalOrgId)(?!\w))"
)
"""What tells a caller more than that it is refused."""


class Handler:
    """Reads all of it for the REST APIs of a graph."""

    def __init__(self, graph: Graph, stages: Stages, paths: Paths, integrations: RestIntegrations) -> None:
        """Index methods, answers and deployments once."""
        self._stages = stages
        self._integrations = integrations
        self._methods = Methods(graph, paths, integrations)
        self._errors = _ErrorResponses(graph)
        self._deployments = Deployments(graph)

    def of(self, api: Resource, root: Mapping[str, Any], routes: Iterable[Route]) -> Handling:
        """How an API handles requests; `root` is its body."""
        methods = tuple(self._methods.of(api, root))
        errors = tuple(self._errors.of(api, root))
        stages = self._stages.resources(api)
        named = {route.label: route for route in routes}
        return Handling(
            caches=tuple(
                cache
                for stage in stages
                for cache in _caches(stage, self._stages.settings_of(api, stage), methods, named)
            ),
            validations=tuple(_validations(methods)),
            cors_responses=tuple(_cors_answers(methods, errors)),
            gateway_responses=tuple(_error_texts(errors)),
            integrations=tuple(self._read_integrations(api, methods, stages)),
            deployments=tuple(self._deployments.of(api, self._methods.parts(api))),
        )

    def _read_integrations(
        self, api: Resource, methods: Iterable[Method], stages: Sequence[Resource]
    ) -> Iterator[Integration]:
        variables = stage_variables(stages, "stageName", "variables")
        of_methods: dict[str, list[Subject]] = defaultdict(list)
        for method in methods:
            subject = Subject(urn=method.urn, label=method.label)
            of_methods[method.integration_urn].append(subject)
            if method.urn == api.urn and method.integration:  # both stand in the body
                yield _integration(subject, method.integration, variables, [subject])
        for each in self._integrations.of(api):
            subject = Subject(urn=each.urn, label=f"integration {each.name}")
            yield _integration(subject, each.inputs, variables, of_methods[each.urn])


def _integration(
    subject: Subject, given: Mapping[str, Any], stages: StageVariables, methods: Sequence[Subject]
) -> Integration:
    parameters = given.get("requestParameters")

    def filled(placeholder: str) -> Any:
        return UNKNOWN if parameters is UNKNOWN else read(parameters, f"integration.request.path.{placeholder}")

    return integration(subject, given, stages, methods=methods, filled=filled, evaluate_variables=True)


def _caches(
    stage: Resource, settings: MethodSettings, methods: Iterable[Method], routes: Mapping[str, Route]
) -> Iterator[Cache]:
    """The methods that a stage answers from its cache."""
    enabled = stage.inputs.get("cacheClusterEnabled")
    if enabled is not True and enabled is not UNKNOWN:
        return
    for method in methods:
        values, own = settings.for_path(method.key)
        caching = read(values, "cachingEnabled")
        # What is said of all methods caches GET alone.
        if caching not in (True, UNKNOWN) or (not own and method.method not in {"GET", "ANY"}):
            continue
        sure = enabled is True and caching is True
        route = routes.get(method.label)
        yield Cache(
            urn=stage.urn,
            label=f"the cache of {method.label} on stage {text(stage.inputs.get('stageName')) or stage.name}",
            on=Fact.YES if sure else Fact.UNKNOWN,
            method=method.label,
            authenticated=route.authenticated if route else Fact.UNKNOWN,
            tells_callers_apart=_tells_apart(method.integration.get("cacheKeyParameters")),
            encrypted=_is(read(values, "cacheDataEncrypted")),
            # AWS asks for a permission unless it is told not to.
            invalidation_guarded=_is_not_off(read(values, "requireAuthorizationForCacheControl")),
        )


def _tells_apart(parameters: Any) -> Fact:
    if any(_is_identity(text(each)) for each in items(parameters)):
        return Fact.YES
    return Fact.UNKNOWN if UNKNOWN in items(parameters) else Fact.NO


def _is_identity(parameter: str) -> bool:
    name = parameter.split(".", 3)[-1]  # behind method.request.header and its like
    return bool(_IDENTITY.search(_POSITION.sub("", _WORD_ENDS.sub("-", name).lower())))


def _is(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.YES if value is True else Fact.NO


def _is_not_off(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.NO if value is False else Fact.YES


def _validations(methods: Iterable[Method]) -> Iterator[Validation]:
    """The methods that say what requests must be, or that name a validator."""
    for method in methods:
        if method.validator is None and not (method.describes_body or method.requires_parameters):
            continue
        checked, gap = _checked(method)
        yield Validation(urn=method.urn, label=method.label, checked=checked, gap=gap)


def _checked(method: Method) -> tuple[Fact, str]:
    if method.validator is UNKNOWN:
        return Fact.YES, ""  # it is there; another stack says what it checks
    asked = " and ".join(
        word
        for word, wanted in (
            ("a model of its body", method.describes_body),
            ("required parameters", method.requires_parameters),
        )
        if wanted
    )
    if method.validator is None:
        return Fact.NO, f"declares {asked}, and no validator checks them"
    body, parameters = (read(method.validator, name) for name in ("validateRequestBody", "validateRequestParameters"))
    if UNKNOWN in (body, parameters):
        return Fact.UNKNOWN, ""
    if body is not True and parameters is not True:
        return Fact.NO, "has a validator that checks nothing"
    if (method.describes_body and body is not True) or (method.requires_parameters and parameters is not True):
        return Fact.NO, f"declares {asked}, and its validator does not check all of that"
    return Fact.YES, ""


def _cors_answers(
    methods: Iterable[Method], errors: Iterable[tuple[str, str, Mapping[str, Any]]]
) -> Iterator[CorsResponse]:
    """The answers that let a browser send credentials across origins."""
    for method in methods:
        for answer in method.responses:
            yield from _cors(method.urn, method.label, answer.get("responseParameters"))
    for urn, kind, response in errors:
        yield from _cors(urn, f"gateway response {kind}", response.get("responseParameters"))


def _cors(urn: str, label: str, parameters: Any) -> Iterator[CorsResponse]:
    headers = (
        {f".{str(key).lower().partition('.')[2]}": value for key, value in parameters.items()}
        if is_object(parameters)
        else {}
    )
    headers = {key[key.find(".header.") :]: value for key, value in headers.items()}
    credentials, origin = headers.get(_CREDENTIALS), headers.get(_ORIGIN)
    if credentials is UNKNOWN or (text(credentials).strip("'").lower() == "true" and origin is UNKNOWN):
        yield CorsResponse(urn=urn, label=label, open_to_all=Fact.UNKNOWN)
    elif text(credentials).strip("'").lower() == "true":
        everybody = text(origin).strip("'").lower() in _EVERYBODY or text(origin).lower().endswith(
            "request.header.origin"
        )
        yield CorsResponse(urn=urn, label=label, open_to_all=Fact.YES if everybody else Fact.NO)


class _ErrorResponses:
    """API Gateway's own answers, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort those that are resources of their own, once."""
        self._by_api: dict[str, list[Resource]] = defaultdict(list)
        for each in graph.of_type(GATEWAY_RESPONSE):
            name = "restApiId" if "restApiId" in each.inputs else "restApi"
            api = graph.target(each, name, REST_API)
            if isinstance(api, Resource):
                self._by_api[api.urn].append(each)

    def of(self, api: Resource, root: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """URN, type and content of each."""
        for each in self._by_api.get(api.urn, ()):
            yield each.urn, text(each.inputs.get("responseType")), each.inputs
        in_body = root.get(_IN_BODY)
        for kind, response in sorted(in_body.items()) if is_object(in_body) else ():
            if is_object(response):
                yield api.urn, str(kind), response


def _error_texts(errors: Iterable[tuple[str, str, Mapping[str, Any]]]) -> Iterator[GatewayResponse]:
    """What API Gateway's own answers tell callers."""
    for urn, kind, response in errors:
        templates = response.get("responseTemplates")
        texts = list(templates.values()) if is_object(templates) else []
        told = sorted({found for each in texts for found in _INNER.findall(text(each))})
        unread = templates is UNKNOWN or UNKNOWN in texts
        discreet = Fact.NO if told else Fact.UNKNOWN if unread else Fact.YES
        yield GatewayResponse(urn=urn, label=f"gateway response {kind}", discreet=discreet, tells=tuple(told))
