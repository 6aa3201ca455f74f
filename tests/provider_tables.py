"""Writes `policypack/graph/provider_tables.json`: how Terraform's provider names what pulumi-aws renames.

`python tests/provider_tables.py SCHEMA` reads what `terraform providers schema -json` writes for hashicorp/aws,
and asks the classes of the installed pulumi_aws what became of each attribute: pulumi-aws changes snake case to camel
case, renames some attributes, and flattens blocks of which there is at most one.
"""

import importlib
import json
import re
import sys
import typing
from collections import abc
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi import _types

from policypack.graph import resource_types as types

TABLE = Path(__file__).parents[1] / "policypack/graph/provider_tables.json"
RENAMED_TYPES = {
    types.GATEWAY_RESPONSE: "aws_api_gateway_gateway_response",
    types.BUCKETS[1]: "aws_s3_bucket",
    types.BUCKET_OBJECTS[0]: "aws_s3_object",
}
"""Types whose Terraform names do not follow from pulumi-aws's."""
SERVICES = {
    "apigateway": ("api_gateway",),
    "cloudwatch": ("cloudwatch",),
    "ec2": ("vpc", ""),
    "vpc": ("vpc",),
    "kinesis": ("kinesis",),
}
LEFT_OUT = {"tags", "region", "description", "target"}
"""Inputs that protect nothing, and the one that creates further resources."""
RENAMED = {
    types.FUNCTION: {"filename": "code", "function_name": "name"},
    types.FUNCTION_PERMISSION: {"function_name": "function"},
    types.BASE_PATH_MAPPING: {"api_id": "restApi"},
    types.METRIC_ALARM: {"alarm_name": "name"},
}
"""Attributes whose names do not follow from pulumi-aws's."""


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def terraform_type(token: str, known: Iterable[str]) -> str:
    """The Terraform type of a pulumi-aws type; a derived name for types that the schema's version does not have."""
    if token in RENAMED_TYPES:
        return RENAMED_TYPES[token]
    module, name = token.split(":")[1].split("/", maxsplit=1)[0], re.sub(r"[vV]2$", "", token.split(":")[2])
    by_letters = {each.replace("_", ""): each for each in known}
    services = SERVICES.get(module, (module,))
    for service in services:
        found = by_letters.get(f"aws{service}{name}".replace("_", "").lower())
        if found:
            return found
    return "_".join(filter(None, ("aws", services[0], snake(name))))


def candidates(name: str) -> Iterator[str]:
    """The names that pulumi-aws may give an attribute, likeliest first."""
    base = camel(name)
    yield from (base, f"{base}s", f"{base}es")
    if base.endswith("y"):
        yield f"{base[:-1]}ies"
    if base.endswith("s"):
        yield base[:-1]
    for suffix in ("Id", "Name", "Arn", "Ids", "Names", "Arns"):
        if base.endswith(suffix):
            yield from (base.removesuffix(suffix), f"{base.removesuffix(suffix)}s")


def matched(attributes: Iterable[str], properties: Iterable[str], renamed: Mapping[str, str]) -> dict[str, str]:
    """The property that each attribute became: exact names first, then ever looser candidates."""
    found, left, ways = dict(renamed), set(properties) - set(renamed.values()), list(attributes)
    for rank in range(20):
        for name in ways:
            tried = list(candidates(name))
            if name not in found and rank < len(tried) and tried[rank] in left:
                found[name] = tried[rank]
                left.discard(tried[rank])
    letters = {each.lower(): each for each in left}
    for name in ways:
        same = letters.get(name.replace("_", ""))
        if name not in found and same:
            found[name] = same
    return found


def shape(hint: Any) -> tuple[str, Any]:
    """`list`, `map`, `object` or `scalar`, with the type of the items or the class of the object."""
    if typing.get_origin(hint) is pulumi.Output:
        return shape(typing.get_args(hint)[0])
    is_union = typing.get_origin(hint) is typing.Union or type(hint).__name__ == "UnionType"
    members = [each for each in (typing.get_args(hint) if is_union else (hint,)) if each is not type(None)]
    for each in members:
        if isinstance(each, type) and (_types.is_output_type(each) or _types.is_input_type(each)):
            return "object", each
    for each in members:
        if typing.get_origin(each) in (abc.Sequence, list):
            return "list", typing.get_args(each)[0]
        if typing.get_origin(each) in (abc.Mapping, dict):
            return "map", typing.get_args(each)[1]
    return "scalar", None


def inside(hint: Any) -> type | None:
    """The class of an object, or of the objects in a list."""
    kind, inner = shape(hint)
    return inner if kind == "object" else inside(inner) if kind == "list" else None


