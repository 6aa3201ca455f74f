"""Events in the form in which API Gateway sends them."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "abc123.execute-api.eu-west-1.amazonaws.com"
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
            "domainName": HOST,
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
        "requestContext": {
            "requestId": "request-1",
            "domainName": HOST,
            "http": {"method": method if resource else "GET", "path": path},
        },
        **changes,
    }


def http_1(headers=None, route="GET /orders", **changes):
    """An HTTP API's event, payload format 1.0."""
    return {**rest(headers, route), "version": "1.0", **changes}


def client_certificate(common_name):
    """A client certificate in the form in which API Gateway reports it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=1))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    return {"clientCertPem": pem, "subjectDN": f"CN={common_name}", "issuerDN": "CN=ca", "serialNumber": "7"}
