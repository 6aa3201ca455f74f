"""Further statements from the args: any Deny, and an Allow only for named principals or with a condition."""

import re
from collections.abc import Collection
from typing import Any

from ...validation.json_values import is_list, is_object, normalised
from ...validation.problems import Problems, join, listing, suggest
from ...validation.reader import Reader

_FIELDS = ("Action", "Condition", "Effect", "Principal", "Resource", "Sid")
_ACTIONS = ("execute-api:*", "execute-api:InvalidateCache", "execute-api:Invoke")
_RESOURCE = re.compile(r"execute-api:/\S*|arn:aws[a-z-]*:execute-api:\S+")
_OWN_SIDS = re.compile(r"Accounts|Callers|Organization|Only\w+|Never\w+")
PRINCIPAL_KEYS = "aws:principal"
"""The beginning, in lower case, of condition keys that only signed requests have."""


def read_statements(reader: Reader, name: str) -> tuple[dict[str, Any], ...]:
    """Read the statements, and reject those that API Gateway would reject or that would open the API to everybody."""
    given = reader.get(name)
    if given is None:
        return ()
    if not is_list(given):
        reader.mismatch(name, "a list of policy statements")
        return ()
    read: list[dict[str, Any]] = []
    sids: set[str] = set()
    for index, item in enumerate(given):
        path = f"{reader.at(name)}[{index}]"
        if not is_object(item):
            reader.problems.mismatch(path, "a policy statement, which is an object", item)
            continue
        if not reader.is_json(item, path, outputs=True):
            continue
        statement: dict[str, Any] = {"Action": "execute-api:Invoke", "Principal": "*", **normalised(item)}
        statement.setdefault("Resource", "execute-api:/*")
        _check(statement, path, reader.problems)
        sid = str(statement.get("Sid", f"Own{index}"))
        if not re.fullmatch(r"[A-Za-z0-9]+", sid) or sid in sids or _OWN_SIDS.fullmatch(sid):
            predicate = "must consist of letters and digits, be unique, and be none of the layer's own Sids"
            reader.problems.reject(join(path, "Sid"), sid, predicate)
        sids.add(sid)
        read.append({**statement, "Sid": sid})
    return tuple(read)


_ALWAYS = {"aws:securetransport"}
"""Condition keys that every request to API Gateway satisfies, since it accepts HTTPS only."""


def _check(statement: dict[str, Any], path: str, problems: Problems) -> None:
    for field in statement:
        if field not in _FIELDS:
            if field.startswith("Not"):
                problems.add(join(path, field), f"is not supported: use `{field.removeprefix('Not')}`")
            else:
                problems.add(join(path, field), f"unknown field{suggest(field, _FIELDS)}")
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        problems.mismatch(join(path, "Effect"), "'Allow' or 'Deny'", effect)
    for each in _listed(statement["Action"]):
        if each not in _ACTIONS:
            problems.mismatch(join(path, "Action"), f"one of {listing(_ACTIONS)}", each)
    for each in _listed(statement["Resource"]):
        if isinstance(each, str) and not _RESOURCE.fullmatch(each):
            problems.reject(join(path, "Resource"), each, "is not of the form execute-api:/<stage>/<METHOD>/<path>")
    condition = statement.get("Condition")
    if condition is not None and (not is_object(condition) or not all(is_object(each) for each in condition.values())):
        problems.add(join(path, "Condition"), "expected a map from operators to maps from condition keys to values")
    principal = statement["Principal"]
    _check_principal(principal, join(path, "Principal"), problems)
    anybody = principal == "*" or (is_object(principal) and "*" in _listed(principal.get("AWS")))
    blocks = condition.values() if is_object(condition) else ()
    keys = {str(key).lower() for each in blocks if is_object(each) for key in each}
    if effect == "Allow" and anybody and keys <= _ALWAYS:
        message = (
            "an Allow for everybody needs a Condition or named principals: otherwise callers need no identity policy "
            "(the layer itself adds the Allow statements that the routes need)"
        )
        problems.add(path, message)


def _check_principal(principal: object, path: str, problems: Problems) -> None:
    """Reject wildcards, which stand for no part of a principal's ARN."""
    for each in _listed(principal.get("AWS")) if is_object(principal) else ():
        if isinstance(each, str) and each != "*" and re.search(r"[*?]", each):
            problems.reject(
                path, each, "has a wildcard, which AWS accepts in no principal: name each, or use a Condition"
            )


def of_principals(statements: Collection[dict[str, Any]]) -> list[str]:
    """The Sids of statements about principals."""
    found: list[str] = []
    for each in statements:
        condition: Any = each.get("Condition")
        blocks: list[Any] = list(condition.values()) if is_object(condition) else []
        keyed = any(key.lower().startswith(PRINCIPAL_KEYS) for block in blocks if is_object(block) for key in block)
        if keyed or each["Principal"] != "*":
            found.append(str(each["Sid"]))
    return found


def _listed(value: Any) -> list[Any]:
    return list(value) if is_list(value) else [value]
