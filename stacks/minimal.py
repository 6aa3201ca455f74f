"""An existing HTTPS backend behind all six layers, in fifteen lines."""

import pulumi

from secure_gateway import SecureGateway

gateway = SecureGateway(
    "minimal",
    routes=[{"path": "/{proxy+}"}],
    default_integration={"url": "https://backend.example.com"},
    network={"allow_cidrs": ["203.0.113.0/24"]},
)
pulumi.export("url", gateway.url)
