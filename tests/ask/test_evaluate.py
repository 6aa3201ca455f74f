"""The way of a request through a small gateway of plain resources."""

from dataclasses import replace
from typing import Any

import pytest
from graphs import changed, mapping

from policypack.ask.evaluate import walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage, Walk
from policypack.graph.graph import Graph, Resource
from policypack.patterns.addresses import Address
from policypack.readers.asked import Asked
from policypack.readers.stack import build

INSIDE, OUTSIDE = Address(4, 0xCB007107), Address(4, 0xC6336407)
ROLE = "arn:aws:iam::111122223333:role/reader"


def all_walks(*more: Any, request: Request, **parts: Any) -> list[Walk]:
    graph = Graph(changed(*more, **parts))
    (api,) = Asked(graph).of(build(graph))
    return list(walks(api, request))


def asked(*more: Any, request: Request, **parts: Any) -> Walk:
    return next(each for each in all_walks(*more, request=request, **parts) if each.entry.kind == "execute-api")


GET = Request(method="GET", path="/orders", ordinary=True)


def test_the_network_stops_a_caller_outside():
    found = asked(request=replace(GET, address=OUTSIDE, principal=ROLE))
    assert found.passage is Passage.STOPPED
    assert found.stop
    assert (found.stop.name, found.stop.subject) == ("resource policy", "statement 2")
    assert found.response
    assert found.response.status == 403


def test_an_unsigned_request_is_stopped_by_iam():
    found = asked(request=replace(GET, address=INSIDE))
    assert found.stop
    assert (found.stop.layer, found.stop.name) == ("auth", "signature")


@pytest.mark.parametrize(
    ("identity", "passage"),
    [(Identity.ALLOW, Passage.PASSES), (Identity.DENY, Passage.STOPPED), (Identity.UNKNOWN, Passage.UNKNOWN)],
)
def test_the_principal_s_own_policies_decide_too(identity: Identity, passage: Passage):
    found = asked(request=replace(GET, address=INSIDE, principal=ROLE, identity=identity))
    assert found.passage is passage, found


def test_what_is_not_given_is_unknown():
    found = asked(request=replace(GET, principal=ROLE, identity=Identity.ALLOW))
    assert found.passage is Passage.UNKNOWN
    assert "aws:sourceip" in found.unless[-1].reason


def test_a_route_that_does_not_exist():
    found = asked(request=replace(GET, path="/nothing", address=INSIDE))
    assert found.response
    assert found.response.body == '{"message":"Missing Authentication Token"}'


def test_old_tls_is_stopped():
    found = asked(request=replace(GET, tls="1.1"))
    assert found.stop
    assert found.stop.layer == "tls"


CALLER = replace(GET, address=INSIDE, principal=ROLE, identity=Identity.ALLOW)
TRUST = {"truststoreUri": "s3://trust/ca.pem", "truststoreVersion": "1"}


@pytest.mark.parametrize(
    ("certificate", "passage"),
    [
        (None, Passage.STOPPED),
        (Given.INVALID, Passage.STOPPED),
        (Given.VALID, Passage.PASSES),
        ("CN=a", Passage.UNKNOWN),
    ],
)
def test_a_domain_with_mutual_tls_asks_for_a_certificate(certificate: Given | str | None, passage: Passage):
    own = replace(mapping("mutual.example.com"), urn="urn:pulumi:dev::shop::mapping::mutual")
    own = replace(own, inputs={**own.inputs, "stageName": "live", "basePath": "v1"})
    name = Resource(
        urn="urn:pulumi:dev::shop::domain::mutual",
        type="aws:apigateway/domainName:DomainName",
        name="mutual",
        inputs={"domainName": "mutual.example.com", "mutualTlsAuthentication": TRUST},
    )
    found = all_walks(name, own, request=replace(CALLER, certificate=certificate))
    (walk,) = (each for each in found if each.entry.url == "https://mutual.example.com/v1/orders")
    assert walk.passage is passage, walk
