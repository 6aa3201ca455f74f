"""CloudFront before an API: the only web ACL that HTTP and WebSocket APIs can have; and the stages of those APIs."""

from dataclasses import replace

import pytest
from graphs import (
    LOG,
    UNDECIDED,
    VIOLATION,
    alarm,
    association,
    changed,
    findings,
    made,
    method,
    statuses,
    waf_rule,
    web_acl,
)

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN
from policypack.layers import POLICIES
from policypack.model.fact import Fact, Tristate
from policypack.readers.http.requests import HandlerV2
from policypack.readers.http.stages import StagesV2
from policypack.readers.stage_context import StageContext

BEHIND, UNAVOIDABLE, FILTERS = "waf-stages-have-web-acl", "waf-cloudfront-not-bypassable", "waf-web-acls-block"
EDGE = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1"
ENDPOINT = "shop-id.execute-api.eu-west-1.amazonaws.com"
YES, NO, NOT_YET = Fact.YES, Fact.NO, Fact.UNKNOWN


def distribution(domain=ENDPOINT, *, edges=(), headers=({"name": "x-origin", "value": "secret"},), **inputs):
    origin = {"domainName": domain, "originId": "api", "customHeaders": headers}
    given = {"enabled": True, "origins": [origin], "webAclId": EDGE, **inputs}
    return made("cloudfront/distribution:Distribution", "edge", edges=edges, **given)


def bare(*more, **parts):
    """The sound gateway without a web ACL of its own."""
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


def test_a_custom_domain_as_origin_leads_to_its_api():
    name = made("apigateway/domainName:DomainName", "d", domainName="api.example.com")
    mapping = made("apigateway/basePathMapping:BasePathMapping", "d", restApi="shop-id", domainName="api.example.com")

    assert findings(BEHIND, bare(name, mapping, distribution("api.example.com"))) == []
    by_edge = distribution(UNKNOWN, edges=[("origins", name)])
    assert findings(BEHIND, bare(name, mapping, by_edge)) == []
    assert statuses(BEHIND, bare(distribution("api.example.com"))) == [VIOLATION]


ASKING = method(authorization="CUSTOM", authorizerId="a")
"""A method whose authorizer can ask for a header."""


@pytest.mark.parametrize(
    ("headers", "expected"), [((), [VIOLATION]), ([{"name": "x", "value": "y"}], []), (UNKNOWN, [UNDECIDED])]
)
def test_an_api_that_answers_whoever_goes_round_its_front_is_found(headers, expected):
    parts = {"api": made("apigateway/restApi:RestApi", "shop", name="shop"), "method": ASKING}

    assert statuses(UNAVOIDABLE, bare(distribution(headers=headers), **parts)) == expected
    # A resource policy that keeps others out closes the way round.
    assert findings(UNAVOIDABLE, bare(distribution(headers=headers))) == []
    assert findings(UNAVOIDABLE, changed(distribution(headers=headers))) == []  # it has an ACL of its own


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
    assert findings(BEHIND, changed(distribution(), other)) == []  # the stage has one of its own


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"identitySource": "method.request.header.Authorization"}, [VIOLATION]),
        ({"identitySource": "method.request.header.Authorization, method.request.header.X-Origin"}, []),
        ({"identitySource": "method.request.header.Authorization", "authorizerResultTtlInSeconds": 0}, []),
        (
            {"identitySource": "method.request.header.Authorization", "authorizerResultTtlInSeconds": UNKNOWN},
            [UNDECIDED],
        ),
        ({"identitySource": UNKNOWN}, [UNDECIDED]),
    ],
    ids=["by-another-header", "by-the-secret", "never", "later", "by-what-comes-later"],
)
def test_an_answer_kept_without_the_secret_lets_in_whoever_goes_round(inputs, expected):
    asking = made("apigateway/authorizer:Authorizer", "a", id_="a", restApi="shop-id", type="REQUEST", **inputs)
    open_api = made("apigateway/restApi:RestApi", "shop", name="shop")

    assert statuses(UNAVOIDABLE, bare(distribution(), asking, api=open_api, method=ASKING)) == expected


def test_the_web_acl_of_a_front_to_come_is_undecided():
    assert statuses(FILTERS, bare(distribution(webAclId=UNKNOWN))) == [UNDECIDED]
    assert statuses(FILTERS, bare(distribution())) == []


def test_the_web_acl_of_a_front_is_judged_too():
    edge = web_acl(waf_rule("a", {}, action={"count": {}}), scope="CLOUDFRONT", arn=EDGE)

    assert statuses(FILTERS, bare(edge, distribution())) == [VIOLATION]


def http_api(kind="HTTP", **inputs):
    return made("apigatewayv2/api:Api", "h", id_="h-id", protocolType=kind, name="h", **inputs)


def v2_stage(**inputs):
    return made("apigatewayv2/stage:Stage", "h", apiId="h-id", name="live", **inputs)


def read(*resources):
    """The stages of the API among them."""
    graph = Graph(resources)
    (api,) = graph.of_type("aws:apigatewayv2/api:Api")
    return list(StagesV2(graph, StageContext(graph)).of(api, api.inputs["protocolType"]))


