"""Args of the built-in authorizer."""

from collections.abc import Mapping, Sequence
from typing import Required, TypedDict

import pulumi

from ...choices import Architecture, AuthorizerType, RetentionDays, Runtime
from .validator_args import ValidatorArgs


class FunctionVpcArgs(TypedDict, total=False):
    """Where the function's network interfaces are. They need a route to the issuers and the stores."""

    subnet_ids: Required[Sequence[pulumi.Input[str]]]
    """Subnets."""

    security_group_ids: Required[Sequence[pulumi.Input[str]]]
    """Security groups."""


class BuiltinAuthorizerArgs(TypedDict, total=False):
    """The Lambda authorizer that ships with the component: the function is created, with a role of its own."""

    validators: Required[Mapping[str, ValidatorArgs]]
    """What is checked, by a name of your choice (letters, digits, `_`)."""

    require: Sequence[list[str]]
    """Which validators a request must pass: all validators of at least one of these lists. Defaults to the only
    validator; required if there are several."""

    route_require: Mapping[str, Sequence[list[str]]]
    """The same for single routes (`METHOD /path`), instead of `require`. Defaults to none."""

    type: AuthorizerType
    """`REQUEST`, or `TOKEN` if only tokens in one header are checked."""

    returns_api_key: bool
    """Whether responses name the API key that a usage plan counts: the `usage_key` of a key's record. Requires an
    `api_key` validator."""

    ttl_seconds: int
    """How long API Gateway caches a decision. Until then an expired token or a withdrawn key may still be accepted.
    Caching requires that everything that is checked is part of the cache's key."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `ttl_seconds` above 300, `retention_days` below
    90. Required for such a value, and shown in the posture. Defaults to none."""

    function_name: str
    """Name of the function, unique in account and region. The document contains it from the first preview on. Defaults
    to `<gateway>-<authorizer>-<stack>`."""

    runtime: Runtime
    """Lambda runtime of the function."""

    architecture: Architecture
    """Processor architecture of the function."""

    memory_mb: int
    """Memory; AWS allots processor time in proportion."""

    timeout_seconds: int
    """How long the function may run. It must be longer than 2 seconds for each issuer and store that a request may
    need."""

    reserved_concurrency: int
    """Most concurrent executions, reserved from the account's pool. Defaults to none reserved."""

    kms_key_arn: pulumi.Input[str]
    """KMS key of the environment and the log; your own key must let CloudWatch Logs use it. Defaults to one that is
    created."""

    store_key_arns: Sequence[pulumi.Input[str]]
    """KMS keys that encrypt the stores, if they are not AWS's own. Defaults to none."""

    retention_days: RetentionDays
    """How long the function's log is retained."""

    vpc: FunctionVpcArgs
    """Subnets and security groups of the function, with a route to issuers and stores. Defaults to no VPC."""
