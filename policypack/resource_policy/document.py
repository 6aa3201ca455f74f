"""Parses a resource policy, from a JSON string or an object. Values that cannot be read yet stay UNKNOWN.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..graph.values import (
    UNKNOWN,
    Unknown,
    is_list,
    is_object,
    items,
)
from ..patterns.addresses import Ranges

Value = str | Unknown

MAX_LENGTH: Final = 64 * 1024
"""In characters. AWS accepts 8,192, and more on request."""
_IMPORT_PLACEHOLDER: Final = re.compile(r"\$\{AWS::\w+\}")
_MAX_STATEMENTS: Final = 200
_MAX_VALUES: Final = 2_000
_NEGATED: Final = ("stringnot", "arnnot", "numericnot", "datenot", "notip")


class PolicyError(ValueError):
    """A policy that AWS rejects; the message says why."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """The actions or resources of a statement."""

    values: tuple[Value, ...]
    excluded: bool = False
    """Whether they are those to which the statement does not apply (`NotAction`, `NotResource`)."""


@dataclass(frozen=True, slots=True)
class Principals:
    """The principals of a statement.

    Services and identity providers sign for themselves, so they are not read.
    """

    everyone: bool = False
    accounts: tuple[Value, ...] = ()
    """Accounts and ARNs, listed under `AWS`."""
    excluded: bool = False
    """Whether they are those to which the statement does not apply (`NotPrincipal`)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator applied to one condition key."""

    operator: str
    """In lower case, without quantifier and `IfExists`, such as `stringnotequals`."""
    key: str
    """In lower case."""
    values: tuple[Value, ...]
    if_exists: bool = False
    quantifier: str = ""
    """`forallvalues`, `foranyvalue` or empty."""
    ranges: Ranges = field(default_factory=Ranges, compare=False)
    """The values as address ranges, if the operator compares addresses."""

    @property
    def negated(self) -> bool:
        """Whether it holds if no value matches, which includes an absent key."""
        return self.operator.startswith(_NEGATED)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy."""

    deny: bool | Unknown
    principals: Principals | Unknown
    actions: Patterns | Unknown
    resources: Patterns | Unknown
    conditions: tuple[Condition | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A resource policy. A statement that cannot be read is UNKNOWN."""

    statements: tuple[Statement | Unknown, ...]

    def conditions(self) -> Iterator[Condition]:
        """All conditions that can be read."""
        for statement in self.statements:
            if isinstance(statement, Statement):
                yield from (each for each in statement.conditions if isinstance(each, Condition))


def parse(value: Any) -> Document | Unknown | None:
    """The policy: UNKNOWN if it cannot be read yet, None if there is none.

    Raises PolicyError if it is malformed or larger than AWS accepts.
    """
    if value is UNKNOWN:
        return UNKNOWN
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _loaded(value) if isinstance(value, str) else value
    if not is_object(found):
        raise PolicyError("it is not an object")
    statements = _insensitive(found).get("statement")
    if statements is UNKNOWN:
        return UNKNOWN
    listed = items(statements)
    if not listed:
        raise PolicyError("it has no statement")
    if len(listed) > _MAX_STATEMENTS:
        raise PolicyError("it has more statements than AWS accepts")
    document = Document(tuple(_statement(each) for each in listed))
    if sum(len(each.values) for each in document.conditions()) > _MAX_VALUES:
        raise PolicyError("it has more values than AWS accepts")
    return document


def _loaded(value: str) -> Any:
    if len(value) > MAX_LENGTH:
        raise PolicyError("it is longer than AWS accepts")
    try:
        return json.loads(value, object_pairs_hook=_unique)
    except PolicyError:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyError("it is not valid JSON") from error


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object without duplicate keys: of two equal keys, one parser uses the first and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PolicyError("it has a duplicate key in an object")
    return found


def _insensitive(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return _unique([(str(key).lower(), item) for key, item in value.items()])  # keys of YAML need not be strings


def _statement(value: Any) -> Statement | Unknown:
    if value is UNKNOWN:
        return UNKNOWN
    if not is_object(value):
        raise PolicyError("one of its statements is not an object")
    given = _insensitive(value)
    return Statement(
        deny=_effect(given.get("effect")),
        principals=_principals(given),
        actions=_patterns(given, "action"),
        resources=_patterns(given, "resource"),
        conditions=tuple(_conditions(given.get("condition"))),
    )


def _effect(value: Any) -> bool | Unknown:
    if isinstance(value, Unknown):
        return value
    if str(value).lower() not in {"allow", "deny"}:
        raise PolicyError("the Effect of a statement is neither Allow nor Deny")
    return str(value).lower() == "deny"


def _patterns(given: Mapping[str, Any], name: str) -> Patterns | Unknown:
    excluded = f"not{name}" in given
    value = given.get(f"not{name}" if excluded else name)
    return value if isinstance(value, Unknown) else Patterns(_strings(value, imported="*"), excluded)


def _principals(given: Mapping[str, Any]) -> Principals | Unknown:
    excluded = "notprincipal" in given
    value = given.get("notprincipal" if excluded else "principal")
    if isinstance(value, Unknown):
        return value
    by_type = _insensitive(value) if is_object(value) else {"aws": value}
    if by_type.get("*") == "*":  # some generators write `Principal: "*"` so
        by_type = {"aws": "*"}
    accounts = _strings(by_type.get("aws"))
    return Principals(
        everyone=any(each in {"*", "arn:aws:iam::*:root"} for each in accounts),
        accounts=accounts,
        excluded=excluded,
    )


def _conditions(value: Any) -> Iterator[Condition | Unknown]:
    if isinstance(value, Unknown):
        yield value
    elif value is not None and not is_object(value):
        raise PolicyError("the Condition of a statement is not an object")
    for written, block in value.items() if is_object(value) else ():
        if isinstance(block, Unknown):
            yield block
            continue
        if not is_object(block):
            raise PolicyError("the Condition of a statement is not an object")
        for key, values in block.items():
            yield _condition(str(written).lower(), str(key).lower(), _strings(values))


def _condition(written: str, key: str, values: tuple[Value, ...]) -> Condition:
    quantifier, _, operator = written.rpartition(":")
    bare = operator.removesuffix("ifexists")
    return Condition(
        operator=bare,
        key=key,
        values=values,
        if_exists=bare != operator,
        quantifier=quantifier,
        ranges=Ranges(values) if bare in {"ipaddress", "notipaddress"} else Ranges(),
    )


def _strings(value: Any, imported: str = "own") -> tuple[Value, ...]:
    """The values as strings. `imported` replaces what an import fills in: the API's account, region and partition."""
    if value is None:
        return ()
    listed = value if is_list(value) else [value]
    return tuple(
        each if isinstance(each, Unknown) else _IMPORT_PLACEHOLDER.sub(imported, each) for each in map(_string, listed)
    )


def _string(value: Any) -> Value:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError("a value in it is neither a string, a number nor a boolean")
