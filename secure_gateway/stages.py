"""Stages: the names under which one API is served, each with layers of its own."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

import pulumi

from .aws_facts import BASE_PATH
from .cache import CacheArgs, CacheSpec
from .layers.keys import KeysArgs, KeysSpec
from .layers.observability import ObservabilityArgs, ObservabilitySpec
from .layers.tls import RULES_FIRST, RoutingRuleArgs, RoutingRuleSpec, TlsArgs, TlsSpec
from .layers.waf import WafArgs, WafSpec
from .routes import VARIABLE_VALUE
from .validation.arns import check_function, invoked
from .validation.fields import number, options, parses, string
from .validation.problems import Problems, join, listing, spell, suggest
from .validation.reader import Reader, matching
from .validation.written_credentials import is_credential

NAME = r"[A-Za-z0-9_\-]{1,128}"
_GENERATED = ("function_", "link_", "pool_", "role_", "service_", "url_", "vpc_link_")
"""How the stage variables that the component writes itself begin."""
_LATEST = ":$LATEST"
_EXCLUSIVE = ("waived", "acl_arn")
"""Fields that exclude the other fields of a layer: a stage that gives one inherits nothing from the gateway's layer."""


class CanaryArgs(TypedDict, total=False):
    """A share of the requests that goes to other backends, through the same routes, authorizers and resource policy."""

    percent: float
    """Share of the stage's requests that goes to the canary."""

    functions: Mapping[str, pulumi.Input[str]]
    """Functions that handle the canary's requests instead of those declared under the same name in `functions`: the
    name or ARN of another version, alias or function of this account and region. Defaults to none."""

    variables: Mapping[str, pulumi.Input[str]]
    """Values of your own stage variables (`variables`) in the canary. Defaults to none."""


class StageArgs(TypedDict, total=False):
    """A further stage, which serves the same document.

    A setting that is not given here is that of the gateway's own stage; so is each field of a layer that is not given.
    """

    keys: KeysArgs
    """How much clients may call. Each stage has its own usage plans and API keys: a key is valid for its stage only."""

    waf: WafArgs
    """Which requests are blocked. If given, the stage has a web ACL of its own; otherwise it shares the gateway's."""

    observability: ObservabilityArgs
    """What is recorded. Each stage has its own logs, alarms, topic and dashboard."""

    tls: TlsArgs
    """The stage's own domain, which is never that of the gateway's own stage. The whole API has one TLS policy."""

    base_path: str
    """First path segment under which the gateway's own domain leads to this stage. Defaults to none."""

    routing_rule: RoutingRuleArgs
    """The requests to the gateway's own domain that lead to this stage, such as those with a header `X-Version`. The
    domain must have the routing mode `ROUTING_RULE_THEN_BASE_PATH_MAPPING`. Defaults to none."""

    functions: Mapping[str, pulumi.Input[str]]
    """Functions that handle this stage's requests instead of those declared under the same name in the gateway's
    `functions`, in the same account and region. Defaults to none."""

    variables: Mapping[str, pulumi.Input[str]]
    """Your own stage variables, which add to the gateway's or replace them. Defaults to the gateway's."""

    canary: CanaryArgs
    """A share of the requests that goes to other backends. Defaults to none, whatever the gateway's own stage has."""

    cache: CacheArgs
    """Responses that are cached, encrypted. Defaults to none, whatever the gateway's own stage has."""