Names = dict[str, dict[str, dict[str, Any]]]
"""By the block that contains them (`` for the resource itself), the attributes that are not just in camel case."""


def add(names: Names, parent: str, name: str, entry: dict[str, Any]) -> None:
    plain = {key: value for key, value in entry.items() if value and not (key == "is" and value == camel(name))}
    if plain.get("block") or plain:
        known = names.setdefault(parent, {}).setdefault(name, plain)
        assert known == plain, f"{parent}.{name} is {known} and {plain}"


def of_block(block: Mapping[str, Any], hints: Mapping[str, Any], parent: str, names: Names, renamed: Any) -> None:
    attributes, blocks = block.get("attributes", {}), block.get("block_types", {})
    became = matched([*attributes, *blocks], hints, renamed)
    for name, attribute in attributes.items():
        hint = shape(hints[became[name]])[0] if name in became else "scalar"
        given = attribute["type"]
        one = (
            isinstance(given, list) and given[0] in ("list", "set") and name in became and hint in ("scalar", "object")
        )
        nested = isinstance(given, list) and given[0] in ("list", "set") and isinstance(given[1], list)
        as_block = nested and given[1][0] == "object"
        add(names, parent, name, {"is": became.get(name), "one": one, "block": as_block})
        if as_block and name in became:
            inner = inside(hints[became[name]])
            described = {"attributes": {each: {"type": kind} for each, kind in given[1][1].items()}}
            of_block(described, properties(inner), name, names, {})
    for name, each in blocks.items():
        if name == "timeouts" or name not in became:
            continue
        hint = hints[became[name]]
        one = each["nesting_mode"] in ("list", "set") and shape(hint)[0] == "object"
        add(names, parent, name, {"is": became[name], "one": one, "block": True})
        of_block(each["block"], properties(inside(hint)), name, names, {})


def of_sdk(hints: Mapping[str, Any], parent: str, names: Names, seen: frozenset[type]) -> None:
    """The names of a type that the schema's version does not have, after pulumi-aws's own rules."""
    for name, hint in hints.items():
        kind, inner = shape(hint)[0], inside(hint)
        if inner is None or inner in seen:
            continue
        plain = snake(name)
        for each in {plain, plain.removesuffix("s")} if kind == "list" else {plain}:
            add(names, parent, each, {"is": name, "one": kind == "object", "block": True})
            of_sdk(properties(inner), each, names, seen | {inner})


def properties(cls: type | None) -> dict[str, Any]:
    if cls is None:
        return {}
    return {camel(name) if "_" in name else name: hint for name, hint in _types._raw_return_hints(cls).items()}


def sdk_class(token: str) -> type:
    module, name = token.split(":")[1].split("/", maxsplit=1)[0], token.split(":")[2]
    loaded = importlib.import_module(f"pulumi_aws.{ {'lambda': 'lambda_'}.get(module, module) }")
    return getattr(loaded, name)


def inputs(cls: type) -> dict[str, list[str]]:
    """The inputs of the resources of a class: those that every one has, and the others."""
    module = sys.modules[cls.__module__]
    args = getattr(module, f"{cls.__name__}InitArgs", None) or getattr(module, f"{cls.__name__}Args")
    optional = {camel(name) for name in args.__init__.__kwdefaults__ or {}}
    names = sorted(properties(args))
    return {
        "required": [name for name in names if name not in optional],
        "optional": [name for name in names if name in optional and name not in LEFT_OUT],
    }


def table(schema: Mapping[str, Any]) -> dict[str, Any]:
    (provider,) = (each for name, each in schema["provider_schemas"].items() if name.endswith("hashicorp/aws"))
    resources, found = provider["resource_schemas"], {}
    base = set(properties(pulumi.CustomResource))
    for token in sorted(types.READ):
        try:
            cls = sdk_class(token)
        except AttributeError:  # pulumi-aws 7 no longer has some of pulumi-aws 6's
            continue
        hints = {name: hint for name, hint in properties(cls).items() if name not in base}
        names: Names = {}
        terraform = terraform_type(token, resources)
        if terraform in resources:
            of_block(resources[terraform]["block"], hints, "", names, RENAMED.get(token, {}))
        else:
            of_sdk(hints, "", names, frozenset())
        found[token] = {"terraform": terraform, **inputs(cls), "names": names}
    return found


def main() -> None:
    given = json.loads(Path(sys.argv[1]).read_text())
    written = json.dumps(table(given), indent=1, sort_keys=True)
    TABLE.write_text(written + "\n")


if __name__ == "__main__":
    main()
