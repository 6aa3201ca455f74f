"""Why a request is allowed or denied: the codes that are logged. A code never contains anything the caller sent."""

from collections.abc import Mapping
from typing import Final

ALLOWED: Final = "allowed"

# The credential is missing, wrong or cannot be checked: status 401.
MISSING: Final = "credential_missing"
MALFORMED: Final = "credential_malformed"
OVERSIZE: Final = "credential_oversize"
DUPLICATE: Final = "header_duplicate"
ALGORITHM: Final = "algorithm_not_allowed"
HEADER: Final = "token_header_not_allowed"
TYPE: Final = "token_type_wrong"
KEY_ID: Final = "key_id_missing"
KEY: Final = "key_unknown"
SIGNATURE: Final = "signature_wrong"
ISSUER: Final = "issuer_unknown"
AUDIENCE: Final = "audience_wrong"
CLIENT: Final = "client_wrong"
USE: Final = "token_use_wrong"
EXPIRED: Final = "expired"
EARLY: Final = "not_yet_valid"
CLAIM: Final = "claim_wrong"
BINDING: Final = "certificate_binding_wrong"
PROOF: Final = "proof_not_supported"
SECRET: Final = "secret_wrong"  # noqa: S105 - a reason code
TIMESTAMP: Final = "timestamp_outside_window"
VERSION: Final = "signature_version_old"
UNSIGNED: Final = "header_not_signed"
CERTIFICATE: Final = "certificate_not_allowed"
UNAVAILABLE: Final = "keys_unavailable"
WITHDRAWN: Final = "keys_withdrawn"
INVALID: Final = "keys_invalid"
EVENT: Final = "event_malformed"
INTERNAL: Final = "internal_error"

# The caller is authenticated but may not call the route: status 403.
ROUTE: Final = "route_unknown"
SCOPE: Final = "scope_missing"
PATH: Final = "path_not_nameable"

FORBIDDEN: Final = frozenset({ROUTE, SCOPE, PATH})

EXPLANATIONS: Final[Mapping[str, str]] = {
    ALLOWED: "every required credential is valid, and the caller may use the route",
    MISSING: "the header or client certificate that a validator reads is missing",
    MALFORMED: "the credential does not have the expected format",
    OVERSIZE: "the credential is longer than 8,192 characters",
    DUPLICATE: "the request has the header more than once",
    ALGORITHM: "the token's algorithm is not among the issuer's `algorithms`",
    HEADER: "the token's header contains a key, or says that the token is critical, encoded or nested",
    TYPE: "the token's `typ` is not that of a JWT",
    KEY_ID: "the token's header has no `kid`",
    KEY: "the issuer publishes no key with this `kid` for this algorithm",
    SIGNATURE: "the signature is not valid",
    ISSUER: "the token's `iss` is not exactly one of the configured issuers",
    AUDIENCE: "the token's `aud` contains none of `audiences`",
    CLIENT: "the token's `client_id` (or `azp`) is none of `client_ids`",
    USE: "the token has another purpose: an ID token where an access token is required, a logout token, or the reverse",
    EXPIRED: "the credential has expired",
    EARLY: "the token's `nbf` or `iat` is in the future; check the clocks",
    CLAIM: "a claim is missing, or has the wrong type or a value that is not allowed",
    BINDING: "the token is bound to another client certificate than the one of the connection, or there is none",
    PROOF: "the token is bound to a key in a way that cannot be checked here, such as DPoP",
    SECRET: "the key or the secret is unknown",
    TIMESTAMP: "the signed time is outside the window; check the clocks",
    VERSION: "the signature has version 1, which is not accepted, or not any more",
    UNSIGNED: "the signature does not cover a header that it must cover",
    CERTIFICATE: "the client certificate is on none of the lists",
    UNAVAILABLE: "the issuer or the store does not respond, and what was cached is too old or lacks the key",
    WITHDRAWN: "the issuer publishes no usable key or refuses, or the store is deleted or may not be read",
    INVALID: "the document of the issuer or the store, or the caller's record in it, has a mistake",
    EVENT: "the event is not one that API Gateway sends",
    INTERNAL: "an error occurred inside the authorizer",
    ROUTE: "the configuration does not contain the route",
    SCOPE: "the caller has none of the route's scopes",
    PATH: "no policy can name the called path: it contains a wildcard or is too long",
}
"""What each code means, for the person who looks for the cause."""


class Denied(Exception):  # noqa: N818 - named after the decision
    """A request is denied, with the code of the reason."""

    def __init__(self, reason: str, detail: str = "") -> None:
        """Store the code, and a detail that comes from the configuration and never from the caller: both are logged."""
        super().__init__(reason)
        self.reason, self.detail = reason, detail
