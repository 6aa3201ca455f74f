"""What REST import of API Gateway takes, as one checker of documents: an approximation from AWS's pages, not AWS.

`problems(document)` lists what AWS would refuse, ignore or read as public. Sources: the developer guide's pages "known
issues", "import-api", "openapi-extensions" and "limits"; only JSON is looked at, nothing of the component.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "x-amazon-apigateway-any-method"}
INTEGRATION = "x-amazon-apigateway-integration"
AUTHORIZER = "x-amazon-apigateway-authorizer"
ROOT = {
    *("openapi", "info", "paths", "components", "servers", "x-amazon-apigateway-request-validators"),
    *("x-amazon-apigateway-request-validator", "x-amazon-apigateway-gateway-responses", "x-amazon-apigateway-policy"),
    *("x-amazon-apigateway-api-key-source", "x-amazon-apigateway-minimum-compression-size"),
    *("x-amazon-apigateway-binary-media-types", "x-amazon-apigateway-security-policy"),
    *("x-amazon-apigateway-endpoint-access-mode",),
}
OPERATION = {
    *("operationId", "summary", "description", "parameters", "requestBody", "responses", "security", INTEGRATION),
    *("x-amazon-apigateway-request-validator", "x-amazon-apigateway-auth"),
}
SEGMENT = re.compile(r"[A-Za-z0-9_\-.,:]+|\{[A-Za-z0-9_\-.]+\+?\}")
SCHEMA = {
    *("$ref", "type", "properties", "required", "additionalProperties", "items", "enum", "allOf", "anyOf", "oneOf"),
    *("not", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("pattern", "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "description"),
    *("title", "dependencies", "definitions"),
}
GATEWAY_RESPONSES = {
    *("ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE"),
    *("BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN"),
    *("INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT", "INVALID_API_KEY", "INVALID_SIGNATURE"),
    *("MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "THROTTLED"),
    *("UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED"),
}
TYPES = {"aws", "aws_proxy", "http", "http_proxy", "mock"}
MAX_BYTES = 6 * 1024 * 1024
MAX_RESOURCES = 300


def problems(document: Mapping[str, Any], public: frozenset[str] = frozenset()) -> list[str]:
    """What is wrong, one line each; `public` are the operations (`METHOD /path`) that anybody may call."""
    return [*_root(document), *_extensions(document), *_paths(document, public), *_components(document)]


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method and operation of each."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _root(document: Mapping[str, Any]) -> Iterator[str]:
    if not re.fullmatch(r"3\.0\.\d", str(document.get("openapi"))):
        yield f"openapi {document.get('openapi')}: import reads 3.0"
    for name in document.keys() - ROOT:
        yield f"{name}: unknown at the root" + (" and ignored: methods would be public" if name == "security" else "")
    if len(json.dumps(document).encode()) > MAX_BYTES:
        yield "more than 6 MB"
    if not document.get("info", {}).get("title") or not document.get("info", {}).get("version"):
        yield "info: title and version"
    size = document.get("x-amazon-apigateway-minimum-compression-size", 0)
    if not isinstance(size, int) or not 0 <= size <= 10_485_760:
        yield f"compression size {size}"
    for kind, response in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        if kind not in GATEWAY_RESPONSES:
            yield f"gateway response {kind}"
        for name, value in response.get("responseParameters", {}).items():
            if not name.startswith("gatewayresponse.header."):
                yield f"{kind}: parameter {name}"
            if not re.fullmatch(r"'[^']*'|method\.request\.[\w.\-]+|context\.[\w.]+|stageVariables\.\w+", value):
                yield f"{kind}: mapping {value}"


def _extensions(document: Mapping[str, Any]) -> Iterator[str]:
    """Of the whole API."""
    if document.get("x-amazon-apigateway-api-key-source", "HEADER") not in {"HEADER", "AUTHORIZER"}:
        yield "where API keys come from"
    for name, validator in document.get("x-amazon-apigateway-request-validators", {}).items():
        if set(validator) != {"validateRequestBody", "validateRequestParameters"} or not all(
            isinstance(each, bool) for each in validator.values()
        ):
            yield f"validator {name}"
    for media_type in document.get("x-amazon-apigateway-binary-media-types", []):
        if not re.fullmatch(r"[\w.+*-]+/[\w.+*-]+", media_type):
            yield f"binary media type {media_type}"
    for statement in document.get("x-amazon-apigateway-policy", {}).get("Statement", []):
        resources = statement.get("Resource")
        for each in [resources] if isinstance(resources, str) else resources or [None]:
            if not str(each).startswith(("execute-api:/", "arn:")):
                yield f"policy resource {each}"
        if (
            statement.get("Effect") not in {"Allow", "Deny"}
            or "Principal" not in statement
            or "Action" not in statement
        ):
            yield f"policy statement {statement.get('Sid')}"
    for variable in re.findall(r"\$\{([^}]*)\}", json.dumps(document.get("paths", {}))):
        if not re.fullmatch(r"stageVariables\.[A-Za-z0-9_]{1,64}|AWS::(?:Partition|Region|AccountId)", variable):
            yield f"variable {variable}"


def _paths(document: Mapping[str, Any], public: frozenset[str]) -> Iterator[str]:
    variable_parts: dict[str, str] = {}
    resources = {"/"}
    for path, item in document["paths"].items():
        segments = [] if path == "/" else path.removeprefix("/").split("/")
        for index, segment in enumerate(segments):
            place = "/".join(segments[:index])
            resources.add(f"{place}/{segment}")
            if not SEGMENT.fullmatch(segment):
                yield f"{path}: segment {segment!r}"
            if segment.startswith("{") and variable_parts.setdefault(place, segment) != segment:
                yield f"{path}: a sibling of {segment} has a variable path part already"
            if segment.endswith("+}") and index < len(segments) - 1:
                yield f"{path}: a greedy parameter that is not the last"
        for name in item.keys() - METHODS - {"parameters", "summary", "description"}:
            yield f"{path}: member {name}"
    if len(resources) > MAX_RESOURCES:
        yield f"{len(resources)} resources"
    identifiers = [each.get("operationId") for _, _, each in operations(document)]
    known = [each for each in identifiers if each]
    if len(known) != len(set(known)):
        yield "an operationId twice"
    for path, method, operation in operations(document):
        verb = "ANY" if method.startswith("x-") else method.upper()
        for problem in _operation(document, path, verb, operation, public):
            yield f"{verb} {path}: {problem}"


def _operation(
    document: Mapping[str, Any], path: str, verb: str, operation: Mapping[str, Any], public: frozenset[str]
) -> Iterator[str]:
    for name in operation.keys() - OPERATION:
        yield f"member {name}"
    yield from _security(document, f"{verb} {path}", operation, public)
    yield from _parameters(path, operation)
    yield from _body(document, verb, operation)
    responses = operation.get("responses", {})
    if not responses or any(not re.fullmatch(r"[1-5]\d\d|default", code) for code in responses):
        yield f"responses {sorted(responses)}"
    validators = document.get("x-amazon-apigateway-request-validators", {})
    if operation.get("x-amazon-apigateway-request-validator") not in {None, *validators}:
        yield "an unknown validator"
    integration = operation.get(INTEGRATION)
    if not isinstance(integration, Mapping):
        yield "no integration"
    else:
        yield from _integration(operation, integration)


def _security(
    document: Mapping[str, Any], key: str, operation: Mapping[str, Any], public: frozenset[str]
) -> Iterator[str]:
    security = operation.get("security")
    schemes = document.get("components", {}).get("securitySchemes", {})
    if security is None:
        yield "no security of its own: public"
    elif not security:
        preflight = key.startswith("OPTIONS ") and operation.get(INTEGRATION, {}).get("type") == "mock"
        if not preflight and key not in public:
            yield "public"
    else:
        named = [name for each in security for name in each]
        for name in named:
            if name not in schemes:
                yield f"unknown scheme {name}"
        if not any("x-amazon-apigateway-authtype" in schemes.get(name, {}) for name in named):
            yield "an API key for a login"


def _parameters(path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    parameters = operation.get("parameters", [])
    seen = [(each.get("in"), each.get("name")) for each in parameters]
    if len(seen) != len(set(seen)):
        yield "a parameter twice"
    for each in parameters:
        if each.keys() - {"name", "in", "required", "schema", "description"}:
            yield f"parameter {each}"
        if each.get("in") not in {"path", "query", "header"} or not re.fullmatch(r"[\w.$\-]+", each.get("name", "")):
            yield f"parameter {each.get('name')!r} in {each.get('in')}"
        if not isinstance(each.get("schema", {}).get("type"), str):
            yield f"parameter {each.get('name')}: type"
    declared = {name for place, name in seen if place == "path"}
    templated = set(re.findall(r"\{([^{}+]+)\+?\}", path))
    if declared != templated:
        yield f"path parameters {sorted(declared)}, in the path {sorted(templated)}"


def _body(document: Mapping[str, Any], verb: str, operation: Mapping[str, Any]) -> Iterator[str]:
    body = operation.get("requestBody")
    if body is None:
        return
    if verb in {"GET", "HEAD"}:
        yield "a request body"
    for media, each in body.get("content", {}).items():
        if media != "$default" and not re.fullmatch(r"[\w.+\-*]+/[\w.+\-*]+(;.*)?", media):
            yield f"media type {media}"
        if "schema" in each:
            yield from _schema(document, each["schema"], media)


def _streamed(kind: str, integration: Mapping[str, Any]) -> Iterator[str]:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html"""
    streams = str(integration.get("responseTransferMode", "BUFFERED")).upper() == "STREAM"
    if streams and (kind not in {"aws_proxy", "http_proxy"} or integration.get("cacheKeyParameters")):
        yield f"a streamed response of an integration {kind}, or one with a cache key"
    uri = str(integration.get("uri"))
    if ":lambda:path/" in uri and streams != (
        "/2021-11-15/" in uri and uri.endswith("/response-streaming-invocations")
    ):
        yield "a transfer mode that differs from that of the function's address"


