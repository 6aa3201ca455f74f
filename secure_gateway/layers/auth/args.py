"""Args of the layer, and the spec that they are parsed into."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Required, TypedDict, get_args

import pulumi

from ...choices import AuthorizerType
from ...request_credentials import NONE, SIGNED, Credentials
from ...validation.arns import FUNCTION_NAME, check_function, invoked
from ...validation.claims import Claim
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import boolean, options, parses, required_leaf, string, strings, whole_number
from ...validation.problems import Problems, join, listing, spell, suggest
from ...validation.reader import Reader, matching
from .builtin import BuiltinSpec, require_short_cache
from .builtin_args import BuiltinAuthorizerArgs
from .cognito import CognitoArgs, CognitoSpec

IAM = "iam"
ROUTE_KEY = r"(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[^\s*?$]*"
_SOURCE = r"method\.request\.(?:header|querystring)\.[A-Za-z0-9_.-]+|stageVariables\.\w+|context\.[A-Za-z0-9_.]+"

_PARAMETERS = ("method.request.header.", "method.request.querystring.")
"""Sources that can contain a credential."""
_SHARED_HEADERS = frozenset(
    {
        *("accept", "accept-charset", "accept-encoding", "accept-language", "accept-version", "api-version"),
        *("baggage", "cache-control", "client-ip", "connection", "content-language", "content-length"),
        *("content-type", "correlation-id", "date", "dnt", "forwarded", "from", "host", "if-match"),
        *("if-modified-since", "if-none-match", "origin", "pragma", "range", "referer", "request-id", "te"),
        *("traceparent", "tracestate", "true-client-ip", "upgrade", "user-agent", "via", "x-api-version"),
        *("x-client-ip", "x-correlation-id", "x-forwarded", "x-http-method-override", "x-real-ip"),
        *("x-request-id", "x-requested-with", "x-trace-id"),
    }
)
_SHARED_PREFIXES = ("cf-", "cloudfront-", "sec-", "x-amz-cf-", "x-amz-date", "x-amzn-", "x-b3-", "x-forwarded-")
"""Headers that clients, proxies and traces add to every request. Callers share or invent their values, so none of them
can be a credential."""


def _read_from(sources: Collection[str]) -> Credentials:
    """Where the credentials are that identity sources name."""
    credentials = [source for source in sources if _may_be_credential(source)]
    headers, query = (
        frozenset(each.removeprefix(prefix).lower() for each in credentials if each.startswith(prefix))
        for prefix in _PARAMETERS
    )
    return Credentials(headers=headers, query_arguments=query)


def _may_be_credential(source: str) -> bool:
    """Whether the value of an identity source can prove who calls."""
    if not source.startswith(_PARAMETERS[0]):
        return source.startswith(_PARAMETERS)
    name = source.removeprefix(_PARAMETERS[0]).lower()
    return name not in _SHARED_HEADERS and not name.startswith(_SHARED_PREFIXES)


_check_source = matching(_SOURCE, "a source such as method.request.header.Authorization or context.httpMethod")
_check_route = matching(ROUTE_KEY, "a route of the form METHOD /path")


class LambdaAuthorizerArgs(TypedDict, total=False):
    """A Lambda function of yours that authorizes callers by returning an IAM policy."""

    function: Required[pulumi.Input[str]]
    """Name, ARN or invoke ARN of the function, in the gateway's account and region unless it is an ARN known before
    deployment."""

    function_name: str
    """The function's name, if `function` is an Output: the document is then known at the first preview. Defaults to
    none."""

    type: AuthorizerType
    """`TOKEN` (the function gets one header) or `REQUEST` (it gets the request)."""

    identity_sources: list[str]
    """Where the caller's identity is, such as `method.request.header.Authorization`. A request without them gets 401
    before the function runs. With a cache they form its key, and at least one must be a header or a query parameter
    with which callers prove who they are."""

    ttl_seconds: int
    """How long a decision is cached. It then applies to *every* route of the authorizer: caching requires
    `covers_all_routes`, or `context.httpMethod` and `context.path` among the identity sources in addition to the
    caller's header."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `ttl_seconds` above 300. Required for such a
    value, and shown in the posture. Defaults to none."""

    covers_all_routes: bool
    """Whether the function's policy covers every route that the caller may use, as
    `secure_gateway.authorizer_responses.allow` does with `routes`. Only together with `ttl_seconds`. Defaults to
    false."""

    returns_api_key: bool
    """Whether the function's response contains the caller's API key (`usageIdentifierKey`). Only if `keys.source` is
    `AUTHORIZER`."""

    validation_expression: str
    """Regular expression that the token of a `TOKEN` authorizer must match; otherwise the caller gets 401 and the
    function does not run. Defaults to a bearer token."""


class AuthorizerArgs(TypedDict, total=False):
    """A way to authenticate: exactly one of the three."""

    cognito: CognitoArgs
    """Access tokens of a Cognito user pool."""

    function: LambdaAuthorizerArgs
    """A Lambda function of yours."""

    builtin: BuiltinAuthorizerArgs
    """The Lambda authorizer that ships with the component: tokens, API keys, signed requests, client certificates."""


class AuthArgs(TypedDict, total=False):
    """Who may call."""

    authorizers: Mapping[str, AuthorizerArgs]
    """Authorizers by a name of your choice (letters, digits, `_`). `iam` is built in: callers sign with Signature
    Version 4. Defaults to none."""

    default: str
    """The authorizer of routes that name none; required if there are several. Defaults to the only one declared;
    `iam` if none is declared."""

    invoke_policies: Mapping[str, list[str]]
    """IAM managed policies to create, by a name of your choice: the routes (`METHOD /path`, auth `iam`) that each
    policy allows a role or user to call. Defaults to none."""

    aws_gateway_responses: bool
    """Whether callers get AWS's own error messages, which contain ARNs, accounts and the string that a signature was
    computed from. If not, the response contains only its status and the request's id."""


