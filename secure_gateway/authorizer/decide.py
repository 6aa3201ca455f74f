"""Decides on a request: who calls, whether they may, and the answer that API Gateway keeps or not."""

import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from .. import answers
from . import reasons, stores
from .config import ApiKey, ClientCertificate, Config, Issuer, Jwt, Require, SharedSecret, Validator
from .identity import Identity
from .reasons import Refused
from .requests import Request
from .shapes import is_object

LONGEST_SCOPES = 4_096
"""Characters of scopes that go to the integration; more are left out, whole scopes at a time."""

_NOBODY = "unknown"


Check = Callable[[Request], Identity]
"""A validator at work: who calls, or `Refused`."""


class Decision(NamedTuple):
    """What was decided, and why."""

    reason: str
    answer: Mapping[str, Any] | None
    """What API Gateway is answered; None: that the caller is unauthorized."""
    identity: Identity = Identity()
    route: str = ""
    request_id: str = ""
    tried: Mapping[str, str] = MappingProxyType({})
    """What each validator found, for explanations."""

    @property
    def allowed(self) -> bool:
        """Whether the call goes through."""
        return self.reason == reasons.ALLOWED

    @property
    def status(self) -> int:
        """The HTTP status that the caller meets: 200, 401 or 403."""
        if self.allowed:
            return 200
        return 401 if self.answer is None else 403


class Authorizer:
    """One configuration at work. Never raises on a request: what goes wrong is a refusal."""

    def __init__(
        self,
        config: Config,
        *,
        fetch: Callable[[str], bytes] | None = None,
        load: Callable[[str], str] = stores.load,
        clock: Callable[[], float] = time.time,
        loopback: bool = False,
    ) -> None:
        """Make the validators; nothing is fetched yet. `loopback` lets tests discover plain http on this machine."""
        self.config = config
        self._validators = {
            name: _validator(each, fetch or _fetch, load, clock, loopback=loopback)
            for name, each in config.validators.items()
        }
        self._routes = config.routes
        self._known = frozenset(config.routes)
        self._scopes = frozenset(scope for route in config.routes.values() for scope in route.scopes)
        self._may_call = lru_cache(maxsize=256)(self._find_routes)
        self._policy = lru_cache(maxsize=256)(answers.policy)

    def decide(self, event: object) -> Decision:
        """Decide on an event of API Gateway."""
        tried: dict[str, str] = {}
        request: Request | None = None
        try:
            if not is_object(event):
                raise Refused(reasons.EVENT)  # noqa: TRY301 - one place makes refusals
            request = Request(event)
            return self._decide(request, tried)
        except Refused as refused:
            return self._refuse(event, request, refused.reason, tried)
        except Exception:  # noqa: BLE001 - fail closed, whatever it was
            return self._refuse(event, request, reasons.INTERNAL, tried)

    def _decide(self, request: Request, tried: dict[str, str]) -> Decision:
        require, scopes = self._requirement(request)
        names, identity = self._authenticate(request, require, tried)
        if scopes and scopes.isdisjoint(identity.scopes):
            return self._forbid(request, require, names, identity, reasons.SCOPE, tried)
        answer = self._answer(request, require, names, identity)
        return Decision(reasons.ALLOWED, answer, identity, request.route, request.id, tried)

    def _requirement(self, request: Request) -> tuple[Require, frozenset[str]]:
        """What the called route requires; a TOKEN event does not name it, so there the answer tells routes apart."""
        if request.token:
            requirements = {route.require for route in self._routes.values()}
            if len(requirements) != 1:
                raise Refused(reasons.EVENT)
            return requirements.pop(), frozenset()
        route = self._routes.get(request.route)
        if route is None:
            # A route of any method is declared as ANY; a REST event names the method that was called.
            request.route = f"ANY {request.route.partition(' ')[2]}"
            route = self._routes.get(request.route)
        if route is None:
            raise Refused(reasons.ROUTE)
        return route.require, route.scopes

    def _authenticate(
        self, request: Request, require: Require, tried: dict[str, str]
    ) -> tuple[tuple[str, ...], Identity]:
        """The first set of validators that all pass, and who they say is calling."""
        found: dict[str, Identity] = {}
        for names in require:
            for name in names:
                if name not in tried:
                    try:
                        found[name] = self._validators[name](request)
                        tried[name] = reasons.ALLOWED
                    except Refused as refused:
                        tried[name] = refused.reason
                if name not in found:
                    break
            else:
                return names, found[names[0]] if len(names) == 1 else _together([found[name] for name in names])
        # Of several refusals, one of a credential that was sent says more than that another was not.
        refusals = [reason for reason in tried.values() if reason != reasons.ALLOWED]
        raise Refused(next((each for each in refusals if each != reasons.MISSING), reasons.MISSING))

    def _find_routes(self, require: Require, scopes: frozenset[str]) -> frozenset[str]:
        return frozenset(
            key
            for key, route in self._routes.items()
            if route.require == require and (not route.scopes or not route.scopes.isdisjoint(scopes))
        )

    def _answer(
        self, request: Request, require: Require, names: tuple[str, ...], identity: Identity
    ) -> Mapping[str, Any]:
        context = _context(names, identity)
        if request.simple_format and self.config.simple:
            return {"isAuthorized": True, "context": context}
        answer = {
            "principalId": identity.principal or names[0],
            "policyDocument": self._document(request, require, identity),
            "context": context,
        }
        return {**answer, "usageIdentifierKey": identity.usage_key} if identity.usage_key else answer

    def _document(self, request: Request, require: Require, identity: Identity) -> Mapping[str, Any]:
        """Everything that the caller may call where answers are kept, else the called route alone."""
        try:
            if self.config.cached or request.token:
                stage = "/".join(request.arn.split("/", 2)[:2])
                return self._policy(f"{stage}/", self._may_call(require, identity.scopes & self._scopes), self._known)
            document = answers.policy(request.arn, None)
        except ValueError:
            raise Refused(reasons.PATH) from None
        if document["Statement"][0]["Effect"] != "Allow":
            raise Refused(reasons.PATH)
        return document

    def _forbid(
        self,
        request: Request,
        require: Require,
        names: tuple[str, ...],
        identity: Identity,
        reason: str,
        tried: Mapping[str, str],
    ) -> Decision:
        """403: a kept answer still names what else the caller may call."""
        answer: Mapping[str, Any]
        if request.simple_format and self.config.simple:
            answer = {"isAuthorized": False}
        elif self.config.cached:
            answer = self._answer(request, require, names, identity)
        else:
            answer = _deny(request.arn)
        return Decision(reason, answer, identity, request.route, request.id, tried)

    def _refuse(self, event: object, request: Request | None, reason: str, tried: Mapping[str, str]) -> Decision:
        answer = self._refusal(event, request, reason)
        route, request_id = (request.route, request.id) if request else ("", "")
        return Decision(reason, answer, Identity(), route, request_id, tried)

    def _refusal(self, event: object, request: Request | None, reason: str) -> Mapping[str, Any] | None:
        """REST knows 401; to an HTTP API an exception is a fault of the server, so there each refusal is a 403."""
        http = request.http if request else is_object(event) and event.get("version") is not None
        if not http and reason not in reasons.FORBIDDEN:
            return None
        simple = request.simple_format if request else is_object(event) and event.get("version") == "2.0"
        if request is None or (simple and self.config.simple):
            return {"isAuthorized": False}
        return _deny(request.arn)


