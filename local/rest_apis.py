"""Corrects moto's REST APIs: what an import makes of a document, and what AWS refuses and moto accepts."""

import inspect
import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from corrections import corrects
from moto.apigateway.exceptions import BadRequestException
from moto.apigateway.models import APIGatewayBackend, Method, RestAPI, apigateway_backends
from moto.apigateway.responses import APIGatewayResponse
from moto.cognitoidp.exceptions import InvalidParameterException
from moto.cognitoidp.models import CognitoIdpBackend
from moto.wafv2.models import WAFV2Backend
from openapi_spec_validator import validate

ANY = "x-amazon-apigateway-any-method"
METHODS = {"get", "put", "post", "delete", "options", "head", "patch"}
_EXTENSION = "x-amazon-apigateway-"
_DEFAULT_POLICY = "TLS_1_0"
_OF_ENDPOINT = {"securityPolicy": "security_policy", "endpointAccessMode": "access_mode"}
"""By name in AWS, the attributes of what protects the endpoint of an API, which moto does not have."""
_TYPES = {"cognito_user_pools": "COGNITO_USER_POOLS", "request": "CUSTOM", "token": "CUSTOM"}


@corrects(APIGatewayBackend, "put_rest_api")
def import_document(original: Any, self: Any, api_id: str, document: dict[str, Any], **options: Any) -> Any:
    """Moto imports paths and integrations only, without `ANY`, and treats every member of a path as a method."""
    if options.pop("fail_on_warnings", False):
        # The validator does not know AWS's greedy path parameters.
        validate(json.loads(json.dumps(document).replace("+}", "}")))
    paths = {
        path: {
            "any" if method == ANY else method: operation
            for method, operation in item.items()
            if method in {*METHODS, ANY}
        }
        for path, item in document.get("paths", {}).items()
    }
    api = original(self, api_id, {**document, "paths": paths}, fail_on_warnings=False, **options)
    if options.get("mode") == "overwrite":
        api.imported = document
        _settings(api, document)
        authorizers = _authorizers(api, document)
        validators = _validators(api, document)
        _responses(api, document)
        for path, item in paths.items():
            for method, operation in item.items():
                made = api.get_resource_for_path(path).resource_methods[method.upper()]
                _secure(made, operation, document, authorizers)
                name = operation.get(f"{_EXTENSION}request-validator", document.get(f"{_EXTENSION}request-validator"))
                made.request_validator_id = validators.get(name)
    return api


def _settings(api: Any, document: Mapping[str, Any]) -> None:
    """What an import in mode `overwrite` sets, and resets where the document does not contain it."""
    info = document.get("info", {})
    endpoint: dict[str, Any] = {}
    for server in document.get("servers", []):
        endpoint |= server.get(f"{_EXTENSION}endpoint-configuration", {})
    policy = document.get(f"{_EXTENSION}policy")
    api.name, api.description = info.get("title", api.name), info.get("description")
    api.policy = policy or None
    api.api_key_source = document.get(f"{_EXTENSION}api-key-source", "HEADER")
    api.binaryMediaTypes = list(document.get(f"{_EXTENSION}binary-media-types", []))
    api.minimum_compression_size = document.get(f"{_EXTENSION}minimum-compression-size")
    api.disableExecuteApiEndpoint = endpoint.get("disableExecuteApiEndpoint", False)
    api.security_policy = document.get(f"{_EXTENSION}security-policy", _DEFAULT_POLICY)
    api.access_mode = document.get(f"{_EXTENSION}endpoint-access-mode")
    kept = {name: value for name, value in api.endpoint_configuration.items() if name != "vpcEndpointIds"}
    ids = endpoint.get("vpcEndpointIds")
    api.endpoint_configuration = {**kept, **({"vpcEndpointIds": list(ids)} if ids else {})}


