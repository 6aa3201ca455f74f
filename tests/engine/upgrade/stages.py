"""Several stages and domains: every resource whose name in the program has changed since."""

import pulumi

from secure_gateway import SecureGateway

config = pulumi.Config()
zone_id = config.require("zone_id")
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/11111111-1111-1111-1111-111111111111"

gateway = SecureGateway(
    "orders",
    {
        "routes": [
            {"path": "/orders", "method": "GET", "api_key": True},
            {"path": "/orders", "method": "POST", "api_key": True, "integration": {"function": "orders"}},
        ],
        "functions": {"orders": config.require("function")},
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "partners call from everywhere"},
        "keys": {
            "route_throttles": {"GET /orders": {"rate": 3, "burst": 3}},
            "plans": {"gold": {"rate": 5, "burst": 9}},
            "keys": {"acme": {"plan": "gold"}, "other": {"plan": "gold", "existing_key_id": config.require("key_id")}},
        },
        "observability": {"saved_queries": True},
        "tls": {
            "security_policy": "TLS_1_2",
            "domain": {"name": "api.example.com", "zone_id": zone_id, "base_path": "v2", "more_base_paths": ["v1"]},
            "more_domains": [{"name": "api.example.org", "certificate_arn": CERTIFICATE}],
        },
        "stages": {
            "beta": {"base_path": "beta"},
            "next": {
                "waf": {"rate_limit": {"requests": 500}},
                "tls": {
                    "domain": {"name": "next.example.com", "zone_id": zone_id},
                    "more_domains": [{"name": "next.example.org", "certificate_arn": CERTIFICATE}],
                },
            },
        },
    },
)
pulumi.export("url", gateway.url)
