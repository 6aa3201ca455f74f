"""The policies of the six layers and of the groups `api` and `pack`, in the order they are reported."""

from .api import API
from .auth import AUTH
from .keys import KEYS
from .network import NETWORK
from .not_read import declare
from .observability import OBSERVABILITY
from .pack import PACK
from .policy import Layer, Policy
from .tls import TLS
from .verified import declare as declare_verified
from .waf import WAF

for _layer in (AUTH, KEYS, NETWORK, WAF, OBSERVABILITY, TLS):
    declare(_layer)
for _layer in (AUTH, KEYS, NETWORK, WAF, OBSERVABILITY, TLS, API):
    declare_verified(_layer)

LAYERS: tuple[Layer, ...] = (AUTH, KEYS, NETWORK, WAF, OBSERVABILITY, TLS, API, PACK)
POLICIES: tuple[Policy, ...] = tuple(policy for layer in LAYERS for policy in layer.policies)
