"""Reads the stages of an API: logs, method settings, usage plans, and what stands before them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from .alarms import Alarms
from .findings import Answer
from .graph import UNKNOWN, Graph, Resource, Target, is_object, items, read, text
from .model import AccessLog, Stage, every, some
from .web_acls import WebAcls

API: Final = "aws:apigateway/restApi:RestApi"
STAGE: Final = "aws:apigateway/stage:Stage"
DEPLOYMENT: Final = "aws:apigateway/deployment:Deployment"
_SETTINGS: Final = "aws:apigateway/methodSettings:MethodSettings"
_PLAN: Final = "aws:apigateway/usagePlan:UsagePlan"


class Stages:
    """The stages of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Sort stages, settings and plans by the API they belong to, once."""
        self._graph = graph
        self._stages: dict[str, list[Resource]] = defaultdict(list)
        self._settings: dict[str, list[Resource]] = defaultdict(list)
        self._plans: dict[str, list[tuple[Resource, Mapping[str, Any]]]] = defaultdict(list)
        self._loose_plan = self._loose_settings = False
        for stage in graph.of_type(STAGE):
            self._add(self._stages, stage, graph.target(stage, "restApi", API))
        for deployment in graph.of_type(DEPLOYMENT):
            if deployment.inputs.get("stageName") is not None:  # pulumi-aws before 7 makes a stage of it
                self._add(self._stages, deployment, graph.target(deployment, "restApi", API))
        for settings in graph.of_type(_SETTINGS):
            api = self._api_of(settings)
            self._loose_settings |= api is UNKNOWN
            self._add(self._settings, settings, api)
        for plan in graph.of_type(_PLAN):
            self._read_plan(plan)
        self._acls = WebAcls(graph, self._written_arns(), STAGE)
        self._alarms = Alarms(graph, API)

    def _api_of(self, settings: Resource) -> Target:
        """The API, named by itself or by its stage."""
        api = self._graph.target(settings, "restApi", API)
        if api is not UNKNOWN:
            return api
        found = [
            *self._graph.dependencies(settings, "restApi", STAGE),
            *self._graph.dependencies(settings, "stageName", STAGE),
        ]
        homes = {stage.urn: self._graph.target(stage, "restApi", API) for stage in found}
        return next(iter(homes.values())) if len(homes) == 1 else UNKNOWN

    @staticmethod
    def _add(into: dict[str, list[Resource]], resource: Resource, api: Any) -> None:
        if isinstance(api, Resource):
            into[api.urn].append(resource)

    def _read_plan(self, plan: Resource) -> None:
        stages = plan.inputs.get("apiStages")
        self._loose_plan |= stages is UNKNOWN
        for stage in items(stages):
            api = self._graph.follow(plan, "apiStages", read(stage, "apiId"), API)
            self._loose_plan |= api is UNKNOWN
            if isinstance(api, Resource) and is_object(stage):
                self._plans[api.urn].append((plan, stage))

    def _written_arns(self) -> dict[str, Resource]:
        """Stages by the ARN that programs compose by hand."""
        found: dict[str, Resource] = {}
        for stages in self._stages.values():
            for stage in stages:
                api, name = text(stage.inputs.get("restApi")), text(stage.inputs.get("stageName"))
                arn = text(stage.outputs.get("arn"))
                region = arn.split(":")[3] if arn.count(":") > 3 else ""  # noqa: PLR2004 - the parts of an ARN
                if api and name and region:
                    found[f"{':'.join(arn.split(':')[:3])}:{region}::/restapis/{api}/stages/{name}"] = stage
        return found

    def of(self, api: Resource, api_name: Any) -> Iterator[Stage]:
        """The stages of an API."""
        for stage in self._stages.get(api.urn, ()):
            yield self._stage(api, api_name, stage)

    def _stage(self, api: Resource, api_name: Any, stage: Resource) -> Stage:
        name = text(stage.inputs.get("stageName"))
        settings = _Settings(self._of_stage(self._settings.get(api.urn, ()), stage, name), loose=self._loose_settings)
        plans = self._of_plans(api, stage, name)
        behind, acl = self._acls.of(stage)
        alarms, missing = self._alarms.of(api, api_name, name)
        log = _access_log(stage)
        throttled = some(settings.throttled(), *(_limits(plan) for plan in plans), self._perhaps_planned())
        has_plan = some(*([Answer.YES] if plans else []), self._perhaps_planned())
        return Stage(
            urn=stage.urn,
            label=f"stage {name or stage.name}",
            name=name or stage.name,
            behind_web_acl=behind,
            web_acl=acl,
            access_log=log,
            measured=settings.flag("metricsEnabled"),
            execution_logged=settings.logged(),
            data_traced=settings.traced(),
            throttled=throttled,
            has_plan=has_plan,
            alarms=alarms,
            alarms_missing=missing,
            summary=tuple(
                _summary(name or stage.name, log, behind, acl.summary if acl else "", settings, alarms, plans)
            ),
        )

    def _perhaps_planned(self) -> Answer:
        return Answer.NOT_YET if self._loose_plan else Answer.NO

    def _of_stage(self, settings: Any, stage: Resource, name: str) -> list[Resource]:
        """The settings of a stage: by its name, else by the edge to it."""
        found: list[Resource] = []
        for each in settings:
            written = each.inputs.get("stageName")
            if isinstance(written, str) and name:
                if written == name:
                    found.append(each)
            elif stage in self._graph.dependencies(each, "stageName", STAGE, DEPLOYMENT):
                found.append(each)
        return found

    def _of_plans(self, api: Resource, stage: Resource, name: str) -> list[Resource]:
        found: list[Resource] = []
        for plan, entry in self._plans.get(api.urn, ()):
            written = entry.get("stage")
            edges = self._graph.dependencies(plan, "apiStages", STAGE, DEPLOYMENT)
            if written == name if isinstance(written, str) and name else stage in edges:
                found.append(plan)
        return found


class _Settings:
    """The method settings of one stage; what holds for all methods is `*/*`."""

    def __init__(self, resources: list[Resource], *, loose: bool) -> None:
        self._whole = [each.inputs.get("settings") for each in resources if _path(each) in {"*/*", UNKNOWN}]
        self._single = [each.inputs.get("settings") for each in resources if _path(each) not in {"*/*", UNKNOWN}]
        self._absent = Answer.NOT_YET if loose and not self._whole else Answer.NO

    def flag(self, name: str) -> Answer:
        """Whether a setting is on for all methods, and off for none."""
        whole = some(self._absent, *(_is(read(each, name), wanted=True) for each in self._whole))
        return every(whole, *(_isnt(read(each, name), unwanted=False) for each in self._single))

    def logged(self) -> Answer:
        """Whether errors at least are logged for all methods."""
        whole = some(self._absent, *(_among(read(each, "loggingLevel"), {"ERROR", "INFO"}) for each in self._whole))
        return every(whole, *(_not_among(read(each, "loggingLevel"), {"OFF"}) for each in self._single))

    def traced(self) -> Answer:
        """Whether data trace is on for any method."""
        return some(*(_is(read(each, "dataTraceEnabled"), wanted=True) for each in (*self._whole, *self._single)))

    def throttled(self) -> Answer:
        """Whether rate and burst are limited for all methods; -1 is AWS's word for no limit."""
        names = ("throttlingRateLimit", "throttlingBurstLimit")
        whole = some(self._absent, *(every(*(_limit(read(each, name)) for name in names)) for each in self._whole))
        lifted = [_lifted(read(each, name)) for each in self._single for name in names]
        return every(whole, *lifted)

    def rate(self) -> str:
        """The rate, for the reports."""
        rates = [read(each, "throttlingRateLimit") for each in self._whole]
        return next((f"{rate:g} requests per second" for rate in rates if isinstance(rate, int | float)), "throttled")


