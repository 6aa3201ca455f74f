"""How much clients may call: stage throttling, usage plans and API keys.

An API key identifies a client so that its requests are counted. It does not authenticate the client.
"""

from .args import KeysArgs, KeysLayerArgs
from .component import Keys
from .spec import KeysSpec, fragment, method_paths, security

__all__ = ["Keys", "KeysArgs", "KeysLayerArgs", "KeysSpec", "fragment", "method_paths", "security"]
