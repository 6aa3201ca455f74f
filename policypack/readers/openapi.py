"""Reads OpenAPI bodies as API Gateway's import does: Swagger 2 and OpenAPI 3, JSON and YAML.

REST import does not read the root's `security`, so it protects nothing there
(https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html). Of HTTP APIs AWS does not
say, so an operation that counts on the root alone is undecided.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..graph.values import (
    UNKNOWN,
    Unknown,
    is_deeper,
    is_list,
    is_object,
    items,
    read,
    text,
)
from ..model.fact import Fact
from . import yaml_text
from .preflights import has_headers_only

LARGEST: Final = 6 * 1024 * 1024
"""Bytes of an API definition that AWS accepts."""
DEEPEST: Final = 200
"""Levels of nesting; more is no API definition."""
ANY_METHOD: Final = "x-amazon-apigateway-any-method"
AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_INTEGRATION: Final = "x-amazon-apigateway-integration"
_SHARED_INTEGRATIONS: Final = "x-amazon-apigateway-integrations"
_METHODS: Final = frozenset({"get", "put", "post", "delete", "options", "head", "patch", ANY_METHOD})
_AUTHTYPE: Final = "x-amazon-apigateway-authtype"
_OWN: Final = "x-amazon-apigateway-auth"
_AUTHORIZATION: Final = {"cognito_user_pools": "cognito", "token": "lambda", "request": "lambda", "jwt": "jwt"}
_GUARDS: Final = ("cognito", "lambda", "jwt", "iam")
DEFAULT_ROUTE: Final = "$default"
"""The key of the route that gets the requests of no other route; a document names it with or without a `/`."""
NO_CREDENTIALS: Final = "accepts requests without credentials"
RESPONDS_WITH_DATA: Final = f"{NO_CREDENTIALS}: it responds with data, and so is no CORS preflight"
AUTHORIZATION_UNKNOWN: Final = "its authorization is known only after deployment"
_SCOPES_OF_SIGN_IN: Final = frozenset(
    {"openid", "email", "phone", "profile", "address", "offline_access", "aws.cognito.signin.user.admin"}
)
"""Scopes of OpenID and of Cognito itself, which say that a user signed in, and not what the user may do.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-define-resource-servers.html
"""
_WITHOUT_AUTHTYPE: Final = Fact.unknown(
    "its security scheme has no `x-amazon-apigateway-authtype`, and AWS does not document whether the import makes an "
    "authorizer of such a scheme"
)
_SHOWN: Final = 60
"""Characters of a document's own words that a message repeats."""


class BodyError(ValueError):
    """A body that is no API definition; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """A method of a body, as import would make it."""

    method: str
    path: str
    authorization: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    authenticated: Fact
    """Whether a request needs credentials."""
    requires_api_key: Fact
    authorizer_exists: Fact
    """Whether the document defines every security scheme that the operation requires."""
    schemes: frozenset[str]
    """The security schemes that it requires."""
    requires_scope: Fact
    """Whether a token needs a scope."""
    scopes: tuple[str, ...]
    """The known scopes of which a token must have one."""
    is_preflight: bool
    """Whether API Gateway itself responds to this CORS preflight."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """What an API definition declares."""

    operations: tuple[Operation, ...]
    authorizers: frozenset[str]
    """The security schemes that are authorizers."""
    root: Mapping[str, Any]

    @property
    def schemes(self) -> Mapping[str, Any]:
        """The security schemes by name."""
        return _schemes(self.root)


def parse(value: Any, *, rest: bool = True) -> Body | Unknown | None:
    """The body of a REST or HTTP API: UNKNOWN where it is, None where there is none.

    Raises BodyError where it is broken or hostile.
    """
    if value is UNKNOWN:
        return UNKNOWN
    if value is None or value == "":
        return None
    document = value if is_object(value) else _document(value)
    if is_deeper(document, DEEPEST):
        raise BodyError(f"it is nested more than {DEEPEST} levels deep")
    schemes = _schemes(document)
    return Body(
        operations=tuple(_Reader(document, schemes, rest=rest).operations()),
        authorizers=frozenset(
            name for name, each in schemes.items() if _kind(each, rest=rest) in _AUTHORIZATION.values()
        ),
        root=document,
    )


def operations(root: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The operations of a body: the HTTP method in upper case, `ANY` for all, the path, and what the body says."""
    paths = root.get("paths")
    for path, item in sorted(paths.items(), key=_key) if is_object(paths) else ():
        for method, operation in sorted(item.items(), key=_key) if is_object(item) else ():
            if str(method).lower() in _METHODS:
                yield "ANY" if str(method).lower() == ANY_METHOD else str(method).upper(), path, operation


def _key(pair: tuple[Any, Any]) -> str:
    return str(pair[0])


def route_key(method: str, path: str) -> str:
    """How messages and settings name an operation, as they name a route that is a resource."""
    return DEFAULT_ROUTE if path.removeprefix("/") == DEFAULT_ROUTE else f"{method} {path}"


