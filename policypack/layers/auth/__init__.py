"""Auth: every caller presents credentials, and they are checked."""

from .layer import AUTH

# The order of these imports is the order in which the policies are listed.
# isort: off
from . import methods
from . import authorizers
from . import authorizer_caches
from . import lent_credentials
from . import user_pools
from . import responses

__all__ = ["AUTH", "authorizer_caches", "authorizers", "lent_credentials", "methods", "responses", "user_pools"]