def test_a_web_acl_before_an_http_api_is_refused():
    arn = "arn:aws:apigateway:eu-west-1::/apis/h-id/stages/live"
    (stage,) = read(http_api(), v2_stage(), association(arn))

    assert stage.behind_web_acl == NO
    assert "REST APIs only" in stage.behind_web_acl.reason


def test_an_http_api_is_filtered_by_its_front():
    (stage,) = read(http_api(), v2_stage(), distribution("h-id.execute-api.eu-west-1.amazonaws.com"))

    assert stage.behind_web_acl == YES
    assert stage.distribution is not None


def test_the_stage_of_a_quick_api_is_read():
    (stage,) = read(http_api(target="arn:aws:lambda:eu-west-1:123456789012:function:x"))

    assert stage.name == "$default"
    assert stage.access_log.written == NO
    assert stage.throttled == NO


SETTINGS = {
    "loggingLevel": "INFO",
    "detailedMetricsEnabled": True,
    "throttlingRateLimit": 10,
    "throttlingBurstLimit": 20,
}


def test_settings_of_all_routes_are_read():
    (stage,) = read(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=SETTINGS))

    assert (stage.execution_logged, stage.has_detailed_metrics, stage.throttled, stage.data_traced) == (
        YES,
        YES,
        YES,
        NO,
    )
    (later,) = read(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=UNKNOWN))
    assert (later.execution_logged, later.has_detailed_metrics, later.throttled) == (NOT_YET, NOT_YET, NOT_YET)
    (absent,) = read(http_api("WEBSOCKET"), v2_stage())
    assert (absent.execution_logged, absent.has_detailed_metrics, absent.throttled) == (NO, NO, NO)


SILENCED = {"loggingLevel": "OFF", "dataTraceEnabled": True}


@pytest.mark.parametrize(
    "single",
    [[{"routeKey": "$connect", **SILENCED}], {"$connect": SILENCED}],
    ids=["list", "by-route"],
)
def test_settings_of_one_route_are_read_and_inherit_the_rest(single):
    (stage,) = read(http_api("WEBSOCKET"), v2_stage(defaultRouteSettings=SETTINGS, routeSettings=single))

    assert (stage.execution_logged, stage.data_traced, stage.has_detailed_metrics) == (NO, YES, YES)
    assert stage.execution_logged.reason.endswith(": $connect turns logging off")


def test_access_logs_of_an_http_api_go_to_cloudwatch_alone():
    stream = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-x"
    (stage,) = read(http_api(), v2_stage(accessLogSettings={"destinationArn": stream, "format": LOG}))
    assert stage.access_log.destination_valid == NO
    (stage,) = read(http_api("WEBSOCKET"), v2_stage(accessLogSettings={"destinationArn": stream, "format": LOG}))
    assert stage.access_log.destination_valid == YES


def of(**dimensions):
    return {"dimensions": dimensions}


@pytest.mark.parametrize(
    ("kind", "errors", "sign", "wrong"),
    [("HTTP", "5xx", "4xx", "5XXError"), ("WEBSOCKET", "ExecutionError", "ClientError", "5xx")],
)
def test_alarms_of_http_and_websocket_apis_go_by_id(kind, errors, sign, wrong):
    where = of(ApiId="h-id", Stage="live")
    (stage,) = read(http_api(kind), v2_stage(), alarm(errors, **where), alarm(sign, **where))
    assert stage.alarms == YES

    (stage,) = read(http_api(kind), v2_stage(), alarm(wrong, **where), alarm(sign, **where))
    assert stage.alarms == NO
    assert stage.alarms.reason.startswith("has no alarm on server errors")

    by_name = of(ApiName="h", Stage="live")
    (stage,) = read(http_api(kind), v2_stage(), alarm(errors, **by_name), alarm(sign, **by_name))
    assert stage.alarms == NO


def test_stage_variables_of_an_http_api_are_read():
    (stage,) = read(http_api(), v2_stage(stageVariables={"db_password": "correct-horse"}))

    assert stage.secret_variables == ("db_password",)


def handled(*resources, root=None):
    graph = Graph(resources)
    (api,) = graph.of_type("aws:apigatewayv2/api:Api")
    return HandlerV2(graph, StagesV2(graph, StageContext(graph))).of(api, root or {})


