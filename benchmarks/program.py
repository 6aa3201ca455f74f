"""What a gateway costs the program that declares it, by the number of routes, compared with other ways to declare it.

Each way runs on Pulumi's mocks, in a separate process that has already declared a gateway, so that imports, plugins and
the network are not timed. Measured is the processor time from the first line of the program until every resource is
registered. The API is always the same: two methods on each path, a token of a Cognito user pool required everywhere,
one Lambda function behind all routes.

- `SecureGateway`, with every layer at its defaults.
- Per route, with the same layers: Resource, Method and Integration of `pulumi_aws` for each route, with the layers of
  this package used on their own: the same web ACL, logs, alarms and dashboard.
- Per route, without layers: fewer resources, and nothing is protected, logged or monitored.
"""

import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from .measure import Figures, in_turns, module, read, say, seconds, summary, table, timed, times

ROUTES: Final = (1, 5, 30, 300)
GATEWAY, LAYERED, BARE = "SecureGateway", "per route, with the same layers", "per route, without layers"


def measure(rounds: int, routes: tuple[int, ...] = ROUTES) -> Figures:
    """The figures of each way, by the number of routes."""
    found: Figures = {"routes": {}}
    for count in routes:
        say(f"program: {count} routes")
        taken = in_turns({way: partial(timed, module("program", way, count)) for way in WAYS}, rounds)
        found["routes"][str(count)] = {
            way: {**summary(each), "resources": json.loads(each[0].output)["resources"]} for way, each in taken.items()
        }
    return found


# -- What runs in a separate process ---------------------------------------------------------------------------------


def routes(count: int) -> Iterator[tuple[str, str]]:
    """Path and method of each route."""
    for number in range(count):
        yield f"things{number // 2}", ("GET", "POST")[number % 2]


def backend() -> Any:
    """The Lambda function behind every route."""
    from pulumi_aws import lambda_

    return lambda_.Function(
        "backend", runtime="python3.12", handler="index.handler", role="arn:aws:iam::1:role/backend"
    )


def gateway(count: int) -> None:
    """Declare the component."""
    from secure_gateway import SecureGateway

    SecureGateway(
        "shop",
        {
            "functions": {"backend": backend().arn},
            "default_integration": {"function": "backend"},
            "routes": [{"path": f"/{path}", "method": method} for path, method in routes(count)],
            "auth": {"default": "customers", "authorizers": {"customers": {"cognito": {}}}},
            "network": {"waived": "an API for everybody"},
        },
    )


def bare(count: int) -> None:
    """Declare one resource for each part of a route."""
    stage(*api(count))


def layered(count: int) -> None:
    """Declare the same, with the layers."""
    from secure_gateway.layers.observability import Observability
    from secure_gateway.layers.waf import Waf

    made, deployment = api(count)
    seen = Observability(
        "shop",
        {
            "api_id": made.id,
            "api_name": made.name,
            "execution_arn": made.execution_arn,
            "stage_name": "live",
        },
    )
    waf = Waf("shop", {})
    logs = {"destination_arn": seen.access_log_destination_arn, "format": seen.access_log_format}
    waf.protect(stage(made, deployment, access_log_settings=logs, xray_tracing_enabled=True).arn)


def api(count: int) -> Any:
    """An API and its deployment, as Pulumi's documentation shows them."""
    import pulumi
    from pulumi_aws import apigateway, cognito, lambda_

    function = backend()
    pool = cognito.UserPool("shop")
    made = apigateway.RestApi("shop", endpoint_configuration={"types": "REGIONAL"})
    lambda_.Permission(
        "shop",
        action="lambda:InvokeFunction",
        function=function.name,
        principal="apigateway.amazonaws.com",
        source_arn=made.execution_arn.apply(lambda arn: f"{arn}/*"),
    )
    authorizer = apigateway.Authorizer(
        "shop",
        rest_api=made.id,
        type="COGNITO_USER_POOLS",
        provider_arns=[pool.arn],
        identity_source="method.request.header.Authorization",
    )
    paths: dict[str, apigateway.Resource] = {}
    integrations: list[pulumi.Resource] = []
    for path, verb in routes(count):
        if path not in paths:
            paths[path] = apigateway.Resource(path, rest_api=made.id, parent_id=made.root_resource_id, path_part=path)
        method = apigateway.Method(
            f"{path}-{verb}",
            rest_api=made.id,
            resource_id=paths[path].id,
            http_method=verb,
            authorization="COGNITO_USER_POOLS",
            authorizer_id=authorizer.id,
        )
        integrations.append(
            apigateway.Integration(
                f"{path}-{verb}",
                rest_api=made.id,
                resource_id=paths[path].id,
                http_method=method.http_method,
                type="AWS_PROXY",
                integration_http_method="POST",
                uri=function.invoke_arn,
            )
        )
    opts = pulumi.ResourceOptions(depends_on=integrations)
    return made, apigateway.Deployment("shop", rest_api=made.id, opts=opts)


def stage(made: Any, deployment: Any, **settings: Any) -> Any:
    """A stage with throttling."""
    from pulumi_aws import apigateway

    at = apigateway.Stage("shop", rest_api=made.id, deployment=deployment.id, stage_name="live", **settings)
    limits = {"throttling_rate_limit": 100, "throttling_burst_limit": 200, "metrics_enabled": True}
    apigateway.MethodSettings("shop", rest_api=made.id, stage_name=at.stage_name, method_path="*/*", settings=limits)
    return at


WAYS: Final[dict[str, Callable[[int], None]]] = {GATEWAY: gateway, LAYERED: layered, BARE: bare}


def declare(program: Callable[[int], None], count: int) -> tuple[float, int]:
    """Processor seconds until all resources of a program are registered, and their number."""
    from pulumi.runtime import mocks, set_mocks
    from pulumi.runtime.stack import run_pulumi_func

    class Registrations(mocks.Mocks):
        made = 0

        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            self.made += 1
            arns = dict.fromkeys(("arn", "executionArn"), f"arn:aws:x:eu-west-1:123456789012:{args.name}")
            return f"{args.name}-id", {**arns, "name": args.name, **args.inputs}

        def call(self, _args: mocks.MockCallArgs) -> dict[str, Any]:
            return {"region": "eu-west-1", "accountId": "123456789012", "partition": "aws"}

    async def run_it() -> None:
        program(count)

    registrations, loop = Registrations(), asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    set_mocks(registrations)
    begun = time.process_time()
    loop.run_until_complete(run_pulumi_func(run_it))
    return time.process_time() - begun, registrations.made


def main() -> None:
    """Declare one gateway to import everything, then time a second one."""
    way, count = sys.argv[1:]
    declare(WAYS[way], 1)
    took, made = declare(WAYS[way], int(count))
    print(json.dumps({"seconds": took, "resources": made}))


# -- The report ------------------------------------------------------------------------------------------------------


def report(found: Figures) -> str:
    """The table."""
    rows: list[list[str]] = []
    for count, ways in found["routes"].items():
        ours = read(ways[GATEWAY])
        for way, written in ways.items():
            figure = read(written)
            ratio = times(figure.shortest / ours.shortest)
            rows.append(
                [count, way, f"{written['resources']:,}", seconds(figure.shortest), seconds(figure.median), ratio]
            )
    return table(["routes", "", "resources", "min s", "median s", "vs. ours"], rows)


if __name__ == "__main__":
    main()
