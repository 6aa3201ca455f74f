"""Programs in YAML, which Pulumi's own language host runs against our monitor."""

import json
import textwrap
from pathlib import Path

import other_languages
import pytest

from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN
from policypack.model.languages import Language
from policypack.sources import target
from policypack.sources.source import Source, SourceError
from policypack.sources.yaml_host import canonical

HEAD = "name: shop\nruntime: yaml\n"


@pytest.fixture
def run(tmp_path: Path):
    """Writes a program, with more files by their paths, and runs it."""
    other_languages.yaml_host()

    def run(program: str, *, files=None, function_results=()) -> Source:
        for name, text in {"Pulumi.yaml": HEAD + textwrap.dedent(program), **(files or {})}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return target.load(str(tmp_path), function_results=function_results)

    return run


def by_name(source: Source) -> dict[str, Resource]:
    return {each.name: each for each in source.resources}


def test_registers_what_the_engine_registers(run, tmp_path: Path) -> None:
    source = run(
        """
        config:
          size: {type: integer}
          names: {type: array, items: {type: string}}
          token: {type: string, secret: true}
          kind: {default: gold}
        variables:
          greeting: hello ${kind}
          here: {fn::invoke: {function: aws:getRegion, return: name}}
          vpc: {fn::aws:ec2:getVpc: {id: vpc-1}}
          shared: {displayName: all}
        resources:
          european:
            type: pulumi:providers:aws
            defaultProvider: true
            properties: {region: eu-west-3}
          network:
            type: pulumi:pulumi:StackReference
            properties: {name: acme/network/prod}
          found:
            type: aws:sns:Topic
            get: {id: "arn:topic"}
          api:
            type: aws:apigateway:RestApi
            properties:
              name: shop-${size}
              names: ${names}
              greeting: ${greeting}
              here: ${here}
              cidr: ${vpc.cidrBlock}
              vpc: ${network.outputs.vpc}
              token: Bearer ${token}
              known: {fn::secret: s3cret}
              topic: ${found.arn}
              body: {fn::toJSON: {openapi: "3.0.1", title: "${kind}"}}
              stack: ${pulumi.stack}
          stage:
            type: aws:apigateway/stage:Stage
            name: live
            properties:
              restApi: ${api.id}
              policy: {fn::toJSON: {api: "${api.arn}"}}
            options:
              dependsOn: ["${topic}"]
              ignoreChanges: [variables]
              aliases: [{name: older}]
          topic:
            type: aws:sns:topic
            properties: ${shared}
            options: {parent: "${api}", protect: true}
        outputs:
          stage: ${stage.stageName}
          kind: ${kind}
        """,
        files={
            "Pulumi.prod.yaml": """
            config:
              aws:region: eu-west-1
              shop:size: 3
              shop:names: [a, b]
              shop:token: {secure: AAABAciphertext}
            """
        },
        function_results=[
            {"token": "pulumi:pulumi:StackReference", "result": {"vpc": "vpc-1"}},
            {"token": "aws:ec2/getVpc:getVpc", "args": {"id": "vpc-1"}, "result": {"cidrBlock": "10.0.0.0/16"}},
        ],
    )

    made = by_name(source)
    assert {each.urn.removeprefix("urn:pulumi:prod::shop::") for each in source.resources} == {
        "pulumi:pulumi:Stack::shop-prod",
        "pulumi:providers:aws::european",
        "aws:apigateway/restApi:RestApi::api",
        "aws:apigateway/stage:Stage::live",
        "aws:apigateway/restApi:RestApi$aws:sns/topic:Topic::topic",
    }
    assert made["api"].inputs == {
        "name": "shop-3",
        "names": ["a", "b"],
        "greeting": "hello gold",
        "here": "eu-west-3",
        "cidr": "10.0.0.0/16",
        "vpc": "vpc-1",
        "token": UNKNOWN,
        "known": "s3cret",
        "topic": UNKNOWN,
        "body": '{"openapi":"3.0.1","title":"gold"}',
        "stack": "prod",
    }
    assert "s3cret" in made["api"].secrets
    assert made["live"].inputs == {"restApi": UNKNOWN, "policy": UNKNOWN}
    assert made["live"].property_dependencies == {"restApi": {made["api"].urn}, "policy": {made["api"].urn}}
    assert made["live"].dependencies == {made["api"].urn, made["topic"].urn}
    assert made["live"].ignore_changes == ("variables",)
    assert made["topic"].inputs == {"displayName": "all"}
    assert made["shop-prod"].outputs == {"stage": UNKNOWN, "kind": "gold"}
    assert {each.language for each in source.resources} == {Language.YAML}
    lines = (tmp_path / "Pulumi.yaml").read_text(encoding="utf-8").splitlines()
    assert made["api"].location == f"Pulumi.yaml:{lines.index('  api:') + 1}"
    assert made["live"].location == f"Pulumi.yaml:{lines.index('  stage:') + 1}"
    assert source.notes == ()


