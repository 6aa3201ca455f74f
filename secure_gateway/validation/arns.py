"""ARNs that args take, each checked against the form that AWS documents for it."""

import re

import pulumi

from .outputs import given
from .reader import Check, matching

_ARN = "arn:aws[a-z-]*"
_REGION = "[a-z0-9-]+"
_ACCOUNT = r"\d{12}"
_FUNCTION_NAME = r"[A-Za-z0-9_-]{1,64}"
_QUALIFIER = r"(?::[$A-Za-z0-9_-]+)?"

FUNCTION_NAME = f"{_FUNCTION_NAME}{_QUALIFIER}"
"""The name of a Lambda function, perhaps with a version or an alias."""

FUNCTION = rf"(?:{_ARN}:lambda:{_REGION}:{_ACCOUNT}:function:)?{FUNCTION_NAME}"
"""The name or the ARN of a Lambda function, perhaps with a version or an alias."""

USER_POOL = rf"{_ARN}:cognito-idp:{_REGION}:{_ACCOUNT}:userpool/[\w-]+"
"""The ARN of a Cognito user pool."""


def regional(service: str, resource: str, expected: str) -> Check:
    """Check the ARN of a resource that belongs to a region and an account."""
    return matching(rf"{_ARN}:{service}:{_REGION}:{_ACCOUNT}:{resource}", expected)


def of_service(service: str, resource: str) -> Check:
    """Check the ARN of what an integration calls."""
    return regional(service, resource, f"an ARN such as arn:aws:{service}:<region>:<account>:...")


def is_edge_certificate(arn: str) -> bool:
    """Whether CloudFront takes a certificate from the ARN's region."""
    return arn.split(":")[3] == "us-east-1"


check_kms_key = regional(
    "kms", "key/[A-Za-z0-9-]+", "the ARN of a KMS key, such as arn:aws:kms:<region>:<account>:key/<id>"
)
check_certificate = regional(
    "acm",
    "certificate/[A-Za-z0-9-]+",
    "the ARN of an ACM certificate, such as arn:aws:acm:<region>:<account>:certificate/<id>",
)
check_sign_in_certificate = matching(
    rf"arn:aws:acm:us-east-1:{_ACCOUNT}:certificate/\S+|arn:aws-[a-z-]+:acm:{_REGION}:{_ACCOUNT}:certificate/\S+",
    "the ARN of an ACM certificate in us-east-1",
)
check_private_ca = regional(
    "acm-pca",
    "certificate-authority/[A-Za-z0-9-]+",
    "the ARN of a private CA, such as arn:aws:acm-pca:<region>:<account>:certificate-authority/<id>",
)
check_user_pool = matching(USER_POOL, "the ARN of a user pool")
check_ses_identity = regional("ses", r"identity/\S+", "the ARN of an SES identity")
check_execution_arn = regional(
    "execute-api",
    "[A-Za-z0-9]+",
    "the execution ARN of an API, such as arn:aws:execute-api:<region>:<account>:<api>",
)
check_stage = matching(
    rf"{_ARN}:apigateway:{_REGION}::/restapis/[a-z0-9]+/stages/[\w-]+",
    "the ARN of a stage of a REST API, such as arn:aws:apigateway:<region>::/restapis/<id>/stages/<name>",
)
check_private_domain = regional(
    "apigateway",
    r"/domainnames/[^+\s]+\+[a-z0-9]+",
    "the ARN of a private custom domain name, such as arn:aws:apigateway:<region>:<account>:/domainnames/<name>+<id>",
)
_LOAD_BALANCER = regional(
    "elasticloadbalancing",
    r"loadbalancer/(?:app|net)/[A-Za-z0-9-]{1,32}/[0-9a-z]+",
    "the ARN of an Application or Network Load Balancer, such as "
    "arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>",
)
check_web_acl = regional(
    "wafv2",
    r"regional/webacl/[\w-]{1,128}/[\w-]{1,36}",
    "the ARN of a regional web ACL, such as arn:aws:wafv2:<region>:<account>:regional/webacl/<name>/<id>",
)
check_rule_group = regional(
    "wafv2",
    r"regional/rulegroup/[\w-]{1,128}/[\w-]{1,36}",
    "the ARN of a regional rule group, such as arn:aws:wafv2:<region>:<account>:regional/rulegroup/<name>/<id>",
)
check_waf_log_destination = matching(
    rf"{_ARN}:s3:::aws-waf-logs-[a-z0-9.-]{{1,50}}"
    rf"|{_ARN}:firehose:{_REGION}:{_ACCOUNT}:deliverystream/aws-waf-logs-[A-Za-z0-9_.-]{{1,51}}",
    "the ARN of an S3 bucket or a Firehose stream whose name begins with 'aws-waf-logs-'",
)
check_access_log_stream = regional(
    "firehose",
    "deliverystream/amazon-apigateway-[A-Za-z0-9_.-]{1,45}",
    "the ARN of a Firehose stream whose name begins with 'amazon-apigateway-'",
)
check_topic = regional(
    "sns", "[A-Za-z0-9_-]+", "the ARN of a standard topic, such as arn:aws:sns:<region>:<account>:<name>"
)
check_alarm_action = matching(
    rf"{_ARN}:(sns|ssm|ssm-incidents|lambda|aiops):[a-z0-9-]*:{_ACCOUNT}:\S+",
    "the ARN of what a CloudWatch alarm can start: SNS, Lambda, Systems Manager",
)
check_role_or_user = matching(
    rf"{_ARN}:iam::{_ACCOUNT}:(?:role|user)/[\w+=,.@/-]+", "the ARN of an IAM role or user, without wildcards"
)
check_iam_policy = matching(
    rf"{_ARN}:iam::(?:{_ACCOUNT}|aws):policy/\S+",
    "the ARN of an IAM policy, such as arn:aws:iam::<account>:policy/<name>",
)


