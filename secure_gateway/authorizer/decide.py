"""Decides on a request: who the caller is, whether the route is allowed, and the response for API Gateway."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import authorizer_responses
from . import reasons
from .cached import Notice
from .config import ApiKey, ClientCertificate, Config, Issuer, Jwt, Require, SharedSecret, Validator
from .identity import Identity, caller
from .reasons import Denied
from .requests import Request
from .shapes import is_object

LONGEST_SCOPES = 4_096
"""The most characters of scopes that the integration receives; scopes beyond the limit are left out whole."""

_NOBODY = "unknown"
_PASSED = (reasons.ALLOWED, "")


Check = Callable[[Request], Identity]
"""A validator: returns the caller's identity or raises `Denied`."""


class Decision(NamedTuple):
    """A decision and its reason."""

    reason: str
    response: Mapping[str, Any] | None
    """What the function returns to API Gateway; None: it raises `Unauthorized`."""
    identity: Identity = Identity()
    route: str = ""
    request_id: str = ""
    tried: Mapping[str, tuple[str, str]] = MappingProxyType({})
    """Reason and detail of each validator that ran, for explanations."""
    detail: str = ""
    """What the reason is about, such as the name of a claim; never anything the caller sent."""
    notices: Sequence[Notice] = ()
    """What happened to issuers and stores during the decision."""

    @property
    def allowed(self) -> bool:
        """Whether the request is allowed."""
        return self.reason == reasons.ALLOWED

    @property
    def status(self) -> int:
        """The HTTP status that the caller receives: 401 or 403 if denied, else 200."""
        if self.allowed:
            return 200
        return 401 if self.response is None else 403


