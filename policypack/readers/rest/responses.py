"""Reads the responses of REST APIs: those of integrations and those of the gateway itself."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...graph.children_by_parent import Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import GATEWAY_RESPONSE, REST_API
from ...graph.values import UNKNOWN, is_object, text
from ...model.api import CorsResponse, GatewayResponse
from ...model.fact import Fact, every
from ...model.verdict import Subject
from ...redaction.credential_names import is_secret
from ..cors import response_origins_named
from ..mapping_templates import templates

Response = tuple[Subject, Mapping[str, Any]]
"""A response as the subject of verdicts, and its content."""

_IN_BODY: Final = "x-amazon-apigateway-gateway-responses"
_DETAIL: Final = re.compile(
    r"\$!?\{?(context\.(?:error\.validationErrorString|integrationErrorMessage|integration\.error|webaclArn"
    r"|authorizer(?:\.\w[\w.]*)?|identity\.(?:apiKey|accessKey|caller|user|userArn|accountId|principalOrgId"
    r"|cognito\w+)(?!\w)|identity(?!\.\w))|stageVariables(?:\.\w+)?)"
)
"""Variables that reveal more to a caller than the denial."""


class GatewayResponses:
    """The gateway responses of the REST APIs of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort those that are resources by API."""
        self._declared = Children(graph, GATEWAY_RESPONSE, "restApiId", REST_API)

    def of(self, api: Resource, root: Mapping[str, Any]) -> Iterator[Response]:
        """Each of them, and its content."""
        for each in self._declared.of(api):
            yield Subject(urn=each.urn, label=f"gateway response {text(each.inputs.get('responseType'))}"), each.inputs
        in_body = root.get(_IN_BODY)
        for kind, response in sorted(in_body.items()) if is_object(in_body) else ():
            if is_object(response):
                label = f"gateway response {kind}"
                yield Subject(urn=api.urn, label=label, subject=label), response


def cors_responses(responses: Iterable[Response]) -> Iterator[CorsResponse]:
    """The responses that allow browsers to send credentials across origins; those of one method count as one."""
    found: dict[Subject, list[Fact]] = {}
    for subject, response in responses:
        named = response_origins_named(response)
        if named is not None:
            found.setdefault(subject, []).append(named)
    for subject, facts in found.items():
        yield CorsResponse(urn=subject.urn, label=subject.label, subject=subject.subject, origins_named=every(*facts))


def gateway_responses(responses: Iterable[Response]) -> Iterator[GatewayResponse]:
    """The gateway responses of an API, and whether they reveal details."""
    for subject, response in responses:
        yield GatewayResponse(
            urn=subject.urn, label=subject.label, subject=subject.subject, hides_details=_hides_details(response)
        )


def _hides_details(response: Mapping[str, Any]) -> Fact:
    parameters = response.get("responseParameters")
    headers = list(parameters.values()) if is_object(parameters) else []
    found, some_unknown = templates(response.get("responseTemplates"))
    revealed = {f"${variable}" for each in found for variable in _DETAIL.findall(each.plain)}
    revealed |= {f"${each}" for each in map(text, headers) if _DETAIL.match(f"${each}") or _is_credential(each)}
    if revealed:
        return Fact.no(f"reveals {', '.join(sorted(revealed))} to callers")
    if some_unknown or parameters is UNKNOWN or UNKNOWN in headers:
        return Fact.unknown("what it contains is known only after deployment")
    return Fact.YES


def _is_credential(mapped: str) -> bool:
    """Whether a mapped value is a credential of the request, such as `method.request.header.Authorization`."""
    return mapped.startswith("method.request.") and is_secret(mapped.rpartition(".")[2])
