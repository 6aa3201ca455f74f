"""Reads what stages of all kinds of API depend on: web ACLs, alarms, log groups, the region's logging role."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from ..graph.graph import Graph, Resource
from ..graph.policy_statements import EVERYONE, statements
from ..graph.resource_types import API_GATEWAY_ACCOUNT, APIS, IAM_ROLE, LOG_GROUP
from ..graph.values import UNKNOWN, read, text
from ..model.fact import Fact, every
from ..model.observability import LogGroup
from ..model.waf import Distribution
from .alarms.alarms import Alarms
from .cloudfront import Distributions
from .logs.access_logs import SETTINGS
from .logs.log_groups import destination, log_group
from .named_stages import NamedStages
from .role_permissions import RolePermissions, Wanted
from .stage_index import StageIndex
from .waf.web_acls import NO_ACL, StageProtection, WebAcls, classic_acls

ALARMS_EXTERNAL: Final = Fact.unknown("its alarms may be declared in the same stack as its API")
"""Whether a stage has alarms whose API is external."""
_ASSUME: Final = "sts:AssumeRole"
_API_GATEWAY: Final = "apigateway.amazonaws.com"
_WRITE_LOGS: Final = Wanted(
    "logs:PutLogEvents",
    (),
    frozenset(
        {
            *("AmazonAPIGatewayPushToCloudWatchLogs", "CloudWatchLogsFullAccess", "CloudWatchFullAccess"),
            *("CloudWatchFullAccessV2", "AdministratorAccess", "PowerUserAccess", "AWSLambdaBasicExecutionRole"),
        }
    ),
    Fact.UNKNOWN,
)
_EXECUTION_LOG: Final = "API-Gateway-Execution-Logs_"


class StageContext:
    """What the stages of a graph depend on."""

    def __init__(self, graph: Graph) -> None:
        """Match everything to its stages and APIs, once."""
        self._graph = graph
        stages = StageIndex(graph)
        self.alarms = Alarms(graph, stages)
        self.named = NamedStages(graph, stages)
        self.acls = WebAcls(graph, stages, self.alarms)
        self._distributions = Distributions(graph, self.acls)
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

    def distributions(self, api: Resource) -> tuple[Distribution, ...]:
        """The CloudFront distributions in front of an API."""
        return self._distributions.of(api)

    @property
    def more_distributions(self) -> Fact:
        """Whether further distributions lead to any of the APIs: NO or unknown."""
        return self._distributions.more

    def protection(self, api: Resource, stage: Resource) -> StageProtection:
        """What filters the requests of a stage: its own web ACL, else that of a distribution in front of its API."""
        own, distributions = self.acls.of(stage), self._distributions.of(api)
        protecting = next((each for each in distributions if each.has_web_acl.is_yes), None)
        if own.behind_web_acl.is_no and protecting is None and self._distributions.more_with_web_acl.is_unknown:
            return StageProtection(self._distributions.more_with_web_acl)
        if own.behind_web_acl.is_yes or protecting is None:
            return own
        # A distribution without a secret header is as good as the API's own endpoint, which
        # `waf-cloudfront-not-bypassable` evaluates.
        bypasses = [each for each in distributions if each.has_web_acl.is_no and not each.sends_secret_header.is_no]
        if bypasses:
            return StageProtection(_bypassed(bypasses), protecting.web_acl, distribution=protecting)
        return StageProtection(Fact.YES, protecting.web_acl, protecting.web_acl_known, protecting)

    def log_groups(self, api: Resource, stage: Resource) -> tuple[LogGroup, ...]:
        """The log groups of a stage's access and execution logs, if they are in the graph."""
        access = destination(self._graph, stage, SETTINGS, read(stage.inputs.get(SETTINGS), "destinationArn"))
        own = f"{text(api.id)}/{text(stage.inputs.get('stageName', stage.inputs.get('name')))}"
        found = [log_group(each) for each in (*self._execution.get(own, ()), *self._execution.get(api.urn, ()))]
        groups = {each.urn: each for each in ([access] if access else []) + found}
        return tuple(groups.values())


def _bypassed(bypasses: Sequence[Distribution]) -> Fact:
    """The fact of a stage that callers may reach through distributions without a web ACL."""
    if any(each.sends_secret_header.is_yes for each in bypasses):
        return Fact.no(f"{NO_ACL}: {bypasses[0].label} also leads to it, and has none")
    return Fact.unknown(
        f"whether {bypasses[0].label}, which also leads to it and has no web ACL, sends a secret header is known only "
        "after deployment"
    )


def _logging_role(graph: Graph) -> Fact:
    """Whether API Gateway has a role to write logs with. Without an `Account`, another stack may set it."""
    accounts = graph.of_type(API_GATEWAY_ACCOUNT)
    if not accounts:
        return Fact.YES
    permissions = RolePermissions(graph)
    facts = [_of_account(graph, each, permissions) for each in accounts]
    if len({each.value for each in facts}) == 1:
        return facts[0]
    return Fact.unknown("which of several `Account`s sets the role that it writes logs with is not known here")


def _of_account(graph: Graph, account: Resource, permissions: RolePermissions) -> Fact:
    """Whether the role of an `Account` lets API Gateway write logs; YES for one that is not evaluated."""
    given = account.inputs.get("cloudwatchRoleArn")
    # If the role of a deployed `Account` is unknown, AWS did not return one.
    if given is UNKNOWN and account.outputs and not account.property_dependencies.get("cloudwatchRoleArn"):
        return Fact.unknown("whether `Account` has a role that API Gateway writes logs with is not known here")
    if given is not UNKNOWN and not text(given):
        return Fact.no("writes logs, but `Account` removes the role that API Gateway writes them with")
    role = graph.target(account, "cloudwatchRoleArn", IAM_ROLE)
    return every(_assumable(role), _may_write(role, permissions)) if isinstance(role, Resource) else Fact.YES


def _may_write(role: Resource, permissions: RolePermissions) -> Fact:
    """Whether the policies of a role let it write logs; a role without any policy may get one in another stack."""
    allowed = permissions.may(role, _WRITE_LOGS)
    if allowed.is_no and not permissions.known(role):
        return Fact.unknown(f"no evaluated policy lets role {role.name}, with which it writes logs, do so")
    return allowed.because(
        no=f"writes logs with role {role.name}, whose policies do not let it do so",
        unknown=f"whether the policies of role {role.name}, with which it writes logs, let it do so is not known here",
    )


def _assumable(role: Resource) -> Fact:
    """Whether API Gateway may assume a role; YES if the role's trust policy is unknown."""
    found = statements(role.inputs.get("assumeRolePolicy", UNKNOWN))
    trusted = not isinstance(found, list) or any(
        each.allows and each.covers(_ASSUME) is not False and each.principal in (EVERYONE, _API_GATEWAY, UNKNOWN)
        for each in found
    )
    return Fact.of(trusted, no=f"writes logs with role {role.name}, which API Gateway may not assume")
