"""Args of the layer, and the spec that they are parsed into."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Required, TypedDict

import pulumi

from ...validation.arns import FUNCTION_NAME, check_function
from ...validation.problems import Problems, listing, spell, suggest
from ...validation.reader import Reader, matching
from .builtin import BuiltinAuthorizerArgs, BuiltinSpec
from .cognito import CognitoArgs, CognitoSpec

IAM = "iam"
ROUTE_KEY = r"(?:ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) /[^\s*?$]*"
_SOURCE = r"method\.request\.(?:header|querystring)\.[A-Za-z0-9_.-]+|stageVariables\.\w+|context\.[A-Za-z0-9_.]+"

_PARAMETERS = ("method.request.header.", "method.request.querystring.")
"""Sources that can carry a credential."""
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


def _may_be_credential(source: str) -> bool:
    """Whether the value of an identity source can prove who calls."""
    if not source.startswith(_PARAMETERS[0]):
        return source.startswith(_PARAMETERS)
    name = source.removeprefix(_PARAMETERS[0]).lower()
    return name not in _SHARED_HEADERS and not name.startswith(_SHARED_PREFIXES)


class LambdaAuthorizerArgs(TypedDict, total=False):
    """A Lambda function that answers with an IAM policy."""

    function: Required[pulumi.Input[str]]
    """Name or ARN of the function, in the gateway's account and region unless it is an ARN known before deployment."""

    function_name: str
    """The function's name, where `function` is an Output: with it the document is known at the first preview."""

    type: str
    """`TOKEN` (the function sees one header) or `REQUEST` (it sees the request). Defaults to `REQUEST`."""

    identity_sources: list[str]
    """Where the caller's identity stands, such as `method.request.header.Authorization`; a request without them is
    refused with 401 before the function runs. With a cache they are its key, and one must be a header or a query
    parameter. Defaults to the Authorization header."""

    ttl_seconds: int
    """Seconds an answer is kept, 0 to 3,600. A kept answer counts for *every* route of the authorizer: more than 0
    needs `covers_all_routes`, or `context.httpMethod` and `context.path` among the identity sources, beside the
    caller's header. Defaults to 0."""

    covers_all_routes: bool
    """Whether the function's answer names every route that the caller may use, as
    `secure_gateway.authorizer_responses.allow` does with `routes`. Only beside `ttl_seconds`. Defaults to false."""

    returns_api_key: bool
    """Whether the function's answer holds the caller's API key (`usageIdentifierKey`). Only where the source of keys is
    `AUTHORIZER`. Defaults to false."""

    validation_expression: str
    """Regular expression that a TOKEN must match, else 401 without running the function. Defaults to a bearer token."""


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

    authorizers: dict[str, AuthorizerArgs]
    """Authorizers by a name of yours (letters, digits, `_`). `iam` is built in: callers sign with Signature
    Version 4."""

    default: str
    """The authorizer of routes that name none. Defaults to the only one declared, and to `iam` where none is."""

    invoke_policies: dict[str, list[str]]
    """IAM policies to make, by a name of yours: the routes (`METHOD /path`, auth `iam`) that each lets a role or user
    call. Defaults to none."""

    aws_error_texts: bool
    """Whether callers read AWS's own error texts, which name ARNs, accounts and what a signature was computed from.
    Defaults to false: a refusal says no more than its status and the request's id."""


class AuthLayerArgs(AuthArgs, total=False):
    """The layer alone, on an API that someone else built."""

    execution_arn: Required[pulumi.Input[str]]
    """Execution ARN of the REST API that may invoke the authorizers."""

    builtin_routes: dict[str, dict[str, list[str]]]
    """By built-in authorizer, its routes (`METHOD /path`), each with the scopes of which a caller must hold one."""

    stage_names: list[str]
    """The stages on which `invoke_policies` let their holders call; needed beside them."""