@parses(CanaryArgs)
@dataclass(frozen=True, kw_only=True)
class CanarySpec:
    """`CanaryArgs`, validated, with defaults filled in."""

    percent: float = number(10, low=0, high=99.99, above=True, unit="percent")
    functions: Mapping[str, pulumi.Input[str]]
    variables: Mapping[str, pulumi.Input[str]]

    @classmethod
    def parse(
        cls,
        reader: Reader,
        functions: Mapping[str, pulumi.Input[str]],
        variables: Mapping[str, pulumi.Input[str]],
    ) -> "CanarySpec":
        """Reject a canary that differs in nothing, or in more than backends."""
        own = substitutes(reader, functions)
        values = stage_variables(reader)
        for name in values:
            if name not in variables:
                predicate = f"is not a variable of the stage{suggest(name, variables)}"
                reader.problems.reject(join(reader.at("variables"), name), name, predicate)
        for name, mine, common in (("functions", own, functions), ("variables", values, variables)):
            for key, value in mine.items():
                if isinstance(value, str) and value == common.get(key):
                    message = "must differ from the stage's own value, or be left out"
                    reader.problems.add(join(reader.at(name), key), message)
        if not any(reader.get(name) for name in ("functions", "variables")):
            message = "requires `functions` or `variables`: otherwise the canary does not differ from the stage"
            reader.problems.add(reader.path, message)
        return cls(**options(cls, reader), functions=own, variables=values)


@parses(StageArgs)
@dataclass(frozen=True, kw_only=True)
class StageSpec:
    """A stage, validated, with defaults filled in."""

    name: str
    args_path: str
    """Where it is declared; empty for the gateway's own stage."""
    keys: KeysSpec
    waf: WafSpec
    observability: ObservabilitySpec
    tls: TlsSpec
    own_waf: bool = True
    watches_web_acl: bool
    """Whether its alarms watch the web ACL: one that stages share is watched once, by the first that has alarms."""
    base_path: str = string(pattern=BASE_PATH, expected="one path segment without slashes")
    routing_rule: RoutingRuleSpec | None = None
    functions: Mapping[str, pulumi.Input[str]]
    """All functions, as this stage calls them."""
    variables: Mapping[str, pulumi.Input[str]]
    canary: CanarySpec | None
    cache: CacheSpec | None

    @property
    def is_under_own_domain(self) -> bool:
        """Whether the domain of the gateway's own stage leads to this one too."""
        return bool(self.base_path or self.routing_rule)

    def at(self, name: str) -> str:
        """The path of one of its fields."""
        return join(self.args_path, spell(name))

    def prefix(self, name: str) -> str:
        """How its resources' names begin: with the gateway's name and its own, whichever role it has.

        A stage that becomes the gateway's own one, or ceases to be that, is the same stage in AWS.
        """
        return f"{name}-{self.name}"

    def former_prefix(self, name: str) -> str:
        """How they began in versions that named those of the gateway's own stage after the gateway alone."""
        return self.prefix(name) if self.args_path else name

    def names(self, name: str) -> list[tuple[str, str]]:
        """The resources that are named after the gateway, with their names in the program."""
        prefix = self.prefix(name)
        # The web ACL of the gateway's own stage may protect others too.
        acl = self.waf.names(prefix if self.args_path else name) if self.own_waf else []
        return [*acl, *self.observability.names(prefix), *self.tls.names(prefix)]

    def posture(self) -> tuple[str, ...]:
        """What canary and cache do."""
        canary = [f"canary: {self.canary.percent:g} % of requests, same authorizers and policy"] if self.canary else []
        return (*canary, *([self.cache.posture()] if self.cache else []))


@dataclass(frozen=True, kw_only=True)
class LayerReaders:
    """The gateway's args of the layers that each stage has for itself; all stages share `auth` and `network`."""

    keys: Reader
    waf: Reader
    observability: Reader
    tls: Reader
    private: bool
    """Whether the API is private."""


def own_stage(reader: Reader, name: str, functions: Mapping[str, pulumi.Input[str]], layers: LayerReaders) -> StageSpec:
    """The gateway's own stage, from the gateway's args; functions are parsed already."""
    waf = WafSpec.parse(layers.waf)
    observability = ObservabilitySpec.parse(layers.observability)
    variables = stage_variables(reader)
    canary, cache = reader.child("canary", CanaryArgs), reader.child("cache", CacheArgs)
    return StageSpec(
        name=name,
        args_path="",
        keys=KeysSpec.parse(layers.keys),
        waf=waf,
        observability=observability,
        tls=TlsSpec.parse(layers.tls, private=layers.private),
        watches_web_acl=waf.metric_known and observability.alarmed,
        functions=functions,
        variables=variables,
        canary=CanarySpec.parse(canary, functions, variables) if canary else None,
        cache=CacheSpec.parse(cache) if cache else None,
    )


