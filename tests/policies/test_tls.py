"""TLS: 1.2 at least on every way in, and no way round the domain."""

import json

import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, domain, findings, made, mapping, stage, statuses
from native_graphs import native
from provider_parts import classic_api, classic_method, native_api, native_method

from policypack.graph.values import UNKNOWN
from policypack.model.fact import Fact
from policypack.readers.endpoints import security_policy

DOMAINS, ENDPOINTS = "tls-domains-minimum-version", "tls-endpoints-minimum-version"
OFF, PINNED = "tls-default-endpoint-disabled", "tls-truststore-version-pinned"
TRUST = {"truststoreUri": "s3://trust/ca.pem"}
POLICIES = [
    ("TLS_1_2", []),
    ("SecurityPolicy_TLS13_1_2_2021_06", []),
    ("SecurityPolicy_TLS13_1_3_2025_09", []),
    ("TLS_1_0", [VIOLATION]),
    ("TLS_1_3_OF_TOMORROW", [VIOLATION]),
    (UNKNOWN, [UNDECIDED]),
]


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_a_domain_speaks_modern_tls(policy, expected):
    assert statuses(DOMAINS, changed(domain(securityPolicy=policy))) == expected


def test_a_domain_without_a_policy_has_the_default_of_aws():
    assert findings(DOMAINS, [domain()]) == []


def test_a_domain_that_leads_nowhere_is_judged_too():
    assert findings(DOMAINS, [domain(securityPolicy="TLS_1_0")]) == [
        (VIOLATION, "domain api.example.com accepts TLS older than 1.2")
    ]


@pytest.mark.parametrize(("policy", "expected"), POLICIES)
def test_the_endpoint_speaks_modern_tls(policy, expected):
    assert statuses(ENDPOINTS, changed(api=api(securityPolicy=policy))) == expected


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        pytest.param({}, [VIOLATION], id="default-of-regional-is-tls-1.0"),
        pytest.param({"endpointConfiguration": {"types": "EDGE"}}, [VIOLATION], id="edge"),
        pytest.param({"endpointConfiguration": {"types": "PRIVATE"}}, [], id="default-of-private-is-1.2"),
        pytest.param({"disableExecuteApiEndpoint": True}, [], id="off"),
        pytest.param({"body": UNKNOWN}, [UNDECIDED], id="body-unknown"),
        pytest.param({"body": json.dumps({"x-amazon-apigateway-security-policy": "TLS_1_2"})}, [], id="in-the-body"),
    ],
)
def test_what_the_endpoint_speaks_by_default(inputs, expected):
    assert statuses(ENDPOINTS, changed(api=api(securityPolicy=None, **inputs))) == expected


def test_an_api_with_a_domain_is_reached_under_it_alone():
    both = (domain(), mapping())
    message = "API shop has a custom domain and leaves its execute-api endpoint enabled"

    assert findings(OFF, changed()) == []
    assert findings(OFF, changed(*both, api=api(disableExecuteApiEndpoint=True))) == []
    assert findings(OFF, changed(*both)) == [(VIOLATION, message)]
    assert statuses(OFF, changed(*both, api=api(disableExecuteApiEndpoint=UNKNOWN))) == [UNDECIDED]


def test_the_endpoint_may_be_switched_off_in_the_body():
    server = {"url": "/", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    resources = changed(domain(), mapping(), api=api(body=json.dumps({"servers": [server]})))

    assert findings(OFF, resources) == []


def test_a_way_round_mutual_tls_is_named():
    trust = {**TRUST, "truststoreVersion": "v1"}
    ((_, message),) = findings(OFF, changed(domain(mutualTlsAuthentication=trust), mapping()))

    assert message.endswith("which bypasses mutual TLS")


def test_a_domain_of_another_stack_counts():
    assert statuses(OFF, changed(mapping("other.example.com"))) == [VIOLATION]


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        (None, []),
        ({**TRUST, "truststoreVersion": "v1"}, []),
        ({**TRUST, "truststoreVersion": UNKNOWN}, []),
        (TRUST, [VIOLATION]),
        ({**TRUST, "truststoreVersion": ""}, [VIOLATION]),
    ],
)
def test_a_truststore_is_pinned_to_a_version(trust, expected):
    assert statuses(PINNED, changed(domain(mutualTlsAuthentication=trust))) == expected


