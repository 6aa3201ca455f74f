"""The last gate of what is said: what came as a secret, or looks like a credential, is taken out of it.

Rules evaluate secrets, for they evaluate what is deployed, and messages name stages, domains, rules and paths as the
resources give them. Names inside an API definition that is a secret as a whole are told, since a finding must say
which route it is about.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from ..graph.values import REDACTED
from .credentials import SHAPES

SHORTEST: Final = 4
"""Characters of a secret that can be told from any other text."""
LONGEST: Final = 1_000
"""Characters beyond which a text is a document: no message holds all of one."""
_CREDENTIAL: Final = re.compile(rf"(?:{SHAPES})[^\s,;)]*", re.VERBOSE)
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Of ASCII alone: other letters may change a text's length."""


class Redactor:
    """Makes texts fit to be read by anybody."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know what must not be said: by its first characters, then by its length, so that many secrets cost little."""
        self._known: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for each in secrets:
            secret = each.strip().translate(_LOWER)
            if SHORTEST <= len(secret) <= LONGEST:
                self._known[secret[:SHORTEST]][len(secret)].add(secret)

    def __call__(self, text: str) -> str:
        """The text, with a mark for each secret."""
        return _CREDENTIAL.sub(REDACTED, self._without_secrets(text) if self._known else text)

    def _without_secrets(self, text: str) -> str:
        lowered = text.translate(_LOWER)
        parts: list[str] = []
        place = said = 0
        while place < len(text):
            length = self._secret_at(lowered, place)
            if length:
                parts += [text[said:place], REDACTED]
                said = place + length
            place += length or 1
        return "".join([*parts, text[said:]])

    def _secret_at(self, text: str, place: int) -> int:
        """The length of the longest secret that begins here; 0 where none does."""
        lengths = self._known.get(text[place : place + SHORTEST], {})
        found = (length for length, secrets in lengths.items() if text[place : place + length] in secrets)
        return max(found, default=0)
