"""What `gateway-policy verify --record` noted of a stack: when it was compared with AWS, and with which result."""

import json
from pathlib import Path
from typing import Final

import pulumi

from .validation.json_values import is_object
from .validation.problems import plural
from .validation.reader import Reader

VERSION: Final = 1


def read(reader: Reader, name: str) -> str:
    """The result for this stack as one line for the posture; empty if no file is given."""
    path = reader.string(name, expected="the path of a file")
    if not path:
        return ""
    try:
        written = json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return _NEVER  # it is written after the first deployment
    except (OSError, ValueError):
        written = None
    if not is_object(written) or written.get("version") != VERSION or not is_object(written.get("stacks")):
        reader.reject(name, "is no file that `gateway-policy verify --record` wrote")
        return ""
    return _line(written["stacks"].get(f"{pulumi.get_project()}/{pulumi.get_stack()}"))


_NEVER: Final = "never compared with AWS"


def _line(result: object) -> str:
    if not is_object(result):
        return _NEVER
    differences, undecided = (_count(result.get(each)) for each in ("differences", "undecided"))
    found = plural(differences, "difference") if differences else "no difference"
    more = f", {undecided:,} undecided" if undecided else ""
    return f"compared with AWS at {result.get('at')}: {found}{more}"


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
