"""`make soak`: the authorizer for an hour against an issuer and a store that rotate, empty, slow down and die.

The issuer runs on this machine over HTTP, the store is a function. Each goes through scenarios in random order. Several
authorizers, each with its own cache as in Lambda, decide on requests all the time. The authorizers' clock runs faster
than the machine's, so that an hour contains many refreshes; time-outs are real. Checked are:

- no caller is allowed later than the documented bound after its key was withdrawn;
- no caller is denied while its source is well, or is down for less than the documented bound;
- a forged or expired token and an unknown key are never allowed;
- no decision takes much longer than the time limit of a source;
- memory does not grow.

With `--simulated-hours` nothing is real time: the clock moves in steps, a decision for each credential follows each
step, and an issuer that is slow is one that does not respond. The result is the same on every machine.

Prints the figures as JSON, and ends with 1 if a check failed.
"""

import argparse
import json
import os
import random
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import oidc_issuer
from gateway_events import rest
from joserfc import jwk, jwt

from secure_gateway.authorizer import api_keys, jwks
from secure_gateway.authorizer.cached import RETRY_SECONDS
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
from secure_gateway.authorizer.fetch import FetchError

STORE: Final = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:keys-AbCdEf"
FRESH, STALE = 300, 600
"""Of the issuer's keys, in seconds of the authorizers' clock."""
REFRESH, STORE_STALE = 60, 300
INSTANCES: Final = 3
LONGEST_DECISION: Final = jwks.SECONDS + 1.5
UNITS: Final = 100_000
MOST_WRONG: Final = 100
"""So many wrong decisions end the run."""

STEP_SECONDS: Final = 2.3
"""Of a clock that moves in steps. It does not divide the other times, so that steps fall before and after each."""

MOST_TOKENS: Final = 50
GROWTH_KB: Final = 6_000
"""Growth of resident memory, after the first third of the run, that counts as none."""


class SteppedClock:
    """Seconds that pass when the program says so."""

    speed: Final = 0.0

    def __init__(self) -> None:
        """Start now."""
        self.now = time.time()

    def __call__(self) -> float:
        """Unix seconds."""
        return self.now


class Clock:
    """Seconds that pass faster than real ones."""

    def __init__(self, speed: float) -> None:
        """Start now."""
        self.speed, self._at, self._started = speed, time.time(), time.monotonic()

    def __call__(self) -> float:
        """Unix seconds."""
        return self._at + (time.monotonic() - self._started) * self.speed


@dataclass(frozen=True)
class Step:
    """A state of a source, and what must become of the credentials that depend on it."""

    name: str
    seconds: float
    expected: dict[str, bool]
    settle: float = 0.0
    """Seconds until `expected` must hold; before that, either decision is right."""


@dataclass
class Timeline:
    """The states through which a source goes."""

    steps: Iterator[Step]
    clock: Clock | SteppedClock
    current: tuple[Step, float] = field(default=(Step("start", 0, {}), 0.0))
    done: int = 0

    def run(self, stop: threading.Event) -> None:
        """Go through the steps until the end."""
        for step in self.steps:
            self.current = (step, self.clock())
            if stop.wait(step.seconds / self.clock.speed):
                return
            self.done += 1

    def advance(self) -> None:
        """Go to the next step if the current one has ended."""
        step, since = self.current
        if self.clock() - since >= step.seconds:
            self.current = (next(self.steps, step), self.clock())
            self.done += 1

    def expects(self, credential: str) -> tuple[Step, bool | None]:
        """The step, and whether the credential must be allowed now; None if either is right."""
        step, since = self.current
        return step, step.expected.get(credential) if self.clock() - since >= step.settle else None