POLICIES_OF_AWS = [
    ("TLS_1_0", "1.0", set()),
    ("TLS_1_2", "1.2", set()),
    ("SecurityPolicy_TLS13_1_3_2025_09", "1.3", set()),
    ("SecurityPolicy_TLS13_1_3_FIPS_2025_09", "1.3", {"FIPS"}),
    ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "1.2", {"PFS", "PQ"}),
    ("SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09", "1.2", {"FIPS", "PQ"}),
    ("SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09", "1.2", {"FIPS", "PFS", "PQ"}),
    ("SecurityPolicy_TLS13_1_2_Ext2_PQ_2025_09", "1.2", {"PQ"}),
    ("SecurityPolicy_TLS13_1_2_Ext2_FIPS_PQ_2025_09", "1.2", {"FIPS", "PQ"}),
    ("SecurityPolicy_TLS13_1_2_PQ_2025_09", "1.2", {"PQ"}),
    ("SecurityPolicy_TLS13_1_2_2021_06", "1.2", set()),
    ("SecurityPolicy_TLS13_2025_EDGE", "1.3", set()),
    ("SecurityPolicy_TLS12_PFS_2025_EDGE", "1.2", {"PFS"}),
    ("SecurityPolicy_TLS12_2018_EDGE", "1.2", set()),
]


@pytest.mark.parametrize(("name", "version", "traits"), POLICIES_OF_AWS)
def test_every_security_policy_of_aws_is_known(name, version, traits):
    """Six tools compare with TLS_1_2 and refuse the stronger ones."""
    found = security_policy(name)

    assert (found.known, found.minimum_version, found.traits) == (Fact.YES, version, traits)
    assert statuses(DOMAINS, [domain(securityPolicy=name)]) == ([VIOLATION] if version == "1.0" else [])
    assert (statuses(DOMAINS, [domain(securityPolicy=name)], minimum="1.3") == []) is (version == "1.3")
    assert (statuses(ENDPOINTS, changed(api=api(securityPolicy=name)), minimum="1.3") == []) is (version == "1.3")


def test_traits_may_be_asked_for():
    for name, version, traits in POLICIES_OF_AWS[1:]:
        held = traits | ({"PFS"} if version == "1.3" else set())
        for wanted in ("PFS", "FIPS", "PQ"):
            found = statuses(DOMAINS, [domain(securityPolicy=name)], traits=[wanted])
            assert found == ([] if wanted in held else [VIOLATION])


def v2_domain(name="ws.example.com", trust=None, **configuration):
    more = {"mutualTlsAuthentication": trust} if trust is not None else {}
    given = {"certificateArn": "arn", "endpointType": "REGIONAL", "securityPolicy": "TLS_1_2", **configuration}
    return made("apigatewayv2/domainName:DomainName", name, domainName=name, domainNameConfiguration=given, **more)


@pytest.mark.parametrize(("policy", "expected"), [("TLS_1_2", []), ("TLS_1_0", [VIOLATION]), (UNKNOWN, [UNDECIDED])])
def test_domains_of_http_and_websocket_apis(policy, expected):
    assert statuses(DOMAINS, [v2_domain(securityPolicy=policy)]) == expected
    assert findings(DOMAINS, [v2_domain(securityPolicy=None)]) == []
    assert statuses(PINNED, [v2_domain(trust=TRUST)]) == [VIOLATION]


def test_a_newer_domain_configuration_may_be_unknown_as_a_whole():
    whole = made("apigatewayv2/domainName:DomainName", "x", domainName="x", domainNameConfiguration=UNKNOWN)

    assert statuses(DOMAINS, [whole]) == [UNDECIDED]


V2_MAPPING = made(
    "apigatewayv2/apiMapping:ApiMapping", "m", apiId="shop-id", domainName="api.example.com", stage="live"
)
ROUTING = made(
    "apigatewayv2/routingRule:RoutingRule",
    "r",
    domainName="api.example.com",
    actions=[{"invokeApi": {"apiId": "shop-id", "stage": "live"}}],
)


