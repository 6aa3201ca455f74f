"""The OpenAPI document of a gateway: a pure function of its spec.

AWS fills in `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}` at import, and `${stageVariables.x}` at each
request, so the document is known before anything is deployed
(https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from ..aws_facts import FUNCTION_ARN, HTTP_METHODS, INVOKE_URI, STREAMING_INVOKE_URI
from ..cors import CorsSpec
from ..fragment import Fragment
from ..routes import IntegrationSpec, MockSpec, RouteSpec, bare_host, parameters
from ..services.service import Service
from ..validation.arns import check_load_balancer

ANY_METHOD = "x-amazon-apigateway-any-method"
INTEGRATION = "x-amazon-apigateway-integration"
VALIDATOR = "x-amazon-apigateway-request-validator"
GATEWAY_RESPONSES = "x-amazon-apigateway-gateway-responses"

_RESPONSE_HEADER = "method.response.header."
_ROLE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:"


@dataclass(frozen=True, kw_only=True)
class Content:
    """What the document consists of, in addition to the layers' fragments."""

    title: str
    description: str
    routes: tuple[RouteSpec, ...]
    securities: Mapping[str, Sequence[Mapping[str, Sequence[str]]]]
    """By route key, the `security` of its operation."""
    functions: Mapping[str, pulumi.Input[str]]
    varied: frozenset[str] = frozenset()
    """Functions that are not the same in every stage and canary."""
    vpc_link_ids: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """The VPC links that are created, by name."""
    plain_arns: bool
    cors: CorsSpec | None
    cache_keys: Mapping[str, Sequence[str]] = field(default_factory=dict[str, Sequence[str]])
    """By route key, the parameters of its cache key."""
    role_arns: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """With `plain_arns`, the roles of integrations with AWS services, by the stem of their variables."""
    minimum_compression_size: int | None = None
    binary_media_types: Sequence[str] = ()
    body_media_types: Sequence[str] = ()
    """What bodies are validated as, instead of `$default`."""
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])
    components: Mapping[str, Any] = field(default_factory=dict[str, Any])


def build(content: Content, fragments: Sequence[Fragment]) -> dict[str, Any]:
    """Compose the document; it contains an Output only if a fragment or `plain_arns` put one there."""
    document: dict[str, Any] = {
        "openapi": "3.0.1",
        "info": {"version": "1.0", **content.info, "title": content.title},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}
        },
        VALIDATOR: "all",
        "paths": _paths(content),
        "components": _components(content, fragments),
    }
    if content.description:
        document["info"]["description"] = content.description
    if content.minimum_compression_size is not None:
        document["x-amazon-apigateway-minimum-compression-size"] = content.minimum_compression_size
    if content.binary_media_types:
        document["x-amazon-apigateway-binary-media-types"] = list(content.binary_media_types)
    responses = _gateway_responses(content, fragments)
    if responses:
        document[GATEWAY_RESPONSES] = responses
    endpoint: dict[str, Any] = {}
    for fragment in fragments:
        document.update(fragment.root)
        endpoint |= fragment.endpoint
    if endpoint:
        document["servers"] = [{"url": "/", "x-amazon-apigateway-endpoint-configuration": endpoint}]
    return document


def variables(content: Content, functions: Mapping[str, pulumi.Input[str]]) -> dict[str, pulumi.Input[str]]:
    """The stage variables that the routes refer to, and their values in a stage with these functions."""
    found: dict[str, pulumi.Input[str]] = {}
    for route in content.routes:
        integration = route.integration
        if isinstance(integration.url, pulumi.Output):
            found[f"url_{integration.variable}"] = integration.url.apply(bare_host)
        if isinstance(integration.vpc_link_id, pulumi.Output):
            found[f"link_{integration.variable}"] = integration.vpc_link_id
        if integration.service and isinstance(integration.service.arn, pulumi.Output):
            found[f"service_{integration.variable}"] = integration.service.arn.apply(integration.service.held)
    linked = {route.integration.vpc_link for route in content.routes}
    found |= {f"vpc_link_{name}": content.vpc_link_ids[name] for name in sorted(linked) if name}
    used = {route.integration.function for route in content.routes if route.integration.function}
    return found | {f"function_{name}": named(functions[name]) for name in sorted(used) if _is_variable(name, content)}


def named(function: pulumi.Input[str]) -> pulumi.Input[str]:
    """A function as its stage variable holds it."""
    return (
        function_name(function)
        if isinstance(function, str)
        else pulumi.Output.from_input(function).apply(function_name)
    )


def _is_variable(name: str, content: Content) -> bool:
    """Whether a stage variable contains the function's name, instead of the document."""
    known = isinstance(content.functions[name], str)
    return name in content.varied or not (known or content.plain_arns)


def function_name(function: str) -> str:
    """The name of a function, with its alias or version, cut from a name or an ARN."""
    return function.rsplit(":function:", maxsplit=1)[-1]


