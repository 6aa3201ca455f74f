"""Checks that API Gateway accepts a bundle of CA certificates and can use each of them."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from ...validation.problems import plural

MAX_CERTIFICATES = 1000
MAX_BYTES = 1_000_000
EXPECTED = (
    f"1 to {MAX_CERTIFICATES:,} certificates in PEM form (-----BEGIN CERTIFICATE-----) and nothing else in such form, "
    f"no private key, {MAX_BYTES // 1_000_000} MB at most"
)

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")
_BOUNDARY = re.compile(r"-----(?:BEGIN|END) ")
_MIN_RSA_BITS, _MIN_EC_BITS = 2048, 256
_MAX_CHAIN = 4
_SOON = timedelta(days=30)


def mistake(pem: str, now: datetime | None = None) -> str | None:
    """What is wrong with a bundle, without any of its content; None if API Gateway can use it.

    AWS accepts certificates that it cannot use, with a warning only, and does not report when a CA expires.
    """
    blocks = _blocks(pem)
    if blocks is None:
        return f"expected {EXPECTED}, got a string of {plural(len(pem), 'character')}"
    certificates: list[x509.Certificate] = []
    for number, block in enumerate(blocks, 1):
        try:
            certificate = x509.load_pem_x509_certificate(block.encode())
            wrong = _wrong(certificate, now or datetime.now(UTC))
        except (ValueError, UnsupportedAlgorithm):
            return f"{_of(number, blocks)} is not an X.509 certificate that can be read"
        if wrong:
            return f"{_of(number, blocks)} {wrong}"
        if certificate in certificates:
            return f"{_of(number, blocks)} is number {certificates.index(certificate) + 1} again"
        certificates.append(certificate)
    for number, certificate in enumerate(certificates, 1):
        length = _chain(certificate, certificates)
        if length == 0:
            return f"{_of(number, blocks)} needs all its issuers in the bundle, up to a self-signed root"
        if length > _MAX_CHAIN:
            return f"{_of(number, blocks)} has a chain of {length} certificates, but AWS accepts at most {_MAX_CHAIN}"
    return None


def checked(pem: str) -> str:
    """A bundle that became known only at deployment; raises `ValueError` without showing any of it."""
    if found := mistake(pem):
        raise ValueError(f"mutual_tls.ca_pem: {found}")
    return pem


def expiring(pem: str, now: datetime | None = None) -> list[str]:
    """The certificates of a valid bundle that expire within 30 days, as a warning reports them."""
    blocks = _blocks(pem) or []
    ends = [x509.load_pem_x509_certificate(each.encode()).not_valid_after_utc for each in blocks]
    soon = (now or datetime.now(UTC)) + _SOON
    return [f"{_of(number, blocks)} expires on {end:%Y-%m-%d}" for number, end in enumerate(ends, 1) if end < soon]


def _blocks(pem: str) -> list[str] | None:
    """The PEM blocks of the certificates; None if the bundle contains anything else, or too much."""
    if len(pem.encode()) > MAX_BYTES:
        return None
    blocks = _BLOCK.findall(pem)
    # Each boundary must belong to a certificate: those of a key, a signing request or half a block do not.
    whole = len(_BOUNDARY.findall(pem)) == 2 * len(blocks)
    return blocks if whole and 1 <= len(blocks) <= MAX_CERTIFICATES else None


def _of(number: int, blocks: Sequence[str]) -> str:
    return f"certificate {number} of {len(blocks)}"


def _wrong(certificate: x509.Certificate, now: datetime) -> str | None:
    if certificate.not_valid_after_utc < now:
        return f"expired on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now:
        return f"is not valid before {certificate.not_valid_before_utc:%Y-%m-%d}"
    if not _may_sign(certificate):
        return "is not the certificate of a CA (basic constraint CA, key usage certificate sign)"
    return _weak(certificate)


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return constraints.ca
    return constraints.ca and usage.key_cert_sign


def _weak(certificate: x509.Certificate) -> str | None:
    needed = f"AWS needs RSA with {_MIN_RSA_BITS:,} bits or ECDSA with {_MIN_EC_BITS} bits at least"
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        if key.key_size < _MIN_RSA_BITS:
            return f"has an RSA key of {key.key_size:,} bits: {needed}"
    elif not isinstance(key, EllipticCurvePublicKey) or key.key_size < _MIN_EC_BITS:
        return f"has a key of another kind or size: {needed}"
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.digest_size * 8 < 256:  # noqa: PLR2004 - the SHA-256 that AWS demands
        name = algorithm.name if algorithm else "an unknown algorithm"
        return f"has a signature with {name}: AWS needs SHA-256 or above"
    return None


def _chain(certificate: x509.Certificate, bundle: Iterable[x509.Certificate]) -> int:
    """The number of certificates up to the self-signed root, itself included; 0 if one is missing."""
    by_subject: dict[bytes, list[x509.Certificate]] = {}
    for each in bundle:
        by_subject.setdefault(each.subject.public_bytes(), []).append(each)
    length, current = 1, certificate
    while not _issued(current, current):
        issuers = by_subject.get(current.issuer.public_bytes(), [])
        issuer = next((each for each in issuers if _issued(current, each)), None)
        # Stop as soon as the chain is too long, since certificates may sign each other.
        if issuer is None or length > _MAX_CHAIN:
            return 0 if issuer is None else length
        length, current = length + 1, issuer
    return length


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True