def further_stages(reader: Reader, own: StageSpec, layers: LayerReaders) -> tuple[StageSpec, ...]:
    """The stages in addition to the gateway's own; `layers` are the gateway's."""
    stages: list[StageSpec] = []
    watched = own.watches_web_acl
    for name, each in reader.child_map("stages", StageArgs).items():
        if not re.fullmatch(NAME, name):
            reader.problems.reject(each.path, name, "is not a name of letters, digits, underscores and hyphens")
        if name == own.name:
            predicate = (
                "is the gateway's own stage (see `stage`): configure it with the top-level settings, or choose another "
                "name"
            )
            reader.problems.reject(each.path, name, predicate)
        stage = _stage(each, name, own, layers, watched=watched)
        watched = watched or (stage.watches_web_acl and not stage.own_waf)
        stages.append(stage)
    return tuple(stages)


def _stage(reader: Reader, name: str, own: StageSpec, layers: LayerReaders, *, watched: bool) -> StageSpec:
    """`watched` is whether alarms watch the gateway's web ACL already."""
    variables = {**own.variables, **stage_variables(reader)}
    rule = reader.child("routing_rule", RoutingRuleArgs)
    canary, cache = reader.child("canary", CanaryArgs), reader.child("cache", CacheArgs)
    called = {**own.functions, **substitutes(reader, own.functions)}
    keys, waf, observability = (
        reader.child("keys", KeysArgs),
        reader.child("waf", WafArgs),
        reader.child("observability", ObservabilityArgs),
    )
    waf_spec = WafSpec.parse(_over(waf, layers.waf)) if waf else own.waf
    observability_spec = (
        ObservabilitySpec.parse(_over(observability, layers.observability)) if observability else own.observability
    )
    return StageSpec(
        **options(StageSpec, reader),
        name=name,
        args_path=reader.path,
        keys=KeysSpec.parse(_over(keys, layers.keys), of_stage=True) if keys else own.keys,
        waf=waf_spec,
        observability=observability_spec,
        watches_web_acl=waf_spec.metric_known and observability_spec.alarmed and (waf is not None or not watched),
        tls=_tls(reader.child_or_empty("tls", TlsArgs), own, layers),
        own_waf=waf is not None,
        routing_rule=RoutingRuleSpec.parse(rule) if rule else None,
        functions=called,
        variables=variables,
        canary=CanarySpec.parse(canary, called, variables) if canary else None,
        cache=CacheSpec.parse(cache) if cache else None,
    )


def _over(layer: Reader, common: Reader) -> Reader:
    """A layer of a stage: its own fields, and the gateway's for what it leaves out."""
    exclusive = [name for name in _EXCLUSIVE if layer.knows(name)]
    if layer.given(*exclusive) or common.has("waived"):
        return layer
    return layer.over(common, [name for name in common.names if name not in exclusive])


def _tls(layer: Reader, own: StageSpec, layers: LayerReaders) -> TlsSpec:
    """A domain leads to one stage, so that only what all domains of an API share comes from the gateway's."""
    shared = ["security_policy", "endpoint_access_mode"]
    if layer.has("domain"):
        shared += ["mutual_tls", "keep_default_endpoint"]
    elif layer.has("shared_domain"):
        shared += ["keep_default_endpoint"]
    # With mutual TLS the gateway has AWS's only policy for it, also where its args do not name it.
    default = own.tls.security_policy if layers.tls.has("mutual_tls") else None
    return TlsSpec.parse(layer.over(layers.tls, shared), private=layers.private, default_policy=default)