@pytest.mark.parametrize(
    ("cors", "expected"),
    [
        ({"allowCredentials": True, "allowOrigins": ["https://*"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["*"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["null"]}, [Tristate.NO]),
        ({"allowCredentials": True, "allowOrigins": ["https://shop.example.com"]}, [Tristate.YES]),
        ({"allowCredentials": True, "allowOrigins": UNKNOWN}, [Tristate.UNKNOWN]),
        ({"allowCredentials": UNKNOWN, "allowOrigins": ["*"]}, [Tristate.UNKNOWN]),
        ({"allowOrigins": ["*"]}, []),
        (None, []),
    ],
)
def test_credentials_from_every_origin_to_an_http_api_are_found(cors, expected):
    declared = handled(http_api(corsConfiguration=cors))
    assert [each.origins_named.value for each in declared.cors_responses] == expected
    in_body = handled(http_api(), root={"x-amazon-apigateway-cors": cors})
    assert [each.origins_named.value for each in in_body.cors_responses] == expected


def v2_deployment(**inputs):
    return made("apigatewayv2/deployment:Deployment", "d", apiId="h-id", **inputs)


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        ([v2_stage(autoDeploy=True)], YES),
        ([v2_stage(autoDeploy=UNKNOWN)], NOT_YET),
        ([v2_stage()], NO),
        ([v2_stage(deploymentId="d-id"), v2_deployment()], NO),
        ([v2_stage(deploymentId="d-id"), v2_deployment(triggers={"hash": "1"})], YES),
        ([v2_stage(deploymentId="elsewhere")], NOT_YET),
    ],
)
def test_changes_of_an_http_api_reach_its_stage(resources, expected):
    (deployment,) = handled(http_api(), *resources).deployments

    assert deployment.follows_changes.value == expected.value
    assert bool(deployment.follows_changes.reason) == (expected != YES)


def test_the_path_never_chooses_the_host_of_an_http_api():
    def at(uri):
        declared = made("apigatewayv2/integration:Integration", "i", apiId="h-id", integrationUri=uri)
        (integration,) = handled(http_api(), declared).integrations
        root = {"paths": {"/x": {"get": {"x-amazon-apigateway-integration": {"uri": uri}}}}}
        assert [each.host_fixed for each in handled(http_api(), root=root).integrations] == [integration.host_fixed]
        return integration.host_fixed

    assert at("https://{host}.example.com/x").is_no
    assert at("https://backend.example.com/{proxy}") == YES
    assert at("https://${stageVariables.url}/x") == YES


def test_schemas_that_are_not_checked_are_found():
    (off,) = handled(http_api("WEBSOCKET", disableSchemaValidation=True)).validations

    assert off.checked.is_no
    assert handled(http_api("WEBSOCKET")).validations == ()


def observed(kind="HTTP", **inputs):
    """An API of either kind that is observed as it should be, behind a front of its own."""
    errors, sign = {"HTTP": ("5xx", "4xx"), "WEBSOCKET": ("ExecutionError", "ClientError")}[kind]
    where = of(ApiId="h-id", Stage="live")
    return [
        http_api(kind),
        made("apigatewayv2/route:Route", "r", apiId="h-id", routeKey="$connect", authorizationType="CUSTOM"),
        v2_stage(
            autoDeploy=True,
            accessLogSettings={"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:x", "format": LOG},
            defaultRouteSettings={**SETTINGS, **inputs},
        ),
        alarm(errors, **where),
        alarm(sign, **where),
        distribution("h-id.execute-api.eu-west-1.amazonaws.com"),
    ]


ROOMS = [rule.id for rule in POLICIES if rule.layer in {"waf", "observability"}]


@pytest.mark.parametrize("kind", ["HTTP", "WEBSOCKET"])
@pytest.mark.parametrize("policy_id", ROOMS)
def test_a_well_observed_http_or_websocket_api_passes(policy_id, kind):
    assert findings(policy_id, observed(kind)) == []


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("HTTP", []), ("WEBSOCKET", [VIOLATION])],
)
def test_an_http_api_has_no_execution_log(kind, expected):
    # It cannot have one: asking for it is asking for what AWS refuses.
    assert statuses("observability-execution-logs-enabled", observed(kind, loggingLevel="OFF")) == expected


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

    (stage,) = read(http_api(), v2_stage(), name, mapping, distribution("origin.example.com"))

    assert stage.behind_web_acl == YES


def test_a_front_whose_origin_is_known_only_later_is_undecided():
    bucket = made("s3/bucket:Bucket", "site")
    resources = [http_api(), v2_stage(), bucket]

    assert read(*resources, distribution(UNKNOWN))[0].behind_web_acl == NOT_YET
    assert read(*resources, distribution(UNKNOWN, webAclId=None))[0].behind_web_acl == NO
    assert read(*resources, distribution(UNKNOWN, edges=[("origins", bucket)]))[0].behind_web_acl == NO


def test_which_of_two_origins_to_come_is_the_api_is_undecided():
    api = made("apigateway/restApi:RestApi", "shop", name="shop")
    site = {"domainName": UNKNOWN, "originId": "site"}
    origin = {"domainName": UNKNOWN, "originId": "api", "customHeaders": [{"name": "x-origin", "value": "secret"}]}
    both = distribution(edges=[("origins", api)], origins=[site, origin])

    assert statuses(UNAVOIDABLE, bare(both, api=api, method=ASKING)) == [UNDECIDED]


@pytest.mark.parametrize("junk", [[], {}, [["x"]], {"a": []}])
def test_a_distribution_of_wrong_types_is_read(junk):
    behavior = {"targetOriginId": junk, "viewerProtocolPolicy": junk}
    front = distribution(defaultCacheBehavior=behavior, viewerCertificate={"minimumProtocolVersion": junk})

    report = evaluate(Graph(bare(front)))

    assert [each.message for each in report.findings if "defect of the pack" in each.message] == []
