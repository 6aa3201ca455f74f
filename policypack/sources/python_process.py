"""The process that runs a program (python_host.py). It is started as a script, by the Python that the project names.

That Python needs the Pulumi SDK and nothing else of what the command line needs.
"""

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any, Final

PACKAGE: Final = "_gateway_policy"
"""The name of our package in this process, where `policypack` may be a module of the program."""
FOLDER: Final = Path(__file__).resolve().parent


def main() -> None:
    """Run the job given on standard input, and write its result to standard output. Neither is stored in a file."""
    job = json.load(sys.stdin)
    # Standard output is for the result alone; what the program prints goes to standard error.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # Modules of our folder must not shadow those of the program.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != FOLDER]
    try:
        host, jobs = _module("python_host"), _module("job")
    except ImportError as error:
        result: dict[str, Any] = {"failure": f"{sys.executable} cannot run Pulumi programs: {error}", "missing": []}
    else:
        result = host.run(jobs.Job(**job))
    with output:
        json.dump(result, output)


def _module(name: str) -> Any:
    """A module of our folder, imported as part of a package."""
    if PACKAGE not in sys.modules:
        location = FOLDER.parent
        spec = importlib.util.spec_from_file_location(
            PACKAGE, location / "__init__.py", submodule_search_locations=[str(location)]
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{location} is not a Python package")
        package = importlib.util.module_from_spec(spec)
        sys.modules[PACKAGE] = package
        spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.sources.{name}")


if __name__ == "__main__":
    main()
