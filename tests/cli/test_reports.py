"""The report as text and as JSON."""

import json
from dataclasses import replace

import jsonschema
import pytest
from runs import API, GATEWAY, LOOSE, REMOTE, STAGE, UNDECIDED, VIOLATION, WAIVED, make, source

from policypack import reports
from policypack.configuration.manifest import version
from policypack.reports import terminal

TEXT = f"""\
gateway-policy {version()}
stacks: stack dev of shop, 1 resource, engine: offline
  note: assumed instead of asking AWS: account 123456789012, region us-east-1,
  three availability zones

shop  REST API, 3 routes, stages: live, domains: api.example.com
  auth           pass       Cognito user pool on 2 routes
                            1 route public: health check
  keys           undecided  stage live: 50 requests/s, burst 100
  network        n/a
  waf            FAIL
  observability  n/a
  tls            waived
  api            n/a

  FAIL  waf-attached (high)
    a second stage
      urn:pulumi:dev::shop::secure-gateway:index:SecureGateway$aws:apigateway/stage:Stage::shop-live
    stage live can be reached without a web ACL (stacks/shop.py:12)
      urn:pulumi:dev::shop::secure-gateway:index:SecureGateway$aws:apigateway/stage:Stage::shop-live
    fix: Associate a web ACL with the stage.

  undecided  keys-throttled (high)
    not known yet (stacks/shop.py:12)
      urn:pulumi:dev::shop::secure-gateway:index:SecureGateway$aws:apigateway/stage:Stage::shop-live
    fix: Associate a web ACL with the stage.

  waived  tls-minimum (high)
    stage live can be reached without a web ACL (stacks/shop.py:12)
      waived: old clients, until June
      urn:pulumi:dev::shop::secure-gateway:index:SecureGateway$aws:apigateway/stage:Stage::shop-live

Not part of a gateway
  warn  keys-planned (high)
    no plan
      urn:pulumi:dev::shop::aws:apigateway/apiKey:ApiKey::[loose]
    fix: Associate a web ACL with the stage.

Not evaluated: urn:pulumi:dev::shop::other:index:Front::front

2 violations, 1 warning, 1 undecided, 1 waived; 1 gateway, 6 checks, 1 component not evaluated (engine: offline)
"""


def full():
    note = "assumed instead of asking AWS: account 123456789012, region us-east-1, three availability zones"
    second = replace(VIOLATION, message="a second stage", location="")
    levels = {LOOSE.policy: "advisory"}
    return make(WAIVED, UNDECIDED, VIOLATION, second, LOOSE, sources=(source(REMOTE, notes=(note,)),), levels=levels)


def test_text() -> None:
    assert reports.render("terminal", full()) == TEXT


def test_text_fits_eighty_columns_but_for_names_and_the_last_line() -> None:
    *lines, last = reports.render("terminal", full()).splitlines()

    assert [line for line in lines if len(line) > 80 and "urn:" not in line] == []
    assert last == full().summary


def test_text_has_colour_only_where_it_is_asked_for() -> None:
    assert "\x1b[" not in terminal.render(full())
    assert "\x1b[" in terminal.render(full(), colour=True)


ABSENCES = {
    "none": ((source(),), "No gateway: nothing here is an API of API Gateway."),
    "not evaluated": ((source(REMOTE),), "Could not evaluate: these components come from packages"),
}


@pytest.mark.parametrize(("sources", "said"), ABSENCES.values(), ids=ABSENCES)
def test_text_says_when_there_is_no_gateway(sources, said: str) -> None:
    told = reports.render("terminal", make(gateways=(), sources=sources))

    assert [sentence for _, sentence in ABSENCES.values() if sentence in told] == [said]


def closed(properties: dict) -> dict:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


