"""Reads CloudFront distributions whose origins are APIs.

AWS WAF does not support HTTP and WebSocket APIs. Only the web ACL of a distribution in front of them can filter their
requests, and only if callers cannot bypass the distribution.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from ..graph.graph import Graph, Resource
from ..graph.resource_types import (
    API_MAPPING,
    APIS,
    BASE_PATH_MAPPING,
    CLOUDFRONT_FUNCTION,
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
from ..model.fact import Fact, every, some
from ..model.waf import Distribution
from .waf.web_acls import UNKNOWN_ACL, WebAcls, is_classic

_MAPPINGS: Final = {
    BASE_PATH_MAPPING: "restApi",
    API_MAPPING: "apiId",
}
_SHORTEST_SECRET: Final = 16
"""Characters that the value of a header has at least if it is a secret. AWS gives no bound."""
_HTTPS_ONLY: Final = frozenset({"https-only", "redirect-to-https"})
_SET_HEADER: Final = re.compile(r"""headers\s*(?:\.\s*([\w$]+)|\[\s*["']([\w-]+)["']\s*\])\s*=(?!=)""", re.IGNORECASE)
_SET_ANY_HEADER: Final = re.compile(r"headers\s*(?:\[\s*[^\s\"'\]][^\]]*\])?\s*=(?!=)|\.assign\(|\.\.\.", re.IGNORECASE)
"""Sets a header of a name that is computed, or all of them."""
ANY_HEADER: Final = "*"
_EXECUTE_API: Final = re.compile(r"([\w-]+)\.execute-api\.", re.IGNORECASE)


class Distributions:
    """The distributions of a graph, by the API that is their origin."""

    def __init__(self, graph: Graph, acls: WebAcls) -> None:
        """Resolve origins and domain mappings."""
        self._graph = graph
        self._acls = acls
        self._apis_of_domain: dict[str, set[str]] = defaultdict(set)
        self._by_api: dict[str, list[Distribution]] = defaultdict(list)
        self.more = Fact.NO
        """Whether further distributions lead to any of the APIs: NO or unknown."""
        self.more_with_web_acl = Fact.NO
        """The same for distributions with a web ACL."""
        for type_, name in _MAPPINGS.items():
            for mapping in graph.of_type(type_):
                self._map(mapping, name)
        for distribution in graph.of_type(DISTRIBUTION):
            enabled = distribution.inputs.get("enabled")
            if enabled is UNKNOWN:
                label = f"distribution {distribution.name}"
                self.more = Fact.unknown(f"whether {label} is enabled is known only after deployment")
                self.more_with_web_acl = self.more
            elif enabled is not False:
                self._add(distribution)

    def of(self, api: Resource) -> tuple[Distribution, ...]:
        """The distributions that are known to have an API as their origin."""
        return tuple(self._by_api.get(api.urn, ()))

    def _map(self, mapping: Resource, name: str) -> None:
        api = self._graph.target(mapping, name, *APIS)
        domain = self._graph.target(mapping, "domainName", *DOMAINS)
        if isinstance(api, Resource):
            names = {text(mapping.inputs.get("domainName")).lower()}
            if isinstance(domain, Resource):
                # The mapping may refer to the domain by an id that is still unknown.
                names |= {domain.urn, text(domain.inputs.get("domainName")).lower()}
            for each in names - {""}:
                self._apis_of_domain[each].add(api.urn)

    def _add(self, resource: Resource) -> None:
        origins = [each for each in items(resource.inputs.get("origins")) if is_object(each)]
        origins = origins or [{"domainName": UNKNOWN, "customHeaders": UNKNOWN}]
        unknown = [each for each in origins if not isinstance(each.get("domainName"), str)]
        for origin in origins:
            distribution = self._distribution(resource, origin)
            if len(unknown) > 1 and origin in unknown:
                # Pulumi's dependencies belong to all origins together, so each of these may be the API.
                facts = (self._distribution(resource, each).sends_secret_header for each in unknown)
                distribution = replace(distribution, sends_secret_header=_if_the_same(facts))
            apis = self._apis_of(resource, origin.get("domainName"))
            for urn in apis:
                self._by_api[urn].append(distribution)
            if not apis and origin in unknown and self._may_be_api(resource):
                self.more = Fact.unknown(f"whether {distribution.label} leads to it is known only after deployment")
                if distribution.has_web_acl.is_yes:
                    self.more_with_web_acl = self.more

    def _may_be_api(self, resource: Resource) -> bool:
        """Whether an unknown origin may be an API; one computed only from, say, a bucket of the graph is not."""
        edges = resource.property_dependencies.get("origins", frozenset())
        known = [each for each in map(self._graph.by_urn, edges) if each is not None]
        return not known or not all(each.type.startswith(("aws:", "aws-native:")) for each in known)

    def _apis_of(self, resource: Resource, domain: Any) -> set[str]:
        """The URNs of the APIs that an origin's domain name leads to."""
        if isinstance(domain, str):
            match = _EXECUTE_API.search(domain)
            named = self._graph.named(match[1], *APIS) if match else []
            return {each.urn for each in named} | self._apis_of_domain.get(domain.lower(), set())
        found: set[str] = set()
        for each in self._graph.dependencies(resource, "origins", *APIS, *STAGES, *DOMAINS):
            if each.type in APIS:
                found.add(each.urn)
            elif each.type in STAGES:
                api = self._graph.target(each, "apiId" if "apiId" in each.inputs else "restApi", REST_API, HTTP_API)
                found |= {api.urn} if isinstance(api, Resource) else set()
            else:
                found |= self._apis_of_domain.get(each.urn, set())
        return found

    def _codes(self, resource: Resource, behavior: Any) -> Iterator[Any]:
        """The code of the functions that change requests of a cache behavior; UNKNOWN if it cannot be read."""
        for name, key in (("functionAssociations", "functionArn"), ("lambdaFunctionAssociations", "lambdaArn")):
            given = read(behavior, name)
            for each in [UNKNOWN] if given is UNKNOWN else items(given):
                if text(read(each, "eventType")).endswith("-response"):
                    continue
                function = self._graph.follow(resource, "defaultCacheBehavior", read(each, key), CLOUDFRONT_FUNCTION)
                yield text(function.inputs.get("code")) or UNKNOWN if isinstance(function, Resource) else UNKNOWN

    def _distribution(self, resource: Resource, origin: Any) -> Distribution:
        acl = self._graph.target(resource, "webAclId", WEB_ACL)
        headers = read(origin, "customHeaders")
        secrets = [each for each in items(headers) if _may_be_secret(read(each, "value"))]
        codes = [each for one in _behaviors(resource, read(origin, "originId")) for each in self._codes(resource, one)]
        return Distribution(
            urn=resource.urn,
            label=f"distribution {resource.name}",
            has_web_acl=_has_web_acl(resource, self._graph),
            web_acl=self._acls.read(acl) if isinstance(acl, Resource) else None,
            web_acl_known=UNKNOWN_ACL if acl is UNKNOWN else Fact.YES,
            sends_secret_header=Fact.UNKNOWN if headers is UNKNOWN else Fact.of(bool(secrets)),
            secret_headers=_names(secrets),
            added_headers=_names(items(headers)),
            code_headers=frozenset(name for code in codes if isinstance(code, str) for name in set_headers(code)),
            code_read=Fact.of(None if any(each is UNKNOWN for each in codes) else True),
            authenticates_viewers=_authenticates_viewers(resource, read(origin, "originId")),
            https_only=_https_only(resource, read(origin, "originId")),
            modern_tls=_modern_tls(resource.inputs.get("viewerCertificate")),
        )


def _names(headers: Iterable[Any]) -> frozenset[str]:
    return frozenset(text(read(each, "name")).lower() for each in headers) - {""}


def _may_be_secret(value: Any) -> bool:
    """Whether the value of a header is too long to be guessed. One that is not known here is taken to be generated."""
    return value is UNKNOWN or len(text(value)) >= _SHORTEST_SECRET


def set_headers(code: str) -> Iterator[str]:
    """The headers that the code of a function sets, in lower case."""
    for found in _SET_HEADER.finditer(code):
        yield (found[1] or found[2]).lower()
    if _SET_ANY_HEADER.search(code):
        yield ANY_HEADER


def _has_web_acl(distribution: Resource, graph: Graph) -> Fact:
    """Whether a distribution has a web ACL of AWS WAF; AWS no longer supports those of WAF Classic."""
    return Fact.of(distribution.inputs.get("webAclId") not in (None, "") and not is_classic(distribution, graph))


def _behaviors(resource: Resource, origin_id: Any) -> list[Any]:
    """The cache behaviors that send requests to an origin."""
    behaviors = [
        resource.inputs.get("defaultCacheBehavior"),
        *items(resource.inputs.get("orderedCacheBehaviors")),
    ]
    return [each for each in behaviors if read(each, "targetOriginId") in (origin_id, UNKNOWN)] or behaviors[:1]


def _https_only(resource: Resource, origin_id: Any) -> Fact:
    """Whether every cache behavior of an origin accepts only HTTPS, or redirects to it."""
    return every(*(_enforces_https(read(each, "viewerProtocolPolicy")) for each in _behaviors(resource, origin_id)))


def authenticates_viewers(distribution: Resource) -> Fact:
    """Whether a distribution serves only viewers that prove themselves, whatever they ask for."""
    given = distribution.inputs
    return _authenticated(distribution, [given.get("defaultCacheBehavior"), *items(given.get("orderedCacheBehaviors"))])


def _authenticates_viewers(resource: Resource, origin_id: Any) -> Fact:
    """Whether every cache behavior of an origin serves only viewers that prove themselves."""
    return _authenticated(resource, _behaviors(resource, origin_id))


def _authenticated(distribution: Resource, behaviors: Iterable[Any]) -> Fact:
    """Whether cache behaviors serve only viewers that prove themselves; UNKNOWN if code decides."""
    mode = read(distribution.inputs.get("viewerMtlsConfig"), "mode")
    certificates = Fact.of(None if mode is UNKNOWN else text(mode).lower() == "required")
    return some(certificates, every(*map(_asks_for_signature, behaviors))).because(
        unknown="whether its functions let every viewer in cannot be evaluated"
    )


def _asks_for_signature(behavior: Any) -> Fact:
    signers = [read(behavior, each) for each in ("trustedKeyGroups", "trustedSigners")]
    if any(each is not UNKNOWN and items(each) for each in signers):
        return Fact.YES
    code = [read(behavior, each) for each in ("functionAssociations", "lambdaFunctionAssociations")]
    runs = any(each is UNKNOWN or items(each) for each in code)
    return Fact.UNKNOWN if runs or UNKNOWN in signers else Fact.NO


def _enforces_https(protocol_policy: Any) -> Fact:
    if protocol_policy is UNKNOWN:
        return Fact.unknown("its viewer protocol policy is known only after deployment")
    return Fact.of(text(protocol_policy) in _HTTPS_ONLY, no="accepts unencrypted HTTP")


def _modern_tls(certificate: Any) -> Fact:
    """Whether TLS 1.2 is required. CloudFront's own certificate, which is the default, allows TLS 1.0."""
    version = read(certificate, "minimumProtocolVersion")
    default = read(certificate, "cloudfrontDefaultCertificate")
    if default is not True and UNKNOWN in (version, default):
        return Fact.unknown("its minimum TLS version is known only after deployment")
    if default is True:
        return Fact.no("uses CloudFront's own certificate, which allows TLS 1.0")
    return Fact.of(text(version).startswith(("TLSv1.2", "TLSv1.3")), no="accepts versions of TLS before 1.2")


def _if_the_same(facts: Iterable[Fact]) -> Fact:
    """The value that all facts have in common, else unknown."""
    found = set(facts)
    return found.pop() if len(found) == 1 else Fact.UNKNOWN
