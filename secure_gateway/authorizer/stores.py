"""Documents with hashes and secrets, read from Secrets Manager or from Systems Manager's Parameter Store.

boto3 comes with Lambda's runtime. It is imported only if a validator has a store, because it is slow to import.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .cached import Cached
from .shapes import is_object

STALE_SECONDS = 3_600
"""How long a store's last document is still used while the store cannot be read."""


def load(arn: str) -> str:
    """The string value of a secret (its current version) or of a parameter (decrypted), by ARN."""
    _, _, service, region, _ = arn.split(":", 4)
    settings = importlib.import_module("botocore.config").Config(
        connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2}
    )
    client: Any = importlib.import_module("boto3").client(service, region_name=region, config=settings)
    if service == "ssm":
        return client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
    return client.get_secret_value(SecretId=arn)["SecretString"]


def cached_document(
    arn: str, read: Callable[[Mapping[str, Any]], Any], refresh: int, load: Callable[[str], str], clock: Any
) -> Cached[Any]:
    """A store's document, parsed by `read` and read again after `refresh` seconds."""

    def fetch() -> Any:
        document = json.loads(load(arn))
        if not is_object(document):
            raise ValueError("not an object")
        return read(document)

    return Cached(fetch, fresh=refresh, stale=STALE_SECONDS, clock=clock)