@pytest.mark.parametrize("leads", [V2_MAPPING, ROUTING], ids=["mapping", "routing-rule"])
def test_whatever_leads_to_an_api_is_a_way_in(leads):
    assert statuses(OFF, changed(domain(), leads)) == [VIOLATION]
    assert findings(OFF, changed(domain(), leads, api=api(disableExecuteApiEndpoint=True))) == []


def test_a_private_api_has_no_other_way_in():
    given = api(endpointConfiguration={"types": "PRIVATE"})

    assert findings(OFF, changed(domain(), mapping(), api=given)) == []


EVERYWHERE, GUARDED, OWNED, STRICT = (
    "tls-mutual-tls-on-every-domain",
    "tls-truststore-bucket-protected",
    "tls-mutual-tls-ownership-verified",
    "tls-endpoint-access-mode-strict",
)
MUTUAL = {**TRUST, "truststoreVersion": "v1"}


def test_a_second_domain_is_no_way_round_mutual_tls():
    first, second = domain(mutualTlsAuthentication=MUTUAL), domain("open.example.com")
    both = [mapping(), mapping("open.example.com")]

    ((_, message),) = findings(EVERYWHERE, changed(first, second, *both))
    assert message.startswith("domain open.example.com does not require client certificates")
    guarded = domain("open.example.com", mutualTlsAuthentication=MUTUAL)
    assert findings(EVERYWHERE, changed(first, guarded, *both)) == []
    assert statuses(EVERYWHERE, changed(first, *both)) == [UNDECIDED]
    assert findings(EVERYWHERE, changed(domain(), second, *both)) == []


def bucket(**inputs):
    return made("s3/bucket:Bucket", "trust", id_="trust", **inputs)


def versioning(status):
    return made("s3/bucketVersioning:BucketVersioning", "v", bucket="trust", versioningConfiguration={"status": status})


def block(**switches):
    on = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
    return made("s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b", bucket="trust", **{**on, **switches})


@pytest.mark.parametrize(
    ("resources", "expected"),
    [
        pytest.param([], [], id="elsewhere"),
        pytest.param([bucket()], [VIOLATION], id="no-versions"),
        pytest.param([bucket(versioning={"enabled": True})], [], id="inline"),
        pytest.param([bucket(), versioning("Enabled")], [], id="apart"),
        pytest.param([bucket(), versioning("Suspended")], [VIOLATION], id="suspended"),
        pytest.param([bucket(), versioning(UNKNOWN)], [UNDECIDED], id="unknown"),
        pytest.param([bucket(acl="public-read"), versioning("Enabled")], [VIOLATION], id="public"),
        pytest.param([bucket(), versioning("Enabled"), block()], [], id="blocked"),
        pytest.param(
            [bucket(), versioning("Enabled"), block(restrictPublicBuckets=False)], [VIOLATION], id="unblocked"
        ),
    ],
)
def test_the_bucket_of_a_truststore_is_guarded(resources, expected):
    assert statuses(GUARDED, [domain(mutualTlsAuthentication=MUTUAL), *resources]) == expected


@pytest.mark.parametrize(
    ("resources", "reason"),
    [
        ([bucket()], "in a bucket without versioning (trust)"),
        ([bucket(acl="public-read"), versioning("Enabled")], "in a bucket that may be public (trust)"),
    ],
)
def test_a_violation_says_what_the_bucket_lacks(resources, reason):
    ((_, message),) = findings(GUARDED, [domain(mutualTlsAuthentication=MUTUAL), *resources])

    assert message == f"domain api.example.com trusts a truststore {reason}"


def test_the_bucket_is_found_through_the_object():
    home = made("s3/bucket:Bucket", "home", bucket="named-later")
    stored = made("s3/bucketObjectv2:BucketObjectv2", "ca", bucket=UNKNOWN, edges=[("bucket", home)])
    trust = {"truststoreUri": UNKNOWN, "truststoreVersion": UNKNOWN}
    edge = made(
        "apigateway/domainName:DomainName",
        "d",
        domainName="d",
        mutualTlsAuthentication=trust,
        edges=[("mutualTlsAuthentication", stored)],
    )

    assert statuses(GUARDED, [home, stored, edge]) == [VIOLATION]


