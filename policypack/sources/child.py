"""The process that runs a program (host.py): started as a script, by whichever Python the project names.

It needs the Pulumi SDK there, and nothing of what the command line needs.
"""

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

PACKAGE: Final = "_gateway_policy"
"""Our package's name here, where `policypack` may be a module of the program."""
FOLDER: Final = Path(__file__).resolve().parent


def main() -> None:
    """Do the job that standard input describes; the outcome is the whole of standard output. No file holds either."""
    job = json.load(sys.stdin)
    # What the program prints is not the outcome.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # The language host's script lies in a folder without modules; ours must not shadow the program's.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    try:
        host = _host()
    except ImportError as error:
        result: dict[str, Any] = {"failure": f"{sys.executable} cannot run Pulumi programs: {error}", "unanswered": []}
    else:
        result = host.run(job)
    with answer:
        json.dump(result, answer)


def _host() -> Any:
    location = FOLDER.parent
    spec = importlib.util.spec_from_file_location(
        PACKAGE, location / "__init__.py", submodule_search_locations=[str(location)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{location} is not a Python package")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.sources.host")


if __name__ == "__main__":
    main()
