"""The layer's part of the document: security schemes as REST import reads them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
"""

from collections.abc import Collection
from typing import Any

import pulumi

from ...aws_facts import FUNCTION_ARN, INVOKE_URI
from ...fragment import Fragment
from .args import IAM, AuthSpec, LambdaSpec
from .cognito import CognitoSpec
from .errors import error_responses

_POOL = "arn:${AWS::Partition}:cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/"
IAM_SCHEME = "sigv4"


def fragment(spec: AuthSpec, used: Collection[str]) -> Fragment:
    """The schemes of the authorizers that operations use."""
    schemes: dict[str, Any] = {IAM_SCHEME: _sigv4()} if IAM in used else {}
    schemes |= {name: _cognito(name, each) for name, each in spec.cognito.items() if name in used}
    schemes |= {name: _function(each) for name, each in spec.functions.items() if name in used}
    return Fragment(security_schemes=schemes, gateway_responses={} if spec.aws_gateway_responses else error_responses())


def pool_variable(authorizer: str, index: int = 0) -> str:
    """The stage variable that holds a pool's id."""
    return f"pool_{authorizer}_{index}" if index else f"pool_{authorizer}"


def _sigv4() -> dict[str, Any]:
    return {**_header("Authorization"), "x-amazon-apigateway-authtype": "awsSigv4"}


def _cognito(name: str, spec: CognitoSpec) -> dict[str, Any]:
    """A pool known only after deployment is named by a stage variable, so the document stays known."""
    pools = [
        arn if isinstance(arn, str) else f"{_POOL}${{stageVariables.{pool_variable(name, index)}}}"
        for index, arn in enumerate(spec.pool_arns)
    ]
    made = f"{_POOL}${{stageVariables.{pool_variable(name)}}}"
    authorizer: dict[str, Any] = {"type": "cognito_user_pools", "providerARNs": pools or [made]}
    if spec.id_token_clients:
        # Matched with the token's `aud`, which access tokens do not have.
        authorizer["identityValidationExpression"] = f"^({'|'.join(sorted(spec.id_token_clients))})$"
    return {
        **_header("Authorization"),
        "x-amazon-apigateway-authtype": "cognito_user_pools",
        "x-amazon-apigateway-authorizer": authorizer,
    }


def _function(spec: LambdaSpec) -> dict[str, Any]:
    authorizer: dict[str, Any] = {
        "type": "token" if spec.token else "request",
        "authorizerUri": _authorizer_uri(spec),
        "authorizerResultTtlInSeconds": spec.ttl_seconds,
    }
    if spec.token:
        header = spec.identity_sources[0].rsplit(".", 1)[-1] if spec.identity_sources else "Authorization"
        authorizer["identityValidationExpression"] = spec.validation_expression
    else:
        # AWS's own placeholder: a REQUEST authorizer takes its sources from `identitySource`.
        header = "Unused"
        if spec.identity_sources:
            authorizer["identitySource"] = ", ".join(spec.identity_sources)
    return {
        **_header(header),
        "x-amazon-apigateway-authtype": "custom",
        "x-amazon-apigateway-authorizer": authorizer,
    }


def _authorizer_uri(spec: LambdaSpec) -> pulumi.Input[str]:
    """A function's URI; stage variables are not documented here, so an unnamed Output makes the document unknown."""
    if isinstance(spec.function, pulumi.Output) and not spec.function_name:
        return spec.function.apply(lambda function: f"{INVOKE_URI}{_arn(function)}/invocations")
    return f"{INVOKE_URI}{_arn(spec.function_name or str(spec.function))}/invocations"


def _arn(function: str) -> str:
    return function if function.startswith("arn:") else f"{FUNCTION_ARN}{function}"


def _header(name: str) -> dict[str, Any]:
    return {"type": "apiKey", "name": name, "in": "header"}