def check_load_balancer(arn: str) -> str | None:
    """Say what is wrong with the ARN of a load balancer."""
    wrong = _LOAD_BALANCER(arn)
    # An HTTP API names a listener instead.
    return "is the ARN of a listener: give that of its load balancer" if wrong and ":listener/" in arn else wrong


_NAMED_FUNCTION = matching(FUNCTION, "the name or ARN of a function")
_INVOKE_ARN = re.compile(rf"{_ARN}:apigateway:{_REGION}:lambda:path/[0-9-]+/functions/(?P<function>\S+)/invocations")
"""The `invoke_arn` of a function or an alias, which contains the ARN of the function."""
_STREAMING_ARN = re.compile(rf"{_ARN}:apigateway:{_REGION}:lambda:path/\S+/response-streaming-invocations")
_STREAMS = (
    "is the invoke ARN for response streaming: give the function's `arn`, and stream its responses with the response "
    "transfer mode of integrations"
)


def check_function(function: str) -> str | None:
    """Say what is wrong with the name, the ARN or the invoke ARN of a function."""
    return _STREAMS if _STREAMING_ARN.fullmatch(function) else _NAMED_FUNCTION(_function(function))


def invoked(function: pulumi.Input[str], path: str) -> pulumi.Input[str]:
    """The function that an invoke ARN names; names and ARNs of functions as they are. `path` is for messages."""
    if isinstance(function, pulumi.Output):
        example = "arn:aws:lambda:eu-west-1:123456789012:function:orders"
        return given(function, path, "arn", example).apply(lambda known: _known_function(known, path))
    return _function(function) if isinstance(function, str) else function


def _function(function: str) -> str:
    match = _INVOKE_ARN.fullmatch(function)
    return match["function"] if match else function


def _known_function(function: str, path: str) -> str:
    """The function in a value that is known only after deployment."""
    if _STREAMING_ARN.fullmatch(function):
        message = f"{path}: {function!r} {_STREAMS}"
        raise ValueError(message)
    return _function(function)
