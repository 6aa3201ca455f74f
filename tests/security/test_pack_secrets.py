"""Secrets planted in every property that the pack reads: no message, no format, no answer to the engine repeats one."""

import json
from dataclasses import replace

import pytest
from graphs import changed, made, stage
from programs import write
from work import lines

from policypack import cli, reports
from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import OUTPUT_VALUE, SECRET, SIGNATURE, decode
from policypack.redaction.redact import Redactor
from policypack.reports.run import Run
from policypack.sources import target

MARK = "Pl4nted"
SHAPED = {
    "access key": "AKIA0PL4NTED01234567",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJpbnRlZCI6IjEifQ.pl4ntedc2lnbmF0dXJl",
    "address": "https://pl4nted:pl4nted@hooks.example.com/",
    "github": "ghp_pl4nted0123456789abcdefgh",
}


def odd_ones():
    """A gateway with a part of each kind, so that every reader and many messages have something to tell."""
    return changed(
        stage("two", variables={"api_key": "swordfish", "a": "b"}, cacheClusterEnabled=True),
        made(
            "apigateway/integration:Integration",
            "i",
            restApi="shop-id",
            resourceId="orders-id",
            httpMethod="GET",
            uri="http://{host}/${stageVariables.a}",
            requestParameters={"integration.request.header.x": "'static'"},
        ),
        made("apigateway/response:Response", "e", restApiId="shop-id", responseType="X", responseTemplates={"a": "b"}),
        made("apigateway/domainName:DomainName", "d", domainName="api.example.com", securityPolicy="TLS_1_0"),
        made("apigateway/basePathMapping:BasePathMapping", "m", restApi="shop-id", domainName="api.example.com"),
        made("apigateway/apiKey:ApiKey", "k", name="mobile", value="abcdefghijklmnopqrstu"),
        made("apigateway/usagePlan:UsagePlan", "u", name="gold", tags={"owner": "ann"}),
        made("cognito/userPool:UserPool", "p", name="people"),
        made("cognito/userPoolClient:UserPoolClient", "c", name="web", userPoolId="p-id", clientSecret="swordfish"),
        made("cognito/userPoolClient:UserPoolClient", "c2", name="app", userPoolId="p-id", explicitAuthFlows=["x"]),
        made("lambda/function:Function", "f", name="orders", environment={"variables": {"PASSWORD": "swordfish"}}),
        made("lambda/functionUrl:FunctionUrl", "l", functionName="orders", authorizationType="NONE"),
        made("lambda/permission:Permission", "s", function="orders", principal="*", action="lambda:*"),
        made(
            "cloudfront/distribution:Distribution",
            "w",
            origins=[{"domainName": "x", "customHeaders": [{"value": "v"}]}],
        ),
        made("apigatewayv2/api:Api", "h", name="web", protocolType="HTTP", target="http://backend.example.com"),
        made("secretsmanager/secretVersion:SecretVersion", "v", secretString="swordfish"),
    )


PARTS = odd_ones()


def leaves(value, at=()):
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*at, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*at, index))
    elif isinstance(value, str):
        yield at


def put(value, at, make):
    if not at:
        return make(value)
    head, *rest = at
    if isinstance(value, dict):
        return {**value, head: put(value[head], rest, make)}
    return [put(each, rest, make) if index == head else each for index, each in enumerate(value)]


def told(resources):
    """All that a report holds of them but for URNs, in lower case."""
    report = evaluate(Graph(resources))
    findings = [(each.message, each.fix, each.waiver, each.location, each.component) for each in report.findings]
    return str((report.gateways, findings)).lower()


PLACES = [(index, at) for index, part in enumerate(PARTS) for at in leaves(dict(part.inputs))]


def with_planted(index, at, make):
    part = PARTS[index]
    secrets = set()
    inputs = decode(put(dict(part.inputs), at, make), secrets)
    return [*PARTS[:index], replace(part, inputs=inputs, secrets=frozenset(secrets)), *PARTS[index + 1 :]]


def test_no_message_repeats_a_text_that_came_as_a_secret():
    def secret(text):
        return {SIGNATURE: SECRET, "value": f"{text}{MARK}"}

    assert [place for place in PLACES if MARK.lower() in told(with_planted(*place, secret))] == []


@pytest.mark.parametrize("shape", SHAPED)
def test_no_message_repeats_a_credential_in_clear(shape):
    assert [place for place in PLACES if "pl4nted" in told(with_planted(*place, lambda _: SHAPED[shape]))] == []


def test_the_proof_can_fail(monkeypatch):
    monkeypatch.setattr(Redactor, "__call__", lambda _self, text: text)
    found = [place for place in PLACES if "pl4nted" in told(with_planted(*place, lambda _: SHAPED["github"]))]

    assert len(found) > 5


@pytest.mark.parametrize(
    ("wire", "secrets"),
    [
        ({SIGNATURE: SECRET, "value": "open sesame"}, {"open sesame"}),
        ({SIGNATURE: SECRET, "plaintext": '{"a": ["open sesame"]}'}, {"open sesame"}),
        ({SIGNATURE: OUTPUT_VALUE, "secret": True, "value": "open sesame"}, {"open sesame"}),
        ({SIGNATURE: OUTPUT_VALUE, "value": "open sesame"}, set()),
        ({"a": {SIGNATURE: SECRET, "value": {"b": {SIGNATURE: SECRET, "value": "x"}}}}, {"x"}),
        ({SIGNATURE: SECRET, "ciphertext": "v1:abc"}, set()),
    ],
)
def test_what_came_as_a_secret_is_known(wire, secrets):
    found = set()
    decode(wire, found)

    assert found == secrets


