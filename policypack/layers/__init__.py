"""The rules of the six layers, and of the judgement itself, in the order they are reported."""

from .auth import AUTH
from .keys import KEYS
from .network import NETWORK
from .observability import OBSERVABILITY
from .pack import PACK
from .policy import Layer, Rule
from .tls import TLS
from .waf import WAF

LAYERS: tuple[Layer, ...] = (AUTH, KEYS, NETWORK, WAF, OBSERVABILITY, TLS, PACK)
RULES: tuple[Rule, ...] = tuple(rule for layer in LAYERS for rule in layer.rules)
