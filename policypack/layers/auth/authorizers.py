"""Authorizers exist, are used, and check what callers send."""

from collections.abc import Iterator

from ...model.auth import Authorizer
from ...model.fact import every_listed
from ...model.gateway import Gateway
from ...model.verdict import Severity, Verdict
from ..policy import Settings
from .layer import AUTH, DOCS


def lambda_authorizers(gateway: Gateway) -> Iterator[Authorizer]:
    """The TOKEN and REQUEST authorizers of a gateway."""
    return (each for each in gateway.authorizers if each.kind in {"token", "request"})


@AUTH.policy(
    severity=Severity.HIGH,
    fix=(
        "Set {authorizerId} to an authorizer of the same API whose type matches the method's authorization. In an "
        "OpenAPI body, define the security scheme that the operation requires."
    ),
    references=("owasp-api-2023:API2", f"{DOCS}apigateway-use-lambda-authorizer.html"),
    single_resource=True,
)
def authorizers_exist(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer that a method refers to exists and has the right type.

    A method can look protected although it is not: its authorization is CUSTOM, JWT or COGNITO_USER_POOLS, but it
    refers to no authorizer, or to one of another API or another type. The same goes for an operation that requires an
    undefined security scheme.
    """
    for route in gateway.routes:
        if route.supports_authorization and (route.authorization != "none" or not route.authorizer_exists.is_yes):
            yield route.verdict(route.authorizer_exists)


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix="Use the authorizer in a method, or remove it.",
    references=("owasp-api-2023:API5", f"{DOCS}apigateway-control-access-to-api.html"),
)
def authorizers_used(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every authorizer protects at least one method.

    An authorizer that no method uses looks like protection in a review, but protects nothing.
    """
    for authorizer in gateway.authorizers:
        yield authorizer.verdict(authorizer.used)


@AUTH.policy(
    severity=Severity.LOW,
    fix="Set {identityValidationExpression}, such as `^Bearer [-0-9a-zA-Z._]+$`.",
    references=("owasp-api-2023:API4", f"{DOCS}configure-api-gateway-lambda-authorization.html"),
    single_resource=True,
)
def token_validation_expression_set(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Malformed tokens are rejected before a TOKEN authorizer's function is invoked.

    Without a validation expression, every request that has the header invokes the function, at your expense. The same
    goes for one that lets every string through, such as `.*`.
    """
    for each in gateway.authorizers:
        if each.kind == "token":
            yield each.verdict(each.validates_token_format)


@AUTH.policy(
    severity=Severity.MEDIUM,
    fix=(
        "Give the authorizer credentials, or add an `aws.lambda.Permission` for `apigateway.amazonaws.com` whose "
        "{sourceArn} covers `<execution arn>/authorizers/*`."
    ),
    references=(f"{DOCS}apigateway-use-lambda-authorizer.html",),
)
def authorizers_invocable(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """API Gateway has permission to invoke the function of every Lambda authorizer.

    Without this permission, every request fails with a 500, although the deployment succeeds. A hurried fix is then to
    remove the authorizer. This is evaluated only if the function is among the evaluated resources.
    """
    for each in lambda_authorizers(gateway):
        yield each.verdict(each.invocable)


@AUTH.policy(
    severity=Severity.HIGH,
    fix="List in the JWT configuration's {audiences} the clients whose tokens this API accepts.",
    references=("owasp-api-2023:API2", "cwe:287", f"{DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def jwt_audience_named(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """Every JWT authorizer lists the audiences that it accepts.

    Without an audience, an authorizer accepts every token of the issuer, including those issued for other applications.
    At the issuer of a public CI service, such as GitHub Actions, every repository of the world chooses the audience of
    its tokens, so an audience says nothing there. A Lambda authorizer can check the subject.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(each.requires_audience)


@AUTH.policy(
    severity=Severity.HIGH,
    fix="Use an `https://` issuer, and take the token from a header, such as `$request.header.Authorization`.",
    references=("owasp-api-2023:API2", "cwe:598", f"{DOCS}http-api-jwt-authorizer.html"),
    single_resource=True,
)
def tokens_sent_securely(gateway: Gateway, _settings: Settings) -> Iterator[Verdict]:
    """JWT authorizers read tokens from headers and fetch the issuer's keys over HTTPS.

    A token in the URL ends up in logs and in the browser history. If the issuer's address is not HTTPS, an attacker on
    the network path can substitute the keys that verify tokens.
    """
    for each in gateway.authorizers:
        if each.kind == "jwt":
            yield each.verdict(every_listed(each.token_in_header, each.issuer_uses_https))
