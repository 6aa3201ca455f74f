"""TLS: how requests are encrypted, under which domain names, and who must present a client certificate."""

from .args import RoutingRuleArgs, TlsArgs, TlsLayerArgs
from .component import ServedStage, Tls
from .names import DomainNames
from .private import PrivateAccess
from .sharing import RoutingRuleSpec
from .spec import RULES_FIRST, TLS_1_2, TlsSpec, fragment
from .zone import records_through

__all__ = [
    "RULES_FIRST",
    "TLS_1_2",
    "DomainNames",
    "PrivateAccess",
    "RoutingRuleArgs",
    "RoutingRuleSpec",
    "ServedStage",
    "Tls",
    "TlsArgs",
    "TlsLayerArgs",
    "TlsSpec",
    "fragment",
    "records_through",
]
