"""Reads what an API calls: whether the way there is encrypted, and whether the backend is who it says.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph.children import OF_HTTP_API, OF_REST_API, Children
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
        self._integrations = {
            REST_API: Children(graph, REST_INTEGRATION, *OF_REST_API),
            HTTP_API: Children(graph, HTTP_INTEGRATION, *OF_HTTP_API),
        }
        self._stages = {
            REST_API: Children(graph, REST_STAGE, *OF_REST_API),
            HTTP_API: Children(graph, HTTP_STAGE, *OF_HTTP_API),
        }

    def certified(self, api: Resource) -> Fact:
        """Whether every stage shows a client certificate."""
        stages = [each.inputs.get("clientCertificateId") is not None for each in self._stages[api.type].of(api)]
        return Fact.YES if stages and all(stages) else Fact.NO

    def of(self, api: Resource, root: Mapping[str, Any]) -> tuple[Link, ...]:
        """The ways over HTTP from an API, declared as resources and in the root of its body."""
        name = "variables" if api.type == REST_API else "stageVariables"
        variables = [each.inputs.get(name) for each in self._stages[api.type].of(api)]
        integrations = self._integrations[api.type].of(api)
        declared = [(each.urn, f"integration {each.name}", each.inputs) for each in integrations]
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
