"""Parses the args of a gateway: every default spelled out, or one error that lists every mistake."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from . import cache
from .account import AccountArgs, AccountSpec
from .answers import opens
from .args import SecureGatewayArgs
from .cors import CorsArgs, CorsSpec
from .layers import network
from .layers.auth import AuthArgs, AuthSpec
from .layers.keys import KeysArgs, KeysSpec
from .layers.network import NetworkArgs, NetworkSpec
from .layers.observability import ObservabilityArgs, ObservabilitySpec
from .layers.tls import TlsArgs, TlsSpec
from .layers.waf import WafArgs, WafSpec
from .models import Models
from .openapi import OpenApiArgs, Operation, OwnDocument
from .openapi import read as read_openapi
from .problems import NOTHING, Problems, Shown, join, listing, nearest, spell
from .quotas import QuotasArgs, QuotasSpec
from .reader import Reader
from .routes import (
    MEDIA_TYPE,
    METHODS,
    PARAMETER,
    PATH,
    IntegrationArgs,
    IntegrationSpec,
    RouteArgs,
    RouteSpec,
    parameters,
)
from .services import Service, sources
from .stages import NAME, StageSpec, check_function, check_stages, further_stages, own_stage

IAM = "iam"
"""The built-in authorizer: callers sign with Signature Version 4."""


@dataclass(frozen=True, kw_only=True)
class GatewaySpec:
    """`SecureGatewayArgs`, decided."""

    routes: tuple[RouteSpec, ...]
    own: OwnDocument | None
    cors: CorsSpec | None
    auth: AuthSpec
    network: NetworkSpec
    stages: tuple[StageSpec, ...]
    """The gateway's own stage first."""
    account: AccountSpec
    quotas: QuotasSpec
    schemas: Mapping[str, Any]
    """Schemas of the routes' bodies, in AWS's dialect, under names that AWS takes."""
    minimum_compression_size: int | None
    binary_media_types: tuple[str, ...]
    api_name: str
    description: str
    plain_arns: bool
    tags: Mapping[str, pulumi.Input[str]]
    permissions_boundary_arn: pulumi.Input[str] | None

    @property
    def stage(self) -> StageSpec:
        """The gateway's own stage."""
        return self.stages[0]

    @property
    def varied(self) -> frozenset[str]:
        """The functions that are not the same in every stage and canary."""
        own = self.stage.functions
        canaries = [stage.canary.functions for stage in self.stages if stage.canary]
        answered = [*(stage.functions for stage in self.stages), *canaries]
        return frozenset(name for each in answered for name in each if each[name] != own.get(name))

    @property
    def cache_keys(self) -> Mapping[str, tuple[str, ...]]:
        """By route, what tells its kept answers apart."""
        caches = [stage.cache for stage in self.stages if stage.cache]
        return cache.cache_keys(caches, self.routes, self.auth, self.cors)

    @property
    def services(self) -> Mapping[str, Service]:
        """The AWS services that integrations call, by the stem of their stage variables."""
        integrations = [route.integration for route in self.routes]
        return {each.variable: each.service for each in integrations if each.service}

    @property
    def disable_execute_api_endpoint(self) -> bool:
        """Whether the API answers under its domains only."""
        return any(stage.tls.disable_execute_api_endpoint for stage in self.stages)

    @property
    def authorizers(self) -> frozenset[str]:
        """The names of the authorizers that routes use."""
        return frozenset(route.authorizer for route in self.routes if route.authorizer)

    @property
    def kinds(self) -> dict[str, tuple[str, ...]]:
        """Routes by how their requests authenticate: `iam`, `cognito`, `function`, `none`, and `preflight` (CORS)."""
        found: dict[str, list[str]] = {}
        for route in self.routes:
            kind = self.auth.kind(route.authorizer) if route.authorizer else "none"
            found.setdefault(kind, []).append(route.key)
        if self.cors:
            found["preflight"] = [f"OPTIONS {path}" for path in {route.path for route in self.routes}]
        return {kind: tuple(sorted(keys)) for kind, keys in found.items()}


