"""Reads custom domains of REST, HTTP and WebSocket APIs, and which API each of them leads to."""

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
    BUCKET_POLICY,
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
from ..model.tls import Domain
from ..resource_policy import (
    Access,
    Document,
    Method,
    MethodResource,
    PolicyError,
    parse,
)
from . import endpoints
from .bucket_policies import accounts_in, written_by_owner_alone

_DOMAIN_INPUTS: Final = ("domainNameId", "domainName", "domainNameArn")
_DOMAIN_ARN: Final = re.compile(r"arn:.*/domainnames/|\+[a-z0-9]+$")
"""What the ARN of a domain contains in addition to its name; ARNs of private domains end in an id."""
_OWNERSHIP: Final = "ownershipVerificationCertificateArn"
_TRANSPARENCY: Final = "certificateTransparencyLoggingPreference"
_BLOCKING: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


class Domains:
    """The custom domains of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Follow every API mapping once."""
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
        """Every domain, whichever API it leads to."""
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
        """The domain of a mapping; of an external one nothing is known but its name."""
        name = next((each for each in _DOMAIN_INPUTS if each in mapping.inputs), "domainName")
        written = mapping.inputs.get(name)
        bare = _DOMAIN_ARN.sub("", text(written))
        domain = self._graph.follow(mapping, name, bare or written, *DOMAINS)
        if isinstance(domain, Resource):
            return self._domains[domain.urn]
        label = f"domain {bare or mapping.name}"
        # AWS's default for every custom domain is TLS 1.2.
        policy = endpoints.security_policy("TLS_1_2" if domain is EXTERNAL else UNKNOWN)
        return Domain(urn=mapping.urn, label=label, security_policy=policy, mutual_tls=Fact.UNKNOWN)

    def _domain(self, domain: Resource) -> Domain:
        # A domain of HTTP and WebSocket APIs has its certificate and security policy in a block.
        inner = domain.inputs.get("domainNameConfiguration") if domain.type == HTTP_DOMAIN else domain.inputs
        trust = domain.inputs.get("mutualTlsAuthentication")
        mutual = Fact.UNKNOWN if trust is UNKNOWN else Fact.of(trust is not None)
        policy = read(inner, "securityPolicy")
        ownership = read(inner, _OWNERSHIP)
        return Domain(
            urn=domain.urn,
            label=f"domain {text(domain.inputs.get('domainName')) or domain.name}",
            # AWS's default for every custom domain is TLS 1.2.
            security_policy=endpoints.security_policy("TLS_1_2" if policy is None else policy),
            strict_access_mode=endpoints.strict_access_mode(domain),
            mutual_tls=mutual,
            has_ownership_certificate=ownership is not None,
            truststore_version_pinned=_version_pinned(trust),
            truststore_bucket_versioned=self._truststores.bucket_versioned(domain, trust),
            truststore_bucket_not_public=self._truststores.bucket_not_public(domain, trust),
            certificate_strong=every(*(_strong(each) for each in self._certificates(domain, inner))),
            ownership_verified=self._ownership_verified(domain, inner) if mutual.is_yes else Fact.YES,
            private=endpoints.private(domain),
            open_to_any_vpc_endpoint=_open_to_any_vpc_endpoint(domain),
        )

    def _ownership_verified(self, domain: Resource, inner: Any) -> Fact:
        # An unknown certificate is one, too.
        named = read(inner, _OWNERSHIP) is not None
        return Fact.of(
            named or not any(map(_not_issued_by_acm, self._certificates(domain, inner))),
            no="has mutual TLS with a certificate that ACM did not issue, and no ownership verification certificate",
        )

    def _certificates(self, domain: Resource, inner: Any) -> Iterator[Resource]:
        for name in ("certificateArn", "regionalCertificateArn"):
            attribute = name if inner is domain.inputs else "domainNameConfiguration"
            found = self._graph.follow(domain, attribute, read(inner, name), CERTIFICATE)
            if isinstance(found, Resource):
                yield found
            for validation in self._graph.dependencies(domain, attribute, CERTIFICATE_VALIDATION):
                certificate = self._graph.target(validation, "certificateArn", CERTIFICATE)
                if isinstance(certificate, Resource):
                    yield certificate


