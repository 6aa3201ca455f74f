"""Checks that span several fields, layers or routes of a gateway."""

import json
import re
from collections.abc import Callable
from typing import Final

from . import cache
from .authorizer_responses import opens
from .layers import network
from .routes import TIMEOUT_MS, RouteSpec, parameters
from .spec import IAM, GatewaySpec
from .stages import check_stages
from .validation.problems import Gathering, Problems, join, listing, spell, suggest


def _check_routes(spec: GatewaySpec, problems: Problems) -> None:
    seen: dict[str, str] = {}
    shapes: dict[str, str] = {}
    gathering = Gathering(problems)
    for route in spec.routes:
        if route.key in seen:
            problems.reject(
                f"{route.args_path}.path", route.key, f"is declared twice: `{seen[route.key]}` is the same route"
            )
        seen.setdefault(route.key, route.args_path)
        # AWS's tree of resources has one parameter per path segment, with one name, greedy or not.
        prefix = ""
        for segment in route.path.strip("/").split("/"):
            if segment.startswith("{"):
                other = shapes.setdefault(prefix, segment)
                if other != segment:
                    # The routes below one segment have one cause.
                    message = f"{segment!r} must be {other!r}, as another route names this path segment"
                    gathering.add(f"{route.args_path}.path", message)
            prefix += f"/{segment}"
        if route.path in _RESERVED and any(stage.tls.has_domain for stage in spec.stages):
            predicate = "is reserved: on a custom domain API Gateway responds to it itself, as a health check"
            problems.reject(f"{route.args_path}.path", route.path, predicate)
        unknown = sorted({*parameters(route.integration.path)} - {*parameters(route.path)})
        if unknown:
            problems.add(
                f"{route.args_path}.integration.path",
                f"{route.path!r} has no {'parameter' if len(unknown) == 1 else 'parameters'} {listing(unknown)}"
                f"{suggest(unknown[0], parameters(route.path))}",
            )
        if spec.cors and route.method == "OPTIONS":
            predicate = "cannot be combined with `cors`, which responds to every preflight request itself"
            problems.reject(route.args_path, route.key, predicate)
    spec.quotas.check(
        {route.path for route in spec.routes}, spec.authorizers - {IAM}, {stage.name for stage in spec.stages}, problems
    )


_RESERVED = frozenset({"/ping", "/sping"})


def _check_bodies(spec: GatewaySpec, problems: Problems) -> None:
    """Media types that replace `$default` need a schema that is declared for every media type."""
    if spec.body_media_types and not any(_is_for_every_type(route) for route in spec.routes):
        message = "has no effect: no route has a schema of its body that is declared for every media type"
        problems.add(spell("body_media_types"), message)


def _check_streams(spec: GatewaySpec, problems: Problems) -> None:
    """What AWS does to whole responses only has no effect where every response is streamed."""
    if spec.minimum_compression_size is not None and all(route.integration.streams for route in spec.routes):
        message = "has no effect: every route streams its response, and API Gateway compresses whole responses only"
        problems.add(spell("minimum_compression_size"), message)


def _is_for_every_type(route: RouteSpec) -> bool:
    content = route.definition.get("requestBody", {}).get("content", {})
    return route.body_schema is not None or "$default" in content


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
        if stage.variables and not read and (not stage.args_path or not spec.stage.variables):
            message = "has no effect: no function and no integration of `openapi` reads stage variables"
            problems.add(stage.at("variables"), message)
        for name in sorted(wanted - stage.variables.keys()):
            problems.add(join(stage.at("variables"), name), "required: an integration of `openapi` refers to it")


def _check_services(spec: GatewaySpec, problems: Problems) -> None:
    for route in spec.routes:
        service = route.integration.service
        if service is None:
            continue
        place = f"{route.args_path}.integration"
        if any(each.part == "caller" for each in service.sources) and not route.caller:
            message = (
                f"`caller` requires an authorizer that names the caller; {route.key} is public, is called with an "
                "IAM session, or accepts a shared secret alone"
            )
            problems.add(place, message)
        for source in service.sources:
            if source.part == "path" and source.name not in parameters(route.path):
                predicate = f"is not a parameter of {route.path!r}{suggest(source.name, parameters(route.path))}"
                problems.reject(place, f"path.{source.name}", predicate)