def parse(name: str, args: SecureGatewayArgs) -> GatewaySpec:
    """Decide everything about a gateway.

    Raises `ArgsError` with all mistakes, before anything is registered.
    """
    problems = Problems()
    reader = Reader(args, SecureGatewayArgs, "", problems)
    auth = AuthSpec.parse(_layer(reader, "auth", AuthArgs), name)
    functions = reader.named_leaves("functions", check=check_function)
    for key in functions:
        if not re.fullmatch(r"[A-Za-z0-9_]+", key):
            problems.add(join(spell("functions"), key), given=key, allowed="a name of letters, digits and `_`")
    quotas = QuotasSpec.parse(_layer(reader, "quotas", QuotasArgs))
    models = Models(reader)
    own = _own_document(reader, auth)
    cors = reader.child("cors", CorsArgs)
    keys = KeysSpec.parse(_layer(reader, "keys", KeysArgs))
    waf = WafSpec.parse(_layer(reader, "waf", WafArgs))
    observability = ObservabilitySpec.parse(_layer(reader, "observability", ObservabilityArgs))
    layers = {
        "keys": keys,
        "waf": waf,
        "observability": observability,
        "tls": TlsSpec.parse(_layer(reader, "tls", TlsArgs)),
    }
    stage = reader.text("stage", "live", pattern=NAME, allowed="letters, digits, `_` and `-`")
    live = own_stage(reader, stage, functions, layers)
    spec = GatewaySpec(
        routes=_routes(reader, auth, _Integrations(reader, functions, quotas), own, models),
        own=own,
        cors=CorsSpec.parse(cors) if cors else None,
        auth=auth,
        network=NetworkSpec.parse(_layer(reader, "network", NetworkArgs)),
        stages=(live, *further_stages(reader, live)),
        account=AccountSpec.parse(_layer(reader, "account", AccountArgs)),
        quotas=quotas,
        schemas=models.kept(own.components.get("schemas", {}) if own else {}),
        minimum_compression_size=_compression(reader),
        binary_media_types=reader.texts("binary_media_types", check=_check_media_type),
        api_name=reader.text("api_name", f"{name}-{pulumi.get_stack()}"),
        description=reader.text("description"),
        plain_arns=reader.flag("plain_arns", default=False),
        tags=reader.named_leaves("tags", check=_check_tag),
        permissions_boundary_arn=reader.leaf("permissions_boundary_arn", check=_check_policy),
    )
    checks = (
        _check_routes,
        _check_services,
        _check_caches,
        _check_variables,
        _check_keys,
        _check_key_source,
        _check_builtins,
        _check_connected,
        _check_network,
        _check_stages,
    )
    for check in checks:
        check(spec, problems)
    problems.raise_any(f"SecureGateway {name!r}")
    return spec


def _layer(reader: Reader, field_name: str, shape: type) -> Reader:
    """A layer's fields; absent means all its defaults."""
    return reader.child(field_name, shape) or Reader({}, shape, reader.at(field_name), reader.problems)


def _compression(reader: Reader) -> int | None:
    size = reader.integer("minimum_compression_size", 0, low=0, high=10_485_760, unit="bytes")
    return size if reader.has("minimum_compression_size") else None


def _check_media_type(media_type: str) -> str | None:
    return None if re.fullmatch(MEDIA_TYPE, media_type) else "a media type such as image/png"


def _check_tag(value: str) -> str | None:
    return None if len(value) <= _LONGEST_TAG else f"at most {_LONGEST_TAG} characters"


_LONGEST_TAG = 256


def _check_policy(arn: str) -> str | None:
    pattern = r"arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy/\S+"
    return (
        None if re.fullmatch(pattern, arn) else "the ARN of an IAM policy, such as arn:aws:iam::<account>:policy/<name>"
    )


def _own_document(reader: Reader, auth: AuthSpec) -> OwnDocument | None:
    child = reader.child("openapi", OpenApiArgs)
    return read_openapi(child, {IAM, *auth.authorizers}) if child else None


