"""Reads which resource policy an API has, out of the places where it may stand."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from . import resource_policy
from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, text
from .model import Policy
from .stages import API

_POLICY: Final = "aws:apigateway/restApiPolicy:RestApiPolicy"
_BODY_POLICY: Final = "x-amazon-apigateway-policy"


class Policies:
    """The resource policies of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort the separate ones by API, once."""
        self._separate: dict[str, list[Resource]] = defaultdict(list)
        for each in graph.of_type(_POLICY):
            api = graph.target(each, "restApiId", API)
            if isinstance(api, Resource):
                self._separate[api.urn].append(each)

    def of(self, api: Resource, root: Mapping[str, Any], *, unread: bool) -> Policy:
        """The policy of an API with the root of its body, or that there is none."""
        separate = self._separate.get(api.urn, [])
        written = separate[-1].inputs.get("policy") if separate else api.inputs.get("policy", root.get(_BODY_POLICY))
        policy = UNKNOWN if written is None and unread else resource_policy.parse(written)
        return Policy(
            urn=separate[-1].urn if separate else api.urn,
            label=f"API {text(api.inputs.get('name')) or api.name}",
            restricts=resource_policy.restricts(policy),
            bound_to_endpoints=resource_policy.bound_to_endpoints(policy),
            survives=Answer.NO if separate and api.inputs.get("body") is not None else Answer.YES,
        )
