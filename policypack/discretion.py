"""The last gate of what is said: what came as a secret, or looks like a credential, is taken out of it.

Rules judge secrets, for they judge what is deployed, and messages name stages, domains, rules and paths as the
resources give them. Names inside an API definition that is a secret as a whole are told, since a finding must say
which route it is about.
"""

import re
from collections.abc import Iterable
from typing import Final

from .credentials import SHAPES
from .graph import REDACTED

SHORTEST: Final = 4
"""Characters of a secret that can be told from any other text."""
LONGEST: Final = 1_000
"""Characters beyond which a text is a document: no message holds all of one."""
_CREDENTIAL: Final = re.compile(rf"(?:{SHAPES})[^\s,;)]*", re.VERBOSE)


class Discretion:
    """Makes texts fit to be read by anybody."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know what must not be said."""
        known = {each.strip() for each in secrets if len(each) <= LONGEST}
        telling = sorted((each for each in known if len(each) >= SHORTEST), key=lambda each: (-len(each), each))
        self._secrets = re.compile("|".join(map(re.escape, telling)), re.IGNORECASE) if telling else None

    def __call__(self, text: str) -> str:
        """The text, with a mark for each secret."""
        if self._secrets is not None:
            text = self._secrets.sub(REDACTED, text)
        return _CREDENTIAL.sub(REDACTED, text)
