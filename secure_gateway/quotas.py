"""AWS's quotas, checked before anything is registered, each with what to do about it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from .routes import TIMEOUT_MS
from .validation.fields import options, parses, whole_number
from .validation.problems import Problems, plural
from .validation.reader import Reader

DOCUMENT_BYTES = 6 * 1024 * 1024
_VARIABLES = 100


class QuotasArgs(TypedDict, total=False):
    """Quotas that AWS has raised for your account (Service Quotas, `apigateway`)."""

    resources: int
    """Resources per API: the nodes of its tree of paths, including the root."""

    stages: int
    """Stages per API."""

    authorizers: int
    """Authorizers per API."""

    integration_timeout_ms: int
    """Longest integration timeout of Regional and private APIs."""


@parses(QuotasArgs)
@dataclass(frozen=True, kw_only=True)
class QuotasSpec:
    """`QuotasArgs`, validated, with defaults filled in. AWS raises quotas and never lowers them."""

    resources: int = whole_number(300, low=300, high=10_000)
    stages: int = whole_number(10, low=10, high=100)
    authorizers: int = whole_number(10, low=10, high=100)
    integration_timeout_ms: int = whole_number(TIMEOUT_MS, low=TIMEOUT_MS, high=900_000, unit="milliseconds")

    @classmethod
    def parse(cls, reader: Reader) -> "QuotasSpec":
        """Check the bounds."""
        return cls(**options(cls, reader))

    def check(
        self, paths: Collection[str], authorizers: Collection[str], stages: Collection[str], problems: Problems
    ) -> None:
        """Report what AWS would reject in the middle of a deployment."""
        todo = "ask AWS to raise the quota and set `quotas`, or split the API"
        greedy = "; a greedy route ({proxy+}) is one resource for all paths below it"
        pools = "; a Cognito authorizer takes several pools"
        for path, count, most, noun, hint in (
            ("routes", len(nodes(paths)), self.resources, "resource", greedy),
            ("auth.authorizers", len(authorizers), self.authorizers, "authorizer", pools),
            ("stages", len(stages), self.stages, "stage", ""),
        ):
            if count > most:
                problems.add(path, f"{plural(count, noun)} exceed AWS's quota of {most:,}: {todo}{hint}")


def nodes(paths: Collection[str]) -> frozenset[str]:
    """The resources that AWS creates for paths: one for each path and each of its parents."""
    found = {"/"}
    for path in paths:
        segments = path.strip("/").split("/")
        found |= {"/" + "/".join(segments[: index + 1]) for index in range(len(segments))}
    return frozenset(found)


def check_document(text: str, problems: Problems) -> None:
    """AWS imports no document larger than 6 MB."""
    size = len(text.encode())
    if size > DOCUMENT_BYTES:
        message = (
            f"the OpenAPI document has {size:,} bytes, but AWS accepts at most {DOCUMENT_BYTES:,}: declare schemas "
            "once in `schemas` and refer to them, or split the API"
        )
        problems.add("routes", message)


def check_variables(path: str, count: int, problems: Problems) -> None:
    """AWS accepts no more variables on one stage."""
    if count > _VARIABLES:
        message = (
            f"the stage needs {count:,} stage variables, but AWS accepts at most {_VARIABLES}: give values that are "
            "known before deployment as plain strings instead of Outputs"
        )
        problems.add(path, message)
