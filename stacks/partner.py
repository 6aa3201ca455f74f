"""An API for business partners, on a custom domain; each partner has a client certificate, an API key and a quota.

Settings: `domain`, `zone_id` (its Route 53 hosted zone) and `backend` (an HTTPS URL).
"""

from pathlib import Path

import pulumi

from secure_gateway import SecureGateway

config = pulumi.Config()

gateway = SecureGateway(
    "partner",
    {
        "description": "Orders placed by partners",
        "default_integration": {"url": config.require("backend")},
        "routes": [
            {"path": "/orders", "method": "POST", "api_key": True},
            {"path": "/orders/{id}", "method": "GET", "api_key": True},
        ],
        "keys": {
            "plans": {
                "standard": {"rate": 10, "burst": 20, "quota": {"limit": 5_000, "period": "DAY"}},
                "premium": {"rate": 100, "burst": 200, "quota": {"limit": 100_000, "period": "DAY"}},
            },
            "keys": {"acme": {"plan": "standard"}, "globex": {"plan": "premium"}},
        },
        "network": {"allow_cidrs": ["192.0.2.0/25", "198.51.100.64/26"]},
        "tls": {
            "domain": {"name": config.require("domain"), "zone_id": config.require("zone_id")},
            "mutual_tls": {"ca_file": str(Path(__file__).with_name("partner-ca.pem"))},
        },
    },
)
pulumi.export("url", gateway.url)
pulumi.export("api_keys", gateway.api_key_values)
