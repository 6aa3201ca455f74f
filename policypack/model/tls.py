"""TLS settings of endpoints and custom domains."""

from collections.abc import Collection
from dataclasses import dataclass

from .fact import Fact
from .verdict import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityPolicy:
    """What a security policy of API Gateway accepts.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
    """

    known: Fact
    """YES if API Gateway has a policy of that name; UNKNOWN if the name cannot be read yet."""
    minimum_version: str = ""
    """The oldest TLS version that it accepts: `1.0`, `1.2` or `1.3`."""
    traits: frozenset[str] = frozenset()
    """Any of `PFS` (forward secrecy: a key stolen later does not decrypt recorded traffic), `FIPS` and `PQ`
    (post-quantum)."""

    def meets(self, version: str, traits: Collection[str] = ()) -> Fact:
        """Whether it accepts no TLS version older than `version`, and has the traits."""
        if not self.known.is_yes:
            return self.known
        # Every key exchange of TLS 1.3 has forward secrecy.
        missing = set(traits) - self.traits - ({"PFS"} if self.minimum_version == "1.3" else set[str]())
        return Fact.of(self.minimum_version >= version and not missing)


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain(Subject):
    """A custom domain name."""

    security_policy: SecurityPolicy
    strict_access_mode: Fact = Fact.YES
    """Whether it rejects requests whose Host header differs from the server name (SNI) of their TLS handshake; YES for
    the older security policies, which have no access mode."""
    mutual_tls: Fact = Fact.NO
    """Whether clients must present a certificate; UNKNOWN for an external domain."""
    has_ownership_certificate: bool = False
    """Whether it names an ownership verification certificate, which only mutual TLS uses."""
    truststore_version_pinned: Fact = Fact.YES
    """Whether it trusts one version of the truststore object, rather than its current contents."""
    truststore_bucket_versioned: Fact = Fact.YES
    """Whether the truststore's bucket has versioning; YES if the bucket is external."""
    truststore_bucket_not_public: Fact = Fact.YES
    """Whether the truststore's bucket blocks public access; YES if the bucket is external."""
    certificate_strong: Fact = Fact.YES
    """Whether its certificate has a strong key and is in the certificate transparency logs; YES if it is external."""
    ownership_verified: Fact = Fact.YES
    """Whether an imported or private certificate comes with one that proves ownership, as mutual TLS requires."""
    private: Fact = Fact.NO
    """Whether it is reached through VPC endpoints only."""
    open_to_any_vpc_endpoint: Fact = Fact.NO
    """Whether it is private, and a VPC endpoint that its resource policy does not name reaches it."""

    @property
    def modern_tls(self) -> Fact:
        """Whether it accepts TLS 1.2 and newer only."""
        return self.security_policy.meets("1.2")
