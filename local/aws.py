"""A local emulation of AWS for the real Pulumi engine: moto's server on loopback, corrected where a gateway needs it.

Usage: `python local/aws.py [--port 5000] [--log FILE]`. The log has one line for each request. `POST /_faults` with a
JSON list of `{"match": REGEX, "status": 429, "times": 3}` makes the next requests fail whose line matches.
`POST /_rounds` with `{"fault": "500"}` starts a round, in which each call that changes something fails if no earlier
round saw it. It fails with that status in the whole round; with `"429 once"` only its first attempt fails. With
`"lost"` the change is made and the first response is lost. `"spared"` lists the kinds of calls that do not fail. The
response has the calls that failed in the round before, and the kinds of calls that AWS rejected; `{}` ends the rounds.
`GET /_archives/NAME` returns the code of a function as it was uploaded, and `GET /_served/API/STAGE` the document whose
deployment a stage serves.

It proves that engine and provider can create, change and delete every resource, and in which order. It does not prove
what AWS accepts: docs/testing.md lists the differences.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

os.environ.setdefault("MOTO_ACM_VALIDATION_WAIT", "0")  # issue certificates at once
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
os.environ.setdefault("S3_IGNORE_SUBDOMAIN_BUCKETNAME", "true")

import exports  # noqa: F401 - corrects moto
import fleets  # noqa: F401 - corrects moto
import functions  # noqa: F401 - corrects moto
import logs  # noqa: F401 - corrects moto
import plans  # noqa: F401 - corrects moto
import pools  # noqa: F401 - corrects moto
import rest_apis
from corrections import corrects
from moto.acm.models import CertBundle
from moto.acm.responses import AWSCertificateManagerResponse
from moto.apigateway.models import DomainName
from moto.apigateway.responses import APIGatewayResponse
from moto.awslambda.models import lambda_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.route53 import models as route53
from moto.s3.models import FakeBucket
from moto.wafv2.models import FakeWebACL
from moto.wafv2.responses import WAFV2Response
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

_ACCOUNT = "123456789012"  # moto's account


# API Gateway


@corrects(APIGatewayResponse, "create_domain_name")
def create_domain(original: Any, self: Any) -> Any:
    """Moto does not store mutual TLS and the ownership certificate."""
    status, headers, text = original(self)
    domain = self.backend.get_domain_name(json.loads(text)["domainName"])
    domain.more = {
        name: self._get_param(name)
        for name in ("mutualTlsAuthentication", "ownershipVerificationCertificateArn")
        if self._get_param(name)
    }
    return status, headers, json.dumps(domain.to_json())


@corrects(DomainName, "to_json")
def describe_domain(original: Any, self: Any) -> dict[str, Any]:
    """Return mutual TLS and the ownership certificate too."""
    return {**original(self), **getattr(self, "more", {})}


@corrects(APIGatewayResponse, "update_domain_name")
def update_domain(_original: Any, self: Any) -> str:
    """Moto does not implement this call."""
    domain = self.backend.get_domain_name(self.path.split("/")[2])
    more = dict(getattr(domain, "more", {}))
    for change in self._get_param("patchOperations") or []:
        head, _, field = change["path"].strip("/").partition("/")
        if head == "mutualTlsAuthentication":
            trust = {**more.pop(head, {}), field: change.get("value")}
            trust = {key: value for key, value in trust.items() if value}
            more |= {head: trust} if trust else {}
        elif (head, field) == ("endpointConfiguration", "ipAddressType"):
            domain.endpoint_configuration = {**domain.endpoint_configuration, field: change["value"]}
        elif head == "ownershipVerificationCertificateArn":
            more[head] = change["value"]
        elif head == "endpointConfiguration":
            name, _, index = field.partition("/")
            value = [change["value"]] if index else change["value"]
            domain.endpoint_configuration = {**(domain.endpoint_configuration or {}), name: value}
        elif change["op"] == "replace" and not field:
            setattr(domain, re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", head), change["value"])
    domain.more = more
    return json.dumps(domain.to_json())


# WAF


@corrects(WAFV2Response, "create_web_acl")
def create_acl(original: Any, self: Any) -> Any:
    """Moto does not store the data protection."""
    status, headers, text = original(self)
    acl = self.wafv2_backend.wacls[json.loads(text)["Summary"]["ARN"]]
    acl.data_protection = json.loads(self.body).get("DataProtectionConfig")
    return status, headers, text


@corrects(WAFV2Response, "update_web_acl")
def update_acl(original: Any, self: Any) -> Any:
    """Store the data protection when it changes."""
    body = json.loads(self.body)
    self.wafv2_backend.get_web_acl(None, body["Name"], body["Id"]).data_protection = body.get("DataProtectionConfig")
    return original(self)


@corrects(FakeWebACL, "update")
def replace_acl(original: Any, self: Any, action: Any, rules: Any, *others: Any) -> None:
    """AWS replaces everything; moto keeps what is not given."""
    self.rules, self.association_config, self.custom_response_bodies = [], None, None
    original(self, action, rules, *others)


@corrects(FakeWebACL, "to_dict")
def describe_acl(original: Any, self: Any) -> dict[str, Any]:
    """Return the data protection too."""
    protection = getattr(self, "data_protection", None)
    return {**original(self), **({"DataProtectionConfig": protection} if protection else {})}


# Certificate Manager


@corrects(AWSCertificateManagerResponse, "request_certificate")
def request_certificate(original: Any, self: Any) -> Any:
    """Moto ignores the algorithm of the key."""
    made = original(self)
    self.acm_backend.get_certificate(made.result["CertificateArn"]).algorithm = self._get_param("KeyAlgorithm")
    return made


@corrects(CertBundle, "describe")
def describe_certificate(original: Any, self: Any) -> dict[str, Any]:
    """Return the algorithm that was requested."""
    described: dict[str, Any] = original(self)
    if algorithm := getattr(self, "algorithm", None):
        described["Certificate"]["KeyAlgorithm"] = algorithm
    return described


# CloudWatch


@corrects(CloudWatchResponse, "put_composite_alarm")
def put_composite_alarm(_original: Any, self: Any) -> Any:
    """Moto does not implement this call, but it stores composite alarms."""
    return self.put_metric_alarm()


# Route 53


@corrects(route53, "create_route53_zone_id")
def zone_id(original: Any, **about: Any) -> str:
    """The ids of AWS begin with a Z."""
    return f"Z{original(**about)[1:]}"


@corrects(route53.Route53Backend, "change_resource_record_sets")
def change_records(original: Any, self: Any, zoneid: str, change_list: list[dict[str, Any]]) -> Any:
    """Moto takes a record that was deleted for one that exists, if a record follows it in the order of names."""
    zone = self.get_hosted_zone(zoneid)
    there = {(each.name.rstrip("."), each.type) for each in zone.rrsets}
    for change in change_list:
        record = change["ResourceRecordSet"]
        if change["Action"] == "CREATE" and (record["Name"].rstrip("."), record["Type"]) not in there:
            while change in zone.rr_changes:
                zone.rr_changes.remove(change)
    return original(self, zoneid, change_list)


# S3


@corrects(FakeBucket, "get_permission")
def permission(original: Any, self: Any, action: str, resource: str) -> Any:
    """Moto ignores conditions, so a bucket that denies plain HTTP would deny everything."""
    whole = self.policy
    policy = json.loads(whole) if whole else {}
    policy["Statement"] = [each for each in policy.get("Statement", []) if not each.get("Condition")]
    try:
        self.policy = json.dumps(policy).encode() if policy["Statement"] else None
        return original(self, action, resource)
    finally:
        self.policy = whole


class Middleware:
    """Runs before moto: logs each request, and fails those that a test wants to fail."""

    def __init__(self, app: Callable[..., Iterable[bytes]], log: Path | None) -> None:
        self._app = app
        self._log = log
        self._faults: list[dict[str, Any]] = []
        self._rounds = Rounds()
        self._lock = Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Respond to one request."""
        request = Request(environ, populate_request=False)
        if request.path == "/_faults":
            self._faults = json.loads(request.get_data())
            return Response(status=204)(environ, start_response)
        if request.path == "/_rounds":
            asked = json.loads(request.get_data())
            before = self._rounds.start(asked.get("fault", ""), asked.get("spared", ()))
            return Response(json.dumps(before), mimetype="application/json")(environ, start_response)
        if request.path.startswith("/_archives/"):
            return Response(_archive(request.path.rpartition("/")[2]))(environ, start_response)
        if request.path.startswith("/_served/"):
            document = json.dumps(rest_apis.served(*request.path.split("/")[2:4]))
            return Response(document, mimetype="application/json")(environ, start_response)
        action = request.headers.get("X-Amz-Target", "").rpartition(".")[2] or _form_action(request)
        line = f"{request.method} {request.path} {action}".strip()
        lost = False
        failing = self._fault(line)
        if not failing and (found := self._rounds.fault(line, request)):
            lost = found == "lost"
            failing = HTTPStatus.GATEWAY_TIMEOUT if lost else int(found.partition(" ")[0])
        if self._log and not request.path.startswith("/moto-api"):
            with self._lock, self._log.open("a") as log:
                log.write(f"{line}{f' -> {failing}' if failing else ''}\n")
        if lost:
            for _ in self._app(environ, lambda *_: None):  # what AWS answers is lost
                pass
        if failing:
            error = {"__type": "InternalFailure", "message": "a fault of the test", "Message": "a fault of the test"}
            headers = {
                "x-amzn-ErrorType": "TooManyRequestsException"
                if failing == HTTPStatus.TOO_MANY_REQUESTS
                else "InternalFailure"
            }
            return Response(json.dumps(error), failing, headers, mimetype="application/json")(environ, start_response)
        return self._app(environ, self._rounds.watching(environ, line, start_response))

    def _fault(self, line: str) -> int:
        with self._lock:
            for fault in self._faults:
                if fault["times"] > 0 and re.search(fault["match"], line):
                    fault["times"] -= 1
                    return int(fault["status"])
        return 0


