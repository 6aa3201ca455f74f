"""Serves a deployed REST API over HTTP: an independent witness of what happens to a request.

It is written from AWS's pages, for tests, and shares no code with the policies. The document, the usage plans and the
functions are those that the local AWS has. It executes mock integrations, and runs authorizer functions as processes.
TLS, web ACLs, resource policies and signatures are not executed: the local AWS checks none of these.
"""

import io
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema

import lab

X = "x-amazon-apigateway-"
INVOKE = """
import importlib, json, os, sys
sys.path.insert(0, os.getcwd())
module, _, name = sys.argv[1].rpartition(".")
loaded = importlib.import_module(module)
assert loaded.__file__.startswith(os.getcwd()), loaded.__file__
sys.stdout = sys.stderr
try:
    found = {"value": getattr(loaded, name)(json.load(sys.stdin), None)}
except Exception as error:
    found = {"error": str(error)}
sys.__stdout__.write(json.dumps(found))
"""
DEFAULTS = {
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "ACCESS_DENIED": (403, "User is not authorized to access this resource with an explicit deny"),
    "AUTHORIZER_FAILURE": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, "Internal server error"),
    "INVALID_API_KEY": (403, "Forbidden"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
}


class StoppedError(Exception):
    """API Gateway responds by itself, with a type of gateway response."""


