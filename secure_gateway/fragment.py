"""A layer's part of the OpenAPI document."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi


@dataclass(frozen=True, kw_only=True)
class Fragment:
    """What a layer adds to the document, and the stage variables that it refers to."""

    security_schemes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """By scheme name, an OpenAPI security scheme with Amazon's extensions."""

    root: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Members of the document's root, such as `x-amazon-apigateway-policy`."""

    endpoint: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Members of `x-amazon-apigateway-endpoint-configuration`, which OpenAPI 3 has at a server."""

    gateway_responses: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Gateway responses by their type, such as `ACCESS_DENIED`."""

    variables: Mapping[str, pulumi.Input[str]] = field(default_factory=dict[str, pulumi.Input[str]])
    """Stage variables: what exists only after deployment, by the name that the document uses."""