def _paths(content: Content) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in sorted(content.routes, key=lambda each: (each.path, each.method)):
        item = paths.setdefault(route.path, {})
        item[ANY_METHOD if route.method == "ANY" else route.method.lower()] = _operation(route, content)
    if content.cors:
        for path, item in paths.items():
            if "options" not in item:
                methods = tuple(sorted({route.method for route in content.routes if route.path == path}))
                item["options"] = {
                    "parameters": _path_parameters(path),
                    **content.cors.preflight(HTTP_METHODS if "ANY" in methods else (*methods, "OPTIONS")),
                }
    for operation in (each for item in paths.values() for each in item.values() if content.binary_media_types):
        # Where bodies are bytes, a template sees none unless they are made text again.
        if operation[INTEGRATION].get("type") in {"mock", "aws"}:
            operation[INTEGRATION]["contentHandling"] = "CONVERT_TO_TEXT"
    return paths


def _operation(route: RouteSpec, content: Content) -> dict[str, Any]:
    # A response that API Gateway maps itself must be declared under its status; a proxied one need not.
    mapped = _responses(route.integration)
    described: Mapping[str, Any] = route.definition.get("responses", {})
    responses = {status: {**mapped.get(status, {}), **described.get(status, {})} for status in {**mapped, **described}}
    operation: dict[str, Any] = {**route.definition, "responses": responses}
    known = {(each["in"], each["name"]) for each in operation.get("parameters", [])}
    added = [
        *_path_parameters(route.path),
        *(
            {"name": name, "in": "query", "required": True, "schema": {"type": "string"}}
            for name in route.required_query
        ),
        *(
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
            for name in route.required_headers
        ),
    ]
    if route.integration.service:
        named = [each.parameter() for each in route.integration.service.sources]
        added += [_parameter(*each) for each in named if each]
    keys = content.cache_keys.get(route.key, ())
    added += _declared(keys)
    missing: dict[tuple[Any, Any], dict[str, Any]] = {}
    for each in added:
        key = (each["in"], each["name"])
        if key not in known:
            missing.setdefault(key, each)
    if operation.get("parameters") or missing:
        operation["parameters"] = [*operation.get("parameters", []), *missing.values()]
    if route.body_schema is not None:
        # A body of a media type without a schema would pass unchecked; `$default` stands for every other one.
        schema = {"schema": route.body_schema}
        operation["requestBody"] = {"required": True, "content": {"application/json": schema, "$default": schema}}
    if "requestBody" in operation and content.body_media_types:
        operation["requestBody"] = _by_name(operation["requestBody"], content.body_media_types)
    operation["security"] = [dict(each) for each in content.securities[route.key]]
    operation[VALIDATOR] = "all"
    operation[INTEGRATION] = _integration(route, content)
    if keys:
        operation[INTEGRATION]["cacheKeyParameters"] = list(keys)
    if content.cors and (route.integration.service or route.integration.mock):
        content.cors.on_mapped(operation, operation[INTEGRATION])
    return operation


def _by_name(body: Mapping[str, Any], media_types: Sequence[str]) -> dict[str, Any]:
    """A request body whose schema for every other media type is declared for these, in the plainly documented form."""
    named: dict[str, Any] = {media: each for media, each in body["content"].items() if media != "$default"}
    every = body["content"].get("$default")
    others = {} if every is None else dict.fromkeys((each for each in media_types if each not in named), every)
    return {**body, "content": {**named, **others}}


def _declared(cache_keys: Sequence[str]) -> list[dict[str, Any]]:
    """The parameters that an operation must declare, so that they may be part of its cache's key."""
    places = {"header": "header", "querystring": "query"}
    found = [(places.get(key.split(".")[2]), key.split(".", 3)[3]) for key in cache_keys]
    return [_parameter(part, name) for part, name in found if part]


def _parameter(part: str, name: str) -> dict[str, Any]:
    return {"name": name, "in": part, "required": False, "schema": {"type": "string"}}


def _responses(integration: IntegrationSpec) -> dict[str, Any]:
    """The statuses and headers of the responses that API Gateway maps itself."""
    if integration.service is not None:
        mapped: Mapping[str, Any] = integration.service.integration("", "x", "")["responses"]
    elif integration.own is not None:
        mapped = integration.own.get("responses", {})
    else:
        mapped = {}
    responses: dict[str, Any] = (
        {} if mapped else {str(integration.mock.status if integration.mock else 200): {"description": "The response"}}
    )
    for each in sorted(mapped.values(), key=lambda response: response["statusCode"]):
        response = responses.setdefault(each["statusCode"], {"description": "The response"})
        names = [name.removeprefix(_RESPONSE_HEADER) for name in each.get("responseParameters", {})]
        if names:
            headers = {name: {"schema": {"type": "string"}} for name in sorted(names)}
            response["headers"] = {**response.get("headers", {}), **headers}
    return responses


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in parameters(path)]


def _integration(route: RouteSpec, content: Content) -> dict[str, Any]:
    spec = route.integration
    if spec.own is not None:
        return dict(spec.own)
    if spec.function:
        return {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": _function_uri(spec, content),
            "timeoutInMillis": spec.timeout_ms,
            **_transfer(spec),
        }
    if spec.service:
        return _service(route, spec, spec.service, content)
    if spec.url is not None:
        return _http(route, spec, spec.url)
    return _mock(spec.mock or MockSpec())


