"""Spells a gateway in other ways that mean the same: other forms of its resources, of their inputs, another order."""

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from policypack.graph import aws_native, provider_tables
from policypack.graph.aws_native import PREFIX
from policypack.graph.cloudformation_names import FREE_FORM
from policypack.graph.graph import Graph, Resource
from policypack.graph.normalised import normalised
from policypack.graph.values import UNKNOWN, is_list, is_object

Respelling = Callable[[Sequence[Resource]], list[Resource]]


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)


def terraform_names(type_: str, block: str) -> dict[str, tuple[str, Any]]:
    """Terraform's attribute for each property of pulumi-aws's in a block."""
    found = provider_tables.types()[type_]["names"].get(block, {})
    # Where two versions of the provider spell an attribute in two ways, the shorter is the current one.
    ordered = sorted(found.items(), key=lambda each: -len(each[0]))
    return {attribute.get("is", camel(name)): (name, attribute) for name, attribute in ordered}


def terraform_block(type_: str, block: str, values: Any, spelled: Callable[[str], str]) -> dict[str, Any]:
    names, found = terraform_names(type_, block), {}
    for name, value in values.items():
        plain, attribute = names.get(name, (snake(name), {}))
        inner = value
        if attribute.get("block") and value is not UNKNOWN:
            items = value if is_list(value) else [value]
            inner = [terraform_block(type_, plain, each, spelled) if is_object(each) else each for each in items]
        elif attribute.get("one") and value is not UNKNOWN:
            inner = [value]
        found[spelled(plain)] = inner
    return found


def in_terraform(type_of: Callable[[str], str], spelled: Callable[[str], str] = str) -> Respelling:
    def respell(resources: Sequence[Resource]) -> list[Resource]:
        return [one(each) if each.type in provider_tables.types() else each for each in resources]

    def one(resource: Resource) -> Resource:
        tables = provider_tables.types()[resource.type]
        names = {name: plain for name, (plain, _) in terraform_names(resource.type, "").items()}
        edges = {spelled(names.get(name, snake(name))): urns for name, urns in resource.property_dependencies.items()}
        return replace(
            resource,
            type=type_of(tables["terraform"]),
            inputs=terraform_block(resource.type, "", resource.inputs, spelled),
            outputs=terraform_block(resource.type, "", resource.outputs, spelled),
            property_dependencies=edges,
        )

    return respell


def bridged_type(terraform: str) -> str:
    name = camel(terraform.removeprefix("aws_"))
    return f"aws:index/{name}:{name[0].upper()}{name[1:]}"


def capital(name: str) -> str:
    return name[:1].upper() + name[1:] if name.isidentifier() else name


def capitals(value: Any) -> Any:
    """A value of aws-native's in CloudFormation's spelling."""
    if is_object(value):
        return {capital(name): each if name in FREE_FORM else capitals(each) for name, each in value.items()}
    return [capitals(each) for each in value] if is_list(value) else value


def cloudformation_type(native: str) -> str:
    _, service, name = native.split(":")
    return f"AWS::{service}::{name}"


def has_unknown(value: Any) -> bool:
    inner = value.values() if is_object(value) else value if is_list(value) else ()
    return value is UNKNOWN or any(map(has_unknown, inner))


def by_cloud_control(resources: Sequence[Resource]) -> list[Resource]:
    def one(resource: Resource) -> Resource:
        state = {name.removeprefix("+"): each for name, each in resource.outputs.items()}
        return replace(
            resource,
            type="aws:cloudcontrol/resource:Resource",
            inputs={
                "typeName": cloudformation_type(resource.type),
                "desiredState": json.dumps(capitals(resource.inputs)),
            },
            outputs={"properties": json.dumps(capitals(state))},
            property_dependencies={},
        )

    return [one(each) if each.type.startswith(PREFIX) and not has_unknown(each.inputs) else each for each in resources]


def by_extension(resources: Sequence[Resource]) -> list[Resource]:
    def one(resource: Resource) -> Resource:
        return replace(
            resource,
            type=f"{PREFIX}index:ExtensionResource",
            inputs={"type": cloudformation_type(resource.type), "properties": capitals(resource.inputs)},
            outputs={"outputs": capitals(resource.outputs)},
            property_dependencies={"properties": frozenset().union(*resource.property_dependencies.values())},
        )

    return [one(each) if each.type.startswith(PREFIX) else each for each in resources]


