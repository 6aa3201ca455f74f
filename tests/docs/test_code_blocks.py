"""Every code block of the documents holds: Python runs on Pulumi's mocks, commands are taken, data is parsed.

A block of Python is a whole program, or an excerpt: `"waf": {...}` or `{"routes": ...}` are args of a `SecureGateway`.
What an excerpt leaves out (routes, a backend, a network) or takes from its surroundings (`orders.arn`) stands here.
`<!-- block: beside {...} -->` in the line above names further args it needs; `<!-- block: skipped: why -->` takes a
block out; `<!-- block: edit ... -->` is for test_pages.py. It does not prove that AWS accepts anything.
"""

import ast
import inspect
import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pulumi
import pytest
import yaml
from pulumi_aws import apigateway

import secure_gateway
from policypack.cli import arguments
from policypack.configuration import config
from secure_gateway import authorizer_responses, testing
from secure_gateway.layers.waf import Waf

ROOT = Path(__file__).parent.parent.parent
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "examples").rglob("README.md")),
    ROOT / "policypack/README.md",
)
BLOCK = re.compile(
    r"(?:^<!-- block: (?P<note>.*?) -->\n\n?)?^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    note: str
    text: str

    @property
    def id(self):
        return f"{self.page}:{self.line}"


def blocks_of(text, page):
    return [
        Block(page, text[: each.start("text")].count("\n"), each["language"], each["note"] or "", each["text"])
        for each in BLOCK.finditer(text)
    ]


BLOCKS = [block for page in PAGES for block in blocks_of(page.read_text("utf-8"), str(page.relative_to(ROOT)))]


def of(*languages):
    return [
        pytest.param(each, id=each.id)
        for each in BLOCKS
        if each.language in languages and not each.note.startswith("skipped: ")
    ]


def resource(kind, name):
    return SimpleNamespace(id=f"{kind}-id", arn=f"arn:aws:{name}")


FUNCTION = "lambda:eu-west-1:123456789012:function:orders"
SURROUNDINGS = {
    "pulumi": pulumi,
    "apigateway": apigateway,
    "Waf": Waf,
    "orders": resource("function", FUNCTION),
    "live_alias": resource("alias", f"{FUNCTION}:live"),
    "test_alias": resource("alias", f"{FUNCTION}:test"),
    "next_alias": resource("alias", f"{FUNCTION}:next"),
    "table": resource("table", "dynamodb:eu-west-1:123456789012:table/orders"),
    "keys": resource("secret", "secretsmanager:eu-west-1:123456789012:secret:keys-a1b2c3"),
    "secret": resource("secret", "secretsmanager:eu-west-1:123456789012:secret:cdn-a1b2c3"),
    "api": resource("api", "apigateway:eu-west-1::/restapis/a1b2c3"),
    "deployment": resource("deployment", "apigateway:eu-west-1::/restapis/a1b2c3/deployments/d1"),
    "vpc": SimpleNamespace(id="vpc-0a1b2c3d"),
    "subnets": ["subnet-0a1b2c3d"],
    "load_balancer": resource(
        "lb", "elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/orders/50dc6c495c0c9188"
    ),
    "load_balancer_group": SimpleNamespace(id="sg-0a1b2c3d"),
    "zone": SimpleNamespace(id="Z0123456789ABC"),
    "verify": lambda token: token and SimpleNamespace(name="ann", role="reader", tenant="acme"),
}
FILES = {
    "partners.pem": (ROOT / "stacks/partner-ca.pem").read_text("utf-8"),
    "orders.openapi.yaml": """
        openapi: 3.0.1
        info: {title: orders, version: "1"}
        components:
          securitySchemes:
            oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: "https://a.example.com", scopes: {read: See}}}}
        paths:
          /orders:
            get:
              operationId: listOrders
              security: [{oauth: [orders/read]}]
              responses: {"200": {description: the orders}}
            post:
              operationId: createOrder
              responses: {"201": {description: made}}
          /health:
            get:
              operationId: health
              responses: {"200": {description: well}}
    """,
}
RECORD = {
    "resourceRecordName": "_a.example.com.",
    "resourceRecordType": "CNAME",
    "resourceRecordValue": "_b.acm.example.",
}
OUTPUTS = {"Certificate": {"domainValidationOptions": [{"domainName": "api.example.com", **RECORD}]}}
EVENT = {
    "methodArn": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/live/GET/orders",
    "httpMethod": "GET",
    "headers": {"authorization": "Bearer x"},
}


def complete(args):
    """The args of an excerpt with what every gateway needs."""
    given = args if isinstance(args, dict) else {}
    needed = {
        "routes": [{"path": "/{proxy+}"}],
        "default_integration": {"function": next(iter(given["functions"]))}
        if "functions" in given and "integrations" not in given
        else {"url": "https://backend.example.com"},
        "network": {"waived": "an excerpt"},
    }
    return {**{key: value for key, value in needed.items() if key != "routes" or "openapi" not in given}, **given}


def gateway(beside):
    def made(name, args, opts=None):
        return secure_gateway.SecureGateway(
            name, complete({**args, **beside} if isinstance(args, dict) else beside), opts
        )

    return made


def tree_of(text):
    """An excerpt of args may lack its braces."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return ast.parse("{" + text + "}")


def run(block):
    """Execute a block as the program of a stack; the names that it leaves."""
    tree = tree_of(block.text)
    beside = json.loads(block.note.removeprefix("beside ")) if block.note else {}
    space = {"SecureGateway": gateway(beside), **SURROUNDINGS}
    match tree.body[-1]:
        case ast.Expr(value=ast.Dict() as written):
            args = eval(compile(ast.Expression(written), block.id, "eval"), space)  # noqa: S307 - our documents
            space["SecureGateway"]("excerpt", placed(args))
        case _:
            if any(is_elided(node) for node in ast.walk(tree)):
                tree.body = [node for node in tree.body if not imports_the_gateway(node)]
            exec(compile(tree, block.id, "exec"), space)  # noqa: S102 - our documents
    return space


def placed(args):
    """An excerpt of a route or of `auth`, where it belongs."""
    if "path" in args:
        return {"routes": [args]}
    return {"auth": args} if "authorizers" in args else args


def is_elided(node):
    """`{...}`, in place of args."""
    return isinstance(node, ast.Set) and isinstance(node.elts[0], ast.Constant) and node.elts[0].value is ...


def imports_the_gateway(node):
    return isinstance(node, ast.ImportFrom) and [each.name for each in node.names] == ["SecureGateway"]


@pytest.fixture
def surroundings(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(inspect.cleandoc(text), "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "authorizer_responses", authorizer_responses)


@pytest.mark.parametrize("block", of("python"))
def test_python_runs(block, surroundings):
    made = testing.deploy(lambda: run(block), outputs=OUTPUTS)

    tests = [value for name, value in made.result.items() if name.startswith("test_") and inspect.isfunction(value)]
    for test in tests:
        test()
    if handler := made.result.get("handler"):
        assert handler(EVENT, None)["policyDocument"]["Statement"]
    assert made.resources or tests or "SecureGateway" not in block.text


@pytest.mark.parametrize(
    "text",
    [
        '{"routs": []}',
        '"waf": {"block_countries": ["Atlantis"]}',
        'SecureGateway("x", {"auth": {"authorizers": {"nobody": {"cognito": {}}, "else": {"cognito": {}}}}})',
        'SecureGateway("x", {...}, nothing)',
        'from secure_gateway import SecureGateway\nSecureGateway("x", {"routes": []})',
    ],
)
def test_a_block_that_does_not_hold_is_found(text, surroundings):
    with pytest.raises((ValueError, NameError)):
        testing.deploy(lambda: run(Block("a page", 1, "python", "", text)))


@pytest.mark.parametrize("block", of("bash", "sh"))
def test_commands_are_taken(block):
    subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for line in block.text.replace("\\\n", " ").splitlines():
        words = shlex.split(line, comments=True)
        if words[:1] == ["gateway-policy"]:
            command = [word for word in words[1 : words.index(">") if ">" in words else None] if word != "|"]
            arguments.parser().parse_args(command)
        if words[:1] == ["make"]:
            assert words[1] in targets


@pytest.mark.parametrize("block", of("json", "yaml"))
def test_data_is_parsed(block):
    if block.language == "yaml":
        assert yaml.safe_load(block.text)
        return
    values, rest, decoder = [], block.text.strip(), json.JSONDecoder()
    while rest:
        value, end = decoder.raw_decode(rest)
        values.append(value)
        rest = rest[end:].strip()
    if "enforcementLevel" in block.text:
        assert config.parse(values[0])


def test_every_block_is_in_a_language_that_is_read_here_or_says_why_not():
    known = {"python", "bash", "sh", "json", "yaml", ""}

    assert [each.id for each in BLOCKS if each.language not in known and not each.note.startswith("skipped: ")] == []
    assert [
        each.id for each in BLOCKS if each.note and not re.match(r"skipped: .{10,}|beside \{|edit ", each.note)
    ] == []
