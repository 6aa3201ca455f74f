"""Secrets planted wherever one can enter the component: refusals never show them, what is registered keeps them secret.

What a mock records proves what the engine is given; `tests/engine/test_secrets.py` looks into the state that it writes.
"""

import json
import typing
from collections.abc import Mapping, Sequence
from typing import get_args, get_origin, is_typeddict

import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway, testing
from secure_gateway.args import SecureGatewayArgs
from secure_gateway.parse import parse
from secure_gateway.validation.problems import camel_case_paths, join

MARK = "pl4nted"
SECRET = f"{MARK}-s3cret-0f-acme"
BASE = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
    "keys": {"plans": {"gold": {"rate": 5, "burst": 10}}, "keys": {"acme": {"plan": "gold"}}},
}
TYPES = {"Output": pulumi.Output, "Awaitable": typing.Awaitable, "T": str}
"""What `pulumi.Input` refers to by name."""


def placed(shape, value, at=""):
    """Args with a value in place of each field, item and object that a shape has, by the place."""
    if get_origin(shape) in (typing.Required, typing.NotRequired):
        yield from placed(get_args(shape)[0], value, at)
        return
    yield at, value
    if is_typeddict(shape):
        yield f"{at}.unknown_field", {"unknown_field": value}
        for name, inner in typing.get_type_hints(shape, localns=TYPES).items():
            yield from ((place, {name: each}) for place, each in placed(inner, value, f"{at}.{name}"))
    elif get_origin(shape) in (Sequence, list):
        yield from ((place, [each]) for place, each in placed(get_args(shape)[0], value, f"{at}[0]"))
    elif get_origin(shape) is Mapping:
        yield from ((place, {"acme": each}) for place, each in placed(get_args(shape)[1], value, f"{at}.acme"))


@pytest.mark.parametrize(
    "secret",
    [
        SECRET,
        f"https://{MARK}:{MARK}@hooks.example.com/{MARK}",
        f"http://hooks.example.com/services/T0123456789/{SECRET}",
        f"https://hooks.example.com/?token={MARK}",
        f"-----BEGIN PRIVATE KEY-----\n{MARK}\n-----END PRIVATE KEY-----",
        f"eyJhbGciOiJIUzI1NiJ9.{MARK}NzdWIiOiIxIn0.c2lnbmF0dXJl",
        f"AKIA{MARK}0123456789",
        None,
    ],
    ids=["password", "url", "webhook", "query", "key", "token", "access key", "output"],
)
def test_no_refusal_shows_a_secret_whatever_field_it_is_in(secret):
    secret = secret or pulumi.Output.secret(SECRET)  # of this test's event loop
    refusals = {place: refusal(args) for place, args in placed(SecureGatewayArgs, secret)}

    assert [place for place, said in refusals.items() if MARK in said] == []
    assert sum(map(bool, refusals.values())) > 500


def refusal(args):
    with camel_case_paths():
        try:
            parse("shop", {**BASE, **args} if isinstance(args, dict) else args)
        except ArgsError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("field", ["keys.keys.acme.value", "auth.authorizers.users.builtin.validators.v.api_key.store"])
def test_where_secrets_belong_not_even_words_are_shown(field):
    args = "swordfish"
    for name in reversed(field.split(".")):
        args = {name: args}
    with pytest.raises(ArgsError) as refused:
        parse("shop", {**BASE, **args})

    assert "swordfish" not in str(refused.value)
    assert any(each.path == field for each in refused.value.problems)


