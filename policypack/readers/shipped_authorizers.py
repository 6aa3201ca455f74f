"""Reads the functions of built-in authorizers: their configuration, and the hash of their code."""

import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ..ask.shipped import HANDLER, VARIABLE, Shipped
from ..graph.graph import Graph, Resource
from ..graph.values import UNKNOWN, items, read, text
from ..model.auth import Authorizer
from ..model.gateway import Gateway
from .authorizers import Functions, scheme_id
from .routes import Documents

_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_CONFIG: Final = "secure_gateway/authorizer/config.json"
"""Where an archive has the configuration that is too long for the environment."""
_DIGEST: Final = "archive.sha256"
"""In runs that deploy nothing, the file with the hash that stands for an archive."""
_ARCHIVE: Final = re.compile(r"authorizer-([0-9a-f]{64})\.zip$")


class ShippedAuthorizers:
    """The built-in authorizers of a graph."""

    def __init__(self, graph: Graph) -> None:
        """Index the functions, once."""
        self._graph, self._functions = graph, Functions(graph)

    def of(self, gateway: Gateway, documents: Documents) -> dict[str, Shipped]:
        """The functions of the built-in authorizers of a REST API, by `Authorizer.id`."""
        found: dict[str, Shipped] = {}
        for each in gateway.authorizers:
            function = next(self._function(each, documents), None)
            if function is not None and function.inputs.get("handler") == HANDLER and each.kind in {"token", "request"}:
                header = next((one.parameter.partition(".")[2] for one in each.identity_sources), "")
                found[each.id] = _shipped(function, token=each.kind == "token", header=header)
        return found

    def _function(self, authorizer: Authorizer, documents: Documents) -> Iterator[Resource]:
        for resource, body in documents.readable:
            for name, scheme in body.schemes.items():
                if scheme_id(resource, name) == authorizer.id:
                    uri = read(scheme, _AUTHORIZER, "authorizerUri")
                    yield from filter(None, [self._functions.of(resource, "body", uri)])
        resource = self._graph.by_urn(authorizer.urn)
        if resource is not None and authorizer.id == authorizer.urn:
            uri = resource.inputs.get("authorizerUri")
            yield from filter(None, [self._functions.of(resource, "authorizerUri", uri)])


def _shipped(function: Resource, *, token: bool, header: str) -> Shipped:
    code, architectures = function.inputs.get("code"), items(function.inputs.get("architectures"))
    written = read(function.inputs.get("environment"), "variables", VARIABLE)
    bundled = written is None
    if bundled:
        written = _bundled(code)
    return Shipped(
        configuration=written if isinstance(written, str) else None,
        bundled=bundled,
        digest=_digest(code),
        runtime=text(function.inputs.get("runtime")),
        architecture=text(architectures[0]) if architectures else "x86_64",
        token=token,
        header=header,
    )


def _digest(code: Any) -> str:
    found = _ARCHIVE.search(text(read(code, "path")))
    return found[1] if found else text(_file(code, _DIGEST))


def _file(code: Any, name: str) -> Any:
    """The contents of a file of an archive that is made of single files."""
    files = read(code, "assets")
    return read(files[name], "text") if isinstance(files, Mapping) and name in files else None


def _bundled(code: Any) -> Any:
    archive = text(read(code, "path"))
    if not archive:
        return _file(code, _CONFIG)
    try:
        with zipfile.ZipFile(Path(archive)) as opened:
            return opened.read(_CONFIG).decode("utf-8")
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return UNKNOWN
