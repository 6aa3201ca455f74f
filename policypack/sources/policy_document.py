"""`aws:iam/getPolicyDocument`: renders an IAM policy document from statements, as the AWS provider does."""

import json
import zlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

VERSION: Final = "2012-10-17"
_LISTS: Final = {
    "actions": "Action",
    "notActions": "NotAction",
    "resources": "Resource",
    "notResources": "NotResource",
}
_PRINCIPALS: Final = {"principals": "Principal", "notPrincipals": "NotPrincipal"}


def render(args: Mapping[str, Any]) -> dict[str, Any]:
    """The result of the function for its arguments, with the document as `json` and as `minifiedJson`.

    Source documents are merged first and override documents last. A later statement replaces an earlier one with the
    same Sid.
    """
    own: dict[str, Any] = {"Version": args.get("version") or VERSION}
    if args.get("policyId"):
        own["Id"] = args["policyId"]
    own["Statement"] = [_statement(each) for each in args.get("statements") or ()]
    document: dict[str, Any] = {}
    for text in args.get("sourcePolicyDocuments") or ():
        _merge(document, json.loads(text))
    _merge(document, own)
    for text in args.get("overridePolicyDocuments") or ():
        _merge(document, json.loads(text))
    ordered = {key: document[key] for key in ("Version", "Id", "Statement") if document.get(key)}
    text = json.dumps(ordered, indent=2)
    minified = json.dumps(ordered, separators=(",", ":"))
    return {**args, "id": str(zlib.crc32(text.encode())), "json": text, "minifiedJson": minified}


def _merge(document: dict[str, Any], other: Mapping[str, Any]) -> None:
    if other.get("Id"):
        document["Id"] = other["Id"]
    document["Version"] = max(document.get("Version", ""), other.get("Version", ""))
    added: Any = other.get("Statement") or []
    statements: list[Any] = document.setdefault("Statement", [])
    for statement in [added] if "Effect" in added else added:  # a single statement may be given without a list
        sid = statement.get("Sid")
        same = [index for index, each in enumerate(statements) if sid and each.get("Sid") == sid]
        if same:
            statements[same[0]] = statement
        else:
            statements.append(statement)


def _statement(given: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {"Sid": given["sid"]} if given.get("sid") else {}
    statement["Effect"] = given.get("effect") or "Allow"
    for key, name in _LISTS.items():
        if given.get(key):
            statement[name] = _one_or_sorted([_variables(text) for text in given[key]])
    for key, name in _PRINCIPALS.items():
        if given.get(key):
            statement[name] = _principals(given[key])
    if given.get("conditions"):
        statement["Condition"] = _conditions(given["conditions"])
    return statement


def _variables(text: str) -> str:
    """IAM's variables are written as `&{...}`, since `${...}` belongs to Terraform."""
    return text.replace("&{", "${")


def _one_or_sorted(strings: Sequence[str]) -> str | list[str]:
    return strings[0] if len(strings) == 1 else sorted(set(strings), reverse=True)


def _principals(given: Sequence[Mapping[str, Any]]) -> str | dict[str, Any]:
    by_type: dict[str, list[str]] = {}
    for principal in given:
        by_type.setdefault(principal["type"], []).extend(map(_variables, principal["identifiers"]))
    if by_type == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_sorted(by_type[kind]) for kind in sorted(by_type)}


def _conditions(given: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    by_test: dict[str, dict[str, list[str]]] = {}
    for condition in given:
        values = by_test.setdefault(condition["test"], {}).setdefault(condition["variable"], [])
        values.extend(map(_variables, condition["values"]))
    return {
        test: {variable: values[0] if len(values) == 1 else values for variable, values in sorted(variables.items())}
        for test, variables in sorted(by_test.items())
    }
