"""Compares the resources of a stack with AWS, one by one, and the routes of each stage with its exported document."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..graph import resource_types as types
from ..graph.graph import Graph, Resource
from ..graph.layers_of_types import layers_of
from ..graph.normalised import normalised
from ..graph.property_paths import root
from ..graph.values import UNKNOWN, is_object, items, read, text
from ..model.fact import Fact
from ..model.stack import Verified
from ..sources.source import SourceError
from . import routes
from .aws import AbsentError, Ask, Call, NotAskedError, action
from .compare import differences, policy
from .table import ROWS, Row

_ARN: Final = re.compile(r"arn:(aws[\w-]*):[\w-]+:([\w-]*):([0-9]{12}):")
_REGION: Final = re.compile(r"arn:aws[\w-]*:[\w-]+:([\w-]+):")
_EXTENSION: Final = "x-amazon-apigateway-"
_FROM_DOCUMENT: Final = {
    "apiKeySource": f"{_EXTENSION}api-key-source",
    "binaryMediaTypes": f"{_EXTENSION}binary-media-types",
    "minimumCompressionSize": f"{_EXTENSION}minimum-compression-size",
    "policy": f"{_EXTENSION}policy",
}
"""What an import sets, so that the state of the API itself may have older values, by its name in the document."""
_IN_ROUTES: Final = frozenset(
    {
        *(types.REST_API_BODY, types.REST_METHOD, types.REST_INTEGRATION, types.REST_RESOURCE, types.REST_DEPLOYMENT),
        *(types.REST_INTEGRATION_RESPONSE, types.REST_MODEL, types.GATEWAY_RESPONSE, types.CERTIFICATE_VALIDATION),
    }
)
"""The types that are compared as parts of an exported document, or that are nothing in AWS by themselves."""
_ENCRYPTED: Final = "secrets are readable in the output of `pulumi stack export --show-secrets`"
EXPORT: Final = ("apigateway", "get_export")
ROUTES: Final = ("apigatewayv2", "get_routes")
IDENTITY: Final = ("sts", "get_caller_identity")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What was compared, and how many resources of which types were not."""

    verified: tuple[Verified, ...]
    not_compared: Mapping[str, int]
    """By type, those that may change a gateway and are not compared."""


def actions() -> frozenset[str]:
    """The IAM actions that verifying every type needs."""
    operations = {(row.service, row.operation) for row in ROWS.values()} | {EXPORT, ROUTES, IDENTITY}
    return frozenset(action(*each) for each in operations)


def verified(graph: Graph, ask: Ask) -> Result:
    """Compare a deployed stack with AWS. Raises SourceError if AWS cannot be asked, or for another account."""
    form = normalised(graph)
    accounts = _accounts(form)
    own = text(ask(Call(service=IDENTITY[0], operation=IDENTITY[1], region=_region_of(form), params={})).get("Account"))
    if accounts and own and own not in accounts:
        raise SourceError(f"the credentials are of account {own}, but the stack is in {', '.join(sorted(accounts))}")
    found = _Stack(form, ask, own)
    compared = [each for resource in form.resources for each in found.of_resource(resource)]
    compared += [each for stage in form.of_type(types.REST_STAGE) for each in found.routes_of(stage)]
    compared += [each for api in form.of_type(types.HTTP_API) for each in found.extra_routes(api)]
    left = Counter(
        each.type
        for each in form.resources
        if each.custom and each.type not in ROWS and each.type not in _IN_ROUTES and layers_of(each.type)
    )
    return Result(verified=tuple(compared), not_compared=dict(sorted(left.items())))


def _accounts(graph: Graph) -> set[str]:
    arns = [text(each.outputs.get(name)) for each in graph.resources for name in ("arn", "executionArn")]
    return {found[3] for each in arns if (found := _ARN.match(each))}


def _region_of(graph: Graph) -> str:
    regions = (_region(each) for each in graph.resources)
    return next(filter(None, regions), "")


def _region(resource: Resource) -> str:
    scope = text(resource.inputs.get("scope") or resource.outputs.get("scope"))
    if scope == "CLOUDFRONT":
        return "us-east-1"
    given = text(resource.outputs.get("region") or resource.inputs.get("region"))
    names = (resource.outputs.get("arn"), resource.outputs.get("resourceArn"), resource.id)
    found = next(filter(None, (_REGION.match(text(each)) for each in names)), None)
    return given or (found[1] if found else "")


