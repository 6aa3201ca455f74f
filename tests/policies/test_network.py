"""Network: whom a resource policy keeps out."""

import json
from dataclasses import replace

import native_graphs
import pytest
from graphs import (
    EVERYTHING,
    OFFICE,
    UNDECIDED,
    VIOLATION,
    api,
    changed,
    domain,
    findings,
    made,
    mapping,
    method,
    policy,
    policy_document,
    stage,
    statuses,
    web_acl,
)
from native_graphs import native, native_statuses
from provider_parts import classic_api, native_api, native_method

from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.layers.network.endpoints import http_apis_not_public
from policypack.layers.network.resource_policies import callers_restricted
from policypack.model.fact import Fact
from policypack.readers.stack import build

RESTRICTED, BOUND, SURVIVES = (
    "network-callers-restricted",
    "network-private-apis-restricted",
    "network-policy-survives-imports",
)
PRIVATE = {"types": "PRIVATE"}


def allow(condition=None, **changes):
    return {**EVERYTHING, **({"Condition": condition} if condition else {}), **changes}


def deny(condition, **changes):
    return {**EVERYTHING, "Effect": "Deny", "Condition": condition, **changes}


CLOSED = {
    "deny-outside": [EVERYTHING, OFFICE],
    "deny-outside-v6": [EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": "2001:db8::/32"}})],
    "allow-inside": [allow({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})],
    "account": [allow(Principal={"AWS": "arn:aws:iam::123456789012:root"})],
    "organization": [EVERYTHING, deny({"StringNotEquals": {"aws:PrincipalOrgID": "o-1234567890"}})],
    "case-of-keys-does-not-count": [EVERYTHING, deny({"notipaddress": {"AWS:SOURCEIP": "203.0.113.0/24"}})],
    "a-lone-statement": EVERYTHING | {"Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.9/32"}}},
}


def written(statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


GREEDY = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="{proxy+}")
HEALTH = made(
    "apigateway/resource:Resource", "health", id_="health-id", restApi="shop-id", parentId="root", pathPart="health"
)
INSIDE = allow({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("execute-api:/*/*/*/*", [VIOLATION]),
        ("execute-api:/live/*/internal/*", [VIOLATION]),
        ("execute-api:/*/internal/deep/?", [VIOLATION]),
        ("arn:aws:execute-api:*:*:*/live/GET/internal/orders", [VIOLATION]),
        ("execute-api:/other/GET/internal/orders", []),
    ],
)
def test_a_greedy_path_is_asked_about_at_every_depth_that_a_policy_speaks_of(resource, wanted):
    given = api(policy=policy(INSIDE, {**EVERYTHING, "Resource": resource}))

    assert statuses(RESTRICTED, changed(path=GREEDY, method=method("ANY"), api=given)) == wanted


def test_a_greedy_path_answers_for_no_narrower_route():
    health = made("apigateway/method:Method", "health", restApi="shop-id", resourceId="health-id", httpMethod="GET")
    given = api(policy=policy(INSIDE, {**EVERYTHING, "Resource": "execute-api:/live/GET/health"}))
    (gateway,) = build(Graph(changed(HEALTH, health, path=GREEDY, method=method("ANY"), api=given))).gateways

    assert gateway.resource_policy.open_to_internet == {"GET /health": Fact.YES, "ANY /{proxy+}": Fact.NO}


@pytest.mark.parametrize("statements", CLOSED.values(), ids=CLOSED)
def test_a_policy_that_keeps_somebody_out_passes(statements):
    assert findings(RESTRICTED, changed(api=api(policy=written(statements)))) == []


