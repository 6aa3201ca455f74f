"""Documents with hashes and secrets, from Secrets Manager or Systems Manager's parameter store.

boto3 is what Lambda's runtime brings; it is imported only where a validator has a store, as it is slow to start.
"""

import importlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .kept import Kept
from .shapes import is_object

STALE_SECONDS = 3_600
"""So long a store's last document is used while the store does not answer."""


def load(arn: str) -> str:
    """The text of a secret (its current version) or of a parameter (decrypted), by ARN."""
    _, _, service, region, _ = arn.split(":", 4)
    settings = importlib.import_module("botocore.config").Config(
        connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2}
    )
    client: Any = importlib.import_module("boto3").client(service, region_name=region, config=settings)
    if service == "ssm":
        return client.get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
    return client.get_secret_value(SecretId=arn)["SecretString"]


def kept(
    arn: str, read: Callable[[Mapping[str, Any]], Any], refresh: int, load: Callable[[str], str], clock: Any
) -> Kept[Any]:
    """A store's document as `read` understands it, asked for again after `refresh` seconds."""

    def fetch() -> Any:
        document = json.loads(load(arn))
        if not is_object(document):
            raise ValueError("not an object")
        return read(document)

    return Kept(fetch, fresh=refresh, stale=STALE_SECONDS, clock=clock)