class _Stack:
    """One stack, and what makes calls."""

    def __init__(self, graph: Graph, ask: Ask, account: str) -> None:
        self._graph = graph
        self._ask = ask
        self._account = account
        self._default_region = _region_of(graph)
        self._imported = {
            text(_value(each, "restApiId")): each for each in graph.of_type(types.REST_API_BODY) if each.custom
        }
        self._with_policy = {text(_value(each, "restApiId")) for each in graph.of_type(types.REST_API_POLICY)}

    def of_resource(self, resource: Resource) -> Iterator[Verified]:
        """What a resource's row compares."""
        row = ROWS.get(resource.type)
        if row is None or not resource.custom:
            return
        recorded = _recorded(resource)
        label = f"{resource.type.rpartition(':')[2]} {resource.name}"
        account = _ARN.match(text(recorded.get("arn")))
        if account and self._account and account[3] != self._account:
            reason = f"it is in account {account[3]}, and the credentials are of {self._account}"
            yield _undecided(resource, label, row.layer, reason)
            return
        try:
            held = row.find(recorded, self._call(resource, row.service, row.operation, row.params(recorded)))
        except AbsentError:
            held = None
        except NotAskedError as error:
            yield _undecided(resource, label, row.layer, str(error))
            return
        if held is None:
            same = Fact.no("is not in AWS")
            yield Verified(urn=resource.urn, label=label, layer=row.layer, same=same)
            return
        yield from self._properties(resource, row, recorded, held)

    def _properties(self, resource: Resource, row: Row, recorded: Mapping[str, Any], held: Any) -> Iterator[Verified]:
        label = f"{resource.type.rpartition(':')[2]} {resource.name}"
        recorded = {**recorded, **self._imported_values(resource)}
        ignored = {root(each) for each in resource.ignore_changes}
        for name, at in row.properties.items():
            if name.partition(".")[0] in ignored or "*" in ignored:
                continue
            if resource.type == types.REST_API and name == "policy" and resource.id in self._with_policy:
                continue
            ours = read(recorded, *name.split("."))
            if ours is None and resource.native:
                continue
            theirs = read(held, *at.split(".")) if at else _named(held, name.rpartition(".")[2])
            if theirs is None and name in row.recent:
                if ours is not None:
                    reason = f"AWS did not return its {name}, which newer versions of boto3 show"
                    yield _undecided(resource, label, row.layers.get(name, row.layer), reason, name)
                continue
            convert = row.read_as.get(name)
            ours, theirs = (convert(ours), convert(theirs)) if convert else (ours, theirs)
            found = list(differences(ours, theirs, (name,)))
            layer = row.layers.get(name, row.layer)
            if not found:
                same = Fact.YES
                yield Verified(urn=resource.urn, label=label, subject=name, layer=layer, same=same)
            for each in found:
                subject = ".".join(each.path)
                inner = row.layers.get(_original(each.path, row), layer)
                if each.is_unknown:
                    fact = Fact.unknown(f"the state does not show its {subject}: {_ENCRYPTED}")
                else:
                    hidden = name in row.hidden or not row.hidden.isdisjoint(each.path)
                    fact = Fact.no(each.described(hidden=hidden))
                yield Verified(urn=resource.urn, label=label, subject=subject, layer=inner, same=fact)

    def _imported_values(self, resource: Resource) -> Mapping[str, Any]:
        """What the document of an API sets, in place of the older values in the state of the API itself."""
        found = self._routes(resource) if resource.type == types.REST_API else None
        written = found[1] if found else None
        if written is None:
            return {}
        values = {name: written[key] for name, key in _FROM_DOCUMENT.items() if key in written}
        for server in items(written.get("servers")):
            endpoint = read(server, f"{_EXTENSION}endpoint-configuration")
            if is_object(endpoint) and "disableExecuteApiEndpoint" in endpoint:
                values["disableExecuteApiEndpoint"] = endpoint["disableExecuteApiEndpoint"]
        return values

    def _call(self, resource: Resource, service: str, operation: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        missing = [name for name, value in params.items() if value is None or value is UNKNOWN]
        if missing:
            raise NotAskedError(f"its state lacks {', '.join(missing)}")
        region = _region(resource) or self._default_region
        return self._ask(Call(service=service, operation=operation, region=region, params=params))

    # Routes

    def routes_of(self, stage: Resource) -> Iterator[Verified]:
        """The routes of a stage, as AWS exports its deployment."""
        api = next((each for each in self._graph.of_type(types.REST_API) if each.id == _value(stage, "restApi")), None)
        if api is None:
            return
        label = f"Stage {stage.name}"
        recorded = self._routes(api)
        if recorded is None:
            reason = "its routes are unknown: the document or the methods of its API are not readable in the state"
            yield _undecided(stage, label, "auth", reason)
            return
        ours, written = recorded
        if not ours and written is None:
            yield _undecided(stage, label, "auth", "the state has neither a document nor methods of its API")
            return
        params = {
            "restApiId": api.id,
            "stageName": _value(stage, "stageName"),
            "exportType": "oas30",
            "parameters": {"extensions": "apigateway"},
            "accepts": "application/json",
        }
        try:
            body = self._call(stage, *EXPORT, params).get("body")
        except AbsentError:
            return  # the row of the stage says so
        except NotAskedError as error:
            yield _undecided(stage, label, "auth", str(error))
            return
        held = routes.document(body, _placeholders(api))
        if held is None:
            yield _undecided(stage, label, "auth", "the export of its deployment is not readable")
            return
        yield from _compared(stage, ours, routes.of_document(held))
        if written is not None:
            yield from _policy(stage, written, held)

    def _routes(self, api: Resource) -> tuple[Mapping[str, routes.Route], Mapping[str, Any] | None] | None:
        """The routes in the state, and the document that they are from; None if they cannot be read."""
        source = self._imported.get(text(api.id))
        body = _value(source, "body") if source else _value(api, "body")
        if body is None or body == "":
            found = routes.of_resources(api, list(self._graph.resources))
            return None if found is None else (found, None)
        written = routes.document(body, _placeholders(api))
        return None if written is None else (routes.of_document(written), written)

    def extra_routes(self, api: Resource) -> Iterator[Verified]:
        """The routes of an HTTP or WebSocket API that its state does not have."""
        label = f"Api {api.name}"
        if _value(api, "body") or _value(api, "target"):
            reason = "routes that come from its document or `target` are not compared"
            yield _undecided(api, label, "auth", reason)
            return
        own = {each.id for each in self._graph.of_type(types.HTTP_ROUTE) if _value(each, "apiId") == api.id}
        try:
            listed = self._call(api, *ROUTES, {"ApiId": api.id}).get("Items") or ()
        except AbsentError:
            return
        except NotAskedError as error:
            yield _undecided(api, label, "auth", str(error))
            return
        if listed and not own:
            yield _undecided(api, label, "auth", "it has routes in AWS, and none in the state")
            return
        for each in listed:
            if each.get("RouteId") not in own:
                key = text(each.get("RouteKey"))
                yield _extra(api, key, is_open=each.get("AuthorizationType") in {None, "NONE"})


def _placeholders(api: Resource) -> Mapping[str, str]:
    """What an import replaces in a document, by name."""
    arn = _ARN.match(text(api.outputs.get("executionArn")))
    names = {"Partition": arn[1], "Region": arn[2], "AccountId": arn[3]} if arn else {}
    return {**names, "URLSuffix": "amazonaws.com"}


def _original(path: Sequence[str], row: Row) -> str:
    """The property that a canonical path ends in, as the row spells it."""
    last = path[-1].lower()
    return next((name for name in row.layers if name.lower().removesuffix("s") == last.removesuffix("s")), path[0])


def _policy(stage: Resource, written: Mapping[str, Any], held: Mapping[str, Any]) -> Iterator[Verified]:
    name = f"{_EXTENSION}policy"
    found = list(differences(policy(written.get(name)), policy(held.get(name))))
    same = Fact.of(not found, no="serves another resource policy than the state has")
    yield Verified(urn=stage.urn, label=f"Stage {stage.name}", subject="policy", layer="network", same=same)


def _compared(
    stage: Resource, recorded: Mapping[str, routes.Route], held: Mapping[str, routes.Route]
) -> Iterator[Verified]:
    for route in sorted({*recorded, *held}):
        ours, theirs = recorded.get(route), held.get(route)
        if ours is None and theirs is not None:
            yield _extra(stage, route, is_open=not theirs["authorization"])
        elif theirs is None:
            same = Fact.no("is not served by the stage, and is in the state")
            yield Verified(urn=stage.urn, label=route, subject=route, layer="auth", same=same)
        elif ours is not None:
            yield from _aspects(stage, route, ours, theirs)


def _aspects(stage: Resource, route: str, ours: routes.Route, theirs: routes.Route) -> Iterator[Verified]:
    for aspect, layer in routes.ASPECTS.items():
        found = list(differences(ours[aspect], theirs[aspect], (aspect,)))
        fact = Fact.of(not found, no=f"has another {aspect} in AWS than in the state")
        if any(each.is_unknown for each in found):
            fact = Fact.unknown(f"its {aspect} is not readable in the state")
        yield Verified(urn=stage.urn, label=route, subject=f"{route} {aspect}", layer=layer, same=fact)


def _extra(resource: Resource, route: str, *, is_open: bool) -> Verified:
    more = ", and accepts requests without credentials" if is_open else ""
    same = Fact.no(f"is in AWS and not in the state{more}")
    return Verified(urn=resource.urn, label=route, subject=route, layer="auth", same=same)


def _undecided(resource: Resource, label: str, layer: str, reason: str, subject: str = "") -> Verified:
    return Verified(urn=resource.urn, label=label, subject=subject, layer=layer, same=Fact.unknown(reason))


def _recorded(resource: Resource) -> Mapping[str, Any]:
    """The properties in the state: those that were deployed, which are the outputs, before those declared."""
    if resource.native:
        return {**resource.inputs, "id": resource.id}
    declared = {name: value for name, value in resource.inputs.items() if value is not UNKNOWN}
    return {**declared, **resource.outputs, "id": resource.id}


def _value(resource: Resource, name: str) -> Any:
    return _recorded(resource).get(name)


def _named(held: Any, name: str) -> Any:
    """The value of a name in a response, whatever its case."""
    wanted = name.lower()
    found = (value for key, value in held.items() if key.lower() == wanted) if is_object(held) else iter(())
    return next(found, None)
