"""Programs in the forms that are usual with pulumi-aws: type checkers accept them (`test_type_checkers.py`)."""

import pulumi
from pulumi_aws import ec2, lambda_

from secure_gateway import (
    AuthArgs,
    IntegrationArgs,
    NetworkArgs,
    RouteArgs,
    SecureGateway,
    SecureGatewayArgs,
    VpcEndpointArgs,
    Waf,
    WafArgs,
)
from secure_gateway.choices import Country, RouteMethod

config = pulumi.Config()
orders = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="python3.12")
names = ["orders", "customers", "invoices"]
tags = {"team": "shop"}

# Keywords, an object, an object with a type, and options of the resource in each form.
SecureGateway(
    "keywords",
    routes=[{"path": "/orders", "method": "GET", "integration": {"function": "orders"}}],
    functions={"orders": orders.arn},
    network={"allow_cidrs": ["203.0.113.0/24"]},
    tags=tags,
    opts=pulumi.ResourceOptions(protect=True),
)
SecureGateway(
    "dict",
    {"routes": [{"path": "/", "method": "GET", "integration": {"mock": {"status": 204}}}], "network": {"waived": "x"}},
    pulumi.ResourceOptions(protect=True),
)
args: SecureGatewayArgs = {"network": {"waived": "a test"}}
args["routes"] = [{"path": "/", "integration": {"mock": {}}}]
SecureGateway("typed", args)
SecureGateway("class", SecureGatewayArgs(routes=[RouteArgs(path="/")], network=NetworkArgs(waived="a test")))

# Routes that are built in a loop: with constructors, with a comprehension, and one by one.
routes = [RouteArgs(path=f"/{name}", integration=IntegrationArgs(url=f"https://{name}.example.com")) for name in names]
SecureGateway("constructors", routes=routes, network={"waived": "a test"})

table: list[tuple[str, RouteMethod, str]] = [("/orders", "GET", "orders"), ("/orders/{id}", "DELETE", "orders")]
SecureGateway(
    "comprehension",
    routes=[{"path": path, "method": method, "integration": {"function": name}} for path, method, name in table],
    functions={"orders": orders.arn},
    network={"waived": "a test"},
)
one_by_one: list[RouteArgs] = []
for name in names:
    one_by_one.append({"path": f"/{name}", "public": "a list", "integration": {"mock": {"body": name}}})  # noqa: PERF401
SecureGateway("one-by-one", routes=one_by_one, network={"waived": "a test"})

# Values that were made before, with the type that Python infers for them.
functions = {name: lambda_.Function(name, role="arn:aws:iam::123456789012:role/x").arn for name in names}
subnets = [ec2.Subnet(f"s{index}", vpc_id="vpc-0", cidr_block=f"10.0.{index}.0/24").id for index in range(2)]
endpoint = VpcEndpointArgs(vpc_id="vpc-0", subnet_ids=subnets, client_cidrs=["10.0.0.0/16"])
SecureGateway(
    "inferred",
    routes=routes,
    functions=functions,
    network={"private": {"vpc": endpoint}},
    auth=AuthArgs(default="iam"),
)
blocked: list[Country] = ["KP"]
waf: WafArgs = {
    "block_countries": blocked,
    "responses": {"rate-limit": {"status": 429, "headers": {"Retry-After": "60"}}},
}
gateway = SecureGateway("waf", routes=routes, network={"waived": "a test"}, waf=waf)
Waf("alone", {"stage_arn": gateway.stage_arn, "rate_limit": {"requests": 500, "window_seconds": 300}})
pulumi.export("url", gateway.url)
