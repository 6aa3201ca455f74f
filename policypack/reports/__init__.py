"""What a run is told as. A format is a module here, imported when it is asked for, with `render(run) -> str`."""

import importlib
from collections.abc import Callable
from typing import Final

from .run import Run

MODULES: Final = {
    "terminal": "terminal",
    "json": "json_report",
    "html": "html",
    "sarif": "sarif",
    "junit": "junit",
    "markdown": "markdown",
}
"""By format; `json` would read as the standard library's."""


def render(form: str, run: Run) -> str:
    """The text of a report in one of the formats."""
    renderer: Callable[[Run], str] = importlib.import_module(f".{MODULES[form]}", __package__).render
    return renderer(run)
