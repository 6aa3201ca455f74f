"""What the function decides on a request of which not everything is known: its decision in every possible case.

`gateway-policy ask` calls `asked`, and passes and receives plain values, since neither package depends on the other.
The function's own code decides. Nothing is fetched: documents of issuers and stores are given, or they are unknown.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from joserfc.jwk import OctKey
from joserfc.jws import JWSRegistry

from . import reasons, shipped
from .config import Config, Issuer, Jwt, SharedSecret, Signature, Validator, read
from .decide import Authorizer, Decision
from .identity import Identity
from .reasons import Denied
from .requests import Request
from .tokens import JwtValidator, Registry

CERTIFICATE: Final = "client certificate"
"""In `missing`, the certificate of a request that has one whose contents are not given."""
ADDRESS: Final = "address of the API"
"""In `missing`, what a signature covers and only deployment shows."""


class Question(NamedTuple):
    """A request, and what is known apart from it."""

    configuration: str
    runtime: str
    architecture: str
    bundled: bool
    """Whether the configuration is part of the archive."""
    digest: str
    """That of the archive which the stack deploys."""
    event: Mapping[str, Any]
    """As API Gateway sends it."""
    documents: Mapping[str, str]
    """JSON by issuer (its key set) or by the ARN of a store."""
    at: float
    """Unix seconds."""
    certificate_unknown: bool
    """Whether the request has a client certificate whose contents are unknown."""
    address_known: bool
    """Whether host and ARN of the event are those of the API."""


def asked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The possible decisions: `decisions`, each with `status`, `reason`, `meaning` and `detail`, and what is `missing`.

    `given` has the fields of `Question`. Instead, `other_code` is true if the stack deploys the code of another version
    than this one. Raises `ConfigError`.
    """
    question = Question(**given)
    bundled = question.configuration if question.bundled else ""
    if shipped.digest(question.runtime, question.architecture, bundled) != question.digest:
        return {"other_code": True}
    authorizer = _Cases(read(question.configuration), question)
    decisions = authorizer.all(_event(question, authorizer.missing))
    return {
        "decisions": [
            {
                "status": each.status,
                "reason": each.reason,
                "meaning": reasons.EXPLANATIONS[each.reason],
                "detail": each.detail,
            }
            for each in decisions
        ],
        "missing": list(dict.fromkeys(authorizer.missing)),
    }


def _event(question: Question, missing: list[str]) -> Mapping[str, Any]:
    if not question.certificate_unknown:
        return question.event
    context = question.event["requestContext"]
    certificate = _UnknownCertificate(missing)
    return {**question.event, "requestContext": {**context, "identity": {"clientCert": certificate}}}


class _UnknownCertificate(dict[str, Any]):
    """A client certificate with unknown contents, which records that they were needed."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__()
        self._missing = missing

    def get(self, key: str, default: Any = None, /) -> Any:
        self._missing.append(CERTIFICATE)
        return super().get(key, default)


Outcome = Identity | Denied


class _Cases(Authorizer):
    """Decides once for each possible combination of the outcomes of its validators."""

    def __init__(self, config: Config, question: Question) -> None:
        """Take the documents that are given in place of issuers and stores."""
        self.missing: list[str] = []
        """What a validator needed and was not given."""
        self._documents, self._address_known = question.documents, question.address_known
        self._clock = lambda: question.at
        validators = {name: _without_discovery(each) for name, each in config.validators.items()}
        super().__init__(config._replace(validators=validators), fetch=self._fetch, load=self._read, clock=self._clock)
        self._real = self._validators
        self._validators = {name: self._chosen(name) for name in self._real}
        self._outcomes: dict[str, Sequence[Outcome]] = {}
        self._choices: dict[str, int] = {}
        self._pending: list[dict[str, int]] = [{}]

    def all(self, event: Mapping[str, Any]) -> list[Decision]:
        """The decision in each possible case. Where something is missing, the first one takes it to be wrong."""
        found: list[Decision] = []
        while self._pending:
            self._choices = self._pending.pop(0)
            found.append(self.decide(event))
        return found

    def _chosen(self, name: str) -> Callable[[Request], Identity]:
        def check(request: Request) -> Identity:
            if name not in self._outcomes:
                self._outcomes[name] = self._possible(name, request)
            outcomes = self._outcomes[name]
            if name not in self._choices:
                self._pending += [{**self._choices, name: number} for number in range(1, len(outcomes))]
                self._choices[name] = 0
            outcome = outcomes[self._choices[name]]
            if isinstance(outcome, Denied):
                raise outcome
            return outcome

        return check

    def _possible(self, name: str, request: Request) -> Sequence[Outcome]:
        """How a validator may end: in one way if nothing is missing, else also as if what is missing were right."""
        validator, before = self.config.validators[name], len(self.missing)
        found = _outcome(self._real[name], request)
        if isinstance(validator, Signature) and not self._address_known and _is_about_the_signature(found):
            self.missing.append(ADDRESS)
        if len(self.missing) == before:
            return [found]
        denied = Denied(reasons.SIGNATURE if isinstance(validator, Jwt | Signature) else reasons.SECRET)
        if isinstance(validator, SharedSecret):
            return [denied, Identity()]
        if isinstance(validator, Jwt):
            before = len(self.missing)
            signed = _outcome(_AnySignature(validator, self._clock, cached=self.config.cached).check, request)
            if len(self.missing) == before:
                return [denied, signed]
        scopes = frozenset(scope for route in self.config.routes.values() for scope in route.scopes)
        return [denied, Identity(scopes=scopes), Identity()]

    def _fetch(self, url: str, _seconds: float) -> bytes:
        return self._read(url).encode()

    def _read(self, name: str) -> str:
        if name not in self._documents:
            self.missing.append(name)
            raise OSError
        return self._documents[name]


def _without_discovery(validator: Validator) -> Validator:
    """A validator that asks for the keys of an issuer by the issuer's own name."""
    if not isinstance(validator, Jwt):
        return validator
    issuers = {name: each._replace(jwks_url=each.issuer) for name, each in validator.issuers.items()}
    return validator._replace(issuers=issuers)


def _outcome(check: Callable[[Request], Identity], request: Request) -> Outcome:
    try:
        return check(request)
    except Denied as denied:
        return denied


def _is_about_the_signature(outcome: Outcome) -> bool:
    return isinstance(outcome, Identity) or (outcome.reason == reasons.SIGNATURE and not outcome.detail)


class _AnySignature(JwtValidator):
    """Checks everything but the signature of a token."""

    def __init__(self, config: Jwt, clock: Callable[[], float], *, cached: bool) -> None:
        super().__init__(config, _AnyKey, clock, cached=cached)  # pyright: ignore[reportArgumentType] - it only calls find
        self._registry = _Unverified(self._registry)


class _AnyKey:
    """The keys of an issuer, whatever their ids are."""

    def __init__(self, _issuer: Issuer) -> None:
        pass

    def find(self, *_: object) -> OctKey:
        return OctKey.import_key(b"\0" * 32)


class _Unverified(Registry):
    """The allowed algorithms, which accept every signature."""

    def __init__(self, registry: JWSRegistry) -> None:
        super().__init__(algorithms=registry.allowed, strict_check_header=registry.strict_check_header)

    def get_alg(self, name: str) -> Any:
        return _Accepting(super().get_alg(name))


class _Accepting:
    """An algorithm that accepts every key and every signature."""

    def __init__(self, algorithm: Any) -> None:
        self.name = algorithm.name

    def check_key(self, _key: object) -> None:
        pass

    def check_key_type(self, _key: object) -> None:
        pass

    def verify(self, *_: object) -> bool:
        return True