OPEN = {
    "allow-all": [EVERYTHING],
    "no-statement": [],
    # The wrong operator keeps out those inside, and lets in everybody else.
    "deny-inside": [EVERYTHING, deny({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    "allow-outside": [allow({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}})],
    "the-whole-internet": [allow({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}})],
    "the-whole-internet-in-a-list": [allow({"IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "::/0"]}})],
    "deny-of-another-route": [EVERYTHING, {**OFFICE, "Resource": "execute-api:/live/GET/stock"}],
    "deny-of-another-action": [EVERYTHING, {**OFFICE, "Action": "s3:GetObject"}],
    "deny-of-one-principal": [EVERYTHING, {**OFFICE, "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}],
    # Both conditions must hold, so a caller of another agent passes the Deny.
    "deny-narrowed": [
        EVERYTHING,
        deny({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "StringEquals": {"aws:UserAgent": "bot"}}),
    ],
    "one-open-allow-beside-a-narrow-one": [allow({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}), EVERYTHING],
    "everybody-spelled-out": [allow(Principal={"AWS": "*"})],
    "condition-on-what-callers-choose": [allow({"StringEquals": {"aws:UserAgent": "ours"}})],
    "like-a-star": [EVERYTHING, deny({"StringNotLike": {"aws:PrincipalArn": "*"}})],
}


@pytest.mark.parametrize("statements", OPEN.values(), ids=OPEN)
def test_a_policy_that_keeps_nobody_out_is_found(statements):
    assert statuses(RESTRICTED, changed(api=api(policy=written(statements)))) == [VIOLATION]


@pytest.mark.parametrize("text", [None, "", "{", "[]", '"x"'])
def test_no_policy_at_all_is_found(text):
    assert statuses(RESTRICTED, changed(api=api(policy=text))) == [VIOLATION]


def test_the_policy_may_stand_in_the_body():
    document = {"openapi": "3.0.1", "paths": {}, "x-amazon-apigateway-policy": json.loads(policy(EVERYTHING, OFFICE))}

    assert findings(RESTRICTED, changed(api=api(policy=None, body=json.dumps(document)))) == []


def attached(text, **more):
    return made("apigateway/restApiPolicy:RestApiPolicy", "shop", restApiId="shop-id", policy=text, **more)


def test_the_policy_may_be_a_resource_of_its_own():
    assert findings(RESTRICTED, changed(attached(policy(EVERYTHING, OFFICE)), api=api(policy=None))) == []
    assert statuses(RESTRICTED, changed(attached(policy(EVERYTHING)), api=api(policy=None))) == [VIOLATION]


UNREADABLE = {
    "policy": UNKNOWN,
    "statement": {"Statement": [EVERYTHING, UNKNOWN]},
    "condition": {"Statement": [EVERYTHING, {**OFFICE, "Condition": UNKNOWN}]},
    "value": {"Statement": [EVERYTHING, deny({"NotIpAddress": {"aws:SourceIp": [UNKNOWN]}})]},
}


@pytest.mark.parametrize("given", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_known_yet_is_undecided(given):
    assert statuses(RESTRICTED, changed(api=api(policy=given))) == [UNDECIDED]


ENDPOINT = deny({"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}})


def private(*statements, **changes):
    return changed(api=api(endpointConfiguration=PRIVATE, policy=policy(*statements), **changes))


def test_a_private_api_is_bound_to_its_endpoints():
    vpc = allow({"StringEquals": {"aws:SourceVpc": "vpc-0123456789abcdef0"}})

    assert findings(BOUND, private(EVERYTHING, ENDPOINT)) == []
    assert findings(BOUND, private(vpc)) == []
    # A private API has no need of addresses beside.
    assert findings(RESTRICTED, private(EVERYTHING, ENDPOINT)) == []


def test_a_private_api_open_to_every_endpoint_is_found():
    address = deny({"NotIpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}})

    assert statuses(BOUND, private(EVERYTHING)) == [VIOLATION]
    assert statuses(BOUND, private(EVERYTHING, address)) == [VIOLATION]
    assert (
        findings(BOUND, changed(api=api(endpointConfiguration=PRIVATE, policy=None))) == []
    )  # AWS refuses to deploy it


def test_an_api_that_may_be_private_must_still_restrict_its_callers():
    resources = changed(api=api(endpointConfiguration={"types": UNKNOWN}, policy=None))

    assert statuses(RESTRICTED, resources) == [VIOLATION]


def test_a_policy_beside_a_body_does_not_survive():
    beside = attached(policy(EVERYTHING, OFFICE))

    assert statuses(SURVIVES, changed(beside, api=api(policy=None, body='{"paths": {}}'))) == [VIOLATION]
    assert findings(SURVIVES, changed(beside, api=api(policy=None))) == []
    assert findings(SURVIVES, changed()) == []


def test_a_route_may_be_open_on_purpose():
    webhook = made(
        "apigateway/method:Method",
        "hook",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="POST",
        authorization="CUSTOM",
    )
    statements = [{**EVERYTHING, "Resource": "execute-api:/live/POST/*"}, allow(OFFICE_ONLY)]
    resources = changed(webhook, api=api(policy=written(statements)))

    assert findings(RESTRICTED, resources) == [(VIOLATION, "API shop may be called from anywhere: POST /orders")]
    assert findings(RESTRICTED, resources, open=["POST /orders"]) == []
    every = ["GET /orders", "POST /orders"]
    assert findings(RESTRICTED, changed(webhook, api=api(policy=None)), open=every) == []
    assert findings(RESTRICTED, changed(webhook, api=api(policy=None)), open=every[:1]) != []


OFFICE_ONLY = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
STRANGERS, LISTS = "network-iam-accounts-restricted", "network-allow-lists-enforced"
SOMEBODY, DEPLOYED = "network-policy-satisfiable", "network-policy-deployed"


def test_the_turned_operator_is_named():
    ((_, message),) = findings(RESTRICTED, changed(api=api(policy=policy(EVERYTHING, deny(OFFICE_ONLY)))))

    assert message.endswith("since a Deny blocks the listed addresses instead of all others")


def test_a_broken_policy_is_no_policy():
    ((_, message),) = findings(RESTRICTED, changed(api=api(policy="{")))

    assert (
        message
        == "API shop may be called from anywhere: it has a resource policy that AWS rejects: it is not valid JSON"
    )


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING], [VIOLATION]),
        ([EVERYTHING, OFFICE], []),
        ([allow(Principal={"AWS": "123456789012"})], []),
        ([EVERYTHING, deny({"StringNotLike": {"aws:PrincipalAccount": [UNKNOWN]}})], [UNDECIDED]),
    ],
)
def test_iam_routes_know_whose_calls_they_take(statements, expected):
    given = {"Statement": statements}

    assert statuses(STRANGERS, changed(api=api(policy=given))) == expected
    cognito = made(
        "apigateway/method:Method",
        "orders-get",
        restApi="shop-id",
        resourceId="orders-id",
        httpMethod="GET",
        authorization="COGNITO_USER_POOLS",
        authorizerId="users",
    )
    assert statuses(STRANGERS, changed(api=api(policy=given), method=cognito)) == []


def test_iam_without_a_policy_takes_calls_of_the_own_account_alone():
    assert findings(STRANGERS, changed(api=api(policy=None))) == []


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(OFFICE_ONLY)], [VIOLATION]),
        ([EVERYTHING, OFFICE], []),
        ([allow(OFFICE_ONLY), OFFICE], []),
        (
            [allow(OFFICE_ONLY), {"Effect": UNKNOWN, **{k: v for k, v in EVERYTHING.items() if k != "Effect"}}],
            [UNDECIDED],
        ),
    ],
)
def test_a_list_of_addresses_holds_for_authorized_callers(statements, expected):
    assert statuses(LISTS, changed(api=api(policy={"Statement": statements}))) == expected


OWN_ENDPOINT = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [([allow(OWN_ENDPOINT)], [VIOLATION]), ([EVERYTHING, ENDPOINT], []), ([allow(OWN_ENDPOINT), ENDPOINT], [])],
)
def test_a_list_of_vpc_endpoints_holds_for_authorized_callers(statements, expected):
    assert statuses(LISTS, private(*statements)) == expected


def test_a_policy_that_nobody_satisfies_is_found():
    endpoint = policy(EVERYTHING, ENDPOINT)

    assert statuses(SOMEBODY, changed(api=api(policy=endpoint))) == [VIOLATION]
    assert findings(SOMEBODY, private(EVERYTHING, ENDPOINT)) == []
    assert statuses(SOMEBODY, private(OFFICE)) == [VIOLATION]
    assert findings(SOMEBODY, changed(api=api(policy=UNKNOWN))) == []


PUT = made("apigateway/restApiPut:RestApiPut", "shop", restApiId="shop-id", body="{}")
CONTESTED = {
    "body": ([attached(policy(EVERYTHING))], {"policy": None, "body": "{}"}),
    "body-to-come": ([attached(policy(EVERYTHING))], {"policy": None, "body": UNKNOWN}),
    "import": ([attached(policy(EVERYTHING)), PUT], {"policy": None}),
    "import-beside-an-argument": ([PUT], {}),
    "argument": ([attached(policy(EVERYTHING))], {}),
    "twice": ([attached(policy(EVERYTHING)), replace(attached(policy(OFFICE)), urn="other")], {"policy": None}),
}


@pytest.mark.parametrize(("more", "inputs"), CONTESTED.values(), ids=CONTESTED)
def test_a_policy_is_written_in_one_place(more, inputs):
    assert statuses(SURVIVES, changed(*more, api=api(**inputs))) == [VIOLATION]


def test_a_merged_body_leaves_a_separate_policy_alone():
    given = api(policy=None, body="{}", putRestApiMode="merge")

    assert findings(SURVIVES, changed(attached(policy(EVERYTHING)), api=given)) == []


def test_a_deployment_waits_for_a_separate_policy():
    beside = attached(policy(EVERYTHING, OFFICE))
    early = made("apigateway/deployment:Deployment", "shop", restApi="shop-id")
    late = replace(early, dependencies=frozenset({beside.urn}))
    through = made("apigateway/deployment:Deployment", "shop", restApi="shop-id", edges=[("triggers", beside)])

    assert statuses(DEPLOYED, changed(beside, early, api=api(policy=None))) == [VIOLATION]
    for each in (late, through):
        assert findings(DEPLOYED, changed(beside, each, api=api(policy=None))) == []
    assert findings(DEPLOYED, changed(early)) == []


DOMAIN_BOUND = "network-private-domains-restricted"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (None, []),
        (policy(EVERYTHING), [VIOLATION]),
        (policy(EVERYTHING, ENDPOINT), []),
        (UNKNOWN, [UNDECIDED]),
        ("{", []),
    ],
)
def test_a_private_domain_is_bound_to_its_endpoints(written, expected):
    given = {"policy": written} if written is not None else {}

    assert statuses(DOMAIN_BOUND, [domain(endpointConfiguration=PRIVATE, **given)]) == expected
    assert findings(DOMAIN_BOUND, [domain(endpointConfiguration={"types": "REGIONAL"}, **given)]) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [VIOLATION]),
        ({"endpointConfiguration": {"types": ["REGIONAL"]}}, [VIOLATION]),
        ({"endpointConfiguration": PRIVATE}, []),
        ({"endpointConfiguration": {"types": UNKNOWN}}, [UNDECIDED]),
        ({"endpointConfiguration": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_the_endpoint_types_of_an_organisation(given, expected):
    assert statuses("network-endpoint-types-allowed", changed(api=api(**given)), allowed=["PRIVATE"]) == expected
    assert findings("network-endpoint-types-allowed", changed(api=api(**given))) == []


LISTED = {"ipSetReferenceStatement": {"arn": "arn:set"}}
UNLISTED = {"notStatement": {"statement": LISTED}}
FROM_US = {"andStatement": {"statements": [LISTED, {"geoMatchStatement": {"countryCodes": ["DE"]}}]}}


def rule(action, statement):
    return {"name": "r", "priority": 1, "action": {action: {}}, "statement": statement}


BLOCKED = {"defaultAction": {"block": {}}}
FIREWALLS = {
    "listed-allowed": ([rule("allow", LISTED)], BLOCKED, []),
    "listed-and-more-allowed": ([rule("allow", FROM_US)], BLOCKED, []),
    "unlisted-blocked": ([rule("block", UNLISTED)], {}, []),
    "unlisted-counted": ([rule("count", UNLISTED)], {}, [VIOLATION]),
    "listed-blocked": ([rule("block", LISTED)], {}, [VIOLATION]),
    "others-allowed": ([rule("allow", {"geoMatchStatement": {"countryCodes": ["DE"]}})], BLOCKED, [VIOLATION]),
    "rules-to-come": (UNKNOWN, BLOCKED, [UNDECIDED]),
}


@pytest.mark.parametrize(("rules", "inputs", "expected"), FIREWALLS.values(), ids=FIREWALLS)
def test_a_web_acl_may_keep_out_strangers_instead(rules, inputs, expected):
    addresses = made("wafv2/ipSet:IpSet", "set", arn="arn:set", addresses=["203.0.113.0/24"])
    acl = web_acl(**({"rules": rules} if rules is UNKNOWN else {}), **inputs)
    acl = acl if rules is UNKNOWN else replace(acl, inputs={**acl.inputs, "rules": rules})

    assert statuses(RESTRICTED, changed(addresses, acl=acl, api=api(policy=None))) == expected
    assert statuses(RESTRICTED, changed(addresses, stage("bare"), acl=acl, api=api(policy=None))) == [VIOLATION]


def front(secret):
    headers = [{"name": "x-from-front", "value": UNKNOWN}] if secret else []
    origin = {"originId": "api", "domainName": "shop-id.execute-api.eu-west-1.amazonaws.com", "customHeaders": headers}
    return made("cloudfront/distribution:Distribution", "front", origins=[origin])


MUTUAL_TLS = {"mutualTlsAuthentication": {"truststoreUri": "s3://trust/ca.pem", "truststoreVersion": "v1"}}
CHECKED = made(
    "apigateway/method:Method",
    "orders-get",
    restApi="shop-id",
    resourceId="orders-id",
    httpMethod="GET",
    authorization="CUSTOM",
    authorizerId="a",
)
BY_SECRET = made(
    "apigateway/authorizer:Authorizer",
    "a",
    id_="a",
    restApi="shop-id",
    type="REQUEST",
    identitySource="method.request.header.x-from-front",
)
HTTP_APIS = {
    "open": (changed(), Fact.NO),
    "endpoint-off": (changed(api=api(disableExecuteApiEndpoint=True)), Fact.YES),
    "mutual-tls": (
        changed(domain(**MUTUAL_TLS), mapping(), api=api(disableExecuteApiEndpoint=True)),
        Fact.YES,
    ),
    "mutual-tls-and-a-way-round": (changed(domain(**MUTUAL_TLS), mapping()), Fact.NO),
    "domain-for-everybody": (changed(domain(), mapping(), api=api(disableExecuteApiEndpoint=True)), Fact.NO),
    "domain-from-elsewhere": (changed(mapping(), api=api(disableExecuteApiEndpoint=True)), Fact.UNKNOWN),
    "front-with-a-secret": (changed(front(secret=True), BY_SECRET, method=CHECKED), Fact.YES),
    "front-with-a-secret-that-may-be-checked": (changed(front(secret=True), method=CHECKED), Fact.UNKNOWN),
    "front-with-a-secret-that-nobody-checks": (changed(front(secret=True)), Fact.NO),
    "front-without": (changed(front(secret=False), method=CHECKED), Fact.NO),
}


@pytest.mark.parametrize(("resources", "expected"), HTTP_APIS.values(), ids=HTTP_APIS)
def test_what_closes_an_http_api(resources, expected):
    (gateway,) = build(Graph(resources)).gateways
    (verdict,) = http_apis_not_public(replace(gateway, kind="HTTP"), {})

    assert verdict.result is expected.value
    assert list(http_apis_not_public(gateway, {})) == []
    assert list(callers_restricted(replace(gateway, kind="HTTP"), {"open": []})) == []


def http_api(kind="HTTP", **inputs):
    return made("apigatewayv2/api:Api", "h", id_="h-id", name="h", protocolType=kind, **inputs)


HTTP_CLOSED = "network-http-apis-not-public"


@pytest.mark.parametrize("kind", ["HTTP", "WEBSOCKET"])
def test_an_http_api_is_closed_by_certificates_alone(kind):
    reached = made("apigatewayv2/apiMapping:ApiMapping", "m", apiId="h-id", domainName="api.example.com", stage="live")
    ((_, message),) = findings(HTTP_CLOSED, [http_api(kind)])

    assert message.startswith("API h may be called from anywhere: a")
    off = http_api(kind, disableExecuteApiEndpoint=True)
    assert findings(HTTP_CLOSED, [off, reached, domain(**MUTUAL_TLS)]) == []
    assert statuses(HTTP_CLOSED, [off, reached, domain()]) == [VIOLATION]
    assert statuses(HTTP_CLOSED, [http_api(kind, disableExecuteApiEndpoint=UNKNOWN)]) == [UNDECIDED]
    assert findings(RESTRICTED, [http_api(kind)]) == []


# Defects that no other tool finds, with their compliant counterparts.
DENY_INSIDE = {**OFFICE, "Condition": {"IpAddress": OFFICE["Condition"]["NotIpAddress"]}}
FROM_ENDPOINT = {**OFFICE, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}}
ON_LIST = {**EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
ACCOUNT = {**EVERYTHING, "Principal": {"AWS": "123456789012"}}
GET = native_method("https://a.example.com")
NATIVE_PRIVATE = {"types": ["PRIVATE"]}


def private_domain(*statements):
    return native(
        "apigateway:DomainNameV2",
        "d",
        domainName="x",
        endpointConfiguration=NATIVE_PRIVATE,
        policy=policy_document(*statements),
    )


DEFECTS = {
    "07 principal star without condition": (
        RESTRICTED,
        ([classic_api(EVERYTHING)], [classic_api(EVERYTHING, OFFICE)]),
        ([native_api(EVERYTHING)], [native_api(EVERYTHING, OFFICE)]),
    ),
    "08 private API open to every endpoint": (
        BOUND,
        ([classic_api(EVERYTHING, kind="PRIVATE")], [classic_api(EVERYTHING, FROM_ENDPOINT, kind="PRIVATE")]),
        ([native_api(EVERYTHING, kind="PRIVATE")], [native_api(EVERYTHING, FROM_ENDPOINT, kind="PRIVATE")]),
    ),
    "09 Deny that blocks the inside": (
        RESTRICTED,
        ([classic_api(EVERYTHING, DENY_INSIDE)], [classic_api(EVERYTHING, OFFICE)]),
        ([native_api(EVERYTHING, DENY_INSIDE)], [native_api(EVERYTHING, OFFICE)]),
    ),
}


@pytest.mark.parametrize("provider", [1, 2], ids=["aws", "aws-native"])
@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_its_counterpart_is_not(defect, provider):
    rule, (broken, sound) = defect[0], defect[provider]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


IN_AWS_NATIVE = {
    "network-iam-accounts-restricted": ([native_api(EVERYTHING), *GET], [native_api(ACCOUNT), *GET]),
    "network-allow-lists-enforced": ([native_api(ON_LIST), *GET], [native_api(ON_LIST, OFFICE), *GET]),
    "network-policy-satisfiable": (
        [native_api(EVERYTHING, FROM_ENDPOINT)],
        [native_api(EVERYTHING, FROM_ENDPOINT, kind="PRIVATE")],
    ),
    "network-private-domains-restricted": ([private_domain(EVERYTHING)], [private_domain(EVERYTHING, FROM_ENDPOINT)]),
}


@pytest.mark.parametrize("rule", IN_AWS_NATIVE)
def test_a_native_defect_is_found_and_its_counterpart_is_not(rule):
    broken, sound = IN_AWS_NATIVE[rule]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
WHOLE_API = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*"
ABOUT_ANOTHER_API = {**OFFICE, "Resource": "arn:aws:execute-api:eu-west-1:123456789012:another-id/*"}
ABOUT_THIS_API = {**OFFICE, "Resource": WHOLE_API}


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([EVERYTHING, ABOUT_ANOTHER_API], [VIOLATION]),
        ([EVERYTHING, ABOUT_THIS_API], []),
        ([EVERYTHING, {**OFFICE, "Resource": "arn:aws:execute-api:eu-west-1:123456789012:*"}], []),
        ([{**EVERYTHING, "Resource": WHOLE_API}], [VIOLATION]),
    ],
)
def test_a_statement_about_another_api_is_about_another_api(statements, expected):
    # Of the API its id alone is known, and not its ARN.
    assert statuses("network-callers-restricted", changed(api=api(policy=policy(*statements)))) == expected
    twin = native_graphs.api(policy={"Statement": statements})
    assert native_statuses("network-callers-restricted", api=twin) == expected


