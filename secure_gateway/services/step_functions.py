"""Starts an AWS Step Functions state machine."""

from dataclasses import dataclass
from typing import Any, Required, TypedDict

import pulumi

from ..validation.arns import of_service
from ..validation.fields import boolean, options, parses, required_leaf
from ..validation.reader import Reader
from .service import BAD_GATEWAY, BODY, SERVICE_URI, MappedResponses, Source, allow


class StateMachineArgs(TypedDict, total=False):
    """The JSON body of a request becomes the input of an execution. The response is 202 with the execution's ARN."""

    arn: Required[pulumi.Input[str]]
    """ARN of the state machine, in the gateway's region."""

    wait: bool
    """Wait for the result of an express state machine (StartSyncExecution), and respond with 200 and its output,
    instead of only starting it (StartExecution)."""


_check_arn = of_service("states", r"stateMachine:[A-Za-z0-9_-]{1,80}(?::[A-Za-z0-9_-]+)?")


@parses(StateMachineArgs)
@dataclass(frozen=True, kw_only=True)
class StateMachineSpec:
    """`StateMachineArgs`, validated, with defaults filled in."""

    arn: pulumi.Input[str] = required_leaf(check=_check_arn, values="ARN")
    wait: bool = boolean(default=False)
    kms_key_arn: None = None
    sources: tuple[Source, ...] = ()

    @classmethod
    def parse(cls, reader: Reader) -> "StateMachineSpec":
        """Check the ARN."""
        return cls(**options(cls, reader))

    def held(self, arn: str, /) -> str:
        """The ARN."""
        return arn

    def integration(self, known: str, variable: str, _caller: str, /) -> dict[str, Any]:
        """StartSyncExecution responds with 200 even if the execution failed, so the template checks that."""
        started = MappedResponses(status="202", body="{\"execution\":$input.json('$.executionArn')}")
        done = MappedResponses(
            status="200",
            body=f"#if($input.path('$.status') == \"SUCCEEDED\")$input.path('$.output')#else{BAD_GATEWAY}#end",
        )
        machine = known or f"$stageVariables.{variable}"
        return {
            "uri": f"{SERVICE_URI}states:action/{'StartSyncExecution' if self.wait else 'StartExecution'}",
            "requestTemplates": {"application/json": f'{{"stateMachineArn":"{machine}","input":"{BODY}"}}'},
            "responses": (done if self.wait else started).rendered(),
        }

    def statements(self, arn: str, _kms_key_arn: str, /) -> list[dict[str, Any]]:
        """Start this state machine."""
        return [allow("states:StartSyncExecution" if self.wait else "states:StartExecution", arn)]