def _linked(integration: Mapping[str, Any]) -> Iterator[str]:
    linked = integration.get("connectionType") == "VPC_LINK"
    if linked and not integration.get("connectionId"):
        yield "a VPC link without id"
    if "integrationTarget" in integration and not (linked and ":loadbalancer/" in integration["integrationTarget"]):
        yield "a target that is no load balancer behind a VPC link"


def _integration(operation: Mapping[str, Any], integration: Mapping[str, Any]) -> Iterator[str]:
    kind = str(integration.get("type")).lower()
    if kind not in TYPES:
        yield f"integration type {kind}"
    uri = integration.get("uri")
    if kind != "mock" and (not isinstance(uri, str) or "httpMethod" not in integration):
        yield "an integration without uri or httpMethod"
    if kind == "aws_proxy" and integration.get("httpMethod") != "POST":
        yield "a function invoked by another method than POST"
    if kind in {"aws", "aws_proxy"} and not str(uri).startswith("arn:"):
        yield f"uri {uri}"
    if kind in {"http", "http_proxy"} and not re.match(r"https?://", str(uri)):
        yield f"uri {uri}"
    yield from _streamed(kind, integration)
    if not 50 <= integration.get("timeoutInMillis", 50) <= 900_000:
        yield "timeout"
    yield from _linked(integration)
    if kind in {"aws", "http", "mock"}:
        if not integration.get("responses"):
            yield "an integration that answers nothing"
        for answer in integration.get("responses", {}).values():
            yield from _answer(operation, answer)
    declared = {
        f"method.request.{'querystring' if each['in'] == 'query' else each['in']}.{each['name']}"
        for each in operation.get("parameters", [])
    }
    used = [*integration.get("requestParameters", {}).values(), *integration.get("cacheKeyParameters", [])]
    for value in used:
        if value.startswith("method.request.") and value not in declared:
            yield f"{value} is not declared"


