"""Whether a caller chooses what an integration acts on: a host, an AWS action, a table, a bucket, a queue.

API Gateway calls an AWS service with the role of the integration, so a caller who fills in the action or the resource
may do whatever that role may do.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_AWS: Final = re.compile(
    r"arn:[^:]*:apigateway:(?P<region>[^:]*):(?P<service>[^:]*):(?P<form>path|action)(?P<rest>/.*)?", re.DOTALL
)
_PLACEHOLDER: Final = re.compile(r"(?<!\$)\{([^{}]*)\}")
_STAGE_VARIABLE: Final = re.compile(r"\$\{stageVariables\.\w+\}|\$\{AWS::\w+\}")
_TRUSTED_CONTEXT: Final = re.compile(
    r"authorizer\..+|accountId|apiId|stage|domainName|domainPrefix|identity\.(?:cognito\w+|user|userArn|accountId|caller)"
)
"""What of `$context` no caller chooses."""
_HOST: Final = frozenset({"host"})
_HEADERS: Final = _HOST | {"x-amz-target", "x-amz-copy-source"}
"""Headers that choose a host, an action or a source of an AWS service."""
_QUERY: Final = frozenset({"action", "queueurl", "topicarn", "targetarn"})
_MEMBERS: Final = (
    *("TableName", "TableNames", "QueueUrl", "TopicArn", "TargetArn", "StreamName", "StreamARN", "DeliveryStreamName"),
    *("EventBusName", "stateMachineArn", "executionArn", "FunctionName", "Bucket", "SecretId", "KeyId", "Statement"),
    *("roleArn", "activityArn"),
)
"""Members of AWS's requests that name what is acted on."""
_BY_BODY: Final = frozenset(
    {"dynamodb", "kinesis", "firehose", "states", "events", "sqs", "sns", "secretsmanager", "kms"}
)
"""Services whose actions name their target in the body."""
_OPTION: Final = (
    "fix the target, or give the reason in `target_from_request` of this operation in `operations` of `openapi`"
)


def is_of_aws(kind: str) -> bool:
    """Whether an integration of this type calls an AWS service with a role, so that there may be a reason for it."""
    return kind.startswith("aws")


