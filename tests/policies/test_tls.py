"""TLS: 1.2 at least on every way in, and no way round the domain."""

import json

import pytest
from graphs import UNDECIDED, VIOLATION, api, changed, domain, findings, mapping, statuses

from policypack.graph import UNKNOWN

DOMAINS, ENDPOINTS = "tls-domains-modern", "tls-endpoints-modern"
OFF, PINNED = "tls-default-endpoint-off", "tls-truststores-pinned"
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
        (VIOLATION, "domain api.example.com speaks TLS older than 1.2")
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
    message = "API shop has a custom domain and leaves its execute-api endpoint open"

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

    assert message.endswith("a way round mutual TLS")


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