def substitutes(reader: Reader, functions: Collection[str]) -> dict[str, pulumi.Input[str]]:
    """Functions in place of declared ones."""
    given = read_functions(reader)
    for name in given:
        if name not in functions:
            predicate = f"is not declared in `functions`{suggest(name, functions)}"
            reader.problems.reject(join(reader.at("functions"), name), name, predicate)
    return given


def stage_variables(reader: Reader) -> dict[str, pulumi.Input[str]]:
    """Variables of the caller's own; those that the component writes are out of reach."""
    given = reader.leaf_map("variables", check=_check_value)
    for name in given:
        if not re.fullmatch(r"[A-Za-z0-9_]{1,64}", name) or name.startswith(_GENERATED):
            predicate = (
                "is not a name of up to 64 letters, digits and underscores that begins with none of "
                f"{listing(_GENERATED)}"
            )
            reader.problems.reject(join(reader.at("variables"), name), name, predicate)
    for name, value in given.items():
        if isinstance(value, str) and is_credential(name, value):
            message = (
                "looks like a credential, and everyone who can read the stage can read its variables: store it in "
                "AWS Secrets Manager, and let the backend read it there"
            )
            reader.problems.add(join(reader.at("variables"), name), message)
    return given


def read_functions(reader: Reader) -> dict[str, pulumi.Input[str]]:
    """Read Lambda functions by the names that routes refer to."""
    functions = reader.leaf_map("functions", check=_check_invoked)
    return {name: invoked(each, join(reader.at("functions"), name)) for name, each in functions.items()}


def _check_invoked(given: str) -> str | None:
    """Say what is wrong where a string names no function that API Gateway can be permitted to invoke."""
    wrong, function = check_function(given), str(invoked(given, ""))
    if wrong or not function.endswith(_LATEST):
        return wrong
    return f"ends in {_LATEST}, for which AWS accepts no permission; did you mean {function.removesuffix(_LATEST)!r}?"


_check_value = matching(VARIABLE_VALUE, "a stage variable's value: 1 to 512 letters, digits and -._~:/?#&=,")


def check_stages(stages: tuple[StageSpec, ...], problems: Problems) -> None:
    """What one stage asks of the whole API, or of another stage."""
    _check_names(stages, problems)
    _check_key_values(stages, problems)
    _check_domains(stages, problems)
    own = stages[0]
    closed = any(stage.tls.disable_execute_api_endpoint for stage in stages)
    taken = dict.fromkeys(own.tls.domain.base_paths if own.tls.domain else ("",), own.name)
    for stage in stages[1:]:
        place = stage.at("tls")
        for name in ("api_security_policy", "endpoint_access_mode"):
            if getattr(stage.tls, name) != getattr(own.tls, name):
                predicate = f"differs from {getattr(own.tls, name)!r} in `tls`: an API has one TLS policy"
                problems.reject(place, getattr(stage.tls, name), predicate)
        if stage.tls.disable_default_endpoint:
            message = "must be given in `tls` of the gateway: an API has one execute-api endpoint"
            problems.add(join(place, spell("disable_default_endpoint")), message)
        _check_rule(stage, stages, problems)
        if stage.tls.has_domain and closed != stage.tls.disable_execute_api_endpoint:
            message = "must be given for every stage with a domain or for none: an API has one execute-api endpoint"
            problems.add(join(place, spell("keep_default_endpoint")), message)
        if stage.base_path and not own.tls.domain:
            problems.add(stage.at("base_path"), "requires `tls.domain`")
        elif stage.base_path:
            if stage.base_path in taken:
                predicate = f"is the base path of stage {taken[stage.base_path]!r} already"
                problems.reject(stage.at("base_path"), stage.base_path, predicate)
            taken[stage.base_path] = stage.name
        reached = stage.tls.has_domain or stage.is_under_own_domain
        if closed and not reached and not own.tls.disable_default_endpoint:
            message = (
                f"nobody can reach this stage, since a domain closes the execute-api endpoint: give "
                f"`{spell('base_path')}`, a domain in `{place}`, or `tls.{spell('keep_default_endpoint')}` with a "
                "reason"
            )
            problems.add(stage.args_path, message)
    if closed and not own.tls.has_domain and not own.tls.disable_default_endpoint:
        message = (
            "nobody can reach the gateway's own stage, since another stage's domain closes the execute-api endpoint: "
            "give it a `domain` too"
        )
        problems.add("tls", message)


