"""`gateway-policy ask`, end to end: a program, a question and what is written."""

import json
from pathlib import Path

import programs
import pytest

from policypack import cli
from secure_gateway.authorizer import shipped

SHOP = """
    import json

    office = {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}
    every = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    api = Made("apigateway/restApi:RestApi", "api", {"name": "shop", "policy": json.dumps({
        "Version": "2012-10-17",
        "Statement": [{**every, "Effect": "Allow"}, {**every, "Effect": "Deny", "Condition": office}],
    })})
    orders = Made("apigateway/resource:Resource", "orders", {"restApi": api.id, "parentId": "x", "pathPart": "orders"})
    Made("apigateway/method:Method", "list", {
        "restApi": api.id, "resourceId": orders.id, "httpMethod": "GET", "authorization": "NONE",
    })
    Made("apigateway/method:Method", "create", {
        "restApi": api.id, "resourceId": orders.id, "httpMethod": "POST", "authorization": "AWS_IAM",
        "apiKeyRequired": True,
    })
    deployment = Made("apigateway/deployment:Deployment", "d", {"restApi": api.id})
    Made("apigateway/stage:Stage", "live", {"restApi": api.id, "deployment": deployment.id, "stageName": "live"})
    Made("apigateway/usagePlan:UsagePlan", "gold", {"apiStages": [{"apiId": api.id, "stage": "live"}]})
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(programs.write(tmp_path_factory.mktemp("ask"), SHOP))


def asked(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    code = cli.main(["ask", *args])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_steps_and_the_result_are_written(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = asked(capsys, shop, "GET /orders", "--from", "198.51.100.7")

    assert code == 0
    assert "API shop, execute-api endpoint, stage live" in out
    assert "stopped  resource policy: statement 2 denies the request [__main__.py:" in out
    assert "Result: resource policy stops it. The caller receives 403" in out


def test_a_request_that_passes_reaches_the_integration(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = asked(capsys, shop, "GET /orders", "--from", "203.0.113.9")

    assert "Result: it reaches the integration." in out


def test_json_has_the_same_steps(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    principal = "arn:aws:iam::111122223333:role/reader"
    options = ["--from", "203.0.113.9", "--principal", principal, "--identity", "allow", "--format", "json"]
    _, out, _ = asked(capsys, shop, "POST /orders", *options)

    (walk,) = json.loads(out)["walks"]
    assert (walk["result"], walk["stopped_by"], walk["route"]) == ("stopped", "keys", "POST /orders")
    assert (walk["response"]["status"], walk["response"]["type"]) == (403, "INVALID_API_KEY")
    assert [each["name"] for each in walk["steps"]][-2:] == ["resource policy", "API key"]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (["orders"], "expected a method and a path, such as \"GET /orders/7\", got 'orders'"),
        (["GET /orders", "--from", "office"], "--from: expected an IP address, such as 198.51.100.7, got 'office'"),
        (["GET /orders", "--country", "Germany"], "--country: expected two letters, such as DE, got 'Germany'"),
        (["GET /orders", "--header", "accept"], "--header: expected a name and a value, such as 'accept: */*'"),
        (["GET /orders", "--body", "@no-such-file"], "--body: no-such-file cannot be read"),
        (["GET /orders", "--document", "no-such-file"], "--document: no-such-file cannot be read"),
        (["GET /orders", "--document", f"a={__file__}"], "test_ask.py cannot be read: Extra data"),
        (["GET /orders", "--at", "noon"], "--at: expected a time, such as 2026-12-31T23:59:00Z, got 'noon'"),
        (["GET /orders", "--stage", "test"], "--stage: there is no stage 'test'; the stages are live"),
    ],
)
def test_a_question_that_is_not_valid(
    shop: str, capsys: pytest.CaptureFixture[str], question: list[str], message: str
) -> None:
    code, out, err = asked(capsys, shop, *question)

    assert (code, out) == (2, "")
    assert message in err


GUARDED = """
    import json

    digest = "DIGEST"
    config = {"name": "a", "validators": {"cdn": {"shared_secret": {"store": "STORE"}}}, "routes": {"GET /orders": {}},
              "cached": False}
    function = Made("lambda/function:Function", "f", {
        "name": "f", "handler": "secure_gateway.authorizer.handler.handler", "runtime": "python3.12",
        "environment": {"variables": {"SECURE_GATEWAY_AUTHORIZER": json.dumps(config)}},
        "code": {"assets": {"archive.sha256": {"text": digest}}},
    })
    Made("lambda/permission:Permission", "p", {
        "function": "f", "principal": "apigateway.amazonaws.com", "action": "lambda:InvokeFunction",
    })
    api = Made("apigateway/restApi:RestApi", "api", {"name": "shop"})
    users = Made("apigateway/authorizer:Authorizer", "users", {
        "restApi": api.id, "type": "REQUEST", "authorizerResultTtlInSeconds": 0, "authorizerUri": "URI",
    })
    orders = Made("apigateway/resource:Resource", "orders", {"restApi": api.id, "parentId": "x", "pathPart": "orders"})
    Made("apigateway/method:Method", "list", {
        "restApi": api.id, "resourceId": orders.id, "httpMethod": "GET", "authorization": "CUSTOM",
        "authorizerId": users.id,
    })
    deployment = Made("apigateway/deployment:Deployment", "d", {"restApi": api.id})
    Made("apigateway/stage:Stage", "live", {"restApi": api.id, "deployment": deployment.id, "stageName": "live"})
