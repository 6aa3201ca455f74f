"""Thirty mistakes, one in each numbered line: a type checker finds them (`test_type_checkers.py`)."""

import pulumi

from secure_gateway import IntegrationArgs, NetworkArgs, RouteArgs, SecureGateway, WafArgs

OPEN: NetworkArgs = {"waived": "a test"}
ORDERS: RouteArgs = {"path": "/orders", "integration": {"url": "https://example.com"}}

# Names of options, as keywords, in dicts and in constructors.
SecureGateway("a", routes=[ORDERS], netwrok=OPEN)  # 1
SecureGateway("a", routs=[ORDERS], network=OPEN)  # 2
SecureGateway("a", {"routes": [ORDERS], "networks": OPEN})  # 3
SecureGateway("a", routes=[{"path": "/orders", "methods": "GET"}], network=OPEN)  # 4
SecureGateway("a", routes=[{"method": "GET"}], network=OPEN)  # 5
SecureGateway("a", routes=[RouteArgs(path="/", intergration=IntegrationArgs(url="https://x"))], network=OPEN)  # 6
SecureGateway("a", routes=[{"path": "/", "integration": {"lambda": "orders"}}], network=OPEN)  # 7
SecureGateway("a", routes=[ORDERS], network={"allow_cidr": ["203.0.113.0/24"]})  # 8
SecureGateway("a", routes=[ORDERS], network=OPEN, waf={"managed_group": []})  # 9
SecureGateway("a", routes=[ORDERS], network=OPEN, keys={"plans": {"gold": {"rate": 10, "bursts": 20}}})  # 10
SecureGateway("a", routes=[ORDERS], network=OPEN, tls={"domain": {"host": "api.example.com"}})  # 11
SecureGateway("a", routes=[ORDERS], network=OPEN, opt=pulumi.ResourceOptions())  # 12
SecureGateway("a", routes=[ORDERS], network=OPEN, observability={"alarms": {"latency_p99": 500}})  # 13
SecureGateway("a", routes=[ORDERS], network=OPEN, stages={"test": {"basepath": "test"}})  # 14

# Values of closed sets.
SecureGateway("a", routes=[{"path": "/orders", "method": "GTE"}], network=OPEN)  # 15
SecureGateway("a", routes=[RouteArgs(path="/orders", method="get")], network=OPEN)  # 16
SecureGateway("a", routes=[ORDERS], network=OPEN, tls={"security_policy": "TLS_1_0"})  # 17
SecureGateway("a", routes=[ORDERS], network=OPEN, waf={"rate_limit": {"window_seconds": 90}})  # 18
SecureGateway("a", routes=[ORDERS], network=OPEN, waf={"block_countries": ["UK"]})  # 19
SecureGateway("a", routes=[ORDERS], network=OPEN, waf=WafArgs(managed_groups=["AWSManagedRulesSqliRuleSet"]))  # 20
SecureGateway("a", routes=[ORDERS], network=OPEN, observability={"retention_days": 100})  # 21
SecureGateway("a", routes=[ORDERS], network=OPEN, observability={"execution_log_level": "ERRORS"})  # 22
SecureGateway("a", routes=[ORDERS], network={"waived": "a test", "ip_address_type": "ipv6"})  # 23
SecureGateway("a", routes=[ORDERS], network=OPEN, auth={"authorizers": {"people": {"cognito": {"mfa": "on"}}}})  # 24
SecureGateway("a", routes=[ORDERS], network=OPEN, tls={"endpoint_access_mode": "strict"})  # 25

# Types of values.
SecureGateway("a", routes=ORDERS, network=OPEN)  # 26
SecureGateway("a", routes=[ORDERS], network={"allow_cidrs": "203.0.113.0/24"})  # 27
SecureGateway("a", routes=[{"path": "/orders", "api_key": "yes"}], network=OPEN)  # 28
SecureGateway("a", routes=[ORDERS], network=OPEN, keys={"rate": "100"})  # 29
pulumi.export("url", SecureGateway("a", routes=[ORDERS], network=OPEN).urls)  # 30
