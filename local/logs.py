"""Corrects moto's CloudWatch Logs: saved queries, and the key and the class of a log group."""

import json
from typing import Any
from uuid import uuid4

from corrections import corrects
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse

QUERIES: dict[str, dict[str, Any]] = {}
"""Saved queries, by id."""


@corrects(LogsResponse, "put_query_definition")
def save_query(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    body = json.loads(self.body)
    key = body.get("queryDefinitionId") or str(uuid4())
    QUERIES[key] = {**{name: value for name, value in body.items() if name != "clientToken"}, "queryDefinitionId": key}
    return json.dumps({"queryDefinitionId": key})


@corrects(LogsResponse, "describe_query_definitions")
def describe_queries(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    prefix = json.loads(self.body).get("queryDefinitionNamePrefix") or ""
    return json.dumps({"queryDefinitions": [each for each in QUERIES.values() if each["name"].startswith(prefix)]})


@corrects(LogsResponse, "delete_query_definition")
def delete_query(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    return json.dumps({"success": QUERIES.pop(json.loads(self.body)["queryDefinitionId"], None) is not None})


@corrects(LogsResponse, "associate_kms_key")
def encrypt(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    body = json.loads(self.body)
    self.logs_backend.groups[body["logGroupName"]].kms_key_id = body["kmsKeyId"]
    return "{}"


@corrects(LogsResponse, "disassociate_kms_key")
def encrypt_no_more(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    self.logs_backend.groups[json.loads(self.body)["logGroupName"]].kms_key_id = None
    return "{}"


@corrects(LogsResponse, "create_log_group")
def create_group(original: Any, self: Any) -> str:
    """Moto does not store the class."""
    created: str = original(self)
    body = json.loads(self.body)
    self.logs_backend.groups[body["logGroupName"]].log_class = body.get("logGroupClass")
    return created


@corrects(LogGroup, "to_describe_dict")
def describe_group(original: Any, self: Any) -> dict[str, Any]:
    """Return the class too."""
    return {**original(self), "logGroupClass": getattr(self, "log_class", None) or "STANDARD"}
