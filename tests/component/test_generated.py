"""Many args at once: whatever is accepted becomes a document that REST import takes, secured on every route."""

import json
import string

import aws_import
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator

from secure_gateway.gateway import _content, _document
from secure_gateway.problems import ArgsError
from secure_gateway.spec import parse

HOME = "eu-west-1:123456789012"
NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=4)
SEGMENTS = st.one_of(NAMES, st.sampled_from(["a-b", "a.b", "{id}"]))
BACKENDS = st.sampled_from(
    [
        {"url": "https://backend.example.com/v1"},
        {"url": "https://backend.example.com", "vpc_link_id": "link"},
        {"mock": {"status": 202, "body": "{}"}},
        {"function": "orders"},
        {"queue": {"arn": f"arn:aws:sqs:{HOME}:orders"}},
        {"event_bus": {"arn": f"arn:aws:events:{HOME}:event-bus/b", "source": "s", "detail_type": "d"}},
        {"state_machine": {"arn": f"arn:aws:states:{HOME}:stateMachine:m", "wait": True}},
        {
            "table": {
                "arn": f"arn:aws:dynamodb:{HOME}:table/t",
                "action": "Query",
                "attributes": {"id": "query.id", "of": "header.X-Of:N"},
            }
        },
    ]
)
SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string", "nullable": True}, {"const": 1}, {"type": ["integer", "null"]}, {}]),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"type": st.just("object"), "properties": st.dictionaries(NAMES, inner, max_size=2)}),
        st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
        st.fixed_dictionaries({"anyOf": st.lists(inner, min_size=1, max_size=2)}),
    ),
    max_leaves=4,
)
ROUTES = st.fixed_dictionaries(
    {
        "path": st.lists(SEGMENTS, max_size=3, unique=True).map(lambda each: "/" + "/".join(each)),
        "method": st.sampled_from(["ANY", "DELETE", "GET", "PATCH", "POST", "PUT"]),
    },
    optional={
        "integration": BACKENDS,
        "auth": st.sampled_from(["iam", "users", "mine"]),
        "public": st.just("a test"),
        "api_key": st.booleans(),
        "body_schema": SCHEMAS,
        "required_query": st.lists(NAMES, max_size=2, unique=True),
        "required_headers": st.just(["X-Of"]),
    },
)
ARGS = st.fixed_dictionaries(
    {
        "routes": st.lists(ROUTES, min_size=1, max_size=5, unique_by=lambda each: (each["path"], each["method"])),
        "default_integration": BACKENDS,
        "functions": st.just({"orders": "orders:live"}),
        "auth": st.just(
            {
                "default": "users",
                "authorizers": {
                    "users": {"cognito": {"identifier": "orders", "scopes": {"read": "See orders"}}},
                    "mine": {"function": {"function": "tokens", "type": "TOKEN"}},
                },
            }
        ),
        "network": st.sampled_from([{"allow_cidrs": ["203.0.113.0/24"]}, {"waived": "a test"}]),
    },
    optional={
        "cors": st.sampled_from(
            [{"allow_origins": ["*"]}, {"allow_origins": ["https://a.example.com", "https://b.example.com"]}]
        ),
        "keys": st.just({"plans": {"gold": {"rate": 5, "burst": 5}}, "keys": {"acme": {"plan": "gold"}}}),
        "binary_media_types": st.just(["*/*"]),
        "minimum_compression_size": st.just(0),
        "stages": st.sampled_from([{"test": {}}, {"test": {"functions": {"orders": "orders:test"}}}]),
    },
)


def accepted(args):
    """The args without what nothing uses; None where they are refused all the same."""
    for _ in range(4):
        try:
            return parse("api", args)
        except ArgsError as error:
            unused = {each.path for each in error.problems}
        args = {**args, "auth": {**args["auth"], "authorizers": dict(args["auth"]["authorizers"])}}
        for name in list(args["auth"]["authorizers"]):
            if f"auth.authorizers.{name}" in unused:
                del args["auth"]["authorizers"][name]
        if args["auth"]["default"] not in args["auth"]["authorizers"]:
            args["auth"]["default"] = "iam"
        if "functions.orders" in unused:
            args.pop("functions", None)
            args.pop("stages", None)
        if "keys.plans" in unused:
            args.pop("keys", None)
    return None


COUNTED = {"accepted": 0, "all": 0}


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(ARGS)
def check(args):
    COUNTED["all"] += 1
    spec = accepted(args)
    if spec is None:
        return
    COUNTED["accepted"] += 1
    document = _document(spec, _content(spec), None)
    plain = json.loads(json.dumps(document))
    public = frozenset(route.key for route in spec.routes if route.public)

    assert aws_import.problems(plain, public) == []
    assert [each.message for each in OpenAPIV30SpecValidator(plain).iter_errors()] == []


def test_whatever_is_accepted_aws_takes():
    check()

    # Most of them must have come through, or nothing was shown.
    assert COUNTED["accepted"] > COUNTED["all"] / 3, COUNTED
