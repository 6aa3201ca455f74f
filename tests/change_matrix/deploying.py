"""Deploys the gateways of the matrix with the real CLI to a local AWS, and reads what that then has."""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from aws_side import flat, read

import lab

PROGRAM = """
import json
from pathlib import Path

from secure_gateway import SecureGateway

SecureGateway("shop", json.loads(Path(__file__).with_suffix(".json").read_text()))
"""
EMPTY = (None, [], {}, "")
FUNCTIONS = ("orders", "orders-2", "tokens", "tokens-2")
"""Lambda functions that exist in the account."""


class Deployment:
    """A stack with one gateway, in an account that has what its args name."""

    def __init__(self, folder: Path, aws: lab.Cloud) -> None:
        self.project = lab.project(folder, "minimal", aws)
        self._aws = aws
        self._program = self.project.folder / "stacks/minimal.py"
        self._program.write_text(PROGRAM)
        self._names = _account(aws)

    def write(self, args: Mapping[str, Any]) -> None:
        """Make these the args of the program."""
        text = json.dumps(args)
        for name, value in self._names.items():
            text = text.replace(f"${name}$", value)
        self._program.with_suffix(".json").write_text(text)

    def up(self, args: Mapping[str, Any]) -> None:
        """Deploy the gateway."""
        self.write(args)
        self.project.up()

    def flat(self) -> dict[str, Any]:
        """What AWS has, by path, with the names of `_account` in place of ids."""
        text = json.dumps(read(self._aws))
        for name, value in self._names.items():
            text = text.replace(value, f"${name}$")
        return dict(flat(json.loads(text)))


def changed(before: Mapping[str, Any], after: Mapping[str, Any], apart_from: Mapping[str, str]) -> dict[str, Any]:
    """The paths whose values differ, apart from some patterns. What is empty is as if it were not there."""
    old, new = ({path: value for path, value in shot.items() if value not in EMPTY} for shot in (before, after))
    return {
        path: (old.get(path), new.get(path))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path) and not any(fnmatchcase(path, each) for each in apart_from)
    }


def _account(aws: lab.Cloud) -> dict[str, str]:
    """Make what the args name; returns the ids that AWS chose, by name."""
    role = aws.client("iam").create_role(RoleName="functions", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    functions = aws.client("lambda")
    for name in FUNCTIONS:
        functions.create_function(
            FunctionName=name, Role=role, Runtime="python3.12", Handler="index.handler", Code={"ZipFile": NO_CODE}
        )
    zones = aws.client("route53")
    names = {
        name: zones.create_hosted_zone(Name=domain, CallerReference=name)["HostedZone"]["Id"].rpartition("/")[2]
        for name, domain in (("zone", "example.com"), ("other_zone", "example.com"))
    }
    acl = aws.client("wafv2").create_web_acl(
        Name="own", Scope="REGIONAL", DefaultAction={"Allow": {}}, Rules=[], VisibilityConfig=VISIBLE
    )
    names["acl"] = acl["Summary"]["ARN"]
    gateway = aws.client("apigateway")
    names |= {f"key_{name}": gateway.create_api_key(name=name, enabled=True)["id"] for name in ("one", "two")}
    for name in ("first.example.com", "second.example.com"):
        gateway.create_domain_name(domainName=name, regionalCertificateArn=CERTIFICATE)
    ec2 = aws.client("ec2")
    for vpc, block in (("vpc", 0), ("other_vpc", 1)):
        names[vpc] = ec2.create_vpc(CidrBlock=f"10.{block}.0.0/16")["Vpc"]["VpcId"]
        for each in ("EnableDnsSupport", "EnableDnsHostnames"):
            ec2.modify_vpc_attribute(VpcId=names[vpc], **{each: {"Value": True}})
        for index, zone in enumerate("ab"):
            subnet = ec2.create_subnet(
                VpcId=names[vpc], CidrBlock=f"10.{block}.{index}.0/24", AvailabilityZone=f"{lab.REGION}{zone}"
            )
            names[f"{vpc}_subnet_{zone}"] = subnet["Subnet"]["SubnetId"]
            group = ec2.create_security_group(GroupName=f"{vpc}-{zone}", Description="clients", VpcId=names[vpc])
            names[f"{vpc}_group_{zone}"] = group["GroupId"]
    return names


VISIBLE = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True, "MetricName": "own"}
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/33333333"
NO_CODE = bytes.fromhex("504b0506000000000000000000000000000000000000000000")[:22]
"""An empty archive."""
