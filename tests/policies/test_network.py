"""Network: whom a resource policy keeps out."""

import json
from dataclasses import replace

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
    stage,
    statuses,
    web_acl,
)

from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.layers.network import callers_restricted, http_apis_not_public
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
    assert statuses(BOUND, changed(api=api(endpointConfiguration=PRIVATE, policy=None))) == [VIOLATION]


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
    assert findings(RESTRICTED, resources, open=["*"]) == []
    assert findings(RESTRICTED, changed(webhook, api=api(policy=None)), open=["*"]) == []


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


FUNCTION = made(
    "lambda/function:Function",
    "orders",
    id_="orders-fn",
    arn="arn:aws:lambda:eu-west-1:123456789012:function:orders-fn",
)
CALLED = made(
    "apigateway/integration:Integration",
    "orders",
    restApi="shop-id",
    resourceId="orders-id",
    httpMethod="GET",
    type="AWS_PROXY",
    uri=(
        "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:eu-west-1:123456789012:function:orders-fn/invocations"
    ),
)
NAMED, CLOSED_FUNCTIONS, MODEST = (
    "network-lambda-permissions-name-api",
    "network-functions-not-public",
    "network-lambda-permissions-invoke-only",
)
OUR_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/GET/orders"


def permission(principal="apigateway.amazonaws.com", edges=(), **inputs):
    kept = {"function": "orders-fn", "principal": principal, "action": "lambda:InvokeFunction", **inputs}
    return made("lambda/permission:Permission", "gateway", edges=edges, **kept)


SOURCES = {
    "this-api": ({"sourceArn": OUR_ARN}, []),
    "any-method": ({"sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/*/*"}, []),
    "account": ({"sourceAccount": "123456789012"}, []),
    "any-api-of-the-account": ({"sourceArn": "arn:aws:execute-api:eu-west-1:123456789012:*/*/*/*"}, [VIOLATION]),
    "any-api": ({"sourceArn": "arn:aws:execute-api:*:*:*/*/*/*"}, [VIOLATION]),
    "any-account": ({"sourceArn": "arn:aws:execute-api:*:*:shop-id/*"}, [VIOLATION]),
    "no-arn": ({"sourceArn": "*/*/*/*"}, [VIOLATION]),
    "any-service": ({"sourceArn": "arn:aws:*:*:*:*"}, [VIOLATION]),
    "another-service": ({"sourceArn": "arn:aws:s3:::bucket"}, []),
    "nothing": ({}, [VIOLATION]),
    "unknown": ({"sourceArn": UNKNOWN}, [UNDECIDED]),
}


@pytest.mark.parametrize(("source", "expected"), SOURCES.values(), ids=SOURCES)
def test_a_permission_names_the_api(source, expected):
    assert statuses(NAMED, changed(FUNCTION, permission(**source))) == expected


def test_an_arn_to_come_of_an_api_names_that_api():
    given = permission(sourceArn=UNKNOWN, edges=[("sourceArn", api())])

    assert findings(NAMED, changed(FUNCTION, given)) == []


def test_permissions_of_other_services_are_not_judged():
    assert findings(NAMED, changed(FUNCTION, permission("s3.amazonaws.com"))) == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (permission("*"), [VIOLATION]),
        (permission("*", principalOrgId="o-1"), []),
        (permission("123456789012"), []),
        (permission(UNKNOWN), [UNDECIDED]),
    ],
)
def test_a_function_behind_a_gateway_is_not_for_everybody(given, expected):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, CALLED, given)) == expected
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, given)) == []


@pytest.mark.parametrize(
    ("action", "expected"),
    [("lambda:InvokeFunction", []), ("lambda:*", [VIOLATION]), (UNKNOWN, [UNDECIDED])],
)
def test_a_permission_lets_call_and_nothing_else(action, expected):
    assert statuses(MODEST, changed(FUNCTION, permission(action=action, sourceArn=OUR_ARN))) == expected


def function_url(kind="NONE", name="orders-fn", edges=()):
    return made("lambda/functionUrl:FunctionUrl", "url", functionName=name, authorizationType=kind, edges=edges)


WAYS = {
    "integration": [CALLED],
    "permission": [permission(sourceArn=OUR_ARN)],
    "edge": [
        made("apigateway/integration:Integration", "i", restApi="shop-id", uri=UNKNOWN, edges=[("uri", FUNCTION)])
    ],
    "http-api": [made("apigatewayv2/integration:Integration", "i", apiId="x", integrationUri=FUNCTION.outputs["arn"])],
    "body": [replace(api(body=UNKNOWN), property_dependencies={"body": frozenset({FUNCTION.urn})}, urn="other-api")],
}


