"""The nouns that rules speak in. Nothing here is raw: what could not be read is an Answer NOT_YET."""

from dataclasses import dataclass

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
    how: str
    """`iam`, `cognito`, `lambda`, `jwt`, `none` or `unknown`."""
    api_key: Answer
    """Whether it needs an API key."""
    connected: Answer
    """Whether the authorizer that it names exists."""
    preflight: bool
    """A CORS preflight that API Gateway answers itself: browsers send it without credentials."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorizer(Subject):
    """An authorizer of an API."""

    used: Answer
    """Whether some route names it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy(Subject):
    """The resource policy of an API, or that there is none."""

    restricts: Answer
    """Whether it keeps anybody out."""
    bound_to_endpoints: Answer
    """Whether it lets in only through named VPC endpoints or VPCs."""
    survives: Answer
    """Whether the next change of the API's body leaves it alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAcl(Subject):
    """A web ACL in front of a stage."""

    filters: Answer
    """Whether some rule or the default action blocks anything."""
    summary: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessLog:
    """The access log of a stage."""

    written: Answer
    """Whether the stage has a destination for it."""
    identifies: Answer
    """Whether each line can be traced to its request."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage(Subject):
    """A deployed stage."""

    name: str
    behind_web_acl: Answer
    web_acl: WebAcl | None
    """The ACL, where it is among the judged resources."""
    access_log: AccessLog
    measured: Answer
    """Whether every method has metrics of its own."""
    execution_logged: Answer
    """Whether errors of every method are logged."""
    data_traced: Answer
    """Whether whole requests and answers are logged, credentials included."""
    throttled: Answer
    """Whether requests are limited, by the stage or by usage plans on it."""
    has_plan: Answer
    """Whether a usage plan counts its keys."""
    alarms_missing: tuple[str, ...]
    """What no alarm watches, of server errors and signs of trouble."""
    alarms: Answer
    """Whether server errors and at least one other sign raise alarms."""
    summary: tuple[tuple[str, str], ...]
    """Layer and line, for the reports."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Domain(Subject):
    """A custom domain name."""

    modern_tls: Answer
    """Whether TLS 1.2 is the least it speaks."""
    mutual_tls: Answer
    """Whether clients need a certificate."""
    truststore_pinned: Answer
    """Whether the certificates trusted are one version of a file, and not whatever it holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiKey(Subject):
    """An API key."""

    counted: Answer
    """Whether a usage plan counts it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway(Subject):
    """An API with all that stands before it."""

    name: str
    kind: str
    """`REST`."""
    private: Answer
    routes_read: Answer
    """Whether its routes are known."""
    routes_unread: str
    """Why not, where they are not."""
    routes: tuple[Route, ...]
    authorizers: tuple[Authorizer, ...]
    policy: Policy
    modern_tls: Answer
    """Whether TLS 1.2 is the least that its own endpoint speaks, or that endpoint is off."""
    default_endpoint_off: Answer
    stages: tuple[Stage, ...]
    domains: tuple[Domain, ...]
    """Those that lead to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Estate:
    """All that is judged together."""

    gateways: tuple[Gateway, ...]
    domains: tuple[Domain, ...]
    """All custom domains, wherever they lead."""
    api_keys: tuple[ApiKey, ...]


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