class Authorizer:
    """Decides by one configuration. Never raises on a request: whatever goes wrong, the request is denied."""

    def __init__(
        self,
        config: Config,
        *,
        fetch: Callable[[str, float], bytes] | None = None,
        load: Callable[[str], str] | None = None,
        clock: Callable[[], float] = time.time,
        loopback: bool = False,
    ) -> None:
        """Make the validators, and fetch nothing yet. `loopback` allows issuers over plain http on this machine."""
        self.config = config
        self._validators = {
            name: _validator(each, fetch or _fetch, load or _load, clock, cached=config.cached, loopback=loopback)
            for name, each in config.validators.items()
        }
        self._routes = config.routes
        self._known = frozenset(config.routes)
        self._scopes = frozenset(scope for route in config.routes.values() for scope in route.scopes)
        self._may_call = lru_cache(maxsize=256)(self._find_routes)
        self._policy = lru_cache(maxsize=256)(authorizer_responses.policy)

    def decide(self, event: object) -> Decision:
        """Decide on an event from API Gateway."""
        tried: dict[str, tuple[str, str]] = {}
        request: Request | None = None
        try:
            if not is_object(event):
                raise Denied(reasons.EVENT)  # noqa: TRY301 - all denials are made below
            request = Request(event)
            return self._decide(request, tried)
        except Denied as denied:
            return self._denied(event, request, denied, tried)
        except Exception as error:  # noqa: BLE001 - fail closed, whatever the failure
            return self._denied(event, request, Denied(reasons.INTERNAL, where(error)), tried)

    def _decide(self, request: Request, tried: dict[str, tuple[str, str]]) -> Decision:
        require, scopes = self._requirement(request)
        names, who, identity = self._authenticate(request, require, tried)
        if scopes and scopes.isdisjoint(identity.scopes):
            return self._forbid(request, require, (names, who, identity), reasons.SCOPE, tried)
        response = self._response(request, require, names, who, identity)
        if request.token and not _allows(response["policyDocument"], request.arn):
            # The policy decides, so it also says what is logged.
            known = authorizer_responses.policy(request.arn, self._known, self._known)
            reason = reasons.SCOPE if _allows(known, request.arn) else reasons.ROUTE
            return Decision(reason, response, identity, request.route, request.id, tried, "", request.notices)
        return Decision(reasons.ALLOWED, response, identity, request.route, request.id, tried, "", request.notices)

    def _requirement(self, request: Request) -> tuple[Require, frozenset[str]]:
        """What the called route requires. A TOKEN event names no route, so its response is a policy for all routes."""
        if request.token:
            requirements = {route.require for route in self._routes.values()}
            if len(requirements) != 1:
                raise Denied(reasons.EVENT)
            return requirements.pop(), frozenset()
        route = self._routes.get(request.route)
        if route is None:
            # A route for any method is declared as ANY; a REST event names the method that was called.
            any_method = f"ANY {request.route.partition(' ')[2]}"
            route = self._routes.get(any_method)
            if route is None:
                raise Denied(reasons.ROUTE)
            request.route = any_method
        return route.require, route.scopes

    def _authenticate(
        self, request: Request, require: Require, tried: dict[str, tuple[str, str]]
    ) -> tuple[tuple[str, ...], str, Identity]:
        """The first set of validators that all pass, the caller's unique name, and the caller's identity."""
        found: dict[str, Identity] = {}
        denials: dict[str, Denied] = {}
        for names in require:
            for name in names:
                if name not in tried:
                    try:
                        found[name] = self._validators[name](request)
                        tried[name] = _PASSED
                    except Denied as denied:
                        tried[name], denials[name] = (denied.reason, denied.detail), denied
                if name not in found:
                    break
            else:
                if len(names) == 1:
                    return names, caller(names[0], found[names[0]]), found[names[0]]
                return _together(names, found)
        # A wrong credential is a more useful reason than a missing one.
        raise next((each for each in denials.values() if each.reason != reasons.MISSING), Denied(reasons.MISSING))

    def _find_routes(self, require: Require, scopes: frozenset[str]) -> frozenset[str]:
        return frozenset(
            key
            for key, route in self._routes.items()
            if route.require == require and (not route.scopes or not route.scopes.isdisjoint(scopes))
        )

    def _response(
        self, request: Request, require: Require, names: tuple[str, ...], who: str, identity: Identity
    ) -> Mapping[str, Any]:
        context = _context(names, who, identity)
        if request.simple_format and self.config.simple:
            return {"isAuthorized": True, "context": context}
        response = {
            "principalId": who,
            "policyDocument": self._document(request, require, identity),
            "context": context,
        }
        return {**response, "usageIdentifierKey": identity.usage_key} if identity.usage_key else response

    def _document(self, request: Request, require: Require, identity: Identity) -> Mapping[str, Any]:
        """A policy for every route that the caller may use if decisions are cached, else for the called path alone."""
        try:
            if self.config.cached or request.token:
                stage = "/".join(request.arn.split("/", 2)[:2])
                return self._policy(f"{stage}/", self._may_call(require, identity.scopes & self._scopes), self._known)
            document = authorizer_responses.policy(request.arn, None)
        except ValueError:
            raise Denied(reasons.PATH) from None
        if document["Statement"][0]["Effect"] != "Allow":
            raise Denied(reasons.PATH)
        return document

    def _forbid(
        self,
        request: Request,
        require: Require,
        found: tuple[tuple[str, ...], str, Identity],
        reason: str,
        tried: Mapping[str, tuple[str, str]],
    ) -> Decision:
        """403. A cached decision still covers the routes that the caller may use."""
        response: Mapping[str, Any]
        if request.simple_format and self.config.simple:
            response = {"isAuthorized": False}
        elif self.config.cached:
            response = self._response(request, require, *found)
        else:
            response = _deny(request.arn)
        return Decision(reason, response, found[2], request.route, request.id, tried, "", request.notices)

    def _denied(
        self, event: object, request: Request | None, denied: Denied, tried: Mapping[str, tuple[str, str]]
    ) -> Decision:
        response = self._denial(event, request, denied.reason)
        route, request_id, notices = (request.route, request.id, request.notices) if request else ("", "", ())
        return Decision(denied.reason, response, Identity(), route, request_id, tried, denied.detail, notices)

    def _denial(self, event: object, request: Request | None, reason: str) -> Mapping[str, Any] | None:
        """A REST API turns `Unauthorized` into a 401, an HTTP API into a 500; so there every denial is a 403."""
        http = request.http if request else is_object(event) and event.get("version") is not None
        if not http and reason not in reasons.FORBIDDEN:
            return None
        simple = request.simple_format if request else is_object(event) and event.get("version") == "2.0"
        if request is None or (simple and self.config.simple):
            return {"isAuthorized": False}
        return _deny(request.arn)


