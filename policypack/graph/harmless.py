"""Lists the resource types that cannot weaken a gateway, although the pack does not read them."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NotRequired, TypedDict

import yaml

from .resource_types import READ

_TYPES = 8192
"""More than the resource types of AWS, for caches by type."""


_Group = TypedDict("_Group", {"reason": str, "types": Sequence[str], "except": NotRequired[Sequence[str]]})


def service_and_class(type_: str) -> tuple[str, str]:
    """The AWS service and the class of a resource type of pulumi-aws, aws-native or CloudFormation, in lower case."""
    parts = re.split(r"[:/]+", type_.lower())
    return (parts[1] if len(parts) > 1 else "", parts[-1])


def is_read(type_: str) -> bool:
    """Whether the pack reads resources of a type."""
    return type_ in READ


@lru_cache(maxsize=_TYPES)
def is_of_api_gateway(type_: str) -> bool:
    """Whether a resource type is one of API Gateway, also as a Terraform module or template spells it."""
    service, class_ = service_and_class(type_)
    return service in {"apigateway", "apigatewayv2"} or class_.startswith(("aws_api_gateway_", "aws_apigatewayv2_"))


@lru_cache(maxsize=_TYPES)
def harmless(type_: str) -> str:
    """Why resources of a type cannot weaken a gateway; empty if they may."""
    service, class_ = service_and_class(type_)
    own = f"{service}:{class_}"
    return _reasons().get(own, "" if own in _exceptions() else _reasons().get(service, ""))


@cache
def _groups() -> Sequence[_Group]:
    return yaml.safe_load(Path(__file__).with_name("harmless.yaml").read_text("utf-8"))


@cache
def _reasons() -> Mapping[str, str]:
    return {type_.lower(): group["reason"] for group in _groups() for type_ in group["types"]}


@cache
def _exceptions() -> frozenset[str]:
    return frozenset(type_.lower() for group in _groups() for type_ in group.get("except", ()))
