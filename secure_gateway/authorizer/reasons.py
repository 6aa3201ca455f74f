"""Why a request is refused: codes that go to the log, and never what the caller sent."""

from collections.abc import Mapping
from typing import Final

ALLOWED: Final = "allowed"

# The credential is missing, wrong or cannot be checked: 401.
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
SECRET: Final = "secret_wrong"  # noqa: S105 - a reason code
TIMESTAMP: Final = "timestamp_outside_window"
CERTIFICATE: Final = "certificate_not_allowed"
UNAVAILABLE: Final = "keys_unavailable"
EVENT: Final = "event_malformed"
INTERNAL: Final = "internal_error"

# The caller is known and may not do this: 403.
ROUTE: Final = "route_unknown"
SCOPE: Final = "scope_missing"
PATH: Final = "path_not_nameable"

FORBIDDEN: Final = frozenset({ROUTE, SCOPE, PATH})

TEXTS: Final[Mapping[str, str]] = {
    ALLOWED: "every credential holds, and the route is open to the caller",
    MISSING: "the header (or the client certificate) that a validator reads is not there",
    MALFORMED: "the credential does not have its form",
    OVERSIZE: "the credential is longer than 8,192 characters",
    DUPLICATE: "the header is there more than once",
    ALGORITHM: "the token's algorithm is not among the issuer's `algorithms`",
    HEADER: "the token's header brings a key, or something critical, encoded or nested",
    TYPE: "the token's `typ` is not that of a JWT",
    KEY_ID: "the token's header has no `kid`",
    KEY: "the issuer publishes no key of this `kid` for this algorithm",
    SIGNATURE: "the signature does not hold",
    ISSUER: "the token's `iss` is none of the configured issuers, letter by letter",
    AUDIENCE: "the token's `aud` holds none of `audiences`",
    CLIENT: "the token's `client_id` (or `azp`) is none of `client_ids`",
    USE: "an ID token stands where an access token is due, or the other way round",
    EXPIRED: "the credential has expired",
    EARLY: "the token's `nbf` or `iat` lies in the future; are the clocks right?",
    CLAIM: "a claim is missing, has another type, or a value that is not allowed",
    SECRET: "the key or the secret is not known",
    TIMESTAMP: "the signed time is outside the window; are the clocks right?",
    CERTIFICATE: "the client certificate is on no list",
    UNAVAILABLE: "the issuer's keys, or the store, cannot be reached, and what was known is too old",
    EVENT: "the event is none that API Gateway sends",
    INTERNAL: "something went wrong inside the authorizer",
    ROUTE: "the configuration has no such route",
    SCOPE: "the caller holds none of the route's scopes",
    PATH: "the called path cannot be named in a policy: a wildcard in it, or too long",
}
"""What a code means, to one who looks for the cause."""


class Refused(Exception):  # noqa: N818 - named after the decision
    """A request is refused for the reason of a code."""

    def __init__(self, reason: str) -> None:
        """Hold the code alone, so that no credential can reach a log with it."""
        super().__init__(reason)
        self.reason = reason
