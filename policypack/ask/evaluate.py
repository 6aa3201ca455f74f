"""Evaluates the way of a request through every entry point of an API, in AWS's order.

REST: TLS, mutual TLS, web ACL, route, authorizer with the resource policy, API key, validation, limits, integration
(https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html). HTTP APIs have no
web ACL, resource policy, API keys and validation; WebSocket APIs decide on credentials when a connection opens. What
CloudFront does comes before all of that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from ..model.auth import Route
from ..model.gateway import Stage
from ..resource_policy import MethodResource
from . import cloudfront, connection, credentials, firewall, policies, routes, sockets, validation
from .api import Api
from .cloudfront import Distributed
from .entry_points import Mapped
from .request import Request
from .shipped import Arrival
from .walk import API, AUTH, KEYS, WAF, EntryPoint, Passage, Response, Step, Steps, Walk, passes, stopped, unknown

NO_WEB_ACL: Final = "this entry point has none"
_ANOTHER_ROUTE = "a route that is not known may be more specific"


def walks(api: Api, request: Request) -> Iterator[Walk]:
    """The way of the request through the execute-api endpoint of each stage, and each domain that leads to it."""
    for stage in api.stages(request.stage):
        yield Way(api, stage, request).walk()
        for mapped in api.mapped:
            if mapped.stage in (None, "", stage.name) and not connection.taken(mapped, request):
                yield Way(api, stage, request, mapped).walk()
        for each in api.distributed:
            if each.mapped is None or each.mapped.stage in (None, "", stage.name):
                way = Way(api, stage, request, each.mapped, each)
                if each.leads_to(way.path_at_origin):
                    yield way.walk()


def takes(api: Api, request: Request) -> bool:
    """Whether the API is of the kind that the request is for: a WebSocket API if it has a route key."""
    return (api.gateway.kind == "WEBSOCKET") is bool(request.route_key)


def has_route(api: Api, request: Request) -> bool:
    """Whether a known route of the API may handle the request."""
    if api.gateway.kind == "WEBSOCKET" or request.route_key:
        return takes(api, request) and (request.route_key == sockets.CONNECT or bool(sockets.chosen(api, request)))
    labels = [each.label for each in api.gateway.routes]
    return bool(routes.match(request.method, request.path, labels, rest=api.gateway.kind == "REST").labels)


class Way:
    """The way of a request through one entry point of a stage: its execute-api endpoint, or a domain."""

    def __init__(
        self,
        api: Api,
        stage: Stage,
        request: Request,
        mapped: Mapped | None = None,
        distributed: Distributed | None = None,
    ) -> None:
        """Start before the first step. Of a `distributed` entry point, `mapped` is the domain that is its origin."""
        self._api = api
        self._gateway = api.gateway
        self._stage = stage
        self._rest = api.gateway.kind == "REST"
        self._asked = request
        self._request = cloudfront.at_origin(request, distributed) if distributed else request
        self._mapped = mapped
        self._distributed = distributed
        at_endpoint = "" if stage.name == routes.DEFAULT else f"/{stage.name}"
        chosen = f"/{stage.name}" if mapped and mapped.stage == "" else ""
        base = f"/{mapped.base_path}" if mapped and mapped.base_path else ""
        self._prefix = f"{base}{chosen}" if mapped else at_endpoint
        self._steps = Steps()

    @property
    def path_at_origin(self) -> str:
        """The path at the execute-api endpoint or at the domain."""
        return self._prefix + self._request.path

    def walk(self) -> Walk:
        """Every step up to the one that stops the request."""
        label = self._through()
        return Walk(
            gateway=self._gateway.label,
            gateway_urn=self._gateway.urn,
            entry=self._entry(),
            route=label,
            steps=tuple(self._steps.done),
            integration="" if self._steps.stopped else "its integration",
        )

    def _entry(self) -> EntryPoint:
        mapped, distributed, path = self._mapped, self._distributed, self.path_at_origin
        arn = self._arrival().arn
        host = f"{self._api.id or '<api id>'}.execute-api.{arn.split(':')[3] if arn else '<region>'}.amazonaws.com"
        kind, label, urn = "execute-api", "execute-api endpoint", self._gateway.urn
        if mapped:
            host, kind = mapped.name or "<domain name>", "domain"
            label, urn = mapped.domain.label, mapped.domain.urn
        if distributed:
            host, kind = distributed.name or "<distribution>.cloudfront.net", "cloudfront"
            label, urn = distributed.distribution.label, distributed.distribution.urn
            path = distributed.viewer_path(path) or path
        scheme = "wss" if self._gateway.kind == "WEBSOCKET" else "https"
        return EntryPoint(kind=kind, label=f"{label}, {self._stage.label}", urn=urn, url=f"{scheme}://{host}{path}")

    def _first(self) -> Iterator[Step]:
        """The steps before the route."""
        api, request, mapped = self._api, self._request, self._mapped
        if self._distributed:
            yield from cloudfront.steps(api, self._distributed, self._asked, self.path_at_origin)
        yield from (
            connection.through_domain(api, request, mapped) if mapped else connection.through_endpoint(api, request)
        )
        yield self._web_acl()

    def _through(self) -> str:
        request = self._request
        if self._steps.add([*self._first()]):
            return ""
        if self._gateway.kind == "WEBSOCKET":
            self._steps.add([*sockets.steps(self._api, request), self._limits()])
            found = sockets.chosen(self._api, request)
            return found.label if found else ""
        labels = [each.label for each in self._gateway.routes]
        found = routes.match(request.method, request.path, labels, rest=self._rest)
        if not found.labels:
            self._steps.add([self._no_route()])
            return ""
        known = self._gateway.routes_known.is_yes or routes.is_exact(found.labels[0], request.method)
        reason = found.reason or ("" if known else _ANOTHER_ROUTE)
        by_label = {each.label: each for each in self._gateway.routes}
        candidates = [list(self._of_route(by_label[each])) for each in found.labels]
        if not reason:
            self._steps.add(candidates[0])
            return found.labels[0]
        self._steps.add([unknown("route", API, reason, urn=self._gateway.urn)])
        # The most lenient of the possible routes decides what the request can reach.
        position = next((i for i, each in enumerate(candidates) if not _stops(each)), 0)
        chosen = candidates[position]
        self._steps.add(chosen if known or not _stops(chosen) else [_if_matched(each) for each in chosen])
        return found.labels[position]

    def _of_route(self, route: Route) -> Iterator[Step]:
        yield passes("route", API, f"{route.label} matches", urn=route.urn, subject=route.subject)
        if route.is_preflight and not self._rest:
            yield _preflight(route.urn)
            return
        yield from self._authorization(route)
        yield from credentials.api_key(self._api, self._request, route, self._stage)
        yield from self._validation(route)
        yield self._limits(route)
        yield from self._content_type(route)

    def _web_acl(self) -> Step:
        stage = self._stage
        if stage.distribution is not None or stage.behind_web_acl.is_no:
            return passes("web ACL", WAF, NO_WEB_ACL, urn=stage.urn)
        if stage.web_acl is None or not stage.web_acl_known.is_yes or stage.behind_web_acl.is_unknown:
            reason = stage.behind_web_acl.reason or stage.web_acl_known.reason or "its rules are in another stack"
            return unknown("web ACL", WAF, reason, urn=stage.urn)
        return firewall.step(stage.web_acl, self._request, self.path_at_origin, self._api.responses)

    def _no_route(self) -> Step:
        preflights = self._api.preflights
        if self._request.method == "OPTIONS" and not preflights.is_no:
            if preflights.is_yes:
                return _preflight(self._gateway.urn)
            reason = "whether the API responds to preflights is unknown"
            return unknown("CORS", API, reason, urn=self._gateway.urn)
        if not self._gateway.routes_known.is_yes:
            reason = self._gateway.routes_known.reason or "whether a route matches is unknown"
            return unknown("route", API, reason, urn=self._gateway.urn)
        reason = "no route has this method and path"
        return stopped("route", API, reason, self._api.responses.no_route(), urn=self._gateway.urn)

    def _authorization(self, route: Route) -> Iterator[Step]:
        api, request, way = self._api, self._request, route.authorization
        if not self._rest:
            yield credentials.authorizer(api, request, route)
            if way == "iam" and request.principal:
                yield credentials.permission(api, request, route)
            return
        method = MethodResource(self._stage.name, request.method, request.path.removeprefix("/"))
        if request.vpc_endpoint:
            yield connection.endpoint_policy(api, request, method, signed=way == "iam")
        if way == "unknown":
            yield from self._unknown_authorization(route, method)
            return
        result = policies.result(api, request, way, method)
        early = policies.explicit_denial(api, request, result) if way == "lambda" else None
        if early is not None:
            yield early
        yield credentials.authorizer(api, request, route, self._arrival())
        if way != "iam" or request.principal:
            yield policies.step(api, request, way, result)

    def _arrival(self) -> Arrival:
        api, mapped = self._api, self._mapped
        arn = api.arn if api.arn.startswith("arn:") else ""
        region = arn.split(":")[3] if arn else ""
        host = f"{api.id}.execute-api.{region}.amazonaws.com" if api.id and region else ""
        return Arrival(
            stage=self._stage.name,
            host=mapped.name if mapped else host,
            base_path=self._prefix if mapped else "",
            arn=arn,
            mutual_tls=mapped is not None and not mapped.domain.mutual_tls.is_no,
        )

    def _unknown_authorization(self, route: Route, method: MethodResource) -> Iterator[Step]:
        """The resource policy decides only if it decides the same with every kind of authorization."""
        yield unknown("authorizer", AUTH, "the authorization of the route is unknown", urn=route.urn)
        found = [
            policies.step(
                self._api, self._request, way, policies.result(self._api, self._request, way, method), accepted=False
            )
            for way in ("none", "iam", "lambda", "cognito")
        ]
        if len({each.passage for each in found}) == 1:
            yield found[0]
        else:
            yield unknown("resource policy", "network", "it depends on that authorization", urn=route.urn)

    def _validation(self, route: Route) -> Iterator[Step]:
        found = self._api.described.get(route.label)
        if found is not None:
            yield from validation.steps(found, self._request, route, self._api.responses)

    def _content_type(self, route: Route) -> Iterator[Step]:
        found = self._api.described.get(route.label)
        if found is not None:
            yield from validation.media_type(found, self._request, route, self._api.responses)

    def _limits(self, route: Route | None = None) -> Step:
        stage = self._stage
        of_plan = route is not None and route.requires_api_key.is_yes and stage.throttled_by_usage_plan.is_yes
        if self._request.over_limit and (stage.throttled.is_yes or of_plan):
            response = self._api.responses.of("THROTTLED")
            return stopped("throttle", KEYS, "its sender exceeds the limits", response, urn=stage.urn)
        if stage.allows_requests.is_no:
            return unknown("throttle", KEYS, stage.allows_requests.reason or "a limit is zero", urn=stage.urn)
        if not self._request.over_limit:
            return passes("throttle", KEYS, "its sender is taken to stay within the limits", urn=stage.urn)
        return unknown("throttle", KEYS, "only limits of the account or of a usage plan may stop it", urn=stage.urn)


def _preflight(urn: str) -> Step:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html."""
    return stopped("CORS", API, "API Gateway itself responds to preflights", Response(status=204), urn=urn)


def _stops(steps: Sequence[Step]) -> bool:
    return any(each.passage is Passage.STOPPED for each in steps)


def _if_matched(step: Step) -> Step:
    """A step that stops the request only if its route is the one that API Gateway chooses."""
    if step.passage is not Passage.STOPPED:
        return step
    return replace(step, passage=Passage.UNKNOWN, response=None, reason=f"{step.reason}, if this route handles it")
