"""From the graph to the model: the only place that knows how Pulumi's providers spell an API."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from . import bodies, endpoints
from .domains import Domains
from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, text
from .model import ApiKey, Authorizer, Estate, Gateway, Route
from .policy_sources import Policies
from .stages import API, Stages

_METHOD: Final = "aws:apigateway/method:Method"
_RESOURCE: Final = "aws:apigateway/resource:Resource"
_INTEGRATION: Final = "aws:apigateway/integration:Integration"
_AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
_KEY: Final = "aws:apigateway/apiKey:ApiKey"
_PLAN_KEY: Final = "aws:apigateway/usagePlanKey:UsagePlanKey"

_HOW: Final = {"AWS_IAM": "iam", "CUSTOM": "lambda", "COGNITO_USER_POOLS": "cognito", "JWT": "jwt"}
_UNREADABLE: Final = "its body holds a value known only after deployment"


def build(graph: Graph) -> Estate:
    """Read every gateway of the graph."""
    return _Reader(graph).estate()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._stages = Stages(graph)
        self._methods = self._by_api(_METHOD)
        self._integrations = self._by_api(_INTEGRATION)
        self._authorizers = self._by_api(_AUTHORIZER)
        self._policies = Policies(graph)
        self._domains = Domains(graph)

    def _by_api(self, type_: str, *names: str) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for each in self._graph.of_type(type_):
            name = next((name for name in names if name in each.inputs), "restApi")
            api = self._graph.target(each, name, API)
            if isinstance(api, Resource):
                found[api.urn].append(each)
        return found

    def estate(self) -> Estate:
        return Estate(
            gateways=tuple(self._gateway(api) for api in self._graph.of_type(API)),
            domains=self._domains.all,
            api_keys=self._keys(),
            alarms=self._stages.surroundings.alarms.every(),
            classic_acls=self._stages.surroundings.classic_acls,
        )

    def _keys(self) -> tuple[ApiKey, ...]:
        links = [self._graph.target(each, "keyId", _KEY) for each in self._graph.of_type(_PLAN_KEY)]
        linked = {each.urn for each in links if isinstance(each, Resource)}
        otherwise = Answer.NOT_YET if UNKNOWN in links else Answer.NO
        return tuple(
            ApiKey(
                urn=key.urn,
                label=f"API key {key.name}",
                counted=Answer.YES if key.urn in linked else otherwise,
            )
            for key in self._graph.of_type(_KEY)
        )

    def _gateway(self, api: Resource) -> Gateway:
        body, broken = _body(api)
        root: Mapping[str, Any] = body.root if isinstance(body, bodies.Body) else {}
        routes = [*_operations(api, body), *self._declared_routes(api)]
        private = endpoints.private(api)
        name = api.inputs.get("name", api.outputs.get("name", UNKNOWN))
        stages = tuple(self._stages.of(api, name))
        return Gateway(
            urn=api.urn,
            label=f"API {text(name) or api.name}",
            name=text(name) or api.name,
            kind="REST",
            private=private,
            routes_read=Answer.NO if broken else Answer.NOT_YET if body is UNKNOWN else Answer.YES,
            routes_unread=f"its body cannot be read: {broken}" if broken else _UNREADABLE,
            routes=tuple(routes),
            authorizers=tuple(self._declared_authorizers(api, body)),
            policy=self._policies.of(
                api,
                root,
                routes=routes,
                stages=[stage.name for stage in stages],
                private=private,
                unread=body is UNKNOWN,
            ),
            modern_tls=endpoints.modern_tls(api, root, private, unread=body is UNKNOWN),
            default_endpoint_off=endpoints.off(api, root, unread=body is UNKNOWN),
            stages=stages,
            domains=self._domains.of(api),
        )

    def _declared_routes(self, api: Resource) -> list[Route]:
        integrations = {self._place(each): each for each in self._integrations.get(api.urn, ())}
        return [self._route(each, integrations.get(self._place(each))) for each in self._methods.get(api.urn, ())]

    def _place(self, declared: Resource) -> tuple[str, str]:
        """What joins a method with its integration: the path and the verb."""
        return self._path(declared), text(declared.inputs.get("httpMethod")) or "ANY"

    def _path(self, declared: Resource) -> str:
        parts: list[str] = []
        where = self._graph.target(declared, "resourceId", _RESOURCE)
        while isinstance(where, Resource) and len(parts) < bodies.DEEPEST:
            parts.append(text(where.inputs.get("pathPart")) or where.name)
            where = self._graph.target(where, "parentId", _RESOURCE)
        return "/" + "/".join(reversed(parts))

    def _route(self, method: Resource, integration: Resource | None) -> Route:
        written = method.inputs.get("authorization")
        how = "unknown" if written is UNKNOWN else _HOW.get(text(written).upper(), "none")
        needs = how in {"lambda", "cognito"}
        key = method.inputs.get("apiKeyRequired")
        path, verb = self._place(method)
        mock = integration is not None and text(integration.inputs.get("type")).upper() == "MOCK"
        return Route(
            urn=method.urn,
            label=f"{verb} {path}",
            authenticated={"none": Answer.NO, "unknown": Answer.NOT_YET}.get(how, Answer.YES),
            how=how,
            api_key=Answer.NOT_YET if key is UNKNOWN else Answer.YES if key is True else Answer.NO,
            connected=Answer.NO if needs and method.inputs.get("authorizerId") is None else Answer.YES,
            preflight=verb == "OPTIONS" and mock and how == "none",
        )

    def _declared_authorizers(self, api: Resource, body: Any) -> list[Authorizer]:
        methods = self._methods.get(api.urn, ())
        targets = [self._graph.target(each, "authorizerId", _AUTHORIZER) for each in methods]
        used = {each.urn for each in targets if isinstance(each, Resource)}
        otherwise = Answer.NOT_YET if any(each is UNKNOWN for each in targets) else Answer.NO
        found = [
            Authorizer(
                urn=each.urn, label=f"authorizer {each.name}", used=Answer.YES if each.urn in used else otherwise
            )
            for each in self._authorizers.get(api.urn, ())
        ]
        if isinstance(body, bodies.Body):
            named = {scheme for operation in body.operations for scheme in operation.schemes}
            found += [
                Authorizer(urn=api.urn, label=f"authorizer {name}", used=Answer.YES if name in named else Answer.NO)
                for name in sorted(body.authorizers)
            ]
        return found


def _body(api: Resource) -> tuple[Any, str]:
    """The body, or why it is broken."""
    try:
        return bodies.parse(api.inputs.get("body")), ""
    except bodies.BodyError as error:
        return None, str(error)


def _operations(api: Resource, body: Any) -> list[Route]:
    if not isinstance(body, bodies.Body):
        return []
    return [
        Route(
            urn=api.urn,
            label=f"{each.method} {each.path}",
            authenticated=each.authenticated,
            how=each.how,
            api_key=each.api_key,
            connected=each.connected,
            preflight=each.preflight,
        )
        for each in body.operations
    ]
