"""Reads custom domain names, of REST, HTTP and WebSocket APIs, and which API each leads to."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from ..graph.graph import EXTERNAL, Graph, Resource, Target
from ..graph.resource_types import (
    API_MAPPING,
    APIS,
    BASE_PATH_MAPPING,
    BUCKET_ACLS,
    BUCKET_OBJECTS,
    BUCKET_PUBLIC_ACCESS_BLOCK,
    BUCKET_VERSIONINGS,
    BUCKETS,
    CERTIFICATE,
    CERTIFICATE_VALIDATION,
    DOMAINS,
    HTTP_DOMAIN,
    ROUTING_RULE,
)
from ..graph.values import UNKNOWN, items, read, text
from ..model.fact import Fact, every, some
from ..model.tls import Domain, Tls
from ..resource_policy import (
    Access,
    Call,
    Document,
    Place,
    PolicyError,
    parse,
)
from . import endpoints

_DOMAIN_INPUTS: Final = ("domainNameId", "domainName", "domainNameArn")
_DOMAIN_ARN: Final = re.compile(r"arn:.*/domainnames/|\+[a-z0-9]+$")
"""What an ARN says beside the name; those of private domains end in an id."""
_BLOCKING: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


class Domains:
    """The custom domains of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Follow the mappings once."""
        self._graph = graph
        self._truststores = _Truststores(graph)
        self._domains: dict[str, Domain] = {each.urn: self._domain(each) for each in graph.of_type(*DOMAINS)}
        self._mapped: dict[str, dict[str, Domain]] = defaultdict(dict)
        for mapping, api in self._mappings():
            if isinstance(api, Resource):
                domain = self._reached(mapping)
                self._mapped[api.urn][domain.urn] = domain

    @property
    def all(self) -> tuple[Domain, ...]:
        """Every domain, wherever it leads."""
        return tuple(self._domains.values())

    def of(self, api: Resource) -> tuple[Domain, ...]:
        """The domains that lead to an API."""
        return tuple(self._mapped.get(api.urn, {}).values())

    def _mappings(self) -> Iterator[tuple[Resource, Target]]:
        for mapping in self._graph.of_type(BASE_PATH_MAPPING):
            yield mapping, self._graph.target(mapping, "restApi", *APIS)
        for mapping in self._graph.of_type(API_MAPPING):
            yield mapping, self._graph.target(mapping, "apiId", *APIS)
        for rule in self._graph.of_type(ROUTING_RULE):
            for action in items(rule.inputs.get("actions")):
                one, several = read(action, "invokeApi"), read(action, "invokeApis")
                for invoke in items(several if one is None else one):
                    yield rule, self._graph.follow(rule, "actions", read(invoke, "apiId"), *APIS)

    def _reached(self, mapping: Resource) -> Domain:
        """The domain of a mapping; of one from elsewhere we know only that it is there."""
        name = next((each for each in _DOMAIN_INPUTS if each in mapping.inputs), "domainName")
        written = mapping.inputs.get(name)
        bare = _DOMAIN_ARN.sub("", text(written))
        domain = self._graph.follow(mapping, name, bare or written, *DOMAINS)
        if isinstance(domain, Resource):
            return self._domains[domain.urn]
        label = f"domain {bare or mapping.name}"
        known = Tls(known=Fact.YES, version="1.2") if domain is EXTERNAL else Tls(known=Fact.UNKNOWN)
        return Domain(urn=mapping.urn, label=label, tls=known, outside=True)

    def _domain(self, domain: Resource) -> Domain:
        # Of HTTP and WebSocket APIs, a domain has its certificate and policy in a block of their own.
        inner = domain.inputs.get("domainNameConfiguration") if domain.type == HTTP_DOMAIN else domain.inputs
        trust = domain.inputs.get("mutualTlsAuthentication")
        version = read(trust, "truststoreVersion")
        mutual = Fact.UNKNOWN if trust is UNKNOWN else Fact.NO if trust is None else Fact.YES
        pinned = Fact.YES if mutual.is_no or version is UNKNOWN or text(version) else Fact.NO
        policy = read(inner, "securityPolicy")
        return Domain(
            urn=domain.urn,
            label=f"domain {text(domain.inputs.get('domainName')) or domain.name}",
            # AWS's default for every custom domain is TLS 1.2.
            tls=endpoints.parse("TLS_1_2" if policy is None else policy),
            strict=endpoints.strict(domain),
            mutual_tls=mutual,
            means_mutual_tls=_yes(read(inner, "ownershipVerificationCertificateArn") is not None),
            truststore_pinned=Fact.UNKNOWN if mutual.is_unknown else pinned,
            truststore_versioned=self._truststores.versioned(domain, trust),
            truststore_closed=self._truststores.closed(domain, trust),
            certificate_sound=every(*(_sound(each) for each in self._certificates(domain, inner))),
            owned=Fact.YES if not mutual.is_yes else self._owned(domain, inner),
            private=endpoints.private(domain),
            open_to_any_endpoint=_open_to_any_endpoint(domain),
        )

    def _owned(self, domain: Resource, inner: Any) -> Fact:
        proof = read(inner, "ownershipVerificationCertificateArn")
        if proof is not None:  # even one to come
            return Fact.YES
        foreign = [self._foreign(each) for each in self._certificates(domain, inner)]
        return Fact.NO if True in foreign else Fact.YES

    def _certificates(self, domain: Resource, inner: Any) -> Iterator[Resource]:
        for name in ("certificateArn", "regionalCertificateArn"):
            where = name if inner is domain.inputs else "domainNameConfiguration"
            found = self._graph.follow(domain, where, read(inner, name), CERTIFICATE)
            if isinstance(found, Resource):
                yield found
            for validation in self._graph.dependencies(domain, where, CERTIFICATE_VALIDATION):
                certificate = self._graph.target(validation, "certificateArn", CERTIFICATE)
                if isinstance(certificate, Resource):
                    yield certificate

    @staticmethod
    def _foreign(certificate: Resource) -> bool:
        """Whether a certificate was imported, or issued by a private authority."""
        names = ("privateKey", "certificateBody", "certificateAuthorityArn")
        return any(certificate.inputs.get(name) is not None for name in names)


class _Truststores:
    """The buckets that truststores stand in."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    # Buckets are looked at only where a truststore is, since most have nothing to do with a gateway.
    @cached_property
    def _buckets(self) -> dict[str, Resource]:
        buckets = self._graph.of_type(*BUCKETS)
        names = ((name, each) for each in buckets for name in (text(each.inputs.get("bucket")), text(each.id)))
        return {name: each for name, each in names if name}

    @cached_property
    def _versioning(self) -> dict[str, list[Resource]]:
        return self._by_bucket(*BUCKET_VERSIONINGS)

    @cached_property
    def _acls(self) -> dict[str, list[Resource]]:
        return self._by_bucket(*BUCKET_ACLS)

    @cached_property
    def _blocks(self) -> dict[str, list[Resource]]:
        return self._by_bucket(BUCKET_PUBLIC_ACCESS_BLOCK)

    def _by_bucket(self, *types: str) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for each in self._graph.of_type(*types):
            bucket = self._bucket(each, "bucket", each.inputs.get("bucket"))
            if bucket is not None:
                found[bucket.urn].append(each)
        return found

    def _bucket(self, resource: Resource, name: str, value: Any) -> Resource | None:
        if isinstance(value, str) and value in self._buckets:
            return self._buckets[value]
        direct = self._graph.dependencies(resource, name, *BUCKETS)
        return direct[0] if len(direct) == 1 else None

    def _of(self, domain: Resource, trust: Any) -> Resource | None:
        uri = read(trust, "truststoreUri")
        found = self._bucket(domain, "mutualTlsAuthentication", urlsplit(text(uri)).netloc)
        if found is not None:
            return found
        objects = self._graph.dependencies(domain, "mutualTlsAuthentication", *BUCKET_OBJECTS)
        homes = (self._bucket(each, "bucket", each.inputs.get("bucket")) for each in objects)
        return next((each for each in homes if each is not None), None)

    def versioned(self, domain: Resource, trust: Any) -> Fact:
        """Whether the bucket keeps old versions."""
        bucket = self._of(domain, trust) if trust is not None else None
        if bucket is None:
            return self._elsewhere(domain, trust)
        inline = items(bucket.inputs.get("versioning", bucket.inputs.get("versionings")))
        apart = self._versioning.get(bucket.urn, [])
        states = [
            *(read(each, "enabled") for each in inline),
            *(read(each.inputs.get("versioningConfiguration"), "status") for each in apart),
        ]
        return some(*(Fact.UNKNOWN if each is UNKNOWN else _yes(each in {True, "Enabled"}) for each in states))

    def _elsewhere(self, domain: Resource, trust: Any) -> Fact:
        """YES where the bucket is not among the evaluated resources; that, too, may be known only later."""
        later = UNKNOWN in (trust, read(trust, "truststoreUri"))
        named = self._graph.dependencies(domain, "mutualTlsAuthentication", *BUCKETS, *BUCKET_OBJECTS)
        return Fact.UNKNOWN if later and not named else Fact.YES

    def closed(self, domain: Resource, trust: Any) -> Fact:
        """Whether the bucket is closed to the public, as AWS makes every new one."""
        bucket = self._of(domain, trust) if trust is not None else None
        if bucket is None:
            return Fact.YES
        acls = [bucket.inputs.get("acl"), *(each.inputs.get("acl") for each in self._acls.get(bucket.urn, []))]
        public = [Fact.UNKNOWN if each is UNKNOWN else _yes(not text(each).startswith("public-")) for each in acls]
        # Left out, a switch of the block is off.
        inline = bucket.inputs.get("publicAccessBlockConfiguration")
        blocks = [
            *([inline] if inline is not None else []),
            *(each.inputs for each in self._blocks.get(bucket.urn, [])),
        ]
        switches = [False if read(each, name) is None else read(each, name) for each in blocks for name in _BLOCKING]
        blocked = [Fact.UNKNOWN if each is UNKNOWN else _yes(each is True) for each in switches]
        return every(*public, *blocked)