class _Integrations:
    """Gives each route its integration, and knows which were never asked for."""

    def __init__(self, reader: Reader, functions: Collection[str], quotas: QuotasSpec) -> None:
        self.functions = functions
        self.slowest = quotas.integration_timeout_ms
        self.problems = reader.problems
        self.place = reader.at("integrations")
        self.given = reader.named("integrations", IntegrationArgs)
        self.default = reader.child("default_integration", IntegrationArgs)
        self.default_place = spell("default_integration")
        self.used: set[str] = set()
        self._default = self._parsed(self.default, "default") if self.default else None

    def _parsed(self, reader: Reader, key: str) -> IntegrationSpec:
        return IntegrationSpec.parse(reader, key, self.functions, self.slowest)

    def of_route(self, reader: Reader, key: str) -> IntegrationSpec:
        """The route's own, else the default."""
        own = reader.child("integration", IntegrationArgs)
        if own:
            return self._parsed(own, key)
        if self._default is None:
            self.problems.add(
                reader.at("integration"), given=NOTHING, allowed=f"an integration here, or {self.default_place}"
            )
        return self._default or IntegrationSpec()

    def of_operation(self, operation: Operation) -> IntegrationSpec:
        """By operationId or `METHOD /path`, else the document's own, else the default."""
        key = f"{operation.method} {operation.path}"
        names = [name for name in (operation.operation_id, key) if name and name in self.given]
        self.used.update(names)
        if len(names) > 1:
            self.problems.add(join(self.place, names[1]), given=key, allowed=f"only {names[0]!r}, the same operation")
        if names:
            return self._parsed(self.given[names[0]], key)
        if operation.integration is not None:
            return IntegrationSpec(own=operation.integration)
        if self._default is None:
            name = operation.operation_id or key
            allowed = (
                f"{join(self.place, name)}, {self.default_place}, or x-amazon-apigateway-integration in the document"
            )
            self.problems.add(operation.place, given=Shown("no integration"), allowed=allowed)
        return self._default or IntegrationSpec()

    def refuse_unused(self, known: Collection[str]) -> None:
        """An integration of no operation is a mistake: it would answer nothing."""
        for name in self.given:
            if name not in self.used:
                allowed = f"an operationId or METHOD /path of openapi ({listing(known)}){nearest(name, known)}"
                self.problems.add(join(self.place, name), given=name, allowed=allowed)


def _routes(
    reader: Reader, auth: AuthSpec, integrations: _Integrations, own: OwnDocument | None, models: Models
) -> tuple[RouteSpec, ...]:
    if not reader.given("routes", "openapi"):
        reader.problems.add("routes", given=NOTHING, allowed="at least one route, or openapi")
    routes = [_route(each, auth, integrations, models) for each in reader.children("routes", RouteArgs)]
    if reader.has("routes") and not routes:
        reader.refuse("routes", "at least one route")
    operations = own.operations if own else ()
    routes += [_operation(each, auth, integrations) for each in operations]
    names = [each.operation_id or f"{each.method} {each.path}" for each in operations]
    integrations.refuse_unused(names)
    return tuple(routes)


def _route(reader: Reader, auth: AuthSpec, integrations: _Integrations, models: Models) -> RouteSpec:
    path = reader.text("path", "/", pattern=PATH, allowed="a path such as /orders/{id} or /{proxy+}")
    method = reader.text("method", "ANY", choices=METHODS)
    public = reader.text("public", allowed="the reason why anybody may call this route")
    if reader.has("public"):
        for name in reader.given("auth", "scopes"):
            reader.refuse(name, f"nothing beside {reader.at('public')}")
        if reader.get("api_key"):
            reader.refuse(
                "api_key", "only beside an authorizer: a key identifies a client, it does not authenticate one"
            )
    authorizer = "" if public else reader.text("auth", auth.default, choices=sorted({IAM, *auth.authorizers}))
    return RouteSpec(
        path=path,
        method=method,
        place=reader.path,
        authorizer=authorizer,
        caller=_caller(auth, authorizer),
        scopes=_scopes(auth, authorizer, reader.texts("scopes"), reader.at("scopes"), reader.problems),
        public=public,
        api_key=reader.flag("api_key", default=False),
        integration=integrations.of_route(reader, f"{method} {path}"),
        body_schema=models.of_body(reader, method, path),
        required_query=reader.texts("required_query", check=_check_parameter),
        required_headers=reader.texts("required_headers", check=_check_parameter),
    )


