"""The embedded engine: what it records of a program, compared with what Pulumi's engine does.

The URNs, inputs and edges of `test_records_what_the_engine_records` and `test_runs_transforms` were compared with
`pulumi preview --json` of the same constructs (CLI 3.260); that comparison needs the CLI and is not repeated here.
"""

import sys
from pathlib import Path

import programs
import pytest

from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN
from policypack.sources import target
from policypack.sources.source import Engine, Source, SourceError

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"


def by_name(source: Source) -> dict[str, Resource]:
    return {each.name: each for each in source.resources}


COMPONENTS = """
    class Inner(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Inner", name, {"size": 1}, opts)
            self.topic = Made("sns/topic:Topic", f"{name}-topic", {}, pulumi.ResourceOptions(parent=self))
            self.register_outputs({"arn": self.topic.arn, "kind": "inner"})

    class Outer(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Outer", name, {}, opts)
            self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
            self.register_outputs({})
"""


def test_records_what_the_engine_records(run) -> None:
    source = run(f"""
    {COMPONENTS}
    outer = Outer("outer")
    api = Made("apigateway/restApi:RestApi", "api", {{"name": "shop", "tags": {{"a": "b"}}}})
    stage = Made(
        "apigateway/stage:Stage", "live", {{"restApi": api.id, "stageName": "live", "cacheClusterSize": 0.5}},
        pulumi.ResourceOptions(depends_on=[outer], ignore_changes=["variables"]),
    )
    pulumi.export("stage", stage.id)
    """)

    made = by_name(source)
    topic = "urn:pulumi:dev::shop::my:index:Outer$my:index:Inner$aws:sns/topic:Topic::outer-inner-topic"
    api = "urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api"
    assert (source.engine, source.project, source.stack) == (Engine.OFFLINE, "shop", "dev")
    assert [each.urn for each in source.resources] == sorted(
        [
            STACK,
            api,
            "urn:pulumi:dev::shop::aws:apigateway/stage:Stage::live",
            "urn:pulumi:dev::shop::my:index:Outer::outer",
            "urn:pulumi:dev::shop::my:index:Outer$my:index:Inner::outer-inner",
            topic,
        ]
    )
    assert made["api"].inputs == {"name": "shop", "tags": {"a": "b"}}
    assert made["api"].id is UNKNOWN
    assert made["api"].custom
    assert made["api"].parent == STACK
    assert made["live"].inputs == {"restApi": UNKNOWN, "stageName": "live", "cacheClusterSize": 0.5}
    assert made["live"].property_dependencies == {"restApi": {api}}
    assert made["live"].dependencies == {api, topic}
    assert made["live"].ignore_changes == ("variables",)
    assert made["outer-inner"].outputs == {"arn": UNKNOWN, "kind": "inner"}
    assert (made["outer-inner"].custom, made["outer-inner"].id) == (False, None)
    assert made["shop-dev"].outputs == {"stage": UNKNOWN}


def test_an_output_that_is_set_is_known_and_one_that_is_not_is_unknown(run) -> None:
    source = run("""
    topic = Made("sns/topic:Topic", "topic", {"displayName": "d", "policy": None})
    Made("sns/topic:Topic", "copy", {"displayName": topic.displayName.apply(str.upper), "policy": topic.policy})
    """)

    assert by_name(source)["copy"].inputs == {"displayName": "D", "policy": UNKNOWN}


def test_runs_transforms(run) -> None:
    source = run(f"""
    {COMPONENTS}
    def with_tag(tag):
        def add(args):
            tags = args.props.get("tags", []) + [tag]
            return pulumi.ResourceTransformResult({{**args.props, "tags": tags}}, args.opts)
        return add

    def hardened(args):
        if args.type_ == "aws:apigateway/stage:Stage":
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=["description"]))
            return pulumi.ResourceTransformResult({{**args.props, "xrayTracingEnabled": True}}, opts)

    pulumi.runtime.register_resource_transform(hardened)
    pulumi.runtime.register_resource_transform(with_tag("stack"))
    outer = Outer("outer", pulumi.ResourceOptions(transforms=[with_tag("component")]))
    api = Made("apigateway/restApi:RestApi", "api", {{}}, pulumi.ResourceOptions(transforms=[with_tag("own")]))
    Made("apigateway/stage:Stage", "live", {{"restApi": api.id, "token": pulumi.Output.secret("hush")}})
    """)

    made = by_name(source)
    assert made["api"].inputs["tags"] == ["own", "stack"]
    assert made["outer-inner-topic"].inputs["tags"] == ["component", "stack"]
    assert made["live"].inputs == {"restApi": UNKNOWN, "token": "hush", "xrayTracingEnabled": True, "tags": ["stack"]}
    assert made["live"].ignore_changes == ("description",)
    assert made["live"].property_dependencies == {"restApi": {made["api"].urn}}


