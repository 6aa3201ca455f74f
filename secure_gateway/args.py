"""What a caller may write."""

from typing import Any, TypedDict

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


class SecureGatewayArgs(TypedDict, total=False):
    """A REST API and its six layers. Each layer is on unless it is waived with a reason."""

    routes: list[RouteArgs]
    """The routes, in any order. Beside or instead of `openapi`."""

    openapi: OpenApiArgs
    """Your own OpenAPI 3.0 or 3.1 document. Each of its operations becomes an authenticated route."""

    schemas: dict[str, Any]
    """JSON schemas (draft 4, or OpenAPI's) by a name of letters and digits, to which `body_schema` of routes and other
    schemas refer as `{"$ref": "#/components/schemas/NAME"}`. Defaults to none."""

    functions: dict[str, pulumi.Input[str]]
    """Lambda functions that routes refer to, by a name of yours (letters, digits, `_`): a function's name, ARN or
    invoke ARN, in the gateway's own account and region unless it is an ARN known before deployment. The gateway may
    invoke them."""

    integrations: dict[str, IntegrationArgs]
    """Backends of the operations of `openapi`, by operationId or `METHOD /path`."""

    default_integration: IntegrationArgs
    """The backend of every route and operation that names none. Defaults to none: then each must name one."""

    cors: CorsArgs
    """Browser applications of other origins that may call the API. Defaults to none."""

    auth: AuthArgs
    """Who may call: authorizers by name, and the default one. Defaults to `iam`."""

    keys: KeysArgs
    """How much: stage throttling, usage plans and API keys. Defaults to stage throttling alone."""

    network: NetworkArgs
    """From where: address ranges, accounts, or a private API. There is no default: it must be given or waived."""

    waf: WafArgs
    """Which requests pass: the web ACL. Defaults to one made for this gateway."""

    observability: ObservabilityArgs
    """What is recorded: logs, metrics, traces, alarms. Defaults to all of them."""

    tls: TlsArgs
    """How encrypted, and under which name: TLS policy, domain, mutual TLS. Defaults to the execute-api endpoint with a
    TLS 1.2+ policy."""

    account: AccountArgs
    """The region's API Gateway logging role. Defaults to the one the account has."""

    stage: str
    """Name of the gateway's own stage. Changing it replaces the stage. Defaults to `live`."""

    stages: dict[str, StageArgs]
    """Further stages of the same API by their names, such as `test`, each with layers of its own. What one leaves out
    is as the gateway's own stage has it. Defaults to none."""

    variables: dict[str, pulumi.Input[str]]
    """Stage variables of yours, for backends and for integrations of your own document. Defaults to none."""

    canary: CanaryArgs
    """A share of the own stage's requests that goes to other backends. Defaults to none."""

    cache: CacheArgs
    """Answers that the own stage keeps, encrypted. Defaults to none."""

    minimum_compression_size: int
    """Bytes from which answers are compressed where the caller accepts it, and compressed requests are understood, 0 to
    10,485,760. Leave it out where answers mix secrets with what others can choose. Defaults to no compression."""

    binary_media_types: list[str]
    """Media types whose bodies are passed on as bytes, such as `image/png` or `*/*`. Defaults to none."""

    body_media_types: list[str]
    """Media types of request bodies under which a schema is declared by name, such as `application/json`. Bodies of
    others are then not validated. Defaults to `$default`, which stands for every media type without a schema of its
    own."""

    quotas: QuotasArgs
    """Quotas of your account where AWS has raised them. Defaults to AWS's own."""

    api_name: str
    """Name of the API in AWS and of its metrics: keep it unique in account and region. Defaults to `<name>-<stack>`."""

    description: str
    """What the API is for. Defaults to none."""

    plain_arns: bool
    """Write the ARNs of functions that are known only after deployment, and of roles made for integrations with AWS
    services, into the document, not into stage variables. The document is then unknown at the first preview, and every
    policy about it undecided. Defaults to false."""

    tags: dict[str, pulumi.Input[str]]
    """Tags of every resource of the gateway that AWS lets be tagged, whichever layer makes it. Defaults to none."""

    permissions_boundary_arn: pulumi.Input[str]
    """ARN of the IAM policy that bounds every role made here. Defaults to none."""