def _check_parameter(name: str) -> str | None:
    return None if re.fullmatch(PARAMETER, name) else "letters, digits and ._$-"


def _operation(operation: Operation, auth: AuthSpec, integrations: _Integrations) -> RouteSpec:
    authorizer = "" if operation.public else operation.authorizer or auth.default
    place = f"{operation.place}.security"
    return RouteSpec(
        path=operation.path,
        method=operation.method,
        place=operation.place,
        authorizer=authorizer,
        caller=_caller(auth, authorizer),
        scopes=_scopes(auth, authorizer, operation.scopes, place, integrations.problems),
        public=operation.public,
        api_key=operation.api_key,
        integration=integrations.of_operation(operation),
        definition=operation.definition,
    )


def _caller(auth: AuthSpec, authorizer: str) -> str:
    """Whom a token names. Not an IAM session: whoever may assume a role chooses the session's name."""
    if not authorizer or authorizer == IAM:
        return ""
    return f"$context.authorizer.{'claims.sub' if auth.kind(authorizer) == 'cognito' else 'principalId'}"


def _scopes(auth: AuthSpec, authorizer: str, given: tuple[str, ...], place: str, problems: Problems) -> tuple[str, ...]:
    return auth.scopes(authorizer, given, place, problems) if authorizer else ()


