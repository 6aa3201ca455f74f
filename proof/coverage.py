"""What other catalogues check (M) and what none of them does (G), and where this pack answers it.

Bookkeeping of the project, not of its users: which policy covers which row of the two lists, what the pack as a whole
covers, and what was decided against, with the reason. `python proof/coverage.py` writes the table.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from policypack.layers.policy import Policy

ROWS: Final[Mapping[str, str]] = {
    "M1": "A REST method takes no call without authorization",
    "M2": "The same, weighed with the resource policy and a private endpoint",
    "M3": "A method requires an API key",
    "M4": "A REST API has an authorizer",
    "M5": "A REST method uses a Cognito authorizer",
    "M6": "A route of an HTTP or WebSocket API has an authorization type",
    "M7": "An HTTP or WebSocket API has an authorizer",
    "M8": "A GraphQL API is not guarded by a key alone",
    "M9": "A Lambda function URL asks for credentials",
    "M10": "A Lambda permission names its principal",
    "M11": "A Lambda permission of a service names the source's ARN or account",
    "M12": "A Lambda permission grants the invocation only",
    "M13": "A Cognito identity pool gives nothing to strangers",
    "M14": "A user pool requires a second factor",
    "M15": "A user pool asks for strong passwords",
    "M16": "A user pool's threat protection is enforced",
    "M17": "A user pool's client hides who exists, revokes tokens and takes no plain passwords",
    "M18": "A user pool is protected from deletion, self-registration and old temporary passwords",
    "M19": "A resource policy has no wildcard as action or principal",
    "M20": "A REST API is private",
    "M21": "The endpoint type is one of a list",
    "M22": "A private API's policy names its VPC or VPC endpoints",
    "M23": "A public API's policy names the address ranges of its callers",
    "M24": "The default endpoint is off",
    "M25": "An API has a domain of its own",
    "M26": "Public APIs and domains exist in the central account only",
    "M27": "A REST domain speaks TLS 1.2 at least",
    "M28": "An HTTP or WebSocket domain speaks TLS 1.2 at least",
    "M29": "A domain's TLS policy is post-quantum",
    "M30": "Every domain asks clients for a certificate",
    "M31": "A stage shows its backend a client certificate",
    "M32": "A private integration of an HTTP API uses TLS",
    "M33": "A certificate is neither expired, weak, nor for every name",
    "M34": "TLS of a domain in a SAM template",
    "M35": "A REST stage is behind a web ACL",
    "M36": "A web ACL has rules",
    "M37": "A rule group has rules",
    "M38": "A rule of a web ACL has an action",
    "M39": "The managed group against known bad inputs is there and in force",
    "M40": "The managed groups for common attacks, SQL injection and known bad inputs are there",
    "M41": "The default action of a web ACL",
    "M42": "A web ACL writes a log",
    "M43": "A web ACL and its rules have metrics",
    "M44": "WAF Classic ACLs, groups and policies are not empty",
    "M45": "User pools, GraphQL APIs, load balancers and distributions are behind a web ACL",
    "M46": "A REST stage writes an access log",
    "M47": "An HTTP or WebSocket stage writes an access log",
    "M48": "Errors of all methods are logged",
    "M49": "The access log is structured",
    "M50": "Whole requests and answers are not logged",
    "M51": "A stage is traced",
    "M52": "Every method has metrics",
    "M53": "A log group keeps its events long enough",
    "M54": "A log group is encrypted with a key of its own",
    "M55": "An alarm tells somebody",
    "M56": "An alarm of given settings exists for a resource",
    "M57": "Logs, tracing and cache of APIs in a SAM template",
    "M58": "A stage is part of a usage plan",
    "M59": "A stage throttles by default",
    "M60": "A function has reserved concurrency and a dead-letter queue",
    "M61": "A method validates its requests",
    "M62": "An API has a validator of body and parameters",
    "M63": "Schema validation of an HTTP or WebSocket import is not off",
    "M64": "A cache is encrypted",
    "M65": "A cache is on and encrypted",
    "M66": "A cache is on",
    "M67": "Responses are compressed",
    "M68": "CORS does not let every origin in, with credentials before all",
    "M69": "Stage variables hold no secrets",
    "M70": "APIs and deployments are created before they are destroyed",
    "M71": "APIs and stages are tagged",
    "M72": "Error answers and documentation of its own exist",
    "M73": "A document defines security schemes",
    "M74": "A document's root has security requirements",
    "M75": "An operation's security is not empty",
    "M76": "Schemes and scopes that a document requires are defined in it",
    "M77": "A document allows no plain HTTP and holds no credentials",
    "M78": "A document uses no basic, implicit or password login",
    "M79": "A document bounds its arrays and names its media types",
    "G1": "Operations inside OpenAPI bodies, in every form",
    "G2": "An API key is no login, in bodies too",
    "G3": "ANY and greedy routes by their real path",
    "G4": "A required authorizer exists, belongs to the API and fits",
    "G5": "The cache key of a Lambda authorizer identifies the caller, and for simple responses the route",
    "G6": "A Lambda authorizer may be invoked",
    "G7": "A JWT authorizer checks audience and issuer",
    "G8": "Methods that change something ask for scopes",
    "G9": "WebSocket: $connect carries the login",
    "G10": "An HTTP API made in one call has an open $default route",
    "G11": "IAM on a route beside a policy that lets everybody in",
    "G12": "OPTIONS goes without a login only as a preflight that API Gateway answers",
    "G13": "Who a resource policy lets in, evaluated",
    "G14": "A private API is bound to its endpoints",
    "G15": "Two sources of one resource policy",
    "G16": "A changed policy is deployed",
    "G17": "No way round a custom domain",
    "G18": "Private custom domains, and the newer security settings",
    "G19": "Newer TLS policies are known, a minimum can be set",
    "G20": "A truststore is versioned and guarded",
    "G21": "Integrations use TLS, and check it",
    "G22": "Every stage is behind a web ACL, whatever carries it",
    "G23": "The web ACL's rules do block",
    "G24": "A web ACL's log is its own, complete, and without credentials",
    "G25": "A web ACL's metrics and alarms",
    "G26": "WAF Classic is not used",
    "G27": "Usage plans limit, and have stages and keys",
    "G28": "Throttling is neither missing nor off",
    "G29": "Keys from an authorizer need a Lambda authorizer",
    "G30": "An access log tells who, whence and with what result, and no secrets",
    "G31": "The log's destination is valid, keeps, and encrypts",
    "G32": "Logging covers every method, and the account has its role",
    "G33": "Alarms can go off, and reach somebody",
    "G34": "Tracing and metrics where the API kind has them",
    "G35": "A cache does not give one caller's answer to another",
    "G36": "Validators check what methods describe",
    "G37": "CORS in gateway responses, integration responses and documents",
    "G38": "Error answers reveal no internals, in body or headers",
    "G39": "No secrets in stage variables, templates, headers and addresses; no backend chosen by the caller",
    "G40": "A function is reached through its gateway only",
    "G41": "What is declared is deployed",
    "G42": "Stages are attached, and none is forgotten",
    "G43": "`ignore_changes` on what a policy depends on",
    "G44": "What is safe to mend is mended",
    "G45": "Children of components are judged, under the component's name",
    "G46": "What lies outside the stack is undecided, as advisory or mandatory",
}
"""In our own words: rows of the master table of checks (M) and of the list of gaps (G), by number."""

CLAIMED: Final[Mapping[str, tuple[str, ...]]] = {
    "auth-methods-authenticated": ("M1", "M4", "M6", "M7", "M73", "M74", "M75", "G1", "G3", "G9", "G10", "G12"),
    "auth-keys-never-standalone": ("M1", "M3", "G2"),
    "auth-authorizers-exist": ("M76", "G4"),
    "auth-caller-roles-restricted": ("M13",),
    "auth-authorizers-used": ("M4", "M7"),
    "auth-authorizer-cache-keyed-by-caller": ("G5",),
    "auth-credentials-sent-by-callers": ("G22",),
    "auth-simple-responses-cached-by-route": ("G5",),
    "auth-authorizer-cache-ttl-limited": ("G5",),
    "auth-token-validation-expression-set": ("G5",),
    "auth-authorizers-invocable": ("G6",),
    "auth-jwt-audience-named": ("G7",),
    "auth-tokens-sent-securely": ("G7",),
    "auth-write-methods-require-scopes": ("G8",),
    "auth-user-pool-mfa": ("M14",),
    "auth-user-pool-passwords-strong": ("M15", "M18"),
    "auth-user-pool-threat-protection": ("M16",),
    "auth-user-pool-deletion-protection": ("M18",),
    "auth-user-pool-clients-hardened": ("M17",),
    "keys-stages-throttled": ("M59", "G28"),
    "keys-stage-limits-not-zero": ("G27", "G28"),
    "keys-stages-have-usage-plan": ("M58", "G27"),
    "keys-authorizer-key-source-has-authorizer": ("G29",),
    "keys-keys-in-usage-plan": ("G27",),
    "keys-key-values-generated": ("G27",),
    "keys-keys-enabled": ("G27",),
    "keys-plans-have-limits": ("M58", "G27"),
    "keys-plans-cover-stages": ("G27",),
    "keys-plans-have-routes-requiring-keys": ("M58", "G27"),
    "keys-plan-limits-not-zero": ("G27",),
    "network-callers-restricted": ("M2", "M19", "M20", "M23", "G13"),
    "network-iam-accounts-restricted": ("G11",),
    "network-allow-lists-enforced": ("G13",),
    "network-private-apis-restricted": ("M22", "G14"),
    "network-policy-satisfiable": ("G13",),
    "network-policy-survives-imports": ("G15",),
    "network-policy-deployed": ("G16",),
    "network-endpoint-types-allowed": ("M21", "M26"),
    "network-http-apis-not-public": ("G22",),
    "network-private-domains-restricted": ("G18",),
    "network-functions-not-public": ("M9", "M10", "G40"),
    "network-lambda-permissions-name-api": ("M11", "G40"),
    "network-lambda-permissions-invoke-only": ("M12",),
    "network-vpc-endpoints-scoped": ("G14",),
    "network-vpc-endpoints-not-public": ("G14",),
    "waf-stages-have-web-acl": ("M35", "G22", "G46"),
    "waf-web-acls-block": ("M36", "M38", "M41"),
    "waf-rule-groups-block": ("M37", "G23"),
    "waf-own-rules-block": ("M37", "G23"),
    "waf-group-rules-not-overridden": ("G23",),
    "waf-managed-rules-included": ("M39", "M40"),
    "waf-callers-rate-limited": ("G23",),
    "waf-allow-rules-last": ("G23",),
    "waf-logging-enabled": ("M42", "G24"),
    "waf-logs-redacted": ("G24",),
    "waf-logs-include-blocks": ("G24",),
    "waf-log-destinations-valid": ("G24",),
    "waf-metrics-enabled": ("M43", "G25"),
    "waf-samples-redacted": ("G24",),
    "waf-oversized-bodies-handled": ("G23",),
    "waf-classic-unused": ("M44", "G26"),
    "waf-cloudfront-not-bypassable": ("G22",),
    "observability-access-logs-enabled": ("M46", "M47"),
    "observability-access-log-destinations-valid": ("G31",),
    "observability-access-logs-have-request-id": ("G30",),
    "observability-access-logs-complete": ("G30",),
    "observability-access-logs-explain-denials": ("G30",),
    "observability-access-logs-without-secrets": ("G30",),
    "observability-access-logs-structured": ("M49",),
    "observability-log-retention-sufficient": ("M53", "G31"),
    "observability-logs-encrypted": ("M54", "G31"),
    "observability-execution-logs-enabled": ("M48", "G32"),
    "observability-data-trace-disabled": ("M50", "G32"),
    "observability-metrics-enabled": ("M52", "G34"),
    "observability-xray-enabled": ("M51", "G34"),
    "observability-logging-role-set": ("G32",),
    "observability-stages-have-alarms": ("M56", "G33"),
    "observability-web-acl-blocks-have-alarm": ("G25", "G33"),
    "observability-alarms-can-go-off": ("G33",),
    "observability-alarms-notify": ("M55", "G33"),
    "observability-alarms-missing-data-not-breaching": ("G33",),
    "tls-domains-minimum-version": ("M27", "M28", "M29", "G19"),
    "tls-endpoints-minimum-version": ("G18", "G19"),
    "tls-endpoint-access-mode-strict": ("G18",),
    "tls-default-endpoint-disabled": ("M24", "G17", "G20"),
    "tls-mutual-tls-on-every-domain": ("M30", "G20"),
    "tls-truststore-version-pinned": ("G20",),
    "tls-truststore-bucket-protected": ("G20",),
    "tls-mutual-tls-ownership-verified": ("G20",),
    "tls-certificates-strong": ("M33",),
    "tls-backends-encrypted": ("M77", "G21"),
    "tls-private-backends-encrypted": ("M32", "G21"),
    "tls-backend-certificates-verified": ("G21",),
    "tls-backends-client-certificate": ("M31", "G21"),
    "tls-cloudfront-minimum-version": ("G22",),
    "api-requests-validated": ("M61", "M62", "M63", "G36"),
    "network-integration-hosts-fixed": ("G39",),
    "api-gateway-responses-hide-details": ("G38",),
    "auth-cors-credentials-named-origins": ("M68", "G37"),
    "api-preflights-without-key": ("G37",),
    "auth-response-cache-keyed-by-caller": ("G35",),
    "auth-response-cache-encrypted": ("M64", "G35"),
    "auth-response-cache-invalidation-authorized": ("G35",),
    "auth-stage-variables-without-secrets": ("M69", "G39"),
    "auth-integrations-without-secrets": ("G39",),
    "api-stage-variables-set": ("G39",),
    "api-deployments-follow-changes": ("G41", "G16", "G42"),
    "api-deployments-depend-on-methods": ("G41",),
    "pack-ignore-changes-unused": ("G43",),
}
"""Rows by the policy that covers them."""

MACHINERY: Final[Mapping[str, str]] = {
    "G45": "components are no special case: their children are judged, and each finding names the component",
    "G46": "undecided is a result of its own in every policy and report; the setting `undecided` makes it fail",
}
"""Rows that the pack itself answers, rather than one policy."""

DECIDED_AGAINST: Final[Mapping[str, str]] = {
    "M18": (
        "Whether people may register themselves is what a product is for, so no policy asks for it; deletion and "
        "temporary passwords are read."
    ),
    "M5": "Which login an API asks for is its owner's choice: IAM and Lambda are as good; that it asks is M1.",
    "M8": "AppSync is a front door of another kind, with its own schema and logins; this pack is about API Gateway.",
    "M25": (
        "Under which name an API is called is a matter of taste; that its other address is then off is G17, and what "
        "the domain speaks M27."
    ),
    "M34": "A SAM template is no Pulumi program; a domain that SAM deployed is judged once Pulumi manages it.",
    "M45": (
        "User pools, load balancers and GraphQL APIs are front doors of their own; a distribution before an API is "
        "judged with it (G22)."
    ),
    "M57": "A SAM template is no Pulumi program; stages that SAM deployed are judged once Pulumi manages them.",
    "M60": (
        "Concurrency and queues of a backend are capacity, not its front door, which throttles before it; of an "
        "authorizer's function see G6."
    ),
    "M63": "It is about the models that a deployment carries, not about the messages of callers.",
    "M65": "Caching is no protection, so its absence is no hole; a cache that is on and not encrypted is M64.",
    "M66": "A cache is for speed. Of answers that need a login it is a risk, not a control.",
    "M67": "Compression saves bytes and protects nothing; with secrets in an answer it can even leak them (BREACH).",
    "M70": "Pulumi creates the replacement first unless told otherwise, and a deployment has no other way.",
    "M71": "Tags are an organisation's bookkeeping, for which it has policies of its own; they protect nothing.",
    "M72": "Whether texts exist says nothing about safety; what error answers leak is G38.",
    "M77": (
        "API Gateway serves HTTPS alone, whatever a document's schemes say; keys of its own are M3, backends without "
        "TLS are G21."
    ),
    "M78": (
        "API Gateway drops a document's OAuth flows and basic schemes on import; what then guards the operation is "
        "judged as imported (M1, M75)."
    ),
    "M79": (
        "API Gateway bounds a request at 10 MB whatever the schema says, and media types in a document change "
        "nothing; whether requests are validated is M61."
    ),
    "G44": (
        "An engine that mends inputs in passing leaves the hole in the program: the next reader, a preview without the "
        "pack and every offline run still see it, and nobody reviewed the change. Each fix is a line that "
        "`gateway-policy explain` writes out."
    ),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A row, and what answers it."""

    number: str
    asks: str
    policies: tuple[Policy, ...]
    answer: str
    """Of the machinery, or why it is decided against; empty where policies answer."""


