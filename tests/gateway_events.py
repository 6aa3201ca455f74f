"""Events in the form in which API Gateway sends them."""

API = "arn:aws:execute-api:eu-west-1:123456789012:abc123/live"


def rest(headers=None, route="GET /orders", path=None, query=None, certificate=None, **changes):
    """A REST REQUEST event."""
    method, resource = route.split(" ", 1)
    path = path or resource.replace("{id}", "7")
    headers = headers or {}
    return {
        "type": "REQUEST",
        "methodArn": f"{API}/{method}{path}",
        "resource": resource,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in (query or {}).items()},
        "multiValueQueryStringParameters": query or {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "requestId": "request-1",
            "resourcePath": resource,
            "httpMethod": method,
            "identity": {"sourceIp": "203.0.113.7", "clientCert": certificate},
        },
        **changes,
    }


def token(value, path="/orders", method="GET"):
    """A REST TOKEN event."""
    return {"type": "TOKEN", "authorizationToken": value, "methodArn": f"{API}/{method}{path}"}


def http_2(headers=None, route="GET /orders", path=None, query="", **changes):
    """An HTTP API's event, payload format 2.0."""
    method, _, resource = route.partition(" ")
    path = path or resource.replace("{id}", "7") or "/orders"
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": f"{API}/{method if resource else 'GET'}{path}",
        "identitySource": [],
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {"requestId": "request-1", "http": {"method": method if resource else "GET", "path": path}},
        **changes,
    }


def http_1(headers=None, route="GET /orders", **changes):
    """An HTTP API's event, payload format 1.0."""
    return {**rest(headers, route), "version": "1.0", **changes}
