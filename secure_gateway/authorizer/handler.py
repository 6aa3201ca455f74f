"""The function's entry point: `secure_gateway.authorizer.handler.handler`."""

import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

from ..authorizer_responses import Unauthorized
from . import log, reasons
from .config import VARIABLE, WithStore, read
from .decide import Authorizer, Decision, where
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
        except Exception as error:  # noqa: BLE001 - a decision that cannot be logged is not carried out
            decision = _denied(event, f"log: {where(error)}")
            with contextlib.suppress(Exception):
                log.write(name, decision, at=at, seconds=time.perf_counter() - start)
        if decision.response is None:
            raise Unauthorized
        return decision.response

    return handler


_UNCONFIGURED = "unconfigured"


def _denied(event: Any, detail: str = "") -> Decision:
    http = is_object(event) and event.get("version") is not None
    return Decision(reason=reasons.INTERNAL, response={"isAuthorized": False} if http else None, detail=detail)


def _authorizer() -> Authorizer | None:
    try:
        authorizer = Authorizer(read(configuration()))
    except Exception as error:  # noqa: BLE001 - whatever is wrong, every request is denied rather than failing
        # A configuration holds no secrets, so the message may quote it.
        shown = error if isinstance(error, OSError | ValueError) else where(error)
        print(f"the configuration is invalid, so every request is denied: {shown}", flush=True)  # noqa: T201 - Lambda's log
        return None
    stores = [each.store.arn for each in authorizer.config.validators.values() if isinstance(each, WithStore)]
    if stores:
        from .stores import prepare  # imported here because tokens alone need no store

        prepare(stores)
    return authorizer


handler = make(_authorizer())
