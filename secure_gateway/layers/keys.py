"""How much clients may call: stage throttling, usage plans and API keys.

An API key identifies a client so that its requests are counted. It does not authenticate the client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Required, TypedDict, get_args

import pulumi
from pulumi_aws import apigateway

from ..aws_facts import HTTP_METHODS
from ..choices import KeySource, QuotaPeriod
from ..fragment import Fragment
from ..naming import former_name
from ..validation.claims import Claim, claim
from ..validation.exceptions import Exceptions, listed
from ..validation.fields import boolean, custom, leaf, number, options, parses, string, whole_number
from ..validation.problems import Problems, join, plural, spell, suggest
from ..validation.reader import Reader

ACCOUNT_RATE = 10_000.0
"""Requests per second that AWS allows all APIs of one account in a region together, by default."""
ACCOUNT_BURST = 5_000
"""Requests at the same time that AWS allows all APIs of one account in a region together, by default."""
SCHEME = "api_key"
"""Name of the API key's security scheme in the document."""
_OFFSETS = {"DAY": 0, "MONTH": 27, "WEEK": 6}
"""The largest offset of a quota that AWS accepts, by period."""


class ThrottleArgs(TypedDict, total=False):
    """The throttle of one route."""

    rate: Required[float]
    """Requests per second."""

    burst: Required[int]
    """Requests that may arrive at the same time."""


class QuotaArgs(TypedDict, total=False):
    """How many requests each key of a plan may send in a period."""

    limit: Required[int]
    """Requests of each key in each period."""

    period: Required[QuotaPeriod]
    """Length of each period."""

    offset: int
    """Requests that are subtracted from the limit in the first period, fewer than `limit`. AWS accepts none for a `DAY`
    and at most 6 for a `WEEK`."""


class UsagePlanArgs(TypedDict, total=False):
    """What each client of a plan may use: a throttle, a quota or both. AWS enforces them on a best-effort basis."""

    rate: float
    """Requests per second of each key, more than 0 and at most 10,000; requires `burst`. Defaults to the stage's
    throttling."""

    burst: int
    """Requests of each key that may arrive at the same time, from 1 to 5,000; requires `rate`. Defaults to the stage's
    throttling."""

    quota: QuotaArgs
    """How many requests each key may send in a day, week or month. Defaults to none."""

    route_throttles: Mapping[str, ThrottleArgs]
    """Lower limits of each key on single routes, by `METHOD /path`; at most 20 methods, and `ANY` counts as 7. Defaults
    to none."""

    description: str
    """What the plan is for. Defaults to none."""


class ApiKeyArgs(TypedDict, total=False):
    """An API key of one client."""

    plan: Required[str]
    """Name of the usage plan in `plans` that the key belongs to."""

    existing_key_id: pulumi.Input[str]
    """Id of an existing API key; excludes all other options except `plan`. Defaults to a key that is created."""

    value: pulumi.Input[str]
    """Value of the key that is created, stored as a secret. Defaults to a value that AWS generates."""

    enabled: bool
    """Whether requests with the key are accepted."""

    description: str
    """Who uses the key. Defaults to none."""

    exceptions: Mapping[str, str]
    """Reasons for values that the policy pack reports, by option: `enabled` false, and a `value` that is written in the
    program (take it from a secret of the stack's configuration instead). Required for such a value, and shown in the
    posture. Defaults to none."""


class KeysArgs(TypedDict, total=False):
    """How much clients may call."""

    waived: str
    """The reason why the stage is not throttled; excludes all other options. Defaults to none."""

    rate: float
    """Requests per second to the stage. The upper bound is AWS's default quota for all APIs of an account in a region.
    The default is a twentieth of it, so that one API cannot use up the capacity of the others."""

    burst: int
    """Requests to the stage that may arrive at the same time. The upper bound is AWS's default quota for all APIs of an
    account in a region."""

    route_throttles: Mapping[str, ThrottleArgs]
    """Lower limits of single routes, shared by all clients, by `METHOD /path`. Each method of an `ANY` route has the
    full limit. Defaults to none."""

    plans: Mapping[str, UsagePlanArgs]
    """Usage plans, by a name of your choice. Defaults to none."""

    keys: Mapping[str, ApiKeyArgs]
    """API keys, by a name of your choice. Defaults to none."""

    source: KeySource
    """Where API Gateway finds the API key of a request, for the whole API: in the header `x-api-key` (`HEADER`), or in
    the response of the Lambda authorizer (`AUTHORIZER`), where callers never see it."""


class KeysLayerArgs(KeysArgs, total=False):
    """The layer on its own, for a stage that was built without this component.

    It throttles the whole stage only if `rate` or `burst` is given. The API's methods must require a key, otherwise the
    plans count nothing.
    """

    api_id: Required[pulumi.Input[str]]
    """Id of the REST API."""

    stage_name: Required[pulumi.Input[str]]
    """Name of the stage. Give the stage's own output, so that the plans are created after it."""


