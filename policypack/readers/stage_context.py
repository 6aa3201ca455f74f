"""Reads what stages of all kinds of API depend on: web ACLs, alarms, log groups, the region's logging role."""

from collections import defaultdict
from typing import Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import API_GATEWAY_ACCOUNT, APIS, LOG_GROUP
from ..graph.values import UNKNOWN, read, text
from ..model.fact import Fact
from ..model.observability import LogGroup
from ..model.waf import Front
from .alarms.alarms import Alarms
from .cloudfront import Fronts
from .logs.access_logs import SETTINGS
from .logs.log_groups import destination, log_group
from .stage_index import StageIndex
from .waf.web_acls import Cover, WebAcls, classic_acls

ALARMS_EXTERNAL: Final = Fact.unknown("its alarms may be declared in the same stack as its API")
"""Whether a stage has alarms whose API is external."""
_EXECUTION_LOG: Final = "API-Gateway-Execution-Logs_"


class StageContext:
    """What the stages of a graph depend on."""

    def __init__(self, graph: Graph) -> None:
        """Match everything to its stages and APIs, once."""
        self._graph = graph
        stages = StageIndex(graph)
        self.alarms = Alarms(graph, stages)
        self.acls = WebAcls(graph, stages, self.alarms)
        self._fronts = Fronts(graph, self.acls)
        self.classic_acls = classic_acls(graph)
        self.logging_role = _logging_role(graph)
        self._execution: dict[str, list[Resource]] = defaultdict(list)
        for group in graph.of_type(LOG_GROUP):
            name = group.inputs.get("name")
            if isinstance(name, str):
                if name.startswith(_EXECUTION_LOG):
                    self._execution[name.removeprefix(_EXECUTION_LOG)].append(group)
            else:
                # API Gateway prescribes the name of the log group for execution logs. It contains the API's id.
                for api in graph.dependencies(group, "name", *APIS):
                    self._execution[api.urn].append(group)

    def fronts(self, api: Resource) -> tuple[Front, ...]:
        """The CloudFront distributions before an API."""
        return self._fronts.of(api)

    @property
    def perhaps_fronted(self) -> bool:
        """Whether a distribution leads to what is known only later."""
        return self._fronts.perhaps

    def cover(self, api: Resource, stage: Resource) -> Cover:
        """What filters the requests of a stage: a web ACL of its own, else that of a distribution before its API."""
        own, fronts = self.acls.of(stage), self._fronts.of(api)
        front = next((each for each in fronts if each.filtered.is_yes), None)
        if own.behind.is_no and front is None and self._fronts.loose:
            return Cover(Fact.UNKNOWN)
        if own.behind.is_yes or front is None:
            return own
        # One that shows no secret is as good as the API's own address, which `waf-cloudfront-not-bypassable` evaluates.
        bare = [each for each in fronts if each.filtered.is_no and not each.proves_itself.is_no]
        if bare:
            told = any(each.proves_itself.is_yes for each in bare)
            why = f"{bare[0].label} leads to it, too, and has none"
            return Cover(Fact.NO if told else Fact.UNKNOWN, front.web_acl, why, front)
        return Cover(Fact.YES, front.web_acl, front=front, unread=front.unread)

    def log_groups(self, api: Resource, stage: Resource) -> tuple[LogGroup, ...]:
        """The log groups of a stage's access and execution logs, if they are in the graph."""
        access = destination(self._graph, stage, SETTINGS, read(stage.inputs.get(SETTINGS), "destinationArn"))
        own = f"{text(api.id)}/{text(stage.inputs.get('stageName', stage.inputs.get('name')))}"
        found = [log_group(each) for each in (*self._execution.get(own, ()), *self._execution.get(api.urn, ()))]
        groups = {each.urn: each for each in ([access] if access else []) + found}
        return tuple(groups.values())


def _logging_role(graph: Graph) -> Fact:
    """Whether API Gateway has a role to write logs with. Without an `Account`, another stack may set it."""
    roles = [each.inputs.get("cloudwatchRoleArn") for each in graph.of_type(API_GATEWAY_ACCOUNT)]
    return Fact.of(
        not roles or any(each is UNKNOWN or text(each) for each in roles),
        no="writes logs, but `Account` removes the role that API Gateway writes them with",
    )
