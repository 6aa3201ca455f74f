"""Reads a stage's settings for its methods: logging, metrics, data trace, throttling, caching.

In a REST API, the settings of one method inherit nothing: what they leave out gets AWS's default, not the setting for
all methods (https://github.com/hashicorp/terraform-provider-aws/issues/9738 shows it). In HTTP and WebSocket APIs, a
route inherits what its settings leave out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from ..graph.graph import Resource
from ..graph.values import (
    UNKNOWN,
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
_HIGHEST_LIMIT: Final = 1_000_000
"""Requests per second above which a limit has no effect: an account has 10,000 unless it asks AWS for more."""


@dataclass(frozen=True, slots=True)
class Methods:
    """The methods or routes of a stage's API, as its settings name them."""

    keys: Mapping[str, str] = field(default_factory=dict[str, str])
    """How messages name each, by how settings do: `GET /orders` by `orders/GET`, or a route key by itself."""
    known: Fact = Fact.UNKNOWN
    """Whether these are all of them."""


NO_METHODS: Final = Methods()
_SHOWN: Final = 5
"""Methods that one message names."""


class MethodSettings:
    """The settings of one stage."""

    def __init__(
        self, entries: Sequence[tuple[Any, Any]], methods: Methods = NO_METHODS, *, more: bool, inherits: bool
    ) -> None:
        """`entries` are paths and settings; `more` if other settings of the graph may belong to this stage.

        `inherits` if the settings of one route inherit what they leave out, as in HTTP and WebSocket APIs.
        """
        self._methods = methods
        self._whole = [values for path, values in entries if path == ALL]
        self._anywhere = [values for path, values in entries if path is UNKNOWN]
        self._single = [(text(path), values) for path, values in entries if path is not UNKNOWN and path != ALL]
        self._by_path = dict(self._single)
        self._more = more or bool(self._anywhere)
        """Whether settings may exist that are not among the entries, or whose methods are unknown."""
        self._absent = Fact.of(None if self._more and not self._whole else False)
        """UNKNOWN if settings for all methods may exist that are not among the entries; else NO."""
        self._inherits = inherits

    @property
    def single(self) -> Sequence[tuple[str, Any]]:
        """The settings of single methods or routes, by path."""
        return self._single

    def measured(self, name: str) -> Fact:
        """Whether the setting `name`, which turns detailed metrics on, is on for all methods."""
        found = self._of_every_method(lambda values: is_true(read(values, name)), name)
        return Fact.no(f"does not publish metrics for {found.reason}") if found.is_no and found.reason else found

    def logged(self) -> Fact:
        """Whether at least errors are logged for all methods."""
        found = self._of_every_method(lambda values: _logs(read(values, "loggingLevel")), "loggingLevel")
        if found.is_no:
            return Fact.no(f"does not log the errors of {found.reason or 'all methods'}")
        return found.because(unknown="its method settings are known only after deployment")

    def traced(self) -> Fact:
        """Whether data trace is on for any method."""
        return some(*(is_true(read(each, "dataTraceEnabled")) for each in self.every()))

    def throttled(self) -> Fact:
        """Whether rate and burst are limited for all methods; -1 means no limit."""
        # A stage's own list, as in CloudFormation, inherits the limits that an entry leaves out.
        found = self._of_every_method(
            lambda values: every(*(limit(read(values, name)) for name in _LIMITS)), *_LIMITS, inherits=True
        )
        return Fact.no(f"does not throttle {found.reason}") if found.is_no and found.reason else found

    def allows_requests(self) -> Fact:
        """Whether no limit is zero. A limit of zero rejects every request."""
        limits = [(path, read(each, name)) for path, each in self._paths() for name in _LIMITS]
        found = every(*(is_not_zero(each) for _, each in limits))
        zero = sorted({self._label(path) for path, each in limits if path != ALL and is_not_zero(each).is_no})
        if found.is_no and zero and all(is_not_zero(each).is_yes for path, each in limits if path == ALL):
            return Fact.no(f"has a limit of zero for {_listed(zero)}, which rejects every request")
        return found

    def limits(self) -> tuple[float, float] | None:
        """The largest rate and burst that any method has; None if one is unlimited or unknown."""
        pairs = [[read(each, name) for name in _LIMITS] for each in self.every()]
        known = self._whole and not self._more and all(limit(value).is_yes for pair in pairs for value in pair)
        return (max(float(rate) for rate, _ in pairs), max(float(burst) for _, burst in pairs)) if known else None

    def rate(self) -> str:
        """The rate, as reports show it."""
        rates = [read(each, "throttlingRateLimit") for each in self._whole]
        return next((f"{rate:g} requests per second" for rate in rates if isinstance(rate, int | float)), "throttled")

    def every(self) -> Iterator[Any]:
        """All settings, for whichever methods."""
        yield from (each for _, each in self._paths())

    def for_path(self, path: str) -> tuple[Any, bool]:
        """The settings that apply to a method, None if there are none; and whether they are its own."""
        if path in self._by_path:
            return self._by_path[path], True
        return next(iter(self._whole), UNKNOWN if self._absent.is_unknown else None), False

    def _paths(self) -> Iterator[tuple[str, Any]]:
        yield from ((ALL, each) for each in (*self._whole, *self._anywhere))
        yield from self._single

    def _label(self, path: str) -> str:
        """How messages name a method: settings write `orders/GET`."""
        return self._methods.keys.get(path) or label(path)

    def _of_every_method(self, check: Callable[[Any], Fact], *names: str, inherits: bool = False) -> Fact:
        """Whether settings pass a check for every method; the reason of NO lists the methods that do not pass.

        The reason is empty if no method has settings of its own. The settings of single methods add up: together they
        may cover all. `inherits` if they inherit the settings `names` that they leave out.
        """
        whole = some(self._absent, *(check(each) for each in self._whole))
        own = {
            path: check(self._inherited(values, names) if inherits or self._inherits else values)
            for path, values in self._single
        }
        rest = {path: whole for path in self._methods.keys if path not in own}
        # Settings of single methods that no known method has may belong to one that is unknown, or was renamed.
        covered = own.keys() & self._methods.keys if self._methods.keys else own.keys()
        if not covered:
            rest[ALL] = whole
        else:
            if self._more:
                rest = {path: some(fact, Fact.UNKNOWN) for path, fact in rest.items()}
            if not whole.is_yes and not self._methods.known.is_yes:
                rest[ALL] = Fact.UNKNOWN
        facts = {**own, **rest}
        failing = [path for path, fact in facts.items() if fact.is_no]
        found = every(*facts.values())
        if not found.is_no or not own or ALL in failing:
            return Fact(found.value)
        return Fact.no(_listed([self._label(path) for path in failing]))

    def _inherited(self, values: Any, names: Sequence[str]) -> Any:
        """The settings of one route with what they inherit."""
        default = next(iter(self._whole), None)
        if not is_object(values):
            return values
        return {name: read(default if values.get(name) is None else values, name) for name in names}


