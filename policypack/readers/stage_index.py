"""Finds the stages of APIs of every kind by their API and by their ARN."""

import re
from collections import defaultdict
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import APIS, HTTP_STAGE, REST_DEPLOYMENT, STAGES
from ..graph.values import UNKNOWN, text

_STAGE_ARN: Final = re.compile(r"arn:[\w-]+:apigateway:[\w-]*::/(?:restapis|apis)/([^/]+)/stages/([^/]+)")


def stage_of_arn(arn: Any) -> tuple[str, str] | None:
    """The id of the API and the name of the stage with an ARN; None if it is not the ARN of a stage."""
    match = _STAGE_ARN.match(text(arn))
    return (match[1], match[2]) if match else None


class StageIndex:
    """The stages of a graph, indexed by API and by the names in their ARNs."""

    def __init__(self, graph: Graph) -> None:
        """Index the stages, once."""
        self._by_name: dict[tuple[str, str], Resource] = {}
        self._unknown: list[tuple[Any, Any, Resource]] = []
        """Id of the API, name and resource of the stages whose ARN is unknown."""
        self.by_api: dict[str, list[Resource]] = defaultdict(list)
        """The stages of each API, by its URN."""
        self.names: dict[str, list[Any]] = defaultdict(list)
        """The names of the stages of each API, by its URN; UNKNOWN or None if unknown."""
        for stage in graph.of_type(*STAGES):
            api = graph.target(stage, "apiId" if stage.type == HTTP_STAGE else "restApi", *APIS)
            name = stage.inputs.get("name" if stage.type == HTTP_STAGE else "stageName")
            if stage.type == REST_DEPLOYMENT and name is None:
                continue
            reference = stage.inputs.get("apiId" if stage.type == HTTP_STAGE else "restApi")
            id_ = api.id if isinstance(api, Resource) else reference
            if isinstance(api, Resource):
                self.by_api[api.urn].append(stage)
                self.names[api.urn].append(name)
            if isinstance(id_, str) and isinstance(name, str):
                self._by_name[id_, name] = stage
            elif name is not None:
                self._unknown.append((id_, name, stage))

    def of_arn(self, arn: Any) -> Resource | None:
        """The stage with an ARN, if that is known."""
        named = stage_of_arn(arn)
        return self._by_name.get(named) if named else None

    def possible(self, arn: Any) -> list[Resource]:
        """The stages that may have an ARN, because their API or name is unknown."""
        named = stage_of_arn(arn)
        if named is None:
            return []
        return [stage for id_, name, stage in self._unknown if _may_be(id_, named[0]) and _may_be(name, named[1])]


def _may_be(value: Any, name: str) -> bool:
    return value is UNKNOWN or value is None or value == name
