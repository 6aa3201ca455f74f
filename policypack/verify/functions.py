"""The Lambda functions that decide who may call an API: which they are, and what AWS has of them."""

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..graph import resource_types as types
from ..graph.graph import Graph
from ..graph.recorded import value_of
from ..graph.values import UNKNOWN, is_object, items, read, text
from . import routes
from .row import Recorded

CODE: Final = frozenset({"code", "sourceCodeHash", "codeSha256", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri"})
"""The properties that describe a function's code: `ignoreChanges` with one of them means all."""
_INVOKED: Final = re.compile(r":function:([\w-]+)(?::[\w$-]+)?/invocations")
_FILES: Final = (".zip", ".jar")
"""The archives that are uploaded as they are, so that their hash is that of the function's code in AWS."""


def authorizers(graph: Graph) -> frozenset[str]:
    """The names of the functions that the authorizers of a stack invoke."""
    return frozenset(name for uri in _uris(graph) for name in _INVOKED.findall(uri))


def _uris(graph: Graph) -> Iterator[str]:
    for each in graph.of_type(types.REST_AUTHORIZER, types.HTTP_AUTHORIZER):
        yield text(value_of(each, "authorizerUri"))
    for each in graph.of_type(types.REST_API, types.REST_API_BODY, types.HTTP_API):
        found = routes.document(value_of(each, "body"), {}) or {}
        schemes = read(found, "components", "securitySchemes") or read(found, "securityDefinitions")
        for scheme in schemes.values() if is_object(schemes) else ():
            yield text(read(scheme, "x-amazon-apigateway-authorizer", "authorizerUri"))


def settings(recorded: Recorded, held: Mapping[str, Any]) -> Mapping[str, Any]:
    """What AWS has of a function, with names and forms as in the state."""
    uploaded = _hash(held) if _is_file(recorded) else None
    return {
        **{name: value for name, value in held.items() if name != "Layers"},
        "layers": [text(each.get("Arn")) for each in items(held.get("Layers"))],
        "sourceCodeHash": uploaded or recorded.get("sourceCodeHash"),
    }


def variables(environment: Any) -> Any:
    """The variables of an environment as JSON, since their names are case-sensitive; None if there are none."""
    found = environment
    if is_object(environment):
        found = environment.get("variables", environment.get("Variables"))
    if is_object(found):
        return UNKNOWN if UNKNOWN in found.values() else json.dumps(found) if found else None
    return found


def _is_file(recorded: Recorded) -> bool:
    """Whether the hash in the state is that of the file that was uploaded.

    The engine makes archives of folders and strings itself, and hashes them in another format than it uploads.
    """
    path, digest = (text(read(recorded, "code", each)) for each in ("path", "hash"))
    return path.lower().endswith(_FILES) and bool(digest) and digest == recorded.get("sourceCodeHash")


def _hash(held: Mapping[str, Any]) -> str | None:
    """The hash of a function's code in AWS, as the engine writes it."""
    try:
        return base64.b64decode(text(held.get("CodeSha256"))).hex() or None
    except (ValueError, binascii.Error):
        return None


def unreadable(held: Mapping[str, Any]) -> Mapping[str, str]:
    """The properties that AWS did not return, each with the reason."""
    error = read(held, "Environment", "Error")
    if not error:
        return {}
    code = text(read(error, "ErrorCode")) or json.dumps(error, default=str)
    return {"environment": f"AWS did not return its environment ({code}); the credentials need kms:Decrypt for its key"}