def _check_routes(spec: GatewaySpec, problems: Problems) -> None:
    seen: dict[str, str] = {}
    shapes: dict[str, str] = {}
    for route in spec.routes:
        if route.key in seen:
            problems.add(f"{route.place}.path", given=route.key, allowed=f"each route once; {seen[route.key]} has it")
        seen.setdefault(route.key, route.place)
        # Two parameters of different names, one of them greedy or not, cannot stand in one place of AWS's tree.
        prefix = ""
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{"):
                other = shapes.setdefault(prefix, segment)
                if other != segment:
                    allowed = f"{other} in this place, as in another route"
                    problems.add(f"{route.place}.path", given=segment, allowed=allowed)
            prefix += f"/{segment}"
        if route.path in _RESERVED and any(stage.tls.domain for stage in spec.stages):
            allowed = "another path: on a custom domain API Gateway answers it itself, to check its own health"
            problems.add(f"{route.place}.path", given=route.path, allowed=allowed)
        unknown = sorted({*parameters(route.integration.path)} - {*parameters(route.path)})
        if unknown:
            allowed = f"parameters of {route.path} ({listing(parameters(route.path))})"
            problems.add(f"{route.place}.integration.path", given=listing(unknown), allowed=allowed)
        if spec.cors and route.method == "OPTIONS":
            allowed = "nothing beside cors, which answers every preflight, without authorizer as browsers need it"
            problems.add(route.place, given=route.key, allowed=allowed)
    spec.quotas.check(
        {route.path for route in spec.routes}, spec.authorizers - {IAM}, {stage.name for stage in spec.stages}, problems
    )


_RESERVED = frozenset({"/ping", "/sping"})


def _check_caches(spec: GatewaySpec, problems: Problems) -> None:
    for stage in spec.stages:
        if stage.cache:
            mtls = any(each.tls.mutual_tls for each in spec.stages)
            cache.check(stage.cache, spec.routes, spec.auth, problems, mtls=mtls)


def _check_variables(spec: GatewaySpec, problems: Problems) -> None:
    """Integrations of the user's own document refer to variables that every stage must have."""
    texts = [json.dumps(route.integration.own) for route in spec.routes if route.integration.own]
    wanted = {name for text in texts for name in re.findall(r"stageVariables\.(\w+)", text)}
    read = bool(wanted) or any(route.integration.function for route in spec.routes)
    read = read or any(not each.token for each in spec.auth.functions.values())
    for stage in spec.stages:
        if stage.variables and not read and (not stage.place or not spec.stage.variables):
            allowed = "nothing: no function and no integration of openapi is there to read them"
            problems.add(stage.at("variables"), given=Shown(listing(stage.variables)), allowed=allowed)
        for name in sorted(wanted - stage.variables.keys()):
            allowed = "a value for it: an integration of openapi refers to it"
            problems.add(join(stage.at("variables"), name), given=NOTHING, allowed=allowed)


def _check_services(spec: GatewaySpec, problems: Problems) -> None:
    for route in spec.routes:
        service = route.integration.service
        if service is None:
            continue
        place = f"{route.place}.integration"
        if service.takes_caller and not route.caller:
            allowed = "`caller` only behind an authorizer whose token names one: no public route, no IAM session"
            problems.add(place, given=Shown(f"caller, on {route.key}"), allowed=allowed)
        for source in sources(service):
            if source.place == "path" and source.name not in parameters(route.path):
                allowed = f"a parameter of {route.path} ({listing(parameters(route.path))})"
                problems.add(place, given=f"path.{source.name}", allowed=allowed)


def _check_keys(spec: GatewaySpec, problems: Problems) -> None:
    keyed = [route for route in spec.routes if route.api_key]
    labels = {route.key for route in spec.routes}
    # A stage that changes nothing about keys has the very spec of the gateway.
    for keys in {id(stage.keys): stage.keys for stage in spec.stages}.values():
        for route in keyed if not keys.plans else []:
            allowed = f"true only with a usage plan in {keys.place}.plans, else every call is refused"
            problems.add(f"{route.place}.{spell('api_key')}", given=True, allowed=allowed)
        if keys.plans and not keyed:
            allowed = (
                f"plans only where a route has {spell('api_key')}=true: no request would be counted against a plan"
            )
            problems.add(f"{keys.place}.plans", given=Shown(listing(keys.plans)), allowed=allowed)
        if keys.source != spec.stage.keys.source:
            allowed = f"{spec.stage.keys.source!r}, as in keys: one API has one source"
            problems.add(join(keys.place, "source"), given=keys.source, allowed=allowed)
        for place, key in keys.route_keys():
            if key not in labels:
                allowed = f"a route's METHOD /path ({listing(labels)}){nearest(key, labels)}"
                problems.add(place, given=key, allowed=allowed)


def _check_builtins(spec: GatewaySpec, problems: Problems) -> None:
    """What a built-in authorizer checks must reach it, and what it answers must be exact."""
    own = spec.stage.tls.mutual_tls
    mutual = all(each.tls.mutual_tls or (own and each.base_path and not each.tls.domain) for each in spec.stages)
    for name, each in spec.auth.builtins.items():
        routes = {route.key: route.scopes for route in spec.routes if route.authorizer == name}
        each.check(routes, problems)
        keyed = any(route.api_key for route in spec.routes if route.authorizer == name)
        if keyed and spec.stage.keys.source == "HEADER" and each.reads("x-api-key"):
            allowed = "another header: x-api-key holds the usage plan's key, unless keys.source is 'AUTHORIZER'"
            problems.add(f"{each.place}.validators", given=Shown("x-api-key"), allowed=allowed)
        if each.certificates and not mutual:
            allowed = f"client_certificate only beside tls.{spell('mutual_tls')}: else there are no certificates"
            problems.add(f"{each.place}.validators", given=Shown("client_certificate"), allowed=allowed)


def _check_key_source(spec: GatewaySpec, problems: Problems) -> None:
    """Keys come from the answers of Lambda authorizers only where all that guard keyed routes say so."""
    answering = {name for name, each in spec.auth.functions.items() if each.returns_api_key}
    if spec.stage.keys.source != "AUTHORIZER":
        for name in sorted(answering):
            kind = "builtin" if name in spec.auth.builtins else "function"
            place = join(f"{join('auth.authorizers', name)}.{kind}", spell("returns_api_key"))
            problems.add(place, given=True, allowed="true only beside keys.source 'AUTHORIZER'")
        return
    keyed = [route for route in spec.routes if route.api_key]
    if not keyed:
        problems.add("keys.source", given="AUTHORIZER", allowed=f"'HEADER': no route has {spell('api_key')}")
    for route in keyed:
        if route.authorizer not in answering:
            allowed = (
                f"a Lambda authorizer with {spell('returns_api_key')} ({listing(answering)}), since keys.source is "
                "'AUTHORIZER'; or keys.source 'HEADER'"
            )
            problems.add(f"{route.place}.auth", given=route.authorizer, allowed=allowed)


def _check_connected(spec: GatewaySpec, problems: Problems) -> None:
    """What is declared and reached by no route protects nothing."""
    for name in spec.auth.authorizers:
        if name not in spec.authorizers:
            problems.add(join("auth.authorizers", name), given=name, allowed="an authorizer that some route uses")
    used = {route.integration.function for route in spec.routes}
    for name in spec.stage.functions:
        if name not in used:
            problems.add(join("functions", name), given=name, allowed="a function that some route's integration names")
    by_key = {route.key: route for route in spec.routes}
    signed = [route.key for route in spec.routes if route.authorizer == IAM]
    for name, keys in spec.auth.invoke_policies.items():
        for index, key in enumerate(keys):
            route = by_key.get(key)
            place = f"{join(join('auth', spell('invoke_policies')), name)}[{index}]"
            if route is None:
                problems.add(
                    place, given=key, allowed=f"a route's METHOD /path ({listing(by_key)}){nearest(key, by_key)}"
                )
            elif route.authorizer != IAM:
                problems.add(
                    place, given=key, allowed="a route whose auth is 'iam': only there does an IAM policy count"
                )
            elif opened := [each for each in signed if each not in keys and opens(key, each)]:
                allowed = f"beside it {listing(opened)}, which it opens too: in a policy `*` crosses `/`"
                problems.add(place, given=key, allowed=allowed)


def _check_network(spec: GatewaySpec, problems: Problems) -> None:
    spec.network.check_auth(spec.kinds, problems)
    if not spec.network.waived:
        network.check_size(spec.network, spec.kinds, problems)
        _check_own_account(spec, problems)
    for stage in spec.stages if spec.network.private is not None else ():
        for name, given in stage.tls.public_only():
            problems.add(
                f"{stage.at('tls')}.{spell(name)}",
                given=given,
                allowed="nothing beside network.private: AWS has it for Regional APIs only",
            )


def _check_own_account(spec: GatewaySpec, problems: Problems) -> None:
    if spec.network.private and spec.auth.invoke_policies and not spec.network.account and not spec.network.principals:
        allowed = (
            f"the gateway's own account: a private API needs an Allow, and without it every principal of the account "
            f"may call, so that {join('auth', spell('invoke_policies'))} would decide nothing"
        )
        problems.add(join("network", "account"), given=NOTHING, allowed=allowed)


def _check_stages(spec: GatewaySpec, problems: Problems) -> None:
    check_stages(spec.stages, problems)
    if spec.plain_arns and spec.varied:
        allowed = f"false: {listing(spec.varied)} differ by stage or canary, so stage variables name them"
        problems.add(spell("plain_arns"), given=True, allowed=allowed)
    _check_shadowed(spec, problems)


def _check_shadowed(spec: GatewaySpec, problems: Problems) -> None:
    """AWS prefers the longest base path: below a domain whose root is mapped too, it hides the routes that begin so."""
    own = spec.stages[0].tls.domain
    if own is None or "" not in own.base_paths:
        return
    beside = {path: "tls.domain" for path in own.base_paths if path}
    beside |= {stage.base_path: stage.at("base_path") for stage in spec.stages[1:] if stage.base_path}
    for route in spec.routes:
        head = route.path.strip("/").split("/")[0]
        if head in beside:
            allowed = f"another first segment: {beside[head]} leads {head!r} of the domain elsewhere"
            problems.add(f"{route.place}.path", given=route.path, allowed=allowed)
