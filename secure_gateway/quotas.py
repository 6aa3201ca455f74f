"""AWS's quotas, checked before anything is registered, each with what to do about it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from .routes import TIMEOUT_MS
from .validation.problems import Problems, plural
from .validation.reader import Reader

DOCUMENT_BYTES = 6 * 1024 * 1024
_VARIABLES = 100


class QuotasArgs(TypedDict, total=False):
    """Quotas of your account where AWS has raised them (Service Quotas, `apigateway`)."""

    resources: int
    """Resources for each API: the nodes of its tree of paths, the root among them. Defaults to 300."""

    stages: int
    """Stages for each API. Defaults to 10."""

    authorizers: int
    """Authorizers for each API. Defaults to 10."""

    integration_timeout_ms: int
    """Longest integration timeout of Regional and private APIs, in milliseconds. Defaults to 29,000."""


@dataclass(frozen=True, kw_only=True)
class QuotasSpec:
    """`QuotasArgs`, validated, with defaults filled in."""

    resources: int
    stages: int
    authorizers: int
    integration_timeout_ms: int

    @classmethod
    def parse(cls, reader: Reader) -> "QuotasSpec":
        """AWS raises quotas and never lowers them."""
        return cls(
            resources=reader.integer("resources", 300, low=300, high=10_000),
            stages=reader.integer("stages", 10, low=10, high=100),
            authorizers=reader.integer("authorizers", 10, low=10, high=100),
            integration_timeout_ms=reader.integer(
                "integration_timeout_ms", TIMEOUT_MS, low=TIMEOUT_MS, high=900_000, unit="milliseconds"
            ),
        )

    def check(
        self, paths: Collection[str], authorizers: Collection[str], stages: Collection[str], problems: Problems
    ) -> None:
        """Note what AWS would refuse in the middle of a deployment."""
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
    """The resources that paths stand for: each of their beginnings is one."""
    found = {"/"}
    for path in paths:
        segments = path.strip("/").split("/")
        found |= {"/" + "/".join(segments[: index + 1]) for index in range(len(segments))}
    return frozenset(found)


def check_document(text: str, problems: Problems) -> None:
    """AWS imports no document beyond 6 MB."""
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
