"""Which route API Gateway chooses, and what it responds where there is none."""

import pytest

from policypack.ask.responses import GatewayResponses, Override
from policypack.ask.routes import Matched, match

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
PUBLISHED = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


def chosen(request_: str, labels: list[str], *, rest: bool) -> Matched:
    method, _, path = request_.partition(" ")
    return match(method, path, labels, rest=rest)


@pytest.mark.parametrize(
    ("request_", "route"),
    [
        ("GET /pets/dog/1", "GET /pets/dog/1"),
        ("GET /pets/dog/2", "GET /pets/dog/{id}"),
        ("GET /pets/cat/1", "GET /pets/{proxy+}"),
        ("POST /test/5", "ANY /{proxy+}"),
        ("POST /pets/dog/1", "ANY /{proxy+}"),
        ("GET /", "$default"),
    ],
)
def test_an_http_api_chooses_the_most_specific_route_of_the_method(request_: str, route: str):
    assert chosen(request_, PUBLISHED, rest=False).labels == (route,)


@pytest.mark.parametrize(
    ("request_", "labels", "routes"),
    [
        ("GET /orders/7", ["GET /orders/{id}", "GET /{proxy+}"], ("GET /orders/{id}",)),
        ("GET /orders/open", ["GET /orders/{id}", "GET /orders/open"], ("GET /orders/open",)),
        ("GET /orders", ["ANY /orders", "GET /orders"], ("GET /orders",)),
        ("PUT /orders", ["ANY /orders", "GET /orders"], ("ANY /orders",)),
        ("POST /orders", ["GET /orders"], ()),
        ("GET /orders/7/lines", ["GET /orders/{id}"], ()),
        ("GET /", ["GET /"], ("GET /",)),
        ("GET /", ["GET /{proxy+}"], ()),
    ],
)
def test_a_rest_api_chooses_a_resource_and_then_the_method(request_: str, labels: list[str], routes: tuple[str, ...]):
    found = chosen(request_, labels, rest=True)
    assert (found.labels, found.reason) == (routes, "")


def test_what_aws_does_not_document_is_no_certain_match():
    assert match("POST", "/orders", ["GET /orders", "ANY /{proxy+}"], rest=True).reason
    assert match("GET", "/orders/", ["GET /orders"], rest=True).reason


def test_each_kind_of_api_has_its_own_response_without_a_route():
    rest, http = GatewayResponses("REST").no_route(), GatewayResponses("HTTP").no_route()
    assert (rest.status, rest.body) == (403, '{"message":"Missing Authentication Token"}')
    assert (http.status, http.body) == (404, '{"message":"Not Found"}')


def test_a_gateway_response_of_the_api_replaces_aws_s():
    changed = GatewayResponses(
        "REST",
        {
            "DEFAULT_4XX": Override(400, '{"error":$context.error.messageString}'),
            "UNAUTHORIZED": Override(None, None),
        },
    )
    assert (changed.of("ACCESS_DENIED").status, changed.of("ACCESS_DENIED").body) == (400, '{"error":"Forbidden"}')
    assert changed.of("UNAUTHORIZED").status == 401
    assert changed.of("AUTHORIZER_FAILURE").status == 500
    unknown = GatewayResponses("REST", {"THROTTLED": Override(None, None, known=False)})
    assert unknown.of("THROTTLED").status is None
