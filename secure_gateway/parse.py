"""Parses the args of a gateway: fills in every default, or raises one error that lists every mistake."""

import re
from dataclasses import replace

import pulumi

from .account import AccountArgs, AccountSpec
from .args import SecureGatewayArgs
from .checks import CHECKS
from .cors import CorsArgs, CorsSpec
from .integration_choice import Integrations
from .layers.auth import AuthArgs, AuthSpec
from .layers.keys import KeysArgs
from .layers.network import NetworkArgs, NetworkSpec
from .layers.observability import ObservabilityArgs
from .layers.tls import TlsArgs
from .layers.waf import WafArgs
from .openapi import OpenApiArgs, Operation, OwnDocument, ScopeCheck, read
from .openapi.models import Models
from .quotas import QuotasArgs, QuotasSpec
from .routes import RouteArgs, RouteSpec
from .spec import IAM, GatewaySpec
from .stages import NAME, LayerReaders, further_stages, own_stage, read_functions
from .validation.fields import options
from .validation.names import check_names
from .validation.problems import Gathering, Problems, join, spell
from .validation.reader import Reader
from .vpc_links import read_vpc_links


def parse(name: str, args: SecureGatewayArgs) -> GatewaySpec:
    """Validate the args, and fill in the defaults.

    Raises `ArgsError` with all mistakes, before anything is registered.
    """
    problems = Problems()
    reader = Reader(args, SecureGatewayArgs, "", problems)
    auth = AuthSpec.parse(reader.child_or_empty("auth", AuthArgs), name)
    functions = read_functions(reader)
    for key in functions:
        if not re.fullmatch(r"[A-Za-z0-9_]+", key):
            problems.reject(join(spell("functions"), key), key, "is not a name of letters, digits and underscores")
    vpc_links = read_vpc_links(reader)
    quotas = QuotasSpec.parse(reader.child_or_empty("quotas", QuotasArgs))
    models = Models(reader)
    own = _own_document(reader, auth, quotas)
    cors = reader.child("cors", CorsArgs)
    network = NetworkSpec.parse(reader.child_or_empty("network", NetworkArgs))
    layers = LayerReaders(
        keys=reader.child_or_empty("keys", KeysArgs),
        waf=reader.child_or_empty("waf", WafArgs),
        observability=reader.child_or_empty("observability", ObservabilityArgs),
        tls=reader.child_or_empty("tls", TlsArgs),
        private=network.private is not None,
    )
    stage = reader.string("stage", "live", pattern=NAME, expected="a name of letters, digits, underscores and hyphens")
    live = own_stage(reader, stage, functions, layers)
    spec = GatewaySpec(
        **options(GatewaySpec, reader),
        routes=_routes(reader, auth, Integrations(reader, functions, quotas, vpc_links), own, models),
        vpc_links=vpc_links,
        own=own,
        cors=CorsSpec.parse(cors) if cors else None,
        auth=auth,
        network=network,
        stages=(live, *further_stages(reader, live, layers)),
        account=AccountSpec.parse(reader.child_or_empty("account", AccountArgs)),
        quotas=quotas,
        schemas=models.used(own.components.get("schemas", {}) if own else {}),
        api_name=reader.string("api_name", f"{name}-{pulumi.get_stack()}"),
    )
    for check in CHECKS:
        check(spec, problems)
    check_names(name, spec.names(name), problems)
    problems.raise_any(f"SecureGateway {name!r}")
    return _with_credentials(spec)


def _with_credentials(spec: GatewaySpec) -> GatewaySpec:
    """Give each web ACL the headers and query arguments that carry credentials, so that its log leaves them out."""
    credentials = spec.auth.credentials(spec.authorizers)
    stages = [replace(each, waf=replace(each.waf, credentials=credentials)) for each in spec.stages]
    return replace(spec, stages=tuple(stages))


