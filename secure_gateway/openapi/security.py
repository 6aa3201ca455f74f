"""What a document's operations require, as authorizers of the gateway.

OpenAPI takes one of the requirements that a `security` lists, and of that all schemes and all scopes. API Gateway
requires all items together, takes a token with any one of a method's scopes, and ignores `security` at the root. So
requirements are resolved here, operation by operation, and what API Gateway cannot express is rejected.
https://spec.openapis.org/oas/v3.0.3#security-requirement-object
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ..validation.json_values import is_object
from ..validation.problems import join, listing, spell, suggest
from ..validation.reader import Reader
from .args import DocumentOptions
from .members import AUTH_EXTENSION, OWN_AUTH, SECURITY_SCHEME
from .objects import Entry, Node, Objects

IAM: Final = "iam"
ScopeCheck = Literal["gateway", "function", "nobody"]
"""What checks scopes: the gateway (API Gateway or a built-in authorizer), a Lambda function of the user, nobody."""


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """What an operation requires of its callers."""

    authorizer: str | None = None
    """None for the gateway's default."""
    scopes: tuple[str, ...] = ()
    """A token must have any one of them."""
    api_key: bool = False


@dataclass(frozen=True, kw_only=True)
class Overridden:
    """What the user decides about an operation in place of the document."""

    scopes: bool = False
    api_key: bool = False


@dataclass(frozen=True, kw_only=True)
class _Alternative:
    """One requirement of the list: all of it together."""

    authorizer: str | None
    scopes: frozenset[str]
    api_key: bool


