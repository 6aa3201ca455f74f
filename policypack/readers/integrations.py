"""Reads what an API calls: whether the way there is encrypted, and whether the backend is who it says.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import HTTP_API, HTTP_INTEGRATION, HTTP_STAGE, REST_API, REST_INTEGRATION, REST_STAGE
from ..graph.values import UNKNOWN, is_object, read, text
from ..model.api import Link
from ..model.fact import Fact, every

_EXTENSION: Final = "x-amazon-apigateway-integration"
_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
_HTTP: Final = frozenset({"HTTP", "HTTP_PROXY"})


class Links:
    """The ways from the APIs of a graph to their backends."""

    def __init__(self, graph: Graph) -> None:
        """Sort integrations and stage variables by API, once."""
        self._integrations: dict[str, list[Resource]] = defaultdict(list)
        self._variables: dict[str, list[Any]] = defaultdict(list)
        self._certified: dict[str, list[bool]] = defaultdict(list)
        for type_, name, api_type in ((REST_INTEGRATION, "restApi", REST_API), (HTTP_INTEGRATION, "apiId", HTTP_API)):
            for each in graph.of_type(type_):
                api = graph.target(each, name, api_type)
                if isinstance(api, Resource):
                    self._integrations[api.urn].append(each)
        for type_, name, api_type, variables in (
            (REST_STAGE, "restApi", REST_API, "variables"),
            (HTTP_STAGE, "apiId", HTTP_API, "stageVariables"),
        ):
            for each in graph.of_type(type_):
                api = graph.target(each, name, api_type)
                if isinstance(api, Resource):
                    self._variables[api.urn].append(each.inputs.get(variables))
                    self._certified[api.urn].append(each.inputs.get("clientCertificateId") is not None)

    def certified(self, api: Resource) -> Fact:
        """Whether every stage shows a client certificate."""
        stages = self._certified.get(api.urn, [])
        return Fact.YES if stages and all(stages) else Fact.NO

    def of(self, api: Resource, root: Mapping[str, Any]) -> tuple[Link, ...]:
        """The ways over HTTP from an API, declared as resources and in the root of its body."""
        variables = self._variables.get(api.urn, [])
        declared = [(each.urn, f"integration {each.name}", each.inputs) for each in self._integrations.get(api.urn, ())]
        found = [*declared, *((api.urn, label, each) for label, each in _of_body(root))]
        links = (_link(urn, label, each, variables) for urn, label, each in found)
        return tuple(each for each in links if each is not None)


def _of_body(root: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    shared = read(root, "components", "x-amazon-apigateway-integrations")
    paths = root.get("paths")
    for path, item in paths.items() if is_object(paths) else ():
        for method, operation in item.items() if is_object(item) else ():
            given = read(operation, _EXTENSION)
            name = text(read(given, "$ref")).rpartition("/")[2]
            inner = read(shared, name) if name else given
            if is_object(inner):
                verb = "ANY" if str(method).startswith("x-") else str(method).upper()
                yield f"{verb} {path}", inner


def _link(urn: str, label: str, given: Mapping[str, Any], variables: list[Any]) -> Link | None:
    kind = given.get("type", given.get("integrationType"))
    if kind is not UNKNOWN and text(kind).upper() not in _HTTP:
        return None
    private = text(given.get("connectionType")).upper() == "VPC_LINK"
    uri, tls = given.get("uri", given.get("integrationUri")), given.get("tlsConfig")
    encrypted = _encrypted(uri, variables)
    if private and encrypted is None and (uri is not UNKNOWN or "integrationType" in given):
        # An HTTP API names a listener or service; it speaks TLS where it is told whom to expect.
        encrypted = Fact.UNKNOWN if tls is UNKNOWN else Fact.NO if tls is None else Fact.YES
    unclear = Fact.UNKNOWN if uri is UNKNOWN or kind is UNKNOWN else Fact.YES
    skipped = read(tls, "insecureSkipVerification")
    return Link(
        urn=urn,
        label=label,
        private=private,
        encrypted=unclear if encrypted is None else encrypted,
        verified=Fact.UNKNOWN if skipped is UNKNOWN else Fact.NO if skipped in {True, "true"} else Fact.YES,
    )


def _encrypted(uri: Any, variables: list[Any]) -> Fact | None:
    """By the scheme of an address; None where it has none."""
    scheme, found, _ = text(uri).partition("://")
    variable = _VARIABLE.match(text(uri))
    if variable is not None:
        values = [read(each, variable[1]) for each in variables]
        known = [_encrypted(each, []) if isinstance(each, str) else None for each in values or [UNKNOWN]]
        return every(*(Fact.UNKNOWN if each is None else each for each in known))
    if not found:
        return None
    return Fact.YES if scheme.lower() in {"https", "wss"} else Fact.NO