WIDE = {**OFFICE, "Condition": {"NotIpAddress": {"aws:SourceIp": ["0.0.0.0/0"]}}}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (OFFICE, []),
        (WIDE, [VIOLATION]),
        ({**OFFICE, "Action": "execute-api:ManageConnections"}, [VIOLATION]),
        ({**OFFICE, "Action": "execute-api:InvalidateCache"}, []),
        ({**WIDE, "Resource": "execute-api:/live/GET/another-path"}, []),
        ({**OFFICE, "Condition": {"NotIpAddress": {"aws:SourceIp": [UNKNOWN]}}}, [UNDECIDED]),
    ],
)
def test_a_deny_that_keeps_nobody_out_is_no_list(statement, expected):
    # Without an Allow, a route with IAM takes whatever the own account's policies allow, from anywhere.
    written = api(policy={"Statement": [statement]})

    assert statuses("network-allow-lists-enforced", changed(api=written)) == expected
    twin = native_graphs.api(policy={"Statement": [statement]})
    assert native_statuses("network-allow-lists-enforced", api=twin) == expected


@pytest.mark.parametrize("kind", [UNKNOWN, {"types": UNKNOWN}])
def test_an_api_that_may_be_private_and_open_is_undecided(kind):
    bound = "network-private-apis-restricted"

    assert statuses(bound, changed(api=api(endpointConfiguration=kind))) == []
    assert statuses(bound, changed(api=api(endpointConfiguration=kind, policy=policy(EVERYTHING)))) == [UNDECIDED]
    assert statuses(bound, changed(api=api(policy=policy(EVERYTHING)))) == []


@pytest.mark.parametrize(
    ("written", "expected"), [(policy(EVERYTHING), [UNDECIDED]), (UNKNOWN, [UNDECIDED]), (None, [])]
)
def test_a_domain_that_may_be_private_and_open_is_undecided(written, expected):
    given = {} if written is None else {"policy": written}

    assert statuses("network-private-domains-restricted", [domain(endpointConfiguration=UNKNOWN, **given)]) == expected
