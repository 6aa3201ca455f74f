"""Errors that API Gateway answers itself, in words that tell a caller nothing about the account.

AWS's own texts name the caller's ARN and account, the canonical request behind a wrong signature, and by their
differences which of key, signature, token and route was wrong.

https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

from typing import Any

_FORBIDDEN = ("403", '"Forbidden"')
_LIMITED = ("429", '"Too many requests"')
_AS_DECLARED = ("400", "$context.error.messageString")
"""Validation names only what the API's own description declares, and developers need it."""
_ANSWERS = {
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
"""By type, the status that AWS gives it, and the message; a default leaves each type's status alone."""
_HEADERS = {
    "gatewayresponse.header.Cache-Control": "'no-store'",
    "gatewayresponse.header.Strict-Transport-Security": "'max-age=63072000'",
    "gatewayresponse.header.X-Content-Type-Options": "'nosniff'",
}


def error_answers() -> dict[str, Any]:
    """By type, an answer of message and request id, which finds the rest in the logs."""
    return {
        kind: {
            **({"statusCode": status} if status else {}),
            "responseParameters": dict(_HEADERS),
            "responseTemplates": {"application/json": f'{{"message":{message},"requestId":"$context.requestId"}}'},
        }
        for kind, (status, message) in _ANSWERS.items()
    }