def integration(root: Mapping[str, Any], operation: Any) -> Mapping[str, Any]:
    """The integration of an operation, also where it is shared in `components`; empty if there is none."""
    given = read(operation, _INTEGRATION)
    name = text(read(given, "$ref")).rpartition("/")[2]
    found = read(root, "components", _SHARED_INTEGRATIONS, name) if name else given
    return found if is_object(found) else {}


def pointer(*keys: Any) -> str:
    """The JSON pointer of a path of keys."""
    return "".join(f"/{str(each).replace('~', '~0').replace('/', '~1')}" for each in keys)


def resolved(root: Mapping[str, Any], value: Any, where: str) -> tuple[Any, str]:
    """What a value refers to within the body, with its JSON pointer: the value itself unless it is a `$ref`."""
    for _ in range(DEEPEST):
        reference = text(read(value, "$ref"))
        if not reference.startswith("#/"):
            break
        where = reference[1:]
        value = read(root, *(each.replace("~1", "/").replace("~0", "~") for each in where.split("/")[1:]))
    return value, where


def _document(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, str):
        raise BodyError("it is neither a string nor an object")
    if len(value) > LARGEST:
        raise BodyError("it is larger than the 6 MB that AWS accepts")
    try:
        document = json.loads(value, object_pairs_hook=_once)
    except RecursionError as error:
        raise BodyError("it is nested too deeply") from error
    except BodyError:
        raise
    except ValueError:
        try:
            document = yaml_text.read(value, DEEPEST)
        except yaml_text.YamlError as error:
            raise BodyError(str(error)) from error
    if not is_object(document):
        raise BodyError("it is no object")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two, one parser takes the first and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))
        raise BodyError(f"it has the key `{twice[:_SHOWN]}` twice in one object")
    return found


