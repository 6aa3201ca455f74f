"""Which kinds of callers reach a route: every kind that the policies and the web ACL of an API distinguish.

The world is cut into addresses (by the conditions of policies and the IP sets of the web ACL), countries, VPC endpoints
and signatures. Of the credentials, each kind of caller has those that the route requires. One request of each kind is
evaluated. Requests look ordinary to managed rule groups, and every path parameter has one sample value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ..graph.values import Unknown
from ..model.auth import Authorizer, Route
from ..model.gateway import Stage
from ..patterns.addresses import INTERNET, PRIVATE, AddressGroup, Ranges, Span, Universe, merged, partition
from ..resource_policy import Document
from ..resource_policy.document import Condition, Statement
from ..web_acl.components import METHODS
from ..web_acl.statements import AddressMatch, CountryMatch, LabelMatch, Leaf, Rule, leaves
from .api import Api
from .entry_points import Distributed, Mapped, NoPolicy
from .evaluate import Way
from .request import Given, Identity, Request
from .sockets import CONNECT
from .walk import Passage, Walk

OTHER_ACCOUNT: Final = "999999999999"
OWN_ACCOUNT: Final = "000000000000"
"""Stands for the account of an API if it is unknown."""
OTHER_ENDPOINT: Final = "vpce-0fffffffffffffff0"
OTHER_COUNTRY: Final = "ZZ"
_OTHER_ORGANIZATION: Final = "o-zzzzzzzzzz"
_SAMPLE: Final = "zq7"
_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Callers:
    """Callers of one kind that reach, or may reach, the backend of a route through one entry point."""

    gateway: str
    route: str
    entry: str
    url: str
    """Of the route at this entry point, with its path parameters."""
    credentials: tuple[str, ...]
    """What they must have, as phrases; empty if they need nothing."""
    via: str
    """The VPC endpoint that they come through; empty for the internet."""
    countries: str
    """Such as `every country except KP`; empty if the country does not matter."""
    addresses: Mapping[int, Sequence[Span]]
    """By IP version."""
    certain: bool
    """Whether they certainly reach it."""
    reason: str = ""
    """What is unknown."""

    @property
    def kind(self) -> tuple[object, ...]:
        """What these callers have in common whatever their addresses are."""
        return (
            *(self.gateway, self.route, self.entry, self.credentials, self.via, self.countries),
            *(self.certain, self.reason),
        )

    @property
    def universe(self) -> Universe:
        """The addresses that callers of this kind may have."""
        return PRIVATE if self.via else INTERNET


def callers(api: Api, wanted: str = "") -> Iterator[Callers]:
    """The callers that reach the routes of an API, or one of them, in the order of routes and entry points."""
    for route in api.gateway.routes:
        if wanted in ("", route.label) and not (route.is_preflight and api.gateway.kind == "HTTP"):
            for stage in api.gateway.stages:
                world = _World(api, stage)
                for mapped in (None, *(one for one in api.mapped if one.stage in (None, "", stage.name))):
                    yield from _Reached(world, route, mapped).callers()
                for each in api.distributed:
                    if each.mapped is None or each.mapped.stage in (None, "", stage.name):
                        yield from _Reached(world, route, each.mapped, each).callers()


@dataclass(frozen=True, slots=True)
class _Signer:
    """Whose signature a request has."""

    phrase: str
    principal: str = ""
    identity: Identity = Identity.ALLOW
    organization: str | None = None


class _World:
    """What the policies and the web ACL of a stage distinguish."""

    def __init__(self, api: Api, stage: Stage) -> None:
        listed = api.endpoint_policies
        others = () if OTHER_ENDPOINT in listed else (OTHER_ENDPOINT,)
        policies = {**listed, **dict.fromkeys(others, NoPolicy())}
        self.api = replace(api, account=api.account or OWN_ACCOUNT, endpoint_policies=policies)
        self.stage = stage
        of_domains = (each.policy for each in api.mapped)
        documents = [each for each in (api.policy, *listed.values(), *of_domains) if isinstance(each, Document)]
        self._statements = [one for each in documents for one in each.statements if isinstance(one, Statement)]
        self._conditions = [c for each in self._statements for c in each.conditions if isinstance(c, Condition)]
        acls = [stage.web_acl, *(each.distribution.web_acl for each in api.distributed)]
        self._leaves = [one for each in acls if each for one in _leaves(each.evaluated.rules)]
        ranges = [each.ranges for each in self._conditions if each.operator in {"ipaddress", "notipaddress"}]
        ranges += [each.ranges for each in self._leaves if isinstance(each, AddressMatch) and each.forwarded is None]
        different: list[Ranges] = list(dict.fromkeys(ranges))
        self.groups = {"": partition(different, INTERNET), "via": partition(different, PRIVATE)}

    def countries(self) -> list[str]:
        """The countries that rules name, and one that stands for all others."""
        named = {
            country
            for each in self._leaves
            if isinstance(each, CountryMatch) and each.forwarded is None
            for country in each.countries
        }
        return [OTHER_COUNTRY, *sorted(named)]

    def endpoints(self) -> list[str]:
        """The VPC endpoints by which callers may come; empty for the internet."""
        private = self.api.gateway.private
        internet = [] if private.is_yes else [""]
        associated = (one for each in self.api.mapped for one in each.endpoints)
        named = {*self.api.endpoint_policies, *associated, *self._values("aws:sourcevpce", "vpce-")}
        return internet + ([] if private.is_no else sorted(named))

    def signers(self) -> Iterator[_Signer]:
        """From the weakest to the strongest."""
        own = f"arn:aws:iam::{self.api.account}:role/{_SAMPLE}"
        other = f"arn:aws:iam::{OTHER_ACCOUNT}:role/{_SAMPLE}"
        yield _Signer("the signature of any AWS principal", other, organization=_OTHER_ORGANIZATION)
        for each in sorted(self._values("aws:principalorgid", "o-")):
            yield _Signer(f"the signature of a principal of organization {each}", other, organization=each)
        yield _Signer("the signature of any principal of the API's account", own, Identity.SILENT)
        named = {
            one
            for each in self._statements
            if not isinstance(each.principals, Unknown)
            for one in each.principals.accounts
            if not isinstance(one, Unknown) and "*" not in one
        }
        for each in sorted(named):
            account = each.isdigit() or each.endswith(":root")
            number = each.split(":")[4] if ":" in each else each
            principal = f"arn:aws:iam::{number}:role/{_SAMPLE}" if account else each
            phrase = f"of account {number}, whose policies allow it" if account else each
            yield _Signer(f"the signature of {'a principal ' if account else ''}{phrase}", principal)
        phrase = "the signature of a principal of the API's account whose policies allow it"
        yield _Signer(phrase, own)

    def _values(self, key: str, prefix: str) -> set[str]:
        return {
            each
            for one in self._conditions
            if one.key == key
            for each in one.values
            if isinstance(each, str) and each.startswith(prefix) and "*" not in each
        }


def _leaves(rules: Sequence[Rule]) -> Iterator[Leaf]:
    for rule in rules:
        yield from (each for each in leaves(rule.statement) if not isinstance(each, LabelMatch))
        if rule.group is not None:
            yield from _leaves(rule.group.rules or ())


_Cell = tuple[AddressGroup, str]
"""Addresses and a country."""


class _Reached:
    """The callers that reach one route through one entry point of a stage."""

    def __init__(
        self, world: _World, route: Route, mapped: Mapped | None, distributed: Distributed | None = None
    ) -> None:
        self._distributed = distributed
        self._world = world
        self._api = world.api
        self._route = route
        self._mapped = mapped
        method, _, path = route.label.partition(" ")
        self._socket = world.api.gateway.kind == "WEBSOCKET"
        if self._socket:
            self._path, self._methods = "", ["GET"]
            return
        self._path = "/".join(_sampled(each) for each in path.split("/")) if path else f"/{_SAMPLE}"
        self._methods = self._not_defined(path) if method in {"ANY", "$default"} else [method]

    def _not_defined(self, path: str) -> list[str]:
        """The methods of an ANY route that have no route of their own."""
        own = {each.label for each in self._api.gateway.routes}
        return [each for each in METHODS if f"{each} {path}" not in own]

    def callers(self) -> Iterator[Callers]:
        """Each kind once: not those that need more credentials than others with the same addresses."""
        needed, fixed = self._credentials()
        signers = list(self._world.signers()) if self._protecting.authorization in {"iam", "unknown"} else [None]
        for via in self._world.endpoints():
            earlier: dict[_Cell, Passage] = {}
            for signer in signers:
                request = replace(fixed, vpc_endpoint=via)
                if signer is not None:
                    request = replace(
                        request,
                        principal=signer.principal,
                        identity=signer.identity,
                        organization=signer.organization,
                    )
                found, reasons, walk = self._cells(request, via)
                new = {cell: passage for cell, passage in found.items() if earlier.get(cell) is not Passage.PASSES}
                new = {cell: passage for cell, passage in new.items() if earlier.get(cell) is not passage}
                earlier |= new
                phrases = (*needed, *([signer.phrase] if signer else []))
                yield from self._described(new, reasons, phrases, via, walk)

    def _credentials(self) -> tuple[list[str], Request]:
        """What every caller of the route must have, as phrases and in a request."""
        gateway, route, phrases = self._api.gateway, self._protecting, list[str]()
        request = Request(path=self._path, ordinary=True, route_key=self._route.label if self._socket else "")
        if self._asks_for_certificate():
            phrases.append("a client certificate that the truststore trusts")
            request = replace(request, certificate=Given.VALID)
        if route.authorization in {"lambda", "cognito", "jwt", "unknown"}:
            accepted = _accepted(route, gateway.authorizers_of(route))
            phrases.append(_VARIABLE.sub(self._variable, accepted))
            request = replace(request, token=Given.VALID)
        if not route.requires_api_key.is_no and gateway.kind != "HTTP":
            phrases.append("an API key of the stage")
            request = replace(request, key=Given.VALID)
        return phrases, request

    def _variable(self, name: re.Match[str]) -> str:
        return self._world.stage.variables.get(name[1], name[0])

    @property
    def _protecting(self) -> Route:
        """The route whose credentials count: of a WebSocket API, $connect for all messages."""
        connect = (each for each in self._api.gateway.routes if each.label == CONNECT)
        return next(connect, self._route) if self._socket else self._route

    def _asks_for_certificate(self) -> bool:
        if self._distributed is not None:
            return not self._distributed.requires_certificate.is_no
        return self._mapped is not None and not self._mapped.domain.mutual_tls.is_no

    def _cells(self, request: Request, via: str) -> tuple[dict[_Cell, Passage], dict[_Cell, str], Walk | None]:
        """The addresses and countries from which callers reach the route, or may do so."""
        found, reasons, walk = dict[_Cell, Passage](), dict[_Cell, str](), None
        for group in self._world.groups["via" if via else ""]:
            for country in self._world.countries():
                for method in self._methods:
                    asked = replace(request, method=method, address=group.sample, country=country)
                    way = Way(self._api, self._world.stage, asked, self._mapped, self._distributed)
                    if self._distributed and not self._distributed.leads_to(way.path_at_origin):
                        continue
                    walk = way.walk()
                    if walk.passage is Passage.STOPPED or walk.route != self._route.label:
                        continue
                    cell = (group, country)
                    if walk.passage is Passage.PASSES:
                        found[cell] = Passage.PASSES
                        break
                    found.setdefault(cell, Passage.UNKNOWN)
                    reasons.setdefault(cell, "; ".join(dict.fromkeys(each.reason for each in walk.unless)))
        return found, reasons, walk

    def _described(
        self,
        cells: Mapping[_Cell, Passage],
        reasons: Mapping[_Cell, str],
        credentials: tuple[str, ...],
        via: str,
        walk: Walk | None,
    ) -> Iterator[Callers]:
        """The cells in as few rows as possible: addresses with the same countries together."""
        rows: dict[tuple[bool, tuple[str, ...], str], list[AddressGroup]] = {}
        by_group: dict[AddressGroup, dict[Passage, list[str]]] = {}
        for (group, country), passage in cells.items():
            by_group.setdefault(group, {}).setdefault(passage, []).append(country)
        for group, passages in by_group.items():
            for passage, countries in passages.items():
                certain = passage is Passage.PASSES
                reason = "" if certain else reasons.get((group, countries[0]), "")
                rows.setdefault((certain, tuple(countries), reason), []).append(group)
        for (certain, countries, reason), groups in rows.items():
            yield Callers(
                gateway=self._api.gateway.label,
                route=self._route.label,
                entry=walk.entry.label if walk else "",
                url=self._url(walk) if walk else "",
                credentials=credentials,
                via=_phrase_of_endpoint(via),
                countries=self._countries(countries),
                addresses=merged(groups),
                certain=certain,
                reason=reason,
            )

    def _url(self, walk: Walk) -> str:
        if self._socket:
            return walk.entry.url
        return walk.entry.url.replace(self._path, self._route.label.partition(" ")[2] or "/")

    def _countries(self, found: Sequence[str]) -> str:
        all_of_them = self._world.countries()
        missing = [each for each in all_of_them if each not in found]
        if not missing:
            return ""
        if OTHER_COUNTRY in found:
            return f"every country except {', '.join(missing)}"
        return ", ".join(found)


def _accepted(route: Route, used: Sequence[Authorizer]) -> str:
    """What the authorizers of a route accept: a change of it opens or closes the route for some callers."""
    named = ", ".join(f"{each.label} ({', '.join(each.trusts)})" if each.trusts else each.label for each in used)
    scopes = f", with the scope {' or '.join(route.scopes)}" if route.scopes else ""
    return f"what {named or 'its authorizer'} accepts{scopes}"


def _phrase_of_endpoint(via: str) -> str:
    return "any VPC endpoint" if via == OTHER_ENDPOINT else via


def _sampled(segment: str) -> str:
    return _SAMPLE if segment.startswith("{") else segment
