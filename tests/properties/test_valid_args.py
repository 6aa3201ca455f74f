"""Whatever args are valid: the document is one that REST import takes, and the pack is silent but for what was opened.

Mocks play AWS's part: that AWS accepts the resources is not shown here. `make properties` runs many more examples.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import aws_import
import judged
import valid_args
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV30SpecValidator
from profiles import few

from policypack.model.findings import Status
from secure_gateway import SecureGateway, SecureGatewayArgs
from secure_gateway.cache import CachedRouteArgs
from secure_gateway.layers.auth.builtin_args import BuiltinAuthorizerArgs
from secure_gateway.layers.auth.cognito import CognitoArgs, CognitoClientArgs
from secure_gateway.layers.keys import KeysArgs
from secure_gateway.layers.network import NetworkArgs
from secure_gateway.layers.observability import ObservabilityArgs
from secure_gateway.layers.tls import RoutingRuleArgs, TlsArgs
from secure_gateway.layers.tls.args import SharedDomainArgs
from secure_gateway.layers.waf import WafArgs
from secure_gateway.layers.waf.args import ResponseArgs
from secure_gateway.layers.waf.spec import WafSpec
from secure_gateway.parse import parse
from secure_gateway.routes import IntegrationArgs, RouteSpec
from secure_gateway.spec import GatewaySpec
from secure_gateway.stages import StageArgs, StageSpec
from secure_gateway.testing import Deployed, deploy
from secure_gateway.vpc_links import VpcLinkArgs


def built(args: Mapping[str, Any], *, known: bool = True) -> Deployed:
    return deploy(
        lambda: SecureGateway("api", valid_args.real(args, known=known)),
        preview=not known,
    )


def decided(args: Mapping[str, Any]) -> GatewaySpec:
    return deploy(lambda: parse("api", valid_args.real(args))).result


PAID = "auth-user-pool-threat-protection"
"""What AWS bills by user: it is off by default, and the option says that the pack then reports it."""

# What somebody opens or leaves out by an option that says so, and the policies that then speak.


def openings(spec: GatewaySpec) -> set[str]:
    found = {policy for stage in spec.stages for policy in _of_stage(stage)}
    return found | set(_of_api(spec))


def _watched(spec: GatewaySpec) -> bool:
    """Whether each web ACL that is made here is watched by a stage that it protects."""
    made = [stage for stage in spec.stages if not stage.waf.waived and stage.waf.acl_arn is None]
    shared = [stage for stage in made if stage is spec.stage or not stage.own_waf]
    alone = [[stage] for stage in made if stage not in shared]
    return all(any(stage.observability.alarmed for stage in each) for each in [*alone, *([shared] if shared else [])])


def _is_preflight(route: RouteSpec) -> bool:
    """Whether API Gateway itself answers OPTIONS requests, without data, as browsers' preflights need it."""
    mock = route.integration.mock
    return route.method == "OPTIONS" and mock is not None and not mock.body


def _restricts_senders(stage: StageSpec) -> bool:
    """Whether the web ACL of a stage blocks all addresses but the listed ones, or those of the proxies in front."""
    waf = stage.waf
    rules = {"other-proxies"} if waf.forwarded_ip else {"other-addresses"} if waf.allow_cidrs else set[str]()
    return not waf.waived and waf.acl_arn is None and any(not waf.counts(rule) for rule in rules)


def _of_api(spec: GatewaySpec) -> Iterator[str]:
    if any(route.public and not _is_preflight(route) for route in spec.routes):
        yield "auth-methods-authenticated"
    if not _watched(spec):
        yield "observability-web-acl-blocks-have-alarm"
    if spec.network.waived and not all(_restricts_senders(stage) for stage in spec.stages):
        yield "network-callers-restricted"
    for pool in spec.auth.cognito.values():
        if pool.pool_arns:
            continue
        if not pool.deletion_protection:
            yield "auth-user-pool-deletion-protection"
        reported = {
            "mfa": "auth-user-pool-mfa",
            "temporary_password_days": "auth-user-pool-passwords-strong",
        }
        yield from (reported[option] for option in pool.exceptions if option in reported)
        machines = pool.clients and all(client.machine for client in pool.clients.values())
        if pool.threat_protection != "ENFORCED" and not machines:
            yield PAID
    for authorizer in [*spec.auth.functions.values(), *spec.auth.builtins.values()]:
        if "ttl_seconds" in authorizer.exceptions:
            yield "auth-authorizer-cache-ttl-limited"