def _rate() -> float:
    """Declare a rate."""
    return number(500.0, low=0, high=ACCOUNT_RATE, unit="requests per second", above=True)


def _burst() -> int:
    """Declare a burst."""
    return whole_number(1_000, low=1, high=ACCOUNT_BURST, unit="requests")


@parses(ThrottleArgs)
@dataclass(frozen=True, kw_only=True)
class ThrottleSpec:
    """A rate and a burst, validated. Neither can be 0: API Gateway would respond to every request with 429."""

    rate: float = _rate()
    burst: int = _burst()

    @classmethod
    def parse(cls, reader: Reader) -> "ThrottleSpec":
        """Parse `rate` and `burst`, which the args of routes and plans have in common."""
        return cls(**options(cls, reader))

    def settings(self) -> dict[str, Any]:
        """The throttle as properties of a stage's method settings."""
        return {"throttling_rate_limit": self.rate, "throttling_burst_limit": self.burst}


@parses(QuotaArgs)
@dataclass(frozen=True, kw_only=True)
class QuotaSpec:
    """`QuotaArgs`, validated, with defaults filled in."""

    limit: int = whole_number(1, low=1, high=2_147_483_647, unit="requests")
    period: str = string("DAY", choices=tuple(_OFFSETS))
    offset: int = whole_number(0, low=0, high=max(_OFFSETS.values()), unit="requests")

    @classmethod
    def parse(cls, reader: Reader) -> "QuotaSpec":
        """Parse a quota; the largest offset depends on the limit and the period."""
        spec = cls(**options(cls, reader))
        most = min(_OFFSETS[spec.period], spec.limit - 1)
        if spec.offset > most and not reader.problems.at(reader.path):
            reader.reject("offset", f"is more than the {most} that AWS accepts with this limit in a {spec.period}")
        return spec


@parses(UsagePlanArgs)
@dataclass(frozen=True, kw_only=True)
class PlanSpec:
    """`UsagePlanArgs`, validated, with defaults filled in."""

    throttle: ThrottleSpec | None
    quota: QuotaSpec | None
    route_throttles: Mapping[str, ThrottleSpec]
    description: str = string()

    @classmethod
    def parse(cls, reader: Reader) -> "PlanSpec":
        """Parse a plan; one that limits nothing is rejected."""
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
            limit = f"AWS's quota is {_MAX_ROUTE_THROTTLES}"
            message = f"throttles {plural(count, 'method')} (ANY is {len(HTTP_METHODS)}), but {limit}"
            reader.add("route_throttles", message)
        return cls(
            **options(cls, reader),
            throttle=ThrottleSpec.parse(reader) if given else None,
            quota=QuotaSpec.parse(quota) if quota else None,
            route_throttles=throttles,
        )


_MAX_ROUTE_THROTTLES = 20
_ROUTE = re.compile(rf"(?:ANY|{'|'.join(HTTP_METHODS)}) /\S*")


def _route_throttles(reader: Reader) -> dict[str, ThrottleSpec]:
    """Throttles by route key, which is a method and a path."""
    throttles = reader.child_map("route_throttles", ThrottleArgs)
    for key, each in throttles.items():
        if not _ROUTE.fullmatch(key):
            reader.problems.reject(each.path, key, "is not a route of the form METHOD /path")
    return {key: ThrottleSpec.parse(each) for key, each in throttles.items() if _ROUTE.fullmatch(key)}


def _key_value(reader: Reader, name: str) -> pulumi.Input[str] | None:
    """The value of a key. It is a secret, so no message shows it."""
    value: pulumi.Input[str] | None = reader.get(name)
    if value is None or isinstance(value, pulumi.Output) or _is_key(value):
        return value
    reader.add(name, "expected 20 to 128 letters and digits, or an Output of them")
    return None


