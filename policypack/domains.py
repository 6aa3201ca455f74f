"""Reads custom domain names, and which API each leads to."""

from collections import defaultdict
from typing import Any, Final

from .endpoints import modern
from .findings import Answer
from .graph import OUTSIDE, UNKNOWN, Graph, Resource, read, text
from .model import Domain, every
from .stages import API

_DOMAIN: Final = "aws:apigateway/domainName:DomainName"
_MAPPING: Final = "aws:apigateway/basePathMapping:BasePathMapping"


class Domains:
    """The custom domains of a graph, by API."""

    def __init__(self, graph: Graph) -> None:
        """Follow the mappings once."""
        self._domains: dict[str, Domain] = {each.urn: _domain(each) for each in graph.of_type(_DOMAIN)}
        self._mapped: dict[str, list[Domain]] = defaultdict(list)
        for mapping in graph.of_type(_MAPPING):
            api = graph.target(mapping, "restApi", API)
            domain = graph.target(mapping, "domainName", _DOMAIN)
            if isinstance(api, Resource):
                self._mapped[api.urn].append(self._reached(domain, mapping))

    @property
    def all(self) -> tuple[Domain, ...]:
        """Every domain, wherever it leads."""
        return tuple(self._domains.values())

    def of(self, api: Resource) -> tuple[Domain, ...]:
        """The domains that lead to an API."""
        return tuple(self._mapped.get(api.urn, ()))

    def _reached(self, domain: Any, mapping: Resource) -> Domain:
        """The domain of a mapping; of one from elsewhere we know only that it is there."""
        if isinstance(domain, Resource):
            return self._domains[domain.urn]
        label = f"domain {text(mapping.inputs.get('domainName')) or mapping.name}"
        elsewhere = Answer.YES if domain is OUTSIDE else Answer.NOT_YET
        return Domain(
            urn=mapping.urn, label=label, modern_tls=elsewhere, mutual_tls=Answer.NO, truststore_pinned=Answer.YES
        )


def _domain(domain: Resource) -> Domain:
    trust = domain.inputs.get("mutualTlsAuthentication")
    version = read(trust, "truststoreVersion")
    mutual = Answer.NOT_YET if trust is UNKNOWN else Answer.NO if trust is None else Answer.YES
    pinned = Answer.YES if mutual is Answer.NO or version is UNKNOWN or text(version) else Answer.NO
    return Domain(
        urn=domain.urn,
        label=f"domain {text(domain.inputs.get('domainName')) or domain.name}",
        # AWS's default for every custom domain is TLS 1.2.
        modern_tls=modern(domain.inputs.get("securityPolicy", "TLS_1_2")),
        mutual_tls=mutual,
        truststore_pinned=every(pinned),
    )