def names_of(resource: Resource) -> dict[str, dict[str, str]]:
    """What other resources of a template write instead of the id, ARN or name of one."""
    found: dict[str, dict[str, Any]] = {
        text: {"Ref": resource.name} for text in (resource.id,) if isinstance(text, str)
    }
    for name, text in resource.outputs.items():
        if isinstance(text, str) and text:
            found.setdefault(text, {"Fn::GetAtt": [resource.name, capital(name)]})
    return found


def in_template(as_text: Callable[[Any], Any]) -> Respelling:
    """All resources of aws-native as one CloudFormation stack, which refer to each other by functions."""

    def respell(resources: Sequence[Resource]) -> list[Resource]:
        native = [each for each in resources if each.type.startswith(PREFIX)]
        if any(has_unknown(each.inputs) for each in native):
            return list(resources)
        unique = {each.urn: replace(each, name=f"R{place}") for place, each in enumerate(native)}
        by_text: dict[str, dict[str, Any]] = {}
        for one in unique.values():
            for text, each in names_of(one).items():
                by_text.setdefault(text, each)
        ids = {text: ref["Ref"] for text, ref in by_text.items() if "Ref" in ref}

        def referring(value: Any) -> Any:
            if isinstance(value, str):
                if value in by_text:
                    return by_text[value]
                named = [text for text in ids if f"/{text}/" in value or value.endswith(f":{text}")]
                for text in named:
                    value = value.replace(text, f"${{{ids[text]}}}")
                return {"Fn::Sub": value} if named else value
            if is_object(value):
                return {name: referring(each) for name, each in value.items()}
            return [referring(each) for each in value] if is_list(value) else value

        template = {
            "Resources": {
                each.name: {
                    "Type": cloudformation_type(each.type),
                    "Properties": {
                        name: each if name in FREE_FORM_CAPITALS else referring(each)
                        for name, each in capitals(each.inputs).items()
                    },
                }
                for each in unique.values()
            }
        }
        stack = Resource(
            urn="urn:pulumi:dev::shop::aws:cloudformation/stack:Stack::template",
            type="aws:cloudformation/stack:Stack",
            name="template",
            id="arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/1",
            inputs={"name": "shop", "templateBody": as_text(template)},
        )
        return [stack, *(each for each in resources if not each.type.startswith(PREFIX))]

    return respell


def as_native(resources: Sequence[Resource]) -> list[Resource]:
    """Resources of pulumi-aws as aws-native declares them, where only names differ; the others stay."""
    return [_native(each) for each in resources]


def _native(resource: Resource) -> Resource:
    native = RENAMED_TYPES.get(resource.type)
    if native is None:
        return resource
    twin = aws_native._TWINS[native]
    names = {became: name for name, became in twin.names.items()}
    inputs = {names.get(name, name): value for name, value in resource.inputs.items()}
    outputs = {names.get(name, name): value for name, value in resource.outputs.items()}
    if native == "apigatewayv2:Authorizer" and is_object(inputs.get("jwtConfiguration")):
        given = inputs["jwtConfiguration"]
        inputs["jwtConfiguration"] = {"audience" if name == "audiences" else name: given[name] for name in given}
    if native == "apigatewayv2:Stage" and is_list(inputs.get("routeSettings")):
        routes = {each["routeKey"]: capitals(each) for each in inputs["routeSettings"] if is_object(each)}
        inputs["routeSettings"] = routes
    return replace(
        resource,
        type=f"{PREFIX}{native}",
        inputs=inputs,
        outputs={**outputs, **({twin.id: resource.id} if twin.id else {})},
        property_dependencies={names.get(name, name): urns for name, urns in resource.property_dependencies.items()},
    )