def test_a_transform_that_raises_fails_the_program(run) -> None:
    with pytest.raises(SourceError, match="no such tag"):
        run("""
        def refuse(args):
            raise ValueError("no such tag")
        pulumi.runtime.register_resource_transform(refuse)
        Made("sns/topic:Topic", "topic")
        """)


def test_a_component_of_another_package_is_marked_and_has_no_children(run) -> None:
    source = run("""
    class Remote(pulumi.ComponentResource):
        url: pulumi.Output[str]
        def __init__(self, name):
            super().__init__("aws-apigateway:index:RestAPI", name, {"url": None}, None, True)
        def method(self):
            return pulumi.runtime.call("aws-apigateway:index:RestAPI/describe", {}, self)

    remote = Remote("remote")
    pulumi.export("url", remote.url)
    pulumi.export("described", remote.method())
    """)

    made = by_name(source)
    assert made["remote"].remote
    assert made["remote"].urn == "urn:pulumi:dev::shop::aws-apigateway:index:RestAPI::remote"
    assert made["shop-dev"].outputs == {"url": UNKNOWN, "described": UNKNOWN}
    assert not made["shop-dev"].remote


def test_what_is_only_looked_up_is_not_declared_and_of_it_only_the_id_is_known(run) -> None:
    source = run("""
    found = Made("apigateway/restApi:RestApi", "found", {}, pulumi.ResourceOptions(id="abc123"))
    other = pulumi.StackReference("acme/network/prod")
    Made("apigateway/stage:Stage", "live", {
        "restApi": found.id, "a": found.arn, "b": other.get_output("vpc"), "c": other.require_output("vpc"),
    })
    """)

    made = by_name(source)
    assert set(made) == {"shop-dev", "live"}
    assert made["live"].inputs == {"restApi": "abc123", "a": UNKNOWN, "b": UNKNOWN, "c": UNKNOWN}


def test_outputs_of_another_stack_can_be_given(run) -> None:
    result = {
        "token": "pulumi:pulumi:StackReference",
        "args": {"name": "acme/network/prod"},
        "result": {"vpc": "vpc-1"},
    }
    source = run(
        """
    for name in ("acme/network/prod", "acme/network/dev"):
        Made("sns/topic:Topic", name, {"vpc": pulumi.StackReference(name).get_output("vpc")})
    """,
        function_results=[result],
    )

    made = by_name(source)
    assert made["acme/network/prod"].inputs == {"vpc": "vpc-1"}
    assert made["acme/network/dev"].inputs == {"vpc": UNKNOWN}


CONFIG = """
    config = pulumi.Config()
    Made("sns/topic:Topic", "topic", {
        "region": pulumi.Config("aws").require("region"),
        "size": config.require_int("size"),
        "ratio": config.require_float("ratio"),
        "on": config.require_bool("on"),
        "names": config.require_object("names"),
        "replaced": config.require("replaced"),
        "token": config.require_secret("token"),
        "header": config.require_secret("token").apply(lambda token: f"Bearer {token}"),
        "text": f"Bearer {config.require('token')}",
        "number": config.require_secret_int("number"),
        "db": config.require_secret_object("db"),
        "zero": config.require("zero"),
        "none": config.get("none") or "nothing",
    })
"""


def test_reads_the_configuration_of_the_stack(run) -> None:
    source = run(
        CONFIG,
        stack="acme/prod",
        manifest="""
        name: shop
        runtime: {name: python}
        stackConfigDir: settings
        config:
          size: {type: integer, default: 3}
          names: {type: array, items: {type: string}, default: [a, b]}
          replaced: {value: old}
          aws:region: us-west-2
        """,
        files={
            "settings/Pulumi.prod.yaml": """
            config:
              aws:region: eu-west-1
              shop:ratio: 0.5
              shop:on: true
              shop:zero: 0.0
              shop:replaced: new
              shop:token: {secure: AAABAciphertext}
              shop:number: {secure: AAABAciphertext}
              shop:db: {user: me, password: {secure: AAABAciphertext}}
            """,
        },
    )

    assert source.stack == "prod"
    assert by_name(source)["topic"].inputs == {
        "region": "eu-west-1",
        "size": 3,
        "ratio": 0.5,
        "on": True,
        "names": ["a", "b"],
        "replaced": "new",
        "token": UNKNOWN,
        "header": UNKNOWN,
        "text": UNKNOWN,
        "number": UNKNOWN,
        "db": {"user": "me", "password": UNKNOWN},
        "zero": "0",
        "none": "nothing",
    }


