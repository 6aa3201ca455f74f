"""Translates CloudFormation stacks whose templates are known into the resources of aws-native that they declare.

A resource of a template has a URN of its own here, which begins with the stack's; findings point at the stack.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from .aws_native import is_translated
from .cloud_control import strings
from .cloudformation_names import as_inputs, native_type_of
from .cloudformation_values import NO_VALUE, Values, names
from .cloudformation_yaml import TemplateError, parsed
from .graph import NotReadable, Resource
from .harmless import harmless
from .layers_of_types import EVERY_LAYER, layers_of
from .resource_types import CLOUDFORMATION_STACKS, SERVERLESS_APPLICATION
from .values import UNKNOWN, is_object, items, read, text

STACKS: Final = frozenset(
    (*CLOUDFORMATION_STACKS, *(f"aws-native:cloudformation:{each}" for each in ("Stack", "StackSet")))
)
"""The types of resources that hold a template."""
HOLDERS: Final = STACKS | {SERVERLESS_APPLICATION}
"""The types of resources that `translated` replaces."""
_NESTED: Final = frozenset({"AWS::CloudFormation::Stack", "AWS::Serverless::Application"})
_CUSTOM: Final = "Custom::"
_CUSTOM_RESOURCE: Final = "aws-native:cloudformation:CustomResource"
"""A function of the user's makes it, which may call every API of AWS."""
_SAM: Final = "AWS::Serverless::"
_SAM_TRANSFORM: Final = "AWS::Serverless-2016-10-31"
_SAM_APIS: Final = frozenset({f"{_SAM}Api", f"{_SAM}HttpApi", f"{_SAM}WebSocketApi", f"{_SAM}GraphQLApi"})
_SAM_EVENTS: Final = frozenset({"Api", "HttpApi"})
_IDS: Final = {
    "aws-native:apigateway:RestApi": "RestApiId",
    "aws-native:apigateway:Resource": "ResourceId",
    "aws-native:apigateway:Authorizer": "AuthorizerId",
    "aws-native:apigateway:Deployment": "DeploymentId",
    "aws-native:apigateway:RequestValidator": "RequestValidatorId",
    "aws-native:apigateway:UsagePlan": "Id",
    "aws-native:apigateway:ApiKey": "APIKeyId",
    "aws-native:apigateway:VpcLink": "VpcLinkId",
    "aws-native:apigatewayv2:Api": "ApiId",
    "aws-native:apigatewayv2:Authorizer": "AuthorizerId",
    "aws-native:apigatewayv2:Integration": "IntegrationId",
    "aws-native:apigatewayv2:Deployment": "DeploymentId",
    "aws-native:apigatewayv2:VpcLink": "VpcLinkId",
    "aws-native:cognito:UserPool": "UserPoolId",
    "aws-native:cognito:UserPoolClient": "ClientId",
}
"""The types whose physical id is an opaque one that AWS chooses, with the attribute that is the same id."""
_NAMES: Final = {
    "aws-native:apigateway:Stage": "StageName",
    "aws-native:apigateway:DomainName": "DomainName",
    "aws-native:apigatewayv2:Stage": "StageName",
    "aws-native:apigatewayv2:DomainName": "DomainName",
    "aws-native:logs:LogGroup": "LogGroupName",
    "aws-native:lambda:Function": "FunctionName",
    "aws-native:s3:Bucket": "BucketName",
}
"""The types whose physical id is a name, with the property that gives it."""
_STACK_ARN: Final = re.compile(r"arn:([\w-]+):cloudformation:([\w-]+):(\d+):stack/([^/]+)")
_SUFFIX: Final = {"aws-cn": "amazonaws.com.cn"}


def translated(resource: Resource) -> Iterator[Resource | NotReadable]:
    """The resources that a stack declares, and why others cannot be read; any other resource as it is."""
    if resource.type == SERVERLESS_APPLICATION:
        yield _not_readable(resource, "its template is in the Serverless Application Repository")
        return
    if resource.type not in STACKS:
        yield resource
        return
    given = {**resource.outputs, **resource.inputs}
    body = given.get("templateBody")
    if body is None or body == "":
        yield _not_readable(resource, "its template is not among its inputs (`templateUrl`)")
        return
    try:
        template = parsed(body)
    except TemplateError as error:
        yield _not_readable(resource, str(error))
        return
    yield from _Template(resource, template, given).resources()


def _not_readable(
    stack: Resource, reason: str, layers: frozenset[str] = EVERY_LAYER, logical_id: str = ""
) -> NotReadable:
    label = f"the CloudFormation stack {stack.name}"
    return NotReadable(
        urn=stack.urn, label=f"{logical_id} of {label}" if logical_id else label, reason=reason, layers=layers
    )


