"""Args of the built-in authorizer's validators."""

from collections.abc import Mapping, Sequence
from typing import Any, Required, TypedDict

import pulumi

from ...choices import TokenAlgorithm, TokenUse


class JwtIssuerArgs(TypedDict, total=False):
    """An issuer whose tokens are accepted: `issuer` or `user_pool_arn`, and `audiences`, `client_ids` or both."""

    issuer: pulumi.Input[str]
    """The `iss` claim of its tokens, which must match exactly: an `https` URL. Defaults to none."""

    user_pool_arn: pulumi.Input[str]
    """ARN of a Cognito user pool, instead of `issuer`. Defaults to none."""

    jwks_url: str
    """`https` URL of its keys. Defaults to the one in its discovery document; for Cognito, the pool's."""

    audiences: Sequence[pulumi.Input[str]]
    """Values of `aud` of which a token must have one. Cognito's access tokens have no `aud`: use `client_ids`. Defaults
    to none."""

    client_ids: Sequence[pulumi.Input[str]]
    """Values of which a token's `client_id` (or `azp`) must be one. Defaults to none."""

    token_use: TokenUse
    """Whether the issuer's access tokens or its ID tokens are accepted."""

    algorithms: Sequence[TokenAlgorithm]
    """Signature algorithms that are accepted."""

    require_at_jwt: bool
    """Whether the token's header must have `typ` `at+jwt` (RFC 9068). Not for ID tokens."""

    required_claims: Mapping[str, list[Any]]
    """Claims that must be present, each with the values (strings or booleans) of which it must have one; an empty list
    accepts any value. Defaults to none."""

    leeway_seconds: int
    """How much clocks may differ."""

    principal_claim: str
    """The claim that names the caller."""

    scope_claim: str
    """The claim with the scopes, such as `cognito:groups`. Defaults to `scope`, or else `scp`."""

    tenant_claim: str
    """A claim that is passed to the integration as `tenant`; the token must have it. Defaults to none."""

    keys_fresh_seconds: int
    """How long the keys are used before they are fetched again."""

    keys_stale_seconds: int
    """How long they may be used after that while the issuer is unavailable. An issuer that publishes no key does not
    count as unavailable: access then ends at the next fetch."""


class JwtValidatorArgs(TypedDict, total=False):
    """JSON Web Tokens: `Bearer <token>` in a header."""

    issuers: Required[Sequence[JwtIssuerArgs]]
    """The issuers whose tokens are accepted."""

    header: str
    """The header's name in lower case."""


class ApiKeyValidatorArgs(TypedDict, total=False):
    """API keys of `python -m secure_gateway.authorizer new-key`, stored as salted hashes."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"keys": {...}}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""


class SharedSecretValidatorArgs(TypedDict, total=False):
    """A secret that a CDN or a proxy in front adds as a header."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"secrets": ["current", "previous"]}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""


class SignatureValidatorArgs(TypedDict, total=False):
    """Requests signed with HMAC-SHA256."""

    store: Required[pulumi.Input[str]]
    """ARN of a Secrets Manager secret, or of an SSM parameter: `{"clients": {"<id>": {"secrets": [...]}}}`."""

    header: str
    """The header's name in lower case."""

    refresh_seconds: int
    """How long the store's document is used before it is read again."""

    stale_seconds: int
    """How long the store's last document may be used after that while the store is unavailable. A store that
    is deleted, forbidden or invalid does not count as unavailable: access then ends at the next refresh."""

    window_seconds: int
    """How much a signature's time may differ from the authorizer's clock."""

    hosts: list[str]
    """Host names that clients may sign, such as the name of a CDN in front. Defaults to the host name that API Gateway
    received."""

    signed_headers: list[str]
    """Headers, in lower case, that a signature must cover if the request has them. Defaults to none."""

    accept_v1_until: str
    """Last day (UTC, `YYYY-MM-DD`) on which signatures of version 1 are accepted, which do not cover host, API,
    stage or headers. Defaults to never."""


class ClientCertificateValidatorArgs(TypedDict, total=False):
    """Client certificates of mutual TLS: `subjects`, `fingerprints` or both. Requires `tls.mutual_tls`."""

    subjects: list[str]
    """Distinguished names, as API Gateway writes them in `subjectDN`. Defaults to any."""

    issuers: list[str]
    """Distinguished names of the issuing authorities (`issuerDN`). Defaults to all of the truststore."""

    fingerprints: list[str]
    """SHA-256 digests of certificates (DER), 64 lower-case hexadecimal digits. Defaults to any."""


class ValidatorArgs(TypedDict, total=False):
    """One credential that is checked: exactly one of these."""

    jwt: JwtValidatorArgs
    """JSON Web Tokens."""

    api_key: ApiKeyValidatorArgs
    """API keys of high entropy."""

    shared_secret: SharedSecretValidatorArgs
    """A header that only a proxy in front can set."""

    signature: SignatureValidatorArgs
    """Signed requests."""

    client_certificate: ClientCertificateValidatorArgs
    """Client certificates."""
