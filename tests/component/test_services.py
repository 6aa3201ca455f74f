"""Integrations with AWS services: one role for one thing, and templates in which nothing a caller sends is structure.

The templates are rendered by a Velocity engine, against requests meant to break out. It is not AWS's own engine.
"""

import json
from urllib.parse import parse_qs, quote_plus

import airspeed
import pulumi
import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy

HOME = "eu-west-1:123456789012"
QUEUE = f"arn:aws:sqs:{HOME}:orders"
BUS = f"arn:aws:events:{HOME}:event-bus/shop"
MACHINE = f"arn:aws:states:{HOME}:stateMachine:place-order"
TABLE = f"arn:aws:dynamodb:{HOME}:table/orders"
KEY = f"arn:aws:kms:{HOME}:key/0a1b"
USERS = {"authorizers": {"users": {"cognito": {"identifier": "orders", "scopes": {"read": "See orders"}}}}}
HOSTILE = [
    '","x":{"S":"y',
    "\\",
    '\\"',
    "\\'",
    "it's",
    "line\nbreak",
    "&Action=DeleteQueue",
    "#set($a = 1)${a}$util.x",
    "\u2028</script>",
]


def gateway(integration, path="/orders/{id}", args=None, **kwargs):
    route = {"path": path, "method": "POST", "integration": integration, **(args or {})}
    return deploy(
        lambda: SecureGateway("api", {"routes": [route], "network": {"waived": "a test"}, "auth": USERS}), **kwargs
    )


def integration(made, path="/orders/{id}"):
    document = json.loads(made.one("RestApiPut").inputs["body"])
    return document["paths"][path]["post"]["x-amazon-apigateway-integration"]


class Text(str):
    """A Java string."""

    __slots__ = ()

    def replaceAll(self, found, put):  # noqa: N802 - Java's name
        assert put == "'"
        return Text(self.replace("\\'", "'"))

    def contains(self, part):
        return part in self


class Util:
    """API Gateway's `$util`."""

    def escapeJavaScript(self, value):  # noqa: N802 - AWS's name
        return Text(json.dumps(value)[1:-1].replace("'", "\\'").replace("/", "\\/"))

    def urlEncode(self, value):  # noqa: N802 - AWS's name
        return quote_plus(value)


class Request:
    """API Gateway's `$input`."""

    def __init__(self, body, **parameters):
        self.body = body
        self.parameters = {"path": {}, "querystring": {}, "header": {}, **parameters}

    def params(self):
        return self.parameters

    def path(self, path):
        value = self.body
        for name in path.split(".")[1:]:
            value = value.get(name)
        return Text(value) if isinstance(value, str) else value

    def json(self, path):
        return json.dumps(self.path(path))


def rendered(made, body, template=None, **parameters):
    context = {"requestId": "r-1", "requestTimeEpoch": 7, "authorizer": {"claims": {"sub": "ann"}}}
    text = template or integration(made)["requestTemplates"]["application/json"]
    names = {"input": Request(body, **parameters), "util": Util(), "context": {**context, "responseOverride": {}}}
    stage = made.one("Stage").inputs.get("variables", {})
    return airspeed.Template(text).merge({**names, "stageVariables": stage})


