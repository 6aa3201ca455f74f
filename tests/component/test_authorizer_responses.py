"""Answers of a Lambda authorizer: what they open, judged as IAM and API Gateway's router would."""

import itertools
import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secure_gateway import authorizer_responses
from secure_gateway.authorizer_responses import Unauthorized, allow, deny

STAGE = "arn:aws:execute-api:eu-west-1:123456789012:abc/live"


def event(call="GET /orders/7"):
    return {"methodArn": f"{STAGE}/{call.replace(' ', '', 1)}"}


def passes(answer, call):
    """Whether IAM lets a call (`METHOD /concrete/path`) through."""
    arn = event(call)["methodArn"]
    effects = {
        statement["Effect"]
        for statement in answer["policyDocument"]["Statement"]
        if any(fnmatchcase(arn, each.replace("[", "[[]")) for each in statement["Resource"])
    }
    return effects == {"Allow"}


ROUTES = ["GET /orders", "GET /orders/{id}", "GET /orders/{id}/refunds", "POST /orders", "GET /orders/latest"]


def test_an_answer_covers_all_that_the_caller_may_use():
    answer = allow(event(), "ada", ["GET /orders", "GET /orders/{id}"], known=ROUTES)

    assert passes(answer, "GET /orders")
    assert passes(answer, "GET /orders/7")
    assert passes(answer, "GET /orders/8")
    assert not passes(answer, "POST /orders")


def test_a_wildcard_opens_no_other_route():
    answer = allow(event(), "ada", ["GET /orders/{id}"], known=ROUTES)

    assert not passes(answer, "GET /orders/7/refunds")
    assert not passes(answer, "GET /orders/latest")


def test_a_literal_route_stays_open_beside_a_refused_parameter():
    answer = allow(event(), "ada", ["GET /orders/latest"], known=ROUTES)

    assert passes(answer, "GET /orders/latest")
    assert not passes(answer, "GET /orders/7")


def test_what_wildcards_cannot_tell_apart_is_refused():
    with pytest.raises(ValueError, match=r"'GET /v/\{x\}' cannot be allowed while 'ANY /\{all\+\}' is denied"):
        allow(event(), "ada", ["GET /v/{x}"], known=["GET /v/{x}", "ANY /{all+}"])


def test_the_called_route_alone():
    answer = allow(event(), "ada")

    assert passes(answer, "GET /orders/7")
    assert not passes(answer, "GET /orders/8")


@pytest.mark.parametrize("call", ["GET /orders/*", "GET /*", "GET /orders/?", "GET /orders/${x}"])
def test_a_wildcard_in_the_callers_own_path_opens_nothing(call):
    answer = allow(event(call), "ada")

    assert not passes(answer, call)
    assert not passes(answer, "GET /orders/7")


def test_nobody_gets_in_by_no_routes():
    assert not passes(allow(event(), "ada", []), "GET /orders/7")


def test_a_denial_holds_everywhere():
    answer = deny(event(), "ada")

    assert not passes(answer, "GET /orders/7")
    assert answer["principalId"] == "ada"


def test_the_word_that_is_a_401():
    assert str(Unauthorized()) == "Unauthorized"


def test_an_answer_is_what_api_gateway_reads():
    answer = allow(event(), "ada", ["GET /"], context={"tenant": "acme", "admin": True}, api_key="k" * 20)

    assert json.loads(json.dumps(answer)) == {
        "principalId": "ada",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": [f"{STAGE}/GET/"]}],
        },
        "context": {"tenant": "acme", "admin": True},
        "usageIdentifierKey": "k" * 20,
    }


REFUSED = {
    "no-principal": (lambda: allow(event(), "", []), "principal: required"),
    "list-in-context": (
        lambda: allow(event(), "a", [], context={"roles": ["x"]}),
        "context.roles: expected a string, a number or a boolean, got list",
    ),
    "nothing-in-context": (
        lambda: deny(event(), "a", context={"x": None}),
        "context.x: expected a string, a number or a boolean, got NoneType",
    ),
    "no-route": (lambda: allow(event(), "a", ["/orders"]), "'/orders' is not a route"),
    "wildcard": (lambda: allow(event(), "a", ["GET /orders/*"]), "is not a route"),
    "too-long": (lambda: allow(event(), "a", [f"GET /{'x' * 500}"]), "AWS accepts at most 512"),
}


