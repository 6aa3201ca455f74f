"""The args of a gateway."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

import pulumi

from .account import AccountArgs
from .cache import CacheArgs
from .cors import CorsArgs
from .layers.auth import AuthArgs
from .layers.keys import KeysArgs
from .layers.network import NetworkArgs
from .layers.observability import ObservabilityArgs
from .layers.tls import TlsArgs
from .layers.waf import WafArgs
from .openapi import OpenApiArgs
from .quotas import QuotasArgs
from .routes import IntegrationArgs, RouteArgs
from .stages import CanaryArgs, StageArgs
from .vpc_links import VpcLinkArgs


class SecureGatewayArgs(TypedDict, total=False):
    """A REST API and its six layers. Each layer is on unless it is waived with a reason."""

    routes: Sequence[RouteArgs]
    """The routes, in any order, in addition to `openapi` or instead of it."""

    openapi: OpenApiArgs
    """Your own OpenAPI 3.0 or 3.1 document. Each of its operations becomes an authenticated route."""

    schemas: Mapping[str, Any]
    """JSON schemas (draft 4, or OpenAPI's) by a name of letters and digits, to which `body_schema` of routes and other
    schemas refer as `{"$ref": "#/components/schemas/NAME"}`. Defaults to none."""

    functions: Mapping[str, pulumi.Input[str]]
    """Lambda functions that routes refer to, by a name that you choose (letters, digits, `_`): a function's name, ARN
    or invoke ARN. It must be in the gateway's region, and in its account unless it is an ARN that is known before
    deployment. The gateway is permitted to invoke them."""

    vpc_links: Mapping[str, VpcLinkArgs]
    """VPC links that are created, by a name that you choose (letters, digits, `_`) and to which integrations refer:
    through them the gateway reaches load balancers inside a VPC. Defaults to none."""

    integrations: Mapping[str, IntegrationArgs]
    """Backends of the operations of `openapi`, by operationId or `METHOD /path`."""

    default_integration: IntegrationArgs
    """The backend of routes and operations without one of their own. Defaults to none: then each needs one."""

    cors: CorsArgs
    """Origins whose browser applications may call the API. Defaults to none."""

    auth: AuthArgs
    """Who may call the API: authorizers by name, and the default one. Defaults to `iam`."""

    keys: KeysArgs
    """How much clients may call: stage throttling, usage plans and API keys. Defaults to stage throttling alone."""

    network: NetworkArgs
    """From where the API may be called: address ranges, accounts, or VPC endpoints of a private API. There is no
    default: it must be given or waived."""

    waf: WafArgs
    """Which requests are blocked: the AWS WAF web ACL. Defaults to one created for this gateway."""

    observability: ObservabilityArgs
    """What is recorded: logs, metrics, traces, alarms. Defaults to all of them."""

    tls: TlsArgs
    """How connections are encrypted, and under which name the API is reached: TLS policy, custom domain, mutual TLS.
    Defaults to the execute-api endpoint with a policy of TLS 1.2 or newer."""

    account: AccountArgs
    """The region's API Gateway logging role. Defaults to the one that the account already has."""

    stage: str
    """Name of the gateway's own stage. Changing it replaces the stage. Defaults to `live`."""

    stages: Mapping[str, StageArgs]
    """Further stages of the same API by their names, such as `test`, each with layers of its own. A setting that a
    stage does not give is that of the gateway's own stage. Defaults to none."""

    variables: Mapping[str, pulumi.Input[str]]
    """Your own stage variables, for backends and for integrations in your own document. Defaults to none."""

    canary: CanaryArgs
    """A share of the requests to the gateway's own stage that goes to other backends. Defaults to none."""

    cache: CacheArgs
    """Responses that the gateway's own stage caches, encrypted. Defaults to none."""

    minimum_compression_size: int
    """Size in bytes from which responses are compressed for callers that accept it; compressed
    requests are then accepted too. Leave it out if a response can contain both a secret and text that someone else
    chose, since its length would then reveal the secret. Defaults to no compression."""

    binary_media_types: list[str]
    """Media types whose bodies are passed through as bytes, such as `image/png` or `*/*`. Defaults to none."""

    body_media_types: list[str]
    """Media types for which the schema of a request body is declared, such as `application/json`; bodies of other types
    are then not validated. Defaults to `$default`, which stands for every media type without a schema of its own."""

    quotas: QuotasArgs
    """Quotas that AWS has raised for your account. Defaults to AWS's own."""

    api_name: str
    """Name of the API in AWS and of its metrics: keep it unique in account and region. Defaults to `<name>-<stack>`."""

    description: str
    """What the API is for. Defaults to none."""

    plain_arns: bool
    """Write ARNs that become known only during deployment (of functions, and of roles created for integrations with AWS
    services) into the document instead of stage variables. The document is then unknown in the first preview, so every
    policy about it is undecided."""

    tags: Mapping[str, pulumi.Input[str]]
    """Tags of every resource of the gateway that supports tags, in every layer. Defaults to none."""

    permissions_boundary_arn: pulumi.Input[str]
    """ARN of the IAM policy that is the permissions boundary of every role created here. Defaults to none."""

    verification_file: str
    """File in which `gateway-policy verify --record` noted when the stack was last compared with AWS, and with which
    result. The posture then says so under `verified`. The file need not exist yet. Defaults to none."""


NO_ARGS: Final[SecureGatewayArgs] = {}
"""Instead of None as a default: type checkers report a mistake in args where it is, not one in a union."""
