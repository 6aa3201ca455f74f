"""What AWS forbids, ignores or turns against its owner, in who may call, how much and from where: each is refused.

Every message says where it stands, what was given, and what to do instead.
"""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recorder import deploy
from secure_gateway import ArgsError, SecureGateway
from secure_gateway.gateway import _content, _document
from secure_gateway.parse import parse

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
        "covers_all_routes",
    ),
    "cache without a key": (
        auth("function", function="f", ttl_seconds=300, identity_sources=[], covers_all_routes=True),
        "auth.authorizers.a.function.identity_sources",
        "at least one",
    ),
    "path parameter as an identity source": (
        auth("function", function="f", identity_sources=["method.request.path.id"]),
        "auth.authorizers.a.function.identity_sources[0]",
        "method.request.header.Authorization",
    ),
    "token authorizer of two headers": (
        auth(
            "function",
            function="f",
            type="TOKEN",
            identity_sources=["method.request.header.A", "method.request.header.B"],
        ),
        "auth.authorizers.a.function.identity_sources",
        "exactly one header",
    ),
    "expression on a request authorizer": (
        auth("function", function="f", validation_expression="x"),
        "auth.authorizers.a.function.validation_expression",
        "only for type TOKEN",
    ),
    "cognito method without scopes": (auth("cognito", pool_arns=[POOL]), "routes[0].scopes", "a scope here"),
    "id tokens with scopes": (
        auth("cognito", pool_arns=[POOL], id_token_clients=["7a"], scopes={"read": "See"}),
        "auth.authorizers.a.cognito.scopes",
        "ID tokens have no scopes",
    ),
    "client credentials beside another flow": (
        pool(machine=True, callback_urls=["https://a.example"]),
        "auth.authorizers.a.cognito.clients.web.machine",
        "exactly one",
    ),
    "client without token endpoint": (
        auth("cognito", clients={"web": {"machine": True}}),
        "auth.authorizers.a.cognito.domain_prefix",
        "a prefix",
    ),
    "refresh token shorter than its tokens": (
        pool(callback_urls=["https://a.example"], access_token_minutes=1440, refresh_token_hours=24),
        "auth.authorizers.a.cognito.clients.web.refresh_token_hours",
        "longer than",
    ),
    "threat protection without plus": (
        auth("cognito", threat_protection="AUDIT", tier="ESSENTIALS"),
        "auth.authorizers.a.cognito.tier",
        "'PLUS' beside",
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
        "us-east-1",
    ),
    "eleven authorizers": (
        {
            "routes": [{"path": f"/{n}", "method": "GET", "auth": f"a{n}"} for n in range(11)],
            "auth": {"authorizers": {f"a{n}": {"function": {"function": "f"}} for n in range(11)}, "default": "a0"},
        },
        "auth.authorizers",
        "several pools",
    ),
    "iam policy where no iam is asked for": (
        {"auth": {"authorizers": {"a": {"cognito": {}}}, "invoke_policies": {"p": ["GET /orders"]}}},
        "auth.invoke_policies.p[0]",
        "'iam'",
    ),
    # How much
    "key without authentication": (
        {"routes": [{**GET, "public": "x", "api_key": True}]},
        "routes[0].api_key",
        "only beside an authorizer",
    ),
    "key without plan": ({"routes": [{**GET, "api_key": True}]}, "routes[0].api_key", "a usage plan in keys.plans"),
    "key of the authorizer without such an authorizer": (
        keyed(source="AUTHORIZER"),
        "routes[0].auth",
        "returns_api_key",
    ),
    "rate of zero": (keyed(plans={"gold": {"rate": 0, "burst": 1}}), "keys.plans.gold.rate", "more than 0"),
    "21 method throttles": (
        {
            **keyed(plans={"gold": {**PLAN, "route_throttles": {f"ANY /{n}": PLAN for n in range(3)}}}),
            "routes": [{"path": f"/{n}", "api_key": True} for n in range(3)],
        },
        "keys.plans.gold.route_throttles",
        "at most 20",
    ),
    "short key": (
        keyed(keys={"acme": {"plan": "gold", "value": "0123456789"}}),
        "keys.keys.acme.value",
        "20 to 128",
    ),
    # From where
    "no decision": ({"network": {}}, "network", "waived takes the reason"),
    "private without policy": (
        network(private={"vpc_endpoint_ids": [DOOR]}, waived="x"),
        "network.private",
        "nothing beside",
    ),
    "private over ipv4": (
        network(private={"vpc_endpoint_ids": [DOOR]}, ip_address_type="ipv4"),
        "network.ip_address_type",
        "'dualstack'",
    ),
    "ipv4 allow list on dual stack": (
        network(allow_cidrs=["203.0.113.0/24"], ip_address_type="dualstack"),
        "network.allow_cidrs",
        "IPv6 ranges too",
    ),
    "ipv4 deny list on dual stack": (
        network(allow_cidrs=["2001:db8::/32"], deny_cidrs=["10.0.0.0/8"], ip_address_type="dualstack"),
        "network.deny_cidrs",
        "IPv6 ranges too",
    ),
    "principal beside a method without iam": (
        {**auth("cognito"), **network(allow_accounts=["123456789012"])},
        "network.allow_accounts",
        "only where every route's auth is 'iam'",
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
        "nothing about principals",
    ),
    "an allow for everybody": (
        network(allow_cidrs=["203.0.113.0/24"], statements=[{"Effect": "Allow"}]),
        "network.statements[0]",
        "a Condition, or named principals",
    ),
    "identity policies that a private api's allow stands in for": (
        {
            "auth": {"invoke_policies": {"p": ["GET /orders"]}},
            **network(private={"vpc_endpoint_ids": [DOOR]}),
        },
        "network.account",
        "the gateway's own account",
    ),
    "source vpc on a regional api": (
        network(allow_cidrs=["203.0.113.0/24"], allow_vpcs=["vpc-0123456789abcdef0"]),
        "network.allow_vpcs",
        "only beside private",
    ),
    "policy beyond the quota": (
        network(allow_cidrs=[f"10.{n // 256}.{n % 256}.0/24" for n in range(600)]),
        "network",
        "join neighbouring ranges",
    ),
}


@pytest.mark.parametrize(("args", "place", "instead"), PAIRS.values(), ids=PAIRS)
def test_a_forbidden_pair_is_refused_with_what_to_do_instead(args, place, instead):
    with pytest.raises(ArgsError) as refused:
        deploy(lambda: SecureGateway("api", {**BASE, **args}))

    found = [each for each in refused.value.problems if each.path == place]
    assert any(instead in each.allowed for each in found), str(refused.value)
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
