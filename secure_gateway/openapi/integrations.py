"""Reads the integrations that a document defines itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from ..aws_facts import STREAMING_TIMEOUT_MS
from ..routes import STREAM, parameters
from ..validation.arns import check_load_balancer
from ..validation.problems import join, spell, suggest
from .functions import invoked_by
from .members import INTEGRATION_RESPONSE, INTEGRATION_TYPE, TLS_CONFIG
from .objects import Node, Objects
from .targets import chosen_by_caller, is_of_aws

_TYPES: Final = ("aws", "aws_proxy", "http", "http_proxy", "mock")
_SHORTEST_MS: Final = 50
_STREAMING_URI: Final = "/response-streaming-invocations"
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "connectionType": ("INTERNET", "VPC_LINK"),
    "contentHandling": ("CONVERT_TO_BINARY", "CONVERT_TO_TEXT"),
    "passthroughBehavior": ("never", "when_no_match", "when_no_templates"),
    "responseTransferMode": ("BUFFERED", "STREAM"),
}

_KEYS: Final[Mapping[str, tuple[str, str]]] = {
    "requestParameters": (
        r"integration\.request\.(?:path|querystring|header|multivaluequerystring|multivalueheader)\..+",
        "a parameter of the backend's request, such as integration.request.header.X-Name",
    ),
    "requestTemplates": (r"[^/\s]+/\S+(?:;.*)?|\$default", "a media type, such as application/json"),
}
"""What the keys of a map may be."""


def _streams(node: Node) -> bool:
    return str(node.get("responseTransferMode")).upper() == STREAM


class OwnIntegrations:
    """Reads and checks them; what AWS would reject, or a caller could abuse, is a mistake."""

    def __init__(self, objects: Objects, slowest: int) -> None:
        """`slowest` is the longest timeout of a backend that does not stream, in milliseconds."""
        self._objects = objects
        self._problems = objects.problems
        self._slowest = slowest
        self.excused: set[str] = set()
        """The reasons, of those that were given, that were needed."""

    def read(
        self, integration: Any, where: str, definition: Mapping[str, Any], path: str, reason: str
    ) -> Mapping[str, Any] | None:
        """An operation's own integration; None where it has none.

        `reason` says why callers may choose what the backend's role acts on; empty if they may not.
        """
        node = self._objects.optional(integration, where, INTEGRATION_TYPE)
        if node is None:
            return None
        fields = {name: each for name, each in node.fields.items() if name in INTEGRATION_TYPE.read}
        if not fields:
            if not self._problems.at(node.path):
                self._problems.mismatch(node.path, "an object with content", integration)
            return None
        kind, uri = str(fields.get("type", "")).lower(), fields.get("uri")
        if kind not in _TYPES:
            self._problems.mismatch(node.at("type"), "aws, aws_proxy, http, http_proxy or mock", fields.get("type"))
        self._check_address(node, kind, uri)
        fields |= self._maps(node)
        self._check_choices(node)
        self._check_stream(node, kind, uri)
        self._check_timeout(node)
        self._check_connection(node, kind)
        self._check_mappings(node, fields, definition, path)
        chosen = list(chosen_by_caller(kind, fields))
        if reason and is_of_aws(kind) and chosen:
            self.excused.add(reason)
        else:
            for name, message in chosen:
                self._problems.add(node.at(name), message)
        tls = self._objects.optional(fields.get("tlsConfig"), node.at("tlsConfig"), TLS_CONFIG)
        if tls is not None:
            if tls.get("insecureSkipVerification") is True:
                message = "must be false: the backend's certificate must be verified"
                self._problems.add(tls.at("insecureSkipVerification"), message)
            fields["tlsConfig"] = dict(tls.fields)
        invoked = invoked_by(fields)
        if isinstance(invoked, str):
            self._objects.dropped.add(node.at("uri"), f"no permission to invoke it is created: {invoked}")
        responses = self._responses(node)
        rest = {name: value for name, value in fields.items() if name != "responses"}
        return {**rest, "responses": responses} if responses else rest

    def _check_address(self, node: Node, kind: str, uri: Any) -> None:
        for name in ("uri", "httpMethod") if kind not in {"mock", ""} else ():
            if not isinstance(node.get(name), str):
                self._problems.add(node.at(name), f"required with the type {kind}")
        if kind == "aws_proxy" and str(node.fields.get("httpMethod", "POST")).upper() != "POST":
            message = "must be POST, with which functions are invoked whatever the operation's method is"
            self._problems.add(node.at("httpMethod"), message)
        if not isinstance(uri, str):
            return
        starts = "arn:" if kind.startswith("aws") else "https://" if kind.startswith("http") else ""
        if uri.lower().startswith("http:"):
            self._problems.reject(node.at("uri"), uri, "is not an https:// URL")
        elif not uri.lower().startswith((starts, "${")):
            self._problems.reject(node.at("uri"), uri, f"does not begin with {starts}")

    def _check_choices(self, node: Node) -> None:
        for name, choices in _CHOICES.items():
            value = node.get(name)
            if value is None:
                continue
            if not isinstance(value, str):
                self._problems.mismatch(node.at(name), "a string", value)
            elif value.lower() not in {each.lower() for each in choices}:
                self._problems.unknown_choice(node.at(name), value, choices)

    def _check_stream(self, node: Node, kind: str, uri: Any) -> None:
        """AWS streams the responses of proxy integrations, and those of functions from an address of their own.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
        """
        streams = _streams(node)
        place = node.at("responseTransferMode")
        if streams and kind in _TYPES and not kind.endswith("_proxy"):
            message = f"'STREAM' requires the type aws_proxy or http_proxy: a response of the type {kind} is mapped"
            self._problems.add(place, message)
        elif kind == "aws_proxy" and isinstance(uri, str) and ":lambda:path/" in uri:
            if streams and not uri.endswith(_STREAMING_URI):
                message = f"must end with {_STREAMING_URI} (API version 2021-11-15) if the response is streamed"
                self._problems.add(node.at("uri"), message)
            if not streams and uri.endswith(_STREAMING_URI):
                self._problems.add(place, f"must be 'STREAM': {node.at('uri')} ends with {_STREAMING_URI}")

    def _check_connection(self, node: Node, kind: str) -> None:
        """A VPC link is named by its id, and the load balancer behind one of version 2 by its ARN.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-private-integration.html
        """
        is_linked = str(node.get("connectionType")).upper() == "VPC_LINK"
        for name in ("connectionId", "integrationTarget"):
            if node.get(name) is not None and not is_linked:
                self._problems.add(node.at(name), "requires the `connectionType` 'VPC_LINK'")
        if is_linked and kind in _TYPES and not kind.startswith("http"):
            self._problems.add(node.at("connectionType"), "'VPC_LINK' requires the type http or http_proxy")
        if is_linked and not isinstance(node.get("connectionId"), str):
            self._problems.add(node.at("connectionId"), "required with the `connectionType` 'VPC_LINK'")
        target = node.get("integrationTarget")
        if isinstance(target, str):
            if (wrong := check_load_balancer(target)) and "${" not in target:
                self._problems.reject(node.at("integrationTarget"), target, wrong)
        elif target is not None:
            self._problems.mismatch(node.at("integrationTarget"), "the ARN of a load balancer", target)

    def _check_timeout(self, node: Node) -> None:
        value = node.get("timeoutInMillis")
        streams = _streams(node)
        slowest = STREAMING_TIMEOUT_MS if streams else self._slowest
        if value is None or (
            isinstance(value, int) and not isinstance(value, bool) and _SHORTEST_MS <= value <= slowest
        ):
            return
        quota = "" if streams else f" (`{join('quotas', spell('integration_timeout_ms'))}`)"
        expected = f"a whole number from {_SHORTEST_MS} to {slowest:,} milliseconds{quota}"
        self._problems.mismatch(node.at("timeoutInMillis"), expected, value)

    def _maps(self, node: Node) -> dict[str, dict[str, str]]:
        """The mappings of a request, with references resolved."""
        found: dict[str, dict[str, str]] = {}
        for name, (pattern, expected) in _KEYS.items():
            if node.get(name) is not None:
                found[name] = self._strings(node.get(name), node.at(name))
                for key in found[name]:
                    if not re.fullmatch(pattern, key):
                        self._problems.reject(join(node.at(name), key), key, f"is not {expected}")
        return found

    def _strings(self, value: Any, path: str) -> dict[str, str]:
        entries = self._objects.entries(value, path, "a map of strings")
        if not all(isinstance(each.value, str) for each in entries):
            self._problems.mismatch(path, "a map of strings", value)
        return {each.name: each.value for each in entries if isinstance(each.value, str)}

    def _responses(self, node: Node) -> dict[str, Any]:
        """What API Gateway makes of the backend's responses; a status is a string of three digits."""
        found: dict[str, Any] = {}
        entries = self._objects.entries(node.get("responses"), node.at("responses"), "a map from patterns to responses")
        for each in entries:
            response = self._objects.object(each.value, each.path, INTEGRATION_RESPONSE)
            status = str(response.fields.get("statusCode", ""))
            if not re.fullmatch(r"[1-5]\d\d", status):
                self._problems.mismatch(response.at("statusCode"), "an HTTP status", response.get("statusCode"))
            read = {name: value for name, value in response.fields.items() if name in INTEGRATION_RESPONSE.read}
            for name in ("responseParameters", "responseTemplates"):
                if response.get(name) is not None:
                    read[name] = self._strings(response.get(name), response.at(name))
            found[each.name] = {**read, "statusCode": status}
        return found

    def _check_mappings(self, node: Node, fields: Mapping[str, Any], definition: Mapping[str, Any], path: str) -> None:
        """AWS refuses a mapping from a parameter that the operation does not declare."""
        locations = {"query": "querystring"}
        declared = {f"path.{name}" for name in parameters(path)}
        declared |= {
            f"{locations.get(each['in'], each['in'])}.{each['name']}" for each in definition.get("parameters", ())
        }
        keys = self._objects.items(
            node.get("cacheKeyParameters"), node.at("cacheKeyParameters"), "a list of parameters"
        )
        mapped = {
            join(node.at("requestParameters"), name): value
            for name, value in fields.get("requestParameters", {}).items()
        }
        mapped |= {each.path: each.value for each in keys}
        for where, value in mapped.items():
            source = str(value).removeprefix("method.request.")
            if source != value and source.startswith(("path.", "querystring.", "header.")) and source not in declared:
                self._problems.reject(where, value, f"is not a parameter of the operation{suggest(source, declared)}")
