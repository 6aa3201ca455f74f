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
from ..graph.recorded import arns_of, properties_of, region_of, value_of
from ..graph.values import UNKNOWN, is_object, items, read, text
from ..model.fact import Fact
from ..model.stack import Verified
from ..sources.source import SourceError
from . import functions, routes
from .additional import LISTINGS, Listing
from .aws import AbsentError, Ask, Call, NotAskedError, action
from .compare import differences, policy
from .row import Recorded, Row
from .table import ROWS

_ARN: Final = re.compile(r"arn:(aws[\w-]*):[\w-]+:([\w-]*):([0-9]{12}):")
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
IDENTITY: Final = ("sts", "get_caller_identity")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What was compared, and how many resources of which types were not."""

    verified: tuple[Verified, ...]
    not_compared: Mapping[str, int]
    """By type, those that may change a gateway and are not compared."""


def actions() -> frozenset[str]:
    """The IAM actions that verifying every type needs."""
    operations = {(each.service, each.operation) for each in (*ROWS.values(), *LISTINGS)} | {EXPORT, IDENTITY}
    return frozenset(action(*each) for each in operations)


def verified(graph: Graph, ask: Ask, others: Sequence[Graph] = ()) -> Result:
    """Compare a deployed stack with AWS. Raises SourceError if AWS cannot be asked, or for another account.

    What AWS has in addition may be in `others`, which are stacks of the same account.
    """
    form = normalised(graph)
    accounts = _accounts(form)
    own = text(ask(Call(service=IDENTITY[0], operation=IDENTITY[1], region=_region_of(form), params={})).get("Account"))
    if accounts and own and own not in accounts:
        raise SourceError(f"the credentials are of account {own}, but the stack is in {', '.join(sorted(accounts))}")
    found = _Stack(form, ask, own, (form, *map(normalised, others)))
    compared = [each for resource in form.resources for each in found.of_resource(resource)]
    compared += [each for stage in form.of_type(types.REST_STAGE) for each in found.routes_of(stage)]
    compared += [each for resource in form.resources for each in found.additional_of(resource)]
    left = Counter(
        each.type
        for each in form.resources
        if each.custom and not found.has_row(each) and each.type not in _IN_ROUTES and layers_of(each.type)
    )
    return Result(verified=tuple(compared), not_compared=dict(sorted(left.items())))


def _accounts(graph: Graph) -> set[str]:
    given = (each for resource in graph.resources for each in arns_of(resource))
    return {found[3] for each in given if (found := _ARN.match(each))}


def _region_of(graph: Graph) -> str:
    """The region of a stack: that of its APIs, or the only one; empty if there are several."""
    for resources in (graph.of_type(*types.APIS), graph.resources):
        regions = {found for each in resources if (found := region_of(each))}
        if len(regions) == 1:
            return regions.pop()
    return ""


class _Stack:
    """One stack, and what makes calls."""

    def __init__(self, graph: Graph, ask: Ask, account: str, known: Sequence[Graph]) -> None:
        self._graph = graph
        self._known = known
        self._apis = {each.id for one in known for each in one.of_type(*types.APIS)}
        self._ask = ask
        self._account = account
        self._default_region = _region_of(graph)
        self._by_id = {text(each.id): found for each in graph.resources if (found := region_of(each))}
        self._regions = set(self._by_id.values())
        self._imported = {
            text(value_of(each, "restApiId")): each for each in graph.of_type(types.REST_API_BODY) if each.custom
        }
        self._with_policy = {text(value_of(each, "restApiId")) for each in graph.of_type(types.REST_API_POLICY)}
        self._authorizers = frozenset[str]().union(*map(functions.authorizers, known))

    def has_row(self, resource: Resource) -> bool:
        """Whether a resource is compared: its type is in the table, and a function decides who may call an API."""
        if resource.type == types.FUNCTION and value_of(resource, "name") not in self._authorizers:
            return False
        return resource.type in ROWS

    def of_resource(self, resource: Resource) -> Iterator[Verified]:
        """What a resource's row compares."""
        if not self.has_row(resource) or not resource.custom:
            return
        row = ROWS[resource.type]
        recorded = properties_of(resource)
        label = _label(resource)
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
        label = _label(resource)
        recorded = {**recorded, **self._imported_values(resource)}
        ignored = {root(each) for each in resource.ignore_changes}
        if not ignored.isdisjoint(row.together):
            ignored |= row.together
        unreadable = row.unreadable(held)
        for name, at in row.properties.items():
            if name.partition(".")[0] in ignored or "*" in ignored:
                continue
            if reason := unreadable.get(name):
                yield _undecided(resource, label, row.layers.get(name, row.layer), reason, name)
                continue
            if resource.type == types.REST_API and name == "policy" and resource.id in self._with_policy:
                continue
            ours = read(recorded, *name.split("."))
            if ours is None and resource.native:
                continue
            theirs = read(held, *at.split(".")) if at else _named(held, name.rpartition(".")[2])
            if name in row.recent and (ours is None or theirs is None):
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
        region = region_of(resource) or self._region_of_named(params) or self._default_region
        if not region and self._regions:
            raise NotAskedError(f"its region is unknown: the stack is in {', '.join(sorted(self._regions))}")
        return self._ask(Call(service=service, operation=operation, region=region, params=params))

    def _region_of_named(self, params: Mapping[str, Any]) -> str:
        """The region of the resource that parameters name: older states have no region for what belongs to it."""
        regions = {self._by_id.get(text(value), "") for value in params.values()} - {""}
        return regions.pop() if len(regions) == 1 else ""

    # Routes

    def routes_of(self, stage: Resource) -> Iterator[Verified]:
        """The routes of a stage, as AWS exports its deployment."""
        named = value_of(stage, "restApi")
        api = next((each for each in self._graph.of_type(types.REST_API) if each.id == named), None)
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
            "stageName": value_of(stage, "stageName"),
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
        body = value_of(source, "body") if source else value_of(api, "body")
        if body is None or body == "":
            found = routes.of_resources(api, list(self._graph.resources))
            return None if found is None else (found, None)
        written = routes.document(body, _placeholders(api))
        return None if written is None else (routes.of_document(written), written)

    # What AWS has in addition

    def additional_of(self, resource: Resource) -> Iterator[Verified]:
        """What AWS has of a resource that no given state has."""
        for listing in LISTINGS:
            if listing.parent == resource.type and resource.custom:
                yield from self._additional(resource, listing)

    def _additional(self, resource: Resource, listing: Listing) -> Iterator[Verified]:
        recorded = properties_of(resource)
        label, layer = _label(resource), listing.layer
        subject = f"additional {listing.kind}"
        if reason := listing.reason(recorded):
            yield _undecided(resource, label, layer, reason, subject)
            return
        own = self._own(listing, recorded)
        if not own and listing.alone == "not compared":
            return
        try:
            response = self._call(resource, listing.service, listing.operation, listing.params(recorded))
            held = [each for each in listing.held(recorded, response) if each.key not in own]
        except AbsentError:
            return  # the row of the resource says so
        except NotAskedError as error:
            yield _undecided(resource, label, layer, str(error), subject)
            return
        if held and not own and listing.alone == "undecided" and not any(each.api for each in held):
            reason = f"it has {listing.kind} in AWS, and none in the state"
            yield _undecided(resource, label, layer, reason, subject)
            return
        for each in held:
            same = Fact.no(f"is in AWS and not in the state{each.more}")
            if each.api and each.api not in self._apis:
                same = Fact.unknown(f"is in AWS and not in the state{each.more}, which is in no given state")
            yield Verified(
                urn=resource.urn, label=each.label, subject=f"{listing.kind} {each.key}", layer=layer, same=same
            )

    def _own(self, listing: Listing, parent: Recorded) -> set[str]:
        """The keys of the resources of the given states that belong to a parent."""
        return {
            key
            for graph in self._known
            for type_, key_of in listing.recorded.items()
            for each in graph.of_type(type_)
            if each.custom and (key := key_of(parent, properties_of(each))) is not None
        }


def _placeholders(api: Resource) -> Mapping[str, str]:
    """What an import replaces in a document, by name."""
    arn = _ARN.match(text(value_of(api, "executionArn")))
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


def _label(resource: Resource) -> str:
    return f"{resource.type.rpartition(':')[2]} {resource.name}"


def _named(held: Any, name: str) -> Any:
    """The value of a name in a response, whatever its case."""
    wanted = name.lower()
    found = (value for key, value in held.items() if key.lower() == wanted) if is_object(held) else iter(())
    return next(found, None)