@pytest.mark.parametrize("ways", WAYS.values(), ids=WAYS)
def test_a_function_url_is_no_way_round_the_gateway(ways):
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), *ways)) == [VIOLATION]
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url("AWS_IAM"), *ways)) == []
    assert statuses(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(UNKNOWN), *ways)) == [UNDECIDED]


def test_a_function_url_of_a_function_of_its_own_is_not_judged():
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url(), CALLED, function=None)) != []
    assert findings(CLOSED_FUNCTIONS, changed(FUNCTION, function_url())) == []
    assert findings(CLOSED_FUNCTIONS, changed(function_url(name="elsewhere"), CALLED)) == []
    assert statuses(CLOSED_FUNCTIONS, changed(function_url(name=UNKNOWN), CALLED)) == [UNDECIDED]


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


SCOPED, SHUT = "network-vpc-endpoints-scoped", "network-vpc-endpoints-not-public"


def vpc_endpoint(service="com.amazonaws.eu-west-1.execute-api", edges=(), **inputs):
    return made("ec2/vpcEndpoint:VpcEndpoint", "door", serviceName=service, edges=edges, **inputs)


OURS = {**EVERYTHING, "Resource": OUR_ARN}


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([vpc_endpoint()], [VIOLATION]),
        ([vpc_endpoint(policy=policy({**EVERYTHING, "Action": "*", "Resource": "*"}))], [VIOLATION]),
        ([vpc_endpoint(policy=policy(OURS))], []),
        ([vpc_endpoint(policy=UNKNOWN)], [UNDECIDED]),
        ([vpc_endpoint(policy=UNKNOWN, edges=[("policy", api())])], []),
        (
            [
                vpc_endpoint(),
                made("ec2/vpcEndpointPolicy:VpcEndpointPolicy", "p", vpcEndpointId="door-id", policy=policy(OURS)),
            ],
            [],
        ),
        ([vpc_endpoint("com.amazonaws.eu-west-1.s3")], []),
    ],
)
def test_a_vpc_endpoint_leads_to_named_apis(resources, expected):
    assert statuses(SCOPED, changed(*resources)) == expected


def group(**inputs):
    return made("ec2/securityGroup:SecurityGroup", "clients", **inputs)


def ingress(**inputs):
    kept = {"securityGroupId": "clients-id", **inputs}
    return made("vpc/securityGroupIngressRule:SecurityGroupIngressRule", "rule", **kept)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([group()], []),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/0"]}])], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["10.0.0.0/8"]}])], []),
        ([group(), ingress(cidrIpv6="::/0")], [VIOLATION]),
        ([group(), ingress(cidrIpv4="10.0.0.0/8")], []),
        ([group(), ingress(cidrIpv4=UNKNOWN)], [UNDECIDED]),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/1", "128.0.0.0/1"]}])], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["::/1"]}]), ingress(cidrIpv6="8000::/1")], [VIOLATION]),
        ([group(ingress=[{"cidrBlocks": ["0.0.0.0/1", "no address"]}])], []),
        ([], []),
    ],
)
def test_the_groups_of_a_vpc_endpoint_keep_out_the_world(resources, expected):
    assert statuses(SHUT, changed(vpc_endpoint(securityGroupIds=["clients-id"]), *resources)) == expected
    later = vpc_endpoint(securityGroupIds=UNKNOWN, edges=[("securityGroupIds", group())])
    assert statuses(SHUT, changed(later, *resources)) == expected
    apart = made(
        "ec2/securityGroupAssociation:SecurityGroupAssociation",
        "a",
        securityGroupId="clients-id",
        vpcEndpointId="door-id",
    )
    assert statuses(SHUT, changed(vpc_endpoint(), apart, *resources)) == expected


def test_a_group_to_come_of_a_vpc_endpoint_is_undecided():
    apart = made(
        "ec2/securityGroupAssociation:SecurityGroupAssociation", "a", securityGroupId=UNKNOWN, vpcEndpointId="door-id"
    )
    assert statuses(SHUT, changed(vpc_endpoint(), apart)) == [UNDECIDED]


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
    "front-with-a-secret": (changed(front(secret=True), method=CHECKED), Fact.YES),
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
