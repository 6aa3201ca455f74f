"""WAF: CloudFront before an API, which is the only way to a web ACL for HTTP and WebSocket APIs."""

from dataclasses import replace

import pytest
from graphs import UNDECIDED, VIOLATION, association, changed, findings, made, method, statuses, waf_rule, web_acl
from http_graphs import EDGE, SECRET, distribution, http_api, observed, read_stages, v2_stage

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.layers import POLICIES
from policypack.model.fact import Fact

BEHIND, UNAVOIDABLE, FILTERS = "waf-stages-have-web-acl", "waf-cloudfront-not-bypassable", "waf-web-acls-block"
YES, NO, NOT_YET = Fact.YES, Fact.NO, Fact.UNKNOWN


def bare(*more, **parts):
    """The sound gateway without a web ACL with_dimensions its own."""
    return changed(*more, **{"acl": None, "acl_log": None, "association": None, "blocked": None, **parts})


@pytest.mark.parametrize(
    ("front", "expected"),
    [
        pytest.param(distribution(), [], id="endpoint"),
        pytest.param(distribution(webAclId=UNKNOWN), [], id="acl-to-come"),
        pytest.param(distribution(webAclId=None), [VIOLATION], id="no-acl"),
        pytest.param(distribution(enabled=False), [VIOLATION], id="off"),
        pytest.param(distribution("other.execute-api.eu-west-1.amazonaws.com"), [VIOLATION], id="another-api"),
        pytest.param(distribution("assets.s3.amazonaws.com"), [VIOLATION], id="a-bucket"),
        pytest.param(distribution(UNKNOWN, edges=[("origins", changed()[0])]), [], id="by-edge"),
        pytest.param(distribution(origins=UNKNOWN, edges=[("origins", changed()[0])]), [], id="origins-by-edge"),
    ],
)
def test_a_distribution_with_a_web_acl_filters_the_api_behind_it(front, expected):
    assert statuses(BEHIND, bare(front)) == expected


@pytest.mark.parametrize(
    ("acl", "expected"),
    [
        ("473e64fd-f30b-4765-81a0-62ad96dd167a", [VIOLATION]),
        ("arn:aws:waf::123456789012:webacl/473e64fd-f30b-4765-81a0-62ad96dd167a", [VIOLATION]),
        ("arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/473e64fd-f30b-4765-81a0-62ad96dd167a", []),
        (UNKNOWN, []),
    ],
)
def test_a_web_acl_of_waf_classic_counts_as_none(acl, expected):
    classic = made("waf/webAcl:WebAcl", "old")

    assert statuses(BEHIND, bare(distribution(webAclId=acl))) == expected
    assert statuses("waf-classic-unused", bare(distribution(webAclId=acl))) == expected
    by_edge = distribution(webAclId=UNKNOWN, edges=[("webAclId", classic)])
    assert statuses(BEHIND, bare(classic, by_edge)) == [VIOLATION]


def test_a_custom_domain_as_origin_leads_to_its_api():
    name = made("apigateway/domainName:DomainName", "d", domainName="api.example.com")
    mapping = made("apigateway/basePathMapping:BasePathMapping", "d", restApi="shop-id", domainName="api.example.com")

    assert findings(BEHIND, bare(name, mapping, distribution("api.example.com"))) == []
    by_edge = distribution(UNKNOWN, edges=[("origins", name)])
    assert findings(BEHIND, bare(name, mapping, by_edge)) == []
    assert statuses(BEHIND, bare(distribution("api.example.com"))) == [VIOLATION]


ASKING = method(authorization="CUSTOM", authorizerId="a")
"""A method whose authorizer can ask for a header."""


def authorizer(**inputs):
    return made("apigateway/authorizer:Authorizer", "a", id_="a", restApi="shop-id", **{"type": "REQUEST", **inputs})


OPEN_API = made("apigateway/restApi:RestApi", "shop", name="shop")
BY_SECRET = authorizer(identitySource="method.request.header.X-Origin")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ((), [VIOLATION]),
        ([{"name": "X-Origin", "value": SECRET}], []),
        ([{"name": "X-Origin", "value": UNKNOWN}], []),
        ([{"name": "X-Origin", "value": "cloudfront"}], [VIOLATION]),
        ([{"name": "X-Origin"}], [VIOLATION]),
        ([{"name": "X-Other", "value": SECRET}, {"name": "X-Origin", "value": "y"}], [VIOLATION]),
        (UNKNOWN, [UNDECIDED]),
    ],
)
def test_an_api_that_answers_whoever_goes_round_its_front_is_found(headers, expected):
    parts = {"api": OPEN_API, "method": ASKING}

    assert statuses(UNAVOIDABLE, bare(distribution(headers=headers), BY_SECRET, **parts)) == expected
    # A resource policy that keeps others out closes the way round.
    assert findings(UNAVOIDABLE, bare(distribution(headers=headers))) == []
    assert findings(UNAVOIDABLE, changed(distribution(headers=headers))) == []  # it has an ACL with_dimensions its own