def open_places(value, mark, secrets, at=""):
    """Where a mark stands in inputs, outside the paths of secrets."""
    if at in secrets:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            yield from open_places(each, mark, secrets, join(at, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from open_places(each, mark, secrets, f"{at}[{index}]")
    elif mark in str(value):
        yield at


def exposed(made, mark=MARK):
    """Places of all that was registered where a mark is in clear."""
    return [
        f"{each.name}.{place}"
        for each in made.resources
        for place in open_places(each.inputs, mark, each.secret_inputs)
    ]


def shown(gateway, mark=MARK):
    """The outputs of a gateway that tell a mark and are no secrets."""
    told = {name: each for name, each in vars(gateway).items() if isinstance(each, pulumi.Output)}
    return [
        name
        for name, each in told.items()
        if mark in json.dumps(testing.value(each), default=str) and not testing.is_secret(each)
    ]


def deployed(args, **more):
    made = testing.deploy(lambda: SecureGateway("shop", {**BASE, **args}), **more)
    return exposed(made), shown(made.result), made


KEY = f"{MARK}s3cret0fAcme0123"


@pytest.mark.parametrize(
    "given",
    [
        lambda: {"value": KEY, "exceptions": {"value": "a test"}},
        lambda: {"value": pulumi.Output.from_input(KEY)},
        lambda: {"value": pulumi.Output.secret(KEY)},
    ],
    ids=["in plain text", "output", "secret"],
)
def test_the_value_of_a_key_is_a_secret_however_it_is_given(given):
    keys = {**BASE["keys"], "keys": {"acme": {"plan": "gold", **given()}}}
    in_clear, outputs, made = deployed({"keys": keys})

    assert (in_clear, outputs) == ([], [])
    assert made.one("ApiKey").inputs["value"] == KEY


HTTPS = f"https://{MARK}.example.com"
FUNCTION = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True, "integration": {"function": "orders"}}],
    "functions": {"orders": "orders:live"},
}
"""Who reads variables."""
PLACES = {
    "url": {"default_integration": {"url": HTTPS}},
    "functions": {
        "routes": [{"path": "/orders", "method": "GET", "api_key": True, "integration": {"function": "f"}}],
        "functions": {"f": MARK},
    },
    "functions in the document": {
        "routes": [{"path": "/orders", "method": "GET", "api_key": True, "integration": {"function": "f"}}],
        "functions": {"f": MARK},
        "plain_arns": True,
    },
    "variables": {**FUNCTION, "variables": {"password": SECRET}},
    "canary variables": {**FUNCTION, "variables": {"v": "old"}, "canary": {"percent": 10, "variables": {"v": SECRET}}},
    "variables of a stage": {**FUNCTION, "stages": {"test": {"variables": {"password": SECRET}}}},
    "tags": {"tags": {"password": SECRET}},
    "topic": {"observability": {"topic_arn": f"arn:aws:sns:eu-west-1:123456789012:{MARK}"}},
    "store": {
        "auth": {
            "authorizers": {
                "users": {
                    "builtin": {
                        "validators": {
                            "v": {
                                "shared_secret": {
                                    "store": f"arn:aws:secretsmanager:eu-west-1:123456789012:secret:{MARK}"
                                }
                            }
                        }
                    }
                }
            }
        }
    },
    "audience": {
        "auth": {
            "authorizers": {
                "users": {
                    "builtin": {
                        "validators": {
                            "v": {"jwt": {"issuers": [{"issuer": "https://i.example.com", "audiences": [SECRET]}]}}
                        }
                    }
                }
            }
        }
    },
    "queue": {
        "routes": [
            {
                "path": "/orders",
                "method": "POST",
                "api_key": True,
                "integration": {"queue": {"arn": f"arn:aws:sqs:eu-west-1:123456789012:{MARK}"}},
            }
        ]
    },
    "log": {"observability": {"kms_key_arn": f"arn:aws:kms:eu-west-1:123456789012:key/{MARK}"}},
    "domain": {
        "tls": {
            "domain": {
                "name": "api.example.com",
                "certificate_arn": f"arn:aws:acm:eu-west-1:123456789012:certificate/{MARK}",
            }
        }
    },
}


def as_secrets(value):
    """Args with each text that holds the mark as a secret Output."""
    if isinstance(value, dict):
        return {key: as_secrets(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_secrets(each) for each in value]
    return pulumi.Output.secret(value) if isinstance(value, str) and MARK in value else value


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
@pytest.mark.parametrize("place", PLACES)
def test_what_is_given_as_a_secret_is_registered_and_told_as_one(place, preview):
    in_clear, outputs, made = deployed(as_secrets(PLACES[place]), preview=preview)

    assert (in_clear, outputs) == ([], [])
    assert MARK in str([each.inputs for each in made.resources]), "it reached nothing"


@pytest.mark.parametrize(
    ("secret", "kind", "hidden"),
    [(True, "Stage", "tagsAll"), (False, "UsagePlanKey", "value"), (False, "ApiKey", "value")],
)
def test_what_the_provider_repeats_of_a_secret_is_one_too(secret, kind, hidden):
    """`tests/engine/test_secrets.py` shows that the state then holds ciphertext."""
    (made,) = deployed({"tags": {"owner": pulumi.Output.secret("ann") if secret else "ann"}})[2].of(kind)

    assert hidden in made.additional_secret_outputs


def test_plain_tags_stay_readable():
    made = deployed({"tags": {"owner": "ann"}})[2].one("Stage")

    assert "tagsAll" not in made.additional_secret_outputs
