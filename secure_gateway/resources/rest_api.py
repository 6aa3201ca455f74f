"""The REST API, its document and its deployment; this module alone knows what forces a redeployment."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pulumi
from pulumi_aws import apigateway

from ..spec import GatewaySpec
from ..validation.json_values import is_list, is_object
from ..validation.outputs import returned


def holds_output(value: Any) -> bool:
    """Whether anything inside is known only after deployment."""
    if isinstance(value, pulumi.Output):
        return True
    if is_object(value):
        return any(holds_output(item) for item in value.values())
    if is_list(value):
        return any(holds_output(item) for item in value)
    return False


def canonical(value: Any) -> pulumi.Input[str]:
    """JSON with sorted keys, so that equal content gives equal text; plain text wherever everything is known."""
    if not holds_output(value):
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    return pulumi.Output.json_dumps(value, sort_keys=True, separators=(",", ":"))


def create_rest_api(
    name: str,
    spec: GatewaySpec,
    document: Mapping[str, Any],
    vpc_endpoint_ids: pulumi.Input[Sequence[str]] | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.RestApi:
    """Make the API, still without routes: the import of the document gives it those.

    What an import would reset is an argument as well as a member of the document, with the same value, so that neither
    undoes the other.
    """
    endpoint: apigateway.RestApiEndpointConfigurationArgsDict = {"types": spec.network.endpoint_type}
    if vpc_endpoint_ids is not None:
        endpoint["vpc_endpoint_ids"] = vpc_endpoint_ids
    endpoint["ip_address_type"] = spec.network.ip_address_type
    size = spec.minimum_compression_size
    return apigateway.RestApi(
        name,
        name=spec.api_name,
        description=document["info"].get("description"),
        endpoint_configuration=endpoint,
        minimum_compression_size=None if size is None else str(size),
        binary_media_types=list(spec.binary_media_types) or None,
        api_key_source=spec.stage.keys.source,
        **_endpoint_settings(spec),
        opts=opts,
    )


def _endpoint_settings(spec: GatewaySpec) -> dict[str, Any]:
    settings = {
        "disable_execute_api_endpoint": spec.disable_execute_api_endpoint,
        "security_policy": spec.stage.tls.api_security_policy,
        "endpoint_access_mode": spec.stage.tls.endpoint_access_mode,
    }
    return {name: value for name, value in settings.items() if value is not None}


def execution_arn(api: apigateway.RestApi) -> pulumi.Output[str]:
    """The ARN below which IAM policies and Lambda permissions name the API's routes."""
    return returned(api, "executionArn", api.execution_arn, "arn:aws:execute-api:eu-west-1:123456789012:abcdefghij")


def _import(
    name: str, api: apigateway.RestApi, document: Mapping[str, Any], opts: pulumi.ResourceOptions
) -> apigateway.RestApiPut:
    """Import the document into the API, replacing what the document no longer contains.

    It is a resource of its own, which Pulumi replaces for each new document: an import that failed is no resource, so
    the next update repeats it. As the API's `body`, it would be in the state before AWS has it, and never be repeated.
    A warning at import is an error: warnings are where AWS drops security constructs.
    """
    body = canonical(document)
    return apigateway.RestApiPut(
        name,
        rest_api_id=api.id,
        body=body,
        fail_on_warnings=True,
        triggers={"document": _digest_of(body)},
        opts=opts,
    )


def create_document_and_deployment(
    name: str,
    spec: GatewaySpec,
    api: apigateway.RestApi,
    document: Mapping[str, Any],
    vpc_endpoint_ids: pulumi.Input[Sequence[str]] | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.Deployment:
    """Import the document, and then take a snapshot of the API, anew whenever what a snapshot contains has changed.

    Never named and never deleted before its replacement: a stage must not be left on a deployment that is gone
    (https://github.com/pulumi/pulumi-aws/issues/5711).
    """
    snapshot: dict[str, Any] = {
        "body": document,
        "endpoint_type": spec.network.endpoint_type,
        "vpc_endpoint_ids": vpc_endpoint_ids,
        **_endpoint_settings(spec),
    }
    return apigateway.Deployment(
        name,
        rest_api=api.id,
        triggers={"redeployment": _digest_of(canonical(snapshot))},
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[_import(name, api, document, opts)])
        ),
    )


def _digest_of(text: pulumi.Input[str]) -> pulumi.Input[str]:
    return _digest(text) if isinstance(text, str) else pulumi.Output.from_input(text).apply(_digest)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
