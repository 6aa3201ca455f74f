"""Gives every resource the one form that readers read: pulumi-aws's types and properties, with what reaches AWS.

URNs, dependencies and locations remain those of the resource that the program declares, so a finding points at that
resource.
"""

from .as_sent import as_sent, by_outputs, with_one_stage_per_name
from .aws_native import translated
from .graph import Graph


def normalised(graph: Graph) -> Graph:
    """The graph in that one form; the same graph if it has that form already."""
    given = list(graph.resources)
    resources = with_one_stage_per_name([each for one in given for each in translated(as_sent(by_outputs(one)))])
    # Resources whose reads are recorded are indexed anew: what was read here says nothing of what readers read.
    same = len(resources) == len(given) and not any(each.ignore_changes for each in given)
    same = same and all(map(_is, resources, given))
    return graph if same else Graph(resources, whole=graph.whole)


def _is(one: object, other: object) -> bool:
    return one is other
