"""What AWS refuses or silently ignores together is refused here, with what to do instead, before anything is made."""

import pytest
from certificates import certificate, key

from recorder import deploy
from secure_gateway import ArgsError, SecureGateway

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/11111111-2222-3333-4444-555555555555"
STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream"
NAMED = {"domain": {"name": "api.example.com", "certificate_arn": CERTIFICATE}}
MUTUAL = {**NAMED, "mutual_tls": {"ca_pem": certificate()}}
STRICT = "SecurityPolicy_TLS13_1_3_2025_09"

PAIRS = [
    # WAF
    ("two-acls", {"waf": {"acl_arn": ACL, "block_countries": ["KP"]}}, "waf.block_countries", "nothing beside"),
    ("acl-of-cloudfront", {"waf": {"acl_arn": ACL.replace("regional", "global")}}, "waf.acl_arn", "a regional web ACL"),
    ("log-name", {"waf": {"log_destination_arn": "arn:aws:s3:::logs"}}, "waf.log_destination_arn", "'aws-waf-logs-'"),
    (
        "capacity",
        {"waf": {"max_capacity": 1000}},
        "waf.max_capacity",
        "rules of at most 1,000; the largest are AWSManagedRulesCommonRuleSet",
    ),
    (
        "rate-rules",
        {"waf": {"rate_limits": {f"r{n}": {"requests": 10} for n in range(10)}}},
        "waf.rate_limits",
        "AWS's quota of rate-based rules",
    ),
    ("rate-window", {"waf": {"rate_limit": {"window_seconds": 90}}}, "waf.rate_limit.window_seconds", "60, 120, 300"),
    (
        "constant-without-scope",
        {"waf": {"rate_limits": {"a": {"requests": 10, "keys": []}}}},
        "waf.rate_limits.a.keys",
        "or path_prefixes",
    ),
    ("header-of-anybody", {"waf": {"forwarded_ip": {"proxies": []}}}, "waf.forwarded_ip.proxies", "anybody can write"),
    (
        "misspelt-rule",
        {"waf": {"managed_group_settings": {"AWSManagedRulesCommonRuleSet": {"count": ["SizeRestriction_BODY"]}}}},
        "waf.managed_group_settings.AWSManagedRulesCommonRuleSet.count[0]",
        "did you mean 'SizeRestrictions_BODY'?",
    ),
    (
        "response-of-a-group",
        {"waf": {"responses": {"AWSManagedRulesCommonRuleSet": {}}}},
        "waf.responses.AWSManagedRulesCommonRuleSet",
        "a rule that blocks by itself",
    ),
    ("all-addresses", {"waf": {"allow_cidrs": ["0.0.0.0/0"]}}, "waf.allow_cidrs[0]", "AWS takes no /0"),
    # Observability
    (
        "stream-name",
        {"observability": {"firehose_arn": f"{STREAM}/orders", "alarms": {"log_alarms_waived": "x"}}},
        "observability.firehose_arn",
        "begins with 'amazon-apigateway-'",
    ),
    (
        "stream-without-filters",
        {"observability": {"firehose_arn": f"{STREAM}/amazon-apigateway-orders"}},
        "observability.firehose_arn",
        "or observability.alarms.log_alarms_waived",
    ),
    (
        "class-without-filters",
        {"observability": {"log_class": "INFREQUENT_ACCESS"}},
        "observability.log_class",
        "a log group of class 'STANDARD'",
    ),
    (
        "secret-in-log",
        {"observability": {"access_log_fields": {"key": "$context.identity.apiKey"}}},
        "observability.access_log_fields.key",
        "log $context.identity.apiKeyId",
    ),
    ("retention", {"observability": {"retention_days": 17}}, "observability.retention_days", "1, 3, 5, 7, 14"),
    (
        "alias-key",
        {"observability": {"kms_key_arn": "alias/aws/logs"}},
        "observability.kms_key_arn",
        "ARN of a KMS key",
    ),
    (
        "fifo-topic",
        {"observability": {"topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call.fifo"}},
        "observability.topic_arn",
        "a standard topic",
    ),
    # TLS
    ("weak", {"tls": {"security_policy": "TLS_1_0"}}, "tls.security_policy", "did you mean 'TLS_1_2'?"),
    (
        "mutual-and-enhanced",
        {"tls": {**MUTUAL, "security_policy": STRICT}},
        "tls.security_policy",
        "'TLS_1_2' or nothing",
    ),
    (
        "mode-of-legacy",
        {"tls": {"security_policy": "TLS_1_2", "endpoint_access_mode": "STRICT"}},
        "tls.endpoint_access_mode",
        "nothing beside tls.security_policy",
    ),
    ("mutual-alone", {"tls": {"mutual_tls": {"ca_pem": certificate()}}}, "tls.domain", "works on no other endpoint"),
    (
        "mutual-on-edge",
        {
            "tls": {
                "domain": {"name": "a.example.com", "zone_id": "Z1", "endpoint_type": "EDGE"},
                "mutual_tls": MUTUAL["mutual_tls"],
            }
        },
        "tls.domain.endpoint_type",
        "'REGIONAL'",
    ),
    (
        "edge-certificate",
        {"tls": {"domain": {**NAMED["domain"], "endpoint_type": "EDGE"}}},
        "tls.domain.certificate_arn",
        "in us-east-1",
    ),
    (
        "unpinned-truststore",
        {"tls": {**NAMED, "mutual_tls": {"truststore_uri": "s3://ours/ca.pem"}}},
        "tls.mutual_tls.truststore_version",
        "AWS reads changed certificates only with it",
    ),
    (
        "weak-ca",
        {"tls": {**NAMED, "mutual_tls": {"ca_pem": certificate(own_key=key("rsa", 1024))}}},
        "tls.mutual_tls.ca_pem",
        "RSA with 2,048 bits",
    ),
    (
        "expired-ca",
        {"tls": {**NAMED, "mutual_tls": {"ca_pem": certificate(age=9, days=-1)}}},
        "tls.mutual_tls.ca_pem",
        "no expired certificate",
    ),
    (
        "private-domain",
        {"tls": NAMED, "network": {"private": {"vpc_endpoint_ids": ["vpce-0123456789abcdef0"]}}},
        "tls.domain",
        "nothing beside network.private",
    ),
    (
        "wildcard",
        {"tls": {"domain": {**NAMED["domain"], "name": "*.example.com"}}},
        "tls.domain.name",
        "a host name in lower case",
    ),
]


@pytest.mark.parametrize(("args", "path", "instead"), [pytest.param(*rest, id=name) for name, *rest in PAIRS])
def test_a_forbidden_pair_is_refused_with_what_to_do_instead(args, path, instead):
    minimal = {
        "routes": [{"path": "/orders"}],
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
    }
    caught: list[ArgsError] = []

    def program():
        with pytest.raises(ArgsError) as error:
            SecureGateway("api", {**minimal, **args})
        caught.append(error.value)

    assert deploy(program).made == []
    assert {each.path: instead in each.allowed for each in caught[0].problems} == {path: True}
