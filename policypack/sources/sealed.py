"""Decrypts the secrets in a state with its passphrase, as Pulumi's passphrase provider encrypts them.

The key is derived from the passphrase (`PULUMI_CONFIG_PASSPHRASE` or the file `PULUMI_CONFIG_PASSPHRASE_FILE`) and the
salt in the state. Each value is `v1:NONCE:CIPHERTEXT`, for AES-256-GCM; so is the word `pulumi` in the salt, by which a
wrong passphrase is recognised. https://www.pulumi.com/docs/iac/concepts/secrets/
"""

import base64
import hashlib
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ..graph.values import SECRET, SIGNATURE, is_list, is_object
from .source import SourceError
from .storage import install

ROUNDS: Final = 1_000_000
"""Of PBKDF2, as Pulumi has it: about half a second for each stack."""
_WORD: Final = "pulumi"
Decrypt = Callable[[str], str]


class SealedError(Exception):
    """Secrets stay encrypted; the message says why."""


def passphrase() -> str | None:
    """The passphrase in the environment; None if there is none. Raises SourceError if its file cannot be read."""
    given = os.environ.get("PULUMI_CONFIG_PASSPHRASE")
    file = os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE")
    if given is not None or not file:
        return given
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"PULUMI_CONFIG_PASSPHRASE_FILE cannot be read: {type(error).__name__}") from error


def opened(deployment: Mapping[str, Any], phrase: str) -> Mapping[str, Any]:
    """The deployment with decrypted secrets; unchanged if it has none, or another provider encrypted them.

    Raises SealedError if they cannot be decrypted.
    """
    match deployment:
        case {"secrets_providers": {"type": "passphrase", "state": {"salt": str(salt)}}, "resources": [*states]}:
            resources = [_opened(state, lambda: _decrypt(salt, phrase)) for state in states]
            return {**deployment, "resources": resources}
        case _:
            return deployment


def _opened(value: Any, decrypt: Callable[[], Decrypt]) -> Any:
    """A value in which each encrypted secret has its plaintext. `decrypt` is called only if there is one."""
    if is_list(value):
        return [_opened(item, decrypt) for item in value]
    if not is_object(value):
        return value
    if value.get(SIGNATURE) == SECRET and isinstance(value.get("ciphertext"), str):
        return {SIGNATURE: SECRET, "plaintext": decrypt()(value["ciphertext"])}
    return {key: _opened(item, decrypt) for key, item in value.items()}


@lru_cache(maxsize=8)
def _decrypt(salt: str, phrase: str) -> Decrypt:
    try:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError as error:
        raise SealedError(f"its secrets stay encrypted: {install('passphrase')}") from error

    version, _, rest = salt.partition(":")
    encoded, _, word = rest.partition(":")
    try:
        decoded = base64.b64decode(encoded)
    except ValueError:
        decoded = b""
    if version != "v1" or not decoded:
        raise SealedError("its secrets stay encrypted, in a way that this version does not know")
    cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", phrase.encode(), decoded, ROUNDS, dklen=32))

    def decrypt(value: str) -> str:
        try:
            _, nonce, ciphertext = value.split(":")
            return cipher.decrypt(base64.b64decode(nonce), base64.b64decode(ciphertext), None).decode()
        except (InvalidTag, ValueError) as error:
            raise SealedError("its secrets stay encrypted: the passphrase is that of another stack") from error

    if decrypt(word) != _WORD:
        raise SealedError("its secrets stay encrypted: the passphrase is that of another stack")
    return decrypt