class AuthLayerArgs(AuthArgs, total=False):
    """The layer on its own, for an API that was built without this component."""

    execution_arn: Required[pulumi.Input[str]]
    """Execution ARN of the REST API that may invoke the authorizers."""

    builtin_routes: Mapping[str, Mapping[str, list[str]]]
    """By built-in authorizer, its routes (`METHOD /path`), each with the scopes of which a caller must have one.
    Defaults to none."""

    stage_names: list[str]
    """The stages for which `invoke_policies` allow calls; required with them. Defaults to none."""


@parses(LambdaAuthorizerArgs)
@dataclass(frozen=True, kw_only=True)
class LambdaSpec:
    """`LambdaAuthorizerArgs`, validated, with defaults filled in."""

    function: pulumi.Input[str] = required_leaf(check=check_function, values="name or ARN")
    function_name: str = string(pattern=FUNCTION_NAME, expected="the name of a function")
    type: str = string("REQUEST", choices=get_args(AuthorizerType))
    identity_sources: tuple[str, ...] = strings(
        ("method.request.header.Authorization",),
        check=_check_source,
        values="`method.request.header.NAME`, `method.request.querystring.NAME`, `stageVariables.NAME`, `context.NAME`",
    )
    ttl_seconds: int = whole_number(0, low=0, high=3_600, unit="seconds")
    returns_api_key: bool = boolean(default=False)
    validation_expression: str
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader) -> "LambdaSpec":
        """Reject what would make a cached policy wrong."""
        plain = options(cls, reader)
        expression = ""
        if plain["type"] == "TOKEN":
            expression = reader.string("validation_expression", "^Bearer [-0-9a-zA-Z._~+/]+=*$")
        plain["function"] = invoked(plain["function"], reader.at("function"))
        spec = cls(**plain, validation_expression=expression)
        spec._check(reader)
        exceptions = Exceptions(reader)
        require_short_cache(exceptions, reader, spec.ttl_seconds)
        return replace(spec, exceptions=exceptions.checked())

    @property
    def token(self) -> bool:
        """Whether the function gets one header, not the request."""
        return self.type == "TOKEN"

    def _check(self, reader: Reader) -> None:
        sources = self.identity_sources
        if self.token and (len(sources) != 1 or not sources[0].startswith("method.request.header.")):
            reader.add("identity_sources", "must be exactly one header for a TOKEN authorizer")
        if not self.token and reader.has("validation_expression"):
            reader.add("validation_expression", "requires the type 'TOKEN'")
        if self.ttl_seconds and not any(map(_may_be_credential, sources)):
            reader.add(
                "identity_sources",
                f"must contain a header or query parameter with the caller's credential if `{spell('ttl_seconds')}` is "
                "set: the sources are the cache key, and without a credential in it a decision about one caller is "
                "reused for others",
            )
        covers = reader.boolean("covers_all_routes", default=False)
        by_path = "context.httpMethod" in sources and not {
            "context.path",
            "context.resourcePath",
        }.isdisjoint(sources)
        if self.ttl_seconds and not covers and not by_path:
            reader.add(
                "ttl_seconds",
                f"must be 0, since a cached response applies to every route; or set `{spell('covers_all_routes')}`, if "
                "the "
                "response names all routes that the caller may use (secure_gateway.authorizer_responses.allow); or add "
                f"context.httpMethod and context.path to `{spell('identity_sources')}`",
            )
        if covers and not self.ttl_seconds:
            reader.requires("covers_all_routes", "ttl_seconds", reason="no response is cached")
        if reader.has("function_name") and not isinstance(self.function, pulumi.Output):
            reader.add("function_name", "has no effect unless `function` is an Output")

    @classmethod
    def of_builtin(cls, spec: BuiltinSpec) -> "LambdaSpec":
        """The function that is created for a built-in authorizer; its name is known before deployment."""
        return cls(
            function=spec.function_name,
            function_name="",
            type=spec.type,
            identity_sources=spec.identity_sources,
            ttl_seconds=spec.ttl_seconds,
            validation_expression=spec.validation_expression,
            returns_api_key=spec.returns_api_key,
        )


