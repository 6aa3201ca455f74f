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
from .routes import MEDIA_TYPE, METHODS, PARAMETER, PATH, RouteArgs, RouteSpec
from .spec import IAM, GatewaySpec
from .stages import NAME, LayerReaders, further_stages, own_stage, read_functions
from .validation.arns import check_iam_policy
from .validation.names import check_names
from .validation.problems import Gathering, Problems, join, spell
from .validation.reader import Reader, matching


def parse(name: str, args: SecureGatewayArgs) -> GatewaySpec:
    """Decide everything about a gateway.

    Raises `ArgsError` with all mistakes, before anything is registered.
    """
    problems = Problems()
    reader = Reader(args, SecureGatewayArgs, "", problems)
    auth = AuthSpec.parse(reader.child_or_empty("auth", AuthArgs), name)
    functions = read_functions(reader)
    for key in functions:
        if not re.fullmatch(r"[A-Za-z0-9_]+", key):
            problems.reject(join(spell("functions"), key), key, "is not a name of letters, digits and underscores")
    quotas = QuotasSpec.parse(reader.child_or_empty("quotas", QuotasArgs))
    models = Models(reader)
    own = _own_document(reader, auth, quotas)
    cors = reader.child("cors", CorsArgs)
    layers = LayerReaders(
        keys=reader.child_or_empty("keys", KeysArgs),
        waf=reader.child_or_empty("waf", WafArgs),
        observability=reader.child_or_empty("observability", ObservabilityArgs),
        tls=reader.child_or_empty("tls", TlsArgs),
    )
    stage = reader.string("stage", "live", pattern=NAME, expected="a name of letters, digits, underscores and hyphens")
    live = own_stage(reader, stage, functions, layers)
    spec = GatewaySpec(
        routes=_routes(reader, auth, Integrations(reader, functions, quotas), own, models),
        own=own,
        cors=CorsSpec.parse(cors) if cors else None,
        auth=auth,
        network=NetworkSpec.parse(reader.child_or_empty("network", NetworkArgs)),
        stages=(live, *further_stages(reader, live, layers)),
        account=AccountSpec.parse(reader.child_or_empty("account", AccountArgs)),
        quotas=quotas,
        schemas=models.used(own.components.get("schemas", {}) if own else {}),
        minimum_compression_size=_compression(reader),
        binary_media_types=reader.strings(
            "binary_media_types", check=matching(MEDIA_TYPE, "a media type such as image/png")
        ),
        body_media_types=reader.strings(
            "body_media_types", check=matching(_PLAIN_MEDIA_TYPE, "a media type without wildcards")
        ),
        api_name=reader.string("api_name", f"{name}-{pulumi.get_stack()}"),
        description=reader.string("description"),
        plain_arns=reader.boolean("plain_arns", default=False),
        tags=reader.leaf_map("tags", check=_check_tag),
        permissions_boundary_arn=reader.leaf("permissions_boundary_arn", check=check_iam_policy),
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


def _compression(reader: Reader) -> int | None:
    size = reader.integer("minimum_compression_size", 0, low=0, high=10_485_760, unit="bytes")
    return size if reader.has("minimum_compression_size") else None


def _check_tag(value: str) -> str | None:
    return None if len(value) <= _LONGEST_TAG else f"is longer than the {_LONGEST_TAG} characters that AWS accepts"


_LONGEST_TAG = 256
_PLAIN_MEDIA_TYPE = r"[\w.+-]+/[\w.+-]+"
_check_parameter = matching(PARAMETER, "a name of letters, digits and ._$-")


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
    path = reader.string("path", "/", pattern=PATH, expected="a path such as /orders/{id} or /{proxy+}")
    method = reader.string("method", "ANY", choices=METHODS)
    public = reader.string("public", expected="the reason why anybody may call this route")
    if reader.has("public"):
        for name in reader.given("auth", "scopes"):
            reader.conflict(name, reader.at("public"))
        if reader.get("api_key"):
            reader.add("api_key", "requires an authorizer: a key identifies a client but does not authenticate one")
    authorizer = "" if public else reader.string("auth", auth.default, choices=sorted({IAM, *auth.authorizers}))
    return RouteSpec(
        path=path,
        method=method,
        args_path=reader.path,
        authorizer=authorizer,
        caller=_caller(auth, authorizer),
        scopes=_scopes(auth, authorizer, reader.strings("scopes"), reader.at("scopes"), reader.problems),
        public=public,
        api_key=reader.boolean("api_key", default=False),
        integration=integrations.of_route(reader, f"{method} {path}"),
        body_schema=models.of_body(reader, method, path),
        required_query=reader.strings("required_query", check=_check_parameter),
        required_headers=reader.strings("required_headers", check=_check_parameter),
    )


def _operation(operation: Operation, auth: AuthSpec, integrations: Integrations, problems: Problems) -> RouteSpec:
    authorizer = "" if operation.public else operation.authorizer or auth.default
    path = f"{operation.args_path}.security"
    return RouteSpec(
        path=operation.path,
        method=operation.method,
        args_path=operation.args_path,
        authorizer=authorizer,
        caller=_caller(auth, authorizer),
        scopes=_scopes(auth, authorizer, operation.scopes, path, problems),
        public=operation.public,
        api_key=operation.api_key,
        integration=integrations.of_operation(operation, problems),
        definition=operation.definition,
    )


def _caller(auth: AuthSpec, authorizer: str) -> str:
    """Whom a token names. Not an IAM session: whoever may assume a role chooses the session's name."""
    if not authorizer or authorizer == IAM:
        return ""
    if authorizer in auth.builtins:
        # A principal alone may be the same with another issuer, tenant or validator.
        return "$context.authorizer.caller"
    return f"$context.authorizer.{'claims.sub' if auth.kind(authorizer) == 'cognito' else 'principalId'}"


def _scopes(auth: AuthSpec, authorizer: str, given: tuple[str, ...], path: str, problems: Problems) -> tuple[str, ...]:
    return auth.scopes(authorizer, given, path, problems) if authorizer else ()
