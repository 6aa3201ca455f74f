"""Programs in TypeScript and JavaScript, which Pulumi's SDK for Node.js runs against our monitor."""

import json
import shutil
import textwrap
from pathlib import Path

import grpc
import other_languages
import pytest

from policypack.graph.graph import Resource
from policypack.graph.values import UNKNOWN
from policypack.model.languages import Language
from policypack.sources import target
from policypack.sources.monitor import PreviewMonitor
from policypack.sources.source import Source, SourceError

MADE = """
const pulumi = require("@pulumi/pulumi");
// Any AWS resource by its token, without the cost of loading @pulumi/aws.
class Made extends pulumi.CustomResource {
    constructor(token, name, props, opts) {
        super(`aws:${token}`, name, { arn: undefined, ...props }, opts);
    }
}
"""
MANIFEST = "name: shop\nruntime: {name: nodejs, options: {typescript: false}}\n"
"""Without TypeScript, whose compiler takes a second to load."""


@pytest.fixture
def run(tmp_path: Path):
    """Writes a program, with more files by their paths, and runs it."""
    modules = other_languages.node_modules()

    def run(program: str = "", *, files=None, manifest=MANIFEST, folder="", function_results=()) -> Source:
        texts = {"Pulumi.yaml": manifest, "package.json": "{}", **(files or {})}
        if program:
            texts["index.js"] = MADE + textwrap.dedent(program)
        for name, text in texts.items():
            file = tmp_path / folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        (tmp_path / "node_modules").symlink_to(modules)
        return target.load(str(tmp_path / folder), function_results=function_results)

    return run


def by_name(source: Source) -> dict[str, Resource]:
    return {each.name: each for each in source.resources}


def line(text: str, program: str) -> int:
    return next(number for number, each in enumerate(program.splitlines(), 1) if text in each)


def test_registers_what_the_engine_registers(run, capfd) -> None:
    program = """
    class Inner extends pulumi.ComponentResource {
        constructor(name, opts) {
            super("my:index:Inner", name, { size: 1 }, opts);
            this.topic = new Made("sns/topic:Topic", `${name}-topic`, {}, { parent: this, aliases: [{ name: "old" }] });
            this.registerOutputs({ arn: this.topic.id, kind: "inner" });
        }
    }
    pulumi.runtime.registerStackTransformation; // the name of an older form
    pulumi.runtime.registerResourceTransform((args) => {
        return { props: { ...args.props, tags: { ...args.props.tags, team: "shop" } }, opts: args.opts };
    });
    const own = (args) => ({
        props: { ...args.props, description: "own" },
        opts: pulumi.mergeOptions(args.opts, { ignoreChanges: ["policy"] }),
    });
    const inner = new Inner("inner");
    const api = new Made("apigateway/restApi:RestApi", "api", { name: "shop" }, { transforms: [own] });
    const stage = new Made("apigateway/stage:Stage", "live", {
        restApi: api.id, stageName: "live", secret: pulumi.secret("s3cret"), nothing: undefined,
    }, { dependsOn: [inner] });
    console.log("printed");
    pulumi.log.warn("careful");
    module.exports = { stage: stage.id, organization: pulumi.getOrganization(), dry: pulumi.runtime.isDryRun() };
    """
    source = run(program)

    made = by_name(source)
    urn = "urn:pulumi:dev::shop::"
    assert {each.urn for each in source.resources} == {
        f"{urn}pulumi:pulumi:Stack::shop-dev",
        f"{urn}my:index:Inner::inner",
        f"{urn}my:index:Inner$aws:sns/topic:Topic::inner-topic",
        f"{urn}aws:apigateway/restApi:RestApi::api",
        f"{urn}aws:apigateway/stage:Stage::live",
    }
    assert made["api"].inputs == {"name": "shop", "tags": {"team": "shop"}, "description": "own"}
    assert made["api"].ignore_changes == ("policy",)
    assert made["api"].id is UNKNOWN
    assert made["live"].inputs["restApi"] is UNKNOWN
    assert made["live"].property_dependencies == {"restApi": {made["api"].urn}}
    assert made["live"].dependencies == {made["api"].urn, made["inner-topic"].urn}
    assert "secret" not in repr(made["live"].inputs.get("nothing"))
    assert "s3cret" in made["live"].secrets
    assert made["inner"].outputs == {"arn": UNKNOWN, "kind": "inner"}
    assert (made["inner"].custom, made["inner"].id, made["inner-topic"].parent) == (False, None, made["inner"].urn)
    assert made["shop-dev"].outputs == {"stage": UNKNOWN, "organization": "organization", "dry": True}
    assert {each.language for each in source.resources} == {Language.NODEJS}
    whole = MADE + textwrap.dedent(program)
    assert made["api"].location == f"index.js:{line('const api', whole)}"
    assert made["inner-topic"].location == f"index.js:{line('this.topic', whole)}"
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "printed" in printed.err
    assert "warning: careful" in printed.err


