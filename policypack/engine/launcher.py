"""The folder that the Pulumi CLI gets as `--policy-pack`.

The CLI runs a pack with the `python3` on PATH, or with the virtual environment that PulumiPolicy.yaml names. A command
that pipx or an environment that is not activated runs has its packages elsewhere. Its pack is then a small folder of
its own, whose PulumiPolicy.yaml names that environment.
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Final

import yaml

from ..configuration import manifest

_PROGRAM: Final = '''"""Starts the policy pack in another folder."""

import runpy

runpy.run_path({folder!r}, run_name="__main__")
'''


def folder() -> Path:
    """The pack's own folder if the CLI's interpreter is this one, else a folder that names this environment.

    Raises OSError if that folder cannot be written. It is in the user's cache: `$XDG_CACHE_HOME`, or `~/.cache`.
    """
    found = shutil.which("python3") or shutil.which("python")
    environment = Path(sys.prefix)
    if sys.prefix == sys.base_prefix or (found and Path(found).absolute().parent == Path(sys.executable).parent):
        return manifest.FOLDER
    key = hashlib.sha256(f"{environment} {manifest.FOLDER} {manifest.version()}".encode()).hexdigest()[:12]
    made = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", manifest.PACK, key)
    made.mkdir(parents=True, exist_ok=True)
    described = {**manifest.manifest(), "runtime": {"name": "python", "options": {"virtualenv": str(environment)}}}
    _write(made / "PulumiPolicy.yaml", yaml.safe_dump(described, sort_keys=False))
    _write(made / "__main__.py", _PROGRAM.format(folder=str(manifest.FOLDER)))
    return made


def _write(file: Path, text: str) -> None:
    """Write a file at once, since a CLI may read the folder at the same time."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)
