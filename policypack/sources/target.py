"""Determines what kind of source a target is, and reads it."""

import os
import sys
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..model import languages
from . import documents, export, offline, preview, project
from .invokes import FunctionResult
from .source import Source, SourceError, TooLargeError

STDIN: Final = "-"


def is_stream(target: str) -> bool:
    """Whether a target is standard input, which only this process can read."""
    return target == STDIN


def is_program(target: str) -> bool:
    """Whether a target is a program, which can be run for several stacks; a file contains one stack."""
    path = Path(target)
    return path.is_dir() or path.name in project.MANIFESTS


def expanded(target: str) -> list[str]:
    """The targets that a target stands for: the files of a folder that contains nothing but JSON files, else itself."""
    folder = Path(target)
    if not folder.is_dir():
        return [target]
    files = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    exports = files and all(each.is_file() and each.suffix == ".json" for each in files)
    return [target] if not exports or (folder / "Pulumi.json").exists() else [str(each) for each in files]


def load(
    target: str,
    *,
    stack: str | None = None,
    function_results: Sequence[FunctionResult] = (),
    most: int | None = None,
) -> Source:
    """Read a target: a Pulumi project, a folder in one, a state file or a preview (`-` for standard input).

    `stack` and `function_results` are used for programs only. Raises SourceError if the target cannot be read, and
    TooLargeError if it is a file with more than `most` bytes.
    """
    path = Path(target)
    if target == STDIN:
        return _file(target, sys.stdin.read(), Path())
    if is_program(target):
        found = project.find(path if path.is_dir() else path.parent)
        return offline.run(target, found, stack=stack, function_results=function_results)
    try:
        if most is not None and path.stat().st_size > most:
            raise TooLargeError(f"{target} has more than {most} bytes")
        text = _decoded(path.read_bytes())
    except FileNotFoundError as error:
        raise SourceError(f"{target} does not exist") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{target} cannot be read: {error}") from error
    return _file(target, text, path.parent)


def _decoded(content: bytes) -> str:
    """The content as a string; PowerShell's `>` writes UTF-16, and other tools write a byte order mark."""
    return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")


def _file(target: str, text: str, folder: Path) -> Source:
    try:
        return _with_project(_parsed(target, text), folder)
    except RecursionError as error:
        raise SourceError(f"{target} is nested more deeply than anything that Pulumi writes") from error


def _with_project(source: Source, folder: Path) -> Source:
    """The source with what the Pulumi.yaml of its project shows: its folder and, if it is unknown, its language."""
    try:
        found = project.find(folder)
    except SourceError:
        return source
    if found.name != source.project:
        return source
    root = os.path.relpath(found.root)
    if any(resource.language for resource in source.resources):
        return replace(source, root=root)
    language = languages.of_runtime(found.runtime)
    return replace(source, root=root, resources=tuple(replace(each, language=language) for each in source.resources))


def _parsed(target: str, text: str) -> Source:
    broken = ""
    try:
        document: Any = documents.parsed(text)
    except ValueError as error:
        document, broken = None, str(error)
    match document:
        case {**fields} if export.is_export(fields):
            return export.read(target, fields)
        case {**fields} if preview.is_preview(fields):
            return preview.read(target, fields)
        case {"AWSTemplateFormatVersion": _} | {"Resources": _}:
            hint = "it looks like a CloudFormation template, which is not supported"
        case _ if broken and text.lstrip().startswith("{"):
            hint = f"it is not JSON: {broken}"
        case _ if languages.of_file(target) not in (None, languages.Language.YAML):
            hint = "give the folder that contains its Pulumi.yaml"
        case _:
            hint = "it has neither `deployment` nor `steps`"
    raise SourceError(
        f"{target} is neither the folder of a Pulumi program, nor a state file (`pulumi stack export`), nor a preview "
        f"(`pulumi preview --json --show-sames`): {hint}"
    )
