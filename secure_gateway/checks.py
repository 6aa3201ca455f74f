"""Checks that span several fields, layers or routes of a gateway."""

import json
import re
from collections.abc import Callable
from typing import Final

from . import cache
from .authorizer_responses import opens
from .layers import network
from .routes import parameters
from .spec import IAM, GatewaySpec
from .stages import check_stages
from .validation.problems import NOTHING, Problems, Shown, join, listing, nearest, spell


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
        if any(each.place == "caller" for each in service.sources) and not route.caller:
            allowed = "`caller` only behind an authorizer whose token names one: no public route, no IAM session"
            problems.add(place, given=Shown(f"caller, on {route.key}"), allowed=allowed)
        for source in service.sources:
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


CHECKS: Final[tuple[Callable[[GatewaySpec, Problems], None], ...]] = (
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
"""In the order in which their mistakes are reported."""
