"""What the pack says of a program that ran on the mocks of `secure_gateway.testing`."""

from typing import Any

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.graph import Resource as Judged
from policypack.graph.values import UNKNOWN
from policypack.model.findings import Finding, Report, Status
from secure_gateway import testing


def report(deployed: testing.Deployed) -> Report:
    return evaluate(Graph([_resource(each) for each in deployed.resources]))


def findings(deployed: testing.Deployed, *statuses: Status) -> list[Finding]:
    """The verdicts that somebody must read; all but waived ones unless told otherwise."""
    wanted = statuses or (Status.VIOLATION, Status.UNDECIDED)
    return [each for each in report(deployed).findings if each.status in wanted]


def _resource(made: testing.Resource) -> Judged:
    return Judged(
        urn=made.urn,
        type=made.type,
        name=made.name,
        inputs=_value(made.inputs),
        outputs=_value(made.outputs),
        id=(made.id or UNKNOWN) if made.custom else None,
        parent=made.parent,
        dependencies=made.dependencies,
        property_dependencies=made.property_dependencies,
        custom=made.custom,
    )


def _value(value: Any) -> Any:
    if value is testing.UNKNOWN:
        return UNKNOWN
    if isinstance(value, dict):
        return {key: _value(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
