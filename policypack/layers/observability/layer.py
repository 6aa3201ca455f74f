"""The layer `observability`."""

from ..policy import Layer

OBSERVABILITY = Layer("observability", "Logging and monitoring")
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
