"""Reads the fields of the authorizer's configuration strictly: an unknown name or a wrong type is an error."""

import re
from typing import Any

from .shapes import is_list, is_object, is_strings


class ConfigError(ValueError):
    """The configuration is invalid; the message names the path and what is wrong there."""


def wrong(path: str, message: str) -> ConfigError:
    """The error about a mistake at a path."""
    return ConfigError(f"{path or 'document'}: {message}")


_TYPES = {str: "a string", int: "a whole number", bool: "true or false", list: "a list", dict: "an object"}


class Fields:
    """The fields of one object of the document, by name. Each method raises `ConfigError` for a mistake."""

    def __init__(self, value: object, path: str, names: tuple[str, ...]) -> None:
        """Check that a value is an object with no other names than these."""
        if not is_object(value):
            raise wrong(path, "must be an object")
        for name in value:
            if name not in names:
                raise wrong(f"{path}.{name}" if path else name, f"unknown name; known are {', '.join(names)}")
        self.value, self.path = value, path

    def at(self, name: str) -> str:
        """The path of a field."""
        return f"{self.path}.{name}" if self.path else name

    def get(self, name: str, kind: type) -> Any:
        """The value of a field, which has exactly this type; None if it is missing or null."""
        value = self.value.get(name)
        if value is not None and type(value) is not kind:
            raise wrong(self.at(name), f"must be {_TYPES[kind]}")
        return value

    def string(self, name: str, default: str | None = None, *, pattern: str = "") -> str:
        """A string that is not empty and matches a pattern; required without a default."""
        value = self.get(name, str)
        if value is None and default is not None:
            return default
        if not value or (pattern and not re.fullmatch(pattern, value)):
            raise wrong(self.at(name), f"must match {pattern}" if pattern else "must be a string that is not empty")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of several strings; the first by default."""
        value = self.get(name, str)
        if value is not None and value not in choices:
            raise wrong(self.at(name), f"must be one of {', '.join(choices)}")
        return value or choices[0]

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.get(name, int)
        if value is None:
            return default
        if not low <= value <= high:
            raise wrong(self.at(name), f"must be {low} to {high}")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false."""
        value = self.get(name, bool)
        return default if value is None else value

    def strings(self, name: str, default: tuple[str, ...] = ()) -> frozenset[str]:
        """A list of strings, none of them empty."""
        return _strings(self.get(name, list), self.at(name), default)

    def claims(self, name: str) -> dict[str, frozenset[str | bool]]:
        """Lists of strings and booleans, by claim."""
        given: dict[str, Any] = self.get(name, dict) or {}
        for key, values in given.items():
            if not is_list(values) or not all(each not in ("", None) and type(each) in (str, bool) for each in values):
                raise wrong(f"{self.at(name)}.{key}", "must be a list of booleans and of strings that are not empty")
        return {key: frozenset(values) for key, values in given.items()}

    def child(self, name: str, names: tuple[str, ...]) -> "Fields":
        """The fields of an object, which is required."""
        return Fields(self.value.get(name), self.at(name), names)

    def children(self, name: str, names: tuple[str, ...]) -> "list[Fields]":
        """The fields of each object of a list."""
        given: list[Any] = self.get(name, list) or []
        return [Fields(each, f"{self.at(name)}[{index}]", names) for index, each in enumerate(given)]

    def named(self, name: str, names: tuple[str, ...]) -> "dict[str, Fields]":
        """The fields of each object of a map, which is required."""
        given: dict[str, Any] = self.get(name, dict) or {}
        if not given:
            raise wrong(self.at(name), "must have at least one entry")
        return {key: Fields(each, f"{self.at(name)}.{key}", names) for key, each in given.items()}


def _strings(value: object, path: str, default: tuple[str, ...]) -> frozenset[str]:
    if value is None:
        return frozenset(default)
    if not is_strings(value) or "" in value:
        raise wrong(path, "must be a list of strings that are not empty")
    return frozenset(value)
