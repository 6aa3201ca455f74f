"""Serves the components to every Pulumi language, with the caller's own paths in every refusal."""

import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from pulumi import ComponentResource, Inputs, ResourceOptions
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental.analyzer import ComponentDefinition, PropertyDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.server import ComponentInitError

from .gateway import SecureGateway
from .problems import ArgsError, Problem, camel_case_paths
from .reader import is_list, is_object

NAME = "secure-gateway"
COMPONENTS: list[type[ComponentResource]] = [SecureGateway]

_SECRETS = ("value", "caPem")
"""Fields that may hold a secret: the engine prints the value at the path of a refusal."""


class Provider(ComponentProvider):
    """The stock component provider, but misspelt nested fields and the paths of refusals are kept."""

    def __init__(self) -> None:
        """Infer the schema from the components' annotations."""
        super().__init__(COMPONENTS, NAME, version=version(NAME))

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Make a component; a refusal names each input's path as the caller wrote it."""
        try:
            with camel_case_paths():
                return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ArgsError):
                details: list[InputPropertyErrorDetails] = [
                    {"property_path": _public_path(problem), "reason": str(problem)} for problem in error.inner.problems
                ]
                raise InputPropertiesError(str(error.inner), details) from error
            raise

    def map_inputs(self, inputs: Inputs, component_def: ComponentDefinition) -> Inputs:
        """Rename known fields to their Python names; leave everything else for the component to refuse."""
        return self._fields(inputs, component_def.inputs, component_def.inputs_mapping)

    def _fields(self, value: Any, properties: Mapping[str, PropertyDefinition], names: Mapping[str, str]) -> Any:
        if not is_object(value):
            return value
        return {
            names.get(key, key): self._value(item, properties[key]) if key in properties else item
            for key, item in value.items()
        }

    def _value(self, value: Any, definition: PropertyDefinition) -> Any:
        if definition.ref:
            shape = self.get_type_definition(definition)
            return self._fields(value, shape.properties, shape.properties_mapping) if shape else value
        if definition.items and is_list(value):
            return [self._value(item, definition.items) for item in value]
        if definition.additional_properties and is_object(value):
            inner = definition.additional_properties
            return {key: self._value(item, inner) for key, item in value.items()}
        return value


def _public_path(problem: Problem) -> str:
    return "" if problem.path.rsplit(".", 1)[-1] in _SECRETS else problem.path


def serve(arguments: list[str]) -> None:
    """Serve the provider to the engine whose address is given, or print the schema for `--schema`."""
    provider = Provider()
    if arguments == ["--schema"]:
        sys.stdout.write(json.dumps(json.loads(provider.schema or "{}"), indent=2, sort_keys=True) + "\n")
    else:
        main(provider, arguments)
