"""Gateway responses that reveal nothing about the account to a caller.

AWS's own messages contain the caller's ARN and account and the canonical request behind a wrong signature. The
differences between them show which of key, signature, token and route was wrong.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from typing import Any

_FORBIDDEN = ("403", '"Forbidden"')
_LIMITED = ("429", '"Too many requests"')
_AS_DECLARED = ("400", "$context.error.messageString")
"""Validation names only what the API's own description declares, and developers need it."""
_RESPONSES = {
    "DEFAULT_4XX": ("", '"Request refused"'),
    "DEFAULT_5XX": ("", '"Internal server error"'),
    "ACCESS_DENIED": _FORBIDDEN,
    "BAD_REQUEST_BODY": _AS_DECLARED,
    "BAD_REQUEST_PARAMETERS": _AS_DECLARED,
    "EXPIRED_TOKEN": _FORBIDDEN,
    "INVALID_API_KEY": _FORBIDDEN,
    "INVALID_SIGNATURE": _FORBIDDEN,
    "MISSING_AUTHENTICATION_TOKEN": _FORBIDDEN,
    "QUOTA_EXCEEDED": _LIMITED,
    "THROTTLED": _LIMITED,
    "UNAUTHORIZED": ("401", '"Unauthorized"'),
    "WAF_FILTERED": _FORBIDDEN,
}
"""By type, AWS's status and the message; a default keeps the status of each type."""
_HEADERS = {
    "gatewayresponse.header.Cache-Control": "'no-store'",
    "gatewayresponse.header.Strict-Transport-Security": "'max-age=63072000'",
    "gatewayresponse.header.X-Content-Type-Options": "'nosniff'",
}


def error_responses() -> dict[str, Any]:
    """By type, a response with a message and the request id, under which the logs have the details."""
    return {
        kind: {
            **({"statusCode": status} if status else {}),
            "responseParameters": dict(_HEADERS),
            "responseTemplates": {"application/json": f'{{"message":{message},"requestId":"$context.requestId"}}'},
        }
        for kind, (status, message) in _RESPONSES.items()
    }
