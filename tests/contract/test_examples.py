"""Each layer used alone secures an API that somebody else built; the pack sees its layer in force.

It does not prove that AWS accepts the resources.
"""

from pathlib import Path

import pytest

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.model.findings import Status
from policypack.sources import offline
from policypack.sources.project import find

EXAMPLES = Path(__file__).parent.parent.parent / "examples/python"
CA = Path(__file__).parent.parent.parent / "stacks/partner-ca.pem"
SETTINGS = {"tls": {"domain": "api.example.com", "zone_id": "Z0123456789ABC", "ca_file": str(CA)}}
MADE = {
    "waf": {"WebAcl", "WebAclAssociation", "WebAclLoggingConfiguration"},
    "observability": {
        "LogGroup",
        "LogMetricFilter",
        "MetricAlarm",
        "Dashboard",
        "QueryDefinition",
        "TopicSubscription",
    },
    "tls": {"Certificate", "CertificateValidation", "DomainName", "BasePathMapping", "BucketObjectv2", "Record"},
}


@pytest.fixture(scope="module")
def resources():
    def run(layer, tmp_path):
        lines = [f"  attach-{layer}:{name}: {value}" for name, value in SETTINGS.get(layer, {}).items()]
        project = tmp_path / layer
        project.mkdir()
        for file in ("Pulumi.yaml", "__main__.py"):
            (project / file).write_text((EXAMPLES / layer / file).read_text("utf-8"), "utf-8")
        (project / "Pulumi.dev.yaml").write_text("\n".join(["config:", *lines]) if lines else "{}", "utf-8")
        return offline.run(str(project), find(project), stack="dev", function_results=[]).resources

    return run


@pytest.mark.parametrize("layer", MADE)
def test_a_layer_alone_secures_what_somebody_else_built(resources, layer, tmp_path):
    made = resources(layer, tmp_path)

    assert {each.type.split(":")[-1] for each in made} >= MADE[layer]
    report = evaluate(Graph(made))
    violations = {each.layer for each in report.findings if each.status is Status.VIOLATION}
    assert len(report.gateways) == 1
    assert layer not in violations


def test_there_is_an_example_for_each_of_these_layers():
    assert {each.name for each in EXAMPLES.iterdir() if each.is_dir()} >= MADE.keys()
