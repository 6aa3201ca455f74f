"""The layer `auth`."""

from ..policy import Layer

AUTH = Layer("auth", "Authentication and authorization")
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
