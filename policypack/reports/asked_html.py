"""The way of a request, and who reaches which route, as one self-contained HTML page.

The template engine escapes all names from programs and state files. The page loads nothing from other addresses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..ask.callers import Callers
from ..ask.walk import Step, Walk
from ..redaction.escaping import visible
from .asked import conclusion, where
from .callers import needed, origin

_WIDTH: Final = 136
"""Horizontal distance from one step to the next in the diagram, in its units."""
SYMBOLS: Final = {"passes": "✓", "stopped": "✕", "unknown": "?"}
"""A symbol for each result, so that colour is not the only difference."""
_IN_A_ROW: Final = 7
"""Steps in one row of the diagram."""
_HEIGHT: Final = 120


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """A step, as the page shows it."""

    step: Step
    where: str
    """The resource that decides, and where the program declares it."""
    x: int
    y: int
    """Its upper left corner in the diagram."""
    lines: tuple[str, ...]
    """Its name in the diagram."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkView:
    """The way through one entry point, as the page shows it."""

    walk: Walk
    steps: tuple[StepView, ...]
    conclusion: str
    width: int
    height: int
    end: tuple[int, int]
    """Where the diagram shows the integration, which the request may reach."""


def of_walks(question: str, walks: Sequence[Walk], locations: Mapping[str, str]) -> str:
    """A diagram of each entry point, with the steps and the resources that decide."""
    return _render(f"What happens to {question}", walks=[_walk(each, locations) for each in walks], rows=[], routes=[])


def of_callers(title: str, found: Sequence[Callers], routes: Sequence[str], unknown: Sequence[tuple[str, str]]) -> str:
    """A table of who reaches each route; `routes` are those of interest, `unknown` the APIs with further ones."""
    rows = [(each, origin(each), needed(each)) for each in found]
    reached = {each.route for each in found}
    unreached = [each for each in routes if each not in reached]
    further = [f"{gateway}: it may have further routes: {reason}" for gateway, reason in unknown]
    return _render(title, walks=[], rows=rows, routes=unreached, further=further)


def _render(title: str, **parts: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=_visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("asked.html.j2").render(title=title, symbols=SYMBOLS, **{"further": [], **parts})


def _visible(value: object) -> object:
    return visible(value) if type(value) is str else value  # markup of the template is a subclass of str


def _walk(walk: Walk, locations: Mapping[str, str]) -> WalkView:
    count = len(walk.steps) + (walk.stop is None)
    last = len(walk.steps)
    return WalkView(
        walk=walk,
        steps=tuple(
            StepView(step=each, where=where(each, locations), x=_x(index), y=_y(index), lines=_lines(each.name))
            for index, each in enumerate(walk.steps)
        ),
        conclusion=conclusion(walk),
        width=_WIDTH * min(count, _IN_A_ROW),
        height=_HEIGHT * ((count - 1) // _IN_A_ROW + 1),
        end=(_x(last), _y(last)),
    )


def _x(index: int) -> int:
    return _WIDTH * (index % _IN_A_ROW)


def _y(index: int) -> int:
    return _HEIGHT * (index // _IN_A_ROW)


def _lines(name: str) -> tuple[str, ...]:
    """A name in at most two lines."""
    words = name.split(" ")
    return (name,) if len(words) == 1 else (" ".join(words[:-1]), words[-1])
