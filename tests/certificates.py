"""Certificates for tests, good ones and each kind of bad one."""

from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC)


@cache
def key(kind: str = "ec", size: int = 256, which: int = 0):
    """A private key; `which` tells several of one kind apart."""
    del which
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=size)
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({192: ec.SECP192R1(), 256: ec.SECP256R1(), 384: ec.SECP384R1()}[size])


def certificate(
    name: str = "CA",
    *,
    issuer: str | None = None,
    own_key=None,
    issuer_key=None,
    days: int = 3650,
    age: int = 1,
    ca: bool | None = True,
    signs: bool | None = None,
    digest=hashes.SHA256,
) -> str:
    """A certificate as PEM, self-signed unless an issuer is given; `ca` None leaves the constraint out."""
    own_key = own_key or key()

    def of(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(of(name))
        .issuer_name(of(issuer or name))
        .public_key(own_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=age))
        .not_valid_after(NOW + timedelta(days=days))
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if signs is not None:
        usages = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
                *("crl_sign", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(key_cert_sign=signs, **usages), critical=True)
    signer = issuer_key or own_key
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else digest()
    return builder.sign(signer, algorithm).public_bytes(Encoding.PEM).decode()


def chain(length: int) -> list[str]:
    """A root and what it leads to, one below the other."""
    below = range(1, length)
    return [
        certificate("0", own_key=key(which=0)),
        *(certificate(f"{n}", issuer=f"{n - 1}", own_key=key(which=n), issuer_key=key(which=n - 1)) for n in below),
    ]
