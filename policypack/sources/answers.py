"""Reads what the user says the providers would answer (`--data FILE`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import documents
from .source import SourceError


def read(file: Path) -> Sequence[Mapping[str, Any]]:
    """The answers of a JSON or YAML file: each with a `token`, a `result`, and perhaps `args` that the call must hold.

    The file is a list of these, or, where the arguments do not matter, a mapping of token to result.
    """
    match documents.read(file):
        case {**results}:
            entries: list[Any] = [{"token": token, "result": result} for token, result in results.items()]
        case [*items]:
            entries = items
        case _:
            raise SourceError(f"--data {file} must be a mapping of function to result, or a list")
    wrong = [f"entry {number}: {problem}" for number, each in enumerate(entries, 1) if (problem := _problem(each))]
    if wrong:
        raise SourceError(f"--data {file}:\n" + "\n".join(f"  {each}" for each in wrong))
    return entries


def _problem(entry: Any) -> str:
    match entry:
        case {"token": str(token), "result": {**_result}} if set(entry) <= {"token", "args", "result"}:
            return "" if isinstance(entry.get("args") or {}, Mapping) else f"args of {token} must be a mapping"
        case {"token": token, "result": _} if set(entry) <= {"token", "args", "result"}:
            return f"the result of {token} must be a mapping"
        case _:
            return "must hold token and result, and may hold args"
