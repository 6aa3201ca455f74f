"""Gives every resource the one form that readers read: pulumi-aws's types and properties, with what reaches AWS.

URNs, dependencies and locations remain those of the resource that the program declares, so a finding points at that
resource. Resources of a template have URNs of their own; `Resource.declared_in` is the one of their stack.
"""

from collections.abc import Iterator
from typing import Final

from . import aws_native, cloud_control, cloudformation, equivalents, terraform
from .as_sent import as_sent, by_outputs, with_one_stage_per_name
from .graph import Graph, NotReadable, Resource

_NESTING: Final = 4
"""How deeply forms are nested, such as a stack in a stack that Cloud Control manages."""


def normalised(graph: Graph) -> Graph:
    """The graph in that one form; the same graph if it has that form already."""
    given = list(graph.resources)
    found = [each for one in given for each in _one_form(one, _NESTING)]
    not_readable = [each for each in found if isinstance(each, NotReadable)]
    resources = [each for each in found if isinstance(each, Resource)]
    if any(map(terraform.is_part_of_module, given)):
        resources = terraform.with_parents(resources)
    resources = with_one_stage_per_name(equivalents.with_overrides(resources))
    # Resources whose reads are recorded are indexed anew: what was read here says nothing of what readers read.
    same = len(resources) == len(given) and not any(each.ignore_changes for each in given)
    same = same and not not_readable and all(map(_is, resources, given))
    return graph if same else Graph(resources, whole=graph.whole, not_readable=not_readable)


def _one_form(resource: Resource, nesting: int) -> Iterator[Resource | NotReadable]:
    """The resources that a resource is in the form of readers."""
    plain = terraform.translated(resource)
    described = cloud_control.translated(plain)
    for each in () if described is None else (described,):
        if isinstance(each, NotReadable):
            yield each
        elif each.type in cloudformation.HOLDERS:
            for inner in cloudformation.translated(each):
                yield from [inner] if isinstance(inner, NotReadable) or not nesting else _one_form(inner, nesting - 1)
        else:
            for one in aws_native.translated(as_sent(by_outputs(each))):
                yield from equivalents.translated(one)


def _is(one: object, other: object) -> bool:
    return one is other
