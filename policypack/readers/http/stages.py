"""Reads the stages of HTTP and WebSocket APIs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ...graph.children_by_parent import OF_HTTP_API, Children
from ...graph.graph import Graph, Resource
from ...graph.resource_types import HTTP_API, HTTP_DEPLOYMENT, HTTP_STAGE
from ...graph.values import UNKNOWN, known_strings, text
from ...model.fact import Fact, some
from ...model.gateway import Stage
from ...redaction.credentials import credential_names
from .. import method_settings
from ..logs.access_logs import access_log
from ..method_settings import NO_METHODS, Methods, MethodSettings
from ..rest.deployments import serves_declared
from ..stage_context import ALARMS_EXTERNAL, StageContext
from ..waf.web_acls import NO_ACL

DEFAULT: Final = "$default"
_NO_ACL: Final = (
    f"{NO_ACL}: AWS WAF supports REST APIs only; put a CloudFront distribution with a web ACL in front of it"
)


class HttpStages:
    """The stages of a graph, by API."""

    def __init__(self, graph: Graph, context: StageContext) -> None:
        """Index the stages by API, once."""
        self._graph = graph
        self._context = context
        self._stages = Children(graph, HTTP_STAGE, *OF_HTTP_API)

    def resources(self, api: Resource) -> Sequence[Resource]:
        """The resources that create the stages of an API; an API with a `target` (quick create) creates one itself."""
        declared = self._stages.of(api)
        # In a graph that is not whole, another resource may declare it.
        quick = api.inputs.get("target") is not None and self._graph.whole
        if not quick or any(each.inputs.get("name") == DEFAULT for each in declared):
            return declared
        return [*declared, replace(api, inputs={"name": DEFAULT, "autoDeploy": True})]

    def of_external_api(self, api: Resource) -> list[Stage]:
        """The stages of an API that is not among the evaluated resources.

        Distributions in front of such an API may be declared with it, and so may its alarms.
        """
        return [_of_external_api(self._stage(api, "HTTP", each, NO_METHODS)) for each in self._stages.of(api)]

    def of_unknown_apis(self) -> list[Stage]:
        """The stages of which only deployment shows to which API they belong."""
        api = Resource(urn="", type=HTTP_API, name="", id=UNKNOWN)
        return [_of_external_api(self._stage(api, "HTTP", each, NO_METHODS)) for each in self._stages.without_parent]

    def of(self, api: Resource, kind: str, routes: Methods = NO_METHODS) -> Iterator[Stage]:
        """The stages of an API of a kind, HTTP or WEBSOCKET, with these routes."""
        for stage in self.resources(api):
            yield self._stage(api, kind, stage, routes)

    def _stage(self, api: Resource, kind: str, stage: Resource, routes: Methods) -> Stage:
        name = text(stage.inputs.get("name")) or stage.name
        settings = MethodSettings(list(method_settings.routes(stage)), routes, more=False, inherits=True)
        alarms = self._context.alarms.on_stage(kind, api, None, stage, stage.inputs.get("name"))
        log = access_log(self._graph, stage, kind)
        secret, variables_read = credential_names(stage.inputs.get("stageVariables"))
        protection = self._context.protection(api, stage)
        throttled = settings.throttled()
        summary = [("observability", f"stage {name}: access log")] if log.written.is_yes else []
        if protection.behind_web_acl.is_yes:
            summary.append(("waf", f"stage {name}: a CloudFront distribution with a web ACL"))
        if throttled.is_yes:
            summary.append(("keys", f"stage {name}: {settings.rate()}"))
        return Stage(
            urn=stage.urn,
            label=f"stage {name}",
            subject=f"stage {name}" if stage.type != HTTP_STAGE else "",
            name=name,
            behind_web_acl=protection.behind_web_acl.because(no=_NO_ACL),
            distribution=protection.distribution,
            web_acl=protection.web_acl,
            web_acl_known=protection.web_acl_known,
            access_log=log,
            log_groups=self._context.log_groups(api, stage),
            logging_role=self._context.logging_role,
            traced=Fact.NO,
            has_detailed_metrics=settings.measured("detailedMetricsEnabled"),
            execution_logged=settings.logged(),
            data_traced=settings.traced(),
            throttled=throttled,
            limits=settings.limits(),
            throttled_by_usage_plan=Fact.NO,
            allows_requests=settings.allows_requests(),
            has_usage_plan=Fact.NO,
            alarms=alarms,
            secret_variables=secret,
            variables_read=variables_read,
            variables=known_strings(stage.inputs.get("stageVariables")),
            serves_declared_deployment=serves_declared(
                self._graph, stage, type_=HTTP_DEPLOYMENT, inputs={"it": ("deploymentId",)}
            ),
            summary=tuple(summary),
        )


def _of_external_api(stage: Stage) -> Stage:
    in_front = Fact.unknown("whether a web ACL is in front of its API, which is in another stack, cannot be evaluated")
    alarms, behind = some(stage.alarms, ALARMS_EXTERNAL), some(stage.behind_web_acl, in_front)
    return replace(stage, alarms=alarms, behind_web_acl=behind)