@dataclass(frozen=True, kw_only=True)
class LambdaSpec:
    """`LambdaAuthorizerArgs`, validated, with defaults filled in."""

    function: pulumi.Input[str]
    function_name: str
    token: bool
    identity_sources: tuple[str, ...]
    ttl_seconds: int
    validation_expression: str
    returns_api_key: bool

    @classmethod
    def parse(cls, reader: Reader) -> "LambdaSpec":
        """Refuse what a cached answer would get wrong."""
        token = reader.string("type", "REQUEST", choices=("REQUEST", "TOKEN")) == "TOKEN"
        sources = reader.strings("identity_sources", ("method.request.header.Authorization",), check=_check_source)
        ttl = reader.integer("ttl_seconds", 0, low=0, high=3_600, unit="seconds")
        if token and (len(sources) != 1 or not sources[0].startswith("method.request.header.")):
            reader.add("identity_sources", "must be exactly one header for a TOKEN authorizer")
        if not token and reader.has("validation_expression"):
            reader.add("validation_expression", "requires the type 'TOKEN'")
        if ttl and not any(map(_may_be_credential, sources)):
            reader.add(
                "identity_sources",
                f"must contain a header or query parameter with the caller's credential if `{spell('ttl_seconds')}` is "
                "set: the sources are the cache key, and without a credential in it a decision about one caller is "
                "reused for others",
            )
        covers = reader.boolean("covers_all_routes", default=False)
        by_path = "context.httpMethod" in sources and not {"context.path", "context.resourcePath"}.isdisjoint(sources)
        if ttl and not covers and not by_path:
            reader.add(
                "ttl_seconds",
                f"must be 0, since a cached response applies to every route; or set `{spell('covers_all_routes')}`, if "
                "the "
                "response names all routes that the caller may use (secure_gateway.authorizer_responses.allow); or add "
                f"context.httpMethod and context.path to `{spell('identity_sources')}`",
            )
        if covers and not ttl:
            reader.requires("covers_all_routes", "ttl_seconds", reason="no response is cached")
        function = reader.leaf("function", check=check_function)
        if reader.has("function_name") and not isinstance(function, pulumi.Output):
            reader.add("function_name", "has no effect unless `function` is an Output")
        return cls(
            function=function or "unknown",
            function_name=reader.string("function_name", pattern=FUNCTION_NAME, expected="the name of a function"),
            token=token,
            identity_sources=sources,
            ttl_seconds=ttl,
            validation_expression=reader.string("validation_expression", "^Bearer [-0-9a-zA-Z._~+/]+=*$")
            if token
            else "",
            returns_api_key=reader.boolean("returns_api_key", default=False),
        )

    @classmethod
    def of_builtin(cls, spec: BuiltinSpec) -> "LambdaSpec":
        """The function that is made for a built-in authorizer; its name is known beforehand."""
        return cls(
            function=spec.function_name,
            function_name="",
            token=spec.token,
            identity_sources=spec.identity_sources,
            ttl_seconds=spec.ttl_seconds,
            validation_expression=spec.validation_expression,
            returns_api_key=spec.returns_api_key,
        )


@dataclass(frozen=True, kw_only=True)
class AuthSpec:
    """`AuthArgs`, validated, with defaults filled in."""

    cognito: Mapping[str, CognitoSpec]
    functions: Mapping[str, LambdaSpec]
    """Your own, and those of `builtins`."""
    builtins: Mapping[str, BuiltinSpec]
    default: str
    invoke_policies: Mapping[str, tuple[str, ...]]
    aws_error_texts: bool

    @property
    def authorizers(self) -> tuple[str, ...]:
        """The names of the declared authorizers."""
        return tuple(sorted({*self.cognito, *self.functions}))

    @classmethod
    def parse(cls, reader: Reader, gateway: str) -> "AuthSpec":
        """Decide the kind of each authorizer, and the default one; the gateway's name is part of functions' names."""
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
            aws_error_texts=reader.boolean("aws_error_texts", default=False),
        )

    def kind(self, authorizer: str) -> str:
        """`cognito`, `function` or `iam`."""
        return "cognito" if authorizer in self.cognito else "function" if authorizer in self.functions else IAM

    def scopes(self, authorizer: str, given: Sequence[str], place: str, problems: Problems) -> tuple[str, ...]:
        """The scopes a route requires, in full; without any, a Cognito route takes all of the authorizer's."""
        builtin = self.builtins.get(authorizer)
        if builtin is not None and builtin.gives_scopes:
            return tuple(sorted(set(given)))
        pool = self.cognito.get(authorizer)
        if pool is None:
            if given:
                message = "requires a Cognito authorizer, or a built-in one with tokens or keys: others know no scopes"
                problems.add(place, message)
            return ()
        known = pool.full_scopes
        if pool.id_token_clients:
            if given:
                problems.add(place, f"has no effect with `{spell('id_token_clients')}`: ID tokens have no scopes")
            return ()
        if not given:
            if not known:
                message = "required unless the authorizer has `scopes`: a method without any accepts every ID token"
                problems.add(place, message)
            return known
        full = [scope if "/" in scope else f"{pool.identifier}/{scope}" for scope in given]
        for index, scope in enumerate(full):
            if not pool.pool_arns and scope not in known:
                problems.reject(f"{place}[{index}]", given[index], f"is not a scope{suggest(scope, known)}")
        return tuple(sorted(set(full)))

    def security(self, authorizer: str, scopes: Sequence[str]) -> list[dict[str, list[str]]]:
        """The `security` of an operation in the document."""
        return [{"sigv4" if authorizer == IAM else authorizer: list(scopes) if authorizer in self.cognito else []}]

    def posture(self) -> tuple[str, ...]:
        """What is in force."""
        pools = [f"{name}: {each.posture()}" for name, each in sorted(self.cognito.items())]
        functions = [
            f"{name}: Lambda authorizer, {'TOKEN' if each.token else 'REQUEST'}, answers kept {each.ttl_seconds} s"
            for name, each in sorted(self.functions.items())
            if name not in self.builtins
        ]
        return (*pools, *functions, *(each.posture() for _, each in sorted(self.builtins.items())))


_check_route = matching(ROUTE_KEY, "a route of the form METHOD /path")


_check_source = matching(_SOURCE, "a source such as method.request.header.Authorization or context.httpMethod")
