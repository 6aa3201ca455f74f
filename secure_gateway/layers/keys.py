"""How much: stage throttling, usage plans and API keys. A key counts a client; it does not authenticate one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Required, TypedDict

import pulumi
from pulumi_aws import apigateway

from ..aws_facts import VERBS
from ..fragment import Fragment
from ..validation.problems import Problems, join, plural, spell, suggest
from ..validation.reader import Reader

ACCOUNT_RATE = 10_000.0
"""Requests per second that one account may make in a region, all APIs together."""
ACCOUNT_BURST = 5_000
SCHEME = "api_key"
_OFFSETS = {"DAY": 0, "MONTH": 27, "WEEK": 6}
"""By period, the largest offset of a quota that AWS takes."""


class ThrottleArgs(TypedDict, total=False):
    """A limit of requests."""

    rate: Required[float]
    """Requests per second, more than 0 and at most 10,000 (the account's own limit)."""

    burst: Required[int]
    """Requests that may come at once, 1 to 5,000 (the account's own limit)."""


class QuotaArgs(TypedDict, total=False):
    """A limit of requests in a period."""

    limit: Required[int]
    """Requests in each period, at least 1."""

    period: Required[str]
    """`DAY`, `WEEK` or `MONTH`."""

    offset: int
    """Requests taken off the limit in the first period; AWS takes 0 in a DAY, up to 6 in a WEEK and 27 in a MONTH.
    Defaults to 0."""


class UsagePlanArgs(TypedDict, total=False):
    """What each client of a plan may use; at least a throttle or a quota. AWS enforces it on a best effort."""

    rate: float
    """Requests per second of each key. Given together with `burst`. Defaults to the stage's throttling."""

    burst: int
    """Requests of each key that may come at once. Given together with `rate`."""

    quota: QuotaArgs
    """Requests of each key in a day, week or month. Defaults to no quota."""

    route_throttles: dict[str, ThrottleArgs]
    """Lower limits of each key on single routes, by `METHOD /path`, at most 20. Defaults to none."""

    description: str
    """What the plan is for. Defaults to none."""


class ApiKeyArgs(TypedDict, total=False):
    """A key of one client."""

    plan: Required[str]
    """Name of the usage plan that counts it."""

    existing_key_id: pulumi.Input[str]
    """Id of a key that exists, made elsewhere. Defaults to a new key."""

    value: pulumi.Input[str]
    """Value of the new key, 20 to 128 characters; kept secret. Defaults to one that AWS generates."""

    enabled: bool
    """Whether calls with the key are taken. Defaults to true."""

    description: str
    """Whose key it is. Defaults to none."""


class KeysArgs(TypedDict, total=False):
    """How much clients may call."""

    rate: float
    """Requests per second of the whole stage. Defaults to 500, a twentieth of the account's limit: one API cannot
    starve the others of the account."""

    burst: int
    """Requests of the whole stage that may come at once. Defaults to 1,000."""

    route_throttles: dict[str, ThrottleArgs]
    """Lower limits of single routes for all clients together, by `METHOD /path`; of an ANY route each method has them
    for itself. Defaults to none."""

    plans: dict[str, UsagePlanArgs]
    """Usage plans by a name of yours. Defaults to none."""

    keys: dict[str, ApiKeyArgs]
    """API keys by a name of yours. Defaults to none."""

    source: str
    """Where API Gateway finds a call's key, for the whole API: `HEADER` (callers send `x-api-key`) or `AUTHORIZER` (the
    Lambda authorizer's answer holds it; callers never see it). Defaults to `HEADER`."""

    waived: str
    """The reason why the stage is not throttled."""


class KeysLayerArgs(KeysArgs, total=False):
    """The layer alone, on a stage that someone else built.

    Of the stage's own throttling it sets what is given, and nothing is the default. Where plans do not count, see to it
    that the API's methods need a key.
    """

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage. Give the stage's own output, so that plans wait for it."""


@dataclass(frozen=True, kw_only=True)
class ThrottleSpec:
    """A limit of requests, validated, with defaults filled in."""

    rate: float
    burst: int

    @classmethod
    def parse(cls, reader: Reader, rate: float = 500.0, burst: int = 1_000) -> "ThrottleSpec":
        """Refuse zero: API Gateway would answer 429 to every call."""
        return cls(
            rate=reader.number("rate", rate, low=0, high=ACCOUNT_RATE, unit="requests per second", above=True),
            burst=reader.integer("burst", burst, low=1, high=ACCOUNT_BURST, unit="requests"),
        )

    def settings(self) -> dict[str, Any]:
        """As method settings have it."""
        return {"throttling_rate_limit": self.rate, "throttling_burst_limit": self.burst}


@dataclass(frozen=True, kw_only=True)
class QuotaSpec:
    """`QuotaArgs`, validated, with defaults filled in."""

    limit: int
    period: str
    offset: int

    @classmethod
    def parse(cls, reader: Reader) -> "QuotaSpec":
        """Check the period, and the offset that AWS takes in it."""
        limit = reader.integer("limit", 1, low=1, high=2_147_483_647, unit="requests")
        period = reader.string("period", "DAY", choices=tuple(_OFFSETS))
        offset = reader.integer("offset", 0, low=0, high=max(_OFFSETS.values()), unit="requests")
        most = min(_OFFSETS[period], limit - 1)
        if offset > most and not reader.problems.at(reader.path):
            reader.reject("offset", f"is more than the {most} that AWS takes with this limit in a {period}")
        return cls(limit=limit, period=period, offset=offset)


@dataclass(frozen=True, kw_only=True)
class PlanSpec:
    """`UsagePlanArgs`, validated, with defaults filled in."""

    throttle: ThrottleSpec | None
    quota: QuotaSpec | None
    route_throttles: Mapping[str, ThrottleSpec]
    description: str

    @classmethod
    def parse(cls, reader: Reader) -> "PlanSpec":
        """Refuse a plan that limits nothing."""
        given = reader.given("rate", "burst")
        if len(given) == 1:
            missing = "burst" if given == ["rate"] else "rate"
            reader.add(missing, f"required when `{given[0]}` is set")
        quota = reader.child("quota", QuotaArgs)
        if not given and quota is None:
            reader.problems.add(reader.path, "limits nothing: give `rate` and `burst`, `quota`, or all of them")
        throttles = _route_throttles(reader)
        count = sum(len(_methods(key)) for key in throttles)
        if count > _MAX_ROUTE_THROTTLES:
            message = (
                f"throttles {plural(count, 'method')} (ANY is {len(VERBS)}), but AWS's quota is {_MAX_ROUTE_THROTTLES}"
            )
            reader.add("route_throttles", message)
        return cls(
            throttle=ThrottleSpec.parse(reader) if given else None,
            quota=QuotaSpec.parse(quota) if quota else None,
            route_throttles=throttles,
            description=reader.string("description"),
        )


_MAX_ROUTE_THROTTLES = 20
_ROUTE = re.compile(rf"(?:ANY|{'|'.join(VERBS)}) /\S*")


def _route_throttles(reader: Reader) -> dict[str, ThrottleSpec]:
    """Throttles by route; each route key is a method and a path."""
    throttles = reader.child_map("route_throttles", ThrottleArgs)
    for key, each in throttles.items():
        if not _ROUTE.fullmatch(key):
            reader.problems.reject(each.path, key, "is not a route of the form METHOD /path")
    return {key: ThrottleSpec.parse(each) for key, each in throttles.items() if _ROUTE.fullmatch(key)}


@dataclass(frozen=True, kw_only=True)
class KeySpec:
    """`ApiKeyArgs`, validated, with defaults filled in."""

    plan: str
    existing_key_id: pulumi.Input[str] | None
    value: pulumi.Input[str] | None
    enabled: bool
    description: str

    @classmethod
    def parse(cls, reader: Reader, plans: Mapping[str, PlanSpec]) -> "KeySpec":
        """Refuse a key without a plan; a value is never shown."""
        plan = reader.string("plan")
        if plan and plan not in plans:
            reader.reject("plan", f"is not declared in `plans`{suggest(plan, plans)}")
        if reader.has("existing_key_id"):
            for name in reader.given("value", "enabled", "description"):
                reader.conflict(name, reader.at("existing_key_id"))
        value: pulumi.Input[str] | None = reader.get("value")
        if value is not None and not isinstance(value, pulumi.Output) and not _is_key(value):
            reader.add("value", "expected 20 to 128 letters and digits, or an Output of them")
            value = None
        return cls(
            plan=plan,
            existing_key_id=reader.leaf("existing_key_id"),
            value=value,
            enabled=reader.boolean("enabled", default=True),
            description=reader.string("description"),
        )


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isalnum() and 20 <= len(value) <= 128  # noqa: PLR2004 - AWS's limits


@dataclass(frozen=True, kw_only=True)
class KeysSpec:
    """`KeysArgs`, validated, with defaults filled in."""

    waived: str | None
    throttle: ThrottleSpec
    throttles: Mapping[str, ThrottleSpec]
    plans: Mapping[str, PlanSpec]
    keys: Mapping[str, KeySpec]
    source: str
    place: str

    @classmethod
    def parse(cls, reader: Reader, *, of_stage: bool = False) -> "KeysSpec":
        """Decide the stage's throttling, and tie every key to a plan.

        `of_stage` is a further stage, whose lower limits may well stand above plans that it takes over.
        """
        plans = {key: PlanSpec.parse(each) for key, each in reader.child_map("plans", UsagePlanArgs).items()}
        spec = cls(
            waived=reader.waived(),
            throttle=ThrottleSpec.parse(reader),
            throttles=_route_throttles(reader),
            plans=plans,
            keys={key: KeySpec.parse(each, plans) for key, each in reader.child_map("keys", ApiKeyArgs).items()},
            source=reader.string("source", "HEADER", choices=("AUTHORIZER", "HEADER")),
            place=reader.path,
        )
        spec._check_existing(reader)
        if not of_stage and not spec.waived and (reader.given("rate", "burst") or not reader.knows("stage_name")):
            spec._check_limits(reader)
        for name in plans:
            if not any(key.plan == name for key in spec.keys.values()):
                path = join(reader.at("plans"), name)
                reader.problems.add(path, f"no key in `{reader.at('keys')}` uses this plan")
        return spec

    def _check_limits(self, reader: Reader) -> None:
        """A limit above that of the whole stage, or of the plan, is never reached: it limits nothing."""
        stage = reader.at("route_throttles")
        limits = [(join(stage, key), each, self.throttle, "the stage's") for key, each in self.throttles.items()]
        for name, plan in self.plans.items():
            place = join(reader.at("plans"), name)
            over, whose = (plan.throttle, "the plan's") if plan.throttle else (self.throttle, "the stage's")
            limits.append((place, over, self.throttle, "the stage's"))
            within = f"{place}.{spell('route_throttles')}"
            limits += [(join(within, key), each, over, whose) for key, each in plan.route_throttles.items()]
        for place, limit, most, whose in limits:
            for name, value, highest in (("rate", limit.rate, most.rate), ("burst", limit.burst, most.burst)):
                if value > highest:
                    predicate = f"is more than {whose} {name} of {highest:g}: this limit would never be reached"
                    reader.problems.reject(join(place, name), value, predicate)

    def _check_existing(self, reader: Reader) -> None:
        """AWS counts a key in one plan of a stage."""
        taken: list[pulumi.Input[str]] = []
        for name, key in self.keys.items():
            given = key.existing_key_id
            if given is None:
                continue
            if any(given is each or (isinstance(each, str) and each == given) for each in taken):
                place = join(join(reader.at("keys"), name), spell("existing_key_id"))
                problems = reader.problems
                problems.add(place, "is the id of another entry too: a key belongs to one plan")
            taken.append(given)

    def route_keys(self) -> list[tuple[str, str]]:
        """The places and keys of all routes that are named here."""
        named = [(join(f"{self.place}.route_throttles", key), key) for key in self.throttles]
        for plan, spec in self.plans.items():
            place = f"{join(f'{self.place}.plans', plan)}.route_throttles"
            named += [(join(place, key), key) for key in spec.route_throttles]
        return named

    def method_settings(self) -> dict[str, Any]:
        """The throttling of all methods together."""
        return {} if self.waived else self.throttle.settings()

    @property
    def route_throttles(self) -> dict[str, dict[str, Any]]:
        """The method settings of routes with a throttle of their own."""
        return {key: each.settings() for key, each in sorted(self.throttles.items())}

    def posture(self) -> tuple[str, ...]:
        """What is in force."""
        stage = f"stage: {self.throttle.rate:g} requests per second, {self.throttle.burst:,} at once"
        plans = [f"plan {name}: {_limits(plan)}" for name, plan in sorted(self.plans.items())]
        where = " from the authorizer's answer" if self.source == "AUTHORIZER" else ""
        keys = [f"{len(self.keys)} API key{'s' if len(self.keys) > 1 else ''}{where}"] if self.keys else []
        return (stage, *plans, *keys)


def _limits(plan: PlanSpec) -> str:
    throttle = [f"{plan.throttle.rate:g} requests per second"] if plan.throttle else []
    quota = [f"{plan.quota.limit:,} a {plan.quota.period.lower()}"] if plan.quota else []
    return ", ".join([*throttle, *quota])


def security() -> list[dict[str, list[str]]]:
    """What an operation's `security` adds for a key; REST import asks for all items of the list together."""
    return [{SCHEME: []}]


def fragment(spec: KeysSpec) -> Fragment:
    """The key's scheme, and where API Gateway looks for the key."""
    return Fragment(
        security_schemes={SCHEME: {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        root={"x-amazon-apigateway-api-key-source": spec.source},
    )


class Keys(pulumi.ComponentResource):
    """Usage plans on a stage, and the API keys that they count."""

    api_key_values: pulumi.Output[dict[str, str]]
    """Values of the created keys, by name; secret."""

    api_key_ids: pulumi.Output[dict[str, str]]
    """Ids of all keys, by name."""

    usage_plan_ids: pulumi.Output[dict[str, str]]
    """Ids of the usage plans, by name."""

    def __init__(self, name: str, args: KeysLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, KeysLayerArgs, "", problems)
        spec = KeysSpec.parse(reader)
        for each in ("api_id", "stage_name"):
            reader.leaf(each)
        problems.raise_any(f"Keys {name!r}")
        throttles = {"*/*": spec.method_settings()} if reader.given("rate", "burst") else {}
        throttles |= {path: each for key, each in spec.route_throttles.items() for path in method_paths(key)}
        self._create(name, spec, args["api_id"], args["stage_name"], throttles, opts)

    @classmethod
    def from_spec(
        cls,
        name: str,
        spec: KeysSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> "Keys":
        """Create plans and keys from args that are parsed already; the stage's method settings have its throttling."""
        self = cls.__new__(cls)
        self._create(name, spec, api_id, stage_name, {}, opts)
        return self

    def _create(
        self,
        name: str,
        spec: KeysSpec,
        api_id: pulumi.Input[str],
        stage_name: pulumi.Input[str],
        throttles: Mapping[str, dict[str, Any]],
        opts: pulumi.ResourceOptions | None,
    ) -> None:
        """`throttles` are method settings by path; nothing else of the stage's settings is touched."""
        super().__init__("secure-gateway:index:Keys", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        for path, throttle in throttles.items():
            apigateway.MethodSettings(
                name if path == "*/*" else f"{name}-{path}",
                rest_api=api_id,
                stage_name=stage_name,
                method_path=path,
                settings=throttle,  # pyright: ignore[reportArgumentType] - two of the settings
                opts=child,
            )
        plans = {key: _plan(f"{name}-{key}", plan, api_id, stage_name, child) for key, plan in spec.plans.items()}
        made = {
            key: _key(f"{name}-{key}", each, child) for key, each in spec.keys.items() if each.existing_key_id is None
        }
        ids = {key: made[key].id if key in made else each.existing_key_id or "" for key, each in spec.keys.items()}
        # The provider repeats the key's value here, and does not say that it is a secret.
        hidden = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(additional_secret_outputs=["value"]))
        for key, each in spec.keys.items():
            apigateway.UsagePlanKey(
                f"{name}-{key}", key_id=ids[key], key_type="API_KEY", usage_plan_id=plans[each.plan].id, opts=hidden
            )

        values = {key: each.value for key, each in made.items()}
        self.api_key_values = pulumi.Output.secret(pulumi.Output.all(**values) if values else {})
        self.api_key_ids = pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})
        plan_ids = {key: each.id for key, each in plans.items()}
        self.usage_plan_ids = pulumi.Output.all(**plan_ids) if plan_ids else pulumi.Output.from_input({})
        self.register_outputs({each: getattr(self, each) for each in Keys.__annotations__})


def method_paths(route_key: str) -> tuple[str, ...]:
    """A route as a stage's method settings name it, `orders/{id}/GET`; ANY method by method, which is all AWS knows."""
    return tuple(f"{path.strip('/') or '~1'}/{method}" for method, path in _methods(route_key))


def _methods(route_key: str) -> list[tuple[str, str]]:
    method, path = route_key.split(" ", 1)
    return [(each, path) for each in (VERBS if method == "ANY" else (method,))]


def _plan(
    name: str,
    spec: PlanSpec,
    api_id: pulumi.Input[str],
    stage_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> apigateway.UsagePlan:
    stage: apigateway.UsagePlanApiStageArgsDict = {"api_id": api_id, "stage": stage_name}
    if spec.route_throttles:
        stage["throttles"] = [
            {"path": f"{path}/{method}", "rate_limit": each.rate, "burst_limit": each.burst}
            for key, each in sorted(spec.route_throttles.items())
            for method, path in _methods(key)
        ]
    return apigateway.UsagePlan(
        name,
        description=spec.description or None,
        api_stages=[stage],
        throttle_settings=(
            {"rate_limit": spec.throttle.rate, "burst_limit": spec.throttle.burst} if spec.throttle else None
        ),
        quota_settings=(
            {"limit": spec.quota.limit, "period": spec.quota.period, "offset": spec.quota.offset}
            if spec.quota
            else None
        ),
        opts=opts,
    )


def _key(name: str, spec: KeySpec, opts: pulumi.ResourceOptions) -> apigateway.ApiKey:
    return apigateway.ApiKey(
        name,
        description=spec.description or None,
        enabled=spec.enabled,
        value=None if spec.value is None else pulumi.Output.secret(spec.value),
        opts=opts,
    )
