"""The types of APIs and stages, of every kind, as pulumi-aws names them."""

from typing import Final

API: Final = "aws:apigateway/restApi:RestApi"
STAGE: Final = "aws:apigateway/stage:Stage"
DEPLOYMENT: Final = "aws:apigateway/deployment:Deployment"
"""Of a REST API; before pulumi-aws 7 it may make a stage."""
HTTP_API: Final = "aws:apigatewayv2/api:Api"
"""An HTTP or WebSocket API; `protocolType` says which."""
HTTP_STAGE: Final = "aws:apigatewayv2/stage:Stage"
HTTP_DEPLOYMENT: Final = "aws:apigatewayv2/deployment:Deployment"

APIS: Final = (API, HTTP_API)
STAGES: Final = (STAGE, DEPLOYMENT, HTTP_STAGE)
