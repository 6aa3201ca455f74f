"""The component: logs, alarms, queries and dashboard of a stage, created before the stage."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from ...validation.arns import check_execution_arn
from ...validation.names import check_names
from ...validation.problems import Problems
from ...validation.reader import Reader, matching
from .access_log import access_log_format
from .alarms import Watched, alarms, composite, log_metrics
from .args import ObservabilityLayerArgs
from .dashboard import dashboard
from .logs import key, log_group_names, logs
from .queries import saved_queries
from .spec import ObservabilitySpec
from .topic import topic

_FUNCTION = matching(r"[A-Za-z0-9_-]{1,64}", "the name of a function")


@dataclass(frozen=True, kw_only=True)
class ObservedStage:
    """The stage whose logs and metrics the layer is for."""

    api_id: pulumi.Input[str]
    api_name: pulumi.Input[str]
    stage_name: pulumi.Input[str]
    execution_arn: pulumi.Output[str]
    web_acl_metric: pulumi.Input[str] | None
    """Name under which its web ACL reports metrics; None if no alarm is to watch it."""
    authorizers: tuple[pulumi.Input[str], ...] = ()
    """Names of the functions of built-in authorizers, whose decisions the dashboard shows."""


class Observability(pulumi.ComponentResource):
    """Log groups, alarms with their topic, saved queries and the dashboard of one stage of a REST API.

    They are created before the stage, which takes its access log settings from here and must depend on `resources`.
    """

    access_log_destination_arn: pulumi.Output[str]
    """ARN of the access log's group or Firehose stream, as a stage's access log settings take it."""

    access_log_group_name: pulumi.Output[str]
    """Name of the access log's group; empty if the log goes to a Firehose stream."""

    execution_log_group_name: pulumi.Output[str]
    """Name of the execution log's group; empty if that log is off."""

    alarm_arns: pulumi.Output[dict[str, str]]
    """ARNs of the alarms, by what they watch: `server-errors`, `client-errors`, `latency`, `traffic-spike`,
    `auth-failures`, `throttled`, `waf-blocked`, and `unwell` for the composite one."""

    topic_arn: pulumi.Output[str]
    """ARN of the SNS topic that the alarms notify; empty if there is none."""

    dashboard_name: pulumi.Output[str]
    """Name of the dashboard; empty if there is none."""

    def __init__(self, name: str, args: ObservabilityLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, ObservabilityLayerArgs, "", problems)
        spec = ObservabilitySpec.parse(reader)
        for each in ("api_id", "api_name", "stage_name", "web_acl_metric"):
            reader.leaf(each)
        reader.leaf("execution_arn", check=check_execution_arn)
        authorizers = reader.leaves("authorizer_functions", check=_FUNCTION)
        check_names(name, spec.names(name), problems)
        problems.raise_any(f"Observability {name!r}")
        stage = ObservedStage(
            api_id=args["api_id"],
            api_name=args["api_name"],
            stage_name=args["stage_name"],
            execution_arn=pulumi.Output.from_input(args["execution_arn"]),
            web_acl_metric=args.get("web_acl_metric"),
            authorizers=authorizers,
        )
        self._create(name, spec, stage, opts)

    @classmethod
    def from_spec(
        cls, name: str, spec: ObservabilitySpec, stage: ObservedStage, opts: pulumi.ResourceOptions
    ) -> "Observability":
        """Create the layer from args that are parsed already."""
        self = cls.__new__(cls)
        self._create(name, spec, stage, opts)
        return self

    def _create(
        self, name: str, spec: ObservabilitySpec, stage: ObservedStage, opts: pulumi.ResourceOptions | None
    ) -> None:
        super().__init__("secure-gateway:index:Observability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)

        api_id, stage_name, execution_arn = stage.api_id, stage.stage_name, stage.execution_arn
        group_names = pulumi.Output.all(api_id, stage_name).apply(
            lambda both: log_group_names(both[0], both[1], spec.log_class)
        )
        key_arn = key(name, spec, group_names, execution_arn, child).arn if spec.makes_key else spec.kms_key_arn
        created = logs(name, spec, group_names, key_arn, child)
        empty = pulumi.Output.from_input("")

        self.resources = created.groups
        self.access_log_format = access_log_format(spec.access_log_fields)
        self.access_log_destination_arn = (
            created.access.arn if created.access else pulumi.Output.from_input(spec.firehose_arn or "")
        )
        self.access_log_group_name = created.access.name if created.access else empty
        self.execution_log_group_name = created.execution.name if created.execution else empty

        watched = _watched(spec, stage)
        arns: dict[str, pulumi.Output[str]] = {}
        self.topic_arn = empty
        if not spec.alarms.waived:
            notified = topic(name, spec, key_arn, execution_arn, child).arn if spec.makes_topic else spec.topic_arn
            self.topic_arn = empty if notified is None else pulumi.Output.from_input(notified)
            arns = _alarms(name, spec, watched, created.access, notified, child)
        self.alarm_arns = pulumi.Output.all(**arns) if arns else pulumi.Output.from_input({})

        if created.access and spec.saved_queries:
            saved_queries(name, stage_name, created.access.name, child)
        self.dashboard_name = empty
        if spec.dashboard:
            shown = dashboard(
                name,
                api_id,
                execution_arn,
                watched,
                self.access_log_group_name,
                list(arns.values()),
                authorizers=stage.authorizers,
                opts=child,
            )
            self.dashboard_name = shown.dashboard_name
        self.register_outputs({each: getattr(self, each) for each in Observability.__annotations__})


def _watched(spec: ObservabilitySpec, stage: ObservedStage) -> Watched:
    """The dimensions under which AWS reports. A wrong one causes no error, but an alarm that never goes off."""
    api_id, stage_name, acl = stage.api_id, stage.stage_name, stage.web_acl_metric
    counted = spec.counts_log and not spec.alarms.waived and not spec.alarms.log_alarms_waived
    region = stage.execution_arn.apply(lambda arn: arn.split(":")[3])
    return Watched(
        stage={"ApiName": stage.api_name, "Stage": stage_name},
        log={"ApiId": api_id, "Stage": stage_name} if counted else None,
        web_acl=None if acl is None else {"WebACL": acl, "Rule": "ALL", "Region": region},
    )


def _alarms(
    name: str,
    spec: ObservabilitySpec,
    watched: Watched,
    access_log: cloudwatch.LogGroup | None,
    topic_arn: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """The ARNs of the alarms, by what they watch."""
    if watched.log is not None and access_log:
        log_metrics(name, access_log.name, opts)
    made = alarms(name, spec.alarms, watched, spec.alarm_action_arns, topic_arn, opts)
    arns = {what: each.arn for what, each in made.items()}
    if spec.alarms.composite:
        arns["unwell"] = composite(name, made, spec.alarm_action_arns, topic_arn, opts).arn
    return arns