@pytest.mark.parametrize("kind", ["privateKey", "certificateAuthorityArn"])
def test_a_foreign_certificate_needs_proof_of_ownership(kind):
    certificate = made("acm/certificate:Certificate", "c", id_="arn:cert", **{kind: UNKNOWN})
    issued = made("acm/certificate:Certificate", "c", id_="arn:cert", domainName="api.example.com")
    given = {"mutualTlsAuthentication": MUTUAL, "regionalCertificateArn": "arn:cert"}

    assert statuses(OWNED, [certificate, domain(**given)]) == [VIOLATION]
    assert findings(OWNED, [certificate, domain(**given, ownershipVerificationCertificateArn=UNKNOWN)]) == []
    assert findings(OWNED, [issued, domain(**given)]) == []
    assert findings(OWNED, [domain(**given)]) == []
    assert statuses(OWNED, [certificate, v2_domain(trust=MUTUAL, certificateArn="arn:cert")]) == [VIOLATION]


@pytest.mark.parametrize(("mode", "expected"), [("STRICT", []), ("BASIC", [VIOLATION]), (UNKNOWN, [UNDECIDED])])
def test_the_mode_strict_may_be_asked_for(mode, expected):
    newer = {"securityPolicy": "SecurityPolicy_TLS13_1_3_2025_09", "endpointAccessMode": mode}

    assert statuses(STRICT, changed(api=api(**newer)), required=True) == expected
    assert findings(STRICT, changed(api=api(**newer))) == []
    assert findings(STRICT, changed(), required=True) == []
    assert statuses(STRICT, changed(domain(**newer), mapping()), required=True) == expected


BACKENDS, PRIVATE_BACKENDS, VERIFIED, FRONTS = (
    "tls-backends-encrypted",
    "tls-private-backends-encrypted",
    "tls-backend-certificates-verified",
    "tls-cloudfront-minimum-version",
)


def http(uri, kind="HTTP_PROXY", **more):
    given = {"type": kind, "uri": uri, **more}
    return made("apigateway/integration:Integration", "http", restApi="shop-id", httpMethod="GET", **given)


ADDRESSES = {
    "https": ("https://backend.example.com/{proxy}", []),
    "http": ("http://backend.example.com/", [VIOLATION]),
    "shouted": ("HTTP://backend.example.com/", [VIOLATION]),
    "unknown": (UNKNOWN, [UNDECIDED]),
    "variable-host": ("https://${stageVariables.host}/", []),
    "variable-host-in-plain": ("http://${stageVariables.host}/", [VIOLATION]),
    "variable": ("${stageVariables.safe}/orders", []),
    "variable-in-plain": ("${stageVariables.plain}/orders", [VIOLATION]),
    "variable-to-come": ("${stageVariables.later}/orders", [UNDECIDED]),
    "scheme": ("${stageVariables.scheme}://backend.example.com/orders", []),
    "scheme-in-plain": ("${stageVariables.plain_scheme}://backend.example.com/orders", [VIOLATION]),
    "variable-not-set": ("${stageVariables.nobody}/orders", [UNDECIDED]),
}
VARIABLES = {
    "safe": "https://a.example.com",
    "plain": "http://a.example.com",
    "later": UNKNOWN,
    "scheme": "https",
    "plain_scheme": "http",
}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"scheme": "http"}, [VIOLATION]),
        ({"scheme": "https"}, []),
        ({"other": "x"}, []),
        ({"scheme": UNKNOWN}, [UNDECIDED]),
        (UNKNOWN, [UNDECIDED]),
        (None, []),
    ],
)
def test_a_canary_has_variables_of_its_own(overrides, expected):
    canary = {"deploymentId": "d", "percentTraffic": 10, "stageVariableOverrides": overrides}
    live = stage(variables=VARIABLES, canarySettings=canary)

    assert statuses(BACKENDS, changed(http("${stageVariables.scheme}://a.example.com"), stage=live)) == expected


@pytest.mark.parametrize(("uri", "expected"), ADDRESSES.values(), ids=ADDRESSES)
def test_backends_are_called_over_tls(uri, expected):
    live = stage(variables=VARIABLES)
    body = {"paths": {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "http_proxy", "uri": uri}}}}}

    assert statuses(BACKENDS, changed(http(uri), stage=live)) == expected
    assert statuses(BACKENDS, changed(api=api(body=body), stage=live)) == expected
    assert statuses(PRIVATE_BACKENDS, changed(http(uri, connectionType="VPC_LINK"), stage=live)) == expected
    assert findings(BACKENDS, changed(http(uri, connectionType="VPC_LINK"), stage=live)) == []


