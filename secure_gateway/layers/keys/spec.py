"""The spec that `KeysArgs` is parsed into: throttling, usage plans and keys."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, get_args

import pulumi

from ...aws_facts import HTTP_METHODS
from ...choices import KeySource
from ...fragment import Fragment
from ...validation.claims import Claim
from ...validation.exceptions import Exceptions, listed
from ...validation.fields import boolean, custom, leaf, number, options, parses, string, whole_number
from ...validation.problems import join, plural, spell, suggest
from ...validation.reader import Reader
from .args import ApiKeyArgs, KeysArgs, QuotaArgs, ThrottleArgs, UsagePlanArgs

ACCOUNT_RATE = 10_000.0
"""Requests per second that AWS allows all APIs of one account in a region together, by default."""
ACCOUNT_BURST = 5_000
"""Requests at the same time that AWS allows all APIs of one account in a region together, by default."""
SCHEME = "api_key"
"""Name of the API key's security scheme in the document."""
_MOST_IN_A_DAY = int(ACCOUNT_RATE) * 86_400
_OFFSETS = {"DAY": 0, "MONTH": 27, "WEEK": 6}
"""The largest offset of a quota that AWS accepts, by period."""


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
        """Parse a quota; the largest offset depends on the limit and the period.

        A day is the only period in which an account cannot send as many requests as AWS lets a quota have.
        """
        spec = cls(**options(cls, reader))
        if spec.period == "DAY" and spec.limit > _MOST_IN_A_DAY and not reader.problems.at(reader.path):
            reader.add(
                "limit",
                f"{spec.limit:,} is never reached: at {ACCOUNT_RATE:,.0f} requests per second, a day has at most "
                f"{_MOST_IN_A_DAY:,} requests",
            )
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
        count = sum(len(methods(key)) for key in throttles)
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


def method_paths(route_key: str) -> tuple[str, ...]:
    """The method paths of a route in a stage's method settings, such as `orders/{id}/GET`.

    AWS has no path for `ANY`, so such a route has one for each method.
    """
    return tuple(f"{path.strip('/') or '~1'}/{method}" for method, path in methods(route_key))


def methods(route_key: str) -> list[tuple[str, str]]:
    """The methods of a route, each with its path; `ANY` is every method."""
    method, path = route_key.split(" ", 1)
    return [(each, path) for each in (HTTP_METHODS if method == "ANY" else (method,))]