def _own_document(reader: Reader, auth: AuthSpec, quotas: QuotasSpec) -> OwnDocument | None:
    child = reader.child("openapi", OpenApiArgs)
    if child is None:
        return None
    authorizers: dict[str, ScopeCheck] = {name: _scope_check(auth, name) for name in (IAM, *auth.authorizers)}
    return read(child, authorizers, quotas.integration_timeout_ms)


def _scope_check(auth: AuthSpec, authorizer: str) -> ScopeCheck:
    """What checks the scopes of the tokens that an authorizer accepts."""
    builtin = auth.builtins.get(authorizer)
    if authorizer in auth.cognito or (builtin is not None and builtin.gives_scopes):
        return "gateway"
    return "nobody" if builtin is not None or authorizer == IAM else "function"


def _routes(
    reader: Reader, auth: AuthSpec, integrations: Integrations, own: OwnDocument | None, models: Models
) -> tuple[RouteSpec, ...]:
    if not reader.given("routes", "openapi"):
        reader.add("routes", "required unless `openapi` is given")
    routes = [_route(each, auth, integrations, models) for each in reader.children("routes", RouteArgs)]
    if reader.has("routes") and not routes:
        reader.add("routes", "must list at least one route")
    operations = own.operations if own else ()
    gathering = Gathering(reader.problems)
    routes += [_operation(each, auth, integrations, gathering) for each in operations]
    names = [each.operation_id or f"{each.method} {each.path}" for each in operations]
    integrations.refuse_unused(names)
    return tuple(routes)


def _route(reader: Reader, auth: AuthSpec, integrations: Integrations, models: Models) -> RouteSpec:
    plain = options(RouteSpec, reader)
    if reader.has("public"):
        for name in reader.given("auth", "scopes"):
            reader.conflict(name, reader.at("public"))
        if reader.get("api_key"):
            reader.add("api_key", "requires an authorizer: a key identifies a client but does not authenticate one")
    authorizer = (
        "" if plain["public"] else reader.string("auth", auth.default, choices=sorted({IAM, *auth.authorizers}))
    )
    return RouteSpec(
        **plain,
        args_path=reader.path,
        authorizer=authorizer,
        caller=_caller(auth, authorizer, f"{plain['method']} {plain['path']}"),
        scopes=_scopes(auth, authorizer, reader.strings("scopes"), reader.at("scopes"), reader.problems),
        integration=integrations.of_route(reader, f"{plain['method']} {plain['path']}"),
        body_schema=models.of_body(reader, plain["method"], plain["path"]),
    )


def _operation(operation: Operation, auth: AuthSpec, integrations: Integrations, problems: Problems) -> RouteSpec:
    authorizer = "" if operation.public else operation.authorizer or auth.default
    path = f"{operation.args_path}.security"
    return RouteSpec(
        path=operation.path,
        method=operation.method,
        args_path=operation.args_path,
        authorizer=authorizer,
        caller=_caller(auth, authorizer, f"{operation.method} {operation.path}"),
        scopes=_scopes(auth, authorizer, operation.scopes, path, problems),
        public=operation.public,
        api_key=operation.api_key,
        integration=integrations.of_operation(operation, problems),
        definition=operation.definition,
    )


def _caller(auth: AuthSpec, authorizer: str, route: str) -> str:
    """Whom a token names. Not an IAM session: whoever may assume a role chooses the session's name."""
    if not authorizer or authorizer == IAM:
        return ""
    if authorizer in auth.builtins:
        # A principal alone may be the same with another issuer, tenant or validator.
        return "$context.authorizer.caller" if auth.builtins[authorizer].names_callers(route) else ""
    return f"$context.authorizer.{'claims.sub' if auth.kind(authorizer) == 'cognito' else 'principalId'}"


def _scopes(auth: AuthSpec, authorizer: str, given: tuple[str, ...], path: str, problems: Problems) -> tuple[str, ...]:
    return auth.scopes(authorizer, given, path, problems) if authorizer else ()
