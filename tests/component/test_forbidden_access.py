"""What AWS forbids, ignores or turns against its owner, in who may call, how much and from where: each is refused.

Every message says where it stands, what was given, and what to do instead.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.gateway import _content, _document
from secure_gateway.parse import parse
from secure_gateway.testing import deploy

GET = {"path": "/orders", "method": "GET"}
BASE = {"routes": [GET], "default_integration": {"url": "https://backend.example.com"}, "network": {"waived": "a test"}}
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abc"
DOOR = "vpce-0123456789abcdef0"
PLAN = {"rate": 1, "burst": 1}


def auth(kind, **fields):
    return {"auth": {"authorizers": {"a": {kind: fields}}}}


def pool(**client):
    return auth("cognito", domain_prefix="shop", clients={"web": client})


def network(**fields):
    return {"network": fields}


def keyed(**keys):
    return {
        "routes": [{**GET, "api_key": True}],
        "keys": {"plans": {"gold": PLAN}, "keys": {"acme": {"plan": "gold"}}, **keys},
    }


PAIRS = {
    # Who may call
    "kept answer of the called route alone": (
        auth("function", function="f", ttl_seconds=300),
        "auth.authorizers.a.function.ttl_seconds",
        (
            "must be 0, since a cached response applies to every route; or set "
            "`covers_all_routes`, if the response names all routes that the"
        ),
    ),
    "cache without a key": (
        auth("function", function="f", ttl_seconds=300, identity_sources=[], covers_all_routes=True),
        "auth.authorizers.a.function.identity_sources",
        (
            "must contain a header or query parameter with the caller's credential if `ttl_seconds` is set: the "
            "sources are the cache key"
        ),
    ),
    "path parameter as an identity source": (
        auth("function", function="f", identity_sources=["method.request.path.id"]),
        "auth.authorizers.a.function.identity_sources[0]",
        "'method.request.path.id' is not a source such as method.request.header.Authorization or context.httpMethod",
    ),
    "token authorizer of two headers": (
        auth(
            "function",
            function="f",
            type="TOKEN",
            identity_sources=["method.request.header.A", "method.request.header.B"],
        ),
        "auth.authorizers.a.function.identity_sources",
        "must be exactly one header for a TOKEN authorizer",
    ),
    "expression on a request authorizer": (
        auth("function", function="f", validation_expression="x"),
        "auth.authorizers.a.function.validation_expression",
        "requires the type 'TOKEN'",
    ),
    "cognito method without scopes": (
        auth("cognito", pool_arns=[POOL]),
        "routes[0].scopes",
        "required unless the authorizer has `scopes`: a method without any accepts every ID token",
    ),
    "id tokens with scopes": (
        auth("cognito", pool_arns=[POOL], id_token_clients=["7a"], scopes={"read": "See"}),
        "auth.authorizers.a.cognito.scopes",
        "cannot be combined with `auth.authorizers.a.cognito.id_token_clients`: ID tokens have no scopes",
    ),
    "client credentials beside another flow": (
        pool(machine=True, callback_urls=["https://a.example"]),
        "auth.authorizers.a.cognito.clients.web.machine",
        "expected exactly one of `machine` true and `callback_urls`",
    ),
    "client without token endpoint": (
        auth("cognito", clients={"web": {"machine": True}}),
        "auth.authorizers.a.cognito.domain_prefix",
        "required: without the hosted endpoint the clients 'web' could obtain no token",
    ),
    "refresh token shorter than its tokens": (
        pool(callback_urls=["https://a.example"], access_token_minutes=1440, refresh_token_hours=24),
        "auth.authorizers.a.cognito.clients.web.refresh_token_hours",
        "must be longer than the 1,440 minutes of the other tokens",
    ),
    "threat protection without plus": (
        auth("cognito", threat_protection="AUDIT", tier="ESSENTIALS"),
        "auth.authorizers.a.cognito.tier",
        "must be 'PLUS' with `auth.authorizers.a.cognito.threat_protection`, or left out",
    ),
    "sign-in certificate outside us-east-1": (
        auth(
            "cognito",
            domain={
                "name": "login.example.com",
                "certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/0",
            },
        ),
        "auth.authorizers.a.cognito.domain.certificate_arn",
        "'arn:aws:acm:eu-west-1:123456789012:certificate/0' is not the ARN of an ACM certificate in us-east-1",
    ),
    "eleven authorizers": (
        {
            "routes": [{"path": f"/{n}", "method": "GET", "auth": f"a{n}"} for n in range(11)],
            "auth": {"authorizers": {f"a{n}": {"function": {"function": "f"}} for n in range(11)}, "default": "a0"},
        },
        "auth.authorizers",
        (
            "11 authorizers exceed AWS's quota of 10: ask AWS to raise the quota and set "
            "`quotas`, or split the API; a Cognito authorizer takes several pools"
        ),
    ),
    "iam policy where no iam is asked for": (
        {"auth": {"authorizers": {"a": {"cognito": {}}}, "invoke_policies": {"p": ["GET /orders"]}}},
        "auth.invoke_policies.p[0]",
        "'GET /orders' is a route whose auth is not 'iam': an IAM policy has no effect on it",
    ),
    # How much
    "key without authentication": (
        {"routes": [{**GET, "public": "x", "api_key": True}]},
        "routes[0].api_key",
        "requires an authorizer: a key identifies a client but does not authenticate one",
    ),
    "key without plan": (
        {"routes": [{**GET, "api_key": True}]},
        "routes[0].api_key",
        "requires a usage plan in `keys.plans`: without one every request gets 403",
    ),
    "key of the authorizer without such an authorizer": (
        keyed(source="AUTHORIZER"),
        "routes[0].auth",
        (
            "'iam' returns no API key, but `keys.source` is 'AUTHORIZER': use a Lambda "
            "authorizer with `returns_api_key`; there are none"
        ),
    ),
    "rate of zero": (
        keyed(plans={"gold": {"rate": 0, "burst": 1}}),
        "keys.plans.gold.rate",
        "expected a number more than 0 and at most 10,000 requests per second, got 0",
    ),
    "21 method throttles": (
        {
            **keyed(plans={"gold": {**PLAN, "route_throttles": {f"ANY /{n}": PLAN for n in range(3)}}}),
            "routes": [{"path": f"/{n}", "api_key": True} for n in range(3)],
        },
        "keys.plans.gold.route_throttles",
        "throttles 21 methods (ANY is 7), but AWS's quota is 20",
    ),
    "short key": (
        keyed(keys={"acme": {"plan": "gold", "value": "0123456789"}}),
        "keys.keys.acme.value",
        "expected 20 to 128 letters and digits, or an Output of them",
    ),
    # From where
    "no decision": (
        {"network": {}},
        "network",
        (
            "say from where the API may be called: give `allow_accounts`, `allow_cidrs`, "
            "`allow_organizations`, `allow_roles`, `private` or"
        ),
    ),
    "private without policy": (
        network(private={"vpc_endpoint_ids": [DOOR]}, waived="x"),
        "network.private",
        "cannot be combined with `network.waived`",
    ),
    "private over ipv4": (
        network(private={"vpc_endpoint_ids": [DOOR]}, ip_address_type="ipv4"),
        "network.ip_address_type",
        "must be 'dualstack' with `private`: AWS offers nothing else",
    ),
    "ipv4 allow list on dual stack": (
        network(allow_cidrs=["203.0.113.0/24"], ip_address_type="dualstack"),
        "network.allow_cidrs",
        "must list IPv6 ranges too, or all IPv6 callers are denied; or set `ip_address_type` to 'ipv4'",
    ),
    "ipv4 deny list on dual stack": (
        network(allow_cidrs=["2001:db8::/32"], deny_cidrs=["10.0.0.0/8"], ip_address_type="dualstack"),
        "network.deny_cidrs",
        "must list IPv6 ranges too, or all IPv6 callers are let in; or set `ip_address_type` to 'ipv4'",
    ),
    "principal beside a method without iam": (
        {**auth("cognito"), **network(allow_accounts=["123456789012"])},
        "network.allow_accounts",
        "requires every route's auth to be 'iam'; the routes' kinds are 'cognito'",
    ),
    "principal key beside a method without iam": (
        {
            **auth("cognito"),
            **network(
                allow_cidrs=["203.0.113.0/24"],
                statements=[{"Effect": "Deny", "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": ["o-1"]}}}],
            ),
        },
        "network.statements",
        (
            "'Own0' refers to principals, which requests of the kinds 'cognito' do not have: all "
            "of these would be denied"
        ),
    ),
    "an allow for everybody": (
        network(allow_cidrs=["203.0.113.0/24"], statements=[{"Effect": "Allow"}]),
        "network.statements[0]",
        (
            "an Allow for everybody needs a Condition or named principals: otherwise callers "
            "need no identity policy (the layer itself adds the Allow statements that the routes "
            "need)"
        ),
    ),
    "identity policies that a private api's allow stands in for": (
        {
            "auth": {"invoke_policies": {"p": ["GET /orders"]}},
            **network(private={"vpc_endpoint_ids": [DOOR]}),
        },
        "network.account",
        (
            "required with `network.private` and `auth.invoke_policies`: without it every "
            "principal of the account may call, whatever those policies say"
        ),
    ),
    "source vpc on a regional api": (
        network(allow_cidrs=["203.0.113.0/24"], allow_vpcs=["vpc-0123456789abcdef0"]),
        "network.allow_vpcs",
        "requires `private`: a Regional API is not reached through VPC endpoints",
    ),
    "policy beyond the quota": (
        network(allow_cidrs=[f"10.{n // 256}.{n % 256}.0/24" for n in range(600)]),
        "network",
        (
            "the resource policy has about 9,541 characters, but AWS accepts at most 8,192: join "
            "neighbouring ranges, move `deny_cidrs` to"
        ),
    ),
}


@pytest.mark.parametrize(("args", "place", "instead"), PAIRS.values(), ids=PAIRS)
def test_a_forbidden_pair_is_refused_with_what_to_do_instead(args, place, instead):
    with pytest.raises(ArgsError) as refused:
        deploy(lambda: SecureGateway("api", {**BASE, **args}))

    found = [each for each in refused.value.problems if each.path == place]
    assert any(instead in each.message for each in found), str(refused.value)
    assert len(refused.value.problems) <= 2, str(refused.value)
    assert not re.search(r"\bNone\b|object at 0x", str(refused.value))


# Every operation of every document is guarded, or open for a reason.

AUTHORIZERS = {
    "people": {"cognito": {"scopes": {"read": "See"}}},
    "staff": {"cognito": {"pool_arns": [POOL], "id_token_clients": ["7a"]}},
    "partners": {"function": {"function": "verify"}},
}
ROUTES = st.lists(
    st.builds(
        lambda path, method, guard: {"path": path, "method": method, **guard},
        st.sampled_from(["/", "/a", "/a/{id}", "/a/{id}/b", "/{proxy+}"]),
        st.sampled_from(["ANY", "GET", "POST"]),
        st.one_of(
            st.just({}),
            st.sampled_from(["iam", *AUTHORIZERS]).map(lambda name: {"auth": name}),
            st.just({"public": "a reason"}),
        ),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda route: (route["path"], route["method"]),
)
CORS = st.sampled_from([{}, {"cors": {"allow_origins": ["https://shop.example.com"]}}])


@given(ROUTES, CORS, st.sampled_from(["iam", *AUTHORIZERS]))
def test_every_operation_is_guarded_or_open_for_a_reason(routes, cors, default):
    used = {route.get("auth", default) for route in routes if "public" not in route}
    who = {"authorizers": {name: each for name, each in AUTHORIZERS.items() if name in used}}
    args = {**BASE, "routes": routes, **cors, "auth": {**who, "default": default if default in used else "iam"}}
    spec = parse("api", args)
    document = _document(spec, _content(spec), None)
    schemes = document["components"]["securitySchemes"]
    declared = {(route["path"], route["method"].lower()): route for route in routes}

    for path, item in document["paths"].items():
        for verb, operation in item.items():
            method = "any" if verb == "x-amazon-apigateway-any-method" else verb
            route = declared.get((path, method))
            if route is None:
                assert method == "options"
                assert cors
                assert operation["x-amazon-apigateway-integration"]["type"] == "mock"
            elif "public" not in route:
                name = route.get("auth", args["auth"]["default"])
                (requirement,) = operation["security"]
                ((scheme, scopes),) = requirement.items()
                assert scheme == {"iam": "sigv4"}.get(name, name)
                assert scopes == (["people/read"] if name == "people" else [])
                assert schemes[scheme]["x-amazon-apigateway-authtype"]
            else:
                assert operation["security"] == []
