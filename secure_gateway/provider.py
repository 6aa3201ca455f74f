"""Serves the components to every Pulumi language; messages name inputs as the program spells them."""

import ast
import inspect
import json
import re
import sys
import textwrap
from collections.abc import Mapping
from importlib.metadata import PackageMetadata, metadata, version
from types import GenericAlias
from typing import Any, Final, Literal, get_args, get_origin

from pulumi import ComponentResource, Inputs, Output, ResourceOptions
from pulumi.errors import InputPropertiesError
from pulumi.output import Unknown
from pulumi.provider import ConstructResult, main
from pulumi.provider.experimental import component
from pulumi.provider.experimental.analyzer import (
    Analyzer,
    ComponentDefinition,
    PropertyDefinition,
    is_dict,
)
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.experimental.schema import generate_schema
from pulumi.provider.server import ComponentInitError

from .gateway import SecureGateway
from .layers.auth import Auth
from .layers.keys import Keys
from .layers.network import Network
from .layers.observability import Observability
from .layers.tls import Tls
from .layers.waf import Waf
from .validation.claims import one_deployment_per_process
from .validation.fields import limits
from .validation.json_values import is_list, is_object
from .validation.problems import ArgsError, camel_case_paths, spell

NAME = "secure-gateway"
COMPONENTS: list[type[ComponentResource]] = [SecureGateway, Auth, Keys, Network, Waf, Observability, Tls]

_PYTHON_TYPE = re.compile(rf"(?P<module>{NAME}:index:)(?P<name>\w+)Args\b")


class ClosedSetAnalyzer(Analyzer):
    """The stock analyzer, which also takes closed sets: in the schema they are what their values are.

    Users of Go and YAML write plain strings and numbers; each description lists the values.
    """

    def analyze_property(self, arg: Any, typ: type, name: str, **options: Any) -> PropertyDefinition:
        """Analyze one annotation."""
        return super().analyze_property(_on_the_wire(arg), typ, name, **options)


def _on_the_wire(hint: Any) -> Any:
    """A type of Python as the schema has it: `str` for a closed set of strings, also as the keys of a map."""
    inner: tuple[Any, ...] = get_args(hint)
    if get_origin(hint) is Literal:
        value: object = inner[0]
        return int if isinstance(value, int) else str
    return GenericAlias(dict, (str, inner[1])) if is_dict(hint) and get_origin(inner[0]) is Literal else hint


def args_of(served: type[ComponentResource]) -> type:
    """The args of a component."""
    return inspect.get_annotations(served.__init__)["args"]


