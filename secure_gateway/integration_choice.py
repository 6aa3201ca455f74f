"""Finds the integration of each route."""

from collections.abc import Collection

from .openapi import Operation
from .quotas import QuotasSpec
from .routes import IntegrationArgs, IntegrationSpec
from .validation.problems import Problems, join, spell, suggest
from .validation.reader import Reader


class Integrations:
    """Gives each route its integration, and knows which were never asked for."""

    def __init__(
        self, reader: Reader, functions: Collection[str], quotas: QuotasSpec, vpc_links: Collection[str]
    ) -> None:
        self.functions = functions
        self.vpc_links = vpc_links
        self.slowest = quotas.integration_timeout_ms
        self.problems = reader.problems
        self.path = reader.at("integrations")
        self.given = reader.child_map("integrations", IntegrationArgs)
        self.default = reader.child("default_integration", IntegrationArgs)
        self.default_path = spell("default_integration")
        self.used: set[str] = set()
        self._default = self._parsed(self.default, "default") if self.default else None

    def _parsed(self, reader: Reader, key: str) -> IntegrationSpec:
        return IntegrationSpec.parse(reader, key, self.functions, self.slowest, self.vpc_links)

    def of_route(self, reader: Reader, key: str) -> IntegrationSpec:
        """The route's own, else the default."""
        own = reader.child("integration", IntegrationArgs)
        if own:
            return self._parsed(own, key)
        if self._default is None:
            reader.add("integration", f"required unless `{self.default_path}` is given")
        return self._default or IntegrationSpec()

    def of_operation(self, operation: Operation, problems: Problems) -> IntegrationSpec:
        """By operationId or `METHOD /path`, else the document's own, else the default."""
        key = f"{operation.method} {operation.path}"
        names = [name for name in (operation.operation_id, key) if name and name in self.given]
        self.used.update(names)
        if len(names) > 1:
            self.problems.reject(join(self.path, names[1]), names[1], f"is the same operation as {names[0]!r}")
        if names:
            return self._parsed(self.given[names[0]], key)
        if operation.integration is not None:
            return IntegrationSpec(own=operation.integration)
        if self._default is None:
            message = (
                f"has no integration: give `{self.default_path}`, or one in `{self.path}` by operationId or METHOD "
                "/path, or x-amazon-apigateway-integration in the document"
            )
            problems.add(operation.args_path, message)
        return self._default or IntegrationSpec()

    def refuse_unused(self, known: Collection[str]) -> None:
        """Reject integrations of operations that do not exist: they would handle no requests."""
        for name in self.given:
            if name not in self.used:
                predicate = f"is no operationId or METHOD /path of `openapi`{suggest(name, known)}"
                self.problems.reject(join(self.path, name), name, predicate)
