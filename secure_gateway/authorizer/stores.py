"""Documents with hashes and secrets, read from Secrets Manager or from Systems Manager's Parameter Store.

boto3 comes with Lambda's runtime. It is imported only if a validator has a store, because it is slow to import.
"""

import importlib
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from . import reasons
from .cached import Cached, Notice, SourceError
from .config import Store
from .deadlines import within
from .shapes import is_object
from .strict_json import parse

SECONDS = 2.0
"""The time limit for a response of the service, name resolution and the repeated attempt included."""

_OUTAGE_CODES = r"Throttl|TooManyRequests|RequestLimitExceeded|RequestTimeout|Internal|Unavailable"
"""Error codes with which AWS says that it cannot respond now, some of them with status 400.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html
"""
_SERVER_ERROR = 500


class MistakeError(ValueError):
    """A store's document has a mistake; the message says what is wrong and contains no value of the document."""


def load(arn: str) -> str:
    """The string value of a secret (its current version) or of a parameter (decrypted), by ARN."""
    _, _, service, region, _ = arn.split(":", 4)
    client = _client(service, region)

    def call() -> str:
        if service == "ssm":
            return client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        return client.get_secret_value(SecretId=arn)["SecretString"]

    return within(SECONDS, call)


@cache
def _client(service: str, region: str) -> Any:
    settings = importlib.import_module("botocore.config").Config(
        connect_timeout=0.8, read_timeout=0.9, retries={"total_max_attempts": 2}
    )
    return importlib.import_module("boto3").client(service, region_name=region, config=settings)


def cached_document(
    store: Store,
    read: Callable[[Mapping[str, Any], Callable[[str], None]], Any],
    load: Callable[[str], str],
    clock: Callable[[], float],
) -> Cached[Any]:
    """A store's document, parsed by `read`, which reports mistakes in single records and raises `MistakeError`."""

    def fetch(notices: list[Notice]) -> Any:
        def report(mistake: str) -> None:
            notices.append(Notice(stale=False, source=store.arn, detail=f"{reasons.INVALID}: {mistake}"))

        try:
            loaded = load(store.arn)
        except Exception as error:  # noqa: BLE001 - `classified` knows them all
            raise classified(error) from None
        try:
            document = parse(loaded)
        except (ValueError, RecursionError):
            raise SourceError(reasons.INVALID, "the document is not JSON, or repeats a name") from None
        if not is_object(document):
            raise SourceError(reasons.INVALID, "the document is not an object")
        try:
            return read(document, report)
        except MistakeError as error:
            raise SourceError(reasons.INVALID, str(error)) from None

    return Cached(store.arn, fetch, fresh=store.refresh, stale=store.stale, clock=clock)


def classified(error: Exception) -> SourceError:
    """An error of `load` by its meaning: an outage, or a response that the store cannot be read."""
    response = getattr(error, "response", None)
    if is_object(response):
        code = str(_field(response, "Error", "Code"))
        status = _field(response, "ResponseMetadata", "HTTPStatusCode")
        outage = (isinstance(status, int) and status >= _SERVER_ERROR) or re.search(_OUTAGE_CODES, code)
        named = code if re.fullmatch(r"[A-Za-z.]{1,64}", code) else type(error).__name__
        return SourceError(reasons.UNAVAILABLE if outage else reasons.WITHDRAWN, named)
    name = type(error).__name__
    if isinstance(error, OSError) or _is_transport_error(error):
        return SourceError(reasons.UNAVAILABLE, name)
    if isinstance(error, KeyError):
        return SourceError(reasons.INVALID, "the secret has no string value")
    return SourceError(reasons.WITHDRAWN, name)


def _field(response: Mapping[str, Any], section: str, name: str) -> Any:
    fields = response.get(section)
    return fields.get(name) if is_object(fields) else None


def _is_transport_error(error: Exception) -> bool:
    # botocore's own exceptions for connections and time-outs are not OSErrors.
    exceptions = sys.modules.get("botocore.exceptions")
    return exceptions is not None and isinstance(error, (exceptions.HTTPClientError, exceptions.ConnectionError))