def discovery_scenarios(issuer: Any, fast: float) -> list[Callable[[], Iterator[Step]]]:
    """The scenarios in which the issuer's discovery document changes; each ends as it began."""
    path = "/.well-known/openid-configuration"
    denied = {"current": False, "retired": False}

    def responds(name: str, response: Any, bound: float) -> Iterator[Step]:
        before, issuer.at = issuer.at, {**issuer.at, path: response}
        yield Step(f"discovery {name}", bound + 150, denied, settle=bound)
        issuer.at = before

    def short_outage() -> Iterator[Step]:
        before, issuer.at = issuer.at, {**issuer.at, path: 503}
        yield Step("discovery down, short", 450, {"current": True, "retired": False})
        issuer.at = before

    def move_to_a_dead_url() -> Iterator[Step]:
        before, discovery = issuer.at, issuer.discovery
        used = discovery["jwks_uri"].removeprefix(issuer.url)
        issuer.at = {**before, "/dead": 503}
        issuer.discovery = {**discovery, "jwks_uri": f"{issuer.url}/dead"}
        yield Step("keys moved to a URL that is down", 200, {"current": True, "retired": False})
        issuer.at = {**issuer.at, used: {"keys": []}}
        yield Step("keys withdrawn at the last URL", FRESH + fast + 150, denied, settle=FRESH + fast)
        issuer.at, issuer.discovery = before, discovery

    other = {**issuer.discovery, "issuer": "https://other.example.com"}
    return [
        short_outage,
        move_to_a_dead_url,
        lambda: responds("gone", 410, FRESH + fast),
        lambda: responds("of another issuer", other, FRESH + fast),
        lambda: responds("down, long", 503, FRESH + STALE + fast),
    ]


def issuer_steps(issuer: Any, clock: Clock | SteppedClock, chosen: random.Random) -> Iterator[Step]:
    """The issuer's scenarios, for ever. `current` is a token of its signing key, `retired` one of a withdrawn key."""
    fast = RETRY_SECONDS + 0.5 * clock.speed
    slow = RETRY_SECONDS + (2 * jwks.SECONDS + 0.5) * clock.speed
    well = {"current": True, "retired": False}
    numbers = iter(range(2, 1_000_000))

    def restore() -> Step:
        issuer.status, issuer.pause, issuer.drip, issuer.published, issuer.raw = 200, 0.0, 0.0, None, None
        return Step("issuer well", 120, well, settle=slow)

    def published() -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in issuer.keys.values()]}

    def rotate() -> Iterator[Step]:
        old, new = issuer.signing, f"k{next(numbers)}"
        issuer.rotate(new)
        yield Step("both keys published", FRESH + fast, well)
        issuer.signing, issuer.retired = new, (old, issuer.keys[old])
        yield Step("new key signs", 60, {"current": True})
        del issuer.keys[old]
        yield Step("old key withdrawn", FRESH + fast + 100, {"retired": False}, settle=FRESH + fast)

    def rotate_in_outage() -> Iterator[Step]:
        old, new = issuer.signing, f"k{next(numbers)}"
        issuer.status = 503
        yield Step("short outage before a withdrawal", 200, {"current": True})
        issuer.rotate(new)
        issuer.signing, issuer.retired = new, (old, issuer.keys[old])
        del issuer.keys[old]
        issuer.status = 200
        yield Step("withdrawn after an outage", FRESH + fast + 100, {"retired": False}, settle=FRESH + fast)

    def withdraw(name: str, document: Any) -> Iterator[Step]:
        issuer.published = document
        yield Step(name, FRESH + fast + 150, {"current": False, "retired": False}, settle=FRESH + fast)

    def outage(name: str, seconds: float, **state: Any) -> Iterator[Step]:
        vars(issuer).update(state)
        yield Step(f"{name}, short", seconds, {"current": True, "retired": False})

    def long_outage() -> Iterator[Step]:
        issuer.status = 500
        bound = FRESH + STALE + fast
        yield Step("server errors, long", bound + 150, {"current": False, "retired": False}, settle=bound)

    def move() -> Iterator[Step]:
        used, other = ("/keys", "/moved") if issuer.discovery["jwks_uri"].endswith("/keys") else ("/moved", "/keys")
        issuer.discovery = {**issuer.discovery, "jwks_uri": f"{issuer.url}{other}"}
        issuer.at = {used: 404}
        yield Step("keys moved", FRESH + fast + 100, well)

    scenarios: list[Callable[[], Iterator[Step]]] = [
        *discovery_scenarios(issuer, fast),
        rotate,
        rotate_in_outage,
        move,
        long_outage,
        lambda: withdraw("empty key set", {"keys": []}),
        lambda: withdraw("no key set", "<html>maintenance</html>"),
        lambda: withdraw("private key published", {"keys": [*published()["keys"], {"kty": "RSA", "d": "AQAB"}]}),
        lambda: outage("slow responses", 250, pause=3.0),
        lambda: outage("single bytes", 250, drip=0.05),
        lambda: outage("server errors", 450, status=503),
        lambda: outage("not found", 450, status=404),
    ]
    while True:
        for scenario in chosen.sample(scenarios, len(scenarios)):
            yield restore()
            yield from scenario()


