"""Distinguishes an outage from a response: only an outage lets cached keys and secrets be used for longer.

An outage is the lack of a useful response: no connection, no complete response in time, or one that says "not now".
"""

import re
import sys

OUTAGE_STATUSES = frozenset({404, 408, 425, 429})
"""Statuses below 500 that say nothing about a key set. 404 is among them because a server with a broken deployment says
so about every path; an issuer that has removed its keys for good says 410."""

_SERVER_ERROR = 500

_EXCEPTIONS = {
    "http.client": ("IncompleteRead",),
    "botocore.exceptions": (
        "HTTPClientError",
        "ConnectionError",
        "IncompleteReadError",
        "ResponseStreamingError",
        "CredentialRetrievalError",
        "MetadataRetrievalError",
    ),
}
"""Exceptions of libraries that are no `OSError` although there was no complete response, by module."""

_CODES = (
    r"(?:Kms|KMS|EC2)?(?:Throttling|Throttled|RequestThrottled)(?:Exception)?"
    r"|TooManyRequests(?:Exception)?|(?:Request|Bandwidth)?LimitExceeded(?:Exception)?"
    r"|ProvisionedThroughputExceeded(?:Exception)?|SlowDown|PriorRequestNotComplete|TransactionInProgressException"
    r"|RequestTimeout(?:Exception)?|DependencyTimeout(?:Exception)?"
    r"|(?:KMS)?Internal(?:Service|Server)?(?:Error|Failure|Fault)?(?:Exception)?"
    r"|(?:Service|Key|KeyStore|Temporarily)?Unavailable(?:Exception)?"
)
"""Error codes with which AWS says that it cannot respond now, some of them with status 400 or 403.

https://github.com/boto/botocore/blob/develop/botocore/retries/standard.py
https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
"""


def is_outage(error: Exception) -> bool:
    """Whether an exception means that there was no complete response."""
    if isinstance(error, OSError | MemoryError):
        # Failed name resolution and a TLS certificate that is not trusted are OSErrors too: nobody responded
        # who is known to be the issuer.
        return True
    if isinstance(error, RuntimeError):
        return "can't start new thread" in str(error)
    return any(
        isinstance(error, getattr(sys.modules.get(module), name, ()))
        for module, names in _EXCEPTIONS.items()
        for name in names
    )


def is_outage_status(status: int) -> bool:
    """Whether a response with a status says nothing about the keys."""
    return status >= _SERVER_ERROR or status in OUTAGE_STATUSES


def is_outage_of_aws(status: object, code: str) -> bool:
    """Whether an error of an AWS service, with its status and its code, says that the service cannot respond now."""
    # Services say "not found" with 404 or 400; so of the statuses below 500 only those about time and rate count.
    late = isinstance(status, int) and (status >= _SERVER_ERROR or status in OUTAGE_STATUSES - {404})
    return late or re.fullmatch(_CODES, code) is not None