@pytest.mark.parametrize(("call", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_a_500_is_refused_here(call, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        call()


def test_the_file_needs_nothing_but_python():
    program = (
        f"import runpy, sys; runpy.run_path({authorizer_responses.__file__!r}); "
        "print(sorted({n.split('.')[0] for n in sys.modules} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout.strip() in ("[]", "['__main__']")


# Any API: nothing opens that was not allowed, and all that was allowed opens.

SEGMENTS = st.sampled_from(["a", "b", "{p}"])
PATHS = st.builds(
    lambda parts, last: "/" + "/".join([*parts, *last]),
    st.lists(SEGMENTS, max_size=3),
    st.sampled_from([[], [], ["{rest+}"]]),
)
KEYS = st.builds(lambda method, path: f"{method} {path}", st.sampled_from(["GET", "PUT", "ANY"]), PATHS)
CALLS = [
    f"{method} /{'/'.join(parts)}"
    for method in ("GET", "PUT")
    for length in range(6)
    for parts in itertools.product(["a", "b", "x"], repeat=length)
]


def rank(template, path):
    """How exactly a template fits a path, least first: literal, parameter, greedy parameter; None where it does not."""
    ranks = []
    for segment, part in itertools.zip_longest(template.split("/"), path.split("/")):
        if segment == "{rest+}" and part:
            return [*ranks, 2]
        if segment is None or part is None or (segment == "{p}" and not part) or segment not in ("{p}", part):
            return None
        ranks.append(int(segment == "{p}"))
    return ranks


def route_of(call, routes):
    """The route that API Gateway chooses: the most exact path from the left, then the method before ANY."""
    method, path = call.split(" ")
    fitting = {template: rank(template, path) for template in {each.split(" ")[1] for each in routes}}
    best = min((each for each, fits in fitting.items() if fits is not None), key=fitting.get, default=None)
    return next((each for each in (f"{method} {best}", f"ANY {best}") if each in routes), None)


@given(st.sets(KEYS, min_size=1, max_size=6), st.data())
def test_exactly_the_allowed_routes_open(routes, data):
    allowed = data.draw(st.sets(st.sampled_from(sorted(routes))))
    try:
        answer = allow(event(), "ada", allowed, known=routes)
    except ValueError:
        return

    greedy = any(each.endswith("+}") for each in routes - allowed)
    for call in CALLS:
        route = route_of(call, routes)
        if route in allowed and "{" not in "".join(routes):
            # Where no wildcard is involved, a slash at the end changes nothing.
            assert greedy or call.endswith("/") or passes(answer, f"{call}/"), (call, route)
        if route is not None:
            assert passes(answer, call) is (route in allowed), (call, route)
            assert route in allowed or call.endswith("/") or not passes(answer, f"{call}/"), (call, route)


SLASHES = {
    "a literal route": (["GET /orders"], ["GET /orders"], "GET /orders/", True),
    "beside a denied route": (["GET /orders"], ["GET /orders", "GET /admin"], "GET /orders/", True),
    "another method": (["GET /orders"], ["GET /orders", "POST /orders"], "POST /orders/", False),
    "a parameter": (["GET /orders/{id}/lines"], ["GET /orders/{id}/lines"], "GET /orders/7/lines/", True),
    "any method": (["ANY /orders"], ["ANY /orders"], "PUT /orders/", True),
    "a more exact route is denied": (["GET /{a}/b"], ["GET /{a}/b", "GET /c/b"], "GET /c/b/", False),
    "a longer route is denied": (["GET /{a}/b"], ["GET /{a}/b", "GET /{a}/{c}/b"], "GET /x/y/b/", False),
    "a greedy route might take it": (["GET /orders"], ["GET /orders", "GET /orders/{all+}"], "GET /orders/", False),
    "a greedy route that is allowed": (
        ["GET /orders", "GET /{all+}"],
        ["GET /orders", "GET /{all+}"],
        "GET /orders/",
        True,
    ),
    "routes that are not known": (["GET /orders"], [], "GET /orders/", False),
}


@pytest.mark.parametrize(("allowed", "known", "call", "expected"), SLASHES.values(), ids=SLASHES)
def test_a_slash_at_the_end_of_an_allowed_path(allowed, known, call, expected):
    assert passes(allow(event(), "ada", allowed, known=known), call) is expected


def test_slashes_do_not_make_a_policy_too_long():
    routes = [f"GET /{'r' * 60}{number}" for number in range(60)]
    answer = allow(event(), "ada", routes, known=routes)

    assert len(json.dumps(answer["policyDocument"])) <= 8_192
    assert all(passes(answer, each) for each in routes)


@pytest.mark.parametrize(
    ("allowed", "denied", "call"),
    [
        ("GET /orders/{id}", "GET /orders/{id}/refunds", "GET /orders/7/refunds/"),
        ("GET /orders/{id}", "GET /orders/latest", "GET /orders/latest/"),
        ("GET /orders/{id}", "GET /orders", "GET /orders/"),
        ("GET /{shop}/{id}", "GET /{shop}", "GET /a/"),
        ("GET /files/{path+}", "GET /files", "GET /files/"),
        ("ANY /orders/{id}", "GET /orders/latest", "GET /orders/latest/"),
    ],
)
def test_a_slash_at_the_end_does_not_pass_a_denied_route(allowed, denied, call):
    answer = allow(event(), "ada", [allowed], known=[allowed, denied])

    assert not passes(answer, call)
    assert passes(answer, call.replace(call.split(" ")[1], re.sub(r"{[^}]+}", "x", allowed.split(" ")[1])))


@pytest.mark.parametrize(
    "call",
    ["/orders/7/refunds//", "/orders/7/refunds///", "/orders/7//refunds", "/orders//7/refunds", "//orders/latest"],
)
def test_an_empty_segment_does_not_pass_a_denied_route(call):
    known = ["GET /orders/{id}", "GET /orders/{id}/refunds", "GET /orders/latest"]
    answer = allow(event(), "ada", known[:1], known=known)

    assert passes(answer, "GET /orders/7")
    assert not passes(answer, f"GET {call}")


def test_without_a_denied_route_an_empty_segment_changes_nothing():
    assert passes(allow(event(), "ada", ["GET /{path+}"], known=["GET /{path+}"]), "GET /a//b")