class Rounds:
    """Which calls that change something fail: each one in the round that sees it first."""

    READS = ("Describe", "List", "Get", "Filter", "Head")
    RANDOM = re.compile(
        rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|terraform-[0-9a-f]+|-[0-9a-f]{7}(?![0-9a-f])"
        rb'|"IdempotencyToken": ?"[^"]*"'
    )
    """Tokens and the ends of names, which differ in each attempt."""
    CHANGES = "rounds.changes"
    """Where a request has whether it changes something."""

    def __init__(self) -> None:
        self._kind = ""
        self._number = 0
        self._seen: dict[bytes, int] = {}
        self._failed: list[str] = []
        self._spared: frozenset[str] = frozenset()
        self._rejected: set[str] = set()
        self._lock = Lock()

    def start(self, kind: str, spared: Iterable[str]) -> dict[str, list[str]]:
        """Start a round of a kind of faults; returns what happened in the one before."""
        with self._lock:
            before = {"failed": self._failed, "rejected": sorted(self._rejected)}
            self._failed, self._rejected, self._spared = [], set(), frozenset(spared)
            self._kind, self._number = kind, self._number + 1
            if not kind:
                self._seen.clear()
            return before

    def watching(self, environ: dict[str, Any], line: str, start_response: Any) -> Any:
        """Notes whether AWS rejects a call that changes something."""

        def start(status: str, *others: Any) -> Any:
            if environ.get(self.CHANGES) and status >= "400":
                self._rejected.add(sort_of_call(line))
            return start_response(status, *others)

        return start

    def fault(self, line: str, request: Request) -> str:
        """The fault of a call in this round, if any."""
        method, _, rest = line.partition(" ")
        action = rest.partition(" ")[2]
        if not self._kind or method in ("GET", "HEAD") or action.startswith(self.READS):
            return ""
        body = request.get_data()
        request.environ[self.CHANGES] = True
        request.environ["wsgi.input"] = BytesIO(body)  # moto reads the body again
        request.environ["CONTENT_LENGTH"] = str(len(body))
        call = self.RANDOM.sub(b"", line.encode() + b" " + body)
        with self._lock:
            if sort_of_call(line) in self._spared:
                return ""
            fresh = call not in self._seen
            if self._seen.setdefault(call, self._number) != self._number:
                return ""
            if not fresh and (self._kind == "lost" or self._kind.endswith(" once")):
                return ""
            if fresh:
                self._failed.append(line)
            return self._kind


