"""Reads the document: each operation with its authorizer, its parameters, its request body and its integration."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..routes import PATH
from ..validation.fields import options
from ..validation.problems import Gathering, Problems, join, suggest
from ..validation.reader import Reader
from .args import DocumentOptions, Operation, OwnDocument
from .dropped import Dropped
from .functions import InvokedFunction, invoked_by
from .integrations import OwnIntegrations
from .loading import load
from .members import (
    ANY_METHOD,
    COMPONENTS,
    CONTROLLED_BY_ARGS,
    INFO,
    INTEGRATION,
    METHODS,
    OPERATION,
    OWN_AUTH,
    PATH_ITEM,
    ROOT,
    SERVER,
)
from .objects import Entry, Node, Objects, TooManyObjects
from .overrides import Overrides
from .requests import Requests
from .schemas import Schemas
from .security import Overridden, Requirement, ScopeCheck, Securities


def read(reader: Reader, authorizers: Mapping[str, ScopeCheck], slowest: int) -> OwnDocument | None:
    """The document, converted; mistakes go to the reader's problems, each with its path in the document.

    `slowest` is the longest integration timeout that the account's quota permits, in milliseconds.
    """
    document = load(reader)
    if document is None or not _is_openapi_3(document, reader.path, reader.problems):
        return None
    try:
        return _Reading(reader, document, authorizers, slowest).whole()
    except TooManyObjects:
        return None


def _is_openapi_3(document: Mapping[str, Any], path: str, problems: Problems) -> bool:
    if "swagger" in document:
        problems.add(join(path, "swagger"), "expected OpenAPI 3.0 or 3.1: convert a Swagger 2.0 document first")
        return False
    version = document.get("openapi")
    if not isinstance(version, str) or not re.fullmatch(r"3\.[01]\.\d+(-.+)?", version):
        problems.mismatch(join(path, "openapi"), "the version 3.0.x or 3.1.x", version)
        return False
    return True


class _Reading:
    def __init__(
        self, reader: Reader, document: Mapping[str, Any], authorizers: Mapping[str, ScopeCheck], slowest: int
    ) -> None:
        # The same mistake in many operations has one cause and one remedy.
        self._problems = Gathering(reader.problems)
        self._dropped = Dropped()
        self._objects = Objects(document, reader.path, self._problems, self._dropped)
        self._document = self._objects.object(document, reader.path, ROOT)
        self._overrides = Overrides(reader, authorizers)
        self._components = self._objects.optional(
            self._document.get("components"), self._document.at("components"), COMPONENTS
        )
        self._options = DocumentOptions(**options(DocumentOptions, reader))
        self._securities = Securities(
            reader, self._options, self._objects, self._document, self._components, authorizers
        )
        self._reader = reader
        self._schemas = Schemas(
            self._objects.pointers,
            self._problems,
            self._dropped,
            is_openapi_3_0=str(document["openapi"]).startswith("3.0"),
            unchecked=self._options.unchecked_keywords,
            option=reader.at("unchecked_keywords"),
        )
        self._requests = Requests(self._objects, self._schemas)
        self._integrations = OwnIntegrations(self._objects, slowest)

    def whole(self) -> OwnDocument:
        """Every operation of every path."""
        for name, instead in CONTROLLED_BY_ARGS.items():
            if name in self._document.fields:
                self._problems.add(self._document.at(name), f"would be ignored: configure it in {instead}")
        self._drop_servers(self._document)
        operations = tuple(self._operations())
        self._overrides.refuse_unused([each.operation_id or f"{each.method} {each.path}" for each in operations])
        self._refuse_equal_ids(operations)
        self._refuse_unused_functions(operations)
        self._schemas.refuse_circles()
        self._refuse_idle_options()
        if not operations:
            self._problems.add(self._document.at("paths"), "must contain at least one operation")
        info = self._info()
        self._drop_unused_components()
        return OwnDocument(
            info=info,
            operations=operations,
            components={"schemas": self._schemas.models} if self._schemas.models else {},
            permitted_functions=frozenset(self._options.permitted_functions),
            dropped=self._dropped.lines(),
        )

    def _refuse_idle_options(self) -> None:
        """What is accepted but does not occur."""
        self._overrides.refuse_idle_reasons(self._integrations.excused)
        self._securities.refuse_idle(self._reader.at("function_scopes"))
        for index, keyword in enumerate(self._options.unchecked_keywords):
            if keyword not in self._schemas.left_unchecked:
                path = f"{self._reader.at('unchecked_keywords')}[{index}]"
                self._problems.reject(path, keyword, "is in no schema of a request body")

    def _refuse_unused_functions(self, operations: Iterable[Operation]) -> None:
        """A function that no integration names needs no permission."""
        named = {_named(each.integration) for each in operations if each.integration}
        known = sorted({name for each in named if each for name in each.names})
        for index, name in enumerate(self._options.permitted_functions):
            if name not in known:
                predicate = f"is no Lambda function of an integration of the document{suggest(name, known)}"
                self._problems.reject(f"{self._reader.at('permitted_functions')}[{index}]", name, predicate)

    def _info(self) -> dict[str, str]:
        info = self._objects.optional(self._document.get("info"), self._document.at("info"), INFO)
        read = {name: self._objects.string(info, name) for name in ("version", "description")} if info else {}
        return {name: each for name, each in read.items() if each is not None}

    def _drop_unused_components(self) -> None:
        """What no operation refers to means nothing."""
        components = self._components
        if components is None:
            return
        for path in self._schemas.read:
            self._objects.mark(path)
        for name, section in components.fields.items():
            if name in COMPONENTS.read:
                for each in self._objects.entries(section, components.at(name), f"a map of {name}"):
                    self._objects.drop_unused(each.value, each.path)

    def _drop_servers(self, node: Node) -> None:
        """The gateway has its own addresses; what AWS reads of a server, the gateway's own args control."""
        for each in self._objects.items(node.get("servers"), node.at("servers"), "a list of servers"):
            server = self._objects.object(each.value, each.path, SERVER)
            for name in SERVER.read:
                if name in server.fields:
                    self._problems.add(server.at(name), f"would be ignored: configure it in {CONTROLLED_BY_ARGS[name]}")
        if "servers" in node.fields:
            self._dropped.add(node.at("servers"), member="servers")

    def _refuse_equal_ids(self, operations: Iterable[Operation]) -> None:
        seen: dict[str, str] = {}
        for each in operations:
            if each.operation_id in seen:
                predicate = f"is the operationId of `{seen[each.operation_id]}` too"
                self._problems.reject(join(each.args_path, "operationId"), each.operation_id, predicate)
            elif each.operation_id:
                seen[each.operation_id] = each.args_path

    def _operations(self) -> Iterator[Operation]:
        paths = self._objects.entries(self._document.get("paths"), self._document.at("paths"), "a map of paths")
        for each in sorted(paths, key=lambda entry: entry.name):
            if each.name.startswith("x-"):
                self._objects.extension(each)
            elif re.fullmatch(PATH, each.name):
                yield from self._path_item(each)
            else:
                message = (
                    "is not a path that API Gateway takes: whole segments, such as /orders/{id}, of letters, digits "
                    "and _-.,:"
                )
                self._problems.add(each.path, message)

    def _path_item(self, entry: Entry) -> Iterator[Operation]:
        item = self._objects.merged(entry.value, entry.path, PATH_ITEM)
        self._drop_servers(item)
        for name in sorted(item.fields):
            if name == "trace":
                self._problems.add(item.at(name), "API Gateway does not support the method TRACE")
            elif name.lower() in METHODS:
                operation = self._objects.object(item.get(name), item.at(name), OPERATION)
                yield self._operation(entry.name, name.lower(), item, operation, join(entry.path, name))

    def _operation(self, path: str, method: str, item: Node, operation: Node, args_path: str) -> Operation:
        self._drop_servers(operation)
        operation_id = self._objects.string(operation, "operationId")
        upper = "ANY" if method == ANY_METHOD else method.upper()
        override = self._overrides.of(operation_id, f"{upper} {path}")
        overridden = Overridden(scopes=override.scopes is not None, api_key=override.api_key is not None)
        if override.decides_who:
            # Who calls is decided here, but an API key that the document asks for is still asked for.
            keyed = not override.public and self._securities.keyed(operation, overridden)
            required = Requirement(authorizer=override.authorizer, api_key=keyed)
            for name in ("security", OWN_AUTH):
                if name in operation.fields:
                    self._dropped.add(operation.at(name), "`operations` decides who may call")
        else:
            required = self._securities.of(operation, overridden)
        definition = self._requests.definition(upper, path, item, operation)
        integration = self._integrations.read(
            operation.get(INTEGRATION), operation.at(INTEGRATION), definition, path, override.target_from_request
        )
        return Operation(
            path=path,
            method=upper,
            operation_id=operation_id,
            args_path=args_path,
            authorizer=required.authorizer,
            scopes=required.scopes if override.scopes is None else override.scopes,
            public=override.public,
            api_key=required.api_key if override.api_key is None else override.api_key,
            definition=definition,
            integration=integration,
        )


def _named(integration: Mapping[str, Any]) -> InvokedFunction | None:
    invoked = invoked_by(integration)
    return None if isinstance(invoked, str) else invoked
