"""A header that only a proxy in front of the API can set, and the lists of secrets that stores contain."""

import hmac
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from . import reasons, stores
from .config import SharedSecret
from .identity import Identity
from .reasons import Denied
from .requests import Request
from .shapes import is_list
from .stores import MistakeError

SHORTEST = 32
"""Characters that a secret has at least."""
_MOST_SECRETS = 5


class SharedSecretValidator:
    """A header that a proxy in front of the API adds. Store: `{"secrets": ["current", "previous"]}`."""

    def __init__(self, config: SharedSecret, load: Callable[[str], str], clock: Callable[[], float]) -> None:
        """Read nothing from the store yet."""
        self._header = config.header
        self._secrets = stores.cached_document(config.store, _shared, load, clock)

    def check(self, request: Request) -> Identity:
        """An identity without a principal: the secret does not name a caller.

        Raises `Denied`.
        """
        # Hashes are compared because the time to compare two strings depends on their lengths.
        given = sha256(request.header(self._header).encode("utf-8", "surrogatepass")).digest()
        known: Secrets = self._secrets.get(request.notices)
        if not any_equal(given, known.values):
            if known.mistake:
                self._secrets.notice(request.notices, known.mistake)
            raise Denied(reasons.SECRET)
        return Identity()


class Secrets(NamedTuple):
    """The secrets of a list."""

    values: Sequence[bytes]
    mistake: str
    """What was reported about further ones, which are not used; empty if there are none."""


def _shared(document: Mapping[str, Any], report: Callable[[str], str]) -> Secrets:
    if set(document) != {"secrets"}:
        raise MistakeError("the document must be {'secrets': [...]}")
    found = secrets_of(document["secrets"], report)
    return found._replace(values=[sha256(each).digest() for each in found.values])


def secrets_of(given: object, report: Callable[[str], str]) -> Secrets:
    """The secrets of a list, without those with a mistake, which are reported.

    Raises `MistakeError` if there is none.
    """
    if not is_list(given) or not 0 < len(given) <= _MOST_SECRETS:
        raise MistakeError("secrets must be a list of one to five strings")
    good = [each for each in given if isinstance(each, str) and len(each) >= SHORTEST and each.strip() == each]
    rule = "each secret must be a string of at least 32 characters, without spaces at its ends"
    if not good:
        raise MistakeError(rule)
    unused = len(given) - len(good)
    mistake = report(f"{unused} of {len(given)} secrets are not used: {rule}") if unused else ""
    return Secrets([each.encode("utf-8", "surrogatepass") for each in good], mistake)


def any_equal(given: bytes, known: Sequence[bytes]) -> bool:
    """Whether one of them is equal; compares all of them, so that the time does not depend on which one is."""
    equal = [hmac.compare_digest(given, each) for each in known]
    return any(equal)