RENAMED_TYPES = {
    f"aws:{module}/{name[0].lower()}{name[1:]}:{name}": f"{module}:{name}"
    for module, names in {
        "apigateway": ("RestApi", "Resource", "RequestValidator", "Model", "UsagePlanKey"),
        "apigatewayv2": ("Api", "Route", "Integration", "Authorizer", "Stage", "Deployment", "ApiMapping"),
        "wafv2": ("WebAcl", "WebAclAssociation", "IpSet", "RuleGroup", "RegexPatternSet"),
        "lambda": ("Function", "Alias", "Permission"),
    }.items()
    for name in names
}
"""Types of pulumi-aws whose twins of aws-native differ in names alone."""
FREE_FORM_CAPITALS = {capital(each) for each in FREE_FORM}


def by_outputs(resources: Sequence[Resource]) -> list[Resource]:
    """As in a state of resources that were read or imported: what was sent, among the outputs alone."""
    sent = normalised(Graph(resources)).by_urn
    native = {each.urn for each in resources if each.type.startswith(PREFIX)}

    def one(resource: Resource) -> Resource:
        same = sent(resource.urn)
        inputs = same.inputs if same and resource.urn not in native else resource.inputs
        computed = {name: value for name, value in resource.outputs.items() if name.lower().endswith(("id", "arn"))}
        return replace(resource, inputs={}, outputs={**computed, **inputs}, held={})

    return [one(each) if each.custom and each.inputs and not has_unknown(each.inputs) else each for each in resources]


def shuffled(resources: Sequence[Resource]) -> list[Resource]:
    return random.Random(1).sample(list(resources), len(resources))  # noqa: S311 - no secret


DOCUMENTS = ("policy", "body", "policyDocument")


def with_documents_as(change: Callable[[Any], Any]) -> Respelling:
    def one(resource: Resource) -> Resource:
        given = {name: change(value) if name in DOCUMENTS else value for name, value in resource.inputs.items()}
        return replace(resource, inputs=given)

    return lambda resources: list(map(one, resources))


def as_string(value: Any) -> Any:
    return value if isinstance(value, str) or has_unknown(value) or value is None else json.dumps(value)


def as_object(value: Any) -> Any:
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def with_encoded_paths(resources: Iterable[Resource]) -> list[Resource]:
    """Method settings as AWS itself writes their paths."""

    def encoded(path: Any) -> Any:
        if not isinstance(path, str) or path == "*/*":
            return path
        resource, _, method = path.rpartition("/")
        return f"~1{resource.replace('/', '~1')}/{method}"

    return [
        replace(each, inputs={**each.inputs, "methodPath": encoded(each.inputs["methodPath"])})
        if "methodPath" in each.inputs
        else each
        for each in resources
    ]


def with_empty_strings(resources: Iterable[Resource]) -> list[Resource]:
    """Optional inputs that are left out, given as empty strings."""
    optional = {
        "aws:apigateway/deployment:Deployment": ("stageName", "description"),
        "aws:apigatewayv2/api:Api": ("target", "routeKey", "description"),
        "aws:apigateway/domainName:DomainName": ("securityPolicy",),
        "aws:apigateway/method:Method": ("authorizerId", "requestValidatorId"),
        "aws:apigateway/stage:Stage": ("clientCertificateId",),
        "aws:apigateway/restApi:RestApi": ("policy", "body", "securityPolicy"),
        "aws:lambda/permission:Permission": ("sourceAccount", "qualifier"),
    }
    return [
        replace(each, inputs={**dict.fromkeys(optional.get(each.type, ()), ""), **each.inputs}) for each in resources
    ]


RESPELLINGS: dict[str, Respelling] = {
    "terraform-module": in_terraform(lambda type_: f"shop:tf:{type_}"),
    "terraform-state": in_terraform(lambda type_: f"pulumi:terraform:{type_}"),
    "bridged": in_terraform(bridged_type, camel),
    "native": as_native,
    "extension-of-native": lambda resources: by_extension(as_native(resources)),
    "cloud-control": by_cloud_control,
    "extension": by_extension,
    "template": in_template(json.dumps),
    "template-object": in_template(lambda template: template),
    "outputs": by_outputs,
    "order": shuffled,
    "documents-as-strings": with_documents_as(as_string),
    "documents-as-objects": with_documents_as(as_object),
    "encoded-paths": with_encoded_paths,
    "empty-strings": with_empty_strings,
}
