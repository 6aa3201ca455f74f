"""The embedded engine registers what the real one registers, for a program that needs no provider.

It does not prove what a provider adds at preview: generated names, defaults, and outputs it can foretell.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import other_languages
import programs
import pytest

from policypack.graph.values import decode
from policypack.sources import target

PROGRAM = """
    config = pulumi.Config()

    def add(key, value):
        def transform(args):
            if isinstance(args.props.get("input"), dict):
                args.props["input"] = {**args.props["input"], key: value}
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=[f"input.{key}"]))
            return pulumi.ResourceTransformResult({**args.props}, opts)
        return transform

    class Inner(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Inner", name, {"size": 1}, opts)
            self.kept = pulumi.Stash(f"{name}-kept", input={"a": 1.5}, opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({"kept": self.kept.output})

    class Outer(pulumi.ComponentResource):
        def __init__(self, name, opts=None):
            super().__init__("my:index:Outer", name, {"list": [1, {"b": None}], "on": True}, opts)
            self.inner = Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
            self.register_outputs({"inner": self.inner})

    plain = Outer("plain")
    pulumi.runtime.register_resource_transform(add("stack", "x"))
    outer = Outer("outer", pulumi.ResourceOptions(transforms=[add("component", "y")]))
    first = pulumi.Stash("first", input={"names": config.require_object("names"), "size": config.require_int("size")})
    waits = pulumi.Stash(
        "waits", input={"id": first.id, "given": first.input}, opts=pulumi.ResourceOptions(depends_on=[outer])
    )
    pulumi.Stash(
        "own", input=pulumi.Output.concat("x-", waits.id), opts=pulumi.ResourceOptions(transforms=[add("own", "z")])
    )
    for number in range(2):
        pulumi.Stash(f"many-{number}", input=number, opts=pulumi.ResourceOptions(parent=waits))
"""
MANIFEST = """
    name: shop
    runtime: {name: python, options: {virtualenv: env}}
    config:
      names: {type: array, items: {type: string}, default: [a, b]}
"""


JAVASCRIPT = """
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
const add = (key, value) => (args) => {
    const input = args.props.input;
    const props = typeof input === "object" && !Array.isArray(input)
        ? { ...args.props, input: { ...input, [key]: value } }
        : args.props;
    return { props, opts: pulumi.mergeOptions(args.opts, { ignoreChanges: [`input.${key}`] }) };
};

class Inner extends pulumi.ComponentResource {
    constructor(name, opts) {
        super("my:index:Inner", name, { size: 1 }, opts);
        this.kept = new pulumi.Stash(`${name}-kept`, { input: { a: 1.5 } }, { parent: this });
        this.registerOutputs({ kept: this.kept.output });
    }
}

class Outer extends pulumi.ComponentResource {
    constructor(name, opts) {
        super("my:index:Outer", name, { list: [1, { b: null }], on: true }, opts);
        this.inner = new Inner(`${name}-inner`, { parent: this });
        this.registerOutputs({ inner: this.inner });
    }
}

new Outer("plain");
pulumi.runtime.registerResourceTransform(add("stack", "x"));
const outer = new Outer("outer", { transforms: [add("component", "y")], aliases: [{ name: "older" }] });
const first = new pulumi.Stash("first", {
    input: { names: config.requireObject("names"), size: config.requireNumber("size") },
});
const waits = new pulumi.Stash("waits", { input: { id: first.id, given: first.input } }, { dependsOn: [outer] });
new pulumi.Stash("own", { input: pulumi.interpolate`x-${waits.id}` }, { transforms: [add("own", "z")] });
for (const number of [0, 1]) {
    new pulumi.Stash(`many-${number}`, { input: number }, { parent: waits });
}
"""


YAML = """
variables:
  sizes: {fn::split: [",", "1,2,3"]}
resources:
  first:
    type: pulumi:index:Stash
    properties:
      input: {names: "${names}", size: "${size}"}
  waits:
    type: pulumi:Stash
    name: later
    properties:
      input: {id: "${first.id}", given: "${first.input}", sizes: "${sizes}"}
    options:
      dependsOn: ["${text}"]
      ignoreChanges: [input.given]
      aliases: [{name: older}]
  text:
    type: pulumi:Stash
    properties:
      input: {fn::toJSON: {stack: "${pulumi.stack}", size: "${size}"}}
  child:
    type: pulumi:Stash
    properties: {input: {fn::toJSON: {id: "${waits.id}"}}}
    options: {parent: "${text}", protect: true}
outputs:
  id: ${first.id}
"""


@pytest.fixture
def yaml_project(tmp_path: Path) -> Path:
    other_languages.yaml_host()
    manifest = MANIFEST.replace("{name: python, options: {virtualenv: env}}", "yaml")
    manifest = textwrap.dedent(manifest) + "  size: {type: integer}\n"
    files = {"Pulumi.yaml": manifest, "Main.yaml": YAML, "Pulumi.dev.yaml": "config:\n  shop:size: 3\n"}
    return programs.write(tmp_path / "project", "", files=files)


@pytest.fixture
def javascript_project(tmp_path: Path) -> Path:
    folder = programs.write(
        tmp_path / "project",
        "",
        manifest=MANIFEST.replace("{name: python, options: {virtualenv: env}}", "nodejs"),
        files={"Pulumi.dev.yaml": "config:\n  shop:size: 3\n", "package.json": "{}", "index.js": JAVASCRIPT},
    )
    (folder / "node_modules").symlink_to(other_languages.node_modules())
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = programs.write(
        tmp_path / "project", PROGRAM, manifest=MANIFEST, files={"Pulumi.dev.yaml": "config:\n  shop:size: 3\n"}
    )
    (folder / "env").symlink_to(sys.prefix)
    return folder


def preview(project: Path, home: Path) -> dict[str, dict]:
    """What `pulumi preview` says would be registered, by URN."""
    (home / "backend").mkdir(parents=True)
    environment = {
        **os.environ,
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{home}/backend",
        "PULUMI_CONFIG_PASSPHRASE": "",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    }

    def pulumi(*args: str) -> str:
        done = subprocess.run(
            ["pulumi", *args], cwd=project, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    pulumi("stack", "init", "dev")
    steps = json.loads(pulumi("preview", "--json"))["steps"]
    return {step["urn"]: step["newState"] for step in steps}


def facts(resource: dict) -> dict:
    return {
        "inputs": decode(resource.get("inputs") or {}),
        "parent": resource.get("parent") or "",
        "custom": resource["custom"],
        "dependencies": sorted(resource.get("dependencies") or []),
        "property dependencies": {
            key: sorted(urns) for key, urns in (resource.get("propertyDependencies") or {}).items() if urns
        },
        "ignored": sorted(resource.get("ignoreChanges") or []),
        # The SDK for Node.js adds the column: `project:///index.js#28,1`.
        "line": resource.get("sourcePosition", "").removeprefix("project:///").replace("#", ":").partition(",")[0],
    }


@pytest.mark.engine
@pytest.mark.parametrize("language", ["project", "javascript_project", "yaml_project"])
def test_registers_what_the_engine_registers(language: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    project = request.getfixturevalue(language)
    real = {urn: facts(state) for urn, state in preview(project, tmp_path / "home").items()}
    offline = {
        each.urn: {
            "inputs": each.inputs,
            "parent": each.parent,
            "custom": each.custom,
            "dependencies": sorted(each.dependencies),
            "property dependencies": {key: sorted(urns) for key, urns in each.property_dependencies.items()},
            "ignored": sorted(each.ignore_changes),
            "line": each.location,
        }
        for each in target.load(str(project)).resources
    }

    stack = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
    real[stack]["line"] = ""  # the engine names a line of the SDK
    if language == "yaml_project":  # the host sends no lines
        assert all(each["line"] for urn, each in offline.items() if urn != stack)
        for facts_of in (*real.values(), *offline.values()):
            facts_of["line"] = ""
    assert len(real) > 4
    assert offline == real