@pytest.mark.parametrize(
    ("how", "expected"), [("AWS_IAM", [VIOLATION]), ("COGNITO_USER_POOLS", [VIOLATION]), (UNKNOWN, [UNDECIDED])]
)
def test_a_secret_that_nothing_asks_for_keeps_nobody_out(how, expected):
    open_api = made("apigateway/restApi:RestApi", "shop", name="shop")

    assert statuses(UNAVOIDABLE, bare(distribution(), api=open_api, method=method(authorization=how))) == expected
    body = made("apigateway/restApi:RestApi", "shop", name="shop", body=UNKNOWN)
    assert statuses(UNAVOIDABLE, bare(distribution(), api=body, method=None)) == [UNDECIDED]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),
        ({"webAclId": None}, [VIOLATION]),
        ({"webAclId": None, "headers": UNKNOWN}, [UNDECIDED]),
        ({"webAclId": None, "headers": ()}, []),  # the API refuses it as it does everybody who goes round the front
        ({"webAclId": None, "enabled": False}, []),
    ],
    ids=["filtered-too", "bare", "perhaps-proving-itself", "proves-nothing", "off"],
)
def test_every_distribution_before_an_api_has_a_web_acl(inputs, expected):
    other = replace(distribution(**inputs), urn="urn:pulumi:dev::shop::aws:cloudfront/distribution:Distribution::other")

    assert statuses(BEHIND, bare(distribution(), other)) == expected
    assert statuses(BEHIND, bare(other, distribution())) == expected
    assert findings(BEHIND, changed(distribution(), other)) == []  # the stage has one with_dimensions its own


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"identitySource": "method.request.header.Authorization"}, [VIOLATION]),
        ({"identitySource": "method.request.header.Authorization, method.request.header.X-Origin"}, []),
        (
            {"identitySource": "method.request.header.Authorization", "authorizerResultTtlInSeconds": UNKNOWN},
            [UNDECIDED],
        ),
        ({"identitySource": UNKNOWN}, [UNDECIDED]),
    ],
    ids=["by-another-header", "by-the-secret", "later", "by-what-comes-later"],
)
def test_an_answer_kept_without_the_secret_lets_in_whoever_goes_round(inputs, expected):
    assert statuses(UNAVOIDABLE, bare(distribution(), authorizer(**inputs), api=OPEN_API, method=ASKING)) == expected


HEADER = "method.request.header"


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        ([authorizer(identitySource=f"{HEADER}.X-Origin", authorizerResultTtlInSeconds=0)], []),
        ([authorizer(identitySource=f"{HEADER}.Authorization", authorizerResultTtlInSeconds=0)], [UNDECIDED]),
        ([authorizer(authorizerResultTtlInSeconds=0, identitySource="")], [UNDECIDED]),
        ([authorizer(type="TOKEN", identitySource=f"{HEADER}.X-Origin", authorizerResultTtlInSeconds=0)], []),
        ([authorizer(type="TOKEN", authorizerResultTtlInSeconds=0)], [VIOLATION]),
        ([], [UNDECIDED]),
    ],
    ids=["named", "another", "none", "token-is-the-secret", "token-is-another", "of-another-stack"],
)
def test_an_authorizer_names_the_secret_among_what_it_reads(asking, expected):
    assert statuses(UNAVOIDABLE, bare(distribution(), *asking, api=OPEN_API, method=ASKING)) == expected


def test_the_web_acl_of_a_front_to_come_is_undecided():
    assert statuses(FILTERS, bare(distribution(webAclId=UNKNOWN))) == [UNDECIDED]
    assert statuses(FILTERS, bare(distribution())) == []


def test_the_web_acl_of_a_front_is_judged_too():
    edge = web_acl(waf_rule("a", {}, action={"count": {}}), scope="CLOUDFRONT", arn=EDGE)

    assert statuses(FILTERS, bare(edge, distribution())) == [VIOLATION]


