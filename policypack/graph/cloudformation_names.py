"""Turns CloudFormation's names into those of the aws-native provider, as that provider does.

`RestApiId` becomes `restApiId`, and `WebACLArn` becomes `webAclArn`
(https://github.com/pulumi/pulumi-aws-native/blob/master/provider/pkg/naming/naming.go).
"""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from .values import is_list, is_object

_ACRONYM: Final = re.compile(r"(?<![A-Z0-9])[A-Z][A-Z0-9]+")
_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
"""A name of CloudFormation's; keys that users choose, such as paths and header names, look different or are in maps."""
FREE_FORM: Final = frozenset(
    {
        *("body", "policy", "policyDocument", "resourcePolicyDocument", "dataProtectionPolicy", "schema"),
        *("assumeRolePolicyDocument", "keyPolicy", "eventPattern", "filterPolicy"),
        *("parameters", "requestParameters", "responseParameters", "requestTemplates", "responseTemplates"),
        *("requestModels", "responseModels", "variables", "stageVariables", "stageVariableOverrides"),
        *("tags", "userPoolTags", "cognitoEvents", "supportedLoginProviders", "customResponseBodies"),
    }
)
"""Properties of the types that the pack reads whose keys the user chooses, or that are documents."""


def property_name(name: str) -> str:
    """The name that aws-native gives a property or attribute of CloudFormation's."""

    def lowered(match: re.Match[str]) -> str:
        run, after = match[0], name[match.end() :]
        # The last capital begins the next word, unless the run ends the name or is a plural such as `ARNs`.
        last = len(run) if not after or re.match(r"s(?![a-z])", after) else len(run) - 1
        return run[:1] + run[1:last].lower() + run[last:]

    changed = _ACRONYM.sub(lowered, name)
    return changed[:1].lower() + changed[1:]


def properties(value: Any) -> Any:
    """A value in CloudFormation's spelling with every property in aws-native's; other keys stay as they are."""
    if is_object(value):
        return {_key(key): _property(_key(key), each) for key, each in value.items()}
    return [properties(each) for each in value] if is_list(value) else value


def map_of_properties(value: Any) -> Any:
    """A map with keys that the user chooses, whose values have CloudFormation's or aws-native's spelling."""
    if isinstance(value, str):  # free-form JSON may be a string
        try:
            value = json.loads(value)
        except ValueError:
            return value
    return {key: properties(each) for key, each in value.items()} if is_object(value) else value


def _property(name: str, value: Any) -> Any:
    return value if name in FREE_FORM else properties(value)


def _key(key: Any) -> str:
    name = str(key)
    return property_name(name) if _NAME.fullmatch(name) else name


def as_inputs(value: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a resource in CloudFormation's spelling, as inputs of aws-native."""
    found: dict[str, Any] = properties(value)
    if is_object(found.get("routeSettings")):  # a map by route key, whose values are settings
        found["routeSettings"] = map_of_properties(value.get("RouteSettings", value.get("routeSettings")))
    return found


def native_type(owner: str, service: str, name: str) -> str:
    """The type of aws-native for the parts of a type of CloudFormation's, such as `AWS`, `WAFv2` and `WebACL`."""
    return f"{owner.lower()}-native:{service.lower()}:{property_name(name)[:1].upper()}{property_name(name)[1:]}"


def native_type_of(cloudformation_type: str) -> str | None:
    """The type of aws-native for one of CloudFormation's, such as `AWS::WAFv2::WebACL`; None if it is not AWS's own."""
    owner, _, rest = cloudformation_type.partition("::")
    service, _, name = rest.partition("::")
    return native_type(owner, service, name) if owner == "AWS" and service and name and "::" not in name else None