def _of_stage(stage: StageSpec) -> Iterator[str]:
    if stage.keys.waived:
        yield "keys-stages-throttled"
    for key in stage.keys.keys.values():
        reported = {"enabled": "keys-keys-enabled", "value": "keys-key-values-generated"}
        yield from (reported[option] for option in key.exceptions)
    if stage.tls.keep_default_endpoint:
        yield "tls-default-endpoint-disabled"
    if any(domain.without_mutual_tls for domain in stage.tls.domains):
        yield "tls-mutual-tls-on-every-domain"
    yield from _of_waf(stage)
    yield from _of_observability(stage)


def _of_waf(stage: StageSpec) -> Iterator[str]:
    waf = stage.waf
    if waf.waived:
        yield "waf-stages-have-web-acl"
        return
    if waf.acl_arn is not None:
        return
    if waf.count_all:
        yield from (
            "waf-callers-rate-limited",
            "waf-managed-rules-included",
            "waf-own-rules-block",
        )
    if all(map(waf.counts, waf.rules)):
        yield "waf-web-acls-block"
    if waf.count_all and any(map(waf.is_group, waf.rules)):
        yield "waf-rule-groups-block"
    for rule in waf.count:
        if rule == "rate-limit":
            yield "waf-callers-rate-limited"
        if rule in valid_args.BASIC_GROUPS:
            yield "waf-managed-rules-included"
        yield "waf-rule-groups-block" if waf.is_group(rule) else "waf-own-rules-block"
    yield from _of_waf_exceptions(waf)


def _of_waf_exceptions(waf: WafSpec) -> Iterator[str]:
    for option in waf.exceptions:
        if option.startswith("managed_group_settings."):
            counts = option.endswith(".count")
            yield "waf-group-rules-not-overridden" if counts else "waf-managed-rules-included"
    if "log_retention_days" in waf.exceptions:
        yield "observability-log-retention-sufficient"
    if "rate_limit.requests" in waf.exceptions:
        yield "waf-callers-rate-limited"
    if "managed_groups" in waf.exceptions:
        yield "waf-managed-rules-included"


def _by_own_groups(spec: GatewaySpec) -> set[str]:
    """What depends on rule groups of the caller's own, which no program declares here."""
    return {"waf-managed-rules-included"} if any(stage.waf.rule_groups for stage in spec.stages) else set()


def _of_observability(stage: StageSpec) -> Iterator[str]:
    seen = stage.observability
    if seen.waived:
        yield from (
            "observability-access-logs-enabled",
            "observability-execution-logs-enabled",
            "observability-metrics-enabled",
        )
        yield from ("observability-stages-have-alarms", "observability-xray-enabled")
        return
    reported = {
        "encrypt": "observability-logs-encrypted",
        "method_metrics": "observability-metrics-enabled",
        "tracing": "observability-xray-enabled",
        "execution_log_level": "observability-execution-logs-enabled",
        "retention_days": "observability-log-retention-sufficient",
    }
    yield from (reported[option] for option in seen.exceptions)
    if seen.alarms.waived:
        yield "observability-stages-have-alarms"


# The properties.


RULED = {"tls": {"domain": {"routing_mode": "ROUTING_RULE_THEN_BASE_PATH_MAPPING"}}}
CACHE = {"routes": {"GET /orders": {}}}
ROOMS: list[tuple[type, Any]] = [
    *[(CognitoArgs, valid_args.cognito())] * 2,
    (CognitoClientArgs, valid_args.clients(["read"])),
    (BuiltinAuthorizerArgs, valid_args.builtins(mutual=True, answers_keys=False)),
    *[(IntegrationArgs, valid_args.integrations("/orders/{id}", ["f"], caller=True, timeout=29_000))] * 2,
    *[(VpcLinkArgs, valid_args.vpc_links(valid_args.between(1, 65_535)))] * 2,
    (KeysArgs, valid_args.keys(["GET /orders"], keyed=True, source="HEADER", several=False)),
    (NetworkArgs, valid_args.networks(signed=True, private=False, only_signed=True)),
    (NetworkArgs, valid_args.networks(signed=True, private=True, only_signed=True)),
    *[(WafArgs, valid_args.wafs())] * 3,
    (CachedRouteArgs, valid_args.cached_routes()),
    (ResponseArgs, valid_args.responses()),
    (ObservabilityArgs, valid_args.observabilities()),
    (TlsArgs, valid_args.tls("api.example.com", public=True, mutual=False)),
    *[(TlsArgs, valid_args.tls("api.example.com", public=True, mutual=True))] * 4,
    (TlsArgs, st.booleans().map(lambda each: {"disable_default_endpoint": each})),
    (StageArgs, valid_args.stages({**RULED, "functions": {"f": "f"}, "variables": {"flavour": "x"}, "cache": CACHE})),
    *[(RoutingRuleArgs, valid_args.routing_rules())] * 2,
    (SharedDomainArgs, valid_args.shared_domains()),
]
"""Parts of the whole that are drawn first, so that rare options come soon; again at the end, if an option is left.

What is drawn also depends on the constants of the modules that are imported."""