def _authorizers(api: Any, document: Mapping[str, Any]) -> dict[str, Any]:
    """Make the authorizers of the security schemes; returns them by scheme."""
    api.authorizers.clear()
    made: dict[str, Any] = {}
    for name, scheme in document.get("components", {}).get("securitySchemes", {}).items():
        given = scheme.get(f"{_EXTENSION}authorizer")
        if given is None:
            continue
        source = given.get("identitySource") or f"method.request.header.{scheme.get('name')}"
        made[name] = api.create_authorizer(
            authorizer_id=f"{len(made):06d}",
            name=name,
            authorizer_type=given["type"].upper(),
            provider_arns=given.get("providerARNs"),
            auth_type=scheme.get(f"{_EXTENSION}authtype"),
            authorizer_uri=given.get("authorizerUri"),
            authorizer_credentials=given.get("authorizerCredentials"),
            identity_source=source,
            identiy_validation_expression=given.get("identityValidationExpression"),
            authorizer_result_ttl=given.get("authorizerResultTtlInSeconds", 300),
        )
        made[name].identity_validation_expression = given.get("identityValidationExpression")
    return made


def _validators(api: Any, document: Mapping[str, Any]) -> dict[str, str]:
    """Make the request validators; returns their ids by name."""
    api.request_validators.clear()
    return {
        name: api.create_request_validator(name, each["validateRequestBody"], each["validateRequestParameters"]).id
        for name, each in document.get(f"{_EXTENSION}request-validators", {}).items()
    }


def _responses(api: Any, document: Mapping[str, Any]) -> None:
    api.gateway_responses.clear()
    for type_, each in document.get(f"{_EXTENSION}gateway-responses", {}).items():
        templates, parameters = each.get("responseTemplates", {}), each.get("responseParameters", {})
        api.put_gateway_response(type_, each.get("statusCode"), parameters, templates)


def _secure(
    method: Method, operation: Mapping[str, Any], document: Mapping[str, Any], authorizers: Mapping[str, Any]
) -> None:
    """What an operation's `security` makes of its method: at most one authorizer, and a key or none."""
    method.authorization_type = "NONE"
    schemes = document.get("components", {}).get("securitySchemes", {})
    for requirement in operation.get("security", document.get("security", [])):
        for name, scopes in requirement.items():
            scheme = schemes.get(name, {})
            if scheme.get(f"{_EXTENSION}authtype") == "awsSigv4":
                method.authorization_type = "AWS_IAM"
            elif name in authorizers:
                method.authorization_type = _TYPES[authorizers[name].type.lower()]
                method.authorizer_id, method.authorization_scopes = authorizers[name].id, list(scopes) or None
            elif scheme.get("name", "").lower() == "x-api-key":
                method.api_key_required = True


@corrects(APIGatewayBackend, "put_integration")
def integrate(original: Any, self: Any, *args: Any, **options: Any) -> Any:
    """Moto requires a URI and a method of mock integrations too, and does not know the variables of an import."""
    given = inspect.signature(original).bind_partial(self, *args, **options).arguments
    known = {"Partition": "aws", "Region": self.region_name, "AccountId": self.account_id}
    for name in ("uri", "credentials"):
        text = given.get(name)
        for variable, value in known.items():
            text = (text or "").replace(f"${{AWS::{variable}}}", value) or None
        given[name] = text
    given.setdefault("integration_method", None)
    return original(**given)


@corrects(APIGatewayResponse, "create_rest_api")
def create_api(original: Any, self: Any) -> Any:
    """Moto does not store the TLS policy and the access mode."""
    status, headers, text = original(self)
    if "id" not in (described := json.loads(text)):
        return status, headers, text
    api = self.backend.get_rest_api(described["id"])
    api.security_policy = self._get_param("securityPolicy") or _DEFAULT_POLICY
    api.access_mode = self._get_param("endpointAccessMode")
    return status, headers, json.dumps(api.to_dict())


@corrects(RestAPI, "to_dict")
def describe_api(original: Any, self: Any) -> dict[str, Any]:
    """AWS returns the resource policy with escaped quotes, which the provider unescapes, and the TLS policy."""
    described = original(self)
    described["securityPolicy"] = getattr(self, "security_policy", _DEFAULT_POLICY)
    if mode := getattr(self, "access_mode", None):
        described["endpointAccessMode"] = mode
    if described.get("policy"):
        policy = described["policy"]
        text = policy if isinstance(policy, str) else json.dumps(policy)
        described["policy"] = json.dumps(text)[1:-1]
    return described


