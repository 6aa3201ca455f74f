"""Redacts secrets and strings that look like credentials from every message.

Policies evaluate secrets, because they evaluate what is deployed, and messages name stages, domains, rules and paths as
the resources do. The names inside an API definition that is a secret as a whole are not redacted, because a finding
must name the route that it is about.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from string import ascii_lowercase, ascii_uppercase
from typing import Final

from ..graph.values import REDACTED
from .credentials import SHAPES

MIN_LENGTH: Final = 4
"""Shorter secrets are not redacted: they occur in ordinary words."""
MAX_LENGTH: Final = 1_000
"""Longer secrets are documents, and no message contains all of one."""
_PART: Final = re.compile(r"[^/:]{8,}")
"""The parts of a secret ARN that messages may name, such as a stage; shorter ones are ordinary words."""
_CREDENTIAL: Final = re.compile(rf"(?:{SHAPES})[^\s,;)]*", re.VERBOSE)
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)
"""Only ASCII: converting other letters may change the length of a string."""


class Redactor:
    """Replaces secrets and credentials in messages, so that everybody may read them."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Index the secrets by their first characters and their length, so that even many of them cost little."""
        self._secrets: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for each in secrets:
            secret = each.strip().translate(_LOWER)
            for part in _PART.findall(secret) if secret.startswith("arn:") else ():
                self._secrets[part[:MIN_LENGTH]][len(part)].add(part)
            if MIN_LENGTH <= len(secret) <= MAX_LENGTH:
                self._secrets[secret[:MIN_LENGTH]][len(secret)].add(secret)

    def __call__(self, message: str) -> str:
        """The message with `[secret]` in place of each secret and credential. Letter case does not matter."""
        return _CREDENTIAL.sub(REDACTED, self._without_secrets(message) if self._secrets else message)

    def _without_secrets(self, message: str) -> str:
        lowered = message.translate(_LOWER)
        parts: list[str] = []
        position = copied = 0
        while position < len(message):
            length = self._secret_length(lowered, position)
            if length:
                parts += [message[copied:position], REDACTED]
                copied = position + length
            position += length or 1
        return "".join([*parts, message[copied:]])

    def _secret_length(self, message: str, position: int) -> int:
        """The length of the longest secret that begins at a position; 0 if none does."""
        by_length = self._secrets.get(message[position : position + MIN_LENGTH], {})
        found = (length for length, secrets in by_length.items() if message[position : position + length] in secrets)
        return max(found, default=0)