def chosen_by_caller(kind: str, fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The members of an integration through which a caller chooses its target, each with a message."""
    uri = str(fields.get("uri", ""))
    mapped = {**fields.get("requestParameters", {}), **_overrides(fields)}
    if not is_of_aws(kind):
        if kind.startswith("http") and _is_filled(_host(uri), mapped, strict=True):
            message = "must have a fixed host or a stage variable as its host: a caller must not choose the backend"
            yield "uri", message
        yield from _headers(kind, mapped)
        return
    match = _AWS.fullmatch(_STAGE_VARIABLE.sub("", uri))
    if match and _is_filled(_target(match), mapped):
        yield "uri", f"lets the caller choose what the role of the integration acts on: {_OPTION}"
    yield from _headers(kind, mapped)
    if kind == "aws" and match:
        yield from _body(match, fields)


def _host(uri: str) -> str:
    """The part of an address before its path."""
    return _STAGE_VARIABLE.sub("", re.split(r"(?<![:/])[/?#]", uri, maxsplit=1)[0])


def _target(match: re.Match[str]) -> str:
    """The part of an AWS address that decides what is acted on: all but the key of an S3 object."""
    service, rest = match["service"].rpartition(".")[2], match["rest"] or ""
    whole = f"{match['region']}:{match['service']}:{rest}"
    if service != "s3" or match["form"] != "path":
        return whole
    bucket, _, _ = rest.removeprefix("/").partition("/")
    is_virtual_host = "." in match["service"]
    return f"{match['region']}:{match['service']}:{'' if is_virtual_host else bucket}"


def _is_filled(text: str, mapped: Mapping[str, Any], *, strict: bool = False) -> bool:
    """Whether a placeholder is filled by anything but a constant or a stage variable."""
    # API Gateway knows no variable of `$context` in an address.
    if "${context." in text:
        return True
    names = _PLACEHOLDER.findall(text)
    sources = [str(mapped.get(f"integration.request.path.{name}", "")) for name in names]
    return not all(_is_fixed(each) or (not strict and _is_trusted_context(each)) for each in sources)


def _is_fixed(source: str) -> bool:
    return source.startswith(("'", "stageVariables."))


def _is_trusted_context(source: str) -> bool:
    return source.startswith("context.") and _TRUSTED_CONTEXT.fullmatch(source.removeprefix("context.")) is not None


def _headers(kind: str, mapped: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, source in mapped.items():
        location, _, parameter = str(name).removeprefix("integration.request.").partition(".")
        is_aws = is_of_aws(kind)
        by_location = {"header": _HEADERS if is_aws else _HOST, "querystring": _QUERY if is_aws else frozenset[str]()}
        names = by_location.get(location, frozenset())
        if parameter.lower() in names and not _is_fixed(str(source)) and not _is_trusted_context(str(source)):
            remedy = _OPTION if is_aws else "map a constant"
            yield "requestParameters", f"lets the caller choose the target with the {location} {parameter}: {remedy}"


def _body(match: re.Match[str], fields: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Templates, and bodies that are passed on without one."""
    service = match["service"].rpartition(".")[2].lower()
    templates: Mapping[str, str] = fields.get("requestTemplates", {})
    by_body = (match["form"] == "action" and service in _BY_BODY) or (service == "sqs" and not _has_action(fields))
    if any(_lets_choose(each) or (by_body and _is_whole(each)) for each in templates.values()):
        yield "requestTemplates", f"lets the caller choose what the role of the integration acts on: {_OPTION}"
    if not by_body:
        return
    passes = str(fields.get("passthroughBehavior", "when_no_match")).lower()
    if passes == "when_no_match" or (passes == "when_no_templates" and not templates):
        message = (
            "must be `never`: a body of a media type without a template is passed on as it is, and its caller chooses "
            "what the role of the integration acts on"
        )
        yield "passthroughBehavior", message


def _has_action(fields: Mapping[str, Any]) -> bool:
    """Whether the query names the action, so that the body need not."""
    mapped = {str(name).lower(): source for name, source in fields.get("requestParameters", {}).items()}
    return _is_fixed(str(mapped.get("integration.request.querystring.action", "")))


def _overrides(fields: Mapping[str, Any]) -> dict[str, str]:
    """What templates fill in from the request where mappings would: `$context.requestOverride`."""
    pattern = (
        r"#set\s*\(\s*\$!?\{?context\.requestOverride\.(path|header|querystring)\.([\w-]+)\}?"
        r"\s*=\s*(.*?)\)(?=\s*(?:$|#))"
    )
    found: dict[str, str] = {}
    for template in fields.get("requestTemplates", {}).values():
        for location, name, source in re.findall(pattern, template, re.MULTILINE):
            if _is_from_request(source, _unsafe_variables(template)):
                found[f"integration.request.{location}.{name}"] = "requestOverride"
    return found


def _is_whole(template: str) -> bool:
    """Whether a request fills in the whole body."""
    begins = re.match(r"\s*\$!?\{?(?:input\.(?:body|json|path)|util)\b", template)
    return begins is not None and _is_from_request(template, _unsafe_variables(template))


def _lets_choose(template: str) -> bool:
    """Whether a request fills in a target that the body names."""
    unsafe = _unsafe_variables(template)
    members = "|".join(_MEMBERS)
    named = re.findall(rf'"(?:{members})"\s*:\s*("(?:[^"\\]|\\.)*"|[^,}}\n]*)', template)
    named += re.findall(rf"(?:^|[&\s])(?:Action|{members})=([^&\n]*)", template)
    # The tables of a batch are keys.
    named += re.findall(r'"RequestItems"\s*:\s*(\$[^,}\n]*|\{\s*"[^"]*")', template)
    return any(_is_from_request(each, unsafe) for each in named)


def _unsafe_variables(template: str) -> frozenset[str]:
    """Variables of the template that a request fills in, directly or through others."""
    assigned = re.findall(r"#set\s*\(\s*\$!?\{?(\w+)\}?\s*=\s*(.*?)\)(?=\s*(?:$|#))", template, re.MULTILINE)
    assigned += re.findall(r"#foreach\s*\(\s*\$!?\{?(\w+)\}?\s+in\s+(.*?)\)(?=\s*(?:$|#))", template, re.MULTILINE)
    unsafe: set[str] = set()
    while True:
        found = {name for name, source in assigned if _is_from_request(source, frozenset(unsafe))}
        if found <= unsafe:
            return frozenset(unsafe)
        unsafe |= found


def _is_from_request(text: str, unsafe: frozenset[str]) -> bool:
    for reference in re.findall(r"\$!?\{?(\w+(?:\.\w+)*)", text):
        root, _, rest = reference.partition(".")
        if root == "input" or root in unsafe:
            return True
        if root == "context" and not _TRUSTED_CONTEXT.fullmatch(rest):
            return True
    return False
