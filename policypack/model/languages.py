"""The languages of Pulumi programs, and how each of them spells the properties of resources."""

import re
from enum import StrEnum
from functools import cache
from pathlib import PurePosixPath
from typing import Final

_MARKED: Final = re.compile(r"\{([a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)*)\}")
_WORD_START: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Language(StrEnum):
    """A language that Pulumi programs are written in. The value is the name of its runtime in Pulumi.yaml."""

    PYTHON = "python"
    NODEJS = "nodejs"
    """TypeScript or JavaScript."""
    GO = "go"
    DOTNET = "dotnet"
    JAVA = "java"
    YAML = "yaml"

    def spell(self, name: str) -> str:
        """A property in the spelling of this language: `throttling_rate_limit`, `ThrottlingRateLimit`.

        The name is given as in the schemas of Pulumi's providers: `throttlingRateLimit`.
        """
        if self is Language.PYTHON:
            return _WORD_START.sub("_", name).lower()
        if self in {Language.GO, Language.DOTNET}:
            return name[:1].upper() + name[1:]
        return name


_BY_SUFFIX: Final = {
    ".py": Language.PYTHON,
    ".ts": Language.NODEJS,
    ".tsx": Language.NODEJS,
    ".mts": Language.NODEJS,
    ".cts": Language.NODEJS,
    ".js": Language.NODEJS,
    ".jsx": Language.NODEJS,
    ".mjs": Language.NODEJS,
    ".cjs": Language.NODEJS,
    ".go": Language.GO,
    ".cs": Language.DOTNET,
    ".fs": Language.DOTNET,
    ".vb": Language.DOTNET,
    ".java": Language.JAVA,
    ".kt": Language.JAVA,
    ".scala": Language.JAVA,
    ".yaml": Language.YAML,
    ".yml": Language.YAML,
}


def of_runtime(runtime: str) -> Language | None:
    """The language of a runtime, as Pulumi.yaml and the stack tag `pulumi:runtime` name it; None if it is unknown."""
    return next((each for each in Language if each.value == runtime), None)


def of_file(name: str) -> Language | None:
    """The language of a program's file; None if its suffix does not say."""
    return _BY_SUFFIX.get(PurePosixPath(name).suffix)


@cache
def spelled(text: str, language: Language | None) -> str:
    """A string in which marked properties appear as code, in the spelling of a language.

    A property is marked as `{throttlingRateLimit}`, or as `{settings.throttlingRateLimit}` with its path. Without a
    language its name stays as in the schemas of Pulumi's providers, which is also AWS's, apart from its first letter.
    """

    def code(match: re.Match[str]) -> str:
        return f"`{'.'.join(map(language.spell, match[1].split('.'))) if language else match[1]}`"

    return _MARKED.sub(code, text)


def marked(text: str) -> list[str]:
    """The names of the properties that a string marks."""
    return [name for path in _MARKED.findall(text) for name in path.split(".")]