STRING, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
STRINGS = {"type": "array", "items": STRING}
LAYERS = ["auth", "keys", "network", "waf", "observability", "tls"]
GROUPS = [*LAYERS, "api"]
LAYER = {"enum": [*GROUPS, "pack"]}
STATUSES = ["pass", "violation", "undecided", "known", "waived", "not applicable"]
SCHEMA = closed(
    {
        "version": {"const": 1},
        "pack_version": STRING,
        "date": STRING,
        "configuration": STRING,
        "engine": STRING,
        "gateways": {
            "type": "array",
            "items": closed(
                {
                    "urn": STRING,
                    "name": STRING,
                    "kind": STRING,
                    "routes": COUNT,
                    "stages": STRINGS,
                    "domains": STRINGS,
                    "layers": closed(
                        {name: closed({"status": {"enum": STATUSES}, "in_force": STRINGS}) for name in GROUPS}
                    ),
                }
            ),
        },
        "checks": {
            "type": "array",
            "items": closed(
                {
                    "policy": STRING,
                    "layer": LAYER,
                    "gateway": STRING,
                    "status": {"enum": STATUSES},
                    "read": COUNT,
                }
            ),
        },
        "findings": {
            "type": "array",
            "items": closed(
                {
                    "policy": STRING,
                    "layer": LAYER,
                    "severity": {"enum": ["low", "medium", "high", "critical"]},
                    "level": {"enum": ["advisory", "mandatory"]},
                    "status": {"enum": ["violation", "undecided", "known", "waived"]},
                    "urn": STRING,
                    "subject": STRING,
                    "message": STRING,
                    "fix": STRING,
                    "location": STRING,
                    "gateway": STRING,
                    "component": STRING,
                    "waiver": STRING,
                    "owner": STRING,
                }
            ),
        },
        "summary": closed(
            {
                "exit_code": {"enum": [0, 1, 2]},
                "gateways": COUNT,
                "checks": COUNT,
                "violations": COUNT,
                "warnings": COUNT,
                "undecided": COUNT,
                "known": COUNT,
                "waived": COUNT,
                "failures": {"type": "array", "items": closed({"target": STRING, "reason": STRING})},
                "resources": {
                    "type": "object",
                    "properties": dict.fromkeys(("read", "not_applicable", "not_read"), COUNT),
                    "required": ["read", "not_applicable", "not_read"],
                },
                "unseen": STRINGS,
                "targets": {
                    "type": "array",
                    "items": closed(
                        {
                            "target": STRING,
                            "engine": {"enum": ["offline", "pulumi preview", "state file"]},
                            "project": STRING,
                            "stack": STRING,
                            "resources": COUNT,
                            "notes": STRINGS,
                        }
                    ),
                },
            }
        ),
    }
)


@pytest.mark.parametrize("run", [full(), make(gateways=())], ids=["full", "empty"])
def test_json_has_the_promised_shape(run) -> None:
    jsonschema.validate(json.loads(reports.render("json", run)), SCHEMA)


def test_json_says_what_was_found() -> None:
    document = json.loads(reports.render("json", full()))

    assert document["engine"] == "offline"
    assert document["gateways"][0]["layers"]["waf"] == {"status": "violation", "in_force": []}
    assert document["gateways"][0]["layers"]["auth"]["in_force"] == list(GATEWAY.layers["auth"])
    assert document["checks"][0] == {
        "policy": "auth-required",
        "layer": "auth",
        "gateway": API,
        "status": "pass",
        "read": 3,
    }
    assert {each["status"] for each in document["findings"]} == {"violation", "undecided", "waived"}
    assert next(each for each in document["findings"] if each["location"]) == {
        "policy": "waf-attached",
        "layer": "waf",
        "severity": "high",
        "level": "mandatory",
        "status": "violation",
        "urn": STAGE,
        "subject": "",
        "message": "stage live can be reached without a web ACL",
        "fix": "Associate a web ACL with the stage.",
        "location": "stacks/shop.py:12",
        "gateway": API,
        "component": "",
        "waiver": "",
        "owner": "",
    }
    counts = {"exit_code": 1, "violations": 2, "warnings": 1, "undecided": 1, "waived": 1}
    assert {key: document["summary"][key] for key in counts} == counts
    assert document["summary"]["unseen"] == [REMOTE.urn]