def _listed(labels: Sequence[str]) -> str:
    """Labels as a message lists them: the first few, and how many more there are."""
    more = len(labels) - _SHOWN
    return ", ".join(labels[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def key(path: str, method: str) -> str:
    """How settings name a method, in the one spelling of this module: `orders/items/GET`."""
    return f"{path.strip('/')}/{method.upper()}"


def label(path: str) -> str:
    """How messages name the method that settings name: `GET /orders` for `orders/GET`."""
    resource, slash, method = path.rpartition("/")
    return f"{method} /{resource}" if slash and method.isupper() else path


def method_path(written: str) -> str:
    """A method's path in the spelling of `key`; AWS itself writes `~1` for each `/` inside it, and `*/*` for all."""
    plain = written.replace("~1", "/").replace("~0", "~").strip("/")
    resource, _, method = plain.rpartition("/")
    return key(resource, method)


def declared(resources: Sequence[Resource]) -> Iterator[tuple[Any, Any]]:
    """The entries that are resources of their own."""
    for each in resources:
        path = each.inputs.get("methodPath")
        yield (method_path(path) if isinstance(path, str) else path), each.inputs.get("settings")


def inline(listed: Any) -> Iterator[tuple[Any, Any]]:
    """The entries in a stage itself, as in CloudFormation."""
    if listed is UNKNOWN:
        yield UNKNOWN, UNKNOWN
    for each in items(listed):
        if not is_object(each):
            yield UNKNOWN, UNKNOWN
            continue
        path, method = each.get("resourcePath"), each.get("httpMethod")
        known = isinstance(path, str) and isinstance(method, str)
        yield (method_path(f"{path}/{method}") if known else UNKNOWN), each


def routes(stage: Resource) -> Iterator[tuple[Any, Any]]:
    """The entries of a stage of an HTTP or WebSocket API: its defaults, and the settings of single routes."""
    yield ALL, stage.inputs.get("defaultRouteSettings")
    single = stage.inputs.get("routeSettings")
    if single is UNKNOWN:
        yield UNKNOWN, UNKNOWN
    elif is_object(single):  # in aws-native, a map by route key
        yield from single.items()
    else:
        for each in items(single):
            route = read(each, "routeKey")
            yield (route if isinstance(route, str) else UNKNOWN), each


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
