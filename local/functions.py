"""Corrects moto's Lambda functions: updates of what a change of the authorizer updates."""

from typing import Any

from corrections import corrects
from moto.awslambda.models import LambdaFunction


@corrects(LambdaFunction, "update_configuration")
def configure(original: Any, self: Any, updates: dict[str, Any]) -> Any:
    """Moto does not update the key of the environment and the tracing."""
    if "KMSKeyArn" in updates:
        self.kms_key_arn = updates["KMSKeyArn"]
    if "TracingConfig" in updates:
        self.tracing_config = updates["TracingConfig"]
    return original(self, updates)


@corrects(LambdaFunction, "update_function_code")
def replace_code(original: Any, self: Any, given: dict[str, Any]) -> Any:
    """Moto does not update the architecture."""
    if given.get("Architectures"):
        self.architectures = given["Architectures"]
    return original(self, given)
