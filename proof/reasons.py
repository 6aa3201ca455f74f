"""Checks the reasons that a machine can check: what the provider's classes require, what AWS's own models allow.

AWS's models come with botocore, which only `make local` installs.
"""

import importlib
import importlib.util
import inspect
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from equivalent import Explanation
from policypack.readers.stack import build
from policypack.graph.graph import Graph, Resource
from policypack.model.stack import Stack
from policypack.graph.normalised import normalised

REQUIRED: Final = "Something required is left out"
WORDS: Final = frozenset({"AWS has no such value", "AWS has no such number"})
DEFAULTS: Final = frozenset(
    {
        "It is AWS's or the provider's default",
        "The value itself decides; what it was computed from adds nothing",
    }
)
MODELS: Final = importlib.util.find_spec("botocore") is not None
"""Whether AWS's models are installed."""
_OPERATIONS: Final[Mapping[str, tuple[str, str, str]]] = {
    "cloudwatch/metricAlarm:MetricAlarm": ("cloudwatch", "PutMetricAlarm", ""),
    "apigateway/restApi:RestApi": ("apigateway", "CreateRestApi", ""),
    "apigateway/domainName:DomainName": ("apigateway", "CreateDomainName", ""),
    "apigateway/usagePlan:UsagePlan": ("apigateway", "CreateUsagePlan", ""),
    "apigateway/response:Response": ("apigateway", "PutGatewayResponse", ""),
    "apigatewayv2/api:Api": ("apigatewayv2", "CreateApi", ""),
    "apigatewayv2/integration:Integration": ("apigatewayv2", "CreateIntegration", ""),
    "acm/certificate:Certificate": ("acm", "RequestCertificate", ""),
    "cognito/userPool:UserPool": ("cognito-idp", "CreateUserPool", ""),
    "cognito/userPoolClient:UserPoolClient": ("cognito-idp", "CreateUserPoolClient", ""),
    "wafv2/webAcl:WebAcl": ("wafv2", "CreateWebACL", ""),
    "wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": (
        "wafv2",
        "PutLoggingConfiguration",
        "LoggingConfiguration.",
    ),
}
"""By resource type: the AWS service and operation that create it, and the prefix of its path in the input."""
_RENAMED: Final = {"passwordPolicy": "Policies.PasswordPolicy", "quotaSettings": "quota"}
_NATIVE: Final = "aws-native:"
_NATIVE_TYPES: Final = {
    "aws-native:cloudwatch:Alarm": "cloudwatch/metricAlarm:MetricAlarm",
    "aws-native:apigateway:RestApi": "apigateway/restApi:RestApi",
    "aws-native:wafv2:WebAcl": "wafv2/webAcl:WebAcl",
}
_VALUES: Final = {"negative": -1, "zero": 0, "huge": 2_000_000_000}
_ARGS: Final = re.compile(r"ForwardRef\('(\w+Args)'\)")


def unfounded(why: Explanation, type_: str, path: str, operator: str) -> str:
    """Why a reason does not hold; empty if it holds or no machine can tell."""
    names = re.sub(r"\[[^\]]*\]", "", path).split(".")
    if why.why == REQUIRED and not type_.startswith(_NATIVE) and not _required(type_, names):
        return f"the provider does not require {path}"
    if why.why in WORDS and MODELS:
        return _taken(_NATIVE_TYPES.get(type_, type_.removeprefix("aws:")), names, operator)
    return ""


def changes_the_model(broken: Sequence[Resource], whole: Sequence[Resource]) -> bool:
    """Whether policies read other facts about a mutant than about its base."""
    return model(broken) != model(whole)


def model(resources: Sequence[Resource]) -> Stack:
    """The model of resources that policies read."""
    return build(normalised(Graph(resources)))


def _required(type_: str, names: Sequence[str]) -> bool:
    """Whether the provider's class requires an input."""
    *_, last = _parameters(type_, names)
    return last.default is inspect.Parameter.empty


def _parameters(type_: str, names: Sequence[str]) -> Iterator[inspect.Parameter]:
    _, module, name = type_.split(":")
    package = module.split("/")[0]
    package = "lambda_" if package == "lambda" else package
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other modules that this one imports
        made = importlib.import_module(f"pulumi_aws.{package}")
        class_: Any = getattr(made, f"{name}Args")
        inner = importlib.import_module(f"pulumi_aws.{package}._inputs") if len(names) > 1 else made
    for each in names:
        found = _signature(class_)[_snake(each)]
        yield found
        nested = _ARGS.search(str(found.annotation))
        class_ = getattr(inner, nested[1]) if nested else None


@cache
def _signature(class_: Any) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(class_.__init__).parameters


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _taken(type_: str, names: Sequence[str], operator: str) -> str:
    """Why AWS may accept a word or number; empty if it rejects it."""
    if names == ["putRestApiMode"]:
        shape = _shape("apigateway", "PutRestApi", ("mode",))
    else:
        service, operation, prefix = _OPERATIONS[type_]
        path = prefix + ".".join(_RENAMED.get(each, each) for each in names)
        shape = _shape(service, operation, tuple(path.split(".")))
    limits: Mapping[str, Any] = shape.metadata
    if operator == "other":
        return "" if "enum" in limits and "other" not in limits["enum"] else f"AWS's model has no words for {names[-1]}"
    value = _VALUES[operator]
    outside = value < limits.get("min", value) or value > limits.get("max", value)
    return "" if outside else f"AWS's model takes {value} for {names[-1]}"


@cache
def _shape(service: str, operation: str, path: tuple[str, ...]) -> Any:
    session: Any = importlib.import_module("botocore.session")
    load: Callable[[str], Any] = session.get_session().get_service_model
    shape = load(service).operation_model(operation).input_shape
    for name in path:
        shape = shape.member if shape.type_name == "list" else shape
        members = {key.lower(): member for key, member in shape.members.items()}
        shape = members[name.lower()]
    return shape.member if shape.type_name == "list" else shape