class Provider(ComponentProvider):
    """Pulumi's component provider, which here also rejects misspelt nested fields and names whole input paths."""

    def __init__(self) -> None:
        """Infer the schema from the components' annotations and docstrings."""
        # The stock host has no parameter for its analyzer.
        stock, component.Analyzer = component.Analyzer, ClosedSetAnalyzer  # pyright: ignore[reportPrivateImportUsage]
        try:
            super().__init__(COMPONENTS, NAME, version=version(NAME))
        finally:
            component.Analyzer = stock  # pyright: ignore[reportPrivateImportUsage]
        for definition in self._component_defs.values():
            served = self._components[definition.name]
            definition.description = inspect.cleandoc(served.__doc__ or "")
            self._describe(args_of(served), definition.inputs, definition.inputs_mapping)
            self._describe(served, definition.outputs, definition.outputs_mapping)
        for shape in self._type_defs.values():
            shape.description = inspect.cleandoc(shape.python_type.__doc__ or "")
            self._describe(shape.python_type, shape.properties, shape.properties_mapping)
        schema = generate_schema(
            NAME, version(NAME), None, self._component_defs, self._type_defs, self._dependencies
        ).to_json()
        schema |= about(metadata(NAME))
        self.schema = _PYTHON_TYPE.sub(_public_type, json.dumps(schema))

    def _describe(self, shape: type, properties: Mapping[str, PropertyDefinition], names: Mapping[str, str]) -> None:
        """Give each property its docstring: that of an inherited field too, which the stock host drops."""
        for public, definition in properties.items():
            text = self.meaning(shape, names.get(public, public))
            definition.description = _in_public_names(text) if text else None
            for inner in (definition.items, definition.additional_properties):
                if inner is not None:
                    inner.description = None

    def meaning(self, shape: type, name: str) -> str:
        """The docstring of a field, with the limits and the default that its spec declares."""
        text = inspect.cleandoc(self.analyzer.get_docstring(shape, name) or "")
        if not text:
            return next(filter(None, (self.meaning(base, name) for base in bases(shape))), "")
        # What the docstring says of the default comes last.
        text, default, rest = text.partition("Defaults to ")
        return " ".join(filter(None, (text.rstrip(), limits(shape, name, text), f"{default}{rest}")))

    def construct(
        self, name: str, resource_type: str, inputs: Inputs, options: ResourceOptions | None = None
    ) -> ConstructResult:
        """Create a component; an error names the path of each input as the caller wrote it."""
        try:
            with camel_case_paths():
                return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as error:
            if isinstance(error.inner, ArgsError):
                # The error names no property: the engine would print its value, even if it is secret.
                raise InputPropertiesError(str(error.inner), []) from error
            raise

    def map_inputs(self, inputs: Inputs, component_def: ComponentDefinition) -> Inputs:
        """Rename known fields to their Python names; leave everything else for the component to reject."""
        return self._fields(inputs, component_def.inputs, component_def.inputs_mapping)

    def _fields(self, value: Any, properties: Mapping[str, PropertyDefinition], names: Mapping[str, str]) -> Any:
        if not is_object(value):
            return value
        return {
            names.get(key, key): self._value(item, properties[key]) if key in properties else item
            for key, item in value.items()
        }

    def _value(self, value: Any, definition: PropertyDefinition) -> Any:
        if isinstance(value, Unknown):  # as an SDK sends it that knows no output values
            return Output.from_input(value)
        if definition.ref:
            shape = self.get_type_definition(definition)
            return self._fields(value, shape.properties, shape.properties_mapping) if shape else value
        if definition.items and is_list(value):
            return [self._value(item, definition.items) for item in value]
        if definition.additional_properties and is_object(value):
            inner = definition.additional_properties
            return {key: self._value(item, inner) for key, item in value.items()}
        return value


ADDRESSES: Final = {
    "Homepage": "homepage",
    "Repository": "repository",
    "Logo": "logoUrl",
    "Plugin": "pluginDownloadURL",
}
"""The fields of a package's schema that are addresses, by their labels in `[project.urls]` of pyproject.toml."""


def about(package: PackageMetadata) -> dict[str, Any]:
    """What the Pulumi Registry shows about the package, from its Python metadata."""
    urls = dict(each.split(", ", 1) for each in package.get_all("Project-URL") or ())
    return {
        **{field: urls[label] for label, field in ADDRESSES.items() if label in urls},
        "displayName": package["Author"],
        "description": package["Summary"],
        "publisher": package["Author"],
        "license": package["License-Expression"],
        "keywords": package["Keywords"].split(","),
    }


def bases(shape: type) -> list[type]:
    """What a shape extends, as written: a TypedDict does not remember it before Python 3.12."""
    (written,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    names = [base.id for base in getattr(written, "bases", ()) if isinstance(base, ast.Name)]
    known = [getattr(sys.modules[shape.__module__], name, None) for name in names]
    return [each for each in known if isinstance(each, type)]


def _in_public_names(text: str) -> str:
    """Arguments that a docstring mentions, as other languages spell them."""
    return re.sub(r"`[a-z]+(?:_[a-z0-9]+)+`", lambda name: f"`{spell(name[0][1:-1])}`", text)


def _public_type(token: re.Match[str]) -> str:
    """A type's name without `Args`, which SDKs add themselves; that of a layer is its component's already."""
    layer = token["name"] in {served.__name__ for served in COMPONENTS}
    return f"{token['module']}{token['name']}{'Layer' if layer else ''}"


def serve(arguments: list[str]) -> None:
    """Serve the provider to the engine whose address is given, or print the schema for `--schema`."""
    one_deployment_per_process()
    provider = Provider()
    if arguments == ["--schema"]:
        sys.stdout.write(json.dumps(json.loads(provider.schema or "{}"), indent=2, sort_keys=True) + "\n")
    else:
        main(provider, arguments)
