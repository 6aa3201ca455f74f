"""What stands around the stages of any kind of API: web ACLs, alarms, log groups, the region's logging role."""

from collections import defaultdict
from typing import Final

from .alarms import Alarms
from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, read, text
from .logs import LOG_GROUP, destination, log_group
from .model import LogGroup
from .web_acls import ACL, StageIndex, WebAcls, classic_acls

_ACCOUNT: Final = "aws:apigateway/account:Account"
_EXECUTION_LOG: Final = "API-Gateway-Execution-Logs_"


class Surroundings:
    """Indexed once for a graph."""

    def __init__(
        self, graph: Graph, stages: StageIndex, stage_types: tuple[str, ...], api_types: tuple[str, ...]
    ) -> None:
        """Match everything to the stages and APIs it belongs to."""
        self._graph = graph
        self.alarms = Alarms(graph, api_types, ACL)
        self.acls = WebAcls(graph, stages, stage_types, api_types, self.alarms)
        self.classic_acls = classic_acls(graph)
        self.logging_role = _logging_role(graph)
        self._execution: dict[str, list[Resource]] = defaultdict(list)
        for group in graph.of_type(LOG_GROUP):
            name = group.inputs.get("name")
            if isinstance(name, str):
                if name.startswith(_EXECUTION_LOG):
                    self._execution[name.removeprefix(_EXECUTION_LOG)].append(group)
            else:
                # AWS fixes the name of an execution log's group; it is computed from the API's id.
                for api in graph.dependencies(group, "name", *api_types):
                    self._execution[api.urn].append(group)

    def log_groups(self, api: Resource, stage: Resource) -> tuple[LogGroup, ...]:
        """The groups of a stage's access and execution logs, where they are in the graph."""
        name = "accessLogSettings" if "accessLogSettings" in stage.inputs else "accessLogSetting"
        access = destination(self._graph, stage, name, read(stage.inputs.get(name), "destinationArn"))
        own = f"{text(api.id)}/{text(stage.inputs.get('stageName', stage.inputs.get('name')))}"
        found = [log_group(each) for each in (*self._execution.get(own, ()), *self._execution.get(api.urn, ()))]
        groups = {each.urn: each for each in ([access] if access else []) + found}
        return tuple(groups.values())


def _logging_role(graph: Graph) -> Answer:
    """Whether API Gateway may write logs; no account setting here means that another stack makes it."""
    roles = [
        each.inputs.get("cloudwatchRoleArn", each.inputs.get("cloudWatchRoleArn")) for each in graph.of_type(_ACCOUNT)
    ]
    return Answer.NO if roles and not any(each is UNKNOWN or text(each) for each in roles) else Answer.YES
