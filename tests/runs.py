"""A run of each kind, made by hand, for what tells or sums up runs."""

from dataclasses import replace

from policypack.graph.graph import Resource
from policypack.model.findings import (
    Check,
    Finding,
    GatewaySummary,
    Report,
    Status,
)
from policypack.model.verdict import Severity
from policypack.reports.run import Run
from policypack.sources.source import Engine, Source

API = "urn:pulumi:dev::shop::secure-gateway:index:SecureGateway$aws:apigateway/restApi:RestApi::shop-api"
STAGE = API.replace("restApi:RestApi::shop-api", "stage:Stage::shop-live")
KEY = "urn:pulumi:dev::shop::aws:apigateway/apiKey:ApiKey::[loose]"

GATEWAY = GatewaySummary(
    urn=API,
    name="shop",
    kind="REST",
    routes=3,
    stages=("live",),
    domains=("api.example.com",),
    layers={
        "auth": ("Cognito user pool on 2 routes", "1 route public: health check"),
        "keys": ("stage live: 50 requests/s, burst 100",),
    },
)
VIOLATION = Finding(
    policy="waf-attached",
    layer="waf",
    severity=Severity.HIGH,
    status=Status.VIOLATION,
    urn=STAGE,
    message="stage live can be reached without a web ACL",
    fix="Associate a web ACL with the stage.",
    gateway=API,
    location="stacks/shop.py:12",
)
UNDECIDED = replace(VIOLATION, policy="keys-throttled", layer="keys", status=Status.UNDECIDED, message="not known yet")
WAIVED = replace(VIOLATION, policy="tls-minimum", layer="tls", status=Status.WAIVED, waiver="old clients, until June")
LOOSE = replace(VIOLATION, policy="keys-planned", layer="keys", urn=KEY, gateway="", location="", message="no plan")


def check(finding: Finding) -> Check:
    return Check(policy=finding.policy, layer=finding.layer, gateway=finding.gateway, status=finding.status, read=1)


def source(*resources: Resource, **fields) -> Source:
    given = {"target": "stacks", "engine": Engine.OFFLINE, "project": "shop", "stack": "dev", "resources": resources}
    return Source(**{**given, **fields})


REMOTE = Resource(
    urn="urn:pulumi:dev::shop::other:index:Front::front", type="other:index:Front", name="front", remote=True
)


def make(*findings: Finding, gateways=(GATEWAY,), sources=None, **fields) -> Run:
    """A run over one gateway with some findings; one check passes and one has nothing to evaluate."""
    passed = Check(policy="auth-required", layer="auth", gateway=API, status=Status.PASS, read=3)
    nothing = Check(policy="network-bound", layer="network", gateway=API, status=Status.NOT_APPLICABLE, read=0)
    checks = (passed, nothing, *map(check, findings)) if gateways else ()
    report = Report(gateways=tuple(gateways), checks=checks, findings=findings)
    return Run(sources=sources or (source(),), report=report, **fields)