def test_what_comes_from_an_environment_is_noted_and_not_called_missing(run) -> None:
    source = run(
        "pulumi.export('colour', pulumi.Config().get('colour'))",
        manifest="name: shop\nruntime: python\nconfig:\n  colour: {type: string}\n",
        files={"Pulumi.prod.yaml": "environment: [shop/prod]\n"},
    )

    assert source.notes == ("the ESC environments that Pulumi.prod.yaml names are not read",)


def test_the_program_runs_where_and_as_the_language_host_runs_it(run, tmp_path: Path, capfd) -> None:
    source = run(
        "",
        manifest="name: shop\nruntime: python\nmain: program\n",
        files={
            "program/sibling.py": "NAME = 'beside'",
            "program/__main__.py": """
            import os, sys, pulumi, sibling
            print("from the program")
            pulumi.log.warn("from its log")
            pulumi.export("facts", [
                __name__, os.getcwd(), sys.argv[0], sys.path[0], sibling.NAME, pulumi.get_organization(),
                pulumi.get_root_directory(), pulumi.runtime.is_dry_run(), "policypack" in sys.modules,
            ])
            """,
        },
    )

    root = str(tmp_path.resolve())
    assert by_name(source)["shop-dev"].outputs["facts"] == [
        "__main__",
        f"{root}/program",
        ".",
        ".",
        "beside",
        "organization",
        root,
        True,
        False,
    ]
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "from the program" in printed.err
    assert "warning: from its log" in printed.err


def test_a_resource_knows_the_line_that_declares_it(run) -> None:
    source = run(
        "from parts import Part\nPart('part')\n",
        files={
            "parts.py": """
            import pulumi
            class Part(pulumi.ComponentResource):
                def __init__(self, name):
                    super().__init__("my:index:Part", name)
                    Topic("inside", pulumi.ResourceOptions(parent=self))
            class Topic(pulumi.CustomResource):
                def __init__(self, name, opts):
                    super().__init__("aws:sns/topic:Topic", name, {}, opts)
            """,
        },
    )

    made = by_name(source)
    lines = (programs.textwrap.dedent(programs.AWS) + "from parts import Part\nPart('part')\n").splitlines()
    assert made["part"].location == f"__main__.py:{len(lines)}"
    assert made["inside"].location == "parts.py:6"


FAILURES = {
    "raises": ("def broken():\n    raise KeyError('colour')\nbroken()\n", ["in broken", "KeyError: 'colour'"]),
    "raises in an output": (
        "pulumi.export('x', pulumi.Output.from_input(1).apply(lambda one: one / 0))\n",
        ["ZeroDivisionError"],
    ),
    "run error": ("raise pulumi.RunError('choose a program: a, b')\n", ["choose a program: a, b"]),
    "sys.exit": ("import sys\nsys.exit(0)\n", ["sys.exit(0)"]),
    "same name twice": (
        "Made('sns/topic:Topic', 'one')\nMade('sns/topic:Topic', 'one')\n",
        ["duplicate resource URN urn:pulumi:dev::shop::aws:sns/topic:Topic::one"],
    ),
    "missing configuration": ("pulumi.Config().require('colour')\n", ["shop:colour"]),
    "missing module": ("import no_such_module_here\n", ["No module named 'no_such_module_here'"]),
    "syntax": ("def broken(:\n", ["SyntaxError"]),
    "dies": ("import os\nos._exit(7)\n", ["exit code 7"]),
}


@pytest.mark.parametrize(("program", "shown"), FAILURES.values(), ids=FAILURES)
def test_a_program_that_fails_is_shown_where_and_judged_by_nobody(run, program, shown) -> None:
    with pytest.raises(SourceError) as failure:
        run(program)

    assert all(each in str(failure.value) for each in shown), str(failure.value)
    assert "python_process.py" not in str(failure.value)


def test_a_long_traceback_shows_its_end(run) -> None:
    with pytest.raises(SourceError) as failure:
        run("def deep(n):\n    return 1 / 0 if n == 0 else (lambda: deep(n - 1))()\ndeep(30)\n")

    lines = str(failure.value).splitlines()
    assert len(lines) < 30
    assert lines[-1].strip() == "ZeroDivisionError: division by zero"


