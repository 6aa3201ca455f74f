"""The function's entry point: `secure_gateway.authorizer.handler.handler`."""

import os
import time
from collections.abc import Callable
from typing import Any

from ..authorizer_responses import Unauthorized
from . import log, reasons
from .config import VARIABLE, read
from .decide import Authorizer, Decision
from .shapes import is_object


def configuration() -> str:
    """The configuration as JSON: from the environment, else from the bundled file."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return given
    from pathlib import Path  # imported here because it is slow to import

    return (Path(__file__).parent / "config.json").read_text("utf-8")


def make(authorizer: Authorizer | None) -> Callable[[Any, Any], Any]:
    """A handler that uses an authorizer; without one, it denies every request."""

    def handler(event: Any, _context: Any = None) -> Any:
        """Respond to API Gateway.

        Raises `Unauthorized`, which a REST API turns into a 401, and no other exception.
        """
        at, start = time.time(), time.perf_counter()
        name = authorizer.config.name if authorizer else _UNCONFIGURED
        decision = authorizer.decide(event) if authorizer else _denied(event)
        try:
            log.write(name, decision, at=at, seconds=time.perf_counter() - start)
        except Exception:  # noqa: BLE001 - a decision that cannot be logged is not carried out
            decision = _denied(event)
        if decision.response is None:
            raise Unauthorized
        return decision.response

    return handler


_UNCONFIGURED = "unconfigured"


def _denied(event: Any) -> Decision:
    http = is_object(event) and event.get("version") is not None
    return Decision(reason=reasons.INTERNAL, response={"isAuthorized": False} if http else None)


def _authorizer() -> Authorizer | None:
    try:
        return Authorizer(read(configuration()))
    except (OSError, ValueError) as error:
        # A configuration holds no secrets, so the message may quote it.
        print(f"the configuration is invalid, so every request is denied: {error}", flush=True)  # noqa: T201 - Lambda's log
        return None


handler = make(_authorizer())