def test_functions_are_no_http_backends():
    assert findings(BACKENDS, changed(http(UNKNOWN, kind="AWS_PROXY"))) == []
    assert statuses(BACKENDS, changed(http(UNKNOWN, kind=UNKNOWN))) == [UNDECIDED]


def test_integrations_of_a_document_may_be_shared():
    shared = {"x-amazon-apigateway-integrations": {"old": {"type": "http", "uri": "http://a.example.com"}}}
    operation = {"x-amazon-apigateway-integration": {"$ref": "#/components/x-amazon-apigateway-integrations/old"}}
    body = {"components": shared, "paths": {"/a": {"get": operation}}}

    assert findings(BACKENDS, changed(api=api(body=body))) == [(VIOLATION, "GET /a calls its backend without TLS")]


@pytest.mark.parametrize(
    ("tls", "expected"),
    [
        (None, []),
        ({"insecureSkipVerification": False}, []),
        ({"insecureSkipVerification": True}, [VIOLATION]),
        ({"insecureSkipVerification": UNKNOWN}, [UNDECIDED]),
        (UNKNOWN, [UNDECIDED]),
    ],
)
def test_the_certificates_of_backends_are_checked(tls, expected):
    more = {"tlsConfig": tls} if tls is not None else {}

    assert statuses(VERIFIED, changed(http("https://a.example.com", **more))) == expected


def distribution(host="shop-id.execute-api.eu-west-1.amazonaws.com", edges=(), **inputs):
    kept = {
        "origins": [{"originId": "api", "domainName": host}],
        "defaultCacheBehavior": {"targetOriginId": "api", "viewerProtocolPolicy": "redirect-to-https"},
        "viewerCertificate": {"acmCertificateArn": "arn", "minimumProtocolVersion": "TLSv1.2_2021"},
    }
    return made("cloudfront/distribution:Distribution", "front", edges=edges, **{**kept, **inputs})


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),
        ({"viewerCertificate": {"cloudfrontDefaultCertificate": True}}, [VIOLATION]),
        ({"viewerCertificate": {"acmCertificateArn": "arn", "minimumProtocolVersion": "TLSv1"}}, [VIOLATION]),
        ({"viewerCertificate": {"acmCertificateArn": "arn", "minimumProtocolVersion": "TLSv1.3_2025"}}, []),
        ({"viewerCertificate": UNKNOWN}, [UNDECIDED]),
        ({"defaultCacheBehavior": {"targetOriginId": "api", "viewerProtocolPolicy": "allow-all"}}, [VIOLATION]),
        (
            {"orderedCacheBehaviors": [{"targetOriginId": "api", "viewerProtocolPolicy": "allow-all"}]},
            [VIOLATION],
        ),
        ({"orderedCacheBehaviors": [{"targetOriginId": "site", "viewerProtocolPolicy": "allow-all"}]}, []),
        ({"host": "other.execute-api.eu-west-1.amazonaws.com", "viewerCertificate": None}, []),
        ({"host": "api.example.com", "viewerCertificate": None}, [VIOLATION]),
        ({"host": UNKNOWN, "edges": [("origins", stage())], "viewerCertificate": None}, [VIOLATION]),
    ],
)
def test_what_stands_in_front_speaks_modern_tls(inputs, expected):
    assert statuses(FRONTS, changed(distribution(**inputs), domain(), mapping())) == expected


