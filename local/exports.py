"""Corrects moto's exports: the document of a stage is that of its deployment, with what an export of AWS contains."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from corrections import corrects
from moto.apigateway.models import APIGatewayBackend, RestAPI
from moto.apigateway.responses import APIGatewayResponse
from moto.apigatewayv2.models import DomainName
from moto.apigatewayv2.responses import ApiGatewayV2Response

_EXTENSION = "x-amazon-apigateway-"
_ANY = f"{_EXTENSION}any-method"
_TYPES = {"COGNITO_USER_POOLS": "cognito_user_pools", "CUSTOM": "custom", "AWS_IAM": "awsSigv4"}
_KEY = "api_key"
_SIGNATURE = "sigv4"


@corrects(APIGatewayBackend, "create_deployment")
def deploy(original: Any, self: Any, function_id: str, *args: Any, **options: Any) -> Any:
    """A deployment is a snapshot of its API."""
    made = original(self, function_id, *args, **options)
    made.document = exported(self.get_rest_api(function_id))
    return made


@corrects(APIGatewayResponse, "get_export")
def export(_original: Any, self: Any) -> Any:
    """Moto exports the API, instead of the deployment that a stage serves, and only paths and responses."""
    parts = self.path.split("/")
    api, stage = parts[parts.index("restapis") + 1], parts[parts.index("stages") + 1]
    served = self.backend.get_deployment(api, self.backend.get_stage(api, stage).deployment_id)
    headers = {"Content-Type": "application/octet-stream"}
    return 200, headers, json.dumps(served.document).encode()


def exported(api: RestAPI) -> dict[str, Any]:
    """The OpenAPI document of an API as it is, with API Gateway's extensions."""
    schemes: dict[str, Any] = {}
    paths: dict[str, Any] = {}
    for resource in api.resources.values():
        operations = {
            _ANY if method == "ANY" else method.lower(): _operation(api, made, schemes)
            for method, made in resource.resource_methods.items()
        }
        if operations:
            paths[resource.get_path()] = operations
    validators = {
        each.name: {
            "validateRequestBody": each.validate_request_body,
            "validateRequestParameters": each.validate_request_parameters,
        }
        for each in api.request_validators.values()
    }
    policy = api.policy
    return {
        "openapi": "3.0.1",
        "info": {"title": api.name},
        "paths": paths,
        "components": {"securitySchemes": schemes},
        **({f"{_EXTENSION}request-validators": validators} if validators else {}),
        **({f"{_EXTENSION}policy": json.loads(policy) if isinstance(policy, str) else policy} if policy else {}),
        **({f"{_EXTENSION}api-key-source": api.api_key_source} if api.api_key_source else {}),
    }


def _operation(api: RestAPI, method: Any, schemes: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {"responses": {}}
    security: dict[str, list[str]] = {}
    type_ = method.authorization_type
    if type_ == "AWS_IAM":
        schemes[_SIGNATURE] = _header("Authorization", type_)
        security[_SIGNATURE] = []
    elif type_ in _TYPES:
        authorizer = api.authorizers[method.authorizer_id]
        schemes[authorizer.name] = _scheme(authorizer, type_)
        security[authorizer.name] = list(method.authorization_scopes or [])
    if _is_true(method.api_key_required):
        schemes[_KEY] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
        security[_KEY] = []
    if security:
        operation["security"] = [security]
    parameters = [
        {"name": name.rpartition(".")[2], "in": _IN[name.split(".")[2]], "required": _is_true(required)}
        for name, required in (method.request_parameters or {}).items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if method.request_validator_id in api.request_validators:
        operation[f"{_EXTENSION}request-validator"] = api.request_validators[method.request_validator_id].name
    if method.method_integration is not None:
        operation[f"{_EXTENSION}integration"] = _integration(method.method_integration)
    return operation


_IN = {"querystring": "query", "header": "header", "path": "path"}


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() == "true"


def _header(name: str, type_: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": name, "in": "header", f"{_EXTENSION}authtype": _TYPES[type_]}


def _scheme(authorizer: Any, type_: str) -> dict[str, Any]:
    described: Mapping[str, Any] = authorizer.to_json()
    kind = described["type"].lower()
    source = described.get("identitySource") or ""
    given = {
        "type": kind,
        "authorizerUri": described.get("authorizerUri"),
        "authorizerCredentials": described.get("authorizerCredentials"),
        "authorizerResultTtlInSeconds": described.get("authorizerResultTtlInSeconds"),
        "identityValidationExpression": described.get("identityValidationExpression"),
        "providerARNs": described.get("providerARNs"),
        "identitySource": source if kind == "request" else None,
    }
    name = source.rpartition(".")[2] if kind != "request" else "Unused"
    return {
        **_header(name, type_),
        f"{_EXTENSION}authorizer": {name: value for name, value in given.items() if value is not None},
    }


def _integration(integration: Any) -> dict[str, Any]:
    described = integration.to_json()
    given = {
        "type": (described.get("type") or "").lower(),
        "uri": described.get("uri"),
        "httpMethod": described.get("httpMethod"),
        "connectionType": described.get("connectionType"),
        "connectionId": described.get("connectionId"),
        "credentials": described.get("credentials"),
        "passthroughBehavior": described.get("passthroughBehavior"),
        "timeoutInMillis": described.get("timeoutInMillis"),
    }
    return {name: value for name, value in given.items() if value is not None}


@corrects(DomainName, "to_json")
def describe_domain(original: Any, self: Any) -> dict[str, Any]:
    """Moto returns no state of a domain of HTTP APIs, so the provider would wait for ever."""
    described = original(self)
    region = described["domainNameArn"].split(":")[3]
    state = {
        "domainNameStatus": "AVAILABLE",
        "hostedZoneId": "Z2FDTNDATAQYW2",
        "apiGatewayDomainName": f"d-local.execute-api.{region}.amazonaws.com",
    }
    configurations = [each | state for each in described["domainNameConfigurations"]]
    return {**described, "tags": described["tags"] or {}, "domainNameConfigurations": configurations}


@corrects(ApiGatewayV2Response, "update_stage")
def update_stage(_original: Any, self: Any) -> Any:
    """Moto has no UpdateStage for HTTP and WebSocket APIs."""
    *_, api, _stages, name = self.path.split("/")
    held = self.apigatewayv2_backend.get_stage(api, unquote(name))
    for attribute, key in _STAGE.items():
        if key in (given := json.loads(self.body)):
            setattr(held, attribute, given[key])
    return 200, {}, json.dumps(held.to_json())


_STAGE = {
    "access_log_settings": "accessLogSettings",
    "auto_deploy": "autoDeploy",
    "client_certificate_id": "clientCertificateId",
    "default_route_settings": "defaultRouteSettings",
    "description": "description",
    "route_settings": "routeSettings",
    "stage_variables": "stageVariables",
}
"""By attribute of a stage, its name in AWS."""
