"""A Pulumi project on disk: its program, the Python that runs it, and the configuration of its stacks."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from .documents import mapping, read
from .source import SourceError
from .wire import UNKNOWN

MANIFESTS: Final = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class StackConfig:
    """The configuration of a stack, as its program receives it."""

    values: Mapping[str, str]
    """By full key (`project:name`). Objects are JSON; secure values, which cannot be decrypted here, are UNKNOWN."""
    secrets: frozenset[str]
    """The keys of secure values."""
    notes: tuple[str, ...] = ()
    """What users should know about the configuration."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """How to run the program, according to Pulumi.yaml."""

    manifest: Path
    name: str
    runtime: str
    """The language runtime, such as `python` or `nodejs`; empty if Pulumi.yaml names none."""
    entry: str
    """The program as the language host receives it: `.` for a folder, else the file's name."""
    directory: Path
    """The folder in which the program runs: the one that `main` names, or the one with the file that `main` names."""
    stack_folder: Path
    """The folder of the configuration files of stacks."""
    declared_packages: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The packages and plugins that the project declares: a source by name, or an object with one."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The options of the runtime."""
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The configuration keys that the project declares, with their declarations."""

    @property
    def virtualenv(self) -> str:
        """The folder of the virtual environment, relative to the project's; empty if there is none."""
        return str(self.options.get("virtualenv") or "")

    def packages(self) -> dict[str, str]:
        """The paths of the packages that Pulumi.yaml takes from this machine, by their names."""
        sources = {name: _source(each) for name, each in self.declared_packages.items()}
        found = {name: (self.root / source).resolve() for name, source in sources.items() if source}
        return {name: str(path) for name, path in found.items() if path.exists()}

    @property
    def root(self) -> Path:
        """The folder that contains Pulumi.yaml."""
        return self.manifest.parent

    def stacks(self) -> list[str]:
        """The names of the stacks that have a configuration file."""
        files = self.stack_folder.glob(f"Pulumi.*{self.manifest.suffix}")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(self.manifest.suffix) for file in files)

    def stack_config(self, stack: str) -> StackConfig:
        """The values and defaults of the project, overridden by `Pulumi.<stack>.yaml` if that exists.

        Raises SourceError if the file cannot be read or lacks a required key.
        """
        file = self.stack_folder / f"Pulumi.{stack}{self.manifest.suffix}"
        document: Mapping[str, Any] = mapping(read(file), str(file)) if file.is_file() else {}
        given = mapping(document.get("config"), f"{file.name}: config")
        merged = {self._full(key): value for key, value in [*_defaults(self.config).items(), *given.items()]}
        strings = {key: _string(value) for key, value in merged.items()}
        notes: list[str] = []
        if document.get("environment"):
            notes.append(f"the ESC environments that {file.name} names are not read")
        else:
            self._reject_missing(merged, stack, file)
        return StackConfig(
            values={key: string for key, (string, _) in strings.items()},
            secrets=frozenset(key for key, (_, secret) in strings.items() if secret),
            notes=tuple(notes),
        )

    def _full(self, key: str) -> str:
        return key if ":" in key else f"{self.name}:{key}"

    def _reject_missing(self, given: Mapping[str, Any], stack: str, file: Path) -> None:
        """The project's own keys need a value; keys of providers do not."""
        required = [key for key in self.config if self._full(key).startswith(f"{self.name}:")]
        missing = sorted(key for key in required if self._full(key) not in given)
        if missing:
            raise SourceError(
                f"stack {stack} lacks configuration that {self.manifest.name} requires: {', '.join(missing)}; "
                f"set it in {file}"
            )


def find(target: Path) -> Project:
    """The project of a folder, from the Pulumi.yaml in it or in the nearest folder above. Raises SourceError."""
    folder = target.resolve()
    for candidate in (folder, *folder.parents):
        for name in MANIFESTS:
            if (candidate / name).is_file():
                return _project(candidate / name)
    raise SourceError(f"{target} is not a Pulumi project: neither it nor a folder above it contains a Pulumi.yaml")


def _project(manifest: Path) -> Project:
    document = mapping(read(manifest), str(manifest))
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise SourceError(f"{manifest} does not name the project")
    runtime: Any = document.get("runtime")
    described = mapping({"name": runtime} if isinstance(runtime, str) else runtime, f"{manifest}: runtime")
    options = mapping(described.get("options"), f"{manifest}: runtime.options")
    config: Any = document.get("config")
    # In older projects `config` is a string: the folder that is called `stackConfigDir` today.
    folder = document.get("stackConfigDir") or (config if isinstance(config, str) else "")
    entry, directory = _entry(manifest, str(document.get("main") or "."))
    return Project(
        manifest=manifest,
        name=name,
        runtime=str(described.get("name") or ""),
        entry=entry,
        directory=directory,
        stack_folder=manifest.parent / str(folder),
        options=options,
        declared_packages={**_plugins(document), **mapping(document.get("packages"), f"{manifest}: packages")},
        config={} if isinstance(config, str) else mapping(config, f"{manifest}: config"),
    )


def _plugins(document: Mapping[str, Any]) -> dict[str, Any]:
    """The paths of the providers that the project names, by the names of their packages."""
    match document.get("plugins"):
        case {"providers": [*providers]}:
            return {each["name"]: each["path"] for each in providers if {"name", "path"} <= each.keys()}
        case _:
            return {}


def _source(declared: Any) -> str:
    """The source of a package; empty if that is not a string."""
    source: Any = declared.get("source") if isinstance(declared, dict) else declared  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    return source if isinstance(source, str) else ""


def _entry(manifest: Path, main: str) -> tuple[str, Path]:
    program = Path(os.path.normpath(manifest.parent / main))
    if Path(main).is_absolute() or not program.is_relative_to(manifest.parent):
        raise SourceError(f"{manifest}: main is {main}, but must be a path below the project's folder")
    if program.is_dir():
        return ".", program
    if program.is_file():
        return program.name, program.parent
    raise SourceError(f"{manifest}: main is {main}, which does not exist")


def _defaults(declared: Mapping[str, Any]) -> dict[str, Any]:
    """The value that the project declares for each key; a default takes precedence over a value, as in Pulumi."""
    given: dict[str, Any] = {}
    for key, declaration in declared.items():
        match declaration:
            case {"default": value} | {"value": value}:
                given[key] = value
            case {**_type_only}:
                pass
            case value:
                given[key] = value
    return given


def _string(value: Any) -> tuple[str, bool]:
    """A value as the program receives it, and whether any part of it is secure."""
    plain, secret = _unsealed(value)
    return (plain if isinstance(plain, str) else json.dumps(plain, separators=(",", ":"), sort_keys=True)), secret


def _unsealed(value: Any) -> tuple[Any, bool]:
    """A value with UNKNOWN for its secure parts, and whether it has any."""
    match value:
        case {"secure": str(), **others} if not others:
            return UNKNOWN, True
        case {**fields}:
            members = {key: _unsealed(item) for key, item in fields.items()}
            return {key: item for key, (item, _) in members.items()}, any(secret for _, secret in members.values())
        case [*items]:
            unsealed = [_unsealed(item) for item in items]
            return [item for item, _ in unsealed], any(secret for _, secret in unsealed)
        case float() if value.is_integer():
            return int(value), False
        case _:
            return value, False
