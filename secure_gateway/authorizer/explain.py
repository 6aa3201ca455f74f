"""Explains a decision step by step, and what to do about each reason. Not part of the function's archive."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from . import reasons
from .config import ApiKey, ClientCertificate, Config, Jwt, SharedSecret, Signature, Validator
from .decide import Decision

ACTIONS: Mapping[str, str] = {
    reasons.ALLOWED: "Nothing.",
    reasons.MISSING: (
        "Ask the caller to send the credential. If many callers are affected, look for a proxy that removes "
        "the header, or for an API without mutual TLS."
    ),
    reasons.MALFORMED: (
        "Ask the caller to send the credential in its documented form. A sudden rise may be an attack or a "
        "broken client release."
    ),
    reasons.OVERSIZE: ("Ask the issuer for smaller tokens: fewer groups, or references in place of claims."),
    reasons.DUPLICATE: ("Find the client or proxy that adds the header a second time. It may be an attack."),
    reasons.ALGORITHM: (
        "If the issuer has changed its algorithm, add it to `algorithms`. Otherwise suspect a forged token."
    ),
    reasons.HEADER: ("Suspect a forged token. If the issuer really writes such headers, its tokens cannot be used."),
    reasons.TYPE: (
        "Ask the caller for an access token. If the issuer does not write `at+jwt`, set `require_at_jwt` to false."
    ),
    reasons.KEY_ID: "Ask the issuer to write a `kid` in its tokens.",
    reasons.KEY: (
        "If the issuer has just rotated its keys, wait 30 seconds. If it lasts, compare the token's `kid` "
        "with the issuer's key set. A token of another environment has such a `kid` too. A withdrawn key is "
        "meant to be denied."
    ),
    reasons.SIGNATURE: (
        "Ask a signing client to compare its canonical string with the documented one: host, API, stage, path "
        "and query first. For tokens, suspect a forgery."
    ),
    reasons.ISSUER: (
        "Compare the token's `iss` with `issuers`, including the slash at the end. The caller may use another "
        "environment."
    ),
    reasons.AUDIENCE: (
        "The token is for another application. Ask the caller to request a token for this API, or add the audience."
    ),
    reasons.CLIENT: (
        "The token belongs to another application. Add its client id to `client_ids` if it may call this API."
    ),
    reasons.USE: "Ask the caller to send the access token, not the ID token.",
    reasons.EXPIRED: ("Ask the caller to renew the credential. If all callers are affected, check the issuer's clock."),
    reasons.EARLY: "Check the issuer's clock; `leeway_seconds` allows up to 60 seconds.",
    reasons.CLAIM: (
        "The log's `detail` names the claim. Ask the issuer to add or correct it, or correct "
        "`required_claims`, `principal_claim`, `scope_claim` or `tenant_claim`."
    ),
    reasons.BINDING: (
        "Ask the caller to connect with the client certificate with which it obtained the token. A token that "
        "was stolen shows this reason as well."
    ),
    reasons.PROOF: (
        "Ask the issuer for tokens without DPoP, or bound to a client certificate. Bound tokens need "
        "`ttl_seconds` 0 and type `REQUEST`."
    ),
    reasons.SECRET: (
        "If a key was withdrawn or rotated, this is intended. If it was added recently, wait "
        "`refresh_seconds`. A rise without a change may be someone who tries keys."
    ),
    reasons.TIMESTAMP: ("Check the client's clock. A request that someone repeats later shows this reason as well."),
    reasons.VERSION: ("Ask the client to sign version 2, or extend `accept_v1_until` for as long as it needs."),
    reasons.UNSIGNED: (
        "Ask the client to add the header that `detail` names to `headers=` of its signature. Something on "
        "the way may also have added the header."
    ),
    reasons.CERTIFICATE: ("Add the subject or fingerprint to the list if the certificate may be used."),
    reasons.UNAVAILABLE: (
        "Check the issuer or store that `notices` names: its status page, DNS, the function's route out of "
        "its VPC. Access returns within 5 seconds of its return. For longer outages raise "
        "`keys_stale_seconds` or `stale_seconds`."
    ),
    reasons.WITHDRAWN: (
        "If it was intended, nothing. Otherwise restore the secret or parameter, the permission of the "
        "function's role and of the KMS key, or the issuer's key set. Access returns within 5 seconds."
    ),
    reasons.INVALID: (
        "Correct the document; `notices` says what is wrong with it. If a private key was published, the "
        "issuer must withdraw that key."
    ),
    reasons.EVENT: (
        "Someone invokes the function in another way than through the API, or the API sends another type of "
        "event. Check the function's permissions."
    ),
    reasons.INTERNAL: (
        "The log's `detail` names the error and the line of code. Without it, the configuration is invalid, and the "
        "first line of the function's log says why."
    ),
    reasons.ROUTE: (
        "Deploy API and authorizer together: the API has a route that the authorizer's configuration lacks."
    ),
    reasons.SCOPE: ("Ask the issuer, or the owner of the store, to give the caller one of the route's scopes."),
    reasons.PATH: (
        "The caller's path contains `*`, `?` or `$`, or is longer than 512 characters with the ARN. Correct "
        "the client; a wildcard may be an attack."
    ),
}
"""What the person on call should do about each reason."""


class Step(NamedTuple):
    """One step of a validator, in the order of the code."""

    name: str
    question: str
    endings: frozenset[str]
    """Reasons with which it can end, some of them with a detail: `claim_wrong:exp`."""


def _step(name: str, question: str, *endings: str) -> Step:
    return Step(name, question, frozenset(endings))


_HEADER = (reasons.MISSING, reasons.DUPLICATE, reasons.OVERSIZE, reasons.EVENT)
_SOURCE = (reasons.UNAVAILABLE, reasons.WITHDRAWN, reasons.INVALID)
_TIMES = tuple(f"{reasons.CLAIM}:{name}" for name in ("exp", "nbf", "iat"))
_BODY_HASH = f"{reasons.MALFORMED}:x-content-sha256"

STEPS: Mapping[type[Validator], Sequence[Step]] = {
    Jwt: (
        _step("header", "is the header there, once and not too long?", *_HEADER),
        _step("format", "does it contain a bearer token of three parts?", reasons.MALFORMED, f"{reasons.PROOF}:DPoP"),
        _step("algorithm", "is `alg` allowed?", reasons.ALGORITHM),
        _step("issuer", "is `iss` exactly one of the issuers?", reasons.ISSUER),
        _step("token header", "is it free of keys and critical parameters?", reasons.HEADER),
        _step("type", "is `typ` that of an access token?", reasons.TYPE),
        _step("key id", "is there a `kid`?", reasons.KEY_ID),
        _step("issuer's keys", "are the issuer's keys known, and not too old?", *_SOURCE),
        _step("key", "is there a key with this `kid`?", reasons.KEY),
        _step("signature", "is the signature valid?", reasons.SIGNATURE),
        _step("time", "is the token valid now?", reasons.EXPIRED, reasons.EARLY, *_TIMES),
        _step("audience", "does `aud` contain one of the audiences?", reasons.AUDIENCE),
        _step("client", "is `client_id` or `azp` one of the client ids?", reasons.CLIENT),
        _step("use", "is it a token for this use?", reasons.USE),
        _step("claims", "are required claims, principal, tenant and scopes right?", reasons.CLAIM),
        _step("binding", "does the caller prove what `cnf` asks for?", reasons.BINDING, reasons.PROOF),
    ),
    ApiKey: (
        _step("header", "is the header there, once and not too long?", *_HEADER),
        _step("format", "does it have the form sgk_<id>_<secret>?", reasons.MALFORMED),
        _step("store", "can the store and the key's record be read?", *_SOURCE),
        _step("secret", "is there such a key?", reasons.SECRET),
        _step("expiry", "is the key valid now?", reasons.EXPIRED),
    ),
    SharedSecret: (
        _step("header", "is the header there, once and not too long?", *_HEADER),
        _step("store", "can the store be read?", *_SOURCE),
        _step("secret", "is it one of the secrets?", reasons.SECRET),
    ),
    Signature: (
        _step("header", "is the header there, once and not too long?", *_HEADER),
        _step("format", "does it have the form of version 2 or 1?", reasons.MALFORMED),
        _step("version", "is the version still accepted?", reasons.VERSION),
        _step("time", "is the signed time inside the window?", reasons.TIMESTAMP),
        _step(
            "covered parts",
            "are all headers covered that must be, and are the signed parts well-formed?",
            reasons.UNSIGNED,
            f"{reasons.SIGNATURE}:headers",
            f"{reasons.MALFORMED}:line feed",
            f"{reasons.MALFORMED}:query",
            _BODY_HASH,
        ),
        _step("store", "can the store and the client's record be read?", *_SOURCE),
        _step("signature", "is the signature valid?", reasons.SIGNATURE),
    ),
    ClientCertificate: (
        _step("certificate", "did the caller connect with a client certificate?", reasons.MISSING),
        _step("format", "can the certificate be read?", reasons.EVENT),
        _step("lists", "are subject, issuer and fingerprint on the lists?", reasons.CERTIFICATE),
    ),
}
_NAMES: Mapping[type[Validator], str] = {
    Jwt: "jwt",
    ApiKey: "api_key",
    SharedSecret: "shared_secret",
    Signature: "signature",
    ClientCertificate: "client_certificate",
}


def failed_step(validator: Validator, reason: str, detail: str) -> int:
    """The number of the step at which a validator ended, from 0; the number of all steps if none failed."""
    steps = STEPS[type(validator)]
    for ending in (f"{reason}:{detail}", reason):
        for number, step in enumerate(steps):
            if ending in step.endings:
                return number
    return len(steps)


def explain(config: Config, decision: Decision) -> list[str]:
    """The lines of an explanation. They show what a valid credential says about the caller, never the credential."""
    outcome = "allowed" if decision.allowed else "denied"
    lines = [f"{outcome}: {decision.status} {decision.reason}", f"  {reasons.EXPLANATIONS[decision.reason]}"]
    if decision.detail:
        lines.append(f"  detail: {decision.detail}")
    if not decision.allowed:
        lines.append(f"  what to do: {ACTIONS[decision.reason]}")
    return [
        *lines,
        *_route(config, decision),
        *(
            line
            for name, result in decision.tried.items()
            for line in _validator(name, config.validators[name], *result)
        ),
        *_skipped(config, decision),
        *_notices(decision),
        *_caller(decision),
        *_policy(decision.response),
    ]


def _route(config: Config, decision: Decision) -> Iterator[str]:
    if not decision.route:
        yield "route: not named by the event, so the policy decides about the path"
        return
    yield f"route: {decision.route}"
    known = config.routes.get(decision.route)
    if known is None:
        yield f"  not in the configuration, which has: {', '.join(sorted(config.routes))}"
        return
    yield f"  requires {' or '.join(' and '.join(each) for each in known.require)}"
    if known.scopes:
        verdict = "failed" if decision.reason == reasons.SCOPE else "passed" if decision.allowed else "not reached"
        yield f"  requires one of the scopes {', '.join(sorted(known.scopes))}: {verdict}"


def _validator(name: str, validator: Validator, reason: str, detail: str) -> Iterator[str]:
    steps = STEPS[type(validator)]
    failed = failed_step(validator, reason, detail)
    yield f"{name} ({_NAMES[type(validator)]}): {'passed' if reason == reasons.ALLOWED else reason}"
    for number, step in enumerate(steps):
        state = "passed" if number < failed else "FAILED" if number == failed else "not reached"
        yield f"  {number + 1:2} {step.name:<14} {state:<12} {step.question}"
        if number == failed:
            about = f" ({detail})" if detail else ""
            yield f"     {reason}{about}: {reasons.EXPLANATIONS[reason]}"
            expected = _expected(validator, step.name)
            if expected:
                yield f"     the configuration has: {expected}"


def _expected(validator: Validator, step: str) -> str:
    """What the configuration allows at a step, if that helps to find the difference."""
    if isinstance(validator, Jwt):
        issuers = validator.issuers.values()
        listed = {
            "issuer": [each.issuer for each in issuers],
            "algorithm": [name for each in issuers for name in each.algorithms],
            "audience": [name for each in issuers for name in each.audiences],
            "client": [name for each in issuers for name in each.client_ids],
            "use": [each.token_use for each in issuers],
            "claims": [name for each in issuers for name in each.required_claims],
            "header": [validator.header],
        }
        return ", ".join(sorted(set(listed.get(step, []))))
    if step in {"header", "format"} and not isinstance(validator, ClientCertificate):
        return f"the header {validator.header}"
    if step == "store" and not isinstance(validator, ClientCertificate):
        return validator.store.arn
    return ""


def _skipped(config: Config, decision: Decision) -> Iterator[str]:
    known = config.routes.get(decision.route)
    names = dict.fromkeys(name for each in (known.require if known else ()) for name in each)
    for name in names:
        if name not in decision.tried:
            yield f"{name} ({_NAMES[type(config.validators[name])]}): not needed"


def _notices(decision: Decision) -> Iterator[str]:
    if decision.notices:
        yield "issuers and stores:"
    for each in decision.notices:
        yield f"  {each}"


def _caller(decision: Decision) -> Iterator[str]:
    # A denial has no context, but an identity if the credentials were valid.
    context = (decision.response or {}).get("context") or {
        "principal": decision.identity.principal,
        "issuer": decision.identity.issuer,
        "tenant": decision.identity.tenant,
        "scopes": " ".join(sorted(decision.identity.scopes)),
    }
    lines = [f"  {name}: {context[name]}" for name in _CALLER if context.get(name)]
    if lines:
        yield "caller:"
        yield from lines


_CALLER = ("caller", "principal", "issuer", "tenant", "scopes")


def _policy(response: Mapping[str, Any] | None) -> Iterator[str]:
    if response is None or "policyDocument" not in response:
        return
    yield "policy:"
    for statement in response["policyDocument"]["Statement"]:
        for resource in statement["Resource"]:
            yield f"  {statement['Effect'].lower()}: {resource.split('/', 2)[-1]}"


def table() -> str:
    """The reasons as a table in Markdown: code, status, meaning and what to do."""
    rows = ["| reason | status | meaning | what to do |", "|---|---|---|---|"]
    for reason, explanation in reasons.EXPLANATIONS.items():
        status = 200 if reason == reasons.ALLOWED else 403 if reason in reasons.FORBIDDEN else 401
        rows.append(f"| `{reason}` | {status} | {explanation} | {ACTIONS[reason]} |")
    return "\n".join(rows)