def _answer(operation: Mapping[str, Any], answer: Mapping[str, Any]) -> Iterator[str]:
    declared = operation.get("responses", {}).get(str(answer.get("statusCode")))
    if declared is None:
        yield f"status {answer.get('statusCode')} is not declared"
        return
    for name in answer.get("responseParameters", {}):
        header = name.removeprefix("method.response.header.")
        if header == name or header not in declared.get("headers", {}):
            yield f"response parameter {name} is not declared"


def _components(document: Mapping[str, Any]) -> Iterator[str]:
    components = document.get("components", {})
    for name in components.keys() - {"schemas", "securitySchemes"}:
        yield f"components.{name}"
    for name, schema in components.get("schemas", {}).items():
        if not name.isalnum():
            yield f"model name {name}"
        yield from _schema(document, schema, name)
    for name, scheme in components.get("securitySchemes", {}).items():
        if scheme.get("type") != "apiKey" or not scheme.get("name") or scheme.get("in") not in {"header", "query"}:
            yield f"scheme {name}: REST import knows apiKey alone"
        kind = str(scheme.get("x-amazon-apigateway-authtype", ""))
        if kind.lower().startswith("aws") and kind != "awsSigv4":
            yield f"scheme {name}: authtype {kind} is reserved"
        if "x-amazon-apigateway-authtype" in scheme and scheme["x-amazon-apigateway-authtype"] != "awsSigv4":
            yield from _authorizer(name, scheme.get(AUTHORIZER, {}))


