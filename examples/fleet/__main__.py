"""Evaluates every stack of a self-managed backend each night, with AWS Batch or with a distributed map."""

import pulumi

import batch
import common
import distributed_map

config = pulumi.Config()
fleet = common.Fleet(
    states=config.require("states"),
    image=config.require("image"),
    shards=config.require_int("shards"),
    schedule=config.require("schedule"),
)
ways = {"batch": (batch.machine, 10_000), "map": (distributed_map.machine, 1_000)}
fan_out = config.require("fan_out")
if fan_out not in ways:
    raise ValueError(f"fleet:fan_out: expected {' or '.join(ways)}, got {fan_out!r}")
build, most = ways[fan_out]
if not 2 <= fleet.shards <= most:  # noqa: PLR2004 - the smallest array job
    raise ValueError(f"fleet:shards: expected 2 to {most:,}, got {fleet.shards}")

results = common.results()
machine = build(fleet, results)
common.every_night(fleet, machine)

pulumi.export("results", results.bucket)
pulumi.export("machine", machine.arn)