def _check_keys(spec: GatewaySpec, problems: Problems) -> None:
    keyed = [route for route in spec.routes if route.api_key]
    labels = {route.key for route in spec.routes}
    # A stage that changes nothing about keys has the very spec of the gateway.
    for keys in {id(stage.keys): stage.keys for stage in spec.stages}.values():
        for route in keyed if not keys.plans else []:
            message = f"requires a usage plan in `{keys.path}.plans`: without one every request gets 403"
            problems.add(f"{route.args_path}.{spell('api_key')}", message)
        if keys.plans and not keyed:
            message = f"requires a route with `{spell('api_key')}` true: no request is counted against these plans"
            problems.add(f"{keys.path}.plans", message)
        if keys.source != spec.stage.keys.source:
            predicate = f"differs from {spec.stage.keys.source!r} in `keys.source`: an API has one source of keys"
            problems.reject(join(keys.path, "source"), keys.source, predicate)
        for place, key in keys.route_keys():
            if key not in labels:
                problems.reject(place, key, f"is not a route{suggest(key, labels)}")


def _check_builtins(spec: GatewaySpec, problems: Problems) -> None:
    """Built-in authorizers must receive what they validate, and their responses must be exact."""
    own = spec.stage.tls.mutual_tls
    mutual = all(
        each.tls.mutual_tls or (own and each.is_under_own_domain and not each.tls.has_domain) for each in spec.stages
    )
    for name, each in spec.auth.builtins.items():
        routes = {route.key: route.scopes for route in spec.routes if route.authorizer == name}
        each.check(routes, problems)
        keyed = any(route.api_key for route in spec.routes if route.authorizer == name)
        if keyed and spec.stage.keys.source == "HEADER" and each.reads("x-api-key"):
            message = (
                "a validator must not read the header x-api-key: it holds the usage plan's key, unless `keys.source` "
                "is 'AUTHORIZER'"
            )
            problems.add(f"{each.path}.validators", message)
        if each.certificates and not mutual:
            message = (
                f"`{spell('client_certificate')}` requires `tls.{spell('mutual_tls')}` on every stage: without it "
                "callers present no certificates"
            )
            problems.add(f"{each.path}.validators", message)


def _check_key_source(spec: GatewaySpec, problems: Problems) -> None:
    """With the key source `AUTHORIZER`, every authorizer of a route with `api_key` must return a key."""
    returning = {name for name, each in spec.auth.functions.items() if each.returns_api_key}
    if spec.stage.keys.source != "AUTHORIZER":
        for name in sorted(returning):
            kind = "builtin" if name in spec.auth.builtins else "function"
            place = join(f"{join('auth.authorizers', name)}.{kind}", spell("returns_api_key"))
            problems.add(place, "requires `keys.source` 'AUTHORIZER'")
        return
    keyed = [route for route in spec.routes if route.api_key]
    if not keyed:
        problems.add("keys.source", f"'AUTHORIZER' requires a route with `{spell('api_key')}` true")
    for route in keyed:
        if route.authorizer not in returning:
            predicate = (
                f"returns no API key, but `keys.source` is 'AUTHORIZER': use a Lambda authorizer with "
                f"`{spell('returns_api_key')}`{suggest(route.authorizer, returning)}"
            )
            problems.reject(f"{route.args_path}.auth", route.authorizer, predicate)


def _check_vpc_links(spec: GatewaySpec, problems: Problems) -> None:
    """A created security group must permit what the integrations of its VPC link connect to."""
    for route in spec.routes:
        integration = route.integration
        vpc_link = spec.vpc_links.get(integration.vpc_link)
        if vpc_link and not vpc_link.accepts(integration.url):
            predicate = (
                f"has another port than {vpc_link.port}, to which the security group of the VPC link permits "
                f"connections: set `{join(join(spell('vpc_links'), integration.vpc_link), 'port')}`"
            )
            problems.reject(f"{route.args_path}.integration.url", integration.url, predicate)


def _check_connected(spec: GatewaySpec, problems: Problems) -> None:
    """What is declared and reached by no route protects nothing."""
    for name in spec.auth.authorizers:
        if name not in spec.authorizers:
            problems.add(join("auth.authorizers", name), "no route uses this authorizer")
    used = {route.integration.function for route in spec.routes}
    for name in spec.stage.functions:
        if name not in used:
            problems.add(join("functions", name), "no route's integration uses this function")
    linked = {route.integration.vpc_link for route in spec.routes}
    for name in spec.vpc_links:
        if name not in linked:
            problems.add(join(spell("vpc_links"), name), "no route's integration uses this VPC link")
    by_key = {route.key: route for route in spec.routes}
    signed = [route.key for route in spec.routes if route.authorizer == IAM]
    for name, keys in spec.auth.invoke_policies.items():
        for index, key in enumerate(keys):
            route = by_key.get(key)
            place = f"{join(join('auth', spell('invoke_policies')), name)}[{index}]"
            if route is None:
                problems.reject(place, key, f"is not a route{suggest(key, by_key)}")
            elif route.authorizer != IAM:
                problems.reject(place, key, "is a route whose auth is not 'iam': an IAM policy has no effect on it")
            elif opened := [each for each in signed if each not in keys and opens(key, each)]:
                predicate = f"also opens {listing(opened)}, since `*` matches `/` in a policy: list these routes too"
                problems.reject(place, key, predicate)


