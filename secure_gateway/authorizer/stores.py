"""Documents with hashes and secrets, read from Secrets Manager or from Systems Manager's Parameter Store.

boto3 comes with Lambda's runtime. It is imported only if a validator has a store, because it is slow to import.
"""

import contextlib
import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

from . import reasons
from .cached import Cached, Fetched, SourceError
from .config import Store
from .deadlines import within
from .outages import is_outage, is_outage_of_aws
from .shapes import is_object
from .strict_json import parse_document

SECONDS = 2.0
"""The time limit for a response of the service, with the import of boto3, name resolution and a second attempt."""


class MistakeError(ValueError):
    """A store's document has a mistake; the message says what is wrong and contains no value of the document."""


def load(arn: str) -> str:
    """The string value of a secret (its current version) or of a parameter (decrypted), by ARN."""
    _, _, service, region, _ = arn.split(":", 4)

    def call() -> str:
        client = _client(service, region)
        if service == "ssm":
            return client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
        return client.get_secret_value(SecretId=arn)["SecretString"]

    return within(SECONDS, call)


def prepare(arns: Iterable[str]) -> None:
    """Import boto3 and make its clients, while the function starts: Lambda gives that phase more time and processor.

    A failure is found again by `load`, and reported then.
    """
    for service, region in sorted({tuple(arn.split(":", 4)[2:4]) for arn in arns}):
        with contextlib.suppress(Exception):
            _client(service, region)


@cache
def _client(service: str, region: str) -> Any:
    settings = importlib.import_module("botocore.config").Config(
        connect_timeout=0.8, read_timeout=0.9, retries={"total_max_attempts": 2}
    )
    return importlib.import_module("boto3").client(service, region_name=region, config=settings)


def cached_document(
    store: Store,
    read: Callable[[Mapping[str, Any], Callable[[str], str]], Any],
    load: Callable[[str], str],
    clock: Callable[[], float],
) -> Cached[Any]:
    """A store's document, parsed by `read`, which raises `MistakeError`.

    `read` reports mistakes in single records by a function that returns the line for the log.
    """

    def fetch(mistakes: list[str]) -> Fetched[Any]:
        def report(mistake: str) -> str:
            mistakes.append(f"{reasons.INVALID}: {mistake}")
            return mistakes[-1]

        try:
            loaded = load(store.arn)
        except Exception as error:  # noqa: BLE001 - `classified` knows them all
            raise classified(error) from None
        try:
            document = parse_document(loaded)
        except (ValueError, RecursionError):
            raise SourceError(reasons.INVALID, "the document is not JSON, or repeats a name") from None
        if not is_object(document):
            raise SourceError(reasons.INVALID, "the document is not an object")
        try:
            return Fetched(read(document, report), clock())
        except MistakeError as error:
            raise SourceError(reasons.INVALID, str(error)) from None

    return Cached(store.arn, fetch, fresh=store.refresh, stale=store.stale, clock=clock)


def classified(error: Exception) -> SourceError:
    """An error of `load` by its meaning: an outage, or a response that the store cannot be read."""
    response = getattr(error, "response", None)
    if is_object(response):
        code = str(_field(response, "Error", "Code"))
        outage = is_outage_of_aws(_field(response, "ResponseMetadata", "HTTPStatusCode"), code)
        named = code if re.fullmatch(r"[A-Za-z0-9.]{1,64}", code) else type(error).__name__
        return SourceError(reasons.UNAVAILABLE if outage else reasons.WITHDRAWN, named)
    name = type(error).__name__
    if is_outage(error):
        return SourceError(reasons.UNAVAILABLE, name)
    if isinstance(error, KeyError):
        return SourceError(reasons.INVALID, "the secret has no string value")
    return SourceError(reasons.WITHDRAWN, name)


def _field(response: Mapping[str, Any], section: str, name: str) -> Any:
    fields = response.get(section)
    return fields.get(name) if is_object(fields) else None
