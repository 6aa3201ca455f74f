"""Where the packages of components are, and how their providers are started, as Pulumi's engine does it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

PLUGIN: Final = "PulumiPlugin.yaml"
RUN_PLUGIN: Final = "@pulumi/pulumi/cmd/run-plugin"
"""The module of the SDK for Node.js that runs a provider."""


class NotRunError(Exception):
    """A provider cannot be started; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """How a provider is started. The address of the engine follows the arguments."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def command(name: str, version: str, local: Mapping[str, str], folder: Path) -> Command:
    """How the provider of a package is started: from the path in Pulumi.yaml, else as an installed plugin.

    `local` has the paths by the names of packages, and `folder` is for what has to be compiled. Raises NotRunError.
    """
    path = Path(local[name]) if name in local else _installed(name, version)
    if path is None:
        raise NotRunError("Pulumi.yaml names no local path for the package, and its plugin is not installed")
    if path.is_file():
        return Command(arguments=(str(path),))
    binary = path / f"pulumi-resource-{name}"
    if binary.is_file():
        return Command(arguments=(str(binary),))
    if not (path / PLUGIN).is_file():
        raise NotRunError(f"{path} contains neither {binary.name} nor {PLUGIN}")
    runtime, options = _runtime(path / PLUGIN)
    if runtime not in _RUN:
        raise NotRunError(f"its provider is written for the {runtime or 'unnamed'} runtime, which does not run here")
    return _RUN[runtime](path, options, folder)


def _installed(name: str, version: str) -> Path | None:
    """The folder of an installed plugin: of the version that the program asks for, else of the newest."""
    plugins = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi") / "plugins"
    wanted = plugins / f"resource-{name}-v{version.removeprefix('v')}"
    if version and wanted.is_dir():
        return wanted
    found = [each for each in plugins.glob(f"resource-{name}-v[0-9]*") if each.is_dir()]
    return max(found, key=_release, default=None)


def _release(plugin: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", plugin.name.rpartition("-v")[2])[:3]]


def _runtime(plugin: Path) -> tuple[str, Mapping[str, Any]]:
    import yaml  # the SDK for Python depends on it

    try:
        document: Any = yaml.safe_load(plugin.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NotRunError(f"{plugin} cannot be read") from error
    match document:
        case {"runtime": {"name": str(name), **others}}:
            return name, others.get("options") or {}
        case {"runtime": str(name)}:
            return name, {}
        case _:
            return "", {}


def _python(path: Path, options: Mapping[str, Any], _folder: Path) -> Command:
    """The interpreter of the package's environment, which `pulumi install` makes, else the one that runs this."""
    environment = path / str(options.get("virtualenv") or "venv")
    own = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    python = str(own) if own.exists() else sys.executable
    if not (path / "__main__.py").is_file():
        raise NotRunError(f"{path} contains no __main__.py")
    return Command(arguments=(python, "-u", str(path)))


def _nodejs(path: Path, options: Mapping[str, Any], _folder: Path) -> Command:
    node = _tool("node")
    script = f"process.stdout.write(require.resolve('{RUN_PLUGIN}'))"
    found = subprocess.run(  # noqa: S603 - the interpreter of the user's package
        [node, "-e", script], cwd=path, capture_output=True, encoding="utf-8", check=False
    )
    if found.returncode:
        raise NotRunError(f"@pulumi/pulumi is not installed in {path}: run `npm install` there")
    typescript = {"PULUMI_NODEJS_TYPESCRIPT": "true"} if options.get("typescript", True) else {}
    return Command(arguments=(node, found.stdout, str(path)), environment=typescript)


def _go(path: Path, _options: Mapping[str, Any], folder: Path) -> Command:
    program = folder / f"provider-of-{path.name}"
    built = subprocess.run(  # noqa: S603 - the user's package
        [_tool("go"), "build", "-buildvcs=false", "-o", str(program)],
        cwd=path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if built.returncode:
        raise NotRunError(f"{path} does not compile:\n{built.stderr.strip()}")
    return Command(arguments=(str(program),))


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise NotRunError(f"there is no `{name}` on PATH")
    return found


_RUN: Final[Mapping[str, Callable[[Path, Mapping[str, Any], Path], Command]]] = {
    "python": _python,
    "nodejs": _nodejs,
    "go": _go,
}
"""How the provider of a folder is started, by the runtime in its PulumiPlugin.yaml."""