SOUND, KNOWN = "tls-certificates-strong", "tls-backends-client-certificate"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({}, []),
        ({"keyAlgorithm": "EC_prime256v1"}, []),
        ({"keyAlgorithm": "RSA_1024"}, [VIOLATION]),
        ({"options": {"certificateTransparencyLoggingPreference": "DISABLED"}}, [VIOLATION]),
        ({"keyAlgorithm": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_a_certificate_is_of_todays_strength(inputs, expected):
    certificate = made("acm/certificate:Certificate", "c", id_="arn:cert", **inputs)

    assert statuses(SOUND, [certificate, domain(regionalCertificateArn="arn:cert")]) == expected
    assert findings(SOUND, [certificate, domain()]) == []


def test_a_certificate_for_backends_may_be_asked_for():
    called = http("https://a.example.com")

    assert statuses(KNOWN, changed(called), required=True) == [VIOLATION]
    assert findings(KNOWN, changed(called, stage=stage(clientCertificateId="c")), required=True) == []
    assert findings(KNOWN, changed(http("https://a.example.com", connectionType="VPC_LINK")), required=True) == []
    assert findings(KNOWN, changed(called)) == []


def test_mutual_tls_may_be_asked_for_everywhere():
    assert statuses(EVERYWHERE, changed(domain(), mapping()), required=True) == [VIOLATION]
    assert findings(EVERYWHERE, changed(domain(mutualTlsAuthentication=MUTUAL), mapping()), required=True) == []


HTTP_API = made("apigatewayv2/api:Api", "h", id_="h-id", name="h", protocolType="HTTP")
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/x/1/2"


def through_vpc_link(uri=LISTENER, **more):
    given = {"integrationType": "HTTP_PROXY", "connectionType": "VPC_LINK", "integrationUri": uri}
    return made("apigatewayv2/integration:Integration", "i", apiId="h-id", **given, **more)


@pytest.mark.parametrize("uri", [LISTENER, UNKNOWN])
@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, [VIOLATION]),
        ({"tlsConfig": {"serverNameToVerify": "stock.example.com"}}, []),
        ({"tlsConfig": UNKNOWN}, [UNDECIDED]),
    ],
)
def test_an_http_api_speaks_tls_through_a_vpc_link(uri, more, expected):
    assert statuses(PRIVATE_BACKENDS, [HTTP_API, through_vpc_link(uri, **more)]) == expected


def test_http_apis_are_judged_by_the_same_rules():
    plain = made(
        "apigatewayv2/integration:Integration",
        "i",
        apiId="h-id",
        integrationType="HTTP_PROXY",
        integrationUri="http://a.example.com",
    )
    reached = made("apigatewayv2/apiMapping:ApiMapping", "m", apiId="h-id", domainName="ws.example.com", stage="live")

    assert statuses(BACKENDS, [HTTP_API, plain]) == [VIOLATION]
    assert statuses(OFF, [HTTP_API, v2_domain(), reached]) == [VIOLATION]
    assert findings(ENDPOINTS, [HTTP_API]) == []
    front = distribution("h-id.execute-api.eu-west-1.amazonaws.com", viewerCertificate=None)
    assert statuses(FRONTS, [HTTP_API, front]) == [VIOLATION]


# Defects that no other tool finds, with their compliant counterparts.
def classic_domain(**more):
    return made("apigateway/domainName:DomainName", "d", domainName="api.example.com", **more)


def native_domain(**more):
    return native("apigateway:DomainName", "d", id_="api.example.com", domainName="api.example.com", **more)


def classic_v2_domain(policy):
    given = {"certificateArn": "arn", "endpointType": "REGIONAL", "securityPolicy": policy}
    return made("apigatewayv2/domainName:DomainName", "d", domainName="ws.example.com", domainNameConfiguration=given)


def native_v2_domain(policy):
    given = [{"certificateArn": "arn", "endpointType": "REGIONAL", "securityPolicy": policy}]
    return native("apigatewayv2:DomainName", "d", domainName="ws.example.com", domainNameConfigurations=given)


CLASSIC_MAPPING = made(
    "apigateway/basePathMapping:BasePathMapping", "m", restApi="shop-id", domainName="api.example.com"
)
NATIVE_MAPPING = native("apigateway:BasePathMapping", "m", restApiId="shop-id", domainName="api.example.com")
NATIVE_HOST = "shop-id.execute-api.eu-west-1.amazonaws.com"


def native_bucket(status, **inputs):
    kept = {"bucketName": "trust", "versioningConfiguration": {"status": status}}
    return native("s3:Bucket", "trust", id_="trust", **kept, **inputs)


def native_distribution(policy, native_certificate):
    given = {
        "origins": [{"id": "api", "domainName": NATIVE_HOST}],
        "defaultCacheBehavior": {"targetOriginId": "api", "viewerProtocolPolicy": policy},
        "viewerCertificate": native_certificate,
    }
    return native("cloudfront:Distribution", "front", distributionConfig=given)