def test_a_long_message_is_shown_whole(run) -> None:
    with pytest.raises(SourceError) as failure:
        run("raise ValueError('\\n'.join(f'mistake {each}' for each in range(60)))\n")

    assert all(f"mistake {each}" in str(failure.value) for each in range(60))


def test_every_call_without_a_result_is_named_once_and_without_its_values(run) -> None:
    with pytest.raises(SourceError) as failure:
        run("""
        first = pulumi.runtime.invoke_output("aws:ec2/getVpc:getVpc", {"default": True, "id": "hush"})
        again = pulumi.runtime.invoke_output("aws:ec2/getVpc:getVpc", {"default": False, "id": "hush"})
        other = pulumi.runtime.invoke_output("aws:route53/getZone:getZone", {"name": "hush"})
        pulumi.export("vpc", first)
        pulumi.runtime.invoke("aws:acm/getCertificate:getCertificate", {}).value["arn"]
        """)

    named = [line.strip() for line in str(failure.value).splitlines() if line.startswith("  aws:")]
    assert named[:3] == [
        "aws:acm/getCertificate:getCertificate",
        "aws:ec2/getVpc:getVpc (default, id)",
        "aws:route53/getZone:getZone (name)",
    ]
    assert "hush" not in str(failure.value)
    assert "--data" in str(failure.value)


def test_function_results_flow_into_the_program(run) -> None:
    source = run(
        """
        vpc = pulumi.runtime.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-1"}).value
        zone = pulumi.runtime.invoke_output("aws:route53/getZone:getZone", {"name": "example.com"})
        Made("sns/topic:Topic", "topic", {"vpc": vpc["cidrBlock"], "zone": zone["zoneId"]})
        """,
        function_results=[
            {"token": "aws:ec2/getVpc:getVpc", "args": {"id": "vpc-2"}, "result": {"cidrBlock": "10.2.0.0/16"}},
            {"token": "aws:ec2/getVpc:getVpc", "args": {"id": "vpc-1"}, "result": {"cidrBlock": "10.1.0.0/16"}},
            {"token": "aws:route53/getZone:getZone", "result": {"zoneId": "Z1"}},
        ],
    )

    assert by_name(source)["topic"].inputs == {"vpc": "10.1.0.0/16", "zone": "Z1"}
    assert source.notes == ()


