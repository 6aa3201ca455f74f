"""Reads CloudFront distributions that stand before APIs.

AWS WAF takes no HTTP or WebSocket API. Filtered they are only by a distribution before them that has a web ACL, and
only as far as nobody gets round it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    API_MAPPING,
    APIS,
    BASE_PATH_MAPPING,
    DISTRIBUTION,
    DOMAINS,
    HTTP_API,
    REST_API,
    STAGES,
    WEB_ACL,
)
from ..graph.values import (
    UNKNOWN,
    is_object,
    items,
    read,
    text,
)
from ..model.fact import Fact, every
from ..model.waf import Front, WebAcl
from .waf.web_acls import WebAcls

_MAPPINGS: Final = {
    BASE_PATH_MAPPING: "restApi",
    API_MAPPING: "apiId",
}
_ENCRYPTED: Final = frozenset({"https-only", "redirect-to-https"})
_EXECUTE_API: Final = re.compile(r"([\w-]+)\.execute-api\.", re.IGNORECASE)


class Fronts:
    """The distributions of a graph, by the API that they stand before."""

    def __init__(self, graph: Graph, acls: WebAcls) -> None:
        """Follow origins and domain mappings once."""
        self._graph = graph
        self._acls = acls
        self._by_domain: dict[str, set[str]] = defaultdict(set)
        self._fronts: dict[str, list[Front]] = defaultdict(list)
        self.loose = self.perhaps = False
        """Whether some distribution leads to what is known only later; `loose` if one with a web ACL does."""
        for type_, name in _MAPPINGS.items():
            for mapping in graph.of_type(type_):
                self._map(mapping, name)
        for distribution in graph.of_type(DISTRIBUTION):
            enabled = distribution.inputs.get("enabled")
            if enabled is UNKNOWN:
                self.perhaps = self.loose = True
            elif enabled is not False:
                self._follow(distribution)

    def of(self, api: Resource) -> tuple[Front, ...]:
        """What stands before an API."""
        return tuple(self._fronts.get(api.urn, ()))

    def _map(self, mapping: Resource, name: str) -> None:
        api = self._graph.target(mapping, name, *APIS)
        domain = self._graph.target(mapping, "domainName", *DOMAINS)
        if isinstance(api, Resource):
            names = {text(mapping.inputs.get("domainName")).lower()}
            if isinstance(domain, Resource):
                # The mapping may name the domain by an id that is not known yet.
                names |= {domain.urn, text(domain.inputs.get("domainName")).lower()}
            for each in names - {""}:
                self._by_domain[each].add(api.urn)

    def _follow(self, distribution: Resource) -> None:
        origins = [each for each in items(distribution.inputs.get("origins")) if is_object(each)]
        origins = origins or [{"domainName": UNKNOWN, "customHeaders": UNKNOWN}]
        later = [each for each in origins if not isinstance(each.get("domainName"), str)]
        for origin in origins:
            front = self._front(distribution, origin)
            if len(later) > 1 and origin in later:
                # Any of them may be the API's: the edges are those of all origins together.
                front = replace(front, proves_itself=_of_one(self._front(distribution, each) for each in later))
            reached = self._reached(distribution, origin.get("domainName"))
            for urn in reached:
                self._fronts[urn].append(front)
            far = not reached and origin in later and self._far(distribution)
            self.perhaps |= far
            self.loose |= far and front.filtered.is_yes

    def _far(self, distribution: Resource) -> bool:
        """Whether an origin may come from another stack; what was computed from a bucket alone leads there."""
        edges = distribution.property_dependencies.get("origins", frozenset())
        known = [each for each in map(self._graph.by_urn, edges) if each is not None]
        return not known or not all(each.type.startswith(("aws:", "aws-native:")) for each in known)

    def _reached(self, distribution: Resource, domain: Any) -> set[str]:
        """The APIs that an origin leads to."""
        if isinstance(domain, str):
            match = _EXECUTE_API.search(domain)
            named = self._graph.named(match[1], *APIS) if match else []
            return {each.urn for each in named} | self._by_domain.get(domain.lower(), set())
        found: set[str] = set()
        for each in self._graph.dependencies(distribution, "origins", *APIS, *STAGES, *DOMAINS):
            if each.type in APIS:
                found.add(each.urn)
            elif each.type in STAGES:
                api = self._graph.target(each, "apiId" if "apiId" in each.inputs else "restApi", REST_API, HTTP_API)
                found |= {api.urn} if isinstance(api, Resource) else set()
            else:
                found |= self._by_domain.get(each.urn, set())
        return found

    def _front(self, distribution: Resource, origin: Any) -> Front:
        acl = self._graph.target(distribution, "webAclId", WEB_ACL)
        headers = read(origin, "customHeaders")
        return Front(
            urn=distribution.urn,
            label=f"distribution {distribution.name}",
            filtered=Fact.NO if distribution.inputs.get("webAclId") in (None, "") else Fact.YES,
            web_acl=self._read(acl),
            unread=acl is UNKNOWN,
            proves_itself=Fact.UNKNOWN if headers is UNKNOWN else Fact.YES if items(headers) else Fact.NO,
            headers=frozenset(text(read(each, "name")).lower() for each in items(headers)) - {""},
            encrypted=_encrypted(distribution, read(origin, "originId")),
            modern_tls=_modern(distribution.inputs.get("viewerCertificate")),
        )

    def _read(self, acl: Any) -> WebAcl | None:
        return self._acls.read(acl) if isinstance(acl, Resource) else None


def _encrypted(distribution: Resource, origin: Any) -> Fact:
    """Whether every behavior that leads to an origin takes HTTPS only."""
    behaviors = [
        distribution.inputs.get("defaultCacheBehavior"),
        *items(distribution.inputs.get("orderedCacheBehaviors")),
    ]
    ours = [each for each in behaviors if read(each, "targetOriginId") in (origin, UNKNOWN)] or behaviors[:1]
    policies = [read(each, "viewerProtocolPolicy") for each in ours]
    return every(*(Fact.UNKNOWN if each is UNKNOWN else _yes(text(each) in _ENCRYPTED) for each in policies))


def _modern(certificate: Any) -> Fact:
    """Under CloudFront's own certificate, and by default, TLS 1.0 is spoken."""
    version = read(certificate, "minimumProtocolVersion")
    own = read(certificate, "cloudfrontDefaultCertificate")
    if own is not True and UNKNOWN in (version, own):
        return Fact.UNKNOWN
    return _yes(own is not True and text(version).startswith(("TLSv1.2", "TLSv1.3")))


def _yes(value: object) -> Fact:
    return Fact.YES if value else Fact.NO


def _of_one(fronts: Iterable[Front]) -> Fact:
    """Whether one of several proves itself, whichever it is."""
    answers = {each.proves_itself for each in fronts}
    return answers.pop() if len(answers) == 1 else Fact.UNKNOWN
