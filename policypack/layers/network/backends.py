"""Callers reach what is behind a gateway through the gateway only, and never choose it."""

from collections.abc import Iterator

from ...model.fact import negate, some
from ...model.gateway import Gateway
from ...model.stack import Stack
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import DOCS, LAMBDA_DOCS, NETWORK


@NETWORK.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Set the URL's {authorizationType} to AWS_IAM, or remove the URL; give the permission a principal, or "
        "{sourceAccount} or {sourceArn} if it is for an AWS service."
    ),
    references=("fsbp:Lambda.1", "owasp-api-2023:API2", "nist-800-53-r5:AC-3", f"{LAMBDA_DOCS}urls-auth.html"),
)
def functions_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A function behind a gateway cannot be invoked by everyone without the gateway.

    A function URL without authorization, or a permission for everyone, bypasses every layer of the gateway. So does a
    permission for an AWS service without a source: S3, SNS or EventBridge invoke the function for every AWS account.
    A permission for a CloudFront distribution lets in all of its viewers, unless it asks them for signed URLs or
    cookies, or for client certificates.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.not_public,
            no="lets everyone invoke a function that is behind a gateway",
            unknown="whom it lets in is known only after deployment",
        )
    for url in stack.function_urls:
        # A URL that requires signatures is fine, whatever its function.
        yield url.verdict(
            some(url.requires_iam, negate(url.behind_gateway)),
            no="accepts unsigned requests and bypasses the gateway that calls the same function",
            unknown="whether a gateway calls the same function is known only after deployment",
        )


@NETWORK.stack_policy(
    severity=Severity.CRITICAL,
    fix=(
        "Name the senders in the {policy} of the topic, queue, stream, event bus or bucket: accounts or roles as "
        "`Principal`, or `aws:SourceArn` or `aws:SourceAccount` as a condition on an AWS service."
    ),
    references=(
        "owasp-api-2023:API2",
        "nist-800-53-r5:AC-3",
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html",
    ),
)
def event_sources_not_public(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """Not everyone may send events that invoke a function or API behind a gateway.

    A topic, queue, stream, event bus or bucket that everyone may write to invokes its target for everyone, and
    bypasses every layer of the gateway. So does one that lets in an AWS service without saying for which account.
    """
    for source in stack.event_sources:
        yield source.verdict(source.not_public)


@NETWORK.stack_policy(
    severity=Severity.HIGH,
    fix="Give the permission the {sourceArn} of the API, such as `<execution arn>/*/GET/orders`.",
    references=("owasp-api-2023:API8", f"{LAMBDA_DOCS}permissions-source-account.html"),
    single_resource=True,
)
def lambda_permissions_name_api(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A permission for API Gateway names the API.

    API Gateway invokes functions for whoever owns an API. A permission without a source, or whose source names no API,
    lets every AWS account put an API of its own in front of the function.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.names_api,
            no="lets in API Gateway for any API",
            unknown="for which API it lets in API Gateway is known only after deployment",
        )


@NETWORK.stack_policy(
    severity=Severity.LOW,
    fix="Set the permission's {action} to lambda:InvokeFunction.",
    references=("nist-800-53-r5:AC-6", f"{LAMBDA_DOCS}access-control-resource-based.html"),
    single_resource=True,
)
def lambda_permissions_invoke_only(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A permission allows invoking a function and nothing else.

    With `lambda:*` the caller can change the function's code.
    """
    for permission in stack.permissions:
        yield permission.verdict(
            permission.invoke_only,
            no="allows more than invoking the function",
            unknown="its action is known only after deployment",
        )


@NETWORK.policy(
    severity=Severity.HIGH,
    fix=(
        "Write host, bucket, queue, table and action into the integration's {uri} and request template. Let the "
        "request choose only path, query, key and data."
    ),
    references=("owasp-api-2023:API7", "cwe:918", f"{DOCS}request-response-data-mappings.html"),
)
def integration_hosts_fixed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No request decides which backend the gateway calls.

    A placeholder in the host that is filled from the path, a query parameter or a header turns the gateway into a proxy
    to any host that a caller names, internal ones included. For an AWS service, the bucket, queue, table, stream, state
    machine or action is the host: the role of the integration may often reach more than one. A stage variable or a
    value of the authorizer is safe: no caller sets it. An integration that uses the caller's own AWS credentials
    passes.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods or (integration,):
            yield method.verdict(integration.target_fixed)