class Store:
    """A store with two records, in a state that the schedule sets."""

    def __init__(self) -> None:
        """Both records are valid."""
        self.keys = {name: api_keys.new(name) for name in ("a", "b")}
        self.state: Any = self.document()

    def document(self, **changes: Any) -> str:
        """The document with some records changed, or left out with None."""
        records = {name: (key_id, record) for name, (_, key_id, record) in self.keys.items()}
        kept = {key_id: changes.get(name, record) for name, (key_id, record) in records.items()}
        return json.dumps({"keys": {key_id: record for key_id, record in kept.items() if record is not None}})

    def load(self, _arn: str) -> str:
        """The document, or the error of the state."""
        if isinstance(self.state, Exception):
            raise self.state
        return self.state


class ServiceError(Exception):
    """An error as boto3 raises it."""

    def __init__(self, code: str, status: int = 400) -> None:
        """Hold the response."""
        super().__init__(code)
        self.response = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}


def store_steps(store: Store, clock: Clock | SteppedClock, chosen: random.Random) -> Iterator[Step]:
    """The store's scenarios, for ever, with the keys `a` and `b`."""
    fast = RETRY_SECONDS + 0.5 * clock.speed
    both, none = {"a": True, "b": True}, {"a": False, "b": False}

    def state(name: str, to: Any, expected: dict[str, bool], settle: float, seconds: float = 0.0) -> Iterator[Step]:
        store.state = to
        yield Step(name, seconds or settle + 60, expected, settle)

    def withdrawn_in_outage() -> Iterator[Step]:
        yield from state("store down before a withdrawal", TimeoutError(), both, 0.0, 150)
        yield from state("deleted after an outage", ServiceError("ResourceNotFoundException"), none, REFRESH + fast)

    ended, bound = REFRESH + fast, REFRESH + STORE_STALE + fast
    repeated = store.document()[:-1] + ', "keys": {}}'
    scenarios: list[Callable[[], Iterator[Step]]] = [
        lambda: state("record removed", store.document(b=None), {"b": False}, ended),
        lambda: state("mistake in a record", store.document(b={"owner": "b"}), {"b": False}, ended),
        lambda: state("deleted", ServiceError("ResourceNotFoundException"), none, ended),
        lambda: state("forbidden", ServiceError("AccessDeniedException"), none, ended),
        lambda: state("not JSON", "maintenance", none, ended),
        lambda: state("repeated name", repeated, none, ended),
        lambda: state("time-outs, short", TimeoutError(), both, 0.0, 220),
        lambda: state("throttled, short", ServiceError("ThrottlingException"), both, 0.0, 220),
        lambda: state("server errors, short", ServiceError("InternalServiceError", 500), both, 0.0, 220),
        lambda: state("time-outs, long", TimeoutError(), none, bound),
        withdrawn_in_outage,
    ]
    while True:
        for scenario in chosen.sample(scenarios, len(scenarios)):
            yield from state("store well", store.document(), both, ended, ended + 60)
            yield from scenario()


@dataclass
class Results:
    """What the run showed."""

    decisions: Counter[str] = field(default_factory=Counter)
    checked: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    failures: int = 0
    slowest: float = 0.0
    took: Counter[int] = field(default_factory=Counter)
    """Decisions by their time in units of 10 microseconds."""
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def decide_all_the_time(
    authorizer: Authorizer,
    events: Callable[[str], Any],
    timelines: dict[str, Timeline],
    results: Results,
    stop: threading.Event,
    chosen: random.Random,
) -> None:
    """Decide on one request after the other, and compare each decision with the schedule."""
    while not stop.is_set():
        decide_once(authorizer, events, timelines, results, chosen.choice(list(timelines)))
        stop.wait(0.004)


def decide_in_steps(
    authorizers: list[Authorizer],
    events: Callable[[str], Any],
    timelines: dict[str, Timeline],
    results: Results,
    hours: float,
) -> None:
    """Move the clock by a few seconds, and decide on every credential, until the hours are over."""
    sources = list({id(each): each for each in timelines.values()}.values())
    clock = sources[0].clock
    assert isinstance(clock, SteppedClock)
    until = clock() + hours * 3_600
    while clock() < until and len(results.wrong) < MOST_WRONG:
        for each in sources:
            each.advance()
        for authorizer in authorizers:
            for credential in timelines:
                decide_once(authorizer, events, timelines, results, credential)
        clock.now += STEP_SECONDS


