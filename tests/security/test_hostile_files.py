"""Files made to hang, crash or mislead: each is refused or judged in time, and what it names stays a name."""

import copy
import json
import random
import re
import socket
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml
from markdown_it import MarkdownIt
from work import growth

from policypack import cli, reports
from policypack.sources import documents
from policypack.sources.source import SourceError
from secure_gateway import ArgsError, SecureGateway, testing

URN = "urn:pulumi:dev::shop::"
MARKS = {"signature": "4dabf18193072939515e22adb298388d", "secret": "1b47061264138c4ac30d75fd1eb44270"}


def resource(kind, name, /, **inputs):
    return {
        "urn": f"{URN}aws:{kind}::{name}",
        "type": f"aws:{kind}",
        "custom": True,
        "id": f"{name}-id",
        "inputs": inputs,
        "outputs": {},
    }


def api(**inputs):
    return resource("apigateway/restApi:RestApi", "shop", name="shop", **inputs)


STAGE = resource("apigateway/stage:Stage", "live", restApi="shop-id", stageName="live")


def state(*resources):
    return json.dumps({"deployment": {"resources": list(resources)}})


def check(tmp_path, content, form="terminal", *more):
    """Exit code of a check of a file."""
    file = tmp_path / "state.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))
    return int(cli.main(["check", str(file), "--format", form, *more]))


