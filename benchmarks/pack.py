"""How long the pack takes, beside Pulumi's stock analyzer running the same rules on the same resources.

    python benchmarks/pack.py [--resources 10000] [--stock 1000] [--largest 100000]

Prints seconds, ratios and peak memory; nothing is asserted, since a laptop is not a benchmark. `--stock` is how many
resources the stock service gets: it takes each rule over every resource anew, so its time is told per resource.
"""

import argparse
import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pulumi_policy.policy as stock
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2 as proto

from policypack import cli, judge, service
from policypack.findings import Status
from policypack.graph import Graph, Resource
from policypack.layers import RULES
from policypack.rules import Rule
from policypack.sources import export

EACH = 10
"""Resources of one gateway."""
HEAD = "urn:pulumi:prod::shop::"


def gateway(number: int) -> Iterator[dict]:
    """One API as teams write it, with one open method in ten and one stage in ten without a web ACL."""
    api, stage = f"api{number}", f"arn:aws:apigateway:eu-west-1::/restapis/api{number}/stages/live"
    bad = number % 10 == 0
    operation = {"security": [] if bad else [{"iam": []}], "x-amazon-apigateway-integration": {"type": "MOCK"}}
    iam = {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
    paths = {f"/things/{each}": {"get": operation, "post": operation} for each in range(5)}
    body = {"openapi": "3.0.1", "paths": paths, "components": {"securitySchemes": {"iam": iam}}}
    rules = [{"name": "rate", "action": {"block": {}}, "statement": {"rateBasedStatement": {"limit": 1000}}}]
    settings = {
        "throttlingRateLimit": 100,
        "throttlingBurstLimit": 200,
        "metricsEnabled": True,
        "loggingLevel": "ERROR",
    }
    log = f"arn:aws:logs:eu-west-1:123456789012:log-group:{api}"
    acl = f"arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/{api}/1"
    dimensions = {"ApiName": api, "Stage": "live"}
    kinds = [
        ("apigateway/restApi:RestApi", {"name": api, "body": json.dumps(body)}, {}),
        ("apigateway/deployment:Deployment", {"restApi": api}, {}),
        (
            "apigateway/stage:Stage",
            {
                "restApi": api,
                "stageName": "live",
                "deployment": f"d{number}",
                "accessLogSettings": {"destinationArn": log, "format": '{"id": "$context.requestId"}'},
            },
            {"arn": stage},
        ),
        (
            "apigateway/methodSettings:MethodSettings",
            {"restApi": api, "stageName": "live", "methodPath": "*/*", "settings": settings},
            {},
        ),
        ("cloudwatch/logGroup:LogGroup", {"name": api, "retentionInDays": 365}, {"arn": log}),
        (
            "wafv2/webAcl:WebAcl",
            {"name": api, "scope": "REGIONAL", "rules": rules, "defaultAction": {"allow": {}}},
            {"arn": acl},
        ),
        (
            "wafv2/webAclAssociation:WebAclAssociation",
            {"resourceArn": "elsewhere" if bad else stage, "webAclArn": acl},
            {},
        ),
        (
            "cloudwatch/metricAlarm:MetricAlarm",
            {"namespace": "AWS/ApiGateway", "metricName": "5XXError", "dimensions": dimensions},
            {},
        ),
        ("apigateway/usagePlan:UsagePlan", {"apiStages": [{"apiId": api, "stage": "live"}]}, {}),
        ("iam/role:Role", {"name": api, "assumeRolePolicy": "{}"}, {"arn": f"arn:aws:iam::123456789012:role/{api}"}),
    ]
    for type_, inputs, outputs in kinds:
        name = type_.rpartition(":")[2].lower()
        id_ = api if name == "restapi" else f"{name}{number}"
        yield {
            "urn": f"{HEAD}aws:{type_}::{name}{number}",
            "type": f"aws:{type_}",
            "custom": True,
            "id": id_,
            "inputs": inputs,
            "outputs": {**inputs, **outputs, "id": id_},
        }


def states(count: int) -> list[dict]:
    """An exported stack of about so many resources."""
    return [each for number in range(max(1, count // EACH)) for each in gateway(number)]


def request(written: list[dict]) -> proto.AnalyzeStackRequest:
    """The same as the engine sends it."""
    messages: list[proto.AnalyzerResource] = []
    for each in written:
        message = proto.AnalyzerResource(urn=each["urn"], type=each["type"], name=each["urn"].rpartition("::")[2])
        message.provider.type = "pulumi:providers:aws"
        json_format.ParseDict(each["outputs"], message.properties)
        messages.append(message)
    return proto.AnalyzeStackRequest(resources=messages)


def stock_service() -> stock._PolicyAnalyzerServicer:
    """Pulumi's own service, with one stack policy for each of our rules."""

    def policy(rule: Rule) -> stock.StackValidationPolicy:
        def validate(args: stock.StackValidationArgs, report: stock.ReportViolation) -> None:
            resources = [
                Resource(urn=each.urn, type=each.resource_type, name=each.name, inputs=each.props, outputs=each.props)
                for each in args.resources
            ]
            for each in judge.judge(Graph(resources), rules=[rule]).findings:
                if each.status is Status.VIOLATION:
                    report(each.message, each.urn)

        return stock.StackValidationPolicy(name=rule.id, description=rule.title, validate=validate)

    return stock._PolicyAnalyzerServicer(
        "stock", "0", [policy(rule) for rule in RULES], stock.EnforcementLevel.ADVISORY
    )


def timed(run: Callable[[], object]) -> float:
    """Seconds."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def check(count: int) -> tuple[float, float]:
    """Seconds and peak MB of `gateway-policy check` on an export of so many resources, as a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "state.json")
        file.write_text(json.dumps({"version": 3, "deployment": {"resources": states(count)}}))
        command = [sys.executable, __file__, "--one", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, megabytes = done.stdout.split()
    return float(seconds), float(megabytes)


def one(file: str) -> None:
    """What `check` runs."""
    with contextlib.redirect_stdout(io.StringIO()):
        seconds = timed(lambda: cli.main(["check", file, "--format", "json"]))
    print(f"{seconds:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}")


def main() -> None:
    """Print every number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--resources", type=int, default=10_000)
    parser.add_argument("--stock", type=int, default=1_000)
    parser.add_argument("--largest", type=int, default=100_000)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        one(args.one)
        return
    print(f"{len(RULES)} rules")
    print(f"{'gateway-policy check':38}{'resources':>10}{'s':>9}{'us each':>9}{'MB':>7}")
    for count in sorted({1_000, args.resources, args.largest}):
        seconds, megabytes = check(count)
        print(f"{'':38}{count:>10}{seconds:>9.2f}{seconds / count * 1e6:>9.0f}{megabytes:>7.0f}")
    written = states(args.resources)
    whole, part = request(written), request(written[: args.stock])
    ours = timed(lambda: service.Analyzer().AnalyzeStack(whole, None))
    print(f"{'our service, AnalyzeStack':38}{len(written):>10}{ours:>9.2f}{ours / len(written) * 1e6:>9.0f}")
    fewer = written[: args.stock]
    theirs = timed(lambda: stock_service().AnalyzeStack(part, None))
    print(f"{'stock service, same rules':38}{len(fewer):>10}{theirs:>9.2f}{theirs / len(fewer) * 1e6:>9.0f}")
    print(f"ratio per resource: {theirs / len(fewer) / (ours / len(written)):.0f}x")
    judged = timed(lambda: judge.judge(Graph(map(export.resource, written))))
    print(f"{'of which model and rules':38}{len(written):>10}{judged:>9.2f}{judged / len(written) * 1e6:>9.0f}")


if __name__ == "__main__":
    main()