def test_reads_the_configuration_of_the_stack_and_what_exists_already(run) -> None:
    source = run(
        """
        const config = new pulumi.Config();
        const header = config.requireSecret("token").apply((token) => `Bearer ${token}`);
        const european = new pulumi.ProviderResource("aws", "european", { region: "eu-west-3" });
        const found = new Made("apigateway/restApi:RestApi", "found", {}, { id: "abc123" });
        const other = new pulumi.StackReference("acme/network/prod");
        new Made("sns/topic:Topic", "topic", {
            region: new pulumi.Config("aws").require("region"),
            size: config.requireNumber("size"),
            names: config.requireObject("names"),
            token: config.requireSecret("token"),
            number: config.requireSecretNumber("number"),
            text: `Bearer ${config.require("token")}`,
            database: config.requireSecretObject("database"),
            header,
            api: found.id,
            vpc: other.getOutput("vpc"),
            here: pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}).then((each) => each.name),
            there: pulumi.runtime.invoke("aws:index/getRegion:getRegion", {}, { provider: european })
                .then((each) => each.name),
        });
        """,
        files={
            "Pulumi.prod.yaml": """
            config:
              aws:region: eu-west-1
              shop:size: 3
              shop:names: [a, b]
              shop:token: {secure: AAABAciphertext}
              shop:number: {secure: AAABAciphertext}
              shop:database: {user: me, password: {secure: AAABAciphertext}}
            """,
        },
        function_results=[
            {"token": "pulumi:pulumi:StackReference", "args": {"name": "acme/network/prod"}, "result": {"vpc": "vpc-1"}}
        ],
    )

    assert source.stack == "prod"
    assert "found" not in by_name(source)
    assert by_name(source)["topic"].inputs == {
        "region": "eu-west-1",
        "size": 3,
        "names": ["a", "b"],
        "token": UNKNOWN,
        "number": UNKNOWN,
        "text": UNKNOWN,
        "database": {"user": "me", "password": UNKNOWN},
        "header": UNKNOWN,
        "api": "abc123",
        "vpc": "vpc-1",
        "here": "eu-west-1",
        "there": "eu-west-3",
    }


def test_a_module_knows_the_lines_of_its_resources(run) -> None:
    program = """\
    import * as pulumi from "@pulumi/pulumi";
    class Topic extends pulumi.CustomResource {
        constructor(name, opts) {
            super("aws:sns/topic:Topic", name, {}, opts);
        }
    }
    function make(name) {
        return new Topic(name);
    }
    new Topic("top");
    await Promise.resolve();
    make("inside");
    export const done = true;
    """
    source = run(files={"package.json": '{"type": "module"}', "index.js": program})

    made = by_name(source)
    assert made["shop-dev"].outputs == {"done": True}
    assert (made["top"].location, made["inside"].location) == ("index.js:10", "index.js:8")


def test_a_program_in_typescript_is_compiled_by_the_sdk(run) -> None:
    program = """\
    import * as pulumi from "@pulumi/pulumi";
    interface Args { size: number }
    class Topic extends pulumi.CustomResource {
        constructor(name: string, args: Args) {
            super("aws:sns/topic:Topic", name, args);
        }
    }
    export const topic = new Topic("topic", { size: 3 }).urn;
    """
    source = run(
        manifest="name: shop\nruntime: nodejs\n", files={"package.json": '{"main": "index.ts"}', "index.ts": program}
    )

    made = by_name(source)
    assert made["topic"].inputs == {"size": 3}
    assert made["topic"].location == "index.ts:8"
    assert made["shop-dev"].outputs == {"topic": made["topic"].urn}


