"""Names of resources in AWS that are derived from the name of a component, checked before anything is registered.

For most resources Pulumi adds `-` and seven hexadecimal digits to the name in the program.
"""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from .problems import Problems


class _Form(NamedTuple):
    what: str
    pattern: str
    """Characters of the name, as AWS's API models state them."""
    longest: int
    generated: int = 8
    """Characters that Pulumi adds."""


FORMS: Final = {
    "wafv2.WebAcl": _Form("web ACL", r"[A-Za-z0-9_-]", 128),  # wafv2 EntityName
    "wafv2.IpSet": _Form("IP set", r"[A-Za-z0-9_-]", 128),  # wafv2 EntityName
    "sns.Topic": _Form("topic", r"[A-Za-z0-9_-]", 256),  # CreateTopic
    "iam.Role": _Form("role", r"[A-Za-z0-9_+=,.@-]", 64),  # iam roleNameType
    "iam.Policy": _Form("policy", r"[A-Za-z0-9_+=,.@-]", 128),  # iam policyNameType
    "cognito.UserPool": _Form("user pool", r"[A-Za-z0-9_ +=,.@-]", 128),  # UserPoolNameType
    "cognito.UserPoolClient": _Form("app client", r"[A-Za-z0-9_ +=,.@-]", 128),  # ClientNameType
    "s3.Bucket": _Form("bucket", r"[A-Za-z0-9.-]", 63),  # bucket naming rules; Pulumi writes lower case
    "ec2.SecurityGroup": _Form("security group", r"[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]", 255),  # CreateSecurityGroup
    "apigatewayv2.VpcLink": _Form("VPC link", r"[ -~]", 128),  # CreateVpcLink
    "cloudwatch.LogMetricFilter": _Form("metric filter", r"[^:*]", 512),  # logs FilterName
    "cloudwatch.MetricAlarm": _Form("alarm", r"[ -~]", 255),  # AlarmName
    "cloudwatch.CompositeAlarm": _Form("alarm", r"[ -~]", 255, 0),  # AlarmName; named here
    "cloudwatch.Dashboard": _Form("dashboard", r"[ -~]", 255, 10),  # PutDashboard; named here, with the id of the API
}
"""By resource type, the names that AWS accepts."""

Derived = Iterable[tuple[str, str]]
"""Types of resources, and their names in the program."""


def check_names(component: str, derived: Derived, problems: Problems) -> None:
    """Reject a component's name if AWS would reject a name that is derived from it."""
    for type_, name in derived:
        what, pattern, longest, generated = FORMS[type_]
        wrong = re.sub(pattern, "", name)
        if wrong:
            listed = " ".join(dict.fromkeys("space" if each == " " else each for each in wrong))
            why = f"AWS does not accept {listed} in that name"
            message = f"cannot be the name: the {what} {name!r} is named after it, and {why}"
            problems.reject("name", component, message)
            return
        if len(name) + generated > longest:
            message = (
                f"is too long as a name: the {what} {name!r} is named after it, for which AWS accepts at most "
                f"{longest - generated} characters"
            )
            problems.reject("name", component, message)
            return
