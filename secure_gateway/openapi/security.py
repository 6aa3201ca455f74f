"""What a document's operations require, as authorizers of the gateway.

REST import ignores `security` at the document's root and asks for every item of a list together, where OpenAPI means
alternatives. So requirements are resolved here, operation by operation, and alternatives are refused.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final

from ..validation.problems import Problems, join, listing, spell, suggest
from ..validation.reader import is_list, is_object

IAM: Final = "iam"
_OWN_AUTH: Final = "x-amazon-apigateway-auth"
Requirement = tuple[str | None, tuple[str, ...], bool]
"""Authorizer (None: the default one), scopes, and whether an API key is needed too."""


class Securities:
    """The security schemes of a document, mapped to authorizers by name."""

    def __init__(
        self,
        document: Mapping[str, Any],
        mapped: Mapping[str, Any],
        authorizers: Collection[str],
        place: str,
        problems: Problems,
    ) -> None:
        """Check the mapping itself."""
        self._root = document.get("security")
        self._authorizers = authorizers
        self._place = place
        self._problems = problems
        components = document.get("components")
        schemes = components.get("securitySchemes") if is_object(components) else None
        self._schemes: Mapping[str, Any] = schemes if is_object(schemes) else {}
        self._mapped = mapped
        where = join(place, spell("security_schemes"))
        for scheme, authorizer in mapped.items():
            if scheme not in self._schemes:
                predicate = f"is not a security scheme of the document{suggest(scheme, self._schemes)}"
                problems.reject(join(where, scheme), scheme, predicate)
            elif not isinstance(authorizer, str) or authorizer not in authorizers:
                predicate = f"is not an authorizer{suggest(str(authorizer), authorizers)}"
                problems.reject(join(where, scheme), authorizer, predicate)

    def of(self, operation: Mapping[str, Any], place: str) -> Requirement:
        """What an operation requires."""
        own = operation.get(_OWN_AUTH)
        if is_object(own):
            if str(own.get("type")).upper() == "AWS_IAM":
                return IAM, (), self._beside_iam(operation, place)
            self._problems.mismatch(join(place, _OWN_AUTH), "the type AWS_IAM", own.get("type"))
        own_list = "security" in operation
        security = operation["security"] if own_list else self._root
        where = join(place, "security") if own_list else join(self._place, "security")
        if security is None:
            return None, (), False
        if not is_list(security) or not security or any(not each for each in security):
            message = (
                "requires no authorization: declare an operation that anybody may call in `operations`, with the "
                "reason in `public`"
            )
            self._problems.add(where, message)
            return None, (), False
        return self._one([self._requirement(each, where) for each in security], where)

    def keyed(self, operation: Mapping[str, Any]) -> bool:
        """Whether an operation requires an API key, whoever may call it."""
        security = operation.get("security", self._root)
        names = (
            {str(name) for each in security if is_object(each) for name in each} if is_list(security) else set[str]()
        )
        return any(self._is_key(name) for name in names)

    def _beside_iam(self, operation: Mapping[str, Any], place: str) -> bool:
        """Whether a signed call needs an API key too; another authorizer beside the signature is refused."""
        security = operation.get("security")
        named = (
            {str(name) for each in security if is_object(each) for name in each} if is_list(security) else set[str]()
        )
        others = {name for name in named if not self._is_key(name) and self._mapped.get(name, name) != IAM}
        others = {name for name in others if self._mapped.get(name, name) in self._authorizers}
        if others:
            message = f"{_OWN_AUTH} cannot be combined with another authorizer: {listing(others)}"
            self._problems.add(join(place, "security"), message)
        return self.keyed(operation)

    def _is_key(self, name: str) -> bool:
        """Whether a scheme is API Gateway's own API key."""
        scheme = self._schemes.get(name)
        if not is_object(scheme) or name in self._mapped or name in self._authorizers:
            return False
        return scheme.get("type") == "apiKey" and str(scheme.get("name")).lower() == "x-api-key"

    def _one(self, requirements: list[Requirement], where: str) -> Requirement:
        """AWS asks for all items together; so they must come to one authorizer, perhaps with a key."""
        authorizers = {authorizer for authorizer, _, _ in requirements if authorizer}
        keyed = any(api_key for _, _, api_key in requirements)
        if len(authorizers) > 1 or (len(requirements) > 1 and len({r[:2] for r in requirements if r[0]}) > 1):
            message = (
                f"must require a single authorizer, since API Gateway knows no alternatives: {listing(authorizers)}"
            )
            self._problems.add(where, message)
        if not authorizers and keyed:
            message = (
                "requires an authorizer besides the API key: a key identifies a client but does not authenticate one"
            )
            self._problems.add(where, message)
        scopes = {scope for _, each, _ in requirements for scope in each}
        return min(authorizers, default=None), tuple(sorted(scopes)), keyed

    def _requirement(self, requirement: Any, where: str) -> Requirement:
        authorizer: str | None = None
        scopes: list[str] = []
        api_key = False
        if not is_object(requirement):
            self._problems.mismatch(where, "a map from security schemes to scopes", requirement)
            return None, (), False
        for name, wanted in requirement.items():
            found = self._authorizer(str(name), join(where, str(name)))
            if found == "":
                api_key = True
            elif authorizer not in (None, found):
                self._problems.add(where, "requires two authorizers, but API Gateway asks only one for each request")
            else:
                authorizer = found
                scopes += [str(each) for each in wanted] if is_list(wanted) else []
        return authorizer, tuple(scopes), api_key

    def _authorizer(self, name: str, place: str) -> str | None:
        """The authorizer of a scheme; an empty text for an API key."""
        scheme = self._schemes.get(name)
        if not is_object(scheme):
            predicate = f"is not a security scheme of the document{suggest(name, self._schemes)}"
            self._problems.reject(place, name, predicate)
            return None
        if name in self._mapped:
            return str(self._mapped[name])
        if name in self._authorizers:
            return name
        if str(scheme.get("x-amazon-apigateway-authtype")).lower() == "awssigv4":
            return IAM
        if self._is_key(name):
            return ""
        where = join(self._place, spell("security_schemes"))
        predicate = f"stands for no authorizer: map it in `{where}`{suggest(name, self._authorizers)}"
        self._problems.reject(place, name, predicate)
        return None
