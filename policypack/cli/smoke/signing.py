"""Signature Version 4 for requests without a body.

https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote, urlsplit

SERVICE: Final = "execute-api"
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SAFE: Final = "-_.~"
_EMPTY: Final = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, kw_only=True)
class Keys:
    """The access key of an AWS caller, and the region of the API."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""
    region: str

    @property
    def forged(self) -> "Keys":
        """The same caller with another secret."""
        return Keys(
            access_key_id=self.access_key_id,
            secret_access_key="0" * 40,
            session_token=self.session_token,
            region=self.region,
        )


def signed(method: str, url: str, keys: Keys, now: datetime) -> Mapping[str, str]:
    """The headers that sign a request without a body."""
    parts = urlsplit(url)
    time = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": parts.netloc, "x-amz-date": time}
    if keys.session_token:
        headers["x-amz-security-token"] = keys.session_token
    names = ";".join(sorted(headers))
    # The path is encoded once more than it is in the request.
    path = quote(parts.path or "/", safe=f"/{_SAFE}")
    # The query is encoded already: as it is sent, and as AWS signs it.
    arguments = sorted(each.partition("=")[::2] for each in parts.query.split("&") if each)
    query = "&".join(f"{name}={value}" for name, value in arguments)
    canonical = "\n".join(
        [method, path, query, *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, _EMPTY]
    )
    scope = f"{time[:8]}/{keys.region}/{SERVICE}/aws4_request"
    text = "\n".join([_ALGORITHM, time, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{keys.secret_access_key}".encode()
    for part in scope.split("/"):
        key = _digest(key, part)
    signature = _digest(key, text).hex()
    credential = f"{keys.access_key_id}/{scope}"
    sent = {name: value for name, value in headers.items() if name != "host"}
    return {
        **sent,
        "Authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}",
    }


def _digest(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
