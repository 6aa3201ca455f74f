"""Defects that no runnable tool of the field finds, each found by the rule that speaks of it.

Each stands in the words of both providers, with its sound counterpart, which nothing is said about. The other rules of
network and tls follow, in the words of aws-native; those of pulumi-aws are in `test_network` and `test_tls`.
"""

import json

import pytest
from graphs import OFFICE, URN, VIOLATION, made, statuses

from policypack.graph.graph import Resource

EVERYTHING = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
INSIDE = {**OFFICE, "Condition": {"IpAddress": OFFICE["Condition"]["NotIpAddress"]}}
DOOR = {**OFFICE, "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-0123456789abcdef0"}}}
OUR_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/GET/orders"
EVERY_ARN = "arn:aws:execute-api:eu-west-1:123456789012:*/*/*/*"
TRUST = {"truststoreUri": "s3://trust/ca.pem"}


def native(type_, label, /, id_="", outputs=None, **inputs):
    return Resource(
        urn=f"{URN}aws-native:{type_}::{label}",
        type=f"aws-native:{type_}",
        name=label,
        id=id_ or f"{label}-id",
        inputs=inputs,
        outputs=outputs or {},
    )


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def classic_api(*statements, kind="REGIONAL", **more):
    given = {"policy": json.dumps(document(*statements))} if statements else {}
    types = {"types": kind}
    return made("apigateway/restApi:RestApi", "shop", name="shop", endpointConfiguration=types, **given, **more)


def native_api(*statements, kind="REGIONAL", **more):
    given = {"policy": document(*statements)} if statements else {}
    types = {"types": [kind]}
    outputs = {"restApiId": "shop-id"}
    return native(
        "apigateway:RestApi", "shop", outputs=outputs, name="shop", endpointConfiguration=types, **given, **more
    )


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


def classic_permission(**more):
    given = {"function": "orders-fn", "principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction"}
    return made("lambda/permission:Permission", "p", **given, **more)


def native_permission(**more):
    given = {"functionName": "orders-fn", "principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction"}
    return native("lambda:Permission", "p", **given, **more)


CLASSIC_PATH = made("apigateway/resource:Resource", "orders", restApi="shop-id", parentId="root", pathPart="orders")


def classic_method(uri):
    place = {"restApi": "shop-id", "resourceId": "orders-id", "httpMethod": "GET"}
    return [
        CLASSIC_PATH,
        made("apigateway/method:Method", "m", **place, authorization="AWS_IAM"),
        made("apigateway/integration:Integration", "i", **place, type="HTTP_PROXY", uri=uri),
    ]


def native_method(uri):
    given = {"type": "HTTP_PROXY", "uri": uri, "integrationHttpMethod": "GET"}
    place = {"restApiId": "shop-id", "resourceId": "orders-id", "httpMethod": "GET"}
    return [native("apigateway:Method", "m", **place, authorizationType="AWS_IAM", integration=given)]


