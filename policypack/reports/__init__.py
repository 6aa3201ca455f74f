"""The formats of a report. Each is a module with `render(run) -> str`, which is imported only when it is used."""

import importlib
from collections.abc import Callable
from typing import Final

from .run import Run

MODULES: Final = {
    "terminal": "terminal",
    "concise": "concise",
    "github": "github",
    "json": "json_report",
    "html": "html",
    "sarif": "sarif",
    "junit": "junit",
    "markdown": "markdown",
}
"""The module of each format. `json` has another name, since that is a module of the standard library."""


def render(form: str, run: Run) -> str:
    """The report of a run in one of the formats."""
    renderer: Callable[[Run], str] = importlib.import_module(f".{MODULES[form]}", __package__).render
    return renderer(run)
