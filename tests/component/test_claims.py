"""What AWS has once belongs to one component of a program: refused before anything of the second one is registered."""

import pulumi
import pulumi_aws
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.layers.keys import Keys
from secure_gateway.layers.tls import Tls
from secure_gateway.testing import deploy

CERTIFICATE = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-1111-1111-1111-111111111111"
DOMAIN = {"name": "api.example.com", "certificate_arn": CERTIFICATE}
VALUE = "abcdefghij0123456789abcdefghij"


def gateway(**changes):
    return {
        "routes": [{"path": "/orders", "method": "GET"}],
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"waived": "partners call from everywhere"},
        **changes,
    }


def pool(**options):
    scopes = {"identifier": "orders", "scopes": {"read": "See orders"}}
    return {"auth": {"authorizers": {"people": {"cognito": {**scopes, **options}}}}}


def keyed(value):
    routes = [{"path": "/orders", "method": "GET", "api_key": True}]
    plans = {"gold": {"rate": 5, "burst": 9}}
    key = {"plan": "gold", "value": value, "exceptions": {"value": "a test"}}
    return {"routes": routes, "keys": {"plans": plans, "keys": {"acme": key}}}


SIGN_IN = {"domain": {"name": "api.example.com", "certificate_arn": CERTIFICATE.replace("eu-west-1", "us-east-1")}}
ONCE = {
    "domain": ({"tls": {"domain": DOMAIN}}, {"tls": {"domain": {**DOMAIN, "base_path": "users"}}}, "tls"),
    "a further domain": (
        {"tls": {"domain": DOMAIN}},
        {"tls": {"domain": {**DOMAIN, "name": "users.example.com"}, "more_domains": [DOMAIN]}},
        "tls",
    ),
    "a stage's domain": (
        {"tls": {"domain": {**DOMAIN, "name": "orders.example.com"}}, "stages": {"beta": {"tls": {"domain": DOMAIN}}}},
        {"tls": {"domain": DOMAIN}},
        "tls",
    ),
    "sign-in prefix": (
        pool(domain_prefix="shop"),
        pool(domain_prefix="shop"),
        "auth.authorizers.people.cognito.domain_prefix",
    ),
    "sign-in domain": (
        {"tls": {"domain": DOMAIN}},
        pool(**SIGN_IN),
        "auth.authorizers.people.cognito.domain",
    ),
    "key value": (keyed(VALUE), keyed(VALUE), "keys.keys.acme.value"),
}


@pytest.mark.parametrize(("first", "second", "path"), ONCE.values(), ids=list(ONCE))
def test_the_second_gateway_is_refused_before_it_is_registered(first, second, path):
    made = []

    def program():
        SecureGateway("orders", gateway(**first))
        with pytest.raises(ArgsError) as caught:
            SecureGateway("users", gateway(**second))
        made.append(caught.value)

    registered = deploy(program)
    (problem,) = made[0].problems
    assert problem.path == path
    assert "SecureGateway 'orders'" in problem.message
    assert VALUE not in problem.message
    assert not [each for each in registered.resources if each.name.startswith("users")]


def test_what_differs_is_no_conflict():
    def program():
        SecureGateway("orders", gateway(tls={"domain": DOMAIN}, **pool(domain_prefix="orders")))
        SecureGateway("users", gateway(tls={"domain": {**DOMAIN, "name": "users.example.com"}}, **pool()))

    deploy(program)


def test_each_deployment_starts_anew():
    deploy(lambda: SecureGateway("orders", gateway(tls={"domain": DOMAIN})))
    deploy(lambda: SecureGateway("users", gateway(tls={"domain": DOMAIN})))


@pytest.mark.parametrize("how", ["provider", "providers", "parent"])
def test_another_provider_is_another_region_or_account(how):
    def program():
        SecureGateway("orders", gateway(tls={"domain": DOMAIN}))
        virginia = pulumi_aws.Provider("virginia", region="us-east-1")
        parent = pulumi.ComponentResource("a:b:C", "parent", None, pulumi.ResourceOptions(providers=[virginia]))
        opts = {
            "provider": pulumi.ResourceOptions(provider=virginia),
            "providers": pulumi.ResourceOptions(providers={"aws": virginia}),
            "parent": pulumi.ResourceOptions(parent=parent),
        }[how]
        SecureGateway("users", gateway(tls={"domain": DOMAIN}), opts)
        with pytest.raises(ArgsError):
            SecureGateway("third", gateway(tls={"domain": DOMAIN}), opts)

    deploy(program)


def test_one_gateway_wants_it_twice():
    with pytest.raises(ArgsError, match="domain name"):
        deploy(lambda: SecureGateway("orders", gateway(tls={"domain": DOMAIN}, **pool(**SIGN_IN))))


def test_layers_on_their_own_are_asked_too():
    def program():
        SecureGateway("orders", gateway(tls={"domain": DOMAIN}, **keyed(VALUE)))
        with pytest.raises(ArgsError, match=r"api\.example\.com"):
            Tls("other", {"domain": DOMAIN, "api_id": "abc", "stage_name": "live"})
        keys = {**keyed(VALUE)["keys"], "api_id": "abc", "stage_name": "live"}
        with pytest.raises(ArgsError, match="value of an API key"):
            Keys("other", keys)

    deploy(program)