def decide_once(
    authorizer: Authorizer,
    events: Callable[[str], Any],
    timelines: dict[str, Timeline],
    results: Results,
    credential: str,
) -> None:
    """Decide on one request, and compare the decision with the schedule."""
    timeline = timelines[credential]
    step, expected = timeline.expects(credential)
    event = events(credential)
    if event is None:
        return
    started = time.perf_counter()
    decision = authorizer.decide(event)
    seconds = time.perf_counter() - started
    same = timeline.current[0] is step
    with results.lock:
        results.decisions[decision.reason] += 1
        results.slowest = max(results.slowest, seconds)
        results.took[int(seconds * UNITS)] += 1
        results.stale += sum(each.stale for each in decision.notices)
        results.failures += sum(not each.stale for each in decision.notices)
        if same and expected is not None:
            results.checked[f"{step.name}: {credential} {'allowed' if expected else 'denied'}"] += 1
            if decision.allowed != expected:
                results.wrong.append(f"{step.name}: {credential} {decision.reason} {decision.notices}")
        if seconds > LONGEST_DECISION and timeline.clock.speed:
            results.wrong.append(f"{step.name}: {credential} took {seconds:.2f} s")


def without_network(issuer: Any) -> Callable[[str, float], bytes]:
    """Fetches from the issuer by calling it: a slow response is none."""

    def fetch(url: str, _seconds: float) -> bytes:
        if issuer.pause or issuer.drip:
            raise TimeoutError
        status, body = issuer.respond(url.removeprefix(issuer.url))
        if status != HTTPStatus.OK:
            message = f"status {status}"
            raise FetchError(message, status)
        return body.encode()

    return fetch


