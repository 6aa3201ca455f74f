"""How long `gateway-policy ask` takes for a question once it has read the stack: `make bench-ask`.

The gateway has 300 routes, a web ACL, a resource policy and request validation. The target is 0.1 s for each question.
"""

import sys
import time
from collections.abc import Callable
from typing import Any, Final

from policypack.ask.request import Request
from policypack.evaluation.asked import of_resources
from policypack.patterns.addresses import Address

sys.path.insert(0, "tests")
import graphs

ROUTES: Final = 300
TARGET: Final = 0.1
"""Seconds for one question."""
_ROUNDS: Final = 20


def main() -> None:
    """Print the shortest time of each kind of question, and its ratio to the target."""
    parts: list[Any] = []
    for number in range(ROUTES):
        name = f"r{number}"
        parts.append(graphs.made("apigateway/resource:Resource", name, restApi="shop-id", parentId="x", pathPart=name))
        method: dict[str, Any] = {
            "restApi": "shop-id",
            "resourceId": f"{name}-id",
            "httpMethod": "GET",
            "authorization": "AWS_IAM",
        }
        required = {"method.request.querystring.page": True}
        parts.append(graphs.made("apigateway/method:Method", name, requestParameters=required, **method))
    started = time.perf_counter()
    stack = of_resources(graphs.changed(*parts))
    sys.stdout.write(f"read {ROUTES} routes in {time.perf_counter() - started:.3f} s\n")
    middle = f"/r{ROUTES // 2}"
    request = Request(path=middle, ordinary=True, address=Address(4, 0xCB007107), country="DE")
    _measure("one request", lambda: stack.walks(request))
    _measure("who reaches one route", lambda: stack.callers(f"GET {middle}"))


def _measure(question: str, ask: Callable[[], object]) -> None:
    took: list[float] = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        ask()
        took.append(time.perf_counter() - started)
    sys.stdout.write(f"{question}: {min(took):.4f} s, {min(took) / TARGET:.1%} of the target\n")


if __name__ == "__main__":
    main()
