"""Policies of group `api`: requests, gateway responses, stage variables and deployments, which no layer covers."""

from collections.abc import Iterator

from ..model.fact import negate
from ..model.gateway import Gateway
from ..model.stack import Stack
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

API = Layer("api", "Requests, responses and deployments")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@API.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Attach a request validator that checks body and parameters; in an OpenAPI body, name it in "
        "`x-amazon-apigateway-request-validator`."
    ),
    references=("owasp-api-2023:API8", "owasp-api-2023:API3", f"{_DOCS}api-gateway-method-request-validation.html"),
)
def requests_validated(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway validates requests against what a method declares, before they reach the backend.

    Without a validator, a model, a schema or a required parameter is mere documentation: every request passes. A
    validator with both flags off checks nothing. Methods that describe no requests need no validator. Validation
    complements the web ACL: both reject bad input before it reaches the backend.
    """
    for each in gateway.handling.validations:
        yield each.verdict(each.checked)


@API.policy(
    severity=Severity.LOW,
    fix=(
        "Remove these variables from templates and headers; AWS's own templates use `$context.error.messageString`, "
        "and `$context.requestId` is enough to find the request in the log."
    ),
    references=("owasp-api-2023:API8", "cwe:209", f"{_DOCS}supported-gateway-response-types.html"),
)
def gateway_responses_hide_details(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Gateway responses reveal no internal details, neither in their bodies nor in their headers.

    `$context.error.validationErrorString` reveals the schema to anyone who tries inputs. An authorizer's context and
    the caller's identity belong in logs, and stage variables name backends and versions.
    """
    for each in gateway.handling.gateway_responses:
        yield each.verdict(each.hides_details)


@API.policy(
    severity=Severity.MEDIUM,
    fix="Set {apiKeyRequired} to false on the OPTIONS method, or remove the key from its `security`.",
    references=(f"{_DOCS}how-to-cors.html",),
)
def preflights_without_key(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No CORS preflight requires an API key.

    Browsers send preflights without an API key, so they are denied, and pages of other origins cannot call the API.
    """
    for route in gateway.routes:
        if route.is_preflight:
            yield route.verdict(
                negate(route.requires_api_key),
                no="requires an API key, which browsers do not send with preflights",
                unknown="whether it requires an API key is known only after deployment",
            )


@API.policy(
    severity=Severity.LOW,
    fix="Set the variable on every stage.",
    references=("owasp-api-2023:API9", f"{_DOCS}aws-api-gateway-stage-variables-reference.html"),
)
def stage_variables_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage sets the stage variables that the URIs of its integrations use.

    If a stage does not set such a variable, the URI is invalid, and every request to it fails with 500.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods:
            yield method.verdict(integration.variables_set)


@API.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Set the {triggers} of `Deployment` to a hash of the OpenAPI body, or of methods, integrations, authorizers "
        "and resource policy."
    ),
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_follow_changes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Deployments have triggers, without which no change of an API reaches its stages.

    A deployment is a snapshot. Without triggers, no later change is ever deployed: a new authorizer, a stricter
    resource policy or the removal of a method is in the program and passes review, but never reaches the stage. A hash
    does not show whether triggers cover everything that matters. A deployment of aws-native has no triggers, and is not
    evaluated.
    """
    for each in gateway.handling.deployments:
        if each.follows_changes is not None:
            yield each.verdict(each.follows_changes)


@API.policy(
    severity=Severity.MEDIUM,
    fix="Make `Deployment` depend on every method and integration ({dependsOn}).",
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_depend_on_methods(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A deployment is created after the methods and integrations of its API.

    Otherwise the snapshot silently contains only what was ready: a stage may serve outdated methods, or fail to deploy.
    """
    for each in gateway.handling.deployments:
        yield each.verdict(each.waits_for_methods)


@API.stack_policy(
    severity=Severity.LOW,
    fix="Leave out {exceptionLevel}.",
    references=("owasp-api-2023:API8", "cwe:209", "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/"),
)
def agent_gateways_hide_details(stack: Stack, _settings: Settings) -> Iterator[Verdict]:
    """A gateway of Bedrock AgentCore that calls an API reveals no internal details in its errors.

    With the exception level DEBUG, errors contain what the target returned, which is meant for its developers.
    """
    for each in stack.agent_gateways:
        yield each.verdict(
            each.hides_details,
            no="reveals internal details in its errors (DEBUG)",
            unknown="its exception level is known only after deployment",
        )