def body(text):
    return state(api(body=text), STAGE)


ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
DENY = {**ALLOW, "Effect": "Deny", "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
OPEN, CLOSED = json.dumps([ALLOW]), json.dumps([ALLOW, DENY])
GUARDED = '{"security": [{"sigv4": []}]}'
IAM = (
    '"components": {"securitySchemes": {"sigv4": {"type": "apiKey", "name": "Authorization", "in": "header",'
    ' "x-amazon-apigateway-authtype": "awsSigv4"}}}'
)


def said(capsys):
    told = capsys.readouterr()
    return told.out + told.err


@pytest.mark.parametrize(
    "text",
    [
        f'{{{IAM}, "paths": {{"/a": {{"get": {{}}, "get": {GUARDED}}}}}}}',
        f'{{{IAM}, "paths": {{"/a": {{"get": {{}}}}, "/a": {{"get": {GUARDED}}}}}}}',
        f'{{{IAM}, "paths": {{"/a": {{"get": {{}}}}}}, "paths": {{"/b": {{"get": {GUARDED}}}}}}}',
        f'{{{IAM}, "paths": {{"/a": {{"get": {{"security": [], "security": [{{"sigv4": []}}]}}}}}}}}',
        "paths:\n  /a:\n    get: {}\n    'get': {security: [{sigv4: []}]}\n",
    ],
)
def test_a_key_given_twice_hides_no_open_method(tmp_path, capsys, text):
    assert check(tmp_path, body(text)) == 1
    assert re.search(r"FAIL\s+auth-methods-authenticated", said(capsys))


@pytest.mark.parametrize(
    "policy",
    [
        f'{{"Version": "2012-10-17", "Statement": {OPEN}, "Statement": {CLOSED}}}',
        f'{{"Version": "2012-10-17", "Statement": {OPEN}, "statement": {CLOSED}}}',
        f'{{"Version": "2012-10-17", "Statement": [{json.dumps(ALLOW)[:-1]}, "Effect": "Deny"}}]}}',
    ],
)
def test_a_key_given_twice_closes_no_policy(tmp_path, capsys, policy):
    assert check(tmp_path, state(api(policy=policy), STAGE)) == 1
    assert "a resource policy that AWS rejects: it has a duplicate key in an object" in " ".join(said(capsys).split())


DEEP = 20_000
REFUSED, FOUND = 2, 1
LIMITS = {"throttlingRateLimit": "1e999", "throttlingBurstLimit": "-1e999", "cacheTtlInSeconds": "1e999"}


def addresses(count):
    return [f"10.{n % 250}.{n // 250}.0/25" for n in range(count)]


def not_in(ranges):
    return {"NotIpAddress": {"aws:SourceIp": ranges}}


def part(number):
    path = {"parentId": "x", "pathPart": f"p{number}"}
    return resource("apigateway/resource:Resource", f"r{number}", restApi="shop-id", **path)


STARS = {**DENY, "Resource": f"execute-api:/{'*a?' * 2000}b", "Action": "*e" * 2000}


def with_policy(policy):
    return state(api(policy=policy if isinstance(policy, str) else json.dumps({"Statement": policy})), STAGE)


HOSTILE = {
    "empty": (b"", REFUSED),
    "zeros": (b"\x00" * 1000, REFUSED),
    "no text": (b"\xc3\x28", REFUSED),
    "deep": (f'{{"deployment": {{"resources": {"[" * DEEP}{"]" * DEEP}}}}}', REFUSED),
    "deep input": (state(api()).replace('"shop"}', f'"shop", "body": {"[" * DEEP}{"]" * DEEP}}}'), REFUSED),
    "huge number": (state(api()).replace('"shop-id"', "9" * 6000), REFUSED),
    "not a number": (state(api(), STAGE).replace('"live"', "NaN"), REFUSED),
    "infinity": (state(api(), STAGE).replace('"live"', "-Infinity"), REFUSED),
    "a key twice": (state(api(), STAGE).replace('"resources"', '"resources": [], "resources"'), REFUSED),
    "of a later version": (state(api(), STAGE).replace("{", '{"version": 5, ', 1), REFUSED),
    "larger than a number can be": (
        state(
            api(),
            STAGE,
            resource(
                "apigateway/methodSettings:MethodSettings",
                "m",
                restApi="shop-id",
                stageName="live",
                methodPath="*/*",
                settings=LIMITS,
            ),
        )
        .replace('"1e999"', "1e999")
        .replace('"-1e999"', "-1e999"),
        FOUND,
    ),
    "deep body": (body("[" * DEEP + "]" * DEEP), FOUND),
    "deep policy": (with_policy("[" * DEEP + "]" * DEEP), FOUND),
    "laughing body": (body("a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a]\npaths: {/x: *b}\n"), FOUND),
    "a body inside itself": (body("paths: &p {/x: *p}\n"), FOUND),
    "a circle": (body('{"paths": {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}}'), FOUND),
    "the whole": (body('{"paths": {"/a": {"$ref": "#"}}}'), FOUND),
    "a tag": (body("!!python/object/apply:os.system [id]"), FOUND),
    "a surrogate": (body('{"paths": {"/\\ud800": {"get": {}}}}'), FOUND),
    "a byte order mark": (body('\ufeff{"paths": {"/a": {"get": {}}}}'), FOUND),
    "methods": (body(json.dumps({"paths": {f"/{n}": {"get": {}} for n in range(20_000)}})), FOUND),
    "statements": (with_policy([DENY] * 20_000), FOUND),
    "addresses": (with_policy([ALLOW, {**DENY, "Condition": not_in(addresses(20_000))}]), FOUND),
    "stars": (with_policy([ALLOW, STARS]), FOUND),
    "parents in a circle": (state({**api(), "parent": api()["urn"]}, STAGE), FOUND),
    "twice": (state(api(), api(), STAGE), FOUND),
    "not quite deleted": (state({**api(), "delete": "no", "external": 1}, STAGE), FOUND),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_state_files(tmp_path, name):
    content, expected = HOSTILE[name]

    assert check(tmp_path, content) == expected


MANY = {
    "methods": (1_000, lambda n: body(json.dumps({"paths": {f"/{each}": {"get": {}} for each in range(n)}}))),
    "statements": (100, lambda n: with_policy([{**DENY, "Resource": f"execute-api:/{each}"} for each in range(n)])),
    "addresses": (1_000, lambda n: with_policy([ALLOW, {**DENY, "Condition": not_in(addresses(n))}])),
    "resources": (1_000, lambda n: state(api(), STAGE, *(part(each) for each in range(n)))),
}
"""By what there is much of: a size, and a state file of a size."""


@pytest.mark.parametrize(("size", "content"), MANY.values(), ids=MANY)
def test_the_work_grows_with_a_file_and_not_with_its_square(tmp_path, size, content):
    assert growth(lambda count: check(tmp_path, content(count)), size) < 3


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_as_windows_writes_it_is_read(tmp_path, encoding):
    assert check(tmp_path, state(api(), STAGE).encode(encoding)) == 1


JUNK = (None, True, 0, -1, 2**70, 1e308, "", "x", "\x00", [], {}, [None], [[]], {"x": {}}, {MARKS["signature"]: ["x"]})
JUNK += ({MARKS["signature"]: MARKS["secret"], "plaintext": "{"}, {MARKS["signature"]: MARKS["secret"], "plaintext": 5})
WHOLE = {
    "version": 3,
    "deployment": {
        "resources": [
            {
                **api(policy=json.dumps({"Statement": [ALLOW, DENY]})),
                "parent": f"{URN}pulumi:pulumi:Stack::shop-dev",
                "dependencies": [f"{URN}x::y"],
                "propertyDependencies": {"policy": [f"{URN}x::y"]},
                "sourcePosition": "project:///__main__.py#12,4",
                "stackTrace": [{"sourcePosition": "project:///venv/x.py#1"}],
                "ignoreChanges": ["policy"],
            },
            STAGE,
        ]
    },
}
STEPS = {
    "steps": [{"op": "create", "urn": each["urn"], "newState": each} for each in WHOLE["deployment"]["resources"]],
    "diagnostics": [{"severity": "warning", "message": "m"}],
    "changeSummary": {"create": 2},
}


def spoiled(value, chance, share):
    if chance.random() < share:
        return copy.deepcopy(chance.choice(JUNK))
    if isinstance(value, dict):
        return {key: spoiled(each, chance, share) for key, each in value.items()}
    return [spoiled(each, chance, share) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("whole", [WHOLE, STEPS], ids=["state", "preview"])
@pytest.mark.parametrize("seed", range(10))
def test_no_shape_of_a_file_crashes_anything(tmp_path, capsys, whole, seed):
    chance = random.Random(seed)  # noqa: S311 - junk, not keys
    for turn in range(30):
        form = sorted(reports.MODULES)[turn % len(reports.MODULES)]
        code = check(tmp_path, json.dumps(spoiled(whole, chance, 0.05)), form)
        assert code in {0, 1, 2}
        assert "failed here" not in said(capsys)


@pytest.mark.parametrize(
    "text",
    [
        "[" * DEEP,
        "".join(f"{' ' * n}a:\n" for n in range(3000)),
        "a: &a [x]\n" + "".join(f"{c}: &{c} [{','.join([f'*{p}'] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi")),  # noqa: B905
        "a: &a [*a]\n",
        "all: mandatory\nall: disabled\n",
        "a: !!python/object/apply:os.system [id]\n",
        "a: \x00\n",
        f"a: {'9' * 10_000}\n",
    ],
    ids=["deep", "deep mappings", "laughs", "itself", "twice", "tag", "zero", "number"],
)
def test_hostile_settings_are_refused(tmp_path, text):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    with pytest.raises(SourceError):
        documents.read(file)
    assert cli.main(["config", "--config", str(file)]) == 2


# -- nothing is fetched ----------------------------------------------------------------------------------------------


class AskedError(AssertionError):
    """Somebody wanted to connect or to open a file."""


@pytest.fixture
def nothing_else_is_opened(monkeypatch):
    def refuse(*args, **_):
        raise AskedError(str(args))

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


REFERENCES = [
    "http://127.0.0.1:9/x.json",
    "https://example.com/x#/a",
    "file:///etc/passwd",
    "../../etc/passwd",
    "x.yaml#/a",
]


@pytest.mark.parametrize("reference", REFERENCES)
def test_the_pack_fetches_no_reference(tmp_path, capsys, nothing_else_is_opened, reference):
    code = check(tmp_path, body(json.dumps({"paths": {"/a": {"$ref": reference}}})))

    told = said(capsys)
    assert code == 1
    assert re.search(r"undecided\s+auth-methods-authenticated", told)
    assert "root:" not in told


@pytest.mark.parametrize("reference", REFERENCES)
@pytest.mark.parametrize("place", ["path", "schema", "parameter"])
def test_the_component_fetches_no_reference(monkeypatch, nothing_else_is_opened, reference, place):
    def refuse(self, *_, **__):
        raise AskedError(str(self))

    operation = {"operationId": "a", "responses": {"200": {"description": "ok"}}}
    given = {"$ref": reference}
    if place == "schema":
        operation["requestBody"] = {"content": {"application/json": {"schema": given}}}
    if place == "parameter":
        operation["parameters"] = [given]
    document = {
        "openapi": "3.0.1",
        "info": {"title": "x", "version": "1"},
        "paths": {"/a": given if place == "path" else {"post": operation}},
    }
    monkeypatch.setattr(Path, "read_text", refuse)
    with pytest.raises(ArgsError) as refused:
        testing.deploy(
            lambda: SecureGateway(
                "shop",
                {
                    "openapi": {"document": document},
                    "default_integration": {"url": "https://b.example.com"},
                    "network": {"waived": "a test"},
                },
            )
        )
    assert any("$ref" in each.path for each in refused.value.problems)


# -- nothing that a file names writes our reports --------------------------------------------------------------------

EVIL = (
    "x\x1b[2J\x1b]0;t\x07\r\n::error file=x::y\n##[error]z\n0 violations, 0 warnings\u202egnp\u200b\u2028\ufffe\ue000"
    "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;`|[link](https://evil.example.com)<{%fg 1%}>@team"
)
NAMED = state(
    {**api(), "urn": f"{URN}aws:apigateway/restApi:RestApi::{EVIL}"},
    resource("apigateway/stage:Stage", "live", restApi="shop-id", stageName=EVIL),
    resource("apigateway/domainName:DomainName", EVIL, domainName=EVIL, securityPolicy="TLS_1_0"),
    resource("apigateway/basePathMapping:BasePathMapping", EVIL, restApi="shop-id", domainName=EVIL),
    resource("apigateway/apiKey:ApiKey", EVIL, name=EVIL),
)


ACTIVE = {"a", "script", "img", "iframe", "object", "form", "input", "link", "base", "an event handler"}


def tags(page):
    """The names of a page's elements; one that runs something by an attribute counts as that too."""
    found = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.update({tag, *("an event handler" for name, _ in attributes if name.startswith("on"))})

    Reader().feed(page)
    return found


@pytest.mark.parametrize("form", sorted(reports.MODULES))
def test_names_stay_names_in_every_report(tmp_path, capsys, form):
    assert check(tmp_path, NAMED, form) == 1
    told = said(capsys)
    lines = told.splitlines()

    assert {unicodedata.category(each) for each in told if each != "\n"}.isdisjoint({"Cc", "Cf", "Cn", "Co", "Cs"})
    own = r"::(error|warning|notice) (file=[^:,]*,line=\d+,)?title=[^:,]*::" if form == "github" else r"(?!)"
    commands = [line for line in lines if line.lstrip().startswith(("::", "##[", "##vso"))]
    assert [line for line in commands if not re.match(own, line)] == []
    assert sum(bool(re.match(r"\s*\d+ violations?, ", line)) for line in lines) <= 1
    assert "<{%" not in told or form in {"json", "sarif"}  # their readers print no line of it as it is
    if form == "html":
        assert tags(told).isdisjoint(ACTIVE)
        assert "default-src 'none'" in told
    if form == "junit":
        ET.fromstring(told)  # noqa: S314 - our own
    if form == "sarif":
        texts = [each["message"]["text"] for each in json.loads(told)["runs"][0]["results"]]
        assert [text for text in texts if re.search(r"(?<!\\)\]\(", text)] == []
    if form == "markdown":
        page = MarkdownIt("commonmark", {"html": True}).enable("table").render(told)
        assert tags(page).isdisjoint(ACTIVE)
        assert "@team" not in re.sub(r"<code>.*?</code>", "", page, flags=re.DOTALL)


def test_a_refusal_writes_no_command_either(tmp_path, capsys):
    failed = {"steps": [], "diagnostics": [{"severity": "error", "message": f"\n::error::x{EVIL}"}]}
    assert check(tmp_path, json.dumps(failed)) == 2
    told = said(capsys)

    assert "\x1b" not in told
    assert [line for line in told.splitlines() if line.lstrip().startswith(("::", "##["))] == []


def test_a_place_that_is_no_line_is_no_place(tmp_path, capsys):
    for place in ("a.py#x", "a.py#-1", "a.py#0", f"a.py#{'9' * 40}", "#1", "a.py#"):
        code = check(tmp_path, state({**api(), "sourcePosition": f"project:///{place}"}, STAGE), "sarif")
        run = json.loads(said(capsys))["runs"][0]
        lines = [each["locations"][0]["physicalLocation"]["region"]["startLine"] for each in run["results"]]
        assert (code, set(lines)) == (1, {1})


def test_settings_of_pulumi_keep_their_aliases(tmp_path):
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config: &a {x: 1}\nmore:\n  <<: *a\n  y: 2\n")

    assert documents.read(file) == {"config": {"x": 1}, "more": {"x": 1, "y": 2}}
    assert yaml.safe_load(file.read_text()) == documents.read(file)
