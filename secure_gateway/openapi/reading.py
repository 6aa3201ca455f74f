"""Reads the document: each operation with its authorizer, its parameters and its request body."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from ..aws_facts import VERBS
from ..routes import PARAMETER, PATH, WITHOUT_BODY, parameters
from ..validation.problems import Problems, join, listing, nearest, suggest
from ..validation.reader import Reader, is_list, is_object
from .args import Operation, OwnDocument
from .loading import load
from .overrides import Overrides
from .schemas import Schemas
from .security import Securities

ANY_METHOD: Final = "x-amazon-apigateway-any-method"
INTEGRATION: Final = "x-amazon-apigateway-integration"
_METHODS: Final = (*(verb.lower() for verb in VERBS), ANY_METHOD)
_WITHOUT_MEANING: Final = (
    *("servers", "externalDocs", "tags", "webhooks", "jsonSchemaDialect"),
    *("x-amazon-apigateway-documentation", "x-amazon-apigateway-importexport-version"),
    *("x-amazon-apigateway-request-validator", "x-amazon-apigateway-request-validators"),
)
_WITHOUT_MEANING_HERE: Final = (
    *("servers", "externalDocs", "tags", "callbacks"),
    *("x-amazon-apigateway-request-validator", "x-amazon-apigateway-documentation"),
)
_PARAMETER_PLACES: Final = ("path", "query", "header")
_PARAMETER_TYPES: Final = ("string", "number", "integer", "boolean", "array")
_INTEGRATIONS: Final = frozenset({"aws", "aws_proxy", "http", "http_proxy", "mock"})
_ELSEWHERE: Final = {
    "x-amazon-apigateway-api-key-source": "keys",
    "x-amazon-apigateway-binary-media-types": "binary_media_types",
    "x-amazon-apigateway-cors": "cors",
    "x-amazon-apigateway-endpoint-access-mode": "tls.endpoint_access_mode",
    "x-amazon-apigateway-endpoint-configuration": "network and tls",
    "x-amazon-apigateway-gateway-responses": "auth, which defines error responses, and cors",
    "x-amazon-apigateway-minimum-compression-size": "minimum_compression_size",
    "x-amazon-apigateway-policy": "network",
    "x-amazon-apigateway-security-policy": "tls.security_policy",
}
"""Root members that AWS heeds and that the gateway's own args decide."""


def read(reader: Reader, authorizers: Collection[str]) -> OwnDocument | None:
    """The document, converted; mistakes go to the reader's problems, each with its place in the document."""
    document = load(reader)
    if document is None:
        return None
    problems, place = reader.problems, reader.path
    if not _is_openapi_3(document, place, problems):
        return None
    mapped = reader.get("security_schemes")
    securities = Securities(document, mapped if is_object(mapped) else {}, authorizers, place, problems)
    overrides = Overrides(reader, authorizers)
    return _Reading(document, securities, overrides, place, problems).whole()


def _is_openapi_3(document: Mapping[str, Any], place: str, problems: Problems) -> bool:
    if "swagger" in document:
        problems.add(join(place, "swagger"), "expected OpenAPI 3.0 or 3.1: convert a Swagger 2.0 document first")
        return False
    version = document.get("openapi")
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        problems.mismatch(join(place, "openapi"), "the version 3.0.x or 3.1.x", version)
        return False
    return True