TABLE_PUT = {
    "table": {
        "arn": TABLE,
        "action": "PutItem",
        "attributes": {
            "id": "path.id",
            "owner": "caller",
            "amount": "body.amount:N",
            "note": "body.note",
            "all": "body",
            "page": "query.page",
            "at": "request.time:N",
        },
        "partition_key": "id",
    }
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_caller_sends_stays_a_value(hostile):
    body = {"amount": hostile, "note": hostile}
    put = json.loads(rendered(gateway(TABLE_PUT), body, path={"id": hostile}, querystring={"page": hostile}))

    assert set(put) == {"TableName", "Item", "ConditionExpression", "ExpressionAttributeNames"}
    assert put["Item"]["id"] == put["Item"]["page"] == put["Item"]["note"] == {"S": hostile}
    assert put["Item"]["amount"] == {"N": hostile}
    assert put["Item"]["owner"] == {"S": "ann"}
    assert put["Item"]["at"] == {"N": "7"}
    assert json.loads(put["Item"]["all"]["S"]) == body


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_body_reaches_queue_bus_and_state_machine_whole(hostile):
    body = {"note": hostile}
    queue = {"queue": {"arn": f"{QUEUE}.fifo", "group": "path.id"}}
    form = parse_qs(rendered(gateway(queue), body, path={"id": hostile}), strict_parsing=True)
    bus = {"event_bus": {"arn": BUS, "source": "shop", "detail_type": "OrderPlaced"}}
    event = json.loads(rendered(gateway(bus), body))
    started = json.loads(rendered(gateway({"state_machine": {"arn": MACHINE}}), body))

    assert {name: value for name, (value,) in form.items() if name != "MessageBody"} == {
        "Action": "SendMessage",
        "MessageGroupId": hostile,
    }
    assert json.loads(form["MessageBody"][0]) == body
    assert json.loads(event["Entries"][0].pop("Detail")) == body
    assert event == {"Entries": [{"EventBusName": BUS, "Source": "shop", "DetailType": "OrderPlaced"}]}
    assert started.keys() == {"stateMachineArn", "input"}
    assert json.loads(started["input"]) == body


def test_an_absent_parameter_is_an_empty_value():
    read = {"table": {"arn": TABLE, "action": "GetItem", "attributes": {"id": "query.id"}}}

    assert json.loads(rendered(gateway(read), {})) == {"TableName": "orders", "Key": {"id": {"S": ""}}}


def test_a_query_binds_every_value():
    attributes = {"owner": "caller", "id": "path.id:N"}
    read = {"table": {"arn": TABLE, "action": "Query", "attributes": attributes, "index": "by-owner", "limit": 5}}

    assert json.loads(rendered(gateway(read), {}, path={"id": "9"})) == {
        "TableName": "orders",
        "IndexName": "by-owner",
        "Limit": 5,
        "KeyConditionExpression": "#a0 = :v0 AND #a1 = :v1",
        "ExpressionAttributeNames": {"#a0": "id", "#a1": "owner"},
        "ExpressionAttributeValues": {":v0": {"N": "9"}, ":v1": {"S": "ann"}},
    }


SERVICES = {
    "queue": ({"queue": {"arn": QUEUE, "kms_key_arn": KEY}}, ["sqs:SendMessage"], QUEUE),
    "bus": ({"event_bus": {"arn": BUS, "source": "shop", "detail_type": "x"}}, ["events:PutEvents"], BUS),
    "start": ({"state_machine": {"arn": MACHINE}}, ["states:StartExecution"], MACHINE),
    "wait": ({"state_machine": {"arn": MACHINE, "wait": True}}, ["states:StartSyncExecution"], MACHINE),
    "get": (
        {"table": {"arn": TABLE, "action": "GetItem", "attributes": {"id": "path.id"}}},
        ["dynamodb:GetItem"],
        TABLE,
    ),
    "query": (
        {"table": {"arn": TABLE, "action": "Query", "index": "i", "attributes": {"id": "path.id"}}},
        ["dynamodb:Query"],
        f"{TABLE}/index/i",
    ),
    "put": (TABLE_PUT, ["dynamodb:PutItem"], TABLE),
}


@pytest.mark.parametrize(("given", "actions", "resource"), SERVICES.values(), ids=SERVICES)
def test_the_role_may_do_one_thing(given, actions, resource):
    made = gateway(given)
    role, policy = made.one("Role"), made.one("RolePolicy")
    first, *others = json.loads(policy.inputs["policy"])["Statement"]
    built = integration(made)
    variable = built["credentials"].partition("${stageVariables.")[2].rstrip("}")

    assert ([first["Action"]], first["Resource"]) == (actions, resource)
    assert all(each["Resource"] == KEY for each in others)
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Principal"] == {
        "Service": "apigateway.amazonaws.com"
    }
    assert built["credentials"].startswith("arn:${AWS::Partition}:iam::${AWS::AccountId}:$")
    assert made.one("Stage").inputs["variables"][variable] == f"role/{role.outputs['name']}"
    assert made.one("Stage").depends_on(policy)
    assert built["passthroughBehavior"] == "never"
    assert list(built["requestTemplates"]) == ["application/json"]


@pytest.mark.parametrize("given", [each[0] for each in SERVICES.values()], ids=SERVICES)
def test_the_services_own_errors_are_not_told(given):
    answers = integration(gateway(given))["responses"]

    assert answers["default"]["statusCode"] == "502"
    assert "$input" not in answers["default"]["responseTemplates"]["application/json"]


ANSWERS = [
    pytest.param("bus", "2\\d{2}", {"FailedEntryCount": 1}, 502, id="event-not-taken"),
    pytest.param("bus", "2\\d{2}", {"FailedEntryCount": 0, "Entries[0]": {"EventId": "e"}}, None, id="event-taken"),
    pytest.param("wait", "2\\d{2}", {"status": "FAILED", "cause": "secret"}, 502, id="execution-failed"),
    pytest.param("get", "2\\d{2}", {}, 404, id="no-item"),
    pytest.param("get", "2\\d{2}", {"Item": {"id": {"S": "1"}}}, None, id="item"),
    pytest.param("put", "400", {"__type": "x#ConditionalCheckFailedException"}, 409, id="exists"),
    pytest.param("put", "400", {"__type": "x#ValidationException", "message": "secret"}, None, id="invalid"),
]


@pytest.mark.parametrize(("service", "status", "answer", "override"), ANSWERS)
def test_answers_tell_success_from_failure(service, status, answer, override):
    made = gateway(SERVICES[service][0])
    template = integration(made)["responses"][status]["responseTemplates"]["application/json"]
    changed = {}
    names = {"input": Request(answer), "context": {"responseOverride": changed}}
    text = airspeed.Template(template).merge(names)

    assert changed == ({"status": override} if override else {})
    assert json.loads(text) is not None
    assert "secret" not in text


