"""Runs `examples/python/<program>.py`; `program` comes from the configuration, else it is the stack's name.

A file is looked up beside this one and never imported by name: a stack called `test` must not find the standard
library's module, register nothing, and so delete everything.
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
