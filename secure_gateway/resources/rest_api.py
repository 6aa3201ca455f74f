"""The REST API and its deployment; this module alone knows what forces a redeployment."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import pulumi
from pulumi_aws import apigateway

from ..spec import GatewaySpec
from ..validation.outputs import returned
from ..validation.reader import is_list, is_object


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
    """Make the API from its document, replacing what the document no longer holds.

    A warning at import is an error: warnings are where AWS drops security constructs.
    """
    endpoint: apigateway.RestApiEndpointConfigurationArgsDict = {"types": spec.network.endpoint_type}
    if vpc_endpoint_ids is not None:
        endpoint["vpc_endpoint_ids"] = vpc_endpoint_ids
    if spec.network.ip_address_type:
        endpoint["ip_address_type"] = spec.network.ip_address_type
    return apigateway.RestApi(
        name,
        name=spec.api_name,
        description=spec.description or None,
        body=canonical(document),
        put_rest_api_mode="overwrite",
        fail_on_warnings=True,
        endpoint_configuration=endpoint,
        minimum_compression_size=None if spec.minimum_compression_size is None else str(spec.minimum_compression_size),
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


def create_deployment(
    name: str,
    spec: GatewaySpec,
    api: apigateway.RestApi,
    document: Mapping[str, Any],
    vpc_endpoint_ids: pulumi.Input[Sequence[str]] | None,
    opts: pulumi.ResourceOptions,
) -> apigateway.Deployment:
    """Take a snapshot of the API, anew whenever anything that a snapshot holds has changed.

    Never named and never deleted before its replacement: a stage must not be left on a deployment that is gone
    (https://github.com/pulumi/pulumi-aws/issues/5711).
    """
    snapshot: dict[str, Any] = {
        "body": document,
        "endpoint_type": spec.network.endpoint_type,
        "vpc_endpoint_ids": vpc_endpoint_ids,
        **_endpoint_settings(spec),
    }
    text = canonical(snapshot)
    digest = _digest(text) if isinstance(text, str) else pulumi.Output.from_input(text).apply(_digest)
    return apigateway.Deployment(name, rest_api=api.id, triggers={"redeployment": digest}, opts=opts)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