def test_a_component_is_constructed_by_its_own_provider_which_knows_its_schema() -> None:
    other_languages.yaml_host()
    source = target.load(str(other_languages.ROOT / "examples/yaml"))

    made = by_name(source)
    assert not made["orders"].remote
    assert made["orders"].location == "Pulumi.yaml:7"
    apis = [each for each in source.resources if each.type == "aws:apigateway/restApi:RestApi"]
    assert [each.location for each in apis] == ["Pulumi.yaml:7"]
    assert source.notes == ()


def test_resources_of_a_package_whose_provider_does_not_run_are_unknown(run, monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    source = run(
        """
        resources:
          password: {type: "random:RandomPassword", properties: {length: 20}}
          key: {type: "aws:apigateway:ApiKey", properties: {value: "${password.result}"}}
        """
    )

    made = by_name(source)
    assert made["password"].remote
    assert made["key"].inputs == {"value": UNKNOWN}
    (note,) = source.notes
    assert note.startswith("the components of random could not be constructed: ")


def test_a_program_in_a_folder_of_its_own(run) -> None:
    source = run(
        "main: program/\n",
        files={"program/Main.json": json.dumps({"resources": {"topic": {"type": "aws:sns:Topic"}}}, indent=1)},
    )

    assert by_name(source)["topic"].location == "program/Main.json:3"


FAILURES = {
    "no resource": (
        "resources: {a: {type: 'aws:sns:Topic', properties: {x: '${b.arn}'}}}",
        ['"b" not found', "line 3"],
    ),
    "circle": (
        "resources: {a: {type: 'aws:sns:Topic', properties: {x: '${a.arn}'}}}",
        ["circular dependency of resource 'a'"],
    ),
    "no object": ("resources: {a: text}", ["resources.a must be an object"]),
    "no type": ("resources: {a: {properties: {}}}", ["Required field 'type' is missing"]),
    "no module": ("resources:\n  a: {type: Topic}", ["has not registered a (Pulumi.yaml:4)"]),
    "no type of a package": ("resources: {a: {type: 'aws::'}}", ['unable to find resource type "aws::"']),
    "wrong option": ("resources: {a: {type: 'aws:sns:Topic', options: {foo: 1}}}", ["foo does not exist"]),
    "same name twice": (
        "resources: {a: {type: 'aws:sns:Topic'}, b: {type: 'aws:sns:Topic', name: a}}",
        ["duplicate resource URN urn:pulumi:dev::shop::aws:sns/topic:Topic::a"],
    ),
    "components": (
        "components: {a: {resources: {b: {type: 'aws:sns:Topic'}}}}",
        ["components are only supported in plugins"],
    ),
    "calls AWS": (
        "variables: {vpc: {fn::invoke: {function: 'aws:ec2:getVpc', arguments: {id: vpc-1}}}}",
        ["aws:ec2/getVpc:getVpc (id)", "--data"],
    ),
}


@pytest.mark.parametrize(("program", "shown"), FAILURES.values(), ids=FAILURES)
def test_a_program_that_fails_says_why(run, program, shown) -> None:
    with pytest.raises(SourceError) as failure:
        run(program)

    assert all(each in str(failure.value) for each in shown), str(failure.value)
    assert "\x1b" not in str(failure.value)


def test_a_host_that_is_not_installed(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text(HEAD, encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match="no `pulumi-language-yaml` on PATH: install the Pulumi CLI"):
        target.load(str(tmp_path))


HOSTS = {
    "dies at once": ("#!/bin/sh\necho no licence >&2; exit 1\n", "", "does not start:\n  no licence"),
    "is no server": ("#!/bin/sh\necho 9; echo out of luck >&2\n", "", "ended early"),
    "compiler": ("#!/bin/sh\n", "{name: yaml, options: {compiler: cue export}}", "is made by a compiler"),
}


@pytest.mark.parametrize(("host", "runtime", "message"), HOSTS.values(), ids=HOSTS)
def test_a_host_that_does_not_run_the_program(tmp_path: Path, monkeypatch, host, runtime, message) -> None:
    program = tmp_path / "bin/pulumi-language-yaml"
    program.parent.mkdir()
    program.write_text(host, encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    (tmp_path / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime or 'yaml'}\n", encoding="utf-8")

    with pytest.raises(SourceError, match=message):
        target.load(str(tmp_path))


def test_a_project_without_a_program(tmp_path: Path, monkeypatch) -> None:
    program = tmp_path / "pulumi-language-yaml"
    program.write_text("", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "Pulumi.yml").write_text(HEAD, encoding="utf-8")

    with pytest.raises(SourceError, match=r"it must be in one of Main\.json, Main\.yaml, Pulumi\.yaml"):
        target.load(str(tmp_path))


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("aws:apigateway:RestApi", "aws:apigateway/restApi:RestApi"),
        ("aws:apigateway/restApi:RestApi", "aws:apigateway/restApi:RestApi"),
        ("aws:wafv2:webacl", "aws:wafv2/webAcl:WebAcl"),
        ("aws:getRegion", "aws:index/getRegion:getRegion"),
        ("aws-native:apigateway:RestApi", "aws-native:apigateway:RestApi"),
        ("secure-gateway:SecureGateway", "secure-gateway:index:SecureGateway"),
    ],
)
def test_types_as_resources_have_them(written, type_) -> None:
    assert canonical(written) == type_
