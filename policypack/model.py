"""The nouns that rules speak in. Nothing here is raw: what could not be read is an Answer NOT_YET."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from .findings import Answer, Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """Something a rule can give a verdict on."""

    urn: str
    label: str
    """How messages name it, such as `GET /orders` or `stage live`."""

    def verdict(self, answer: Answer, *, no: str, not_yet: str) -> Verdict:
        """Answer about this subject, with the words for the case."""
        words = {Answer.YES: "", Answer.NO: f"{self.label} {no}", Answer.NOT_YET: f"{self.label}: {not_yet}"}
        return Verdict(self.urn, answer, words[answer])


@dataclass(frozen=True, kw_only=True, slots=True)
class Route(Subject):
    """A method on a path."""

    authenticated: Answer
    """Whether a request needs credentials; an API key is none."""
    gap: str
    """Why it needs none, where it does; what would tell, where that is not known."""
    how: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    api_key: Answer
    """Whether it needs an API key."""
    connected: Answer
    """Whether the authorizer that it needs exists, belongs to this API and is of its kind."""
    fault: str
    """What is wrong with that authorizer, where something is."""
    scoped: Answer
    """Whether a user pool's token must carry a scope, or be made for a named client; YES for other credentials."""
    changes: bool
    """Whether its verb changes something."""
    preflight: bool
    """A CORS preflight that API Gateway answers itself: browsers send it without credentials."""
    entry: bool
    """Whether callers may begin with it; on an open WebSocket connection they only go on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer(Subject):
    """An authorizer of an API."""

    used: Answer
    """Whether some route names it."""
    kind: str
    """`token` and `request` (Lambda), `cognito`, `jwt` or `unknown`."""
    cache_seconds: float | None
    """How long a Lambda authorizer's answer is kept, 0 for never; None where it is known only later."""
    tells_callers_apart: Answer
    """Whether something of the caller is part of the key that an answer is kept under."""
    key_headers: frozenset[str] | None
    """The headers, in lower case, that are part of that key; None where some are known only later."""
    prefilters: Answer
    """Whether an expression refuses malformed tokens before the function is asked."""
    invocable: Answer
    """Whether API Gateway may ask its function; YES where there is none to judge."""
    audience: Answer
    """Whether a JWT authorizer names whom tokens must be made for."""
    issuer_encrypted: Answer
    """Whether its issuer's keys come over HTTPS."""
    token_in_header: Answer
    """Whether the token comes in a header, and not in the address that every log keeps."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy(Subject):
    """The resource policy of an API, or that there is none."""

    written: Answer
    """Whether there is one; NO where it is broken, too."""
    problem: str
    """Why it cannot be read, where it is broken."""
    from_anywhere: Mapping[str, Answer]
    """By route, whether it lets in a caller that nobody named, from most of the internet."""
    to_any_account: Mapping[str, Answer]
    """By route with IAM, whether it lets in the signed calls of every AWS account, from most of the internet."""
    past_its_list: Mapping[str, Answer]
    """By route, whether callers outside its list of allowed places get in by its silence, if their authorizer or their
    own account lets them."""
    through_any_endpoint: Mapping[str, Answer]
    """By route of a private API, whether a VPC endpoint that nobody named leads to it."""
    to_somebody: Mapping[str, Answer]
    """By route, whether anybody at all is let in."""
    shuts_out_insiders: bool
    """Whether a Deny names places that it should spare."""
    survives: Answer
    """Whether the next change of the API leaves it alone."""
    contested: str
    """By what it is overwritten, where it does not survive."""
    deployed: Answer
    """Whether every deployment comes after it."""

    @property
    def restricts(self) -> Answer:
        """Whether it keeps out callers that nobody named, from every route."""
        opened = some(*self.from_anywhere.values())
        return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(opened, Answer.NOT_YET)


@dataclass(frozen=True, kw_only=True, slots=True)
class WafScope:
    """What a scope-down statement leaves for a rule to look at."""

    covers_all: Answer
    """Whether hardly anything is left out, and it is not some requests alone."""
    beginning: str
    """How the paths begin that are looked at, where nothing else is asked; empty otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """What a rate-based rule counts, and up to where."""

    limit: float | None
    """Requests in a window above which it acts; None where it is known only later."""
    window: float | None
    """Seconds that it looks back; None where it is known only later."""
    bound_to_callers: Answer
    """Whether a caller cannot choose the key that its requests are counted under."""
    by_forwarded: bool
    """Whether it counts by the address that a header tells, which only proxies can be trusted with."""
    reachable: Answer
    """Whether its scope-down statement can match anything."""
    label_namespaces: tuple[str, ...]
    """Whose labels it counts by, which requests have only where an earlier rule sets them."""
    scope: WafScope
    """What it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafRule(Subject):
    """A rule of a web ACL."""

    name: str
    priority: float | None
    """Its place in the order of rules, lowest first; None where it is known only later."""
    stops: Answer
    """Whether it blocks, or challenges, what it matches."""
    allows: Answer
    """Whether it lets in what it matches, so that no later rule sees it."""
    counts: Answer
    """Whether it only counts what it would stop."""
    managed_group: str
    """The name of the managed group that it asks; empty for a rule of any other kind."""
    vendor: str
    """Who manages that group."""
    group_stops: Answer | None
    """Where it asks a rule group of the owner's own: whether that stops anything."""
    scope: WafScope
    """Which requests its group is asked about."""
    softened: tuple[str, ...]
    """The rules of its group that are overridden to count or allow."""
    softened_read: Answer
    """Whether all of its overrides are known."""
    rate: RateLimit | None
    """Where it is a rate-based rule."""
    matches_other_senders: bool = False
    """Whether it matches whoever sends from an address that no list holds, whatever a header tells."""
    matches_listed: bool = False
    """Whether it matches nobody but callers with an address of a list."""
    matches_unlisted: bool = False
    """Whether it matches every caller without an address of a list."""
    waves_oversized: Answer
    """Whether it inspects bodies and says that one too long for inspection does not match."""
    continues_oversized: Answer
    """Whether it inspects the beginning alone of a body too long for inspection."""
    labels: bool
    """Whether it labels what it matches, for later rules to act on."""
    measured: Answer
    """Whether it has metrics of its own."""
    sampled: Answer
    """Whether AWS keeps samples of the requests that it matches."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogGroup(Subject):
    """A group of CloudWatch Logs that a gateway writes to."""

    retention_days: float | None
    """Days that it keeps events, infinity for ever; None where it is known only later."""
    encrypted: Answer
    """Whether with a KMS key of the account; CloudWatch's own key is always there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WafLog:
    """The log of a web ACL."""

    written: Answer
    drops_blocks: Answer
    """Whether its filter leaves out requests that were blocked."""
    redacted: frozenset[str]
    """Headers, in lower case, whose values it does not show."""
    redaction_read: Answer
    """Whether those headers are known."""
    well_named: Answer
    """Whether its destination has the name that AWS asks for."""
    group: LogGroup | None
    """Its log group, where that is among the judged resources."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAcl(Subject):
    """A web ACL in front of a stage."""

    filters: Answer
    """Whether some rule or the default action blocks anything."""
    blocks_by_default: Answer = Answer.NO
    """Whether it blocks what no rule lets in."""
    rules_read: Answer
    """Whether all of its rules are known."""
    rules: tuple[WafRule, ...]
    """By priority, as far as it is known."""
    unread_groups: bool
    """Whether it asks rule groups of its owner that are not among the judged resources."""
    log: WafLog
    measured: Answer
    """Whether it has metrics of its own."""
    sampled: Answer
    """Whether AWS keeps samples of the requests that no rule matches."""
    protected_headers: frozenset[str]
    """Headers, in lower case, that its data protection hides in logs and samples alike."""
    alarmed: Answer
    """Whether an alarm watches what it blocks."""
    summary: str

    @property
    def admits_listed_only(self) -> Answer:
        """Whether callers get through it only from addresses of a list."""
        let_in = (Answer.YES if each.matches_listed else _not(each.allows) for each in self.rules)
        return some(
            every(self.blocks_by_default, self.rules_read, *let_in),
            *(each.stops for each in self.rules if each.matches_unlisted),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Front(Subject):
    """A CloudFront distribution before an API."""

    filtered: Answer
    """Whether it has a web ACL."""
    web_acl: WebAcl | None
    """The ACL, where it is among the judged resources."""
    unread: bool
    """Whether nothing tells which ACL that is."""
    proves_itself: Answer
    """Whether it sends the API a header of its own, by which an authorizer can tell that nobody went round it."""
    headers: frozenset[str]
    """The known names of such headers, in lower case."""
    encrypted: Answer
    """Whether callers reach it over HTTPS only."""
    modern_tls: Answer
    """Whether TLS 1.2 is the least that it speaks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm(Subject):
    """A CloudWatch alarm on metrics of API Gateway or AWS WAF."""

    can_go_off: Answer
    """Whether its metrics are ever reported with the values it waits for."""
    flaw: str
    """Why not."""
    notifies: Answer
    """Whether somebody is told, by itself or by a composite alarm."""
    cries_in_silence: Answer
    """Whether it goes off when there are no requests at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLog:
    """The access log of a stage."""

    written: Answer
    """Whether the stage has a destination for it."""
    format_read: Answer
    """Whether the format of its lines is known."""
    variables: frozenset[str]
    """The `$context` variables that each line holds, without `$context.`."""
    leaks: tuple[str, ...]
    """Those that hold credentials or personal data."""
    form: str
    """`json`, `xml`, `csv`, `clf` or `text`; empty where there is no format."""
    destination_flaw: str
    """Why API Gateway refuses its destination."""
    destination_read: Answer
    """Whether that destination is known well enough to tell."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(Subject):
    """A deployed stage."""

    name: str
    behind_web_acl: Answer
    web_acl_gap: str
    """Why an association that is there does not help."""
    front: Front | None
    """The CloudFront distribution whose web ACL it relies on, having none of its own."""
    web_acl: WebAcl | None
    """The ACL, where it is among the judged resources."""
    web_acl_unread: bool
    """Whether nothing tells which ACL it is behind."""
    access_log: AccessLog
    log_groups: tuple[LogGroup, ...]
    """Those that it writes to, where they are among the judged resources."""
    logging_role: Answer
    """Whether API Gateway has a role to write logs with; YES where another stack sets it."""
    traced: Answer
    """Whether X-Ray follows requests through it."""
    measured: Answer
    """Whether every method has metrics of its own."""
    execution_logged: Answer
    """Whether errors of every method are logged."""
    unlogged_paths: tuple[str, ...]
    """Methods whose settings of their own turn that off."""
    data_traced: Answer
    """Whether whole requests and answers are logged, credentials included."""
    throttled: Answer
    """Whether all requests are limited, by the stage itself."""
    plan_throttled: Answer
    """Whether those with a key are, by a usage plan."""
    lets_calls_in: Answer
    """Whether no limit of it is zero, which refuses every call."""
    has_plan: Answer
    """Whether a usage plan counts its keys."""
    alarms_missing: tuple[str, ...]
    """What no alarm watches, of server errors and signs of trouble."""
    alarms: Answer
    """Whether server errors and at least one other sign raise alarms."""
    secret_variables: tuple[str, ...]
    """Names of stage variables that hold what looks like a credential."""
    variables_read: Answer
    """Whether its variables are known."""
    summary: tuple[tuple[str, str], ...]
    """Layer and line, for the reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """What a security policy of API Gateway takes."""

    known: Answer
    """NOT_YET where the policy cannot be read; NO where nobody knows its name."""
    version: str = ""
    """The oldest version of TLS that it takes: `1.0`, `1.2` or `1.3`."""
    traits: frozenset[str] = frozenset()
    """Of `PFS` (no key of today opens the traffic of yesterday), `FIPS` and `PQ` (post-quantum)."""

    def meets(self, version: str, traits: Collection[str] = ()) -> Answer:
        """Whether it takes nothing older than a version, and has the traits."""
        if self.known is not Answer.YES:
            return self.known
        # TLS 1.3 has no key exchange without forward secrecy.
        missing = set(traits) - self.traits - ({"PFS"} if self.version == "1.3" else set[str]())
        return Answer.YES if self.version >= version and not missing else Answer.NO


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain(Subject):
    """A custom domain name."""

    tls: Tls
    outside: bool = False
    """Whether it is not among the judged resources: only that it leads here is known."""
    strict: Answer = Answer.YES
    """Whether it refuses requests that name another host than their TLS handshake did, where its policy knows that."""
    mutual_tls: Answer = Answer.NO
    """Whether clients need a certificate."""
    means_mutual_tls: Answer = Answer.NO
    """Whether it names a certificate that mutual TLS alone has a use for."""
    truststore_pinned: Answer = Answer.YES
    """Whether the certificates trusted are one version of a file, and not whatever it holds."""
    truststore_versioned: Answer = Answer.YES
    """Whether the bucket of the truststore keeps old versions; YES where the bucket is not judged."""
    truststore_closed: Answer = Answer.YES
    """Whether the bucket of the truststore is closed to the public."""
    certificate_sound: Answer = Answer.YES
    """Whether its certificate has a key of today's strength and stands in the public logs; YES if it is not judged."""
    owned: Answer = Answer.YES
    """Whether a certificate that AWS did not issue is beside one that proves ownership, as mutual TLS needs it."""
    private: Answer = Answer.NO
    """Whether it is reached through VPC endpoints only."""
    open_to_any_endpoint: Answer = Answer.NO
    """Whether a private domain is reached through VPC endpoints that nobody named."""

    @property
    def modern_tls(self) -> Answer:
        """Whether TLS 1.2 is the least it speaks."""
        return self.tls.meets("1.2")


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey(Subject):
    """An API key."""

    counted: Answer
    """Whether a usage plan counts it."""
    generated: Answer
    """Whether nobody wrote its value down."""
    enabled: Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class UsagePlan(Subject):
    """A usage plan."""

    throttles: Answer
    """Whether rate and burst of each key are limited."""
    counts: Answer
    """Whether each key has a quota."""
    covers: Answer
    """Whether it holds for a stage."""
    apis: frozenset[str]
    """The gateways of the stages that it holds for; empty where one of them is not among the judged resources."""
    lets_calls_in: Answer
    """Whether no limit of it is zero, which refuses every call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolClient(Subject):
    """An app client of a user pool."""

    careful: Answer
    flaws: tuple[str, ...]
    """What it does that it should not."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UserPool(Subject):
    """A Cognito user pool that an authorizer trusts."""

    for_people: Answer
    """Whether users log in, and not only programs."""
    second_factor: Answer
    """Whether every user must have one."""
    offers_second_factor: Answer
    password_length: float | None
    """The least; None where it is known only later."""
    password_mixed: Answer
    """Whether upper and lower case, digits and symbols are asked for."""
    temporary_days: float | None
    """Days that a temporary password holds; None where it is known only later."""
    threats_met: Answer
    """Whether logins that look like attacks are refused."""
    deletion_protected: Answer
    clients: tuple[PoolClient, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cache(Subject):
    """A method that a stage may answer from its cache."""

    on: Answer
    """Whether it surely does."""
    method: str
    """Such as `GET /orders`."""
    authenticated: Answer
    tells_callers_apart: Answer
    """Whether something of the caller is part of the cache's key."""
    encrypted: Answer
    invalidation_guarded: Answer
    """Whether only a permission lets a caller empty it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Validation(Subject):
    """A method that says what its requests must be."""

    checked: Answer
    """Whether API Gateway checks what is said."""
    gap: str
    """What it does not check."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorsAnswer(Subject):
    """An answer that lets browsers send credentials across origins."""

    open_to_all: Answer
    """Whether to every origin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorText(Subject):
    """What API Gateway answers itself."""

    discreet: Answer
    tells: tuple[str, ...]
    """The variables that tell more than that a request is refused."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Backend(Subject):
    """Where a method sends requests."""

    chosen_by_request: Answer
    """Whether the request decides on the host."""
    variables_set: Answer
    """Whether every stage sets the stage variables of its address."""
    missing: tuple[str, ...]
    """Those that a stage does not set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment(Subject):
    """A snapshot of an API, or a stage that makes its own."""

    follows: Answer
    """Whether a change of the API makes a new one."""
    gap: str
    """Why not."""
    waits: Answer
    """Whether it is made after the methods that it should hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Handling:
    """How an API handles requests and answers, by what there is to judge."""

    caches: tuple[Cache, ...] = ()
    validations: tuple[Validation, ...] = ()
    cors_answers: tuple[CorsAnswer, ...] = ()
    error_texts: tuple[ErrorText, ...] = ()
    backends: tuple[Backend, ...] = ()
    deployments: tuple[Deployment, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Link(Subject):
    """The way from a method to its backend over HTTP."""

    private: bool
    """Whether through a VPC link."""
    encrypted: Answer
    verified: Answer
    """Whether the backend's certificate is checked."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Permission(Subject):
    """A permission to call a function behind a gateway."""

    closed: Answer
    """Whether it is not for everybody."""
    narrow: Answer
    """Whether, where API Gateway is let in, it names the API or at least the account."""
    modest: Answer
    """Whether it lets call the function, and nothing else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FunctionUrl(Subject):
    """An address of a function's own."""

    authenticated: Answer
    """Whether a request needs a signature."""
    behind_gateway: Answer
    """Whether a gateway calls the same function."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcEndpoint(Subject):
    """A VPC endpoint for API Gateway."""

    scoped: Answer
    """Whether its policy names the APIs that it leads to."""
    closed: Answer
    """Whether its security groups keep out the world."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway(Subject):
    """An API with all that stands before it."""

    name: str
    kind: str
    """`REST`, `HTTP` or `WEBSOCKET`."""
    private: Answer
    endpoint_type: str = "REGIONAL"
    """`EDGE`, `REGIONAL` or `PRIVATE`; empty where it is known only after deployment."""
    routes_read: Answer
    """Whether its routes are known."""
    routes_unread: str
    """Why not, where they are not."""
    routes: tuple[Route, ...]
    authorizers: tuple[Authorizer, ...]
    policy: Policy
    tls: Tls
    """Of its own endpoint."""
    strict: Answer
    """Whether that endpoint refuses requests that name another host than their TLS handshake did."""
    default_endpoint_off: Answer
    stages: tuple[Stage, ...]
    handling: Handling = Handling()
    domains: tuple[Domain, ...]
    """Those that lead to it."""
    takes_keys_from_authorizer: Answer
    """Whether its Lambda authorizer tells the API key, rather than the caller."""
    links: tuple[Link, ...] = ()
    shows_certificate: Answer = Answer.NO
    """Whether every stage shows its backends a client certificate."""
    fronts: tuple[Front, ...] = ()
    perhaps_fronted: bool = False
    """Whether there are distributions of which only deployment tells what they stand before."""

    @property
    def asks_for_keys(self) -> Answer:
        """Whether a route needs an API key."""
        unread = Answer.NO if self.routes_read is Answer.YES else Answer.NOT_YET
        return some(unread, *(each.api_key for each in self.routes))

    @property
    def asks_all_for_keys(self) -> Answer:
        """Whether every route needs an API key, preflights apart."""
        unread = Answer.YES if self.routes_read is Answer.YES else Answer.NOT_YET
        return every(unread, *(each.api_key for each in self.routes if not each.preflight))

    @property
    def checks_fronts(self) -> Answer:
        """Whether a Lambda authorizer, which can ask for a distribution's secret, is asked before all routes."""
        ways = {"lambda": Answer.YES, "unknown": Answer.NOT_YET}
        asked = [ways.get(each.how, Answer.NO) for each in self.routes if each.entry and not each.preflight]
        unread = Answer.YES if self.routes_read is Answer.YES else Answer.NOT_YET
        return every(unread, *asked) if asked or unread is Answer.NOT_YET else Answer.NO

    def asks_each_time(self, front: Front) -> Answer:
        """Whether no kept answer of a Lambda authorizer spares a caller the headers of a distribution."""
        asked = [each for each in self.authorizers if each.kind in {"token", "request"} and each.used is not Answer.NO]
        return every(*(_checks(each, front) for each in asked))

    @property
    def modern_tls(self) -> Answer:
        """Whether TLS 1.2 is the least that its own endpoint speaks, or that endpoint is off."""
        return some(self.default_endpoint_off, self.tls.meets("1.2"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed(Subject):
    """A resource whose program tells Pulumi to ignore some changes."""

    ignored: tuple[str, ...]
    """Those of its ignored properties that policies judge."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GivenWaiver(Subject):
    """A waiver of the configuration."""

    used: Answer
    """Whether it waived something."""
    owner: str
    until: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Estate:
    """All that is judged together."""

    gateways: tuple[Gateway, ...]
    domains: tuple[Domain, ...]
    """All custom domains, wherever they lead."""
    permissions: tuple[Permission, ...] = ()
    function_urls: tuple[FunctionUrl, ...] = ()
    vpc_endpoints: tuple[VpcEndpoint, ...] = ()
    api_keys: tuple[ApiKey, ...]
    usage_plans: tuple[UsagePlan, ...]
    user_pools: tuple[UserPool, ...]
    """Those that an authorizer trusts."""
    alarms: tuple[Alarm, ...]
    """On API Gateway and AWS WAF."""
    classic_acls: tuple[Subject, ...]
    """What there is of WAF Classic."""
    followed: tuple[Followed, ...] = ()
    waivers: tuple[GivenWaiver, ...] = ()
    """Those that may concern the judged stacks."""
    today: date = date.max
    """The day of the judgement."""


def every(*answers: Answer) -> Answer:
    """YES if all are, NO if any is, else NOT_YET."""
    if Answer.NO in answers:
        return Answer.NO
    return Answer.NOT_YET if Answer.NOT_YET in answers else Answer.YES


def some(*answers: Answer) -> Answer:
    """YES if any is, NOT_YET if any may be, else NO."""
    if Answer.YES in answers:
        return Answer.YES
    return Answer.NOT_YET if Answer.NOT_YET in answers else Answer.NO


def _checks(authorizer: Authorizer, front: Front) -> Answer:
    """Whether an authorizer that keeps answers keeps them by a header of a distribution."""
    keyed = authorizer.key_headers
    if authorizer.cache_seconds == 0 or (keyed and keyed & front.headers):
        return Answer.YES
    read = authorizer.cache_seconds is not None and keyed is not None and front.proves_itself is Answer.YES
    return Answer.NO if read and front.headers else Answer.NOT_YET


def _not(answer: Answer) -> Answer:
    return {Answer.YES: Answer.NO, Answer.NO: Answer.YES}.get(answer, Answer.NOT_YET)