MODERN = {"acmCertificateArn": "arn", "minimumProtocolVersion": "TLSv1.2_2021"}
WITH_TRUST = native_domain(mutualTlsAuthentication=MUTUAL)
WITH_CERTIFICATE = native_domain(mutualTlsAuthentication=MUTUAL, regionalCertificateArn="arn:cert")
VPC_LINK = {"connectionType": "VPC_LINK", "type": "HTTP"}


def native_certificate(**inputs):
    return native("certificatemanager:Certificate", "c", id_="arn:cert", domainName="api.example.com", **inputs)


def native_integration(uri, **more):
    place = {"restApiId": "shop-id", "resourceId": "orders-id", "httpMethod": "GET", "authorizationType": "AWS_IAM"}
    return native("apigateway:Method", "m", **place, integration={"type": "HTTP", "uri": uri, **more})


SECOND = native("apigateway:DomainName", "open", id_="open.example.com", domainName="open.example.com")
TO_SECOND = native("apigateway:BasePathMapping", "o", restApiId="shop-id", domainName="open.example.com")
ROUTED = native(
    "apigatewayv2:RoutingRule",
    "r",
    domainNameArn="arn:aws:apigateway:eu-west-1::/domainnames/api.example.com",
    actions=[{"invokeApi": {"apiId": "shop-id", "stage": "live"}}],
)
DEFECTS = {
    "10 default native_endpoint open beside a domain": (
        OFF,
        (
            [classic_api(), classic_domain(), CLASSIC_MAPPING],
            [classic_api(disableExecuteApiEndpoint=True), classic_domain(), CLASSIC_MAPPING],
        ),
        (
            [native_api(), native_domain(), NATIVE_MAPPING],
            [native_api(disableExecuteApiEndpoint=True), native_domain(), NATIVE_MAPPING],
        ),
    ),
    "11 truststore without version": (
        PINNED,
        (
            [classic_domain(mutualTlsAuthentication=TRUST)],
            [classic_domain(mutualTlsAuthentication={**TRUST, "truststoreVersion": "v1"})],
        ),
        (
            [native_domain(mutualTlsAuthentication=TRUST)],
            [native_domain(mutualTlsAuthentication={**TRUST, "truststoreVersion": "v1"})],
        ),
    ),
    "12 TLS 1.0 on a domain of version 2": (
        DOMAINS,
        ([classic_v2_domain("TLS_1_0")], [classic_v2_domain("TLS_1_2")]),
        ([native_v2_domain("TLS_1_0")], [native_v2_domain("TLS_1_2")]),
    ),
    "12b TLS 1.0 on a domain": (
        DOMAINS,
        ([classic_domain(securityPolicy="TLS_1_0")], [classic_domain(securityPolicy="TLS_1_2")]),
        ([native_domain(securityPolicy="TLS_1_0")], [native_domain(securityPolicy="SecurityPolicy_TLS13_1_3_2025_09")]),
    ),
    "28 backend over http": (
        BACKENDS,
        (
            [classic_api(), *classic_method("http://a.example.com")],
            [classic_api(), *classic_method("https://a.example.com")],
        ),
        (
            [native_api(), *native_method("http://a.example.com")],
            [native_api(), *native_method("https://a.example.com")],
        ),
    ),
}


@pytest.mark.parametrize("provider", [1, 2], ids=["aws", "aws-native"])
@pytest.mark.parametrize("defect", DEFECTS.values(), ids=DEFECTS)
def test_a_defect_is_found_and_its_counterpart_is_not(defect, provider):
    rule, (broken, sound) = defect[0], defect[provider]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


