"""Mistakes that other tools are known for, each by the thread or rule that shows it: we do not repeat them."""

import json

import pytest
from graphs import VIOLATION, api, changed, integration, made, method, settings, statuses

AUTHENTICATED, STANDALONE, USED = "auth-methods-authenticated", "auth-keys-never-standalone", "auth-authorizers-used"
THROTTLED = "keys-stages-throttled"
SIGV4 = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
PER_OPERATION = {
    "openapi": "3.0.1",
    "paths": {"/orders": {"get": {"security": [{"sigv4": []}]}}},
    "components": {"securitySchemes": {"sigv4": SIGV4}},
}
SOCKET = made("apigatewayv2/api:Api", "socket", protocolType="WEBSOCKET", name="socket")


def message(key, **inputs):
    return made("apigatewayv2/route:Route", key, apiId="socket-id", routeKey=key, **inputs)


TOKENS = made("apigateway/authorizer:Authorizer", "tokens", restApi="shop-id", type="TOKEN")
CASES = {
    # A key taken for a login (checkov CKV_AWS_59 since checkov#960, trivy AWS-0004).
    "key-is-no-login": (STANDALONE, changed(method=method("GET", "NONE", apiKeyRequired=True)), [VIOLATION]),
    # A method other than OPTIONS that is never looked at (CKV2_AWS_70).
    "post-is-looked-at": (AUTHENTICATED, changed(method=method("POST", "NONE")), [VIOLATION]),
    # Preflights flagged (cdk-nag#1815, cfn_nag#396, kics#7557), or every OPTIONS exempt.
    "preflight": (AUTHENTICATED, changed(method("OPTIONS", "NONE"), integration("OPTIONS", "MOCK")), []),
    "options-of-a-backend": (AUTHENTICATED, changed(method("OPTIONS", "NONE"), integration("OPTIONS")), [VIOLATION]),
    # Security of each operation not seen, the root's asked for (checkov#5157).
    "security-per-operation": (AUTHENTICATED, changed(api=api(body=json.dumps(PER_OPERATION)), method=None), []),
    "security-of-the-root": (
        AUTHENTICATED,
        changed(
            api=api(body=json.dumps({"openapi": "3.0.1", "paths": {"/x": {"get": {}}}, "security": [{"sigv4": []}]})),
            method=None,
        ),
        [VIOLATION],
    ),
    # An authorizer that exists is enough (KICS 0a96ce49, prowler), and an API with IAM alone fails.
    "unused-authorizer": (AUTHENTICATED, changed(TOKENS, method=method("GET", "NONE")), [VIOLATION]),
    "unused-authorizer-is-told": (USED, changed(TOKENS), [VIOLATION]),
    "iam-alone": (AUTHENTICATED, changed(), []),
    # IAM and Lambda are not Cognito (cdk-nag COG4).
    "no-cognito": (
        AUTHENTICATED,
        changed(TOKENS, method=method(authorization="CUSTOM", authorizerId="tokens-id")),
        [],
    ),
    # Every route of a WebSocket API asked for a login (cnspec#3697).
    "messages-of-a-connection": (
        AUTHENTICATED,
        changed(SOCKET, message("$connect", authorizationType="AWS_IAM"), message("$default"), message("send")),
        [],
    ),
    # A limit of -1, which is none, taken for a limit (cdk-nag, serverless-rules).
    "limit-of-minus-one": (THROTTLED, changed(settings=settings(throttlingRateLimit=-1)), [VIOLATION]),
    # A usage plan asked for where nothing needs a key (cfn_nag W64, KICS b3a59b8e).
    "no-plan-without-keys": ("keys-stages-have-usage-plan", changed(), []),
}


@pytest.mark.parametrize(("policy", "resources", "wanted"), CASES.values(), ids=CASES)
def test_the_mistake_is_not_ours(policy, resources, wanted):
    assert statuses(policy, resources) == wanted
