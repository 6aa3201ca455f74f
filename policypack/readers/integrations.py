"""Reads an integration: where it sends requests, whether over TLS, and whether the backend's certificate is checked.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import UNKNOWN, is_object, read, text
from ..model.api import Integration
from ..model.fact import Fact, every
from ..model.verdict import Subject
from .targets import target_fixed

_HTTP_TYPES: Final = frozenset({"HTTP", "HTTP_PROXY"})
_WHOLE_SCHEME: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
"""A stage variable at the start of an address, which holds its scheme."""
_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}|\$stageVariables\.(\w+)")
_UNKNOWN_ADDRESS: Final = Fact.unknown("its address is known only after deployment")
_UNKNOWN_VARIABLES: Final = Fact.unknown("the stage variables of its address are known only after deployment")
_UNKNOWN_VERIFICATION: Final = Fact.unknown(
    "whether it checks its backend's certificate is known only after deployment"
)

StageVariables = Sequence[tuple[str, Any]]
"""The name of each stage, and its stage variables: an object, UNKNOWN, or None where it has none."""


def stage_variables(stages: Sequence[Resource], name: str, variables: str) -> StageVariables:
    """The variables of stages and of their canaries, by the inputs that hold the name of a stage and its variables."""
    found: list[tuple[str, Any]] = []
    for each in stages:
        label, given = text(each.inputs.get(name)) or each.name, each.inputs.get(variables)
        found.append((label, given))
        changed = read(each.inputs.get("canarySettings"), "stageVariableOverrides")
        if changed is UNKNOWN or (is_object(changed) and changed):
            both = given is None or is_object(given)
            canary = {**(given or {}), **changed} if changed is not UNKNOWN and both else UNKNOWN
            found.append((f"{label} (canary)", canary))
    return found


def certified(stages: Sequence[Resource]) -> Fact:
    """Whether every stage of an API shows backends a client certificate."""
    return Fact.of(bool(stages) and all(each.inputs.get("clientCertificateId") is not None for each in stages))


def integration(
    subject: Subject,
    given: Mapping[str, Any],
    stages: StageVariables,
    *,
    methods: Sequence[Subject],
    filled: Callable[[str], Any],
    evaluate_variables: bool,
) -> Integration:
    """What an integration says, in the spelling of a resource or of an OpenAPI body.

    `filled` says what fills a placeholder of its address: a mapping such as `'fixed'` or `method.request.header.x`, or
    UNKNOWN. `evaluate_variables` says whether every stage must set the stage variables of its address.
    """
    kind = given.get("type", given.get("integrationType"))
    private = text(given.get("connectionType")).upper() == "VPC_LINK"
    uri, tls = given.get("uri", given.get("integrationUri")), given.get("tlsConfig")
    variables = {first or second for first, second in _STAGE_VARIABLE.findall(text(uri)) if evaluate_variables}
    skipped = read(tls, "insecureSkipVerification")
    return Integration(
        urn=subject.urn,
        label=subject.label,
        subject=subject.subject,
        http=kind is UNKNOWN or text(kind).upper() in _HTTP_TYPES,
        private=private,
        encrypted=_encrypted(given, kind, uri, tls, stages, private=private),
        verified=_UNKNOWN_VERIFICATION
        if skipped is UNKNOWN
        else Fact.no("does not check its backend's certificate")
        if skipped in {True, "true"}
        else Fact.YES,
        methods=tuple(methods),
        target_fixed=target_fixed(given, filled),
        variables_set=_variables_set(variables, stages),
    )


def _encrypted(
    given: Mapping[str, Any], kind: Any, uri: Any, tls: Any, stages: StageVariables, *, private: bool
) -> Fact:
    found = _scheme_encrypted(uri, [each for _, each in stages])
    if private and found is None and (uri is not UNKNOWN or "integrationType" in given):
        # An HTTP API names a listener or service, and uses TLS if `tlsConfig` says which server name to expect.
        found = Fact.UNKNOWN if tls is UNKNOWN else Fact.of(tls is not None)
    if found is None:
        found = Fact.UNKNOWN if uri is UNKNOWN or kind is UNKNOWN else Fact.YES
    way = "calls its backend through a VPC link without TLS" if private else "calls its backend without TLS"
    return found.because(no=way, unknown=_UNKNOWN_ADDRESS.reason)


def _scheme_encrypted(uri: Any, stages: Sequence[Any]) -> Fact | None:
    """By the scheme of an address; None if it has none."""
    scheme, found, _ = text(uri).partition("://")
    variable = _WHOLE_SCHEME.match(text(uri))
    if variable is not None:
        values, rest = [read(each, variable[1]) for each in stages], text(uri)[variable.end() :]
        known = [
            _scheme_encrypted(f"{each}{rest}", []) if isinstance(each, str) else None for each in values or [UNKNOWN]
        ]
        return every(*(Fact.UNKNOWN if each is None else each for each in known))
    return Fact.of(scheme.lower() in {"https", "wss"}) if found else None


def _variables_set(variables: set[str], stages: StageVariables) -> Fact:
    """Whether every stage sets the stage variables of an address."""
    missing: list[str] = []
    unknown = False
    for stage, given in stages:
        if given is UNKNOWN:
            unknown |= bool(variables)
            continue
        unset = sorted(variables - set(given if is_object(given) else ()))
        if unset:
            missing.append(f"{', '.join(unset)} on stage {stage}")
    if missing:
        return Fact.no(f"takes its address from stage variables that are not set: {'; '.join(missing)}")
    return _UNKNOWN_VARIABLES if unknown else Fact.YES