class ServedApi:
    """A stage of a REST API, as the local AWS has it."""

    def __init__(self, cloud: lab.Cloud, api: str, stage: str, folder: Any) -> None:
        """Read what the stage serves."""
        self.cloud, self.stage, self.folder = cloud, stage, folder
        self.arn = f"arn:aws:execute-api:{lab.REGION}:123456789012:{api}/{stage}"
        self.document = cloud.served(api, stage)
        gateway = cloud.client("apigateway")
        plans = gateway.get_usage_plans()["items"]
        here = [each["id"] for each in plans if {"apiId": api, "stage": stage}.items() <= _first(each).items()]
        keys = [key for plan in here for key in gateway.get_usage_plan_keys(usagePlanId=plan)["items"]]
        self.keys = {gateway.get_api_key(apiKey=key["id"], includeValue=True)["value"] for key in keys}

    def respond(self, method: str, target: str, headers: Mapping[str, str], body: str) -> tuple[int, str]:
        """Status and body of a response; the target has no stage."""
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            template, operation = self._operation(method, parts.path)
            self._authorize(operation, template, method, parts.path, query, headers)
            self._check_key(operation, headers)
            self._validate(operation, query, headers, body)
            return self._mock(operation)
        except StoppedError as stop:
            return self._gateway_response(str(stop))

    def _operation(self, method: str, path: str) -> tuple[str, Mapping[str, Any]]:
        """The most specific path, segment by segment, and then the method on it."""
        fitting = [each for each in self.document["paths"] if re.fullmatch(_pattern(each), path)]
        if not fitting:
            raise StoppedError("MISSING_AUTHENTICATION_TOKEN")
        chosen = min(fitting, key=lambda each: [(1 + part.endswith("+}")) * ("{" in part) for part in each.split("/")])
        item = self.document["paths"][chosen]
        found = item.get(method.lower(), item.get(f"{X}any-method"))
        if found is None:
            raise StoppedError("MISSING_AUTHENTICATION_TOKEN")
        return chosen, found

    def _schemes(self, operation: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for requirement in operation.get("security", []):
            for name in requirement:
                yield name, self.document["components"]["securitySchemes"][name]

    def _authorize(
        self,
        operation: Mapping[str, Any],
        template: str,
        method: str,
        path: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
    ) -> None:
        for _, scheme in self._schemes(operation):
            if scheme.get(f"{X}authtype") == "awsSigv4":
                if "authorization" not in headers:
                    raise StoppedError("MISSING_AUTHENTICATION_TOKEN")
                raise NotImplementedError
            given = scheme.get(f"{X}authorizer")
            if given is None:
                continue
            event = {"type": given["type"].upper(), "methodArn": f"{self.arn}/{method}{path}"}
            if given["type"] == "token":
                value = headers.get(scheme["name"].lower())
                if not value or not re.match(given.get("identityValidationExpression", ""), value):
                    raise StoppedError("UNAUTHORIZED")
                event["authorizationToken"] = value
            else:
                event |= {
                    "resource": template,
                    "path": path,
                    "httpMethod": method,
                    "headers": dict(headers),
                    "multiValueHeaders": {name: [value] for name, value in headers.items()},
                    "queryStringParameters": dict(query),
                    "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
                    "requestContext": {"domainName": "localhost", "identity": {"sourceIp": "127.0.0.1"}},
                }
            self._decide(re.findall(r"function:([\w-]+)", given["authorizerUri"])[0], event)

    def _decide(self, function: str, event: Mapping[str, Any]) -> None:
        found = self._invoke(function, event)
        if "error" in found:
            raise StoppedError("UNAUTHORIZED" if found["error"] == "Unauthorized" else "AUTHORIZER_FAILURE")
        statements = found["value"]["policyDocument"]["Statement"]
        applying = {each["Effect"] for each in statements if _covers(each, event["methodArn"])}
        if applying != {"Allow"}:
            raise StoppedError("ACCESS_DENIED")

    def _invoke(self, function: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Run the code that was uploaded, with its own environment and the local AWS."""
        task = self.folder / function
        if not task.exists():
            with zipfile.ZipFile(io.BytesIO(self.cloud.archive(function))) as archive:
                archive.extractall(task)
        settings = self.cloud.client("lambda").get_function_configuration(FunctionName=function)
        own = settings.get("Environment", {}).get("Variables", {})
        environment = {"PATH": os.environ["PATH"], **lab.NO_ACCOUNT, **own, "AWS_ENDPOINT_URL": self.cloud.endpoint}
        done = subprocess.run(
            [sys.executable, "-c", INVOKE, settings["Handler"]],
            cwd=task,
            env=environment,
            input=json.dumps(event),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def _check_key(self, operation: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        required = any(scheme.get("name") == "x-api-key" for _, scheme in self._schemes(operation))
        if required and headers.get("x-api-key") not in self.keys:
            raise StoppedError("INVALID_API_KEY")

    def _validate(
        self, operation: Mapping[str, Any], query: Mapping[str, str], headers: Mapping[str, str], body: str
    ) -> None:
        name = operation.get(f"{X}request-validator", self.document.get(f"{X}request-validator"))
        validator = self.document.get(f"{X}request-validators", {}).get(name, {})
        if validator.get("validateRequestParameters"):
            for each in operation.get("parameters", []):
                given = {"query": query, "header": headers}.get(each["in"])
                if given is not None and each.get("required") and not given.get(each["name"]):
                    raise StoppedError("BAD_REQUEST_PARAMETERS")
        content = operation.get("requestBody", {}).get("content", {})
        kind = headers.get("content-type", "application/json")
        if validator.get("validateRequestBody") and kind in content:
            schema = {**content[kind]["schema"], "components": self.document["components"]}
            try:
                jsonschema.validate(json.loads(body), schema)
            except (ValueError, jsonschema.ValidationError):
                raise StoppedError("BAD_REQUEST_BODY") from None

    def _mock(self, operation: Mapping[str, Any]) -> tuple[int, str]:
        integration = operation[f"{X}integration"]
        assert integration["type"] == "mock"
        (template,) = integration["requestTemplates"].values()
        status = str(json.loads(template)["statusCode"])
        for pattern, response in integration["responses"].items():
            if pattern == "default" or re.fullmatch(pattern, status):
                return int(response["statusCode"]), "".join(response.get("responseTemplates", {}).values())
        raise AssertionError(status)

    def _gateway_response(self, kind: str) -> tuple[int, str]:
        status, message = DEFAULTS[kind]
        own = self.document.get(f"{X}gateway-responses", {})
        given = own.get(kind, own.get(f"DEFAULT_{str(status)[0]}XX", {}))
        body = given.get("responseTemplates", {}).get("application/json", '{"message":$context.error.messageString}')
        body = body.replace("$context.error.messageString", json.dumps(message)).replace("$context.requestId", "r-1")
        return int(given.get("statusCode", status)), body


def _first(plan: Mapping[str, Any]) -> Mapping[str, Any]:
    return (plan.get("apiStages") or [{}])[0]


def _pattern(template: str) -> str:
    pieces = re.split(r"(\{[^}]+\})", template)
    return "".join((".+" if "+}" in each else "[^/]+") if "{" in each else re.escape(each) for each in pieces)


def _covers(statement: Mapping[str, Any], arn: str) -> bool:
    resources = statement["Resource"]
    listed = [resources] if isinstance(resources, str) else resources
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*").replace(r"\?", "."), arn) for each in listed)


@contextmanager
def served(api: ServedApi) -> Iterator[int]:
    """A port of this machine at which the API responds until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, text = api.respond(self.command, self.path.removeprefix(f"/{api.stage}"), headers, body)
            self.send_response(status)
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text.encode())

        def __getattr__(self, name: str) -> object:
            if name.startswith("do_"):
                return self.respond
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
