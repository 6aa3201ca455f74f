"""The Lambda authorizer that ships with the component: validates tokens, API keys and headers, and fails closed.

Runs inside Lambda (Python 3.12 or newer) as `secure_gateway.authorizer.handler.handler`, with joserfc and without
Pulumi. `python -m secure_gateway.authorizer` explains a decision locally.
"""
