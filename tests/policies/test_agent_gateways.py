"""Gateways of Bedrock AgentCore in front of APIs: who may call them, and so the APIs."""

from dataclasses import replace

import pytest
from graphs import (
    ORDERS_FUNCTION,
    UNDECIDED,
    VIOLATION,
    changed,
    domain,
    findings,
    made,
    mapping,
    permission_for,
    statuses,
)
from native_graphs import native

from policypack.graph.values import UNKNOWN

AUTHORIZED, FILTERED, DISCREET = (
    "auth-agent-gateways-authorized",
    "waf-agent-gateways-have-web-acl",
    "api-agent-gateways-hide-details",
)
OWN_ROLE = {"gatewayIamRole": {}}


def agents(kind="NONE", **more):
    return made("bedrock/agentcoreGateway:AgentcoreGateway", "agents", name="agents", authorizerType=kind, **more)


def target(configuration=None, credentials=OWN_ROLE, gateway="agents-id", **more):
    stage = {"mcp": {"apiGateway": {"restApiId": "shop-id", "stage": "live"}}}
    return made(
        "bedrock/agentcoreGatewayTarget:AgentcoreGatewayTarget",
        "orders",
        gatewayIdentifier=gateway,
        targetConfiguration=stage if configuration is None else configuration,
        credentialProviderConfiguration=credentials,
        **more,
    )


ENFORCED, LOGGED = {"mode": "ENFORCE", "arn": "engine"}, {"mode": "LOG_ONLY", "arn": "engine"}


def tokens(**settings):
    given = {"discoveryUrl": "https://issuer.example.com/.well-known/openid-configuration", **settings}
    return agents("CUSTOM_JWT", authorizerConfiguration={"customJwtAuthorizer": given})


GITHUB = "https://token.actions.githubusercontent.com/.well-known/openid-configuration"
AUTHORIZERS = {
    "tokens for anyone": (tokens(), [VIOLATION]),
    "tokens for no audience": (tokens(allowedAudiences=[]), [VIOLATION]),
    "tokens for an audience": (tokens(allowedAudiences=["shop"]), []),
    "tokens for an audience, native": (tokens(allowedAudience=["shop"]), []),
    "tokens for a client": (tokens(allowedClients=["shop"]), []),
    "tokens with a scope": (tokens(allowedScopes=[UNKNOWN]), []),
    "tokens with a claim": (tokens(discoveryUrl=GITHUB, customClaims=[{"inboundTokenClaimName": "sub"}]), []),
    "tokens of a public issuer": (tokens(discoveryUrl=GITHUB, allowedAudiences=["shop"]), [VIOLATION]),
    "tokens to come": (
        agents("CUSTOM_JWT", authorizerConfiguration={"customJwtAuthorizer": UNKNOWN}),
        [UNDECIDED],
    ),
    "none": (agents("NONE"), [VIOLATION]),
    "none, with a policy engine": (agents("NONE", policyEngineConfiguration=ENFORCED), [VIOLATION]),
    "IAM": (agents("AWS_IAM"), []),
    "tokens": (agents("CUSTOM_JWT"), []),
    "authenticated": (agents("AUTHENTICATE_ONLY"), [VIOLATION]),
    "authenticated, logged": (agents("AUTHENTICATE_ONLY", policyEngineConfiguration=LOGGED), [VIOLATION]),
    "authenticated, enforced": (agents("AUTHENTICATE_ONLY", policyEngineConfiguration=ENFORCED), []),
    "unknown": (agents(UNKNOWN), [UNDECIDED]),
}


@pytest.mark.parametrize(("gateway", "expected"), AUTHORIZERS.values(), ids=AUTHORIZERS)
def test_it_authorizes_its_callers(gateway, expected):
    assert statuses(AUTHORIZED, changed(gateway, target())) == expected
    assert statuses(AUTHORIZED, changed(gateway)) == []


TARGETS = {
    "its endpoint": {"http": {"passthrough": {"endpoint": "https://shop-id.execute-api.eu-west-1.amazonaws.com/live"}}},
    "its domain": {"mcp": {"mcpServer": {"endpoint": "https://API.example.com/mcp"}}},
    "a document": {
        "mcp": {"openApiSchema": {"inlinePayload": {"payload": '{"servers": [{"url": "https://api.example.com/v1"}]}'}}}
    },
    "a function": {"mcp": {"lambda": {"lambdaArn": ORDERS_FUNCTION.outputs["arn"]}}},
}


@pytest.mark.parametrize("configuration", TARGETS.values(), ids=TARGETS)
def test_a_target_leads_to_the_api_however_it_names_it(configuration):
    called = permission_for("apigateway.amazonaws.com", sourceAccount="123456789012")
    resources = changed(ORDERS_FUNCTION, called, domain(), mapping(), agents(), target(configuration))

    assert statuses(AUTHORIZED, resources) == [VIOLATION]


def test_a_target_elsewhere_is_not_evaluated():
    other = {"mcp": {"mcpServer": {"endpoint": "https://other.example.com/mcp"}}}

    assert statuses(AUTHORIZED, changed(agents(), target(other))) == []


@pytest.mark.parametrize(
    ("credentials", "expected"),
    [
        (OWN_ROLE, [VIOLATION]),
        ({"apiKey": {"providerArn": "key"}}, [VIOLATION]),
        ({"oauth": {"providerArn": "provider"}}, [VIOLATION]),
        ({"jwtPassthrough": {}}, []),
        ({"callerIamCredentials": {}}, []),
        (None, []),
        (UNKNOWN, [UNDECIDED]),
    ],
)
def test_with_the_callers_own_credentials_the_api_decides(credentials, expected):
    assert statuses(AUTHORIZED, changed(agents(), target(credentials=credentials))) == expected


def test_the_gateway_of_a_target_may_be_external():
    assert statuses(AUTHORIZED, changed(target(gateway="elsewhere"))) == [UNDECIDED]


def test_it_has_a_web_acl_and_hides_details():
    arn = "arn:aws:bedrock-agentcore:eu-west-1:123456789012:gateway/agents"
    gateway = replace(agents("AWS_IAM"), outputs={"gatewayArn": arn})
    associated = made("wafv2/webAclAssociation:WebAclAssociation", "agents", resourceArn=arn, webAclArn="acl")

    assert statuses(FILTERED, changed(gateway, target())) == [VIOLATION]
    assert statuses(FILTERED, changed(gateway, target(), associated)) == []
    assert statuses(DISCREET, changed(gateway, target())) == []
    assert statuses(DISCREET, changed(agents("AWS_IAM", exceptionLevel="DEBUG"), target())) == [VIOLATION]


def test_aws_native_spells_it_differently():
    gateway = native("bedrockagentcore:Gateway", "agents", id_="agents-id", name="agents", authorizerType="NONE")
    configuration = target().inputs["targetConfiguration"]

    def found(kind):
        credentials = [{"credentialProviderType": kind}]
        tool = native(
            "bedrockagentcore:GatewayTarget",
            "orders",
            gatewayIdentifier="agents-id",
            targetConfiguration=configuration,
            credentialProviderConfigurations=credentials,
        )
        return findings(AUTHORIZED, changed(gateway, tool))

    assert [text for _, text in found("GATEWAY_IAM_ROLE")] == [
        "AgentCore gateway agents accepts requests without credentials, and calls API shop with credentials of its own"
    ]
    assert found("JWT_PASSTHROUGH") == []