RESTRICTED, BOUND, OFF, PINNED, DOMAINS, NAMED, BACKENDS = (
    "network-callers-restricted",
    "network-private-apis-restricted",
    "tls-default-endpoint-disabled",
    "tls-truststore-version-pinned",
    "tls-domains-minimum-version",
    "network-lambda-permissions-name-api",
    "tls-backends-encrypted",
)
DEFECTS = {
    "07 principal star without condition": (
        RESTRICTED,
        ([classic_api(EVERYTHING)], [classic_api(EVERYTHING, OFFICE)]),
        ([native_api(EVERYTHING)], [native_api(EVERYTHING, OFFICE)]),
    ),
    "08 private API open to every endpoint": (
        BOUND,
        ([classic_api(EVERYTHING, kind="PRIVATE")], [classic_api(EVERYTHING, DOOR, kind="PRIVATE")]),
        ([native_api(EVERYTHING, kind="PRIVATE")], [native_api(EVERYTHING, DOOR, kind="PRIVATE")]),
    ),
    "09 Deny that blocks the inside": (
        RESTRICTED,
        ([classic_api(EVERYTHING, INSIDE)], [classic_api(EVERYTHING, OFFICE)]),
        ([native_api(EVERYTHING, INSIDE)], [native_api(EVERYTHING, OFFICE)]),
    ),
    "10 default endpoint open beside a domain": (
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
    "24 permission without source": (
        NAMED,
        ([classic_permission()], [classic_permission(sourceArn=OUR_ARN)]),
        ([native_permission()], [native_permission(sourceArn=OUR_ARN)]),
    ),
    "24b permission for every API": (
        NAMED,
        ([classic_permission(sourceArn=EVERY_ARN)], [classic_permission(sourceArn=OUR_ARN)]),
        ([native_permission(sourceArn=EVERY_ARN)], [native_permission(sourceArn=OUR_ARN)]),
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
def test_the_defect_is_found_and_its_counterpart_is_not(defect, provider):
    rule, (broken, sound) = defect[0], defect[provider]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


ON_LIST = {**EVERYTHING, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
ACCOUNT = {**EVERYTHING, "Principal": {"AWS": "123456789012"}}
FUNCTION = native("lambda:Function", "orders", id_="orders-fn", functionName="orders-fn")
CALLED = native_permission(sourceArn=OUR_ARN)
GET = native_method("https://a.example.com")
MUTUAL = {**TRUST, "truststoreVersion": "v1"}
PRIVATE = {"types": ["PRIVATE"]}
HOST = "shop-id.execute-api.eu-west-1.amazonaws.com"


def url(kind):
    return native("lambda:Url", "u", targetFunctionArn="orders-fn", authType=kind)


def private_domain(*statements):
    return native(
        "apigateway:DomainNameV2", "d", domainName="x", endpointConfiguration=PRIVATE, policy=document(*statements)
    )


def endpoint(**inputs):
    return native("ec2:VpcEndpoint", "door", serviceName="com.amazonaws.eu-west-1.execute-api", **inputs)


def group(cidr):
    return native("ec2:SecurityGroup", "g", outputs={"groupId": "sg-1"}, securityGroupIngress=[{"cidrIp": cidr}])


def bucket(status, **inputs):
    kept = {"bucketName": "trust", "versioningConfiguration": {"status": status}}
    return native("s3:Bucket", "trust", id_="trust", **kept, **inputs)


def front(policy, certificate):
    given = {
        "origins": [{"id": "api", "domainName": HOST}],
        "defaultCacheBehavior": {"targetOriginId": "api", "viewerProtocolPolicy": policy},
        "viewerCertificate": certificate,
    }
    return native("cloudfront:Distribution", "front", distributionConfig=given)


MODERN = {"acmCertificateArn": "arn", "minimumProtocolVersion": "TLSv1.2_2021"}
WITH_TRUST = native_domain(mutualTlsAuthentication=MUTUAL)
WITH_CERTIFICATE = native_domain(mutualTlsAuthentication=MUTUAL, regionalCertificateArn="arn:cert")
VPC_LINK = {"connectionType": "VPC_LINK", "type": "HTTP"}


def certificate(**inputs):
    return native("certificatemanager:Certificate", "c", id_="arn:cert", domainName="api.example.com", **inputs)


def integration(uri, **more):
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
CASES = {
    "network-iam-accounts-restricted": ([native_api(EVERYTHING), *GET], [native_api(ACCOUNT), *GET]),
    "network-allow-lists-enforced": ([native_api(ON_LIST), *GET], [native_api(ON_LIST, OFFICE), *GET]),
    "network-policy-satisfiable": ([native_api(EVERYTHING, DOOR)], [native_api(EVERYTHING, DOOR, kind="PRIVATE")]),
    "network-private-domains-restricted": ([private_domain(EVERYTHING)], [private_domain(EVERYTHING, DOOR)]),
    "network-functions-not-public": ([FUNCTION, CALLED, url("NONE")], [FUNCTION, CALLED, url("AWS_IAM")]),
    "network-lambda-permissions-invoke-only": (
        [native("lambda:Permission", "p", functionName="f", principal="apigateway.amazonaws.com", action="lambda:*")],
        [CALLED],
    ),
    "network-vpc-endpoints-scoped": (
        [endpoint()],
        [endpoint(policyDocument=document({**EVERYTHING, "Resource": OUR_ARN}))],
    ),
    "network-vpc-endpoints-not-public": (
        [endpoint(securityGroupIds=["sg-1"]), group("0.0.0.0/0")],
        [endpoint(securityGroupIds=["sg-1"]), group("10.0.0.0/8")],
    ),
    "tls-endpoints-minimum-version": ([native_api()], [native_api(securityPolicy="TLS_1_2")]),
    "tls-mutual-tls-on-every-domain": (
        [native_api(), WITH_TRUST, NATIVE_MAPPING, SECOND, TO_SECOND],
        [native_api(), WITH_TRUST, NATIVE_MAPPING],
    ),
    "tls-truststore-bucket-protected": ([WITH_TRUST, bucket("Suspended")], [WITH_TRUST, bucket("Enabled")]),
    "tls-mutual-tls-ownership-verified": (
        [WITH_CERTIFICATE, certificate(certificateAuthorityArn="arn:aws:acm-pca:x")],
        [WITH_CERTIFICATE, certificate()],
    ),
    "tls-certificates-strong": (
        [WITH_CERTIFICATE, certificate(keyAlgorithm="RSA_1024")],
        [WITH_CERTIFICATE, certificate()],
    ),
    "tls-backend-certificates-verified": (
        [native_api(), integration("https://a", tlsConfig={"insecureSkipVerification": True})],
        [native_api(), integration("https://a")],
    ),
    "tls-private-backends-encrypted": (
        [native_api(), integration("http://a", **VPC_LINK)],
        [native_api(), integration("https://a", **VPC_LINK)],
    ),
    "tls-cloudfront-minimum-version": (
        [native_api(), front("allow-all", MODERN)],
        [native_api(), front("https-only", MODERN)],
    ),
    "tls-default-endpoint-disabled": (
        [native_api(), native_domain(), ROUTED],
        [native_api(disableExecuteApiEndpoint=True), native_domain(), ROUTED],
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_a_native_hole_is_found_and_its_counterpart_is_not(rule):
    broken, sound = CASES[rule]

    assert statuses(rule, broken) == [VIOLATION]
    assert statuses(rule, sound) == []


MORE = {
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
    "public bucket": ("tls-truststore-bucket-protected", [WITH_TRUST, bucket("Enabled", accessControl="PublicRead")]),
    "bucket without its block": (
        "tls-truststore-bucket-protected",
        [WITH_TRUST, bucket("Enabled", publicAccessBlockConfiguration={"blockPublicAcls": True})],
    ),
    "CloudFront's own certificate": (
        "tls-cloudfront-minimum-version",
        [native_api(), front("https-only", {"cloudFrontDefaultCertificate": True})],
    ),
    "domain of version 2 without version": (
        "tls-truststore-version-pinned",
        [native("apigatewayv2:DomainName", "d", domainName="x", mutualTlsAuthentication=TRUST)],
    ),
    "domain of version 2": ("tls-domains-minimum-version", [native_v2_domain("TLS_1_0")]),
}


@pytest.mark.parametrize(("rule", "broken"), MORE.values(), ids=MORE)
def test_more_native_holes(rule, broken):
    assert statuses(rule, broken) == [VIOLATION]