def _path(settings: Resource) -> Any:
    return settings.inputs.get("methodPath")


def _is(value: Any, *, wanted: bool) -> Answer:
    return Answer.NOT_YET if value is UNKNOWN else Answer.YES if value is wanted else Answer.NO


def _isnt(value: Any, *, unwanted: bool) -> Answer:
    return Answer.NOT_YET if value is UNKNOWN else Answer.NO if value is unwanted else Answer.YES


def _among(value: Any, wanted: set[str]) -> Answer:
    return Answer.NOT_YET if value is UNKNOWN else Answer.YES if value in wanted else Answer.NO


def _not_among(value: Any, unwanted: set[str]) -> Answer:
    return Answer.NOT_YET if value is UNKNOWN else Answer.NO if value in unwanted else Answer.YES


def _limit(value: Any) -> Answer:
    if value is UNKNOWN:
        return Answer.NOT_YET
    return Answer.YES if isinstance(value, int | float) and value >= 0 else Answer.NO


def _lifted(value: Any) -> Answer:
    """A single route's setting may only lift the limit by saying so."""
    return Answer.YES if value is None else _limit(value)


def _limits(plan: Resource) -> Answer:
    """Whether a usage plan limits the rate of its keys."""
    throttle = plan.inputs.get("throttleSettings")
    return every(*(_limit(read(throttle, name)) for name in ("rateLimit", "burstLimit")))


def _access_log(stage: Resource) -> AccessLog:
    settings = stage.inputs.get("accessLogSettings", stage.inputs.get("accessLogSetting"))
    if settings is UNKNOWN:
        return AccessLog(written=Answer.NOT_YET, identifies=Answer.NOT_YET)
    destination, line = read(settings, "destinationArn"), read(settings, "format")
    # An ARN still to come is a destination; whether that group exists is for the engine to find out.
    written = Answer.YES if destination is UNKNOWN or text(destination) else Answer.NO
    if line is UNKNOWN:
        return AccessLog(written=written, identifies=Answer.NOT_YET)
    traceable = any(name in text(line) for name in ("$context.requestId", "$context.extendedRequestId"))
    return AccessLog(written=written, identifies=Answer.YES if traceable else Answer.NO)


def _summary(
    name: str, log: AccessLog, behind: Answer, acl: str, settings: _Settings, alarms: Answer, plans: list[Resource]
) -> Iterator[tuple[str, str]]:
    if behind is Answer.YES:
        yield "waf", f"{acl or 'a web ACL from elsewhere'}, before stage {name}"
    if log.written is Answer.YES:
        yield "observability", f"stage {name}: access log"
    if settings.logged() is Answer.YES:
        yield "observability", f"stage {name}: execution log of errors, metrics of every method"
    if alarms is Answer.YES:
        yield "observability", f"stage {name}: alarms on server errors and other signs of trouble"
    if settings.throttled() is Answer.YES:
        yield "keys", f"stage {name}: {settings.rate()}"
    if plans:
        yield "keys", f"stage {name}: {len(plans)} usage plan{'s' if len(plans) > 1 else ''}"