def test_every_field_of_the_args_is_drawn_with_all_its_bounds(monkeypatch):
    monkeypatch.setitem(valid_args.ODDS, "against", 1)
    forgotten = valid_args.fields() | valid_args.edges()
    for number, (shape, strategy) in enumerate(
        [*ROOMS, *[(SecureGatewayArgs, valid_args.gateways())] * 10, *ROOMS * 4]
    ):
        if forgotten:
            forgotten -= drawn(shape, strategy, number)

    assert not forgotten, f"no generated gateway has {sorted(forgotten)}: see tests/valid_args.py"


def drawn(shape: type, strategy: Any, number: int) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()

    @seed(number)
    @settings(max_examples=60, database=None, phases=[Phase.generate])
    @given(strategy)
    def draw(args):
        found.update(valid_args.present(args, shape))

    draw()
    return found


@few
@given(valid_args.gateways())
def test_the_pack_is_silent_but_for_what_was_opened(args):
    spec, deployed = decided(args), built(args)
    found = judged.findings(deployed)

    undecided = {each.policy: each.message for each in found if each.status is Status.UNDECIDED}
    assert undecided.keys() <= _by_own_groups(spec), undecided
    assert {each.policy for each in found} == openings(spec), found
    reported = {each.policy for each in found} - {PAID}
    assert not reported or valid_args.REASON in repr(args), "what needs no reason violates no policy"
    check_document(deployed.document, spec)


def check_document(document: Mapping[str, Any], spec: GatewaySpec) -> None:
    public = {f"{verb} {path}" for verb, path, operation in operations(document) if operation["security"] == []}
    preflights = {f"OPTIONS {path}" for path in document["paths"]} if spec.cors else set()

    assert public == {route.key for route in spec.routes if route.public} | preflights
    assert aws_import.problems(document, frozenset(public)) == []
    # OpenAPI knows no greedy parameters.
    plain = json.loads(json.dumps(document).replace("+}", "}"))
    assert [each.message for each in OpenAPIV30SpecValidator(plain).iter_errors()] == []


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, method, operation in aws_import.operations(document):
        yield "ANY" if method.startswith("x-") else method.upper(), path, operation


@few
@given(valid_args.gateways())
def test_before_the_first_deployment_nothing_else_is_violated(args):
    spec, found = decided(args), judged.findings(built(args, known=False))
    violated = {each.policy for each in found if each.status is Status.VIOLATION}
    undecided = {each.policy for each in found if each.status is Status.UNDECIDED}

    # What was opened is seen already, unless it hangs on a value that is not there yet. Of a document that is unknown
    # as a whole, the undecided routes stand for the authorizers, too.
    in_document = {"auth-authorizer-cache-ttl-limited"} if "auth-methods-authenticated" in undecided else set[str]()
    assert violated <= openings(spec) <= violated | undecided | in_document, found
    assert undecided <= _by_own_groups(spec) or waits(args, spec), found


def waits(args: Any, spec: GatewaySpec) -> bool:
    """Whether something that a policy reads is known only after deployment."""
    private = spec.network.private
    # The managed policy of the logging role is named by its ARN, whose partition is that of the role.
    logging = args.get("account", {}).get("ensure")
    own_endpoint = private is not None and private.vpc is not None
    # The policy of a bucket contains the bucket's ARN.
    own_truststore = any(each.tls.mutual_tls and each.tls.mutual_tls.truststore_uri is None for each in spec.stages)
    return "Later(" in repr(args) or spec.plain_arns or own_endpoint or own_truststore or logging
