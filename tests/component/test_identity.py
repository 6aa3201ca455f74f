"""What AWS identifies by a name of its own is one resource in the program, whichever role it has there.

Each case is two versions of a gateway. A thing of AWS (a stage, a domain, a base path, a key's plan) that both declare
must have the same URN in both: otherwise Pulumi creates it while it exists, or deletes it after that.
"""

import pytest
from aws_keys import GENERATED, TABLE, short

from secure_gateway import SecureGateway
from secure_gateway.testing import deploy

HOME = "eu-west-1:123456789012"
CERTIFICATE = f"arn:aws:acm:{HOME}:certificate/11111111-1111-1111-1111-111111111111"
BASE = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True, "integration": {"function": "orders"}}],
    "functions": {"orders": "orders"},
    "network": {"waived": "partners call from everywhere"},
    "keys": {
        "route_throttles": {"GET /orders": {"rate": 1, "burst": 1}},
        "plans": {"gold": {"rate": 5, "burst": 9}},
        "keys": {"acme": {"plan": "gold"}},
    },
}
OUTPUTS = {"DomainName": {"regionalDomainName": "d-1", "regionalZoneId": "Z2"}}


def domain(name, **options):
    return {"name": name, "certificate_arn": CERTIFICATE, "zone_id": "Z1", **options}


def tls(first, *more, **options):
    return {"domain": domain(first, **options), **({"more_domains": [domain(each) for each in more]} if more else {})}


def existing(**ids):
    keys = {name: {"plan": "gold", "existing_key_id": each} for name, each in ids.items()}
    return {"keys": {**BASE["keys"], "keys": keys}}


def private(**options):
    vpc = {
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ["subnet-0123456789abcdef0"],
        "client_cidrs": ["10.0.0.0/8"],
    }
    arns = {"domain_arns": options.pop("domain_arns")} if "domain_arns" in options else {}
    return {"network": {"account": "123456789012", "private": {"vpc": {**vpc, **options}, **arns}}}


A, B, C = "a.example.com", "b.example.com", "c.example.com"
OPEN = {"keep_default_endpoint": "until the clients have moved"}
ARN = f"arn:aws:apigateway:{HOME}:/domainnames/stock.example.com+abcdef1234"
FULL = {"observability": {"alarms": {"composite": True}, "dashboard": True, "saved_queries": True}}
CHANGES = {
    "a domain more": ({"tls": tls(A)}, {"tls": tls(A, B)}),
    "another first domain": ({"tls": tls(A)}, {"tls": tls(B, A)}),
    "domains swap": ({"tls": tls(A, B)}, {"tls": tls(B, A)}),
    "the first of three goes": ({"tls": tls(A, B, C)}, {"tls": tls(C, B)}),
    "the first path becomes another": (
        {"tls": tls(A, base_path="v1")},
        {"tls": tls(A, base_path="v2", more_base_paths=["v1"])},
    ),
    "the first path goes": (
        {"tls": tls(A, base_path="v1", more_base_paths=["v2"])},
        {"tls": tls(A, base_path="v2")},
    ),
    "a path more beside the root": ({"tls": tls(A)}, {"tls": tls(A, more_base_paths=["v1"])}),
    "a path goes from a domain of its own to a stage": (
        {"tls": tls(A, more_base_paths=["beta"])},
        {"tls": tls(A), "stages": {"beta": {"base_path": "beta"}}},
    ),
    "a path goes from one stage to another": (
        {"tls": tls(A), "stages": {"one": {"base_path": "next"}}},
        {"tls": tls(A), "stages": {"two": {"base_path": "next"}}},
    ),
    "the own stage becomes a further one": ({"stage": "live"}, {"stage": "prod", "stages": {"live": {}}}),
    "a further stage becomes the own one": ({"stages": {"beta": {}}}, {"stage": "beta", "stages": {"live": {}}}),
    "stages swap with everything on": (
        {**FULL, "stages": {"beta": {"waf": {"rate_limit": {"requests": 50}}}}},
        {**FULL, "stage": "beta", "stages": {"live": {}}},
    ),
    "stages swap behind one domain": (
        {"tls": tls(A), "stages": {"beta": {"base_path": "beta"}}},
        {"stage": "beta", "tls": tls(A), "stages": {"live": {"base_path": "live"}}},
    ),
    "a domain goes to another stage": (
        {"tls": {**tls(A, B), **OPEN}},
        {"tls": {**tls(A), **OPEN}, "stages": {"beta": {"tls": {**tls(B), **OPEN}}}},
    ),
    "domains of two stages swap": (
        {"tls": {**tls(A), **OPEN}, "stages": {"beta": {"tls": {**tls(B), **OPEN}}}},
        {"tls": {**tls(B), **OPEN}, "stages": {"beta": {"tls": {**tls(A), **OPEN}}}},
    ),
    "the stage behind a domain is called otherwise": ({"tls": tls(A)}, {"stage": "prod", "tls": tls(A)}),
    "an existing key is called otherwise": (existing(acme="abc123"), existing(partner="abc123")),
    "existing keys swap names": (existing(one="abc123", two="def456"), existing(one="def456", two="abc123")),
    "a client group is called otherwise": (
        private(client_security_groups={"one": "sg-0123456789abcdef0"}),
        private(client_security_groups={"two": "sg-0123456789abcdef0"}),
    ),
    "client groups swap names": (
        private(client_security_groups={"one": "sg-0123456789abcdef0", "two": "sg-0123456789abcdef1"}),
        private(client_security_groups={"one": "sg-0123456789abcdef1", "two": "sg-0123456789abcdef0"}),
    ),
    "a private domain is called otherwise": (private(domain_arns={"one": ARN}), private(domain_arns={"two": ARN})),
}
KEYS = {"vpc.SecurityGroupIngressRule": {"securityGroupId", "cidrIpv4", "cidrIpv6", "referencedSecurityGroupId"}}
"""Where AWS's key has more parts than the provider's way of replacing depends on."""


def things(args):
    """By what AWS knows it, the URN of each resource."""
    found = {}
    for each in deploy(lambda: SecureGateway("orders", {**BASE, **args}), outputs=OUTPUTS).resources:
        if not each.custom:
            continue
        type_ = short(each.type)
        parts = KEYS.get(type_, TABLE[type_].key) - GENERATED
        key = tuple((part, str(each.inputs.get(part))) for part in sorted(parts) if each.inputs.get(part) is not None)
        if key:
            assert (type_, key) not in found, f"declared twice: {type_} {key}"
            found[type_, key] = each.urn
    return found


@pytest.mark.parametrize(("before", "after"), CHANGES.values(), ids=list(CHANGES))
def test_what_stays_in_aws_stays_the_same_resource(before, after):
    old, new = things(before), things(after)
    shared = old.keys() & new.keys()
    assert shared
    assert not {key: (old[key], new[key]) for key in shared if old[key] != new[key]}