"""
STORE = "arn:aws:ssm:eu-west-1:123456789012:parameter/cdn"
URI = (
    "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:eu-west-1:123456789012:function:f/invocations"
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> str:
    program = GUARDED.replace("DIGEST", shipped.digest("python3.12", "x86_64"))
    program = program.replace("STORE", STORE).replace("URI", URI)
    return str(programs.write(tmp_path_factory.mktemp("guarded"), program))


def test_the_built_in_authorizer_decides_by_the_documents_that_are_given(
    guarded: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, store = "s" * 32, tmp_path / "store.json"
    store.write_text(json.dumps({"secrets": [secret]}))
    options = ["--header", f"x-origin-secret: {secret}", "--document", f"{STORE}={store}"]

    assert "(credential_missing)" in asked(capsys, guarded, "GET /orders")[1]
    assert f"depends on the document in {STORE}" in asked(capsys, guarded, "GET /orders", *options[:2])[1]
    _, out, _ = asked(capsys, guarded, "GET /orders", *options)
    assert "passes   authorizer: the built-in authorizer accepts its credentials" in out
    assert secret not in out
    wrong = ["--header", f"x-origin-secret: {'t' * 32}", *options[2:]]
    (walk,) = json.loads(asked(capsys, guarded, "GET /orders", *wrong, "--format", "json")[1])["walks"]
    assert (walk["result"], walk["stopped_by"], walk["response"]["status"]) == ("stopped", "auth", 401)
    assert "(secret_wrong)" in asked(capsys, guarded, "GET /orders", *wrong, "--format", "html")[1]


def test_a_target_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = asked(capsys, str(tmp_path / "nothing"), "GET /orders")

    assert code == 2
    assert "does not exist" in err


def test_a_stack_without_an_api(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = programs.write(tmp_path / "project", 'Made("sns/topic:Topic", "topic")')
    assert asked(capsys, str(target), "GET /")[:2] == (0, "There is no API of this kind with a stage.\n")


def test_who_reaches_a_route(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = asked(capsys, shop, "--who", "POST /orders")

    assert "    reaches  203.0.113.0/24, with an API key of the stage and the signature of " in out
    assert "GET /orders" not in out


def test_every_route_by_who_reaches_it(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = asked(capsys, shop, "--reachable", "--format", "json")

    found = json.loads(out)["callers"]
    assert [(each["addresses"], each["credentials"]) for each in found if each["route"] == "GET /orders"] == [
        ("203.0.113.0/24", [])
    ]


def test_what_opened_and_closed(shop: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changed = SHOP.replace("203.0.113.0/24", "203.0.112.0/23").replace("AWS_IAM", "NONE")
    newer = str(programs.write(tmp_path / "newer", changed))
    _, out, _ = asked(capsys, "--diff", shop, newer)

    assert [each.split(", with the signature")[0].split(" and the signature")[0] for each in out.splitlines()[:-1]] == [
        "API shop, POST /orders",
        "  - execute-api endpoint, stage live: reaches  203.0.113.0/24, with an API key of the stage",
        "  + execute-api endpoint, stage live: reaches  203.0.112.0/23, with an API key of the stage",
        "",
        "API shop, GET /orders",
        "  + execute-api endpoint, stage live: reaches  203.0.112.0/24, without credentials",
    ]
    assert asked(capsys, "--diff", shop, shop)[1] == "The same callers reach the same routes.\n"


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ([], "expected a request"),
        (["--diff"], "--diff: expected two targets"),
        (["GET /orders", "--reachable"], "--reachable takes no request, got 'GET /orders'"),
        (["--who", "PUT /orders"], "--who: there is no route 'PUT /orders'; the nearest is"),
    ],
)
def test_what_the_other_questions_need(
    shop: str, capsys: pytest.CaptureFixture[str], question: list[str], message: str
) -> None:
    code, _, err = asked(capsys, shop, *question)

    assert code == 2
    assert message in err


def test_the_page_shows_the_steps_and_the_callers(shop: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, way, _ = asked(capsys, shop, "GET /orders?q=<script>", "--from", "198.51.100.7", "--format", "html")
    _, table, _ = asked(capsys, shop, "--reachable", "--format", "html")

    assert way.startswith("<!doctype html>")
    assert "<script>" not in way
    assert 'aria-label="name: passes; TLS: passes; ' in way
    assert "statement 2 denies the request" in way
    assert "resource policy stops it. The caller receives 403" in way
    assert "203.0.113.0/24" in table
    assert "without credentials" in table
    assert asked(capsys, shop, shop, "--diff", "--format", "html")[0] == 2


def test_a_page_shows_the_integration_only_where_the_request_may_reach_it(
    shop: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for address, reached in (("203.0.113.9", True), ("198.51.100.7", False)):
        _, page, _ = asked(capsys, shop, "GET /orders", "--from", address, "--format", "html")
        assert (">integration</text>" in page) is reached
