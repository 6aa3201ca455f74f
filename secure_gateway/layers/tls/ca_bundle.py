"""What a bundle of CA certificates must look like, as far as that shows without reading the certificates."""

import base64
import binascii
import re

MAX_CERTIFICATES = 1000
MAX_BYTES = 1_000_000
ALLOWED = (
    f"1 to {MAX_CERTIFICATES:,} certificates in PEM form (-----BEGIN CERTIFICATE-----) and nothing else in such form, "
    f"no private key, {MAX_BYTES // 1_000_000} MB at most"
)

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_BOUNDARY = re.compile(r"-----(?:BEGIN|END) ")
_DER_SEQUENCE = 0x30


def is_ca_bundle(pem: str) -> bool:
    """Whether a text holds certificates, and nothing else, between PEM boundaries.

    Neither signatures nor dates nor the right to sign are looked at: AWS takes what it cannot use with a warning.
    """
    if len(pem.encode()) > MAX_BYTES:
        return False
    blocks = _BLOCK.findall(pem)
    if not 1 <= len(blocks) <= MAX_CERTIFICATES:
        return False
    # Each boundary belongs to a certificate; a key, a request or half a block leaves one over.
    return len(_BOUNDARY.findall(pem)) == 2 * len(blocks) and all(_is_der(block) for block in blocks)


def checked(pem: str) -> str:
    """A bundle that became known only at deployment; raises `ValueError` without showing any of it."""
    if not is_ca_bundle(pem):
        message = f"mutual_tls.ca_pem: given a text of {len(pem):,} characters; allowed: {ALLOWED}"
        raise ValueError(message)
    return pem


def _is_der(block: str) -> bool:
    try:
        content = base64.b64decode("".join(block.split()), validate=True)
    except binascii.Error:
        return False
    return content[:1] == bytes([_DER_SEQUENCE])
