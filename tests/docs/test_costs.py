"""What the page about costs says follows from what the component makes by default."""

import re
import runpy
from pathlib import Path

import pytest

from secure_gateway import testing

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/costs.md").read_text("utf-8")


@pytest.fixture(scope="module")
def made():
    return testing.deploy(lambda: runpy.run_path(str(ROOT / "stacks/minimal.py")))


def told(what):
    return float(re.search(rf"^\| {what}.*\| ([\d.]+) \|$", PAGE, re.MULTILINE)[1])


def metrics_of(alarm):
    queries = alarm.inputs.get("metricQueries", [])
    if any("ANOMALY_DETECTION_BAND" in each.get("expression", "") for each in queries):
        return 3
    return sum("metric" in each for each in queries) or 1


def test_the_web_acl(made):
    assert told("web ACL") == 5 + len(made.one("WebAcl").inputs["rules"])


def test_alarms(made):
    assert told("alarms") == pytest.approx(0.10 * sum(map(metrics_of, made.of("MetricAlarm"))))


def test_keys(made):
    assert told("KMS key") == len(made.of("Key"))


@pytest.mark.parametrize("layer", ["auth", "keys", "network", "waf", "observability", "tls"])
def test_every_layer_tells_its_defaults_threats_and_cost(layer):
    page = (ROOT / f"docs/layers/{layer}.md").read_text("utf-8")

    assert {"## Defaults", "## Threats and controls", "## Cost"} <= set(page.splitlines())