def test_a_program_in_a_monorepo_uses_the_packages_above_it(run, tmp_path: Path) -> None:
    library = tmp_path / "packages/lib/index.js"
    library.parent.mkdir(parents=True)
    library.write_text(MADE + "exports.topic = (name) => new Made('sns/topic:Topic', name, {});\n", encoding="utf-8")
    source = run(
        folder="packages/shop",
        manifest=f"{MANIFEST}main: src/\n",
        files={"src/index.js": 'const { topic } = require("../../lib");\ntopic("topic");\n'},
    )

    assert by_name(source)["topic"].location == "src/index.js:2"


FAILURES = {
    "throws": (
        "function broken() { throw new Error('no colour'); }\nbroken();",
        ["no colour", "at broken", "index.js"],
    ),
    "throws at once": ("throw new Error('no colour');", ["no colour", "index.js"]),
    "rejects": ("module.exports = async () => { throw new Error('too late'); };", ["too late"]),
    "same name twice": (
        "for (const _ of [1, 2]) new Made('sns/topic:Topic', 'one');",
        ["duplicate resource URN urn:pulumi:dev::shop::aws:sns/topic:Topic::one"],
    ),
    "logs an error": ("pulumi.log.error('not like this');", ["not like this"]),
    "exits": ("console.error('out of luck'); process.exit(7);", ["exit code 7", "out of luck"]),
    "missing configuration": ("new pulumi.Config().require('colour');", ["shop:colour"]),
    "calls AWS": (
        "pulumi.runtime.invoke('aws:ec2/getVpc:getVpc', { id: 'vpc-1' });",
        ["aws:ec2/getVpc:getVpc (id)", "--data"],
    ),
}


@pytest.mark.parametrize(("program", "shown"), FAILURES.values(), ids=FAILURES)
def test_a_program_that_fails_says_why(run, program, shown) -> None:
    with pytest.raises(SourceError) as failure:
        run(program)

    assert all(each in str(failure.value) for each in shown), str(failure.value)
    assert "node_modules" not in str(failure.value)


def test_options_of_node_that_cannot_be_divided(run) -> None:
    manifest = "name: shop\nruntime: {name: nodejs, options: {nodeargs: '--title=\"shop'}}\n"

    with pytest.raises(SourceError, match="whose quotation marks do not match"):
        run("", manifest=manifest)


def test_a_program_whose_calls_are_cancelled_has_failed(run, monkeypatch) -> None:
    """The SDK takes that for the end of the engine, and ends without an error."""

    def cancel(_monitor, _request, context):
        context.abort(grpc.StatusCode.CANCELLED, "")

    monkeypatch.setattr(PreviewMonitor, "RegisterResource", cancel)

    with pytest.raises(SourceError, match="a call to the monitor was cancelled, so not all resources are registered"):
        run("new Made('sns/topic:Topic', 'topic');")


INSTALLS = {
    "npm": ({}, {}, "npm install"),
    "yarn": ({"yarn.lock": ""}, {}, "yarn install"),
    "pnpm above": ({"../pnpm-lock.yaml": ""}, {}, "pnpm install"),
    "named": ({"yarn.lock": ""}, {"packagemanager": "bun"}, "bun install"),
}


@pytest.mark.parametrize(("files", "options", "command"), INSTALLS.values(), ids=INSTALLS)
def test_packages_that_are_not_installed(tmp_path: Path, files, options, command) -> None:
    if shutil.which("node") is None:
        pytest.skip("no `node` on PATH")
    folder = tmp_path / "shop"
    folder.mkdir()
    runtime = json.dumps({"name": "nodejs", "options": options})
    (folder / "Pulumi.yaml").write_text(f"name: shop\nruntime: {runtime}\n", encoding="utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")

    with pytest.raises(SourceError, match=f"@pulumi/pulumi is not installed .*run `{command}` there first"):
        target.load(str(folder))


def test_node_that_is_not_installed(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "Pulumi.yaml").write_text(MANIFEST, encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(SourceError, match=r"no `node` on PATH: install Node\.js"):
        target.load(str(tmp_path))
