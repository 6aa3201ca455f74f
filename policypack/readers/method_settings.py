"""Reads what a stage says about its methods: logging, metrics, data trace, throttling, caching.

Settings of one method stand alone: what they leave out is AWS's default, not what the stage says for all
(https://github.com/hashicorp/terraform-provider-aws/issues/9738 shows what AWS makes of them). HTTP and WebSocket APIs
let a route inherit what it leaves out.
"""

from collections.abc import Iterator, Mapping, Sequence
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

ALL: Final = "*/*"
_LEVELS: Final = frozenset({"ERROR", "INFO"})
_LIMITS: Final = ("throttlingRateLimit", "throttlingBurstLimit")
_PLANNED: Final = ("rateLimit", "burstLimit")
_UNSAID: Final = dict.fromkeys(_LIMITS, -1)
"""What the provider sends for limits that its resource leaves out: throttling is turned off."""
_MOST: Final = 1_000_000
"""Requests per second beyond which a number limits nobody: AWS gives an account 10,000 unless it asks for more."""


class MethodSettings:
    """The settings of one stage."""

    def __init__(self, entries: Sequence[tuple[Any, Any]], *, loose: bool, alone: bool) -> None:
        """`entries` are paths and settings; `loose` if some of the graph's may belong to any stage."""
        self._whole = [values for path, values in entries if path == ALL]
        self._anywhere = [values for path, values in entries if path is UNKNOWN]
        self._single = [(text(path), values) for path, values in entries if path is not UNKNOWN and path != ALL]
        self._by_path = dict(self._single)
        perhaps = bool(loose or self._anywhere) and not self._whole
        self._absent = Fact.UNKNOWN if perhaps else Fact.NO
        self._alone = alone

    def flag(self, name: str) -> Fact:
        """Whether a setting is on for all methods, and off for none."""
        whole = some(self._absent, *(_is(read(each, name)) for each in self._whole))
        return every(whole, *(self._kept(read(each, name), _is) for _, each in self._single))

    def logged(self) -> Fact:
        """Whether at least errors are logged for all methods."""
        whole = some(self._absent, *(_logs(read(each, "loggingLevel")) for each in self._whole))
        single = [(path, self._kept(read(each, "loggingLevel"), _logs)) for path, each in self._single]
        off = [path for path, logs in single if logs.is_no]
        methods = f": {', '.join(off)} {'turns' if len(off) == 1 else 'turn'} logging off" if off else ""
        return Fact(every(whole, *(logs for _, logs in single)).value).because(
            no=f"does not log the errors of all methods{methods}",
            unknown="its method settings are known only after deployment",
        )

    def traced(self) -> Fact:
        """Whether data trace is on for any method."""
        return some(*(_is(read(each, "dataTraceEnabled")) for each in self.every()))

    def throttled(self) -> Fact:
        """Whether rate and burst are limited for all methods; -1 is AWS's word for no limit."""
        whole = some(self._absent, *(every(*(limit(read(each, name)) for name in _LIMITS)) for each in self._whole))
        # What one method's settings leave out of a stage's own list holds on; `declared` has filled in the rest.
        given = (read(each, name) for _, each in self._single for name in _LIMITS)
        return every(whole, *(limit(each) for each in given if each is not None))

    def lets_calls_in(self) -> Fact:
        """Whether no limit is zero, which refuses every call."""
        limits = [read(each, name) for each in self.every() for name in _LIMITS]
        return every(*(Fact.UNKNOWN if each is UNKNOWN else _isnt_zero(each) for each in limits))

    def rate(self) -> str:
        """The rate, for the reports."""
        rates = [read(each, "throttlingRateLimit") for each in self._whole]
        return next((f"{rate:g} requests per second" for rate in rates if isinstance(rate, int | float)), "throttled")

    def every(self) -> Iterator[Any]:
        """All settings, whatever they are for."""
        yield from (*self._whole, *self._anywhere)
        yield from (each for _, each in self._single)

    def for_path(self, path: str) -> tuple[Any, bool]:
        """The settings that hold for a method, and whether they are its own; None if there are none."""
        if path in self._by_path:
            return self._by_path[path], True
        return next(iter(self._whole), UNKNOWN if self._absent.is_unknown else None), False

    def _kept(self, value: Any, check: Any) -> Fact:
        return Fact.YES if value is None and not self._alone else check(value)


def declared(resources: Sequence[Resource]) -> Iterator[tuple[Any, Any]]:
    """The entries that are resources of their own."""
    for each in resources:
        path = each.inputs.get("methodPath")
        settings = each.inputs.get("settings")
        # Terraform's state has a list of one block.
        values = next(iter(items(settings)), None) if is_list(settings) else settings
        given = {**_UNSAID, **values} if is_object(values) else values
        yield (path.strip("/") if isinstance(path, str) else path), given


def inline(listed: Any) -> Iterator[tuple[Any, Any]]:
    """The entries that stand in a stage itself, as CloudFormation has them; `/` in a path may come as `~1`."""
    if listed is UNKNOWN:
        yield UNKNOWN, UNKNOWN
    for each in items(listed):
        if not is_object(each):
            yield UNKNOWN, UNKNOWN
            continue
        path, verb = each.get("resourcePath"), each.get("httpMethod")
        if not isinstance(path, str) or not isinstance(verb, str):
            yield UNKNOWN, each
            continue
        plain = path.replace("~1", "/").strip("/")
        yield (ALL if plain == "*" and verb == "*" else f"{plain}/{verb}"), each


def routes(stage: Resource) -> Iterator[tuple[Any, Any]]:
    """The entries of a stage of an HTTP or WebSocket API: its defaults and those of single routes."""
    yield ALL, stage.inputs.get("defaultRouteSettings")
    single = stage.inputs.get("routeSettings")
    if single is UNKNOWN:
        yield "some route", UNKNOWN
    elif is_object(single):  # aws-native has them by route key
        yield from single.items()
    else:
        for each in items(single):
            yield text(read(each, "routeKey")) or "some route", each


def limit(value: Any, most: float = _MOST) -> Fact:
    """Whether a number limits anything: -1 does not, nor does more than any API takes."""
    if value is UNKNOWN:
        return Fact.UNKNOWN
    return Fact.YES if isinstance(value, int | float) and 0 <= value <= most else Fact.NO


def _isnt_zero(value: Any) -> Fact:
    return Fact.NO if isinstance(value, int | float) and value == 0 else Fact.YES


def _is(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.YES if value is True else Fact.NO


def _logs(value: Any) -> Fact:
    return Fact.UNKNOWN if value is UNKNOWN else Fact.YES if text(value) in _LEVELS else Fact.NO


def limits(plan: Mapping[str, Any]) -> Fact:
    """Whether a usage plan limits the rate of its keys; what it says of single methods comes first, and may lift it."""
    own = (limit(read(plan.get("throttleSettings"), name)) for name in _PLANNED)
    single = [read(each, "throttles") for each in items(plan.get("apiStages"))]
    given = (read(each, name) for listed in single for each in items(listed) for name in _PLANNED)
    unread = (Fact.UNKNOWN for listed in single if listed is UNKNOWN)
    return every(*own, *unread, *(limit(each) for each in given if each is not None))
