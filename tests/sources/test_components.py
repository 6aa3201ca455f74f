"""Components of packages given by a local path: their own provider constructs them against our monitor."""

from pathlib import Path

import other_languages
import pytest

from policypack.graph.values import UNKNOWN
from policypack.sources.source import SourceError

PLUGIN = {
    "parts/PulumiPlugin.yaml": "runtime: python\n",
    "parts/__main__.py": """
        from typing import Optional, TypedDict
        import pulumi
        from pulumi.provider.experimental import component_provider_host

        class PartArgs(TypedDict):
            label: pulumi.Input[str]
            token: Optional[pulumi.Input[str]]

        class Topic(pulumi.CustomResource):
            def __init__(self, name, props, opts):
                super().__init__("aws:sns/topic:Topic", name, props, opts)

        class Part(pulumi.ComponentResource):
            label: pulumi.Output[str]
            topic_id: pulumi.Output[str]

            def __init__(self, name: str, args: PartArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
                super().__init__("parts:index:Part", name, {}, opts)
                if args.get("label") == "wrong":
                    raise ValueError("label: 'wrong' is not a label")
                own = pulumi.ResourceOptions(parent=self)
                topic = Topic(f"{name}-topic", {"displayName": args["label"], "token": args.get("token")}, own)
                self.label = pulumi.Output.from_input(args["label"])
                self.topic_id = topic.id
                self.register_outputs({"label": self.label, "topicId": self.topic_id})

        if __name__ == "__main__":
            component_provider_host(name="parts", components=[Part])
    """,
}
PROGRAM = """
    class Part(pulumi.ComponentResource):
        label: pulumi.Output[str]
        topic_id: pulumi.Output[str]

        def __init__(self, name, props, opts=None):
            super().__init__("parts:index:Part", name, {"label": None, "topicId": None, **props}, opts, True)

    def tagged(args):
        return pulumi.ResourceTransformResult({**args.props, "team": "shop"}, args.opts)

    api = Made("apigateway/restApi:RestApi", "api", {"name": "shop"})
    opts = pulumi.ResourceOptions(transforms=[tagged])
    part = Part("part", {"label": LABEL, "token": pulumi.Output.secret("s3cret"), "other": api.id}, opts)
    pulumi.export("label", part.label)
"""
MANIFEST = """
    name: shop
    runtime: python
    packages:
      parts: parts
"""


def line(text: str, program: str) -> int:
    return next(number for number, each in enumerate(program.splitlines(), 1) if text in each)


def test_a_component_is_constructed_by_its_own_provider(run, tmp_path: Path) -> None:
    source = run(PROGRAM.replace("LABEL", "'left'"), manifest=MANIFEST, files=PLUGIN)

    made = {each.name: each for each in source.resources}
    urn = "urn:pulumi:dev::shop::parts:index:Part"
    assert made["part"].urn == f"{urn}::part"
    assert not made["part"].remote
    assert made["part"].outputs == {"label": "left", "topicId": UNKNOWN}
    assert made["part-topic"].urn == f"{urn}$aws:sns/topic:Topic::part-topic"
    assert made["part-topic"].inputs == {"displayName": "left", "token": "s3cret", "team": "shop"}
    assert "s3cret" in made["part-topic"].secrets
    assert made["shop-dev"].outputs == {"label": "left"}
    program = (tmp_path / "__main__.py").read_text(encoding="utf-8")
    assert made["part"].location == f"__main__.py:{line('part = Part(', program)}"
    assert source.notes == ()


def test_what_a_component_rejects_fails_the_program(run) -> None:
    with pytest.raises(SourceError, match="label: 'wrong' is not a label"):
        run(PROGRAM.replace("LABEL", "'wrong'"), manifest=MANIFEST, files=PLUGIN)


NOT_RUN = {
    "nothing there": (MANIFEST.replace("packages:\n      parts: parts\n", ""), {}, "its plugin is not installed"),
    "no plugin": (MANIFEST, {"parts/README.md": ""}, "contains neither pulumi-resource-parts nor PulumiPlugin.yaml"),
    "another runtime": (MANIFEST, {"parts/PulumiPlugin.yaml": "runtime: {name: dotnet}\n"}, "the dotnet runtime"),
    "dies": (
        MANIFEST,
        {"parts/PulumiPlugin.yaml": "runtime: python\n", "parts/__main__.py": "raise SystemExit('no licence')\n"},
        "does not start:\n  no licence",
    ),
}


@pytest.mark.parametrize(("manifest", "files", "reason"), NOT_RUN.values(), ids=NOT_RUN)
def test_a_component_that_cannot_be_constructed_is_unknown(run, monkeypatch, tmp_path, manifest, files, reason) -> None:
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))
    source = run(PROGRAM.replace("LABEL", "'left'"), manifest=manifest, files=files)

    made = {each.name: each for each in source.resources}
    assert made["part"].remote
    assert "part-topic" not in made
    assert made["shop-dev"].outputs == {"label": UNKNOWN}
    (note,) = source.notes
    assert note.startswith("the components of parts could not be constructed: ")
    assert reason in note


def test_an_installed_plugin_is_used(run, monkeypatch, tmp_path) -> None:
    plugins = tmp_path / "home/plugins"
    for version in ("0.9.0", "0.10.0"):
        plugin = plugins / f"resource-parts-v{version}/pulumi-resource-parts"
        plugin.parent.mkdir(parents=True)
        plugin.write_text(f"#!/bin/sh\necho version {version} >&2; exit 1\n", encoding="utf-8")
        plugin.chmod(0o755)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "home"))

    source = run(PROGRAM.replace("LABEL", "'left'"))

    assert "version 0.10.0" in source.notes[0]


def test_a_gateway_in_javascript_shows_its_children(tmp_path: Path) -> None:
    """As the SDK that `pulumi package add` generates registers it."""
    from policypack.evaluation.evaluate import evaluate
    from policypack.graph.graph import Graph
    from policypack.sources import target

    (tmp_path / "node_modules").symlink_to(other_languages.node_modules())
    package = other_languages.ROOT / "secure_gateway"
    (tmp_path / "Pulumi.yaml").write_text(
        "name: shop\nruntime: {name: nodejs, options: {typescript: false}}\n"
        f"packages: {{secure-gateway: {package}}}\n",
        encoding="utf-8",
    )
    (tmp_path / "package.json").write_text("{}", encoding="utf-8")
    (tmp_path / "index.js").write_text(
        """
        const pulumi = require("@pulumi/pulumi");
        class SecureGateway extends pulumi.ComponentResource {
            constructor(name, args) {
                super("secure-gateway:index:SecureGateway", name, { ...args, url: undefined }, {}, true);
            }
        }
        new SecureGateway("orders", {
            routes: [{ path: "/orders", method: "GET" }],
            defaultIntegration: { url: "https://backend.example.com" },
            network: { allowCidrs: ["203.0.113.0/24"] },
        });
        """,
        encoding="utf-8",
    )
    source = target.load(str(tmp_path))

    report = evaluate(Graph(source.resources))
    assert [each.message for each in report.findings if each.status == "violation"] == []
    assert len(report.gateways) == 1
    assert {each.location for each in source.resources if each.custom} == {"index.js:8"}
