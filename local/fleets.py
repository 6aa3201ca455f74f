"""Corrects moto's AWS Batch and Step Functions, for the recipes in `examples/fleet`."""

import json
from typing import Any

from corrections import corrects
from moto.batch.models import BatchBackend
from moto.core.responses import ActionResult
from moto.iam.exceptions import NotFoundException
from moto.stepfunctions.responses import StepFunctionResponse

_ROLE = "AWSServiceRoleForBatch"


@corrects(BatchBackend, "create_compute_environment")
def create_compute_environment(original: Any, self: Any, *args: Any, **options: Any) -> Any:
    """Without a role, AWS uses its service-linked one; moto rejects that."""
    if not options["service_role"]:
        try:
            role = self.iam_backend.get_role(_ROLE)
        except NotFoundException:
            trust = json.dumps({"Version": "2012-10-17", "Statement": []})
            path = "/aws-service-role/batch.amazonaws.com/"
            role = self.iam_backend.create_role(_ROLE, trust, path, None, "", [], 3600)
        options["service_role"] = role.arn
    return original(self, *args, **options)


@corrects(StepFunctionResponse, "validate_state_machine_definition")
def validate_definition(_original: Any, _self: Any) -> Any:
    """Moto does not implement this call, with which the provider previews a state machine."""
    return ActionResult({"result": "OK", "diagnostics": []})


@corrects(StepFunctionResponse, "list_state_machine_versions")
def list_versions(_original: Any, _self: Any) -> Any:
    """Moto does not implement this call; nothing here publishes a version."""
    return ActionResult({"stateMachineVersions": []})
