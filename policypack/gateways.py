"""From the graph to the model: the only place that knows how Pulumi's providers spell an API."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from . import bodies, resource_policy
from .findings import Answer
from .graph import OUTSIDE, UNKNOWN, Graph, Resource, is_object, items, read, text
from .model import ApiKey, Authorizer, Domain, Estate, Gateway, Policy, Route, every, some
from .stages import API, Stages

_METHOD: Final = "aws:apigateway/method:Method"
_RESOURCE: Final = "aws:apigateway/resource:Resource"
_INTEGRATION: Final = "aws:apigateway/integration:Integration"
_AUTHORIZER: Final = "aws:apigateway/authorizer:Authorizer"
_POLICY: Final = "aws:apigateway/restApiPolicy:RestApiPolicy"
_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
_MAPPING: Final = "aws:apigateway/basePathMapping:BasePathMapping"
_KEY: Final = "aws:apigateway/apiKey:ApiKey"
_PLAN_KEY: Final = "aws:apigateway/usagePlanKey:UsagePlanKey"

_BODY_POLICY: Final = "x-amazon-apigateway-policy"
_BODY_TLS: Final = "x-amazon-apigateway-security-policy"
_BODY_ENDPOINT: Final = "x-amazon-apigateway-endpoint-configuration"
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
        self._policies = self._by_api(_POLICY, "restApiId")
        self._domains: dict[str, Domain] = {each.urn: _domain(each) for each in graph.of_type(_DOMAIN)}
        self._mapped: dict[str, list[Domain]] = defaultdict(list)
        for mapping in graph.of_type(_MAPPING):
            api = graph.target(mapping, "restApi", API)
            domain = graph.target(mapping, "domainName", _DOMAIN)
            if isinstance(api, Resource):
                self._mapped[api.urn].append(self._reached(domain, mapping))

    def _by_api(self, type_: str, *names: str) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for each in self._graph.of_type(type_):
            name = next((name for name in names if name in each.inputs), "restApi")
            api = self._graph.target(each, name, API)
            if isinstance(api, Resource):
                found[api.urn].append(each)
        return found

    def _reached(self, domain: Any, mapping: Resource) -> Domain:
        """The domain of a mapping; of one from elsewhere we know only that it is there."""
        if isinstance(domain, Resource):
            return self._domains[domain.urn]
        label = f"domain {text(mapping.inputs.get('domainName')) or mapping.name}"
        elsewhere = Answer.YES if domain is OUTSIDE else Answer.NOT_YET
        return Domain(
            urn=mapping.urn, label=label, modern_tls=elsewhere, mutual_tls=Answer.NO, truststore_pinned=Answer.YES
        )

    def estate(self) -> Estate:
        return Estate(
            gateways=tuple(self._gateway(api) for api in self._graph.of_type(API)),
            domains=tuple(self._domains.values()),
            api_keys=self._keys(),
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
        private = _private(api)
        name = api.inputs.get("name", api.outputs.get("name", UNKNOWN))
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
            policy=self._policy(api, root, body),
            modern_tls=_endpoint_tls(api, root, private, unread=body is UNKNOWN),
            default_endpoint_off=_endpoint_off(api, root, unread=body is UNKNOWN),
            stages=tuple(self._stages.of(api, name)),
            domains=tuple(self._mapped.get(api.urn, ())),
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

    def _policy(self, api: Resource, root: Mapping[str, Any], body: Any) -> Policy:
        separate = self._policies.get(api.urn, [])
        written = separate[-1].inputs.get("policy") if separate else api.inputs.get("policy", root.get(_BODY_POLICY))
        policy = UNKNOWN if written is None and body is UNKNOWN else resource_policy.parse(written)
        return Policy(
            urn=separate[-1].urn if separate else api.urn,
            label=f"API {text(api.inputs.get('name')) or api.name}",
            restricts=resource_policy.restricts(policy),
            bound_to_endpoints=resource_policy.bound_to_endpoints(policy),
            survives=Answer.NO if separate and api.inputs.get("body") is not None else Answer.YES,
        )


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


def _private(api: Resource) -> Answer:
    types = read(api.inputs.get("endpointConfiguration"), "types")
    if types is UNKNOWN or UNKNOWN in items(types):
        return Answer.NOT_YET
    return Answer.YES if "PRIVATE" in items(types) else Answer.NO


def _endpoint_tls(api: Resource, root: Mapping[str, Any], private: Answer, *, unread: bool) -> Answer:
    """AWS's default is TLS 1.0 for Regional and edge APIs, TLS 1.2 for private ones."""
    written = api.inputs.get("securityPolicy", root.get(_BODY_TLS))
    if written is None:
        written_elsewhere = Answer.NOT_YET if unread else Answer.NO
        return some(private, _endpoint_off(api, root, unread=unread), written_elsewhere)
    return some(_modern(written), _endpoint_off(api, root, unread=unread))


def _endpoint_off(api: Resource, root: Mapping[str, Any], *, unread: bool) -> Answer:
    written = api.inputs.get("disableExecuteApiEndpoint")
    if written is None:
        servers = [each for each in items(root.get("servers")) if is_object(each)]
        configurations = [root.get(_BODY_ENDPOINT), *(read(each, _BODY_ENDPOINT) for each in servers)]
        written = next((read(each, "disableExecuteApiEndpoint") for each in configurations if each is not None), None)
    if written is UNKNOWN or (written is None and unread):
        return Answer.NOT_YET
    return Answer.YES if written is True else Answer.NO


def _modern(policy: Any) -> Answer:
    """Whether a security policy takes TLS 1.2 at least. AWS names its newer ones after the TLS version."""
    if policy is UNKNOWN:
        return Answer.NOT_YET
    name = text(policy)
    return (
        Answer.YES
        if name == "TLS_1_2" or name.startswith(("SecurityPolicy_TLS13", "SecurityPolicy_TLS12"))
        else Answer.NO
    )


def _domain(domain: Resource) -> Domain:
    trust = domain.inputs.get("mutualTlsAuthentication")
    version = read(trust, "truststoreVersion")
    mutual = Answer.NOT_YET if trust is UNKNOWN else Answer.NO if trust is None else Answer.YES
    pinned = Answer.YES if mutual is Answer.NO or version is UNKNOWN or text(version) else Answer.NO
    return Domain(
        urn=domain.urn,
        label=f"domain {text(domain.inputs.get('domainName')) or domain.name}",
        # AWS's default for every custom domain is TLS 1.2.
        modern_tls=_modern(domain.inputs.get("securityPolicy", "TLS_1_2")),
        mutual_tls=mutual,
        truststore_pinned=every(pinned),
    )