class _Template:
    """The template of one stack."""

    def __init__(self, stack: Resource, template: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._stack = stack
        self._template = template
        self._values = Values(template, given.get("parameters"), _pseudo_parameters(stack, given), self._attribute)
        declared = template.get("Resources")
        self._declared: Mapping[str, Any] = declared if is_object(declared) else {}

    def resources(self) -> Iterator[Resource | NotReadable]:
        """The resources that may belong to a gateway."""
        sam = any(text(read(each, "Type")).startswith(_SAM) for each in self._declared.values())
        transforms = [*items(self._template.get("Transform")), *([_SAM_TRANSFORM] if sam else [])]
        if any(each != _SAM_TRANSFORM for each in transforms) or self._has_sam_api():
            yield _not_readable(self._stack, "its template is transformed before it is deployed (`Transform`)")
        for logical_id, declared in self._declared.items():
            if is_object(declared):
                yield from self._resource(str(logical_id), declared)
            else:
                yield _not_readable(self._stack, "it cannot be read", logical_id=str(logical_id))

    def _has_sam_api(self) -> bool:
        """Whether the Serverless Application Model makes an API of a resource of the template."""
        for each in self._declared.values():
            events = read(each, "Properties", "Events")
            kinds = {text(read(event, "Type")) for event in events.values()} if is_object(events) else set[str]()
            if text(read(each, "Type")) in _SAM_APIS or not kinds.isdisjoint(_SAM_EVENTS):
                return True
        return False

    def _resource(self, logical_id: str, declared: Mapping[str, Any]) -> Iterator[Resource | NotReadable]:
        name = text(declared.get("Type"))
        if name in _NESTED or name.endswith("::MODULE"):
            yield _not_readable(self._stack, "its own template is not known", logical_id=logical_id)
            return
        type_ = _CUSTOM_RESOURCE if name.startswith(_CUSTOM) else native_type_of(name)
        layers = layers_of(type_ or "")
        if type_ is None or not (layers or is_translated(type_) or not harmless(type_)):
            return
        exists = self._values.condition(declared["Condition"]) if "Condition" in declared else True
        if exists is None and layers:
            yield _not_readable(self._stack, "whether its condition holds is unknown", layers, logical_id)
        if exists is not True:
            return
        given = declared.get("Properties")
        properties: Mapping[str, Any] = given if is_object(given) else {}
        edges: dict[str, frozenset[str]] = {}
        computed: dict[str, Any] = {}
        for property_, value in properties.items():
            used: set[str] = set()
            one = self._values.of(value, used)
            if one is not NO_VALUE:
                computed[str(property_)] = one
                edges[next(iter(as_inputs({str(property_): None})))] = frozenset(map(self._urn, used))
        dependencies = {urn for urns in edges.values() for urn in urns}
        dependencies.update(map(self._urn, names(declared.get("DependsOn"))))
        yield replace(
            self._stack,
            urn=self._urn(logical_id),
            type=type_,
            name=logical_id,
            inputs=as_inputs(computed),
            outputs={},
            id=self._id(logical_id) if type_ in _IDS else UNKNOWN,
            parent=self._stack.urn,
            dependencies=frozenset(dependencies),
            property_dependencies={name: urns for name, urns in edges.items() if urns},
            declared_as=dict.fromkeys(("templateBody", "parameters", "*"), frozenset(edges)),
            declared_in=self._stack.urn,
            # If the template is secret, so is each string in it.
            secrets=self._stack.secrets | strings(properties) if self._stack.secrets else frozenset(),
        )

    def _attribute(self, logical_id: str, attribute: str) -> Any:
        """What the template says of an attribute of a resource, or, for an empty name, of its physical id."""
        type_ = native_type_of(text(read(self._declared, logical_id, "Type"))) or ""
        if attribute in ("", _IDS.get(type_)) and type_ in _IDS:
            return self._id(logical_id)
        name = read(self._declared, logical_id, "Properties", _NAMES.get(type_, ""))
        return name if isinstance(name, str) and not attribute else UNKNOWN

    def _id(self, logical_id: str) -> str:
        """A stand-in for the id that AWS will choose: it looks like one, and only this resource has it."""
        return hashlib.sha256(self._urn(logical_id).encode()).hexdigest()[:10]

    def _urn(self, logical_id: str) -> str:
        return f"{self._stack.urn}#{logical_id}"


def _pseudo_parameters(stack: Resource, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The pseudo parameters, which the stack's ARN determines once it is deployed."""
    match = _STACK_ARN.match(text(stack.id) or text(given.get("stackId")))
    declared = given.get("stackName", given.get("name"))
    partition, region, account, name = match.groups() if match else (UNKNOWN, UNKNOWN, UNKNOWN, declared)
    return {
        "AWS::Partition": partition,
        "AWS::Region": region,
        "AWS::AccountId": account,
        "AWS::StackName": name if isinstance(name, str) else UNKNOWN,
        "AWS::StackId": stack.id if match else UNKNOWN,
        "AWS::URLSuffix": UNKNOWN if partition is UNKNOWN else _SUFFIX.get(str(partition), "amazonaws.com"),
        "AWS::NotificationARNs": UNKNOWN,
    }
