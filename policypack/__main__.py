"""Serves the pack to Pulumi's engine. Started by a user, it is the command line.

The engine starts this file in the pack's folder. The folder may be a copy anywhere, and another version of the pack may
be installed. So this module registers the folder as the package to which the relative imports in it belong.
"""

import importlib.util
import re
import sys
from pathlib import Path
from typing import Final

PACKAGE: Final = "policypack"
FOLDER: Final = Path(__file__).absolute().parent
ENGINE_ADDRESS: Final = re.compile(r"\S+:\d+")


def register() -> None:
    """Make this folder the package, even if another version of it is installed."""
    # The interpreter put this folder first on the path, where modules such as `cli` would shadow other packages.
    sys.path[:] = [entry for entry in sys.path if Path(entry).absolute() != FOLDER]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{FOLDER} is not a Python package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)


def main() -> int:
    """Serve the engine if its address is among the arguments, else run the command line. Returns the exit code."""
    if __package__ != PACKAGE:
        register()
    if any(ENGINE_ADDRESS.fullmatch(argument) for argument in sys.argv[1:]):
        from policypack.engine.analyzer import serve

        serve()
        return 0
    from policypack.cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
if __name__ == "__mp_main__" and __package__ != PACKAGE:  # a process that evaluates stacks for the command line
    register()