class Securities:
    """The security schemes of a document, mapped to authorizers by name."""

    def __init__(
        self,
        reader: Reader,
        options: DocumentOptions,
        objects: Objects,
        document: Node,
        components: Node | None,
        authorizers: Mapping[str, ScopeCheck],
    ) -> None:
        """Check the mapping itself."""
        self._document = document
        self._authorizers = authorizers
        self._objects = objects
        self._problems = objects.problems
        self._path = reader.path
        self._mapped = _mapped(reader)
        self._meaning = options.security_meaning
        self._function_scopes = options.function_scopes
        section = components.get("securitySchemes") if components else None
        where = components.at("securitySchemes") if components else ""
        entries = objects.entries(section, where, "a map of security schemes")
        self._schemes: dict[str, Entry] = {each.name: each for each in entries}
        self._used_function_scopes: set[str] = set()
        self._check_mapping(reader)

    def refuse_idle(self, path: str) -> None:
        """A function has no scopes to check of a scheme that no operation requires with scopes."""
        for index, scheme in enumerate(self._function_scopes):
            if scheme in self._schemes and scheme not in self._used_function_scopes:
                self._problems.reject(f"{path}[{index}]", scheme, "is not required with scopes by any operation")

    def _check_mapping(self, reader: Reader) -> None:
        for scheme, authorizer in self._mapped.items():
            path = join(reader.at("security_schemes"), scheme)
            if scheme not in self._schemes:
                predicate = f"is not a security scheme of the document{suggest(scheme, self._schemes)}"
                reader.problems.reject(path, scheme, predicate)
            elif not isinstance(authorizer, str) or authorizer not in self._authorizers:
                predicate = f"is not an authorizer{suggest(str(authorizer), self._authorizers)}"
                reader.problems.reject(path, authorizer, predicate)
        for index, scheme in enumerate(self._function_scopes):
            path = f"{reader.at('function_scopes')}[{index}]"
            if scheme not in self._schemes:
                predicate = f"is not a security scheme of the document{suggest(scheme, self._schemes)}"
                reader.problems.reject(path, scheme, predicate)
            elif self._check(self._target(scheme)) != "function":
                reader.problems.reject(path, scheme, "does not stand for a Lambda authorizer of yours")

    def of(self, operation: Node, overridden: Overridden) -> Requirement:
        """What an operation requires."""
        if operation.get(OWN_AUTH) is not None:
            own = self._objects.object(operation.get(OWN_AUTH), operation.at(OWN_AUTH), AUTH_EXTENSION)
            if str(own.get("type")).upper() == "AWS_IAM":
                return Requirement(authorizer=IAM, api_key=self._next_to_iam(operation, overridden))
            self._problems.mismatch(own.path, "the type AWS_IAM", own.get("type"))
        where, alternatives = self._alternatives(operation)
        if alternatives is None:
            return Requirement()
        authorizers = {each.authorizer for each in alternatives if each.authorizer}
        api_key = self._api_key(alternatives, where, overridden)
        if len(authorizers) > 1:
            message = (
                f"must require a single authorizer, since API Gateway knows no alternatives: {listing(authorizers)}. "
                f"Map the schemes to one authorizer, or decide with `{join(self._path, 'operations')}`"
            )
            self._problems.add(where, message)
        if not authorizers and any(each.api_key for each in alternatives):
            message = (
                "requires an authorizer besides the API key: a key identifies a client but does not authenticate one"
            )
            self._problems.add(where, message)
        # An alternative of an API key alone asks for no scope, and does not make the others need none.
        granting = [each.scopes for each in alternatives if each.authorizer]
        scopes = () if overridden.scopes else self._scopes(granting, where)
        return Requirement(authorizer=min(authorizers, default=None), scopes=scopes, api_key=api_key)

    def keyed(self, operation: Node, overridden: Overridden) -> bool:
        """Whether an operation requires an API key, whoever may call it."""
        named = self._names(operation)
        keyed = [any(self._is_key(name) for name in each) for each in named]
        return self._all_or_none(keyed, self._where(operation), overridden)

    def _next_to_iam(self, operation: Node, overridden: Overridden) -> bool:
        """Whether a signed call needs an API key too; another authorizer next to the signature is rejected."""
        named = {name for each in self._names(operation, own=True) for name in each}
        others = {name for name in named if not self._is_key(name) and self._target(name) != IAM}
        others = {name for name in others if self._target(name) in self._authorizers}
        if others:
            message = f"{OWN_AUTH} cannot be combined with another authorizer: {listing(others)}"
            self._problems.add(operation.at("security"), message)
        return self.keyed(operation, overridden)

    def _where(self, operation: Node) -> str:
        return operation.at("security") if "security" in operation.fields else self._document.at("security")

    def _given(self, operation: Node, *, own: bool = False) -> Any:
        if "security" in operation.fields or own:
            return operation.get("security")
        return self._document.get("security")

    def _names(self, operation: Node, *, own: bool = False) -> list[set[str]]:
        """The schemes that each alternative names."""
        where, given = self._where(operation), self._given(operation, own=own)
        listed = self._objects.items(given, where, "a list of security requirements")
        return [{name.name for name in self._requirement(each)} for each in listed]

    def _requirement(self, each: Entry) -> list[Entry]:
        return self._objects.entries(each.value, each.path, "a map from security schemes to scopes")

    def _alternatives(self, operation: Node) -> tuple[str, list[_Alternative] | None]:
        """The path of a `security` and what it lists. None where nothing says who may call."""
        where, given = self._where(operation), self._given(operation)
        if given is None:
            return where, None
        listed = self._objects.items(given, where, "a list of security requirements")
        requirements = [self._requirement(each) for each in listed]
        if not requirements or not all(requirements):
            message = (
                "requires no authorization: declare an operation that anybody may call in "
                f"`{join(self._path, 'operations')}`, with the reason in `public`"
            )
            self._problems.add(where, message)
            return where, None
        return where, [self._alternative(each, where) for each in requirements]

    def _alternative(self, requirement: list[Entry], where: str) -> _Alternative:
        authorizer: str | None = None
        scopes: set[str] = set()
        api_key = False
        for each in requirement:
            found = self._authorizer(each.name, each.path)
            if found == "":
                api_key = True
            elif authorizer not in (None, found):
                self._problems.add(where, "requires two authorizers, but API Gateway calls only one for each request")
            else:
                authorizer = found
                scopes |= self._wanted(each, found, where)
        return _Alternative(authorizer=authorizer, scopes=frozenset(scopes), api_key=api_key)

    def _wanted(self, each: Entry, authorizer: str | None, where: str) -> set[str]:
        """The scopes that a scheme is required with, if API Gateway is to check them."""
        items = self._objects.items(each.value, each.path, "a list of scopes")
        for item in items:
            if not isinstance(item.value, str):
                self._problems.mismatch(item.path, "a scope, which is a string", item.value)
        wanted = {item.value for item in items if isinstance(item.value, str)}
        if not wanted or each.name not in self._function_scopes:
            return wanted if self._are_checked(each, authorizer, wanted, where) else set()
        self._used_function_scopes.add(each.name)
        self._objects.dropped.add(each.path, "the function of the Lambda authorizer checks the scopes")
        return set()

    def _are_checked(self, each: Entry, authorizer: str | None, wanted: set[str], where: str) -> bool:
        check = self._check(authorizer)
        if not wanted or check == "gateway":
            return True
        option = join(self._path, spell("function_scopes"))
        if check == "function":
            message = (
                f"requires scopes, which API Gateway does not check for the Lambda authorizer {authorizer!r}: if its "
                f"function checks them, say so with `{option}: [{each.name!r}]`"
            )
        else:
            message = (
                f"requires scopes, which {authorizer!r} does not know: map the scheme {each.name!r} to another "
                f"authorizer, or decide with `{join(self._path, 'operations')}`"
            )
        self._problems.add(where, message)
        return False

    def _check(self, authorizer: str | None) -> ScopeCheck:
        return self._authorizers.get(authorizer or "", "gateway")

    def _scopes(self, alternatives: list[frozenset[str]], where: str) -> tuple[str, ...]:
        """The scopes of which a token must have any one."""
        if self._meaning == "aws":
            return tuple(sorted({scope for each in alternatives for scope in each}))
        # Whoever fulfils an alternative fulfils every larger one, so only the smallest count.
        least = {each for each in alternatives if not any(other < each for other in alternatives)}
        if any(len(each) > 1 for each in least):
            option = join(self._path, spell("security_meaning"))
            message = (
                "requires several scopes together, but API Gateway takes a token with any one of them: list them as "
                f"alternatives, each in an item of its own, or accept API Gateway's meaning with `{option}: 'aws'`"
            )
            self._problems.add(where, message)
        return tuple(sorted({scope for each in least for scope in each}))

    def _api_key(self, alternatives: list[_Alternative], where: str, overridden: Overridden) -> bool:
        return self._all_or_none([each.api_key for each in alternatives], where, overridden)

    def _all_or_none(self, keyed: list[bool], where: str, overridden: Overridden) -> bool:
        """Whether a key is required with every alternative; one that replaces a login cannot be expressed."""
        if any(keyed) and not all(keyed) and self._meaning == "openapi" and not overridden.api_key:
            option, operations = join(self._path, spell("security_meaning")), join(self._path, "operations")
            message = (
                "takes an API key as an alternative, but API Gateway can only require it as well: write both into one "
                f"item, accept API Gateway's meaning with `{option}: 'aws'`, or set `{spell('api_key')}` in "
                f"`{operations}`"
            )
            self._problems.add(where, message)
        return any(keyed)

    def _scheme(self, name: str) -> Node | None:
        entry = self._schemes.get(name)
        return self._objects.object(entry.value, entry.path, SECURITY_SCHEME) if entry else None

    def _is_key(self, name: str) -> bool:
        """Whether a scheme is API Gateway's own API key."""
        if name in self._mapped or name in self._authorizers:
            return False
        scheme = self._scheme(name)
        return scheme is not None and scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key"

    def _target(self, name: str) -> str:
        """The name of the authorizer that a scheme is mapped to, which need not exist."""
        return str(self._mapped.get(name, name))

    def _authorizer(self, name: str, path: str) -> str | None:
        """The authorizer of a scheme; an empty string for an API key."""
        scheme = self._scheme(name)
        if scheme is None:
            predicate = f"is not a security scheme of the document{suggest(name, self._schemes)}"
            self._problems.reject(path, name, predicate)
            return None
        if name in self._mapped or name in self._authorizers:
            return self._target(name)
        if str(scheme.get("x-amazon-apigateway-authtype")).lower() == "awssigv4":
            return IAM
        if self._is_key(name):
            return ""
        option = join(self._path, spell("security_schemes"))
        predicate = f"stands for no authorizer: map it in `{option}`{suggest(name, self._authorizers)}"
        self._problems.reject(path, name, predicate)
        return None


def _mapped(reader: Reader) -> Mapping[str, Any]:
    mapped = reader.get("security_schemes")
    if mapped is not None and not is_object(mapped):
        reader.mismatch("security_schemes", "a map from security schemes to authorizers")
    return {str(name): each for name, each in mapped.items()} if is_object(mapped) else {}
