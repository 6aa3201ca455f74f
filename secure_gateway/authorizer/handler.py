"""The function's entry point: `secure_gateway.authorizer.handler.handler`."""

import os
import time
from collections.abc import Callable
from typing import Any

from ..answers import Unauthorized
from . import log, reasons
from .config import VARIABLE, read
from .decide import Authorizer, Decision
from .shapes import is_object


def configuration() -> str:
    """The configuration's text: from the environment, else from the bundled file."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return given
    from pathlib import Path  # only here: it is slow to import

    return (Path(__file__).parent / "config.json").read_text("utf-8")


def make(authorizer: Authorizer | None) -> Callable[[Any, Any], Any]:
    """A handler of an authorizer; of none, it refuses every request."""

    def handler(event: Any, _context: Any = None) -> Any:
        """Answer API Gateway; raises `Unauthorized`, which a REST API turns into 401, and nothing else."""
        at, start = time.time(), time.perf_counter()
        name = authorizer.config.name if authorizer else _UNCONFIGURED
        decision = authorizer.decide(event) if authorizer else _refused(event)
        try:
            log.write(name, decision, at=at, seconds=time.perf_counter() - start)
        except Exception:  # noqa: BLE001 - a decision that nobody could see afterwards is not carried out
            decision = _refused(event)
        if decision.answer is None:
            raise Unauthorized
        return decision.answer

    return handler


_UNCONFIGURED = "unconfigured"


def _refused(event: Any) -> Decision:
    http = is_object(event) and event.get("version") is not None
    return Decision(reason=reasons.INTERNAL, answer={"isAuthorized": False} if http else None)


def _authorizer() -> Authorizer | None:
    try:
        return Authorizer(read(configuration()))
    except (OSError, ValueError) as error:
        # Configurations hold no secrets: what is wrong may be said.
        print(f"the configuration cannot be used, every request is refused: {error}", flush=True)  # noqa: T201 - Lambda's log
        return None


handler = make(_authorizer())
