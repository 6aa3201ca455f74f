"""The same gateway with pulumi-aws-apigateway, Pulumi's own component for REST APIs, compared with `SecureGateway`.

Its packages for other languages contain only a remote component. So its own source runs here in Node, as its provider
would run it, on Pulumi's mocks: two methods on each path, one function, a Cognito user pool required everywhere. It
creates no web ACL, logs, alarms or throttling. Its source is not on the package registries:

    git clone https://github.com/pulumi/pulumi-aws-apigateway && cd pulumi-aws-apigateway/aws-apigateway
    npm install && npx tsc --skipLibCheck --outDir bin restAPI.ts
    make bench BENCHED="--only peer --aws-apigateway .../pulumi-aws-apigateway/aws-apigateway"
"""

import json
import os
from functools import partial
from pathlib import Path
from typing import Final

from .measure import Figures, in_turns, module, read, say, seconds, summary, table, timed, times
from .program import GATEWAY, ROUTES

SCRIPT: Final = Path(__file__).resolve().parent / "node" / "aws_apigateway.cjs"
PEER: Final = "pulumi-aws-apigateway"


def measure(rounds: int, folder: Path) -> Figures:
    """The figures of both, by the number of routes."""
    found: Figures = {"routes": {}}
    environment = {**os.environ, "NODE_PATH": str(folder / "node_modules")}
    for count in ROUTES:
        say(f"peer: {count} routes")
        command = ["node", SCRIPT, folder / "bin" / "restAPI.js", str(count)]
        cases = {
            GATEWAY: partial(timed, module("program", GATEWAY, count)),
            PEER: partial(timed, command, env=environment),
        }
        found["routes"][str(count)] = {
            name: {**summary(taken), "resources": json.loads(taken[0].output)["resources"]}
            for name, taken in in_turns(cases, rounds).items()
        }
    return found


def report(found: Figures) -> str:
    """The table."""
    rows = [
        [
            count,
            name,
            f"{written['resources']:,}",
            seconds(read(written).shortest),
            seconds(read(written).median),
            times(read(written).shortest / read(both[GATEWAY]).shortest),
        ]
        for count, both in found["routes"].items()
        for name, written in both.items()
    ]
    return table(["routes", "", "resources", "min s", "median s", "vs. ours"], rows)
