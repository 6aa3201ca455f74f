"""TLS settings of endpoints and custom domains."""

from collections.abc import Collection
from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """What a security policy of API Gateway takes."""

    known: Fact
    """NOT_YET where the policy cannot be read; NO where nobody knows its name."""
    version: str = ""
    """The oldest version of TLS that it takes: `1.0`, `1.2` or `1.3`."""
    traits: frozenset[str] = frozenset()
    """Of `PFS` (no key of today opens the traffic of yesterday), `FIPS` and `PQ` (post-quantum)."""

    def meets(self, version: str, traits: Collection[str] = ()) -> Fact:
        """Whether it takes nothing older than a version, and has the traits."""
        if not self.known.is_yes:
            return self.known
        # TLS 1.3 has no key exchange without forward secrecy.
        missing = set(traits) - self.traits - ({"PFS"} if self.version == "1.3" else set[str]())
        return Fact.YES if self.version >= version and not missing else Fact.NO


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain(Subject):
    """A custom domain name."""

    tls: Tls
    outside: bool = False
    """Whether it is not among the evaluated resources: only that it leads here is known."""
    strict: Fact = Fact.YES
    """Whether it refuses requests that name another host than their TLS handshake did, where its policy knows that."""
    mutual_tls: Fact = Fact.NO
    """Whether clients need a certificate."""
    means_mutual_tls: Fact = Fact.NO
    """Whether it names a certificate that mutual TLS alone has a use for."""
    truststore_pinned: Fact = Fact.YES
    """Whether the certificates trusted are one version of a file, and not whatever it holds."""
    truststore_versioned: Fact = Fact.YES
    """Whether the bucket of the truststore keeps old versions; YES where the bucket is not evaluated."""
    truststore_closed: Fact = Fact.YES
    """Whether the bucket of the truststore is closed to the public."""
    certificate_sound: Fact = Fact.YES
    """Whether its certificate has a strong key and is in the certificate transparency logs; YES if it is external."""
    owned: Fact = Fact.YES
    """Whether a certificate that AWS did not issue is beside one that proves ownership, as mutual TLS needs it."""
    private: Fact = Fact.NO
    """Whether it is reached through VPC endpoints only."""
    open_to_any_endpoint: Fact = Fact.NO
    """Whether a private domain is reached through VPC endpoints that nobody named."""

    @property
    def modern_tls(self) -> Fact:
        """Whether TLS 1.2 is the least it speaks."""
        return self.tls.meets("1.2")
