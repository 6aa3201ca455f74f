"""A resource policy as data, out of JSON text or an object, with what is not known yet left as UNKNOWN.

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
from .addresses import Ranges

Value = str | Unknown

LONGEST: Final = 64 * 1024
"""Characters; AWS takes 8,192, and more on request."""
_IMPORTED: Final = re.compile(r"\$\{AWS::\w+\}")
_MOST_STATEMENTS: Final = 200
_MOST_VALUES: Final = 2_000
_NEGATED: Final = ("stringnot", "arnnot", "numericnot", "datenot", "notip")


class PolicyError(ValueError):
    """A policy that AWS would not take; the message says why."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names that a statement lists (actions, resources), or all but which (`Not...`)."""

    values: tuple[Value, ...]
    but: bool = False


@dataclass(frozen=True, slots=True)
class Principals:
    """Whom a statement speaks of, or all but whom (`NotPrincipal`)."""

    anybody: bool = False
    accounts: tuple[Value, ...] = ()
    """Accounts and ARNs of the kind `AWS`."""
    others: bool = False
    """Whether services or identity providers are among them, which sign for themselves."""
    but: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One operator on one key."""

    operator: str
    """In lower case, without set words and `IfExists`, such as `stringnotequals`."""
    key: str
    """In lower case."""
    values: tuple[Value, ...]
    if_exists: bool = False
    quantifier: str = ""
    """`forallvalues`, `foranyvalue` or nothing."""
    ranges: Ranges = field(default_factory=Ranges, compare=False)
    """The values as address ranges, for the operators on addresses."""

    @property
    def negated(self) -> bool:
        """Whether it holds where nothing matches, an absent key included."""
        return self.operator.startswith(_NEGATED)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy."""

    deny: bool | Unknown
    principals: Principals | Unknown
    actions: Names | Unknown
    resources: Names | Unknown
    conditions: tuple[Condition | Unknown, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A policy; a statement that cannot be read is UNKNOWN."""

    statements: tuple[Statement | Unknown, ...]

    def conditions(self) -> Iterator[Condition]:
        """Every condition that can be read."""
        for statement in self.statements:
            if isinstance(statement, Statement):
                yield from (each for each in statement.conditions if isinstance(each, Condition))


def parse(value: Any) -> Document | Unknown | None:
    """The policy: UNKNOWN where it cannot be read yet, None where there is none.

    Raises PolicyError where it is broken or larger than AWS takes.
    """
    if value is UNKNOWN:
        return UNKNOWN
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    found = _loaded(value) if isinstance(value, str) else value
    if not is_object(found):
        raise PolicyError("it is no object")
    statements = _insensitive(found).get("statement")
    if statements is UNKNOWN:
        return UNKNOWN
    listed = items(statements)
    if not listed:
        raise PolicyError("it has no statement")
    if len(listed) > _MOST_STATEMENTS:
        raise PolicyError("it has more statements than AWS takes")
    document = Document(tuple(_statement(each) for each in listed))
    if sum(len(each.values) for each in document.conditions()) > _MOST_VALUES:
        raise PolicyError("it has more values than AWS takes")
    return document


def _loaded(value: str) -> Any:
    if len(value) > LONGEST:
        raise PolicyError("it is longer than AWS takes")
    try:
        return json.loads(value, object_pairs_hook=_once)
    except PolicyError:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyError("it is no JSON") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two, one parser takes the first and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise PolicyError("it has a key twice in one object")
    return found


def _insensitive(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return _once([(str(key).lower(), item) for key, item in value.items()])  # YAML knows keys that are no texts


def _statement(value: Any) -> Statement | Unknown:
    if value is UNKNOWN:
        return UNKNOWN
    if not is_object(value):
        raise PolicyError("a statement of it is no object")
    given = _insensitive(value)
    return Statement(
        deny=_effect(given.get("effect")),
        principals=_principals(given),
        actions=_names(given, "action"),
        resources=_names(given, "resource"),
        conditions=tuple(_conditions(given.get("condition"))),
    )


def _effect(value: Any) -> bool | Unknown:
    if isinstance(value, Unknown):
        return value
    if str(value).lower() not in {"allow", "deny"}:
        raise PolicyError("the effect of a statement is neither Allow nor Deny")
    return str(value).lower() == "deny"


def _names(given: Mapping[str, Any], name: str) -> Names | Unknown:
    but = f"not{name}" in given
    value = given.get(f"not{name}" if but else name)
    return value if isinstance(value, Unknown) else Names(_texts(value, imported="*"), but)


def _principals(given: Mapping[str, Any]) -> Principals | Unknown:
    but = "notprincipal" in given
    value = given.get("notprincipal" if but else "principal")
    if isinstance(value, Unknown):
        return value
    kinds = _insensitive(value) if is_object(value) else {"aws": value}
    if kinds.get("*") == "*":  # as some generators write `Principal: "*"`
        kinds = {"aws": "*"}
    accounts = _texts(kinds.get("aws"))
    return Principals(
        anybody=any(each in {"*", "arn:aws:iam::*:root"} for each in accounts),
        accounts=accounts,
        others=bool(kinds.keys() - {"aws"}),
        but=but,
    )


def _conditions(value: Any) -> Iterator[Condition | Unknown]:
    if isinstance(value, Unknown):
        yield value
    elif value is not None and not is_object(value):
        raise PolicyError("the condition of a statement is no object")
    for written, block in value.items() if is_object(value) else ():
        if isinstance(block, Unknown):
            yield block
            continue
        if not is_object(block):
            raise PolicyError("the condition of a statement is no object")
        for key, values in block.items():
            yield _condition(str(written).lower(), str(key).lower(), _texts(values))


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


def _texts(value: Any, imported: str = "own") -> tuple[Value, ...]:
    """Values as texts, with `imported` for what import fills in: the API's own account, region and partition."""
    if value is None:
        return ()
    listed = value if is_list(value) else [value]
    return tuple(each if isinstance(each, Unknown) else _IMPORTED.sub(imported, each) for each in map(_text, listed))


def _text(value: Any) -> Value:
    if isinstance(value, Unknown):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    raise PolicyError("a value in it is neither text, number nor flag")
