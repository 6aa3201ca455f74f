"""Parts of HTTP and WebSocket APIs, and CloudFront distributions before an API, as pulumi-aws declares them."""

from collections.abc import Iterable
from typing import Any

from graphs import LOG, alarm, made

from policypack.graph.graph import Graph, Resource
from policypack.readers.http.stages import HttpStages
from policypack.readers.stage_context import StageContext

EDGE = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/edge/1"
ENDPOINT = "shop-id.execute-api.eu-west-1.amazonaws.com"


SECRET = "2f1c7f0b9d5e4a6c8b3d"


def distribution(
    domain: Any = ENDPOINT,
    *,
    edges: Iterable[tuple[str, Resource]] = (),
    headers: Any = ({"name": "x-origin", "value": SECRET},),
    **inputs: Any,
) -> Resource:
    origin = {"domainName": domain, "originId": "api", "customHeaders": headers}
    given = {"enabled": True, "origins": [origin], "webAclId": EDGE, **inputs}
    return made("cloudfront/distribution:Distribution", "edge", edges=edges, **given)


def http_api(kind="HTTP", **inputs: Any):
    return made("apigatewayv2/api:Api", "h", id_="h-id", protocolType=kind, name="h", **inputs)


def v2_stage(**inputs: Any):
    return made("apigatewayv2/stage:Stage", "h", apiId="h-id", name="live", **inputs)


def read_stages(*resources):
    """The stages with_dimensions the API among them."""
    graph = Graph(resources)
    (api,) = graph.of_type("aws:apigatewayv2/api:Api")
    return list(HttpStages(graph, StageContext(graph)).of(api, api.inputs["protocolType"]))


ROUTE_SETTINGS = {
    "loggingLevel": "INFO",
    "detailedMetricsEnabled": True,
    "throttlingRateLimit": 10,
    "throttlingBurstLimit": 20,
}


def with_dimensions(**dimensions):
    return {"dimensions": dimensions}


def observed(kind="HTTP", **inputs):
    """An API with_dimensions either kind that is observed as it should be, behind a front with_dimensions its own."""
    errors, sign = {"HTTP": ("5xx", "4xx"), "WEBSOCKET": ("ExecutionError", "ClientError")}[kind]
    where = with_dimensions(ApiId="h-id", Stage="live")
    sources = {"HTTP": "$request.header.x-origin", "WEBSOCKET": "route.request.header.x-origin"}[kind]
    route = {"routeKey": "$connect", "authorizationType": "CUSTOM", "authorizerId": "a"}
    return [
        http_api(kind),
        made("apigatewayv2/route:Route", "r", apiId="h-id", **route),
        made(
            "apigatewayv2/authorizer:Authorizer",
            "a",
            id_="a",
            apiId="h-id",
            authorizerType="REQUEST",
            identitySources=[sources],
        ),
        v2_stage(
            autoDeploy=True,
            accessLogSettings={"destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:x", "format": LOG},
            defaultRouteSettings={**ROUTE_SETTINGS, **inputs},
        ),
        alarm(errors, **where),
        alarm(sign, **where),
        distribution("h-id.execute-api.eu-west-1.amazonaws.com"),
    ]