def _transfer(spec: IntegrationSpec) -> dict[str, str]:
    return {"responseTransferMode": spec.response_transfer_mode} if spec.streams else {}


def _function_uri(spec: IntegrationSpec, content: Content) -> pulumi.Input[str]:
    begin, end = (
        (STREAMING_INVOKE_URI, "/response-streaming-invocations") if spec.streams else (INVOKE_URI, "/invocations")
    )
    if _is_variable(spec.function, content):
        return f"{begin}{FUNCTION_ARN}${{stageVariables.function_{spec.function}}}{end}"
    function = content.functions[spec.function]
    if isinstance(function, str):
        return f"{begin}{_function_arn(function)}{end}"
    return pulumi.Output.from_input(function).apply(lambda value: f"{begin}{_function_arn(value)}{end}")


def _function_arn(function: str) -> str:
    return function if function.startswith("arn:") else f"{FUNCTION_ARN}{function}"


def _http(route: RouteSpec, spec: IntegrationSpec, url: pulumi.Input[str]) -> dict[str, Any]:
    known = isinstance(url, str)
    base = url.rstrip("/") if isinstance(url, str) else f"https://${{stageVariables.url_{spec.variable}}}"
    path = (spec.path or route.path).replace("+}", "}")
    integration: dict[str, Any] = {
        "type": "http_proxy",
        "httpMethod": route.method,
        "uri": base if known and path == "/" else f"{base}{path}",
        "timeoutInMillis": spec.timeout_ms,
        "connectionType": "INTERNET",
        **_transfer(spec),
    }
    names = parameters(path)
    if names:
        integration["requestParameters"] = {
            f"integration.request.path.{name}": f"method.request.path.{name}" for name in names
        }
    return integration | _connection(spec)


def _connection(spec: IntegrationSpec) -> dict[str, Any]:
    """The VPC link of an integration, and the load balancer to which one of version 2 leads."""
    if spec.vpc_link:
        connection: str = f"${{stageVariables.vpc_link_{spec.vpc_link}}}"
    elif isinstance(spec.vpc_link_id, str):
        connection = spec.vpc_link_id
    elif spec.vpc_link_id is not None:
        connection = f"${{stageVariables.link_{spec.variable}}}"
    else:
        return {}
    # AWS documents no stage variable for the target.
    target = spec.target_arn.apply(_load_balancer) if isinstance(spec.target_arn, pulumi.Output) else spec.target_arn
    return {"connectionType": "VPC_LINK", "connectionId": connection} | (
        {} if target is None else {"integrationTarget": target}
    )


def _load_balancer(arn: str) -> str:
    """The ARN of a load balancer that is known only after deployment."""
    if wrong := check_load_balancer(arn):
        message = f"integration target_arn: the deployed value {arn!r} {wrong}"
        raise ValueError(message)
    return arn


def _service(route: RouteSpec, spec: IntegrationSpec, service: Service, content: Content) -> dict[str, Any]:
    known = service.held(service.arn) if isinstance(service.arn, str) else ""
    return {
        "type": "aws",
        "httpMethod": "POST",
        "credentials": content.role_arns.get(spec.variable) or f"{_ROLE}${{stageVariables.role_{spec.variable}}}",
        "passthroughBehavior": "never",
        "timeoutInMillis": spec.timeout_ms,
        **service.integration(known, f"service_{spec.variable}", route.caller),
    }


def _mock(spec: MockSpec) -> dict[str, Any]:
    response: dict[str, Any] = {"statusCode": str(spec.status)}
    if spec.body:
        response["responseTemplates"] = {spec.content_type: spec.body}
    return {
        "type": "mock",
        "passthroughBehavior": "never",
        "requestTemplates": {"application/json": json.dumps({"statusCode": spec.status})},
        "responses": {"default": response},
    }


def _gateway_responses(content: Content, fragments: Sequence[Fragment]) -> dict[str, Any]:
    """The layers' error responses, with CORS's headers in each: a type of its own inherits nothing from the default."""
    cors: dict[str, Any] = content.cors.gateway_responses() if content.cors else {}
    responses = dict(cors)
    for kind, response in (item for fragment in fragments for item in fragment.gateway_responses.items()):
        family = "DEFAULT_5XX" if str(response.get("statusCode", "")).startswith("5") else "DEFAULT_4XX"
        shared: dict[str, Any] = cors.get(kind) or cors.get(family) or {"responseParameters": {}}
        responses[kind] = {
            **response,
            "responseParameters": response["responseParameters"] | shared["responseParameters"],
        }
    return responses


def _components(content: Content, fragments: Sequence[Fragment]) -> dict[str, Any]:
    schemes: dict[str, Any] = {}
    for fragment in fragments:
        schemes.update(fragment.security_schemes)
    own = {name: value for name, value in content.components.items() if name != "securitySchemes"}
    return {**own, "securitySchemes": schemes}
