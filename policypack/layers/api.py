"""API: what belongs to none of the six layers: requests, responses, caches, variables, deployments."""

from collections.abc import Iterator

from ..model.fact import Fact, negate
from ..model.gateway import Gateway
from ..model.verdict import Severity, Verdict
from .policy import Layer, Settings

API = Layer("api", "Requests, responses and deployments")
_DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"


@API.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Attach a request validator that checks body and parameters; `x-amazon-apigateway-request-validator` in a body."
    ),
    references=("owasp-api-2023:API8", "owasp-api-2023:API3", f"{_DOCS}api-gateway-method-request-validation.html"),
)
def requests_validated(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What a method declares of its requests is checked before they reach the backend.

    A model, a schema or a required parameter without a validator is documentation: every request passes. A validator
    with both flags off checks nothing. Methods that declare nothing are not asked to. It stands beside the web ACL,
    since both refuse bad input before the backend sees it.
    """
    for each in gateway.handling.validations:
        yield each.verdict(each.checked, no=each.gap, unknown="what its validator checks is known only later")


@API.policy(
    severity=Severity.HIGH,
    fix="Write the host into the integration's address; let the request choose path and query alone.",
    references=("owasp-api-2023:API7", "cwe:918", f"{_DOCS}request-response-data-mappings.html"),
)
def integration_hosts_fixed(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No request decides which host the gateway calls.

    A placeholder in the host that is filled from path, query or header makes the gateway a proxy to whatever a caller
    names, internal addresses included. A stage variable as host is no such hole: whoever deploys sets it.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods:
            yield method.verdict(integration.host_fixed)


@API.policy(
    severity=Severity.LOW,
    fix="Leave inner variables out of the template; `$context.error.messageString` is what AWS itself tells.",
    references=("owasp-api-2023:API8", "cwe:209", f"{_DOCS}supported-gateway-response-types.html"),
)
def gateway_responses_hide_details(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """The gateway's own refusals do not explain its insides.

    `$context.error.validationErrorString` hands the schema to whoever tries inputs; an authorizer's context and the
    caller's identity belong into logs.
    """
    for each in gateway.handling.gateway_responses:
        yield each.verdict(
            each.discreet, no=f"tells callers {', '.join(each.tells)}", unknown="its template is known only later"
        )


@API.policy(
    severity=Severity.HIGH,
    fix="Name the origins that may send credentials, or leave credentials out.",
    references=("owasp-api-2023:API8", "cwe:942", f"{_DOCS}how-to-cors.html"),
)
def cors_credentials_named_origins(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Browsers send credentials from named origins only.

    With every origin allowed, or whichever asks, any page that a user visits calls the API in the user's name. Browsers
    refuse `*` itself with credentials; `https://*` and a reflected origin they take. `*` without credentials is fine.
    """
    for each in gateway.handling.cors_responses:
        yield each.verdict(
            negate(each.open_to_all),
            no="lets pages of every origin call with the user's credentials",
            unknown="which origins may send credentials is known only later",
        )


@API.policy(
    severity=Severity.HIGH,
    fix=(
        "Add the header that tells callers apart to the integration's cache_key_parameters, such as "
        "`method.request.header.Authorization`, or switch caching off for the method."
    ),
    references=("owasp-api-2023:API1", "cwe:524", f"{_DOCS}api-gateway-caching.html"),
    config={
        "shared": {
            "type": "array",
            "default": [],
            "items": {"type": "string"},
            "description": "Methods, as `GET /prices`, whose answers are the same for every caller.",
        }
    },
)
def response_cache_keyed_by_caller(gateway: Gateway, settings: Settings) -> Iterator[Verdict]:
    """An answer cached for one caller is not given to another.

    API Gateway looks into its cache by path alone unless told otherwise: whoever may call at all gets what the first
    caller was answered. It stands under authentication since it undoes it.
    """
    shared = set(settings["shared"])
    for cache in gateway.handling.caches:
        if not cache.authenticated.is_no and cache.method not in shared:
            sure = cache.on.is_yes and cache.authenticated.is_yes
            unsafe = cache.tells_callers_apart.is_no
            yield cache.verdict(
                Fact.UNKNOWN if unsafe and not sure else cache.tells_callers_apart,
                no="gives one caller's answers to others",
                unknown="whether it tells callers apart is known only later",
            )


@API.policy(
    severity=Severity.MEDIUM,
    fix="Set cache_data_encrypted to true in the method settings.",
    references=("fsbp:APIGateway.5", "nist-800-53-r5:SC-28", "pci-dss-4.0:3.5.1", f"{_DOCS}api-gateway-caching.html"),
)
def response_cache_encrypted(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A cache is encrypted.

    It holds answers that a login was asked for. Without a cache there is nothing to encrypt, and nothing is asked.
    """
    for cache in gateway.handling.caches:
        yield cache.verdict(
            Fact.UNKNOWN if cache.encrypted.is_no and not cache.on.is_yes else cache.encrypted,
            no="is not encrypted",
            unknown="its settings are known only later",
        )


@API.policy(
    severity=Severity.LOW,
    fix="Leave require_authorization_for_cache_control at true, which is AWS's default.",
    references=("owasp-api-2023:API4", f"{_DOCS}api-gateway-caching.html"),
)
def response_cache_invalidation_authorized(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Only callers with a permission empty a cache.

    Otherwise one header, `Cache-Control: max-age=0`, sends every request to the backend.
    """
    for cache in gateway.handling.caches:
        guarded = cache.invalidation_guarded
        yield cache.verdict(
            Fact.UNKNOWN if guarded.is_no and not cache.on.is_yes else guarded,
            no="can be emptied by any caller",
            unknown="its settings are known only later",
        )


@API.policy(
    severity=Severity.HIGH,
    fix="Keep the secret in Secrets Manager or Parameter Store, and give the stage its name alone.",
    references=("owasp-api-2023:API8", "cwe:312", f"{_DOCS}stage-variables.html"),
    single_resource=True,
)
def stage_variables_without_secrets(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """No stage variable holds a credential.

    Whoever may read the API's configuration reads stage variables, and backends log them. Names and shapes are
    compared; ARNs, addresses and paths of secrets are fine. A canary's overrides count too.
    """
    for stage in gateway.stages:
        if stage.secret_variables or not stage.variables_read.is_yes:
            yield stage.verdict(
                Fact.NO if stage.secret_variables else Fact.UNKNOWN,
                no=f"has stage variables that look like credentials: {', '.join(stage.secret_variables)}",
                unknown="stage variables with the names of credentials are known only later",
            )
        else:
            yield stage.verdict(Fact.YES, no="", unknown="")


@API.policy(
    severity=Severity.LOW,
    fix="Set the variable on every stage.",
    references=("owasp-api-2023:API9", f"{_DOCS}aws-api-gateway-stage-variables-reference.html"),
)
def stage_variables_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every stage sets the stage variables that addresses of backends are made of.

    A variable that a stage does not set leaves a hole in the address, and each call answers 500.
    """
    for integration in gateway.handling.integrations:
        for method in integration.methods:
            yield method.verdict(integration.variables_set)


@API.policy(
    severity=Severity.MEDIUM,
    fix="Give `Deployment` triggers: a hash of the body, or of methods, integrations, authorizers and policy.",
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_follow_changes(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """What is declared is what runs.

    A deployment is a snapshot. Without triggers no later change is ever deployed: an authorizer, a policy or a removed
    method stands in the program and in every review, and not on the stage. Whether triggers hold all that matters
    cannot be told from a hash.
    """
    for each in gateway.handling.deployments:
        yield each.verdict(
            each.follows,
            no=each.gap,
            unknown="aws-native deploys anew only under a new name; nothing shows whether changes come with one",
        )


@API.policy(
    severity=Severity.MEDIUM,
    fix="Let `Deployment` depend on every method and integration (`depends_on`).",
    references=("owasp-api-2023:API9", f"{_DOCS}how-to-deploy-api.html"),
)
def deployments_depend_on_methods(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """A deployment is made after the methods that it should hold.

    Otherwise the snapshot holds what happened to be ready, without a word: a stage may serve yesterday's methods, or
    fail to deploy at all.
    """
    for each in gateway.handling.deployments:
        yield each.verdict(each.waits, no="does not wait for the methods of its API", unknown="")
