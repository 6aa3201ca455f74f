"""Reads OpenAPI bodies as API Gateway's REST import does: Swagger 2 and OpenAPI 3, JSON and YAML.

Root-level `security` is not among what REST import reads, so it protects nothing here
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from .findings import Answer
from .graph import UNKNOWN, Unknown, is_list, is_object, items, read

LARGEST: Final = 6 * 1024 * 1024
"""Bytes of an API definition that AWS takes."""
DEEPEST: Final = 200
"""Levels of nesting; more is no API definition."""
ANY_METHOD: Final = "x-amazon-apigateway-any-method"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", ANY_METHOD})
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_KINDS: Final = {"cognito_user_pools": "cognito", "token": "lambda", "request": "lambda", "jwt": "jwt"}


class BodyError(ValueError):
    """A body that is no API definition; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """A method of a body, as import would make it."""

    method: str
    path: str
    how: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    authenticated: Answer
    api_key: Answer
    connected: Answer
    schemes: frozenset[str]
    """The authorizers that it names."""
    preflight: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What an API definition declares."""

    operations: tuple[Operation, ...]
    authorizers: frozenset[str]
    """The security schemes that are authorizers."""
    root: Mapping[str, Any]


def parse(value: Any) -> Body | Unknown | None:
    """The body: UNKNOWN where it is, None where there is none.

    Raises BodyError where it is broken or hostile.
    """
    if value is UNKNOWN:
        return UNKNOWN
    if value is None or value == "":
        return None
    document = value if is_object(value) else _document(value)
    if _too_deep(document):
        raise BodyError(f"it is nested more than {DEEPEST} levels deep")
    schemes = _schemes(document)
    return Body(
        operations=tuple(_operations(document, schemes)),
        authorizers=frozenset(name for name, each in schemes.items() if _kind(each) in set(_KINDS.values())),
        root=document,
    )


def _document(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, str):
        raise BodyError("it is neither a text nor an object")
    if len(value) > LARGEST:
        raise BodyError("it is larger than the 6 MB that AWS takes")
    try:
        document = json.loads(value)
    except RecursionError as error:
        raise BodyError("it is nested too deeply") from error
    except ValueError:
        document = _from_yaml(value)
    if not is_object(document):
        raise BodyError("it is no object")
    return document


_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Of the two safe loaders, the fast one where the platform has it."""


def _from_yaml(value: str) -> Any:
    try:
        # A few lines of aliases can stand for gigabytes, so they are refused before anything is built.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(value, Loader=_LOADER)):
            raise BodyError("it uses YAML aliases, which an API definition has no need of")
        return yaml.load(value, Loader=_LOADER)  # noqa: S506 - a safe loader
    except RecursionError as error:
        raise BodyError("it is nested too deeply") from error
    except yaml.YAMLError as error:
        raise BodyError("it is neither JSON nor YAML") from error


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child for each in level for child in (each.values() if is_object(each) else each if is_list(each) else ())
        ]
        if not level:
            return False
    return True


def _schemes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = read(document, "components", "securitySchemes") or read(document, "securityDefinitions")
    return found if is_object(found) else {}


def _operations(document: Mapping[str, Any], schemes: Mapping[str, Any]) -> Iterator[Operation]:
    paths = document.get("paths")
    if paths is UNKNOWN:
        raise BodyError("its paths are unknown")
    for path, item in sorted(paths.items()) if is_object(paths) else ():
        for method, operation in sorted(item.items()) if is_object(item) else ():
            if str(method).lower() in _METHODS:
                yield _operation(str(path), str(method).lower(), operation, schemes)


def _operation(path: str, method: str, operation: Any, schemes: Mapping[str, Any]) -> Operation:
    named = _required(operation)
    kinds = {name: _kind(schemes.get(name)) for name in named}
    known = set(kinds.values())
    own = str(read(operation, "x-amazon-apigateway-auth", "type") or "").upper()
    how = next((kind for kind in ("cognito", "lambda", "jwt", "iam") if kind in known), "none")
    if how == "none" and own == "AWS_IAM":
        how = "iam"
    if how == "none" and ("unknown" in known or read(operation, "security") is UNKNOWN):
        how = "unknown"
    answer = {"none": Answer.NO, "unknown": Answer.NOT_YET}.get(how, Answer.YES)
    return Operation(
        method="ANY" if method == ANY_METHOD else method.upper(),
        path=path,
        how=how,
        authenticated=answer,
        api_key=Answer.YES if "key" in known else Answer.NOT_YET if how == "unknown" else Answer.NO,
        connected=Answer.NO if "missing" in known else Answer.YES,
        schemes=frozenset(named),
        preflight=method == "options" and _is_mock(operation) and how == "none",
    )


def _required(operation: Any) -> list[str]:
    """The schemes that an operation requires; import asks for all of them, however they are listed."""
    security = read(operation, "security")
    return [str(name) for each in items(security) if is_object(each) for name in each]


def _kind(scheme: Any) -> str:
    """What REST import makes of a security scheme: `dropped` is no protection, whatever it says."""
    if scheme is UNKNOWN:
        return "unknown"
    if not is_object(scheme):
        return "missing"
    authtype = str(scheme.get("x-amazon-apigateway-authtype") or "").lower()
    if authtype == "awssigv4":
        return "iam"
    authorizer = scheme.get(_AUTHORIZER)
    if authorizer is UNKNOWN:
        return "unknown"
    if is_object(authorizer):
        return _KINDS.get(str(authorizer.get("type") or "token").lower(), "unknown")
    is_key = str(scheme.get("type")).lower() == "apikey" and str(scheme.get("name")).lower() == "x-api-key"
    return "key" if is_key else "dropped"


def _is_mock(operation: Any) -> bool:
    kind = read(operation, "x-amazon-apigateway-integration", "type")
    return isinstance(kind, str) and kind.lower() == "mock"