def _check_rule(stage: StageSpec, stages: tuple[StageSpec, ...], problems: Problems) -> None:
    """A rule needs a domain that evaluates it, and has a priority of its own."""
    rule, domain = stage.routing_rule, stages[0].tls.domain
    if rule is None:
        return
    place = stage.at("routing_rule")
    if domain is None:
        problems.add(place, "requires `tls.domain`")
    elif domain.routing_mode != RULES_FIRST:
        problems.add(place, f"requires `{join('tls.domain', spell('routing_mode'))}` {RULES_FIRST!r}")
    if stage.base_path:
        problems.add(place, f"cannot be combined with `{stage.at('base_path')}`: give the path in the rule")
    others = {each.routing_rule.priority for each in stages if each.routing_rule and each is not stage}
    if rule.priority in others:
        predicate = "is the priority of another stage's rule: AWS has each priority of a domain once"
        problems.reject(join(place, "priority"), rule.priority, predicate)


def _check_key_values(stages: tuple[StageSpec, ...], problems: Problems) -> None:
    """AWS accepts a value once in an account and region, and each stage has keys of its own."""
    taken: list[Any] = []
    for stage in stages:
        for name, key in stage.keys.keys.items():
            if key.value is None:
                continue
            if any(key.value is each or (isinstance(each, str) and each == key.value) for each in taken):
                message = "is the value of another key: AWS accepts each value once, and every stage has its own keys"
                place = join(join(stage.at("keys"), "keys"), name)
                problems.add(join(place, "value"), message)
            taken.append(key.value)


def _check_domains(stages: tuple[StageSpec, ...], problems: Problems) -> None:
    """A domain leads to one stage; other stages stand under a base path of it."""
    taken: dict[str, str] = {}
    for stage in stages:
        for domain in stage.tls.domains:
            other = taken.setdefault(domain.name, stage.name)
            if other != stage.name:
                predicate = f"leads to stage {other!r} already: choose another name, or use `{spell('base_path')}`"
                problems.reject(stage.at("tls"), domain.name, predicate)
    for stage in stages:
        shared = stage.tls.shared_domain
        if shared and isinstance(shared.name, str) and shared.name in taken:
            predicate = (
                f"is a domain of this gateway: use `{spell('base_path')}` or `{spell('routing_rule')}` of a stage"
            )
            problems.reject(join(join(stage.at("tls"), spell("shared_domain")), "name"), shared.name, predicate)


def _check_names(stages: tuple[StageSpec, ...], problems: Problems) -> None:
    """Resources are named by stage, and then by plan, key or function: two of them must not come to one name."""
    taken: dict[tuple[str, str], str] = {}
    for stage in stages:
        canary = stage.canary.functions if stage.canary else ()
        named = {
            "plan": list(stage.keys.plans),
            "key": list(stage.keys.keys),
            "function": [*stage.functions, *(f"{name}-canary" for name in canary)],
        }
        for kind, name in ((kind, name) for kind, names in named.items() for name in names):
            other = taken.setdefault((kind, f"{stage.name}-{name}"), stage.name)
            if other != stage.name:
                predicate = (
                    f"begins like stage {other!r}, so that the {kind} {name!r} would have the name of one of that stage"
                )
                problems.reject(stage.args_path or "stage", stage.name, predicate)