def sort_of_call(line: str) -> str:
    """The line of a call without what differs between two resources: `POST /restapis/*/stages`, `POST / CreateRole`."""
    method, _, rest = line.partition(" ")
    path, _, action = rest.partition(" ")
    parts = [part if _FIXED.fullmatch(part) else "*" for part in path.strip("/").split("/") if part]
    return f"{method} /{'/'.join(parts)} {action}".strip()


_FIXED = re.compile(
    r"[a-z]*(?:restapis|stages|deployments|usageplans|keys|apikeys|domainnames|basepathmappings|resources|methods|tags)"
    r"|functions|policy|concurrency|hostedzone|rrset|account|20\d\d-\d\d-\d\d"
)
"""The parts of paths that are the same for every resource."""


def _archive(function: str) -> bytes:
    """The code of a function as it was uploaded; moto provides no URL for it."""
    made = [each for backend in lambda_backends[_ACCOUNT].values() for each in backend.list_functions()]
    return next(each.code_bytes or b"" for each in made if each.function_name == function)


def _form_action(request: Request) -> str:
    """The action of a query API such as that of SNS, which is a form field."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return ""
    form = request.get_data()
    request.environ["wsgi.input"] = BytesIO(form)  # moto reads the body again
    found = re.search(rb"(?:^|&)Action=(\w+)", form)
    return found[1].decode() if found else ""


def main() -> None:
    """Serve until stopped, on a free port if the port is 0. The first line printed is the URL."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, help="where to log each request, one per line")
    chosen = parser.parse_args()
    middleware = Middleware(DomainDispatcherApplication(create_backend_app), chosen.log)
    server = make_server("127.0.0.1", chosen.port, middleware, threaded=True)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