def _fetch(url: str) -> bytes:
    # Network and TLS are slow to import, and a function that needs no issuer needs neither.
    from .fetch import fetch

    return fetch(url)


def _validator(
    config: Validator,
    fetch: Callable[[str], bytes],
    load: Callable[[str], str],
    clock: Callable[[], float],
    *,
    loopback: bool,
) -> Check:
    # What a configuration does not name is not imported: a cold start waits for it.
    if isinstance(config, Jwt):
        from .jwks import Keys
        from .tokens import JwtValidator

        def keys(issuer: Issuer) -> Keys:
            return Keys(issuer, fetch, clock, loopback=loopback)

        return JwtValidator(config, keys, clock).check
    if isinstance(config, ApiKey):
        from .api_keys import ApiKeyValidator

        return ApiKeyValidator(config, load, clock).check
    from . import headers

    if isinstance(config, ClientCertificate):
        return headers.ClientCertificateValidator(config).check
    if isinstance(config, SharedSecret):
        return headers.SharedSecretValidator(config, load, clock).check
    return headers.SignatureValidator(config, load, clock).check


def _deny(arn: str) -> Mapping[str, Any]:
    return {"principalId": _NOBODY, "policyDocument": answers.policy(arn, ()), "context": {}}


def _together(identities: list[Identity]) -> Identity:
    """The first that names somebody, with the scopes of all."""
    first = next((each for each in identities if each.principal), identities[0])
    return Identity(
        first.principal,
        first.issuer,
        frozenset(scope for each in identities for scope in each.scopes),
        next((each.tenant for each in identities if each.tenant), ""),
        next((each.usage_key for each in identities if each.usage_key), ""),
    )


def _context(names: tuple[str, ...], identity: Identity) -> dict[str, str]:
    """What the integration and the access log may read: texts only."""
    return {
        "principal": identity.principal,
        "authenticator": "+".join(names),
        "issuer": identity.issuer,
        "scopes": _joined(identity.scopes),
        "tenant": identity.tenant,
    }


@lru_cache(maxsize=1_024)
def _joined(scopes: frozenset[str]) -> str:
    text = " ".join(sorted(scopes))
    return text if len(text) <= LONGEST_SCOPES else text[: LONGEST_SCOPES + 1].rpartition(" ")[0]
