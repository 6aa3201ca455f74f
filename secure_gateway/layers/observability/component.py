"""The component: logs, alarms and dashboard of a stage, made before the stage."""

import pulumi

from ...problems import Problems
from ...reader import Reader
from .alarms import alarms, topic
from .args import ObservabilityLayerArgs, ObservabilitySpec, check_execution_arn
from .dashboard import dashboard
from .logs import access_log_format, key, log_group_names, logs


class Observability(pulumi.ComponentResource):
    """Log groups, alarms with their topic, and the dashboard of one stage of a REST API.

    Made before the stage, which takes its access log settings from here and must depend on `resources`.
    """

    access_log_group_arn: pulumi.Output[str]
    """ARN of the access log's group, as a stage's access log settings take it."""

    access_log_group_name: pulumi.Output[str]
    """Name of the access log's group."""

    execution_log_group_name: pulumi.Output[str]
    """Name of the execution log's group; empty if that log is off."""

    alarm_arns: pulumi.Output[dict[str, str]]
    """ARNs of the alarms, by what they watch: `server-errors`, `client-errors`, `latency`, `traffic-spike`."""

    topic_arn: pulumi.Output[str]
    """ARN of the SNS topic that the alarms notify; empty if there are none."""

    dashboard_name: pulumi.Output[str]
    """Name of the dashboard; empty if there is none."""

    def __init__(self, name: str, args: ObservabilityLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, ObservabilityLayerArgs, "", problems)
        spec = ObservabilitySpec.parse(reader)
        for each in ("api_id", "api_name", "stage_name"):
            reader.leaf(each)
        reader.leaf("execution_arn", check=check_execution_arn)
        problems.raise_any(f"Observability {name!r}")
        super().__init__("secure-gateway:index:Observability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        api_id, stage_name = args["api_id"], args["stage_name"]
        execution_arn = pulumi.Output.from_input(args["execution_arn"])
        group_names = pulumi.Output.all(api_id, stage_name).apply(lambda both: log_group_names(both[0], both[1]))
        key_arn = key(name, spec, group_names, execution_arn, child).arn if spec.makes_key else spec.kms_key_arn
        kept = logs(name, spec, group_names, key_arn, child)

        self.resources = kept.groups
        self.access_log_format = access_log_format()
        self.access_log_group_arn = kept.access.arn
        self.access_log_group_name = kept.access.name
        self.execution_log_group_name = kept.execution.name if kept.execution else pulumi.Output.from_input("")

        told = topic(name, spec, key_arn, execution_arn, child).arn if spec.makes_topic else spec.topic_arn
        self.topic_arn = pulumi.Output.from_input("" if told is None else told)
        # The name that API Gateway reports under: a wrong dimension is no error, only an alarm that never goes off.
        dimensions: dict[str, pulumi.Input[str]] = {"ApiName": args["api_name"], "Stage": stage_name}
        made = alarms(name, spec.alarms, dimensions, told, child) if told is not None else {}
        arns = {what: each.arn for what, each in made.items()}
        self.alarm_arns = pulumi.Output.all(**arns) if arns else pulumi.Output.from_input({})

        self.dashboard_name = pulumi.Output.from_input("")
        if spec.dashboard:
            shown = dashboard(name, api_id, execution_arn, dimensions, list(arns.values()), opts=child)
            self.dashboard_name = shown.dashboard_name
        self.register_outputs({each: getattr(self, each) for each in Observability.__annotations__})