def rows(policies: Sequence[Policy]) -> list[Row]:
    """Every row, in order."""
    claimed: dict[str, list[Policy]] = defaultdict(list)
    for policy in policies:
        for number in CLAIMED.get(policy.id, ()):
            claimed[number].append(policy)
    return [
        Row(number=number, asks=asks, policies=tuple(claimed[number]), answer=_answer(number))
        for number, asks in ROWS.items()
    ]


def unanswered(policies: Sequence[Policy]) -> list[str]:
    """The rows that nothing answers."""
    return [row.number for row in rows(policies) if not row.policies and not row.answer]


def as_markdown(policies: Sequence[Policy]) -> str:
    """A table of all rows."""
    lines = ["| row | asks for | answered by |", "| --- | --- | --- |"]
    lines += [f"| {row.number} | {row.asks} | {_told(row)} |" for row in rows(policies)]
    return "\n".join(lines) + "\n"


def _answer(number: str) -> str:
    if number in DECIDED_AGAINST:
        return f"*Decided against:* {DECIDED_AGAINST[number]}"
    return f"*The pack:* {MACHINERY[number]}" if number in MACHINERY else ""


def _told(row: Row) -> str:
    links = [
        f"[`{policy.id}`](#{policy.id}) ([tests](../tests/policies/test_{policy.layer}.py))" for policy in row.policies
    ]
    return " ".join(filter(None, [", ".join(links), row.answer]))
