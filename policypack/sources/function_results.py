"""Reads the results of provider functions that the user gives an offline run (`--data FILE`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import documents
from .invokes import FunctionResult
from .source import SourceError


def read(file: Path) -> Sequence[FunctionResult]:
    """The function results in a JSON or YAML file.

    The file holds a list of them or, where the arguments do not matter, a map from token to result. Raises SourceError.
    """
    match documents.read(file):
        case {**results}:
            entries: list[Any] = [{"token": token, "result": result} for token, result in results.items()]
        case [*items]:
            entries = items
        case _:
            raise SourceError(f"--data {file} must be a map from function to result, or a list")
    problems = [f"entry {number}: {problem}" for number, each in enumerate(entries, 1) if (problem := _problem(each))]
    if problems:
        raise SourceError(f"--data {file}:\n" + "\n".join(f"  {each}" for each in problems))
    return entries


def _problem(entry: Any) -> str:
    match entry:
        case {"token": str(token), "result": {**_result}} if set(entry) <= {"token", "args", "result"}:
            return "" if isinstance(entry.get("args") or {}, Mapping) else f"args of {token} must be a map"
        case {"token": token, "result": _} if set(entry) <= {"token", "args", "result"}:
            return f"the result of {token} must be a map"
        case _:
            return "must have the fields token and result, and may have args"
