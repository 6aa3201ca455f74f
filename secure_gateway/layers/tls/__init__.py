"""TLS: how requests are encrypted, under which domain names, and who must present a client certificate."""

from .args import TlsArgs, TlsLayerArgs
from .component import DomainNames, ServedStage, Tls
from .spec import TLS_1_2, TlsSpec, fragment
from .zone import records_through

__all__ = [
    "TLS_1_2",
    "DomainNames",
    "ServedStage",
    "Tls",
    "TlsArgs",
    "TlsLayerArgs",
    "TlsSpec",
    "fragment",
    "records_through",
]
