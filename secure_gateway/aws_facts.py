"""What AWS fixes and several parts of the component must know alike."""

from typing import Final, get_args

from .choices import HttpMethod, RetentionDays

HTTP_METHODS: Final[tuple[str, ...]] = get_args(HttpMethod)
"""The HTTP methods of a REST API; `ANY` stands for all of them."""

BASE_PATH: Final = r"[A-Za-z0-9$_.+!*'()-]{1,300}"
"""A base path of a custom domain: one segment."""

RETENTION_DAYS: Final[tuple[int, ...]] = get_args(RetentionDays)
"""The days that CloudWatch Logs takes for PutRetentionPolicy."""

FUNCTION_ARN: Final = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:"
"""How the ARN of a function of the API's own account and region begins in a document."""

INVOKE_URI: Final = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
"""How the address begins under which a document calls a function; then its ARN, then `/invocations`."""

STREAMING_INVOKE_URI: Final = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2021-11-15/functions/"
"""The same for a function that streams its response; it ends with `/response-streaming-invocations`."""

STREAMING_TIMEOUT_MS: Final = 900_000
"""Milliseconds that AWS waits at most for a backend that streams its response, whatever the account's quota is.

https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
"""

LEAST_RETENTION_DAYS = 90
"""Days that logs must stay at hand for an investigation (PCI DSS 10.5.1 asks for three months)."""