def test_says_what_it_assumed_of_aws_and_takes_the_region_of_a_provider(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    source = run("""
    class Provider(pulumi.ProviderResource):
        def __init__(self, name, region):
            super().__init__("aws", name, {"region": region})
    paris = pulumi.InvokeOptions(provider=Provider("paris", pulumi.Output.secret("eu-west-3")))
    def ask(function, opts=None):
        return pulumi.runtime.invoke(f"aws:index/{function}:{function}", {}, opts).value
    pulumi.export("regions", [ask("getRegion")["region"], ask("getRegion", paris)["region"]])
    pulumi.export("zones", ask("getAvailabilityZones", paris)["names"])
    pulumi.export("account", ask("getCallerIdentity")["accountId"])
    """)

    assert by_name(source)["shop-dev"].outputs == {
        "regions": ["us-east-1", "eu-west-3"],
        "zones": ["eu-west-3a", "eu-west-3b", "eu-west-3c"],
        "account": "123456789012",
    }
    assert source.notes == (
        "assumed instead of asking AWS: account 123456789012, region us-east-1, three availability zones",
    )


def test_the_unknown_region_of_a_provider_is_no_result(run) -> None:
    with pytest.raises(SourceError, match="getRegion, through a provider whose region is known only"):
        run("""
        class Provider(pulumi.ProviderResource):
            def __init__(self, name, region):
                super().__init__("aws", name, {"region": region})
        opts = pulumi.InvokeOptions(provider=Provider("later", Made("sns/topic:Topic", "t").arn))
        pulumi.export("r", pulumi.runtime.invoke_output("aws:index/getRegion:getRegion", {}, opts))
        """)


def test_what_depends_on_an_unknown_is_unknown_and_not_asked(run) -> None:
    source = run("""
    topic = Made("sns/topic:Topic", "topic")
    for name, args in {"flat": {"id": topic.arn}, "deep": {"filters": [{"values": [topic.arn]}]}}.items():
        found = pulumi.runtime.invoke_output("aws:ec2/getVpc:getVpc", args)
        Made("sns/topic:Topic", name, {"vpc": found})
    """)

    made = by_name(source)
    assert made["flat"].inputs == {"vpc": UNKNOWN}
    assert made["deep"].inputs == {"vpc": UNKNOWN}


def test_transforms_of_functions_are_run(run) -> None:
    source = run(
        """
        def elsewhere(args):
            if args.token == "aws:ec2/getVpc:getVpc":
                return pulumi.InvokeTransformResult({**args.args, "id": "vpc-2"}, args.opts)
        pulumi.runtime.register_invoke_transform(elsewhere)
        pulumi.export("cidr", pulumi.runtime.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-1"}).value["cidrBlock"])
        """,
        function_results=[
            {"token": "aws:ec2/getVpc:getVpc", "args": {"id": "vpc-2"}, "result": {"cidrBlock": "10.2.0.0/16"}}
        ],
    )

    assert by_name(source)["shop-dev"].outputs == {"cidr": "10.2.0.0/16"}


def test_runs_the_published_sdk_of_aws(run) -> None:
    source = run("""
    import pulumi_aws as aws
    document = aws.iam.get_policy_document(statements=[{
        "actions": ["execute-api:Invoke"], "resources": ["execute-api:/*"],
        "principals": [{"type": "*", "identifiers": ["*"]}],
    }])
    api = aws.apigateway.RestApi("api", policy=document.json, endpoint_configuration={"types": "REGIONAL"})
    aws.apigateway.Stage("live", rest_api=api.id, deployment="d", stage_name="live", xray_tracing_enabled=True)
    """)

    made = by_name(source)
    assert set(made["api"].inputs) == {"policy", "endpointConfiguration"}
    assert made["live"].inputs == {
        "deployment": "d",
        "restApi": UNKNOWN,
        "stageName": "live",
        "xrayTracingEnabled": True,
    }


STACKS = {
    "none": ({}, None, "dev"),
    "one": ({"Pulumi.prod.yaml": "config: {}\n"}, None, "prod"),
    "chosen": ({"Pulumi.prod.yaml": "", "Pulumi.dev.yaml": ""}, "dev", "dev"),
    "qualified": ({}, "acme/shop/prod", "prod"),
}


@pytest.mark.parametrize(("files", "stack", "expected"), STACKS.values(), ids=STACKS)
def test_which_stack(run, files, stack, expected) -> None:
    assert run("", files=files, stack=stack).stack == expected


def test_several_stacks_need_a_choice(run) -> None:
    with pytest.raises(SourceError, match="--stack: dev, prod"):
        run("", files={"Pulumi.prod.yaml": "", "Pulumi.dev.yaml": ""})


REFUSED = {
    "another language": (
        {"manifest": "name: shop\nruntime: dotnet\n"},
        "dotnet.*Python, .*\n.*pulumi preview --policy-pack",
    ),
    "no name": ({"manifest": "runtime: python\n"}, "does not name the project"),
    "not YAML": ({"manifest": "name: [\n"}, "cannot be read"),
    "main outside": ({"manifest": "name: shop\nruntime: python\nmain: ../other\n"}, "below the project's folder"),
    "main missing": ({"manifest": "name: shop\nruntime: python\nmain: other\n"}, "does not exist"),
    "required configuration": (
        {"manifest": "name: shop\nruntime: python\nconfig:\n  colour: {type: string}\n"},
        "requires: colour",
    ),
}


@pytest.mark.parametrize(("project", "message"), REFUSED.values(), ids=REFUSED)
def test_projects_that_cannot_be_run(run, project, message) -> None:
    with pytest.raises(SourceError, match=message):
        run("", **project)


def test_a_folder_below_the_project_is_the_project(run, tmp_path: Path) -> None:
    programs.write(
        tmp_path, "", manifest="name: shop\nruntime: python\nmain: stacks\n", files={"stacks/__main__.py": ""}
    )

    assert target.load(str(tmp_path / "stacks")).project == "shop"
    assert target.load(str(tmp_path / "Pulumi.yaml")).project == "shop"


def test_runs_in_the_virtual_environment_that_the_project_names(run, tmp_path: Path) -> None:
    (tmp_path / "env").symlink_to(sys.prefix)
    manifest = "name: shop\nruntime: {name: python, options: {virtualenv: env}}\n"

    source = run("import sys\npulumi.export('python', sys.executable)\n", manifest=manifest)

    assert by_name(source)["shop-dev"].outputs["python"] == str(tmp_path.resolve() / "env/bin/python")
    assert source.notes == ()


def test_says_when_the_virtual_environment_is_not_there(run) -> None:
    manifest = "name: shop\nruntime: {name: python, options: {virtualenv: env}}\n"

    assert run("", manifest=manifest).notes == (f"env does not exist; the program ran with {sys.executable}",)