@parses(AuthArgs, AuthLayerArgs)
@dataclass(frozen=True, kw_only=True)
class AuthSpec:
    """`AuthArgs`, validated, with defaults filled in."""

    cognito: Mapping[str, CognitoSpec]
    functions: Mapping[str, LambdaSpec]
    """Your own, and those of `builtins`."""
    builtins: Mapping[str, BuiltinSpec]
    default: str
    invoke_policies: Mapping[str, tuple[str, ...]]
    aws_gateway_responses: bool = boolean(default=False)

    def claims(self, path: str) -> list[Claim]:
        """The sign-in domains, which AWS has once in a region; `path` is that of the args."""
        found: list[Claim] = []
        for name, each in self.cognito.items():
            where = f"{join(path, 'authorizers')}.{name}.cognito"
            if each.domain_prefix:
                at = join(where, spell("domain_prefix"))
                advice = "choose another prefix"
                found.append(Claim(what="sign-in prefix", value=each.domain_prefix, path=at, advice=advice))
            if each.domain:
                advice = "choose another name"
                found.append(
                    Claim(what="domain name", value=each.domain.name, path=join(where, "domain"), advice=advice)
                )
        return found

    @property
    def authorizers(self) -> tuple[str, ...]:
        """The names of the declared authorizers."""
        return tuple(sorted({*self.cognito, *self.functions}))

    @classmethod
    def parse(cls, reader: Reader, gateway: str) -> "AuthSpec":
        """Parse each authorizer and find the default; the gateway's name becomes part of the names of functions."""
        cognito: dict[str, CognitoSpec] = {}
        builtins: dict[str, BuiltinSpec] = {}
        functions: dict[str, LambdaSpec] = {}
        for name, each in reader.child_map("authorizers", AuthorizerArgs).items():
            if name == IAM or not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name):
                predicate = "is not a name of letters, digits and underscores other than the built-in 'iam'"
                reader.problems.reject(each.path, name, predicate)
            each.exactly_one("cognito", "function", "builtin")
            pool, function = each.child("cognito", CognitoArgs), each.child("function", LambdaAuthorizerArgs)
            if pool is not None:
                cognito[name] = CognitoSpec.parse(pool, name)
            elif function is not None:
                functions[name] = LambdaSpec.parse(function)
            elif (builtin := each.child("builtin", BuiltinAuthorizerArgs)) is not None:
                builtins[name] = BuiltinSpec.parse(builtin, name, gateway)
                functions[name] = LambdaSpec.of_builtin(builtins[name])
        names = sorted({*cognito, *functions})
        only = names[0] if len(names) == 1 else IAM
        if len(names) > 1 and not reader.has("default"):
            reader.add("default", f"required with {len(names)} authorizers; one of {listing([IAM, *names])}")
        return cls(
            cognito=cognito,
            functions=functions,
            builtins=builtins,
            default=reader.string("default", only, choices=sorted({IAM, *names})),
            invoke_policies=reader.string_lists("invoke_policies", check=_check_route),
            **options(cls, reader),
        )

    def kind(self, authorizer: str) -> str:
        """`cognito`, `function` or `iam`."""
        return "cognito" if authorizer in self.cognito else "function" if authorizer in self.functions else IAM

    def scopes(self, authorizer: str, given: Sequence[str], path: str, problems: Problems) -> tuple[str, ...]:
        """The scopes that a route requires, in full; a Cognito route without any accepts all of the authorizer's."""
        builtin = self.builtins.get(authorizer)
        if builtin is not None and builtin.gives_scopes:
            return tuple(sorted(set(given)))
        pool = self.cognito.get(authorizer)
        if pool is None:
            if given:
                message = "requires a Cognito authorizer, or a built-in one with tokens or keys: others know no scopes"
                problems.add(path, message)
            return ()
        known = pool.full_scopes
        if pool.id_token_clients:
            if given:
                problems.add(path, f"has no effect with `{spell('id_token_clients')}`: ID tokens have no scopes")
            return ()
        if not given:
            if not known:
                message = "required unless the authorizer has `scopes`: a method without any accepts every ID token"
                problems.add(path, message)
            return known
        full = list(map(pool.full_scope, given))
        for index, scope in enumerate(full):
            if not pool.pool_arns and scope not in pool.known_scopes:
                problems.reject(f"{path}[{index}]", given[index], f"is not a scope{suggest(scope, pool.known_scopes)}")
        return tuple(sorted(set(full)))

    def credentials(self, used: Collection[str]) -> Credentials:
        """Where requests carry the credentials that these authorizers read."""
        found = SIGNED if IAM in used else NONE
        for name in used:
            if name in self.functions:
                found |= _read_from(self.functions[name].identity_sources)
            if name in self.builtins:
                found |= Credentials(headers=frozenset(self.builtins[name].headers))
        return found

    def security(self, authorizer: str, scopes: Sequence[str]) -> list[dict[str, list[str]]]:
        """The `security` of an operation in the document."""
        return [{"sigv4" if authorizer == IAM else authorizer: list(scopes) if authorizer in self.cognito else []}]

    def names(self, prefix: str) -> list[tuple[str, str]]:
        """The resources that are named after the component, with their names in the program."""
        pools = {f"{prefix}-{name}": pool for name, pool in self.cognito.items() if not pool.pool_arns}
        return [
            *(("cognito.UserPool", name) for name in pools),
            *(
                ("cognito.UserPoolClient", f"{name}-{client}")
                for name, pool in pools.items()
                for client in pool.clients
            ),
            *(("iam.Role", f"{prefix}-{name}") for name in self.builtins),
            *(("iam.Policy", f"{prefix}-{name}") for name in self.invoke_policies),
        ]

    def posture(self) -> tuple[str, ...]:
        """What is in force."""
        pools = [f"{name}: {each.posture()}" for name, each in sorted(self.cognito.items())]
        functions = [
            f"{name}: Lambda authorizer, {'TOKEN' if each.token else 'REQUEST'}, decisions cached {each.ttl_seconds} s"
            + "".join(f", {line}" for line in listed(each.exceptions))
            for name, each in sorted(self.functions.items())
            if name not in self.builtins
        ]
        return (*pools, *functions, *(each.posture() for _, each in sorted(self.builtins.items())))
