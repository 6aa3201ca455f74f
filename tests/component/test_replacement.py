"""How each resource of the component is replaced: a table of AWS's keys.

Pulumi replaces a resource by creating its successor and then deleting the old one, by its id. What AWS knows by its
parent, or by a name that both have, is then either refused ("already exists") or, worse, deleted in place of the old
one, while state and preview say that it exists. So what can be replaced while AWS's key stays the same is deleted
first, or is never deleted.
"""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from aws_keys import GENERATED, TABLE, short

import secure_gateway
from secure_gateway import SecureGateway
from secure_gateway.layers.keys import Keys
from secure_gateway.layers.network import Network
from secure_gateway.testing import deploy

HOME = "eu-west-1:123456789012"
CA = Path(__file__).parents[2] / "stacks/partner-ca.pem"
RETAINED_FOR_OTHERS = {"iam.Role": "the region's logging role stays in use by other APIs"}


def constructed():
    """Every `module.Class(...)` of `pulumi_aws` in the component's source."""
    found = set()
    for path in Path(secure_gateway.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules, classes = {}, {}
        for each in ast.walk(tree):
            if isinstance(each, ast.ImportFrom) and (each.module or "").startswith("pulumi_aws"):
                service = (each.module or "").partition(".")[2]
                for alias in each.names:
                    name = alias.asname or alias.name
                    if service:
                        classes[name] = f"{service}.{alias.name}"
                    else:
                        modules[name] = alias.name.rstrip("_")
        for each in ast.walk(tree):
            if not isinstance(each, ast.Call):
                continue
            called = each.func
            if isinstance(called, ast.Name) and called.id in classes:
                found.add(classes[called.id])
            elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.attr[0].isupper():
                service = modules.get(called.value.id)
                found |= {f"{service}.{called.attr}"} if service else set()
    return found


BASE = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"waived": "partners call from everywhere"},
}
CERTIFICATE = f"arn:aws:acm:{HOME}:certificate/11111111-1111-1111-1111-111111111111"
VIRGINIA = CERTIFICATE.replace("eu-west-1", "us-east-1")
API = f"arn:aws:execute-api:{HOME}:abcdef1234"
MODULES = {"lambda": "lambda_"}
ZONE = "Z0123456789ABCDEFGHIJ"


def public():
    builtin = {
        "validators": {"jwt": {"jwt": {"issuers": [{"issuer": "https://issuer.example.com", "audiences": ["orders"]}]}}}
    }
    people = {
        "identifier": "orders",
        "scopes": {"read": "See orders"},
        "threat_protection": "ENFORCED",
        "domain_prefix": "shop",
        "clients": {"web": {"callback_urls": ["https://shop.example.com/"]}},
    }
    own_domain = {"name": "login.example.com", "certificate_arn": VIRGINIA, "zone_id": ZONE}
    staff = {"identifier": "staff", "scopes": {"read": "See"}, "domain": own_domain}
    queue = {"queue": {"arn": f"arn:aws:sqs:{HOME}:orders"}}
    balancer = f"arn:aws:elasticloadbalancing:{HOME}:loadbalancer/app/orders/0123456789abcdef"
    linked = {"url": "https://orders.internal.example.com", "vpc_link": "internal", "target_arn": balancer}
    args = {
        **BASE,
        "account": {"ensure": True},
        "routes": [
            {"path": "/orders", "method": "GET", "api_key": True, "auth": "people"},
            {"path": "/hook", "method": "POST", "auth": "built"},
            {"path": "/staff", "method": "GET", "auth": "staff"},
            {"path": "/queue", "method": "POST", "auth": "iam", "integration": queue},
            {"path": "/linked", "method": "GET", "auth": "people", "integration": linked},
        ],
        "auth": {
            "default": "people",
            "authorizers": {
                "people": {"cognito": people},
                "staff": {"cognito": staff},
                "built": {"builtin": builtin},
            },
            "invoke_policies": {"queue": ["POST /queue"]},
        },
        "keys": {"plans": {"gold": {"rate": 5, "burst": 9}}, "keys": {"acme": {"plan": "gold"}}},
        "waf": {"block_cidrs": ["192.0.2.44/32"]},
        "observability": {
            "alarms": {"composite": True},
            "alarm_emails": ["team@example.com"],
            "dashboard": True,
            "saved_queries": True,
        },
        "vpc_links": {
            "internal": {
                "subnet_ids": ["subnet-0123456789abcdef0"],
                "vpc_id": "vpc-0123456789abcdef0",
                "target_cidrs": ["10.0.0.0/16"],
            }
        },
        "tls": {"domain": {"name": "api.example.com", "zone_id": ZONE}, "mutual_tls": {"ca_file": str(CA)}},
        "stages": {"beta": {"base_path": "beta"}},
    }
    SecureGateway("orders", args)