def _is_key(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isalnum() and 20 <= len(value) <= 128  # noqa: PLR2004 - AWS's limits


@parses(ApiKeyArgs)
@dataclass(frozen=True, kw_only=True)
class KeySpec:
    """`ApiKeyArgs`, validated, with defaults filled in."""

    plan: str = string()
    existing_key_id: pulumi.Input[str] | None = leaf()
    value: pulumi.Input[str] | None = custom(None, values="20 to 128 letters and digits", reading=_key_value)
    enabled: bool = boolean(default=True)
    description: str = string()
    exceptions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why options have values that the policy pack reports."""

    @classmethod
    def parse(cls, reader: Reader, plans: Mapping[str, PlanSpec]) -> "KeySpec":
        """Parse a key of one of these plans."""
        spec = cls(**options(cls, reader))
        if spec.plan and spec.plan not in plans:
            reader.reject("plan", f"is not declared in `plans`{suggest(spec.plan, plans)}")
        if reader.has("existing_key_id"):
            for name in reader.given("value", "enabled", "description"):
                reader.conflict(name, reader.at("existing_key_id"))
        exceptions = Exceptions(reader)
        if not spec.enabled:
            exceptions.require(
                reader, "enabled", "declares a disabled key, which one click in the console enables: remove it"
            )
        if isinstance(spec.value, str):
            exceptions.require(reader, "value", "is a key in plain text, which everyone who can read the program knows")
        return replace(spec, exceptions=exceptions.checked())


@parses(KeysArgs)
@dataclass(frozen=True, kw_only=True)
class KeysSpec:
    """`KeysArgs`, validated, with defaults filled in."""

    waived: str | None
    rate: float = _rate()
    burst: int = _burst()
    throttles: Mapping[str, ThrottleSpec]
    plans: Mapping[str, PlanSpec]
    keys: Mapping[str, KeySpec]
    source: str = string("HEADER", choices=get_args(KeySource))
    path: str
    """The path of the args, for messages."""

    @classmethod
    def parse(cls, reader: Reader, *, of_stage: bool = False) -> "KeysSpec":
        """Parse the stage's throttling, the plans and their keys.

        `of_stage` says that the args are those of a further stage. Its limits may be lower than those of the plans
        that it has in common with the gateway's own stage.
        """
        plans = {key: PlanSpec.parse(each) for key, each in reader.child_map("plans", UsagePlanArgs).items()}
        spec = cls(
            **options(cls, reader),
            waived=reader.waived(),
            throttles=_route_throttles(reader),
            plans=plans,
            keys={key: KeySpec.parse(each, plans) for key, each in reader.child_map("keys", ApiKeyArgs).items()},
            path=reader.path,
        )
        spec._check_existing(reader)
        if not of_stage and not spec.waived and (reader.given("rate", "burst") or not reader.knows("stage_name")):
            spec._check_limits(reader)
        for name in plans:
            if not any(key.plan == name for key in spec.keys.values()):
                path = join(reader.at("plans"), name)
                reader.problems.add(path, f"no key in `{reader.at('keys')}` uses this plan")
        return spec

    @property
    def throttle(self) -> ThrottleSpec:
        """The throttle of the whole stage."""
        return ThrottleSpec(rate=self.rate, burst=self.burst)

    def _check_limits(self, reader: Reader) -> None:
        """Reject limits above that of the stage or the plan, since they would never be reached."""
        stage = reader.at("route_throttles")
        limits = [(join(stage, key), each, self.throttle, "the stage's") for key, each in self.throttles.items()]
        for name, plan in self.plans.items():
            path = join(reader.at("plans"), name)
            over, whose = (plan.throttle, "the plan's") if plan.throttle else (self.throttle, "the stage's")
            limits.append((path, over, self.throttle, "the stage's"))
            within = f"{path}.{spell('route_throttles')}"
            limits += [(join(within, key), each, over, whose) for key, each in plan.route_throttles.items()]
        for path, limit, most, whose in limits:
            for name, value, highest in (("rate", limit.rate, most.rate), ("burst", limit.burst, most.burst)):
                if value > highest:
                    predicate = f"is more than {whose} {name} of {highest:g}: this limit would never be reached"
                    reader.problems.reject(join(path, name), value, predicate)

    def _check_existing(self, reader: Reader) -> None:
        """Reject an existing key that is listed twice, since a key belongs to one plan of a stage."""
        taken: list[pulumi.Input[str]] = []
        for name, key in self.keys.items():
            given = key.existing_key_id
            if given is None:
                continue
            if any(given is each or (isinstance(each, str) and each == given) for each in taken):
                path = join(join(reader.at("keys"), name), spell("existing_key_id"))
                problems = reader.problems
                problems.add(path, "is the id of another entry too: a key belongs to one plan")
            taken.append(given)

    def claims(self) -> list[Claim]:
        """The given values of keys, which AWS accepts once in an account and region."""
        return [
            Claim(
                what="value of an API key",
                value=key.value,
                path=join(join(join(self.path, "keys"), name), "value"),
                advice="choose another value, or refer to the key itself with `" + spell("existing_key_id") + "`",
                secret=True,
            )
            for name, key in self.keys.items()
            if isinstance(key.value, str)
        ]

    def route_keys(self) -> list[tuple[str, str]]:
        """The path in the args and the route key of every throttled route."""
        named = [(join(f"{self.path}.route_throttles", key), key) for key in self.throttles]
        for plan, spec in self.plans.items():
            path = f"{join(f'{self.path}.plans', plan)}.route_throttles"
            named += [(join(path, key), key) for key in spec.route_throttles]
        return named

    def method_settings(self) -> dict[str, Any]:
        """The method settings of the whole stage."""
        return {} if self.waived else self.throttle.settings()

    @property
    def route_throttles(self) -> dict[str, dict[str, Any]]:
        """The method settings of each route that has its own throttle, by route key."""
        return {key: each.settings() for key, each in sorted(self.throttles.items())}

    def posture(self) -> tuple[str, ...]:
        """What is in force, in sentences for the output `posture`."""
        stage = f"stage: {self.throttle.rate:g} requests per second, {self.throttle.burst:,} at once"
        plans = [f"plan {name}: {_limits(plan)}" for name, plan in sorted(self.plans.items())]
        where = " from the authorizer's response" if self.source == "AUTHORIZER" else ""
        keys = [f"{len(self.keys)} API key{'s' if len(self.keys) > 1 else ''}{where}"] if self.keys else []
        exceptions = [
            f"key {name}: {line}" for name, key in sorted(self.keys.items()) for line in listed(key.exceptions)
        ]
        return (stage, *plans, *keys, *exceptions)


def _limits(plan: PlanSpec) -> str:
    throttle = [f"{plan.throttle.rate:g} requests per second"] if plan.throttle else []
    quota = [f"{plan.quota.limit:,} a {plan.quota.period.lower()}"] if plan.quota else []
    return ", ".join([*throttle, *quota])


def security() -> list[dict[str, list[str]]]:
    """What a route's `security` contains in addition if it needs a key; a REST API requires all items of that list."""
    return [{SCHEME: []}]


def fragment(spec: KeysSpec) -> Fragment:
    """The security scheme of the key, and where API Gateway finds the key of a request."""
    return Fragment(
        security_schemes={SCHEME: {"type": "apiKey", "name": "x-api-key", "in": "header"}},
        root={"x-amazon-apigateway-api-key-source": spec.source},
    )


class Keys(pulumi.ComponentResource):
    """Usage plans of a stage, and the API keys that belong to them."""

    api_key_values: pulumi.Output[dict[str, str]]
    """Values of the keys that are created, by name; secret."""

    api_key_ids: pulumi.Output[dict[str, str]]
    """Ids of all keys, by name."""

    usage_plan_ids: pulumi.Output[dict[str, str]]
    """Ids of the usage plans, by name."""

    def __init__(self, name: str, args: KeysLayerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the layer, or raise `ArgsError` with every mistake before anything is registered."""
        problems = Problems()
        reader = Reader(args, KeysLayerArgs, "", problems)
        spec = KeysSpec.parse(reader)
        for each in ("api_id", "stage_name"):
            reader.leaf(each)
        claim(f"Keys {name!r}", spec.claims(), opts, problems)
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
        """Create plans and keys from a spec; the method settings of the stage contain its throttling already."""
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
        """Create the resources; `throttles` are method settings by method path."""
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
        # The provider returns the key's value here too, without marking it as a secret.
        hidden = pulumi.ResourceOptions(
            parent=self,
            additional_secret_outputs=["value"],
            # A key is in one plan of a stage, and AWS refuses the second one.
            delete_before_replace=True,
        )
        for key, each in spec.keys.items():
            # A key that exists already is known by its id, whatever it is called here.
            given = each.existing_key_id
            member = f"{name}={given}" if isinstance(given, str) else f"{name}-{key}"
            apigateway.UsagePlanKey(
                member,
                key_id=ids[key],
                key_type="API_KEY",
                usage_plan_id=plans[each.plan].id,
                opts=pulumi.ResourceOptions.merge(hidden, former_name(member, f"{name}-{key}")),
            )

        values = {key: each.value for key, each in made.items()}
        self.api_key_values = pulumi.Output.secret(pulumi.Output.all(**values) if values else {})
        self.api_key_ids = pulumi.Output.all(**ids) if ids else pulumi.Output.from_input({})
        plan_ids = {key: each.id for key, each in plans.items()}
        self.usage_plan_ids = pulumi.Output.all(**plan_ids) if plan_ids else pulumi.Output.from_input({})
        self.register_outputs({each: getattr(self, each) for each in Keys.__annotations__})


def method_paths(route_key: str) -> tuple[str, ...]:
    """The method paths of a route in a stage's method settings, such as `orders/{id}/GET`.

    AWS has no path for `ANY`, so such a route has one for each method.
    """
    return tuple(f"{path.strip('/') or '~1'}/{method}" for method, path in _methods(route_key))


def _methods(route_key: str) -> list[tuple[str, str]]:
    method, path = route_key.split(" ", 1)
    return [(each, path) for each in (HTTP_METHODS if method == "ANY" else (method,))]


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