def _schemes(document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = read(document, "components", "securitySchemes")
    if found is None:
        found = document.get("securityDefinitions")
    if found is UNKNOWN:
        raise BodyError("its security schemes are unknown")
    return found if is_object(found) else {}


class _Reader:
    """The operations of one document."""

    def __init__(self, document: Mapping[str, Any], schemes: Mapping[str, Any], *, rest: bool) -> None:
        self._document = document
        self._schemes = schemes
        self._scheme_types = {str(name): _kind(each, rest=rest) for name, each in schemes.items()}
        self._rest = rest
        self._without_authtype = {
            str(name) for name, each in schemes.items() if rest and text(read(each, _AUTHTYPE)).strip() == ""
        }

    def operations(self) -> Iterator[Operation]:
        paths = self._document.get("paths")
        if paths is UNKNOWN:
            raise BodyError("its paths are unknown")
        if paths is None:
            return
        if not is_object(paths):
            raise BodyError("its `paths` is no object")
        for path, item in sorted(paths.items(), key=_key):
            if not str(path).startswith("x-"):
                yield from self._of_path(str(path), self._resolved(item))

    def _resolved(self, item: Any) -> Any:
        """A path item, or what its `$ref` refers to in the same document; UNKNOWN if that does not exist."""
        for _ in range(DEEPEST):
            reference = read(item, "$ref")
            if reference is None or not is_object(item):
                return item
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return UNKNOWN
            keys = [each.replace("~1", "/").replace("~0", "~") for each in reference[2:].split("/")]
            item = read(self._document, *keys)
            if item is None:
                return UNKNOWN
        return UNKNOWN

    def _of_path(self, path: str, item: Any) -> Iterator[Operation]:
        if item is None:
            return
        if item is UNKNOWN:
            yield self._operation(path, ANY_METHOD, UNKNOWN)
            return
        if not is_object(item):
            raise BodyError(f"its path `{path[:_SHOWN]}` is no object")
        for method, operation in sorted(item.items(), key=_key):
            if str(method).lower() in _METHODS:
                yield self._operation(path, str(method).lower(), operation)

    def _operation(self, path: str, method: str, operation: Any) -> Operation:
        alternatives = _alternatives(read(operation, "security"))
        named = [str(name) for each in alternatives if is_object(each) for name in each]
        known = {self._scheme_types.get(name, "missing") for name in named}
        authorization, authenticated = self._authorization(operation, alternatives, known)
        preflight = self._preflight(method, operation, authorization)
        if preflight.reason and authenticated.is_no:
            authenticated = preflight
        guarding = [name for name in named if self._scheme_types.get(name) in _GUARDS]
        if authenticated.is_yes and guarding and self._without_authtype.issuperset(guarding):
            authenticated = _WITHOUT_AUTHTYPE
        return Operation(
            method="ANY" if method == ANY_METHOD else method.upper(),
            path=path,
            authorization=authorization,
            authenticated=authenticated,
            requires_api_key=Fact.of(True if "key" in known else None if authorization == "unknown" else False),
            authorizer_exists=Fact.of(
                "missing" not in known, no="requires a security scheme that the document does not define"
            ),
            schemes=frozenset(named),
            requires_scope=_requires_scope(alternatives),
            scopes=known_scopes(
                [one for each in alternatives if is_object(each) for all_ in each.values() for one in items(all_)]
            ),
            is_preflight=preflight.is_yes,
        )

    def _preflight(self, method: str, operation: Any, authorization: str) -> Fact:
        """Whether API Gateway itself responds to a CORS preflight with headers alone."""
        given = integration(self._document, operation)
        if method != "options" or authorization != "none" or text(given.get("type")).lower() != "mock":
            return Fact.NO
        responses = given.get("responses")
        listed = responses.values() if is_object(responses) else ()
        headers_only = has_headers_only(each for each in listed if is_object(each))
        return headers_only.because(
            no=RESPONDS_WITH_DATA, unknown="whether it is a CORS preflight is known only after deployment"
        )

    def _authorization(self, operation: Any, alternatives: list[Any], known: set[str]) -> tuple[str, Fact]:
        """What an operation requires of its callers, and whether these are credentials."""
        own = text(read(operation, _OWN, "type")).upper()
        kind = next((each for each in _GUARDS if each in known), "none")
        if own == "NONE" and kind != "none":
            return "none", Fact.no(f"turns its own authorization off with `{_OWN}`")
        if kind != "none" and any(is_object(each) and not each for each in alternatives):
            return "none", Fact.no("makes its credentials optional, by an empty alternative in its `security`")
        if kind == "none" and own == "AWS_IAM":
            return "iam", Fact.YES
        unknown = "unknown", Fact.unknown(AUTHORIZATION_UNKNOWN)
        if kind != "none":
            return unknown if UNKNOWN in alternatives else (kind, Fact.YES)
        security = read(operation, "security")
        if operation is UNKNOWN or "unknown" in known or UNKNOWN in alternatives or read(operation, _OWN) is UNKNOWN:
            return unknown
        if security is None and self._document.get("security"):
            if self._rest:
                reason = f"{NO_CREDENTIALS}: REST import does not read the `security` of the document's root"
                return "none", Fact.no(reason)
            reason = "AWS does not document whether the import of an HTTP API reads the root's `security`"
            return "unknown", Fact.unknown(reason)
        if "dropped" in known and "key" not in known:
            reason = f"{NO_CREDENTIALS}: import makes no authorizer of the security scheme that it requires"
            return "none", Fact.no(reason)
        return "none", Fact.no(NO_CREDENTIALS)


def _alternatives(security: Any) -> list[Any]:
    """The alternatives of a `security`; import asks for all schemes that they name, however they are listed."""
    if security is None or is_list(security):
        return list(security or ())
    return [UNKNOWN] if not is_object(security) else [security]


def _requires_scope(alternatives: list[Any]) -> Fact:
    if UNKNOWN in alternatives:
        return requires_scope(UNKNOWN)
    listed = [scopes for each in alternatives if is_object(each) for scopes in each.values()]
    return requires_scope(UNKNOWN if UNKNOWN in listed else [scope for each in listed for scope in items(each)])


def known_scopes(scopes: Any) -> tuple[str, ...]:
    """The known scopes of a list, in order."""
    return tuple(sorted({text(each) for each in items(scopes) if text(each)})) if scopes is not UNKNOWN else ()


def requires_scope(scopes: Any) -> Fact:
    """Whether a route requires a scope that not every token has, by its list of scopes: one of them is enough."""
    given = items(scopes) if scopes is not UNKNOWN else [UNKNOWN]
    common = next((each for each in given if text(each).lower() in _SCOPES_OF_SIGN_IN), "")
    if common:
        return Fact.no(f"accepts the scope {common}, which every user gets by signing in")
    return Fact.of(
        None if UNKNOWN in given else any(map(text, given)),
        no="accepts every user's token of the user pool without a scope",
        unknown="which scopes it requires is known only after deployment",
    )


def _kind(scheme: Any, *, rest: bool) -> str:
    """What import makes of a security scheme: `dropped` is no protection, whatever it says."""
    if scheme is UNKNOWN:
        return "unknown"
    if not is_object(scheme):
        return "missing"
    if rest and scheme.get("type") is UNKNOWN:
        return "unknown"
    if rest and text(scheme.get("type")).lower() != "apikey":
        return "dropped"  # of other types the import of a REST API makes nothing
    authtype = text(scheme.get(_AUTHTYPE)).lower()
    if authtype == "awssigv4":
        return "iam"
    authorizer = scheme.get(AUTHORIZER)
    if authorizer is UNKNOWN:
        return "unknown"
    if is_object(authorizer):
        kind = authorizer.get("type")
        return "unknown" if kind is UNKNOWN else _AUTHORIZATION.get(text(kind).lower() or "token", "unknown")
    if UNKNOWN in (scheme.get("name"), scheme.get("in")):
        return "unknown"
    named = text(scheme.get("name")).lower() == "x-api-key" and text(scheme.get("in")).lower() == "header"
    return "key" if named and rest else "dropped"  # HTTP APIs have no keys
