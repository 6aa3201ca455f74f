"""TLS: how requests are encrypted, under which name, and who must show a certificate."""

from .args import DomainArgs, DomainSpec, MutualTlsArgs, MutualTlsSpec, TlsArgs, TlsLayerArgs, TlsSpec
from .component import Tls

__all__ = [
    "DomainArgs",
    "DomainSpec",
    "MutualTlsArgs",
    "MutualTlsSpec",
    "Tls",
    "TlsArgs",
    "TlsLayerArgs",
    "TlsSpec",
]