class _Truststores:
    """The buckets that contain truststores."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    # Read only if there is a truststore: most buckets have nothing to do with a gateway.
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
    def _policies(self) -> dict[str, list[Resource]]:
        return self._by_bucket(BUCKET_POLICY)

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
        buckets = (self._bucket(each, "bucket", each.inputs.get("bucket")) for each in objects)
        return next((each for each in buckets if each is not None), None)

    def bucket_versioned(self, domain: Resource, trust: Any) -> Fact:
        """Whether the bucket has versioning; YES if it is external."""
        bucket = self._of(domain, trust) if trust is not None else None
        if bucket is None:
            return self._external(domain, trust)
        inline = items(bucket.inputs.get("versioning", bucket.inputs.get("versionings")))
        separate = self._versioning.get(bucket.urn, [])
        states = [
            *(read(each, "enabled") for each in inline),
            *(read(each.inputs.get("versioningConfiguration"), "status") for each in separate),
        ]
        return some(*map(_versioning_enabled, states)).because(
            no=f"trusts a truststore in a bucket without versioning ({bucket.name})"
        )

    def _external(self, domain: Resource, trust: Any) -> Fact:
        """YES if the bucket is external; that itself may be known only after deployment."""
        unknown = UNKNOWN in (trust, read(trust, "truststoreUri"))
        named = self._graph.dependencies(domain, "mutualTlsAuthentication", *BUCKETS, *BUCKET_OBJECTS)
        return Fact.UNKNOWN if unknown and not named else Fact.YES

    def bucket_not_public(self, domain: Resource, trust: Any) -> Fact:
        """Whether the bucket blocks public access, as AWS's default for new buckets does; YES if it is external."""
        bucket = self._of(domain, trust) if trust is not None else None
        if bucket is None:
            return Fact.YES
        acls = [bucket.inputs.get("acl"), *(each.inputs.get("acl") for each in self._acls.get(bucket.urn, []))]
        inline = bucket.inputs.get("publicAccessBlockConfiguration")
        blocks = [
            *([inline] if inline is not None else []),
            *(each.inputs for each in self._blocks.get(bucket.urn, [])),
        ]
        # A switch of a public access block is off by default.
        switches = [False if read(each, name) is None else read(each, name) for each in blocks for name in _BLOCKING]
        not_public = every(*map(_not_public_acl, acls), *map(_switched_on, switches)).because(
            no=f"trusts a truststore in a bucket that may be public ({bucket.name})"
        )
        blocked = every(*map(_switched_on, switches)) if switches else Fact.NO
        policies = [bucket.inputs.get("policy"), *(each.inputs.get("policy") for each in self._policies[bucket.urn])]
        # The certificate of a domain, like its bucket, is in its own account.
        certificate = read(domain.inputs.get("domainNameConfiguration"), "certificateArn")
        own = accounts_in([*domain.inputs.values(), *domain.outputs.values(), certificate])
        return every(not_public, written_by_owner_alone(policies, own, blocks_public=blocked))


def _version_pinned(trust: Any) -> Fact:
    """Whether mutual TLS names a version of its truststore; YES without mutual TLS."""
    if trust is UNKNOWN:
        return Fact.unknown("its truststore is known only after deployment")
    version = read(trust, "truststoreVersion")
    pinned = trust is None or version is UNKNOWN or bool(text(version))
    return Fact.of(pinned, no="trusts a truststore without a version")


def _not_issued_by_acm(certificate: Resource) -> bool:
    """Whether a certificate was imported, or issued by a private certificate authority."""
    names = ("privateKey", "certificateBody", "certificateAuthorityArn")
    return any(certificate.inputs.get(name) is not None for name in names)


def _versioning_enabled(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.of(value is True or value == "Enabled")


def _switched_on(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.of(value is True)


def _not_public_acl(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.of(not text(value).startswith("public-"))


def _strong(certificate: Resource) -> Fact:
    """Whether a certificate has a strong key and is in the certificate transparency logs."""
    algorithm = certificate.inputs.get("keyAlgorithm")
    logged = read(certificate.inputs.get("options"), _TRANSPARENCY)
    if logged is None:
        logged = certificate.inputs.get(_TRANSPARENCY)
    if algorithm == "RSA_1024":
        return Fact.no("has a certificate with a weak key (RSA_1024)")
    if logged == "DISABLED":
        return Fact.no("has a certificate that is not in the certificate transparency logs")
    return Fact.UNKNOWN if UNKNOWN in (algorithm, logged) else Fact.YES


def _open_to_any_vpc_endpoint(domain: Resource) -> Fact:
    """Whether a private domain's resource policy lets in VPC endpoints that it does not name.

    Without a resource policy, a private domain lets in nobody.
    """
    private = endpoints.private(domain)
    if private.is_no:
        return Fact.NO
    try:
        document = parse(domain.inputs.get("policy"))
    except PolicyError:
        return Fact.NO  # AWS rejects it
    if document is UNKNOWN:
        return Fact.UNKNOWN
    if not isinstance(document, Document):
        return Fact.NO
    method = Method("any route", "none", MethodResource("stage", "GET", "x"))
    return every(private, *Access(document, [method]).open_to_any_vpc_endpoint().values())