IN_AWS_NATIVE = {
    "tls-endpoints-minimum-version": ([native_api()], [native_api(securityPolicy="TLS_1_2")]),
    "tls-mutual-tls-on-every-domain": (
        [native_api(), WITH_TRUST, NATIVE_MAPPING, SECOND, TO_SECOND],
        [native_api(), WITH_TRUST, NATIVE_MAPPING],
    ),
    "tls-truststore-bucket-protected": (
        [WITH_TRUST, native_bucket("Suspended")],
        [WITH_TRUST, native_bucket("Enabled")],
    ),
    "tls-mutual-tls-ownership-verified": (
        [WITH_CERTIFICATE, native_certificate(certificateAuthorityArn="arn:aws:acm-pca:x")],
        [WITH_CERTIFICATE, native_certificate()],
    ),
    "tls-certificates-strong": (
        [WITH_CERTIFICATE, native_certificate(keyAlgorithm="RSA_1024")],
        [WITH_CERTIFICATE, native_certificate()],
    ),
    "tls-backend-certificates-verified": (
        [native_api(), native_integration("https://a", tlsConfig={"insecureSkipVerification": True})],
        [native_api(), native_integration("https://a")],
    ),
    "tls-private-backends-encrypted": (
        [native_api(), native_integration("http://a", **VPC_LINK)],
        [native_api(), native_integration("https://a", **VPC_LINK)],
    ),
    "tls-cloudfront-minimum-version": (
        [native_api(), native_distribution("allow-all", MODERN)],
        [native_api(), native_distribution("https-only", MODERN)],
    ),
    "tls-default-endpoint-disabled": (
        [native_api(), native_domain(), ROUTED],
        [native_api(disableExecuteApiEndpoint=True), native_domain(), ROUTED],
    ),
}


@pytest.mark.parametrize("rule", IN_AWS_NATIVE)
def test_a_native_defect_is_found_and_its_counterpart_is_not(rule):
    broken, sound = IN_AWS_NATIVE[rule]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


MORE_IN_AWS_NATIVE = {
    "way round mutual TLS by a routing rule": (
        "tls-mutual-tls-on-every-domain",
        [
            native_api(),
            native_domain(),
            ROUTED,
            native(
                "apigateway:DomainName",
                "m",
                id_="m.example.com",
                domainName="m.example.com",
                mutualTlsAuthentication=MUTUAL,
            ),
            native("apigateway:BasePathMapping", "mm", restApiId="shop-id", domainName="m.example.com"),
        ],
    ),
    "public bucket": (
        "tls-truststore-bucket-protected",
        [WITH_TRUST, native_bucket("Enabled", accessControl="PublicRead")],
    ),
    "bucket without its block": (
        "tls-truststore-bucket-protected",
        [WITH_TRUST, native_bucket("Enabled", publicAccessBlockConfiguration={"blockPublicAcls": True})],
    ),
    "CloudFront's own certificate": (
        "tls-cloudfront-minimum-version",
        [native_api(), native_distribution("https-only", {"cloudFrontDefaultCertificate": True})],
    ),
    "domain of version 2 without version": (
        "tls-truststore-version-pinned",
        [native("apigatewayv2:DomainName", "d", domainName="x", mutualTlsAuthentication=TRUST)],
    ),
    "domain of version 2": ("tls-domains-minimum-version", [native_v2_domain("TLS_1_0")]),
}


@pytest.mark.parametrize(("rule", "broken"), MORE_IN_AWS_NATIVE.values(), ids=MORE_IN_AWS_NATIVE)
def test_more_native_defects_are_found(rule, broken):
    assert statuses(rule, broken) == [VIOLATION]


# Found by mutation of the pack: without this test a weaker policy passed unnoticed.
def test_a_domain_that_proves_its_ownership_means_mutual_tls():
    everywhere = "tls-mutual-tls-on-every-domain"

    proven = domain(ownershipVerificationCertificateArn="arn:aws:acm:eu-west-1:123456789012:certificate/1")
    assert statuses(everywhere, changed(proven, mapping())) == [VIOLATION]
    assert statuses(everywhere, changed(domain(), mapping())) == []


def test_a_truststore_that_nothing_tells_of_is_undecided():
    def trusting(uri):
        return domain(mutualTlsAuthentication={"truststoreUri": uri, "truststoreVersion": "1"})

    guarded = "tls-truststore-bucket-protected"
    assert statuses(guarded, [trusting(UNKNOWN)]) == [UNDECIDED]
    assert statuses(guarded, [trusting("s3://of-another-stack/ca.pem")]) == []
    later = made("s3/bucket:Bucket", "trust", bucket="trust", versioning=UNKNOWN)
    assert statuses(guarded, [trusting("s3://trust/ca.pem"), later]) == [UNDECIDED]
