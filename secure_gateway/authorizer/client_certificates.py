"""Client certificates on a list, and the fingerprints of certificates."""

import ssl
from hashlib import sha256

from . import reasons
from .config import ClientCertificate
from .identity import Identity
from .reasons import Denied
from .requests import Request


class ClientCertificateValidator:
    """Client certificates on a list. API Gateway has already verified chain, dates and possession of the key."""

    def __init__(self, config: ClientCertificate) -> None:
        """Store the lists."""
        self._config = config

    def check(self, request: Request) -> Identity:
        """The certificate's subject.

        Raises `Denied`.
        """
        certificate, config = request.certificate(), self._config
        subject, issuer, pem = (certificate.get(name) for name in ("subjectDN", "issuerDN", "clientCertPem"))
        if not isinstance(subject, str) or not subject or not isinstance(issuer, str) or not isinstance(pem, str):
            raise Denied(reasons.EVENT)
        allowed = (
            (not config.subjects or subject in config.subjects)
            and (not config.issuers or issuer in config.issuers)
            and (not config.fingerprints or fingerprint(pem).hex() in config.fingerprints)
        )
        if not allowed:
            raise Denied(reasons.CERTIFICATE)
        return Identity(subject, issuer)


def fingerprint(pem: str) -> bytes:
    """The SHA-256 of a certificate (DER).

    Raises `Denied` for anything but a certificate.
    """
    try:
        return sha256(ssl.PEM_cert_to_DER_cert(pem.strip())).digest()
    except ValueError:
        raise Denied(reasons.EVENT) from None
