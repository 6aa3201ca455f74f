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


@corrects(LambdaFunction, "__init__")
def create(original: Any, self: Any, account_id: str, spec: dict[str, Any], *args: Any, **options: Any) -> None:
    """Moto loses where a function logs; see `describe`."""
    original(self, account_id, spec, *args, **options)
    self.logging_config = spec.get("LoggingConfig")


@corrects(LambdaFunction, "get_configuration")
def describe(original: Any, self: Any, *args: Any, **options: Any) -> dict[str, Any]:
    """With where the function logs."""
    described: dict[str, Any] = original(self, *args, **options)
    return {**described, "LoggingConfig": self.logging_config} if self.logging_config else described
