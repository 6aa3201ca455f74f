"""What pulumi-aws knows of Terraform's provider, which it is built on: names, flattened blocks, required inputs.

`provider_tables.json` is generated from the provider's own schema and the classes of pulumi-aws, by
`tests/provider_tables.py`. It is read when it is first needed, which most evaluations do not.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NotRequired, TypedDict

_FILE: Final = Path(__file__).with_suffix(".json")

Attribute = TypedDict("Attribute", {"is": NotRequired[str], "one": NotRequired[bool], "block": NotRequired[bool]})
"""`is`: its name in pulumi-aws; `one`: a list of at most one item, which pulumi-aws flattens; `block`: of objects."""


class Type(TypedDict):
    """A resource type of pulumi-aws."""

    terraform: str
    """Its type in Terraform."""
    required: Sequence[str]
    """The inputs that every resource of the type has."""
    optional: Sequence[str]
    """The other inputs that protect something."""
    names: Mapping[str, Mapping[str, Attribute]]
    """The attributes of Terraform that pulumi-aws does more to than camel case, by the block that contains them."""


@cache
def types() -> Mapping[str, Type]:
    """The types that the pack reads, by their names in pulumi-aws."""
    return json.loads(_FILE.read_text())


@cache
def by_terraform_type() -> Mapping[str, str]:
    """The types of pulumi-aws by those of Terraform, without `aws_` and underscores."""
    # Of pulumi-aws 6's two types for one of Terraform, the later name (`BucketV2`) is an alias.
    return {
        each["terraform"].removeprefix("aws").replace("_", ""): token
        for token, each in sorted(types().items(), reverse=True)
    }


def required(type_: str) -> Sequence[str]:
    """The inputs that every resource of a type has; none for types that the pack does not read."""
    found = types().get(type_)
    return found["required"] if found else ()


def optional(type_: str) -> Sequence[str]:
    """The other inputs of a type; none for types that the pack does not read."""
    found = types().get(type_)
    return found["optional"] if found else ()
