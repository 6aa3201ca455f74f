"""The AWS services that an integration can call, by the field that configures each."""

from collections.abc import Callable, Mapping

from ..validation.reader import Reader
from .dynamodb import TableArgs, TableSpec
from .eventbridge import EventBusArgs, EventBusSpec
from .service import Service
from .sqs import QueueArgs, QueueSpec
from .step_functions import StateMachineArgs, StateMachineSpec

SERVICES: Mapping[str, tuple[type, Callable[[Reader], Service]]] = {
    "queue": (QueueArgs, QueueSpec.parse),
    "event_bus": (EventBusArgs, EventBusSpec.parse),
    "state_machine": (StateMachineArgs, StateMachineSpec.parse),
    "table": (TableArgs, TableSpec.parse),
}
"""By the field of an integration: its args, and their parser."""
