"""Reads the stages of REST APIs, with their logs, method settings, usage plans, alarms and web ACLs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from ...graph.children_by_parent import OF_REST_API, Children
from ...graph.graph import EXTERNAL, Graph, Resource, Target
from ...graph.resource_types import METHOD_SETTINGS, REST_API, REST_DEPLOYMENT, REST_STAGE, USAGE_PLAN
from ...graph.values import (
    UNKNOWN,
    is_object,
    items,
    known_strings,
    read,
    text,
)
from ...model.fact import Fact, some
from ...model.gateway import Stage
from ...model.observability import AccessLog
from ...redaction.credentials import credential_names
from .. import method_settings
from ..logs.access_logs import access_log
from ..method_settings import NO_METHODS, Methods, MethodSettings
from ..named_stages import UNKNOWN_NAME
from ..stage_context import ALARMS_EXTERNAL, StageContext
from ..waf.web_acls import StageProtection
from .deployments import serves_declared

_SERVED_DEPLOYMENTS: Final = {"it": ("deployment",), "its canary": ("canarySettings", "deploymentId")}
_OF_STAGE: Final = ("accessLogSettings", "cacheClusterEnabled", "canarySettings", "variables", "xrayTracingEnabled")
"""What a stage itself sets."""


class Stages:
    """The stages of a graph, by API."""

    def __init__(self, graph: Graph, context: StageContext) -> None:
        """Index stages, method settings and usage plans by their API, once."""
        self._graph = graph
        self._context = context
        self._stages = Children(graph, REST_STAGE, *OF_REST_API)
        self._deployments = Children(graph, REST_DEPLOYMENT, *OF_REST_API)
        self._settings: dict[str, list[Resource]] = defaultdict(list)
        self._plans: dict[str, list[tuple[Resource, Mapping[str, Any]]]] = defaultdict(list)
        self._unknown_plans = self._unknown_settings = False
        """Whether there are usage plans, or method settings, that may belong to any API."""
        for settings in graph.of_type(METHOD_SETTINGS):
            api = self._api_of(settings)
            self._unknown_settings |= api is UNKNOWN
            self._add(self._settings, settings, api)
        for plan in graph.of_type(USAGE_PLAN):
            self._read_plan(plan)

    def _api_of(self, settings: Resource) -> Target:
        """The API of method settings, which refer to it or to its stage."""
        api = self._graph.target(settings, "restApi", REST_API)
        if api is not UNKNOWN:
            return api
        found = [
            *self._graph.dependencies(settings, "restApi", REST_STAGE),
            *self._graph.dependencies(settings, "stageName", REST_STAGE),
        ]
        apis = {stage.urn: self._graph.target(stage, "restApi", REST_API) for stage in found}
        return next(iter(apis.values())) if len(apis) == 1 else UNKNOWN

    @staticmethod
    def _add(into: dict[str, list[Resource]], resource: Resource, api: Any) -> None:
        if isinstance(api, Resource):
            into[api.urn].append(resource)
        elif api is EXTERNAL:
            into[text(resource.inputs.get("restApi"))].append(resource)

    def _read_plan(self, plan: Resource) -> None:
        stages = plan.inputs.get("apiStages")
        self._unknown_plans |= stages is UNKNOWN
        for stage in items(stages):
            api = self._graph.follow(plan, "apiStages", read(stage, "apiId"), REST_API)
            self._unknown_plans |= api is UNKNOWN
            if (isinstance(api, Resource) or api is EXTERNAL) and is_object(stage):
                self._plans[api.urn if isinstance(api, Resource) else text(stage.get("apiId"))].append((plan, stage))

    def of(self, api: Resource, api_name: Any, methods: Methods) -> Iterator[Stage]:
        """The stages of an API with these methods."""
        for stage in self.resources(api):
            yield self._stage(api, api_name, stage, methods)

    def of_external_api(self, api: Resource) -> list[Stage]:
        """The stages of an API that is not among the evaluated resources.

        Their alarms refer to the API by its name, which is unknown.
        """
        return [_with_external_alarms(self._stage(api, UNKNOWN, each, NO_METHODS)) for each in self.resources(api)]

    def of_unknown_apis(self) -> list[Stage]:
        """The stages of which only deployment shows to which API they belong."""
        api = Resource(urn="", type=REST_API, name="", id=UNKNOWN)
        # A stage that names no API at all is rejected by AWS.
        stages = [each for each in self._stages.without_parent if each.inputs.get("restApi") is not None]
        return [_with_external_alarms(self._stage(api, UNKNOWN, each, NO_METHODS)) for each in stages]

    def resources(self, api: Resource) -> Sequence[Resource]:
        """The resources that create the stages of an API."""
        # Before pulumi-aws 7, a deployment that names a stage creates it, unless a `Stage` of that name takes it over.
        deployments = self._deployments.of(api) if self._graph.whole else ()
        created = [each for each in deployments if each.inputs.get("stageName") is not None]
        return [*self._stages.of(api), *created]

    def named(self, api: Resource) -> list[Resource]:
        """Stages of an API that are named, but not declared, as resources of which nothing but the name is known."""
        unknown = dict.fromkeys(_OF_STAGE, UNKNOWN)
        return [
            Resource(
                urn=each.by.urn,
                type=REST_STAGE,
                name=each.name or UNKNOWN_NAME,
                inputs={**unknown, "restApi": api.id, "stageName": each.name or UNKNOWN},
            )
            for each in self._context.named.of(api)
        ]

    def of_named(self, api: Resource) -> Iterator[Stage]:
        """The stages of an API that are named, but not declared."""
        for stage in self.named(api):
            yield self._stage(api, UNKNOWN, stage, NO_METHODS)

    def settings_of(self, api: Resource, stage: Resource, methods: Methods = NO_METHODS) -> MethodSettings:
        """The settings of a stage for the methods of its API."""
        name = text(stage.inputs.get("stageName"))
        entries = [
            *method_settings.declared(self._of_stage(self._settings.get(api.urn, ()), stage, name)),
            *method_settings.inline(stage.inputs.get("methodSettings")),
        ]
        more = self._unknown_settings or any(
            self._of_unknown_stage(each, name) for each in self._settings.get(api.urn, ())
        )
        more |= not api.urn and any(self._settings.values())  # the API is unknown
        return MethodSettings(entries, methods, more=more, inherits=False)

    def _stage(self, api: Resource, api_name: Any, stage: Resource, methods: Methods) -> Stage:
        name = text(stage.inputs.get("stageName"))
        settings = self.settings_of(api, stage, methods)
        plans = self._plans_of(api, stage, name)
        protection = self._context.protection(api, stage)
        alarms = self._context.alarms.on_stage("REST", api, api_name, stage, stage.inputs.get("stageName"))
        log = access_log(self._graph, stage, "REST")
        canary = stage.inputs.get("canarySettings")
        secret, variables_read = credential_names(stage.inputs.get("variables"), read(canary, "stageVariableOverrides"))
        return Stage(
            urn=stage.urn,
            label=f"stage {name or stage.name}",
            subject=f"stage {name}" if stage.type == REST_DEPLOYMENT else "",
            name=name or stage.name,
            behind_web_acl=protection.behind_web_acl,
            distribution=protection.distribution,
            web_acl=protection.web_acl,
            web_acl_known=protection.web_acl_known,
            access_log=log,
            log_groups=self._context.log_groups(api, stage),
            logging_role=self._context.logging_role,
            traced=_is_traced(stage),
            has_detailed_metrics=settings.measured("metricsEnabled"),
            execution_logged=settings.logged(),
            data_traced=settings.traced(),
            throttled=settings.throttled(),
            limits=settings.limits(),
            throttled_by_usage_plan=some(
                *(method_settings.plan_throttled(plan.inputs) for plan in plans), self._more_plans(api)
            ),
            allows_requests=settings.allows_requests(),
            has_usage_plan=some(*([Fact.YES] if plans else []), self._more_plans(api)),
            alarms=alarms,
            secret_variables=secret,
            variables_read=variables_read,
            variables=known_strings(stage.inputs.get("variables")),
            serves_declared_deployment=serves_declared(
                self._graph, stage, type_=REST_DEPLOYMENT, inputs=_SERVED_DEPLOYMENTS
            ),
            summary=tuple(_summary(name or stage.name, log, protection, settings, alarms, plans)),
        )

    def _more_plans(self, api: Resource) -> Fact:
        """UNKNOWN if a usage plan whose API or stage is unknown may apply to a stage of an API; else NO."""
        unknown_stage = any(
            entry.get("stage") is UNKNOWN
            and not self._graph.dependencies(plan, "apiStages", REST_STAGE, REST_DEPLOYMENT)
            for plan, entry in self._plans.get(api.urn, ())
        )
        more = self._unknown_plans or unknown_stage or (not api.urn and any(self._plans.values()))
        return Fact.UNKNOWN if more else Fact.NO

    def _of_stage(self, settings: Any, stage: Resource, name: str) -> list[Resource]:
        """The settings of a stage: by its name, else by their dependency on it."""
        found: list[Resource] = []
        for each in settings:
            written = each.inputs.get("stageName")
            if isinstance(written, str) and name:
                if written == name:
                    found.append(each)
            elif stage in self._graph.dependencies(each, "stageName", REST_STAGE, REST_DEPLOYMENT):
                found.append(each)
        return found

    def _of_unknown_stage(self, settings: Resource, name: str) -> bool:
        """Whether it is unknown if settings belong to a stage."""
        named = isinstance(settings.inputs.get("stageName"), str) and name
        return not named and not self._graph.dependencies(settings, "stageName", REST_STAGE, REST_DEPLOYMENT)

    def _plans_of(self, api: Resource, stage: Resource, name: str) -> list[Resource]:
        """The usage plans that apply to a stage."""
        found: list[Resource] = []
        for plan, entry in self._plans.get(api.urn, ()):
            written = entry.get("stage")
            dependencies = self._graph.dependencies(plan, "apiStages", REST_STAGE, REST_DEPLOYMENT)
            if written == name if isinstance(written, str) and name else stage in dependencies:
                found.append(plan)
        return found


def _with_external_alarms(stage: Stage) -> Stage:
    return replace(stage, alarms=some(stage.alarms, ALARMS_EXTERNAL))


def _is_traced(stage: Resource) -> Fact:
    enabled = stage.inputs.get("xrayTracingEnabled")
    if enabled is UNKNOWN:
        return Fact.unknown("whether X-Ray traces it is known only after deployment")
    return Fact.of(enabled is True, no="has no X-Ray tracing")


def _summary(
    name: str,
    log: AccessLog,
    protection: StageProtection,
    settings: MethodSettings,
    alarms: Fact,
    plans: list[Resource],
) -> Iterator[tuple[str, str]]:
    if protection.behind_web_acl.is_yes:
        acl = protection.web_acl.summary if protection.web_acl else "a web ACL that is not evaluated here"
        yield "waf", f"stage {name}: {acl}"
    if log.written.is_yes:
        yield "observability", f"stage {name}: access log"
    metrics = "metrics of every method" if settings.measured("metricsEnabled").is_yes else ""
    logged = "execution log of errors" if settings.logged().is_yes else ""
    if logged or metrics:
        yield "observability", f"stage {name}: {', '.join(filter(None, (logged, metrics)))}"
    if alarms.is_yes:
        yield "observability", f"stage {name}: alarms on server errors and other signals"
    if settings.throttled().is_yes:
        yield "keys", f"stage {name}: {settings.rate()}"
    if plans:
        yield "keys", f"stage {name}: {len(plans)} usage plan{'s' if len(plans) > 1 else ''}"
