"""Which layers of a gateway a resource may change, by the AWS service that it belongs to."""

import re
from typing import Final

EVERY_LAYER: Final = frozenset({"auth", "keys", "network", "waf", "observability", "tls"})
_BY_SERVICE: Final = {
    **dict.fromkeys(
        ("apigateway", "apigatewayv2", "cloudformation", "serverless", "serverlessrepository"), EVERY_LAYER
    ),
    **dict.fromkeys(("wafv2", "waf", "wafregional", "fms"), frozenset({"waf"})),
    **dict.fromkeys(("logs", "cloudwatch", "events", "sns", "kinesisfirehose"), frozenset({"observability"})),
    **dict.fromkeys(("certificatemanager", "acm", "route53", "s3"), frozenset({"tls"})),
    "lambda": frozenset({"auth", "network"}),
    "cognito": frozenset({"auth"}),
    "ec2": frozenset({"network"}),
    "cloudfront": frozenset({"waf", "network"}),
    "bedrock": frozenset({"auth", "network"}),
    "bedrockagentcore": frozenset({"auth", "network"}),
}


def layers_of(type_: str) -> frozenset[str]:
    """The layers that a resource of a type may change; none for services that protect no gateway.

    The type may be of pulumi-aws, aws-native or CloudFormation.
    """
    service = re.split(r"[:/]+", type_)[1:2]
    return _BY_SERVICE.get(service[0].lower(), frozenset()) if service else frozenset()