def _check_network(spec: GatewaySpec, problems: Problems) -> None:
    spec.network.check_auth(spec.auth_kinds, problems)
    if not spec.network.waived:
        network.check_size(spec.network, spec.auth_kinds, problems)
        _check_own_account(spec, problems)


def _check_families(spec: GatewaySpec, problems: Problems) -> None:
    """IPv6 callers of a dual-stack domain meet the same address lists as those of a dual-stack API."""
    for stage in spec.stages:
        for domain in stage.tls.domains:
            if domain.ip_address_type == "dualstack" and not domain.private:
                for name, what in spec.network.without_ipv6.items():
                    place = join("network", spell(name))
                    message = f"must list IPv6 ranges too, or all IPv6 callers of {domain.name} are {what}"
                    problems.add(place, message)


def _check_own_account(spec: GatewaySpec, problems: Problems) -> None:
    if spec.network.private and spec.auth.invoke_policies and not spec.network.account and not spec.network.principals:
        message = (
            f"required with `network.private` and `{join('auth', spell('invoke_policies'))}`: without it every "
            "principal of the account may call, whatever those policies say"
        )
        problems.add(join("network", "account"), message)


def _check_stages(spec: GatewaySpec, problems: Problems) -> None:
    check_stages(spec.stages, problems)
    if spec.plain_arns and spec.varied:
        message = f"must be false while functions differ by stage or canary: {listing(spec.varied)}"
        problems.add(spell("plain_arns"), message)
    _check_shadowed(spec, problems)


def _check_alarms(spec: GatewaySpec, problems: Problems) -> None:
    """An alarm whose threshold no request can reach reports nothing."""
    waits = [(each.integration.own or {}).get("timeoutInMillis", each.integration.timeout_ms) for each in spec.routes]
    longest = max([each for each in waits if isinstance(each, int)], default=TIMEOUT_MS) + _LONGEST_AUTHORIZER_MS
    own = spec.stage.observability
    for stage in spec.stages:
        alarms = stage.observability.alarms
        watched = stage.observability.alarmed and (stage is spec.stage or stage.observability is not own)
        if watched and alarms.latency_p99_ms >= longest:
            place = join(join(stage.at("observability"), "alarms"), spell("latency_p99_ms"))
            predicate = f"is never reached: a request takes less than {longest:,} ms, with its authorizer"
            problems.reject(place, alarms.latency_p99_ms, predicate)


_LONGEST_AUTHORIZER_MS = 30_000
"""How long API Gateway waits for a Lambda authorizer, before it calls the integration."""


def _check_shadowed(spec: GatewaySpec, problems: Problems) -> None:
    """AWS prefers the longest base path: below a domain whose root is mapped too, it hides the routes that begin so."""
    own = spec.stages[0].tls.domain
    if own is None or "" not in own.base_paths:
        return
    beside = {path: "tls.domain" for path in own.base_paths if path}
    beside |= {stage.base_path: stage.at("base_path") for stage in spec.stages[1:] if stage.base_path}
    rules = {stage.at("routing_rule"): stage.routing_rule for stage in spec.stages if stage.routing_rule}
    beside |= {rule.base_path: place for place, rule in rules.items() if rule.base_path and not rule.headers}
    for route in spec.routes:
        head = route.path.strip("/").split("/")[0]
        if head in beside:
            predicate = f"cannot be reached on the domain: `{beside[head]}` maps the base path {head!r} to a stage"
            problems.reject(f"{route.args_path}.path", route.path, predicate)


CHECKS: Final[tuple[Callable[[GatewaySpec, Problems], None], ...]] = (
    _check_routes,
    _check_bodies,
    _check_streams,
    _check_services,
    _check_caches,
    _check_variables,
    _check_keys,
    _check_key_source,
    _check_builtins,
    _check_vpc_links,
    _check_connected,
    _check_network,
    _check_families,
    _check_stages,
    _check_alarms,
)
"""In the order in which their mistakes are reported."""
