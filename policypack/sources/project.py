"""A Pulumi project on disk: where its program is, which Python runs it, and how a stack is configured."""

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
    """The configuration of a stack, as its program is given it."""

    values: Mapping[str, str]
    """By full key (`project:name`); objects as JSON, secure values, whose key is not here, as UNKNOWN."""
    secrets: frozenset[str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Project:
    """What Pulumi.yaml says of running the program."""

    manifest: Path
    name: str
    runtime: str
    entry: str
    """The program as the language host is told it: `.` for a folder, else the file's name."""
    directory: Path
    """Where the program runs: the folder `main` names, or that of the file it names."""
    stack_folder: Path
    virtualenv: str
    config: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def root(self) -> Path:
        """The folder of Pulumi.yaml."""
        return self.manifest.parent

    def stacks(self) -> list[str]:
        """The stacks that have a configuration file, by name."""
        files = self.stack_folder.glob(f"Pulumi.*{self.manifest.suffix}")
        return sorted(file.name.removeprefix("Pulumi.").removesuffix(self.manifest.suffix) for file in files)

    def stack_config(self, stack: str) -> StackConfig:
        """Read `Pulumi.<stack>.yaml`, if there is one, over the project's own values and defaults."""
        file = self.stack_folder / f"Pulumi.{stack}{self.manifest.suffix}"
        document: Mapping[str, Any] = mapping(read(file), str(file)) if file.is_file() else {}
        given = mapping(document.get("config"), f"{file.name}: config")
        merged = {self._full(key): value for key, value in [*_defaults(self.config).items(), *given.items()]}
        texts = {key: _text(value) for key, value in merged.items()}
        notes: list[str] = []
        if document.get("environment"):
            notes.append(f"the ESC environments that {file.name} names are not read")
        else:
            self._refuse_missing(merged, stack, file)
        return StackConfig(
            values={key: text for key, (text, _) in texts.items()},
            secrets=frozenset(key for key, (_, secret) in texts.items() if secret),
            notes=tuple(notes),
        )

    def _full(self, key: str) -> str:
        return key if ":" in key else f"{self.name}:{key}"

    def _refuse_missing(self, given: Mapping[str, Any], stack: str, file: Path) -> None:
        """The project's own keys must have a value; those of providers need not."""
        required = [key for key in self.config if self._full(key).startswith(f"{self.name}:")]
        missing = sorted(key for key in required if self._full(key) not in given)
        if missing:
            raise SourceError(
                f"stack {stack} lacks configuration that {self.manifest.name} requires: {', '.join(missing)}; "
                f"set it in {file}"
            )


def find(target: Path) -> Project:
    """Find the project of a folder: its own Pulumi.yaml, or the nearest above it."""
    folder = target.resolve()
    for candidate in (folder, *folder.parents):
        for name in MANIFESTS:
            if (candidate / name).is_file():
                return _project(candidate / name)
    raise SourceError(f"{target} is no Pulumi project: neither it nor a folder above it holds a Pulumi.yaml")


def _project(manifest: Path) -> Project:
    document = mapping(read(manifest), str(manifest))
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise SourceError(f"{manifest} gives the project no name")
    runtime: Any = document.get("runtime")
    described = mapping({"name": runtime} if isinstance(runtime, str) else runtime, f"{manifest}: runtime")
    options = mapping(described.get("options"), f"{manifest}: runtime.options")
    config: Any = document.get("config")
    # Before it listed keys, `config` was the folder that is now `stackConfigDir`.
    folder = document.get("stackConfigDir") or (config if isinstance(config, str) else "")
    entry, directory = _entry(manifest, str(document.get("main") or "."))
    return Project(
        manifest=manifest,
        name=name,
        runtime=str(described.get("name") or ""),
        entry=entry,
        directory=directory,
        stack_folder=manifest.parent / str(folder),
        virtualenv=str(options.get("virtualenv") or ""),
        config={} if isinstance(config, str) else mapping(config, f"{manifest}: config"),
    )


def _entry(manifest: Path, main: str) -> tuple[str, Path]:
    program = Path(os.path.normpath(manifest.parent / main))
    if Path(main).is_absolute() or not program.is_relative_to(manifest.parent):
        raise SourceError(f"{manifest}: main is {main}; it must be a path below the project's folder")
    if program.is_dir():
        return ".", program
    if program.is_file():
        return program.name, program.parent
    raise SourceError(f"{manifest}: main is {main}, which does not exist")


def _defaults(declared: Mapping[str, Any]) -> dict[str, Any]:
    """What the project gives each key; a default goes before a value, as in Pulumi."""
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


def _text(value: Any) -> tuple[str, bool]:
    """A value as the program reads it, and whether any of it is secure."""
    plain, secret = _unsealed(value)
    return (plain if isinstance(plain, str) else json.dumps(plain, separators=(",", ":"), sort_keys=True)), secret


def _unsealed(value: Any) -> tuple[Any, bool]:
    """A value with UNKNOWN for all that is secure, and whether anything is."""
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