class _Reading:
    def __init__(
        self,
        document: Mapping[str, Any],
        securities: Securities,
        overrides: Overrides,
        place: str,
        problems: Problems,
    ) -> None:
        self._document = document
        self._securities = securities
        self._overrides = overrides
        self._place = place
        self._problems = problems
        self._dropped: list[str] = []
        self._components = _mapping(document.get("components"))
        schemas_place = join(join(place, "components"), "schemas")
        self._schemas = Schemas(_mapping(self._components.get("schemas")), schemas_place, problems)

    def whole(self) -> OwnDocument:
        """Every operation of every path."""
        for name in _WITHOUT_MEANING:
            if name in self._document:
                self._dropped.append(join(self._place, name))
        for name, instead in _ELSEWHERE.items():
            if name in self._document:
                self._problems.add(join(self._place, name), f"would be ignored: configure it in {instead}")
        operations = tuple(self._operations())
        self._overrides.refuse_unused([each.operation_id or f"{each.method} {each.path}" for each in operations])
        self._refuse_equal_ids(operations)
        self._dropped += [f"{each} (API Gateway does not check it)" for each in self._schemas.unchecked]
        if not operations:
            self._problems.add(join(self._place, "paths"), "must contain at least one operation")
        info = _mapping(self._document.get("info"))
        return OwnDocument(
            info={key: info[key] for key in ("version", "description") if isinstance(info.get(key), str)},
            operations=operations,
            components={"schemas": self._schemas.kept} if self._schemas.kept else {},
            dropped=tuple(sorted(set(self._dropped))),
        )

    def _refuse_equal_ids(self, operations: Iterable[Operation]) -> None:
        seen: dict[str, str] = {}
        for each in operations:
            if each.operation_id in seen:
                predicate = f"is the operationId of `{seen[each.operation_id]}` too"
                self._problems.reject(join(each.place, "operationId"), each.operation_id, predicate)
            elif each.operation_id:
                seen[each.operation_id] = each.place

    def _operations(self) -> Iterator[Operation]:
        paths = join(self._place, "paths")
        for path, item in sorted(_mapping(self._document.get("paths")).items()):
            place = join(paths, path)
            if path.startswith("x-"):
                continue
            if not re.fullmatch(PATH, path):
                predicate = "is not a path of whole segments, such as /orders/{id}: API Gateway takes no others"
                self._problems.reject(place, path, predicate)
                continue
            fields = self._resolved(item, place, "pathItems")
            for method in sorted(fields):
                if method.lower() in _METHODS:
                    yield self._operation(path, method.lower(), fields, join(place, method))
                elif method == "trace":
                    self._problems.add(join(place, method), "API Gateway does not support the method TRACE")
                elif method == "servers":
                    self._dropped.append(join(place, method))

    def _operation(self, path: str, method: str, item: Mapping[str, Any], place: str) -> Operation:
        fields = _mapping(item.get(method))
        for name in _WITHOUT_MEANING_HERE:
            if name in fields:
                self._dropped.append(join(place, name))
        identifier = fields.get("operationId")
        operation_id = identifier if isinstance(identifier, str) else None
        verb = "ANY" if method == ANY_METHOD else method.upper()
        override = self._overrides.of(operation_id, f"{verb} {path}")
        if override.decides_who:
            # Who calls is decided here, but an API key that the document asks for is still asked for.
            authorizer, scopes = override.authorizer, ()
            api_key = not override.public and self._securities.keyed(fields)
        else:
            authorizer, scopes, api_key = self._securities.of(fields, place)
        definition = self._definition(verb, fields, item, path, place)
        return Operation(
            path=path,
            method=verb,
            operation_id=operation_id,
            place=place,
            authorizer=authorizer,
            scopes=scopes if override.scopes is None else override.scopes,
            public=override.public,
            api_key=api_key if override.api_key is None else override.api_key,
            definition=definition,
            integration=self._integration(fields.get(INTEGRATION), definition, path, join(place, INTEGRATION)),
        )

    def _definition(
        self, verb: str, fields: Mapping[str, Any], item: Mapping[str, Any], path: str, place: str
    ) -> dict[str, Any]:
        definition: dict[str, Any] = {
            key: fields[key] for key in ("operationId", "summary", "description") if isinstance(fields.get(key), str)
        }
        definition["responses"] = self._responses(fields.get("responses"), place)
        declared = self._parameters(item.get("parameters"), fields.get("parameters"), path, place)
        if declared:
            definition["parameters"] = declared
        body_place = join(place, "requestBody")
        body = self._body(fields.get("requestBody"), body_place)
        if body and verb in WITHOUT_BODY:
            self._dropped.append(f"{body_place} (such a request has no body)")
        elif body:
            definition["requestBody"] = body
        return definition

    def _responses(self, responses: Any, place: str) -> dict[str, Any]:
        """Only statuses: the backend's answer is passed on as it is, whatever its schema."""
        found = _mapping(responses)
        kept = {code: {"description": f"Status {code}"} for code in sorted(found) if re.fullmatch(r"[1-5]\d\d", code)}
        if len(kept) < len(found):
            self._dropped.append(f"{join(place, 'responses')} (default and ranges)")
        return kept or {"200": {"description": "Status 200"}}

    def _parameters(self, shared: Any, own: Any, template: str, place: str) -> list[dict[str, Any]]:
        """What AWS knows of a parameter; the operation's own replaces the path's of the same name."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for index, each in enumerate([*_list(shared), *_list(own)]):
            path = f"{join(place, 'parameters')}[{index}]"
            fields = self._resolved(each, path, "parameters")
            name, where = fields.get("name"), fields.get("in")
            if where == "cookie":
                self._dropped.append(f"{path} (cookie)")
            elif not isinstance(name, str) or where not in _PARAMETER_PLACES:
                message = (
                    f"expected a parameter with a `name`, and with an `in` that is one of {listing(_PARAMETER_PLACES)}"
                )
                self._problems.add(path, message)
            elif where == "path" and name not in parameters(template):
                predicate = f"is not a parameter of {template!r}{suggest(name, parameters(template))}"
                self._problems.reject(path, name, predicate)
            elif not re.fullmatch(PARAMETER, name):
                self._odd_parameter(path, name, required=fields.get("required") is True)
            else:
                kind = _mapping(fields.get("schema")).get("type")
                found[str(where), name] = {
                    "name": name,
                    "in": where,
                    "required": where == "path" or fields.get("required") is True,
                    "schema": {"type": kind if kind in _PARAMETER_TYPES else "string"},
                }
        return [found[key] for key in sorted(found)]

    def _odd_parameter(self, place: str, name: str, *, required: bool) -> None:
        """API Gateway passes a parameter of any name on, but declares none of such a name."""
        if required:
            predicate = "must consist of letters, digits and ._$-, since API Gateway checks no other required parameter"
            self._problems.reject(place, name, predicate)
        else:
            self._dropped.append(f"{place} (its name)")

    def _body(self, body: Any, place: str) -> dict[str, Any]:
        fields = self._resolved(body, place, "requestBodies")
        content: dict[str, Any] = {}
        for media, each in sorted(_mapping(fields.get("content")).items()):
            path = join(join(join(place, "content"), media), "schema")
            schema = _mapping(each).get("schema")
            if schema is not None and not _is_json(media):
                self._dropped.append(f"{path} (only JSON is checked)")
                schema = None
            # A model of a wildcard is asked of no request; `$default` is asked of all without one of their own.
            kind = "$default" if "*" in media else media
            content[kind] = {} if schema is None else {"schema": self._schemas.convert(schema, path)}
        checked = [media for media, each in content.items() if each]
        if len(checked) == 1 == len(content):
            # A body of another media type would pass unchecked.
            content["$default"] = content[checked[0]]
        return {"required": fields.get("required") is True, "content": content} if content else {}

    def _integration(
        self, integration: Any, definition: Mapping[str, Any], path: str, place: str
    ) -> Mapping[str, Any] | None:
        if integration is None:
            return None
        fields = _mapping(integration)
        if not fields:
            self._problems.mismatch(place, "an object with content", integration)
            return None
        kind, uri = str(fields.get("type", "")).lower(), fields.get("uri")
        if isinstance(uri, str) and uri.lower().startswith("http:"):
            self._problems.reject(join(place, "uri"), uri, "is not an https:// URL")
        if kind not in _INTEGRATIONS:
            self._problems.mismatch(join(place, "type"), "aws, aws_proxy, http, http_proxy or mock", fields.get("type"))
        for name in ("uri", "httpMethod") if kind not in {"mock", ""} else ():
            if not isinstance(fields.get(name), str):
                self._problems.add(join(place, name), f"required with the type {kind}")
        starts = "arn:" if kind.startswith("aws") else "https://" if kind.startswith("http") else ""
        if isinstance(uri, str) and not uri.lower().startswith((starts, "http:", "${")):
            self._problems.reject(join(place, "uri"), uri, f"does not begin with {starts}")
        if isinstance(uri, str) and _host_by_request(uri, _mapping(fields.get("requestParameters"))):
            predicate = "must have a fixed host or a stage variable as its host: a caller must not choose the backend"
            self._problems.reject(join(place, "uri"), uri, predicate)
        if kind == "aws_proxy" and str(fields.get("httpMethod", "POST")).upper() != "POST":
            message = "must be POST, with which functions are invoked whatever the operation's method is"
            self._problems.add(join(place, "httpMethod"), message)
        if _mapping(fields.get("tlsConfig")).get("insecureSkipVerification") is True:
            tls = join(join(place, "tlsConfig"), "insecureSkipVerification")
            self._problems.add(tls, "must be false: the backend's certificate must be verified")
        self._check_mappings(fields, definition, path, place)
        responses = self._answers(fields.get("responses"), join(place, "responses"))
        return {**fields, "responses": responses} if responses else _without_responses(fields)

    def _answers(self, responses: Any, place: str) -> dict[str, Any]:
        """What API Gateway makes of the backend's answers; a status is a text of three digits."""
        found: dict[str, Any] = {}
        if responses is not None and not is_object(responses):
            self._problems.mismatch(place, "a map from patterns to responses", responses)
        for pattern, each in _mapping(responses).items():
            status = str(_mapping(each).get("statusCode", ""))
            if not re.fullmatch(r"[1-5]\d\d", status):
                given = _mapping(each).get("statusCode")
                self._problems.mismatch(join(join(place, pattern), "statusCode"), "an HTTP status", given)
            for name in ("responseParameters", "responseTemplates"):
                value = _mapping(each).get(name)
                if value is not None and not _are_texts(value):
                    where = join(join(place, pattern), name)
                    self._problems.mismatch(where, "a map of strings", value)
            found[pattern] = {**_mapping(each), "statusCode": status}
        return found

    def _check_mappings(self, fields: Mapping[str, Any], definition: Mapping[str, Any], path: str, place: str) -> None:
        """AWS refuses a mapping from a parameter that the operation does not declare."""
        places = {"query": "querystring"}
        declared = {f"path.{name}" for name in parameters(path)}
        declared |= {
            f"{places.get(each['in'], each['in'])}.{each['name']}" for each in definition.get("parameters", ())
        }
        for name in ("requestParameters", "requestTemplates"):
            if fields.get(name) is not None and not _are_texts(fields[name]):
                self._problems.mismatch(join(place, name), "a map of strings", fields[name])
        keys = fields.get("cacheKeyParameters")
        mapped = {
            join(join(place, "requestParameters"), k): v for k, v in _mapping(fields.get("requestParameters")).items()
        }
        mapped |= {f"{join(place, 'cacheKeyParameters')}[{i}]": each for i, each in enumerate(_list(keys))}
        for where, value in mapped.items():
            source = str(value).removeprefix("method.request.")
            if source != value and source.startswith(("path.", "querystring.", "header.")) and source not in declared:
                self._problems.reject(where, value, f"is not a parameter of the operation{suggest(source, declared)}")

    def _resolved(self, value: Any, place: str, kind: str) -> Mapping[str, Any]:
        """An object, or the component of this document that it refers to; nothing is ever fetched."""
        prefix = f"#/components/{kind}/"
        fields = _mapping(value)
        seen: set[str] = set()
        while "$ref" in fields:
            reference = str(fields["$ref"])
            known = _mapping(self._components.get(kind))
            name = reference.removeprefix(prefix).replace("~1", "/").replace("~0", "~")
            if not reference.startswith(prefix) or name not in known or reference in seen:
                predicate = (
                    f"is not a reference to {prefix}... of this document, or refers to itself{nearest(name, known)}"
                )
                self._problems.reject(join(place, "$ref"), reference, predicate)
                return {}
            seen.add(reference)
            fields = _mapping(known[name])
        return fields


def _host_by_request(uri: str, mapped: Mapping[str, Any]) -> bool:
    """Whether a placeholder before the address's path is filled by anything but a constant or a stage variable."""
    host = re.sub(r"\$\{stageVariables\.\w+\}", "", re.split(r"(?<![:/])[/?#]", uri, maxsplit=1)[0])
    sources = [str(mapped.get(f"integration.request.path.{name}", "")) for name in re.findall(r"\{([^{}]*)\}", host)]
    return not all(each.startswith(("'", "stageVariables.")) for each in sources)


def _without_responses(fields: Mapping[str, Any]) -> dict[str, Any]:
    """An integration whose answers are passed on as they are."""
    return {name: value for name, value in fields.items() if name != "responses"}


def _are_texts(value: Any) -> bool:
    return is_object(value) and all(isinstance(each, str) for each in value.values())


def _is_json(media: str) -> bool:
    kind = media.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json") or kind in {"*/*", "application/*", "$default"}


def _mapping(value: Any) -> Mapping[str, Any]:
    return {str(key): item for key, item in value.items()} if is_object(value) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if is_list(value) else []
