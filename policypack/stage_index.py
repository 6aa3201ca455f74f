"""Finds the stages of APIs of every kind: by their API, and by what an ARN written by hand names."""

import re
from collections import defaultdict
from typing import Any, Final

from .graph import Graph, Resource, text
from .kinds import APIS, DEPLOYMENT, HTTP_STAGE, STAGES

_STAGE_ARN: Final = re.compile(r"arn:[\w-]+:apigateway:[\w-]*::/(?:restapis|apis)/([^/]+)/stages/([^/]+)")


class StageIndex:
    """The stages of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Sort them once."""
        self._by_name: dict[tuple[str, str], Resource] = {}
        self.by_api: dict[str, list[Resource]] = defaultdict(list)
        self.names: dict[str, list[Any]] = defaultdict(list)
        """By API, how its stages are called."""
        for stage in graph.of_type(*STAGES):
            api = graph.target(stage, "apiId" if stage.type == HTTP_STAGE else "restApi", *APIS)
            name = stage.inputs.get("name" if stage.type == HTTP_STAGE else "stageName")
            if stage.type == DEPLOYMENT and name is None:
                continue
            if isinstance(api, Resource):
                self.by_api[api.urn].append(stage)
                self.names[api.urn].append(name)
                self._by_name[text(api.id), text(name)] = stage

    def of_arn(self, arn: Any) -> Resource | None:
        """The stage that an ARN names."""
        match = _STAGE_ARN.match(text(arn))
        return self._by_name.get((match[1], match[2])) if match else None
