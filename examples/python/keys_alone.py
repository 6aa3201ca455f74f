"""Usage plans, keys and throttling for an existing stage, given its API's id and its name.

Settings: `api_id`, `stage_name`. The methods whose requests are to be counted must require a key (`apiKeyRequired`) and
an authorizer.
"""

import pulumi

from secure_gateway.layers.keys import Keys

config = pulumi.Config()

keys = Keys(
    "partners",
    {
        "api_id": config.require("api_id"),
        "stage_name": config.require("stage_name"),
        "rate": 200,
        "burst": 400,
        "route_throttles": {"POST /reports": {"rate": 1, "burst": 5}},
        "plans": {
            "standard": {"rate": 10, "burst": 20, "quota": {"limit": 5_000, "period": "DAY"}},
            "premium": {"rate": 100, "burst": 200},
        },
        "keys": {"acme": {"plan": "standard"}, "globex": {"plan": "premium"}},
    },
)
pulumi.export("key_ids", keys.api_key_ids)
pulumi.export("key_values", keys.api_key_values)
