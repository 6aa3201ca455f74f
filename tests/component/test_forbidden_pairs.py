"""What AWS refuses or silently ignores together is refused here, with what to do instead, before anything is made."""

from datetime import timedelta

import pytest
from certificates import NOW, certificate, key

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/ours/11111111-2222-3333-4444-555555555555"
STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream"
NAMED = {"domain": {"name": "api.example.com", "certificate_arn": CERTIFICATE}}
MUTUAL = {**NAMED, "mutual_tls": {"ca_pem": certificate()}}
STRICT = "SecurityPolicy_TLS13_1_3_2025_09"

PAIRS = [
    # WAF
    (
        "two-acls",
        {"waf": {"acl_arn": ACL, "block_countries": ["KP"]}},
        "waf.block_countries",
        "cannot be combined with `waf.acl_arn`: that web ACL has its own rules and logs",
    ),
    (
        "acl-of-cloudfront",
        {"waf": {"acl_arn": ACL.replace("regional", "global")}},
        "waf.acl_arn",
        (
            "'arn:aws:wafv2:eu-west-1:123456789012:global/webacl/ours/11111111-2222-3333-4... "
            "is not the ARN of a regional web ACL, such as"
        ),
    ),
    (
        "log-name",
        {"waf": {"log_destination_arn": "arn:aws:s3:::logs"}},
        "waf.log_destination_arn",
        (
            "'arn:aws:s3:::logs' is not the ARN of an S3 bucket or a Firehose stream whose "
            "name begins with 'aws-waf-logs-'"
        ),
    ),
    (
        "capacity",
        {"waf": {"max_capacity": 1000}},
        "waf.max_capacity",
        (
            "the rules need about 1,407 capacity units, but at most 1,000 are allowed; the "
            "largest are AWSManagedRulesCommonRuleSet (700),"
        ),
    ),
    (
        "rate-rules",
        {"waf": {"rate_limits": {f"r{n}": {"requests": 10} for n in range(10)}}},
        "waf.rate_limits",
        "has 10 rate limits, but at most 9 are allowed: AWS's quota is 10 rate-based rules in a web ACL",
    ),
    (
        "rate-window",
        {"waf": {"rate_limit": {"window_seconds": 90}}},
        "waf.rate_limit.window_seconds",
        "expected one of 60, 120, 300, 600 seconds, got 90",
    ),
    (
        "constant-without-scope",
        {"waf": {"rate_limits": {"a": {"requests": 10, "keys": []}}}},
        "waf.rate_limits.a.keys",
        "must not be empty unless `path_prefixes` is given: one limit would apply to all callers of the API together",
    ),
    (
        "header-of-anybody",
        {"waf": {"forwarded_ip": {"proxies": []}}},
        "waf.forwarded_ip.proxies",
        "must list at least one range: otherwise anybody could write the header",
    ),
    (
        "misspelt-rule",
        {"waf": {"managed_group_settings": {"AWSManagedRulesCommonRuleSet": {"count": ["SizeRestriction_BODY"]}}}},
        "waf.managed_group_settings.AWSManagedRulesCommonRuleSet.count[0]",
        (
            "'SizeRestriction_BODY' is unknown; did you mean 'SizeRestrictions_BODY'? Expected "
            "one of 'CrossSiteScripting_BODY',"
        ),
    ),
    (
        "response-of-a-group",
        {"waf": {"responses": {"AWSManagedRulesCommonRuleSet": {}}}},
        "waf.responses.AWSManagedRulesCommonRuleSet",
        (
            "'AWSManagedRulesCommonRuleSet' is not a rule that itself blocks requests; the known "
            "names are 'cross-site-scripting', 'rate-limit', 'sql-injection'"
        ),
    ),
    (
        "all-addresses",
        {"waf": {"allow_cidrs": ["0.0.0.0/0"]}},
        "waf.allow_cidrs[0]",
        "'0.0.0.0/0' covers every address, and AWS accepts no /0: to let everybody in, waive the layer",
    ),
    # Observability
    (
        "stream-name",
        {"observability": {"firehose_arn": f"{STREAM}/orders", "alarms": {"log_alarms_waived": "x"}}},
        "observability.firehose_arn",
        (
            "'arn:aws:firehose:eu-west-1:123456789012:deliverystream/orders' is not the ARN of a "
            "Firehose stream whose name begins with 'amazon-apigateway-'"
        ),
    ),
    (
        "stream-without-filters",
        {"observability": {"firehose_arn": f"{STREAM}/amazon-apigateway-orders"}},
        "observability.firehose_arn",
        (
            "alarms on denied requests need a log group of class 'STANDARD', which takes metric "
            "filters: use one, or give the reason in `observability.alarms.log_alarms_waived`"
        ),
    ),
    (
        "class-without-filters",
        {"observability": {"log_class": "INFREQUENT_ACCESS"}},
        "observability.log_class",
        (
            "alarms on denied requests need a log group of class 'STANDARD', which takes metric "
            "filters: use one, or give the reason in `observability.alarms.log_alarms_waived`"
        ),
    ),
    (
        "secret-in-log",
        {"observability": {"access_log_fields": {"key": "$context.identity.apiKey"}}},
        "observability.access_log_fields.key",
        (
            "'$context.identity.apiKey' may hold a secret: log $context.identity.apiKeyId of a "
            "key, or the serial number of a certificate"
        ),
    ),
    (
        "retention",
        {"observability": {"retention_days": 17}},
        "observability.retention_days",
        (
            "expected one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, "
            "1096, 1827, 2192, 2557, 2922, 3288, 3653 days, got 17"
        ),
    ),
    (
        "alias-key",
        {"observability": {"kms_key_arn": "alias/aws/logs"}},
        "observability.kms_key_arn",
        "'alias/aws/logs' is not the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>",
    ),
    (
        "fifo-topic",
        {"observability": {"topic_arn": "arn:aws:sns:eu-west-1:123456789012:on-call.fifo"}},
        "observability.topic_arn",
        (
            "'arn:aws:sns:eu-west-1:123456789012:on-call.fifo' is not the ARN of a standard "
            "topic, such as arn:aws:sns:<region>:<account>:<name>"
        ),
    ),
    # TLS
    (
        "weak",
        {"tls": {"security_policy": "TLS_1_0"}},
        "tls.security_policy",
        "'TLS_1_0' is unknown; did you mean 'TLS_1_2'? Expected one of 'SecurityPolicy_TLS13_1_2_2021_06',",
    ),
    (
        "mutual-and-enhanced",
        {"tls": {**MUTUAL, "security_policy": STRICT}},
        "tls.security_policy",
        "must be 'TLS_1_2' or left out: AWS offers mutual TLS with no other policy",
    ),
    (
        "mode-of-legacy",
        {"tls": {"security_policy": "TLS_1_2", "endpoint_access_mode": "STRICT"}},
        "tls.endpoint_access_mode",
        "cannot be combined with `tls.security_policy TLS_1_2`",
    ),
    (
        "mutual-alone",
        {"tls": {"mutual_tls": {"ca_pem": certificate()}}},
        "tls.domain",
        "required with `mutual_tls`, which works on custom domains only",
    ),
    (
        "mutual-on-edge",
        {
            "tls": {
                "domain": {"name": "a.example.com", "zone_id": "Z1", "endpoint_type": "EDGE"},
                "mutual_tls": MUTUAL["mutual_tls"],
            }
        },
        "tls.domain.endpoint_type",
        "must be 'REGIONAL': edge-optimized domains have no mutual TLS",
    ),
    (
        "dual-stack-domain",
        {
            "tls": {"domain": {**NAMED["domain"], "ip_address_type": "dualstack"}},
            "network": {"allow_cidrs": ["203.0.113.0/24"]},
        },
        "network.allow_cidrs",
        "must list IPv6 ranges too, or all IPv6 callers of api.example.com are denied",
    ),
    (
        "edge-certificate",
        {"tls": {"domain": {**NAMED["domain"], "endpoint_type": "EDGE"}}},
        "tls.domain.certificate_arn",
        (
            "'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-55555... is "
            "not in us-east-1, where edge-optimized domains have their certificates"
        ),
    ),
    (
        "unpinned-truststore",
        {"tls": {**NAMED, "mutual_tls": {"truststore_uri": "s3://ours/ca.pem"}}},
        "tls.mutual_tls.truststore_version",
        "required with `truststore_uri`: without it AWS does not read changed certificates",
    ),
    (
        "weak-ca",
        {"tls": {**NAMED, "mutual_tls": {"ca_pem": certificate(own_key=key("rsa", 1024))}}},
        "tls.mutual_tls.ca_pem",
        (
            "certificate 1 of 1 has an RSA key of 1,024 bits: AWS needs RSA with 2,048 bits or "
            "ECDSA with 256 bits at least"
        ),
    ),
    (
        "expired-ca",
        {"tls": {**NAMED, "mutual_tls": {"ca_pem": certificate(age=9, days=-1)}}},
        "tls.mutual_tls.ca_pem",
        f"certificate 1 of 1 expired on {NOW - timedelta(days=1):%Y-%m-%d}",
    ),
    (
        "private-domain",
        {"tls": MUTUAL, "network": {"private": {"vpc_endpoint_ids": ["vpce-0123456789abcdef0"]}}},
        "tls.mutual_tls",
        "cannot be combined with `network.private`: AWS offers it for Regional domains only",
    ),
    (
        "wildcard",
        {"tls": {"domain": {**NAMED["domain"], "name": "*.example.com"}}},
        "tls.domain.name",
        "'*.example.com' is not a host name in lower case such as api.example.com",
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

    assert deploy(program).resources == []
    assert {each.path: instead in each.message for each in caught[0].problems} == {path: True}