def test_arns_known_after_deployment_go_through_stage_variables():
    made = gateway({"queue": {"arn": pulumi.Output.from_input(QUEUE)}})
    built = integration(made)
    variable = built["uri"].partition("${stageVariables.")[2].rstrip("}")

    assert "sqs:path/" in built["uri"]
    assert made.one("Stage").inputs["variables"][variable] == "123456789012/orders"
    assert json.loads(made.one("RolePolicy").inputs["policy"])["Statement"][0]["Resource"] == QUEUE


def test_every_name_in_an_output_goes_through_a_stage_variable():
    made = gateway(
        {"table": {"arn": pulumi.Output.from_input(TABLE), "action": "GetItem", "attributes": {"id": "path.id"}}}
    )

    assert json.loads(rendered(made, {}, path={"id": "1"}))["TableName"] == "orders"


def test_plain_arns_put_the_role_into_the_document():
    args = {
        "routes": [{"path": "/a", "method": "POST", "integration": {"queue": {"arn": QUEUE}}}],
        "network": {"waived": "a test"},
        "plain_arns": True,
    }
    made = deploy(lambda: SecureGateway("api", args))

    assert integration(made, "/a")["credentials"] == made.one("Role").outputs["arn"]


def test_the_default_integration_has_one_role_for_all_its_routes():
    args = {
        "routes": [{"path": "/a", "method": "POST"}, {"path": "/b", "method": "POST"}],
        "default_integration": {"queue": {"arn": QUEUE}},
        "network": {"waived": "a test"},
    }

    assert deploy(lambda: SecureGateway("api", args)).one("Role")


def get_item(**attributes):
    return {"table": {"arn": TABLE, "action": "GetItem", "attributes": attributes}}


@pytest.mark.parametrize(
    ("given", "args", "path"),
    [
        pytest.param({"queue": {"arn": QUEUE}, "mock": {}}, {}, "routes[0].integration", id="two-kinds"),
        pytest.param({"queue": {"arn": "orders"}}, {}, "routes[0].integration.queue.arn", id="no-arn"),
        pytest.param({"queue": {"arn": f"{QUEUE}.fifo"}}, {}, "routes[0].integration.queue.group", id="fifo"),
        pytest.param(
            {"queue": {"arn": QUEUE, "group": "caller"}}, {}, "routes[0].integration.queue.group", id="no-fifo"
        ),
        pytest.param(
            {"event_bus": {"arn": BUS, "source": "aws.s3", "detail_type": "x"}},
            {},
            "routes[0].integration.event_bus.source",
            id="aws-source",
        ),
        pytest.param(
            {"event_bus": {"arn": BUS, "source": '$x"', "detail_type": "x"}},
            {},
            "routes[0].integration.event_bus.source",
            id="template-in-source",
        ),
        pytest.param(get_item(id="path.other"), {}, "routes[0].integration", id="no-such-parameter"),
        pytest.param(get_item(id="$input"), {}, "routes[0].integration.table.attributes.id", id="no-source"),
        pytest.param(get_item(), {}, "routes[0].integration.table.attributes", id="no-key"),
        pytest.param(get_item(id="caller"), {"public": "a test"}, "routes[0].integration", id="caller-of-public"),
        pytest.param(get_item(id="caller"), {"auth": "iam"}, "routes[0].integration", id="caller-of-iam-session"),
        pytest.param(
            {"table": {**get_item(id="path.id")["table"], "index": "x"}},
            {},
            "routes[0].integration.table.index",
            id="index-of-get",
        ),
    ],
)
def test_what_is_refused(given, args, path):
    with pytest.raises(ArgsError) as caught:
        gateway(given, args=args)

    assert path in {each.path for each in caught.value.problems}


@pytest.mark.parametrize(("way", "refused"), [(["cdn"], True), (["cdn", "users"], False), (["users"], False)])
def test_a_shared_secret_alone_names_no_caller(way, refused):
    """Every caller behind the proxy would be the same owner."""
    store = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:{}-AbCdEf"
    validators = {
        "cdn": {"shared_secret": {"store": store.format("cdn")}},
        "users": {"api_key": {"store": store.format("users"), "header": "x-own-key"}},
    }
    table = {
        "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/orders",
        "action": "GetItem",
        "attributes": {"owner": "caller"},
    }
    args = {
        "routes": [{"path": "/orders", "method": "GET", "integration": {"table": table}}, {"path": "/other"}],
        "default_integration": {"url": "https://backend.example.com"},
        "network": {"allow_cidrs": ["203.0.113.0/24"]},
        "auth": {
            "authorizers": {
                "own": {
                    "builtin": {
                        "validators": validators,
                        "require": [["cdn", "users"]],
                        "route_require": {"GET /orders": [way]},
                    }
                }
            }
        },
    }
    if not refused:
        deploy(lambda: SecureGateway("orders", args))
        return
    with pytest.raises(ArgsError, match="accepts a shared secret alone"):
        deploy(lambda: SecureGateway("orders", args))