def test_a_web_acl_before_an_http_api_is_refused():
    arn = "arn:aws:apigateway:eu-west-1::/apis/h-id/stages/live"
    (stage,) = read_stages(http_api(), v2_stage(), association(arn))

    assert stage.behind_web_acl == NO
    assert "REST APIs only" in stage.behind_web_acl.reason


def test_an_http_api_is_filtered_by_its_front():
    (stage,) = read_stages(http_api(), v2_stage(), distribution("h-id.execute-api.eu-west-1.amazonaws.com"))

    assert stage.behind_web_acl == YES
    assert stage.distribution is not None


def test_an_http_api_without_front_is_found():
    ((status, message),) = findings(BEHIND, observed()[:-1])

    assert status == VIOLATION
    assert "CloudFront" in message


def test_an_http_api_answers_whoever_goes_round_its_front():
    open_front = distribution("h-id.execute-api.eu-west-1.amazonaws.com", headers=())

    assert statuses(UNAVOIDABLE, [*observed()[:-1], open_front]) == [VIOLATION]


def test_a_front_on_a_domain_named_by_an_id_to_come_leads_to_its_api():
    name = made("apigatewayv2/domainName:DomainName", "d", domainName="Origin.example.com")
    mapping = made("apigatewayv2/apiMapping:ApiMapping", "d", edges=[("domainName", name)], apiId="h-id")
    mapping.inputs["domainName"] = UNKNOWN

    (stage,) = read_stages(http_api(), v2_stage(), name, mapping, distribution("origin.example.com"))

    assert stage.behind_web_acl == YES


def test_a_front_whose_origin_is_known_only_later_is_undecided():
    bucket = made("s3/bucket:Bucket", "site")
    resources = [http_api(), v2_stage(), bucket]

    assert read_stages(*resources, distribution(UNKNOWN))[0].behind_web_acl == NOT_YET
    assert read_stages(*resources, distribution(UNKNOWN, webAclId=None))[0].behind_web_acl == NO
    assert read_stages(*resources, distribution(UNKNOWN, edges=[("origins", bucket)]))[0].behind_web_acl == NO


def test_which_of_two_origins_to_come_is_the_api_is_undecided():
    api = made("apigateway/restApi:RestApi", "shop", name="shop")
    site = {"domainName": UNKNOWN, "originId": "site"}
    origin = {"domainName": UNKNOWN, "originId": "api", "customHeaders": [{"name": "x-origin", "value": SECRET}]}
    both = distribution(edges=[("origins", api)], origins=[site, origin])

    assert statuses(UNAVOIDABLE, bare(both, api=api, method=ASKING)) == [UNDECIDED]


@pytest.mark.parametrize("junk", [[], {}, [["x"]], {"a": []}])
def test_a_distribution_of_wrong_types_is_read(junk):
    behavior = {"targetOriginId": junk, "viewerProtocolPolicy": junk}
    front = distribution(defaultCacheBehavior=behavior, viewerCertificate={"minimumProtocolVersion": junk})

    report = evaluate(Graph(bare(front)))

    assert [each.message for each in report.findings if "defect with_dimensions the pack" in each.message] == []


@pytest.mark.parametrize("kind", ["HTTP", "WEBSOCKET"])
@pytest.mark.parametrize("policy_id", [rule.id for rule in POLICIES if rule.layer == "waf"])
def test_a_well_observed_http_or_websocket_api_passes(policy_id, kind):
    assert findings(policy_id, observed(kind)) == []


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([{"name": "X-Origin", "value": SECRET}], []),
        ([{"name": "X-Other", "value": SECRET}], [UNDECIDED]),
        ([], [UNDECIDED]),
    ],
    ids=["added-later", "another", "none"],
)
def test_a_header_that_cloudfront_adds_is_not_in_the_log_of_its_web_acl(headers, expected):
    edge = web_acl(waf_rule("a", {}, action={"block": {}}), scope="CLOUDFRONT", arn=EDGE)
    log = made(
        "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        "edge",
        resourceArn=EDGE,
        logDestinationConfigs=["arn:aws:logs:us-east-1:123456789012:log-group:aws-waf-logs-edge"],
        redactedFields=[{"singleHeader": {"name": each}} for each in ("authorization", "cookie", "x-api-key")],
    )
    parts = {"api": OPEN_API, "method": ASKING}

    assert statuses("waf-logs-redacted", bare(edge, log, distribution(headers=headers), BY_SECRET, **parts)) == expected
    regional = changed(distribution(headers=headers), BY_SECRET, **parts)  # its own inspects what CloudFront sends
    assert statuses("waf-logs-redacted", regional) == [UNDECIDED]
