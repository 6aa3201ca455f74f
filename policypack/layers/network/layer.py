"""The layer `network`, and what its policies share."""

from ..policy import Layer

NETWORK = Layer("network", "Network protection")
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
LAMBDA_DOCS = "https://docs.aws.amazon.com/lambda/latest/dg/"
POLICY_UNKNOWN = "its resource policy contains a value known only after deployment"
ANY_VPC_ENDPOINT = "is private, and any VPC endpoint of any account reaches it"