def private():
    vpc = {
        "vpc_id": "vpc-0123456789abcdef0",
        "subnet_ids": ["subnet-0123456789abcdef0"],
        "client_cidrs": ["10.0.0.0/8"],
    }
    domain = f"arn:aws:apigateway:{HOME}:/domainnames/stock.example.com+abcdef1234"
    where = {"vpc": vpc, "domain_arns": {"stock": domain}}
    SecureGateway("stock", {**BASE, "network": {"account": "123456789012", "private": where}})


def versioned():
    domain = {"name": "shop.example.com", "zone_id": ZONE, "routing_mode": "ROUTING_RULE_THEN_BASE_PATH_MAPPING"}
    rule = {"priority": 10, "headers": {"X-Version": "2*"}}
    SecureGateway("versions", {**BASE, "tls": {"domain": domain}, "stages": {"v2": {"routing_rule": rule}}})


def alone():
    network = {"allow_cidrs": ["203.0.113.0/24"], "api_id": "abcdef1234", "execution_arn": API, "auth_kinds": ["iam"]}
    Network("network", network)
    plans = {"gold": {"rate": 5, "burst": 9}}
    keys = {"acme": {"plan": "gold"}}
    Keys("keys", {"rate": 5, "burst": 9, "plans": plans, "keys": keys, "api_id": "abcdef1234", "stage_name": "live"})


@pytest.fixture(scope="module")
def registered():
    return [
        each for program in (public, private, versioned, alone) for each in deploy(program).resources if each.custom
    ]


def test_every_type_that_the_component_creates_is_in_the_table(registered):
    assert constructed() == TABLE.keys()
    assert {short(each.type) for each in registered} == TABLE.keys()


def test_the_table_speaks_of_inputs_that_exist(registered):
    """A key that is generated, or the region of a type that takes no name, is no input."""
    for each in registered:
        arguments = {camel(name) for name in arguments_of(each.type)}
        wanted = TABLE[short(each.type)]
        assert (wanted.key - GENERATED) | wanted.replaced_by <= arguments | {"region"}, each.type


def test_what_collides_with_its_successor_is_deleted_first_or_never(registered):
    for each in registered:
        what = TABLE[short(each.type)]
        if what.overwrites:
            assert each.retain_on_delete, each.urn
        elif what.collides:
            assert each.delete_before_replace, each.urn
        else:
            retained = each.retain_on_delete and short(each.type) not in RETAINED_FOR_OTHERS
            assert not each.delete_before_replace, each.urn
            assert not retained, each.urn


def arguments_of(token):
    module = importlib.import_module(
        f"pulumi_aws.{MODULES.get(short(token).split('.')[0], short(token).split('.')[0])}"
    )
    made = getattr(module, short(token).split(".")[1])
    return set(inspect.signature(made._internal_init).parameters)


def camel(name):
    head, *rest = name.split("_")
    return head + "".join(each.capitalize() for each in rest)