def _fetch(url: str, seconds: float) -> bytes:
    # The network modules are slow to import, and only issuers need them.
    from .fetch import fetch

    return fetch(url, seconds)


def _load(arn: str) -> str:
    from .stores import load

    return load(arn)


def _validator(
    config: Validator,
    fetch: Callable[[str, float], bytes],
    load: Callable[[str], str],
    clock: Callable[[], float],
    *,
    cached: bool,
    loopback: bool,
) -> Check:
    # Only the validators that the configuration names are imported, since a cold start waits for every import.
    if isinstance(config, Jwt):
        from .jwks import Keys
        from .tokens import JwtValidator

        def keys(issuer: Issuer) -> Keys:
            return Keys(issuer, fetch, clock, loopback=loopback)

        return JwtValidator(config, keys, clock, cached=cached).check
    if isinstance(config, ApiKey):
        from .api_keys import ApiKeyValidator

        return ApiKeyValidator(config, load, clock).check
    if isinstance(config, ClientCertificate):
        from .client_certificates import ClientCertificateValidator

        return ClientCertificateValidator(config).check
    if isinstance(config, SharedSecret):
        from .shared_secrets import SharedSecretValidator

        return SharedSecretValidator(config, load, clock).check
    from .signatures import SignatureValidator

    return SignatureValidator(config, load, clock).check


def _deny(arn: str) -> Mapping[str, Any]:
    return {"principalId": _NOBODY, "policyDocument": authorizer_responses.policy(arn, ()), "context": {}}


def _together(names: tuple[str, ...], found: Mapping[str, Identity]) -> tuple[tuple[str, ...], str, Identity]:
    """What `_authenticate` returns for several validators.

    The first with a principal names the caller: principal, issuer and tenant are its own, since a tenant of another
    validator would make one caller look like another. So is the usage key, if its kind of credential can have one.
    """
    first = next((name for name in names if found[name].principal), names[0])
    principal, issuer, _, tenant, usage_key = found[first]
    others = [found[name] for name in names if name != first]
    if usage_key is None:
        usage_key = next((each.usage_key for each in others if each.usage_key is not None), None)
    scopes = found[first].scopes.union(*(each.scopes for each in others))
    identity = Identity(principal, issuer, scopes, tenant, usage_key)
    return names, caller(first, identity), identity


def _allows(document: Mapping[str, Any], arn: str) -> bool:
    """Whether a policy of ours, in which `*` is the only wildcard, allows a request."""
    import re  # imported here because only TOKEN events need it

    def names(statement: Mapping[str, Any]) -> bool:
        return any(re.fullmatch(".*".join(map(re.escape, each.split("*"))), arn) for each in statement["Resource"])

    effects = {each["Effect"] for each in document["Statement"] if names(each)}
    return effects == {"Allow"}


def where(error: BaseException) -> str:
    """The type of an exception and the line that raised it; its message may hold what a caller sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = trace.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"{type(error).__name__} in {file}:{trace.tb_lineno}"


def _context(names: tuple[str, ...], who: str, identity: Identity) -> dict[str, str]:
    """Values for the integration and the access log; all are strings."""
    return {
        "caller": who,
        "principal": identity.principal,
        "authenticator": "+".join(names),
        "issuer": identity.issuer,
        "scopes": _joined(identity.scopes),
        "tenant": identity.tenant,
    }


@lru_cache(maxsize=1_024)
def _joined(scopes: frozenset[str]) -> str:
    joined = " ".join(sorted(scopes))
    return joined if len(joined) <= LONGEST_SCOPES else joined[: LONGEST_SCOPES + 1].rpartition(" ")[0]