def exported(tmp_path, make):
    """A state file, each text of which is planted."""
    states = [
        {
            "urn": part.urn,
            "type": part.type,
            "custom": True,
            "id": part.id,
            "inputs": everywhere(dict(part.inputs), make),
            "outputs": everywhere(dict(part.outputs), make),
        }
        for part in PARTS
    ]
    file = tmp_path / "state.json"
    file.write_text(json.dumps({"version": 3, "deployment": {"resources": states}}))
    return file


def everywhere(value, make):
    for at in list(leaves(value)):
        value = put(value, at, make)
    return value


@pytest.mark.parametrize("form", sorted(reports.MODULES))
@pytest.mark.parametrize("way", ["value", "plaintext"])
def test_no_format_no_baseline_and_no_file_holds_a_secret(tmp_path, capfd, form, way):
    def secret(text):
        inner = f"{text}{MARK}"
        return {SIGNATURE: SECRET, way: json.dumps(inner) if way == "plaintext" else inner}

    state = exported(tmp_path, secret)
    baseline = tmp_path / "baseline.json"
    cli.main(["check", str(state), "--format", form, "--strict"])
    said = capfd.readouterr()
    cli.main(["check", str(state), "--baseline", str(baseline), "--update-baseline"])

    everything = (said.out + said.err + baseline.read_text()).lower()
    assert MARK.lower() not in everything
    assert "[secret]" in everything.replace("\\", "")


def test_a_broken_file_is_refused_without_its_text(tmp_path, capfd):
    text = json.dumps({"deployment": {"resources": [{"urn": f"{MARK}", "type": 1, "inputs": f"{MARK} secret"}]}})
    for name, content in {"a.json": text, "b.json": text[:-3], "c.json": f"password: {MARK}\n  x: [{MARK}"}.items():
        (tmp_path / name).write_text(content)
        assert cli.main(["check", str(tmp_path / name)]) == 2
    for flag in ("--config", "--data", "--baseline"):
        assert cli.main(["check", str(tmp_path / "a.json"), flag, str(tmp_path / "c.json")]) == 2

    said = capfd.readouterr()
    assert MARK not in said.out + said.err


def test_a_secret_that_is_a_name_is_marked_and_the_finding_stays(tmp_path):
    state = exported(tmp_path, lambda text: {SIGNATURE: SECRET, "value": f"{text}{MARK}"})
    source = target.load(str(state))
    hidden, plain = (
        evaluate(Graph(source.resources)),
        evaluate(Graph([replace(e, secrets=frozenset()) for e in source.resources])),
    )

    assert [(e.policy, e.urn, e.status) for e in hidden.findings] == [
        (e.policy, e.urn, e.status) for e in plain.findings
    ]
    assert Run(sources=(source,), report=hidden).violations == Run(sources=(source,), report=plain).violations


@pytest.mark.parametrize(
    ("secrets", "text", "said"),
    [
        ({"hunter2"}, "stage hunter2 logs nothing", "stage [secret] logs nothing"),
        ({"hunter2", "hunter22"}, "stage hunter22", "stage [secret]"),
        ({"a.c*"}, "stage a.c* and abcc", "stage [secret] and abcc"),
        ({"Hunter2"}, "GET /HUNTER2", "GET /[secret]"),
        ({"dev"}, "stage dev", "stage dev"),  # too short to be told from a word
        ({" hunter2\n"}, "stage hunter2", "stage [secret]"),
        ({"x" * 2000}, "stage live", "stage live"),
        ((), "user https://u:p@example.com/x, next", "user https[secret], next"),
    ],
)
def test_what_is_taken_out_of_a_message(secrets, text, said):
    assert Redactor(secrets)(text) == said


def test_a_message_costs_the_same_however_many_secrets_there_are():
    few, many = (
        Redactor(f"same-beginning-{number}-{'x' * (number % 500)}" for number in range(count))
        for count in (1_000, 100_000)
    )
    message = f"stage same-beginning-40-{'x' * 40} of API shop logs nothing"

    assert many(message) == few(message) == "stage [secret] of API shop logs nothing"
    assert lines(lambda: many(message)) < 1.05 * lines(lambda: few(message))


PROGRAM = """
    import os, sys, pulumi
    from pulumi_aws import apigateway
    api = apigateway.RestApi("api", name="shop")
    apigateway.ApiKey("key", name="web", value=pulumi.Output.secret("Pl4nted0123456789abcdef"))
    apigateway.Stage("live", rest_api=api.id, deployment="d", stage_name=pulumi.Output.secret("Pl4nted-stage"))
    pulumi.export("key", pulumi.Output.secret("Pl4nted-output"))
    print(os.listdir(os.environ["TMPDIR"]))
"""


def test_an_offline_run_leaves_nothing_on_disk_and_tells_no_secret(tmp_path, monkeypatch, capfd):
    folder, scratch = tmp_path / "program", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    write(folder, PROGRAM)
    before = sorted(path.name for path in folder.iterdir())
    monkeypatch.setenv("TMPDIR", str(scratch))
    for form in reports.MODULES:
        cli.main(["check", str(folder), "--format", form])

    said = capfd.readouterr()
    assert "stage [secret]" in said.out
    assert MARK not in said.out + said.err
    assert said.err.count("[]\n") == len(reports.MODULES)  # what the program saw there
    assert list(scratch.iterdir()) == []
    assert sorted(path.name for path in folder.iterdir() if path.name != "__pycache__") == before