def _sound(certificate: Resource) -> Fact:
    """Whether a certificate's key is strong, and browsers may look it up in the public logs."""
    algorithm = certificate.inputs.get("keyAlgorithm")
    logged = read(certificate.inputs.get("options"), "certificateTransparencyLoggingPreference")
    if logged is None:
        logged = certificate.inputs.get("certificateTransparencyLoggingPreference")
    if algorithm == "RSA_1024" or logged == "DISABLED":
        return Fact.NO
    return Fact.UNKNOWN if UNKNOWN in (algorithm, logged) else Fact.YES


def _yes(value: object) -> Fact:
    return Fact.YES if value else Fact.NO


def _open_to_any_endpoint(domain: Resource) -> Fact:
    """Whether a private domain's policy lets in VPC endpoints that nobody named; without one it lets in nobody."""
    private = endpoints.private(domain)
    if private.is_no:
        return Fact.NO
    try:
        document = parse(domain.inputs.get("policy"))
    except PolicyError:
        return Fact.NO  # AWS refuses it
    if document is UNKNOWN:
        return Fact.UNKNOWN
    if not isinstance(document, Document):
        return Fact.NO
    found = Access(document, [Call("any route", "none", Place("stage", "GET", "x"))]).through_any_endpoint()
    return every(private, *found.values())