def _authorizer(name: str, authorizer: Mapping[str, Any]) -> Iterator[str]:
    kind = authorizer.get("type")
    if kind == "request":
        for source in str(authorizer.get("identitySource", "")).split(", ") if authorizer.get("identitySource") else ():
            if not re.fullmatch(
                r"method\.request\.(?:header|querystring)\.[\w.-]+|stageVariables\.\w+|context\.[\w.]+", source
            ):
                yield f"scheme {name}: identity source {source}"
    if kind == "cognito_user_pools":
        if not authorizer.get("providerARNs"):
            yield f"scheme {name}: no pool"
    elif kind in {"token", "request"}:
        if not authorizer.get("authorizerUri"):
            yield f"scheme {name}: no function"
        if (
            kind == "request"
            and authorizer.get("authorizerResultTtlInSeconds")
            and not authorizer.get("identitySource")
        ):
            yield f"scheme {name}: a cache without key"
        if not 0 <= authorizer.get("authorizerResultTtlInSeconds", 300) <= 3_600:
            yield f"scheme {name}: time to live"
    else:
        yield f"scheme {name}: authorizer type {kind}"


def _schema(document: Mapping[str, Any], schema: Any, place: str) -> Iterator[str]:
    """JSON schema draft 4, as models have it."""
    if not isinstance(schema, Mapping):
        yield f"{place}: a schema that is no object"
        return
    for key in schema.keys() - SCHEMA:
        yield f"{place}: keyword {key}"
    reference = schema.get("$ref")
    if reference is not None:
        name = str(reference).removeprefix("#/components/schemas/")
        if name not in document.get("components", {}).get("schemas", {}):
            yield f"{place}: {reference} leads nowhere"
    if "type" in schema and not isinstance(schema["type"], str):
        yield f"{place}: type {schema['type']}"
    for key in ("exclusiveMinimum", "exclusiveMaximum"):
        if not isinstance(schema.get(key, False), bool):
            yield f"{place}: {key} is a flag"
    nested = [schema.get("items"), schema.get("not"), schema.get("additionalProperties")]
    for each in nested:
        if each is not None and not isinstance(each, bool):
            yield from _schema(document, each, place)
    for key in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(key, []):
            yield from _schema(document, each, place)
    for name, each in schema.get("properties", {}).items():
        yield from _schema(document, each, f"{place}.{name}")