def resident_kb() -> int:
    """Resident memory of this process."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1])
    return 0


def main() -> None:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--speed", type=float, default=10.0, help="seconds of the authorizers' clock in a real second")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--simulated-hours", type=float, help="simulate so many hours without waiting")
    given = parser.parse_args()
    stepped = given.simulated_hours is not None
    clock = SteppedClock() if stepped else Clock(given.speed)
    stop, results = threading.Event(), Results()
    store = Store()
    with oidc_issuer.running() as issuer:
        issuer.signing, issuer.retired, issuer.requested = "k1", None, deque(maxlen=1)
        forger = jwk.RSAKey.generate_key(2_048, {"kid": "k1"})
        events = _events(issuer, store, clock, forger)
        config = {
            "name": "soak",
            "validators": {
                "people": {
                    "jwt": {
                        "issuers": [
                            {
                                "issuer": issuer.url,
                                "audiences": ["orders-api"],
                                "keys_fresh_seconds": FRESH,
                                "keys_stale_seconds": STALE,
                            }
                        ]
                    }
                },
                "partners": {"api_key": {"store": STORE, "refresh_seconds": REFRESH, "stale_seconds": STORE_STALE}},
            },
            "require": [["people"], ["partners"]],
            "routes": {"GET /orders": {}},
            "cached": False,
        }
        issuers = Timeline(issuer_steps(issuer, clock, random.Random(given.seed)), clock)
        stores = Timeline(store_steps(store, clock, random.Random(given.seed + 1)), clock)
        never = Timeline(iter(()), clock, (Step("always", 0, {"forged": False, "expired": False, "unknown": False}), 0))
        timelines = {
            **dict.fromkeys(("current", "retired"), issuers),
            **dict.fromkeys(("a", "b"), stores),
            **dict.fromkeys(("forged", "expired", "unknown"), never),
        }
        threads = [threading.Thread(target=each.run, args=(stop,)) for each in (issuers, stores)]
        fetch = without_network(issuer) if stepped else None
        parsed = read(json.dumps(config), loopback=True)
        instances = [
            Authorizer(parsed, fetch=fetch, load=store.load, clock=clock, loopback=True) for _ in range(INSTANCES)
        ]
        for number, one in enumerate(instances):
            chosen = random.Random(given.seed + 10 + number)
            threads.append(
                threading.Thread(target=decide_all_the_time, args=(one, events, timelines, results, stop, chosen))
            )
        if stepped:
            decide_in_steps(instances, events, timelines, results, given.simulated_hours)
            memory = []
        else:
            for thread in threads:
                thread.start()
            memory = _wait(given.minutes * 60, results)
            stop.set()
            for thread in threads:
                thread.join()
    print(json.dumps(_figures(given, memory, results, issuers, stores), indent=2))
    sys.stdout.flush()
    os._exit(1 if results.wrong or _growth(memory) > GROWTH_KB else 0)


def _events(issuer: Any, store: Store, clock: Clock | SteppedClock, forger: Any) -> Callable[[str], Any]:
    """Makes an event with a credential; None if there is no such credential yet."""
    made: dict[tuple[str, str, int], str] = {}

    def token(name: str, kid: str, key: Any, expires: int) -> str:
        # Signing costs more than deciding, so a token is used for a while.
        now = int(clock())
        at = (name, kid, now // 600)
        if at not in made:
            if len(made) > MOST_TOKENS:
                made.clear()
            claims = issuer.claims(iat=now - 60, nbf=now - 60, exp=now + expires)
            made[at] = jwt.encode({"alg": "RS256", "kid": kid, "typ": "at+jwt"}, claims, key)
        return made[at]

    def event(credential: str) -> Any:
        if credential in store.keys:
            return rest({"x-api-key": store.keys[credential][0]})
        if credential == "unknown":
            return rest({"x-api-key": f"sgk_{'0' * 12}_{'A' * 43}"})
        signing = issuer.signing
        if credential == "retired":
            retired = issuer.retired
            return None if retired is None else _bearer(token("retired", *retired, expires=7_200))
        if credential == "forged":
            return _bearer(token("forged", signing, forger, expires=7_200))
        key = issuer.keys.get(signing)
        if key is None:
            return None
        return _bearer(token(credential, signing, key, expires=-45 if credential == "expired" else 7_200))

    return event


def _bearer(token: str) -> Any:
    return rest({"authorization": f"Bearer {token}"})


def _wait(seconds: float, results: Results) -> list[int]:
    """Wait for the end, or for too many wrong decisions; the resident memory over time, in KB."""
    until, memory, reported = time.monotonic() + seconds, [], 0
    while time.monotonic() < until and len(results.wrong) < MOST_WRONG:
        time.sleep(min(5.0, max(0.1, until - time.monotonic())))
        memory.append(resident_kb())
        total = sum(results.decisions.values())
        if len(memory) // 12 > reported:
            reported = len(memory) // 12
            print(
                f"{reported} min: {total:,} decisions, {len(results.wrong)} wrong, {memory[-1]:,} KB", file=sys.stderr
            )
    return memory


def _growth(memory: list[int]) -> int:
    """Growth of memory between the second and the last third of the run, in KB."""
    third = len(memory) // 3
    if not third:
        return 0
    middle, last = sorted(memory[third : 2 * third]), sorted(memory[2 * third :])
    return last[len(last) // 2] - middle[len(middle) // 2]


def _quantile(took: Counter[int], share: float) -> float:
    """Milliseconds within which a share of the decisions was made."""
    remaining = share * took.total()
    for units in sorted(took):
        remaining -= took[units]
        if remaining <= 0:
            return units * 1_000 / UNITS
    return 0.0


def _figures(
    given: argparse.Namespace, memory: list[int], results: Results, issuers: Timeline, stores: Timeline
) -> dict[str, Any]:
    return {
        "minutes": given.minutes if memory else 0,
        "simulated_hours": round(given.minutes * given.speed / 60, 1) if memory else given.simulated_hours,
        "steps": {"issuer": issuers.done, "store": stores.done},
        "decisions": sum(results.decisions.values()),
        "checked": sum(results.checked.values()),
        "wrong": len(results.wrong),
        "first_wrong": results.wrong[:10],
        "by_reason": dict(results.decisions.most_common()),
        "stale_uses": results.stale,
        "source_failures": results.failures,
        "milliseconds": {
            "p50": _quantile(results.took, 0.5),
            "p99": _quantile(results.took, 0.99),
            "most": round(results.slowest * 1_000, 1),
        },
        "memory_kb": memory
        and {"first": memory[0], "last": memory[-1], "most": max(memory), "growth": _growth(memory)},
        "checked_by_step": dict(sorted(results.checked.items())),
    }


if __name__ == "__main__":
    main()