@corrects(RestAPI, "apply_patch_operations")
def update_api(original: Any, self: Any, operations: list[dict[str, Any]]) -> None:
    """Moto does not store media types, compression and address type by patches, and makes strings of Booleans."""
    others: list[dict[str, Any]] = []
    for each in operations:
        head, _, name = each["path"].strip("/").partition("/")
        value = each.get("value")
        if head == "binaryMediaTypes":
            media = name.replace("~1", "/").replace("~0", "~")
            left = [other for other in self.binaryMediaTypes if other != media]
            self.binaryMediaTypes = left if each["op"] == "remove" else [*left, media]
        elif head == "minimumCompressionSize":
            self.minimum_compression_size = int(value) if value else None
        elif head == "disableExecuteApiEndpoint":
            self.disableExecuteApiEndpoint = value == "true"
        elif head in _OF_ENDPOINT:
            setattr(self, _OF_ENDPOINT[head], value)
        elif each["path"] == "/endpointConfiguration/ipAddressType":
            self.endpoint_configuration["ipAddressType"] = value
        elif each["path"] == "/endpointConfiguration/vpcEndpointIds":
            ids = [other for other in self.endpoint_configuration.get("vpcEndpointIds", []) if other != value]
            ids += [value] if each["op"] == "add" else []
            self.endpoint_configuration["vpcEndpointIds"] = ids
        else:
            others.append(each)
    if others:
        original(self, others)


# What AWS refuses


@corrects(APIGatewayBackend, "create_deployment")
def deploy(original: Any, self: Any, function_id: str, *args: Any, **options: Any) -> Any:
    """A private API without a resource policy cannot be deployed. A deployment is a snapshot of its API."""
    api = self.get_rest_api(function_id)
    if "PRIVATE" in api.endpoint_configuration.get("types", []) and not api.policy:
        raise BadRequestException("Private REST API doesn't have a resource policy attached to it")
    made = original(self, function_id, *args, **options)
    made.imported = deepcopy(getattr(api, "imported", {}))
    return made


def served(api_id: str, stage: str) -> dict[str, Any]:
    """The document that was last imported before the deployment was made that a stage serves."""
    for accounts in apigateway_backends.values():
        for backend in accounts.values():
            if api_id in backend.apis:
                api = backend.apis[api_id]
                imported: dict[str, Any] = api.deployments[api.stages[stage].deployment_id].imported
                return imported
    return {}


@corrects(APIGatewayBackend, "create_domain_name")
def create_domain(original: Any, self: Any, domain_name: str, *args: Any, **options: Any) -> Any:
    """A domain name exists once."""
    if domain_name in self.domain_names:
        raise BadRequestException("The domain name you provided already exists.")
    return original(self, domain_name, *args, **options)


@corrects(APIGatewayBackend, "create_usage_plan_key")
def add_key(original: Any, self: Any, usage_plan_id: str, payload: dict[str, Any]) -> Any:
    """A key is in one plan of a stage."""
    wanted = _stages(self.get_usage_plan(usage_plan_id))
    for plan in self.get_usage_plans(payload["keyId"]):
        if plan.id != usage_plan_id and wanted & _stages(plan):
            message = f"{payload['keyId']} is already associated with a usage plan of this stage"
            raise BadRequestException(message)
    return original(self, usage_plan_id, payload)


def _stages(plan: Any) -> set[tuple[str, str]]:
    return {(each["apiId"], each["stage"]) for each in plan.api_stages}


@corrects(CognitoIdpBackend, "create_user_pool_domain")
def create_pool_domain(original: Any, self: Any, user_pool_id: str, domain: str, config: Any = None) -> Any:
    """A domain belongs to one pool, and a pool has one prefix domain."""
    if domain in self.user_pool_domains:
        raise InvalidParameterException("Domain already exists.")
    own = [each for each in self.user_pool_domains.values() if each.user_pool_id == user_pool_id]
    if any(bool(each.custom_domain_config) == bool(config) for each in own):
        raise InvalidParameterException("User pool already has a domain configured.")
    return original(self, user_pool_id, domain, config)


@corrects(WAFV2Backend, "associate_web_acl")
def associate(original: Any, self: Any, web_acl_arn: str, resource_arn: str) -> None:
    """A stage has one web ACL: a new association replaces the old one."""
    for each in self.wacls.values():
        while resource_arn in each.associated_resources:
            each.associated_resources.remove(resource_arn)
    original(self, web_acl_arn, resource_arn)
