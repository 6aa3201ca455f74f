"""Runs `examples/python/<program>.py`. `program` is a setting of the stack; by default it is the stack's name.

The program is looked up as a file in this folder and never imported by name. Otherwise a stack called `test` would
import the module `test` of the standard library, register nothing, and so delete all its resources.
"""

import runpy
from pathlib import Path

import pulumi

_HERE = Path(__file__).parent
_PROGRAMS = {path.stem: path for path in _HERE.glob("*.py") if path.stem != "__main__"}

program = pulumi.Config().get("program") or pulumi.get_stack()
if program not in _PROGRAMS:
    raise pulumi.RunError(
        f"no program {program!r} in examples/python/; set `program` to one of {', '.join(sorted(_PROGRAMS))}"
    )
runpy.run_path(str(_PROGRAMS[program]), run_name="__main__")
