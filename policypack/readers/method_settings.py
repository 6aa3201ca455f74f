"""Reads a stage's settings for its methods: logging, metrics, data trace, throttling, caching.

In a REST API, the settings of one method inherit nothing: what they leave out gets AWS's default, not the setting for
all methods (https://github.com/hashicorp/terraform-provider-aws/issues/9738 shows it). In HTTP and WebSocket APIs, a
route inherits what its settings leave out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import (
    UNKNOWN,
    is_list,
    is_object,
    items,
    read,
    text,
)
from ..model.fact import Fact, every, some
from .property_facts import is_true

ALL: Final = "*/*"
_LEVELS: Final = frozenset({"ERROR", "INFO"})
_LIMITS: Final = ("throttlingRateLimit", "throttlingBurstLimit")
_PLAN_LIMITS: Final = ("rateLimit", "burstLimit")
_PROVIDER_DEFAULTS: Final = dict.fromkeys(_LIMITS, -1)
"""What the provider sends for limits that a resource leaves out: -1 turns throttling off."""
_HIGHEST_LIMIT: Final = 1_000_000
"""Requests per second above which a limit has no effect: an account has 10,000 unless it asks AWS for more."""


class MethodSettings:
    """The settings of one stage."""

    def __init__(self, entries: Sequence[tuple[Any, Any]], *, more: bool, inherits: bool) -> None:
        """`entries` are paths and settings; `more` if other settings of the graph may belong to this stage.

        `inherits` if the settings of one route inherit what they leave out, as in HTTP and WebSocket APIs.
        """
        self._whole = [values for path, values in entries if path == ALL]
        self._anywhere = [values for path, values in entries if path is UNKNOWN]
        self._single = [(text(path), values) for path, values in entries if path is not UNKNOWN and path != ALL]
        self._by_path = dict(self._single)
        self._absent = Fact.of(None if (more or self._anywhere) and not self._whole else False)
        """UNKNOWN if settings for all methods may exist that are not among the entries; else NO."""
        self._inherits = inherits

    def flag(self, name: str) -> Fact:
        """Whether a setting is on for all methods, and off for none."""
        whole = some(self._absent, *(is_true(read(each, name)) for each in self._whole))
        return every(whole, *(self._inherited(read(each, name), is_true) for _, each in self._single))

    def logged(self) -> Fact:
        """Whether at least errors are logged for all methods."""
        whole = some(self._absent, *(_logs(read(each, "loggingLevel")) for each in self._whole))
        single = [(path, self._inherited(read(each, "loggingLevel"), _logs)) for path, each in self._single]
        off = [path for path, logs in single if logs.is_no]
        methods = f": {', '.join(off)} {'turns' if len(off) == 1 else 'turn'} logging off" if off else ""
        return Fact(every(whole, *(logs for _, logs in single)).value).because(
            no=f"does not log the errors of all methods{methods}",
            unknown="its method settings are known only after deployment",
        )

    def traced(self) -> Fact:
        """Whether data trace is on for any method."""
        return some(*(is_true(read(each, "dataTraceEnabled")) for each in self.every()))

    def throttled(self) -> Fact:
        """Whether rate and burst are limited for all methods; -1 means no limit."""
        whole = some(self._absent, *(every(*(limit(read(each, name)) for name in _LIMITS)) for each in self._whole))
        # The entries in a stage's own list inherit the limits that they leave out; `declared` filled in the others.
        given = (read(each, name) for _, each in self._single for name in _LIMITS)
        return every(whole, *(limit(each) for each in given if each is not None))

    def allows_requests(self) -> Fact:
        """Whether no limit is zero. A limit of zero rejects every request."""
        limits = [read(each, name) for each in self.every() for name in _LIMITS]
        return every(*map(is_not_zero, limits))

    def rate(self) -> str:
        """The rate, as reports show it."""
        rates = [read(each, "throttlingRateLimit") for each in self._whole]
        return next((f"{rate:g} requests per second" for rate in rates if isinstance(rate, int | float)), "throttled")

    def every(self) -> Iterator[Any]:
        """All settings, for whichever methods."""
        yield from (*self._whole, *self._anywhere)
        yield from (each for _, each in self._single)

    def for_path(self, path: str) -> tuple[Any, bool]:
        """The settings that apply to a method, None if there are none; and whether they are its own."""
        if path in self._by_path:
            return self._by_path[path], True
        return next(iter(self._whole), UNKNOWN if self._absent.is_unknown else None), False

    def _inherited(self, value: Any, check: Callable[[Any], Fact]) -> Fact:
        return Fact.YES if value is None and self._inherits else check(value)


def declared(resources: Sequence[Resource]) -> Iterator[tuple[Any, Any]]:
    """The entries that are resources of their own."""
    for each in resources:
        path = each.inputs.get("methodPath")
        settings = each.inputs.get("settings")
        # In Terraform state, it is a list of one block.
        values = next(iter(items(settings)), None) if is_list(settings) else settings
        given = {**_PROVIDER_DEFAULTS, **values} if is_object(values) else values
        yield (path.strip("/") if isinstance(path, str) else path), given


def inline(listed: Any) -> Iterator[tuple[Any, Any]]:
    """The entries in a stage itself, as in CloudFormation; `/` in a path may be written as `~1`."""
    if listed is UNKNOWN:
        yield UNKNOWN, UNKNOWN
    for each in items(listed):
        if not is_object(each):
            yield UNKNOWN, UNKNOWN
            continue
        path, method = each.get("resourcePath"), each.get("httpMethod")
        if not isinstance(path, str) or not isinstance(method, str):
            yield UNKNOWN, each
            continue
        plain = path.replace("~1", "/").strip("/")
        yield (ALL if plain == "*" and method == "*" else f"{plain}/{method}"), each


def routes(stage: Resource) -> Iterator[tuple[Any, Any]]:
    """The entries of a stage of an HTTP or WebSocket API: its defaults, and the settings of single routes."""
    yield ALL, stage.inputs.get("defaultRouteSettings")
    single = stage.inputs.get("routeSettings")
    if single is UNKNOWN:
        yield "some route", UNKNOWN
    elif is_object(single):  # in aws-native, a map by route key
        yield from single.items()
    else:
        for each in items(single):
            yield text(read(each, "routeKey")) or "some route", each


def limit(value: Any, highest: float = _HIGHEST_LIMIT) -> Fact:
    """Whether a number is a limit that has an effect: -1 is none, nor is a number above the highest."""
    return Fact.of(None if value is UNKNOWN else isinstance(value, int | float) and 0 <= value <= highest)


def is_not_zero(value: Any) -> Fact:
    """Whether a limit is not zero; YES if it is absent."""
    return Fact.of(None if value is UNKNOWN else not (isinstance(value, int | float) and value == 0))


def _logs(level: Any) -> Fact:
    return Fact.of(None if level is UNKNOWN else text(level) in _LEVELS)


def plan_throttled(plan: Mapping[str, Any]) -> Fact:
    """Whether a usage plan limits rate and burst. Limits for a single method override the others, and may lift them."""
    own = (limit(read(plan.get("throttleSettings"), name)) for name in _PLAN_LIMITS)
    single = [read(each, "throttles") for each in items(plan.get("apiStages"))]
    given = (read(each, name) for listed in single for each in items(listed) for name in _PLAN_LIMITS)
    unknown = (Fact.UNKNOWN for listed in single if listed is UNKNOWN)
    return every(*own, *unknown, *(limit(each) for each in given if each is not None))
