"""What the pages say is true: links lead somewhere, messages exist, limits are the code's, examples show what is."""

import importlib
import re
import sys
import unicodedata
from itertools import groupby
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from policypack import cli
from policypack.layers import POLICIES
from secure_gateway import quotas, routes

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGES += [
    ROOT / "examples/README.md",
    ROOT / "examples/fleet/README.md",
    ROOT / "policypack/README.md",
    ROOT / "SECURITY.md",
]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)


def page(name):
    return (ROOT / name).read_text("utf-8")


def prose(path):
    return FENCED.sub("", path.read_text("utf-8"))


def anchors(path):
    """As GitHub makes them of headings."""
    found = set()
    for heading in re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE):
        kept = [each for each in heading.lower() if each in " -_" or unicodedata.category(each)[0] in "LN"]
        found.add("".join(kept).replace(" ", "-"))
    return found


TABLED = [path for path in PAGES if re.search(r"^\|", prose(path), re.MULTILINE)]


def tables_of(text):
    """The tables of a page: for each row as it is written, the number of its cells."""
    for is_table, lines in groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        if is_table:
            yield [(line, len(re.findall(r"(?<!\\)\|", line)) - 1) for line in lines]


@pytest.mark.parametrize("path", TABLED, ids=lambda path: str(path.relative_to(ROOT)))
def test_tables_are_whole(path):
    """Every row is rendered, with as many cells as the head of its table."""
    tables = list(tables_of(prose(path)))
    rendered = MarkdownIt("commonmark").enable("table").parse(prose(path))

    for (head, width), (rule, ruled), *rows in tables:
        assert set(rule) <= set("|-: "), f"no table, or one without a head: {head}"
        assert [row for row, cells in [(rule, ruled), *rows] if cells != width or not row.endswith("|")] == []
    assert sum(token.type == "tr_open" for token in rendered) == sum(len(each) - 1 for each in tables)


LINKS = [(path, link) for path in PAGES for link in LINK.findall(prose(path)) if "://" not in link]


@pytest.mark.parametrize(("path", "link"), LINKS, ids=lambda each: str(each).removeprefix(f"{ROOT}/"))
def test_links_lead_somewhere(path, link):
    name, _, anchor = link.partition("#")
    target = (path.parent / name).resolve() if name else path

    assert target.exists()
    assert not anchor or anchor in anchors(target)


def test_links_are_read():
    assert len(LINKS) > 50
    assert "what-a-clean-report-means" in anchors(ROOT / "docs/policy-pack.md")


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.md")), ids=lambda each: each.name)
def test_every_page_is_in_the_index(path):
    index = page("docs/README.md")

    assert path.name == "README.md" or f"]({path.relative_to(ROOT / 'docs')}" in index


CODE = "\n".join(
    path.read_text("utf-8") for room in ("secure_gateway", "policypack") for path in sorted((ROOT / room).rglob("*.py"))
)
OURS = ("From the component", "From `gateway-policy check`", "From the Pulumi engine, with the pack")


def messages():
    text = page("docs/troubleshooting.md")
    for heading in OURS:
        section = re.search(rf"^## {re.escape(heading)}.*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)[0]
        rows = re.findall(r"^\| (.*?) \|", section, re.MULTILINE)
        yield from ((heading, quoted) for row in rows for quoted in re.findall(r"`([^`]+)`", row))


@pytest.mark.parametrize(("heading", "message"), list(messages()))
def test_every_message_is_one_of_ours(heading, message):
    """`...` stands for what differs."""
    code = re.sub(r'"\s*\n\s*f?"', "", CODE)  # texts over several lines
    parts = [re.escape(part) for part in message.split("...") if part.strip()]

    assert parts
    assert all(re.search(part, code) for part in parts), heading


def test_policies_that_pages_name_exist():
    known = {rule.id for rule in POLICIES}
    layers = "auth|keys|network|waf|observability|tls|pack"
    told = {
        name
        for path in PAGES
        if path.name not in {"CHANGELOG.md", "features.md"}
        for name in re.findall(rf"`((?:{layers})-[a-z]+-[a-z-]+)`", path.read_text("utf-8"))
    }

    assert told
    assert sorted(told - known) == []


LIMITS = {
    "resources of an API": 300,
    "stages of an API": 10,
    "authorizers of an API": 10,
    "integration timeout": routes.TIMEOUT_MS,
    "document that is imported": quotas.DOCUMENT_BYTES,
    "variables of a stage": quotas._VARIABLES,
    "resource policy": ("secure_gateway.layers.network.policy", "_LIMIT"),
    "requests per second": ("secure_gateway.layers.keys.spec", "ACCOUNT_RATE"),
    "throttles of single methods": ("secure_gateway.layers.keys.spec", "_MAX_ROUTE_THROTTLES"),
    "capacity units": 5_000,
    "rate limits of a web ACL": ("secure_gateway.layers.waf.spec", "_MAX_RATE_LIMITS"),
    "address ranges in a list": ("secure_gateway.layers.waf.rule_specs", "IP_SET_RANGES"),
    "body of a custom response": ("secure_gateway.layers.waf.rule_specs", "_MAX_BODY_BYTES"),
    "actions of an alarm": ("secure_gateway.layers.observability.spec", "_MAX_ACTIONS"),
    "access log format": ("secure_gateway.layers.observability.access_log", "_MAX_BYTES"),
    "certificates in a truststore": ("secure_gateway.layers.tls.ca_bundle", "MAX_CERTIFICATES"),
    "domain name for which a certificate": ("secure_gateway.layers.tls.spec", "_COMMON_NAME"),
    "value of a tag": ("secure_gateway.spec", "_LONGEST_TAG"),
}


@pytest.mark.parametrize("what", LIMITS)
def test_limits_are_those_of_the_code(what):
    where = LIMITS[what]
    limit = getattr(importlib.import_module(where[0]), where[1]) if isinstance(where, tuple) else where
    (row,) = re.findall(rf"^\| {what}[^|]*\| ([^|]*) \|", page("docs/limits.md"), re.MULTILINE)

    assert row.split(" and ")[0] == f"{limit:,.0f}"


def test_every_row_of_limits_is_compared():
    table = page("docs/limits.md").partition("| quota | at most |")[2].partition("\n\n")[0]

    assert len(re.findall(r"^\| [a-z]", table, re.MULTILINE)) == len(LIMITS)


# -- getting started, literally --------------------------------------------------------------------------------------

STARTED = page("docs/getting-started.md")


def block(after, language):
    text = STARTED.partition(after)[2]
    return re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[1]


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text(block("`Pulumi.yaml`", "yaml"))
    (tmp_path / "__main__.py").write_text(block("`__main__.py`", "python"))
    (tmp_path / "venv").symlink_to(sys.prefix)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "__main__.py"


def checked(capsys):
    code = cli.main(["check", "."])
    told = capsys.readouterr()
    return code, told.out + told.err


def test_the_first_check_says_what_the_page_shows(project, capsys):
    code, told = checked(capsys)
    first, _, rest = told.partition("\n")

    assert (code, rest) == (0, block("gateway-policy check .\n```", "").partition("\n")[2])
    assert re.fullmatch(r"gateway-policy \d+\.\d+\.\d+, \d{4}-\d\d-\d\d", first)


@pytest.mark.parametrize(
    ("edits", "shown"), re.findall(r"<!-- block: edit (.*?) -->\n```\n(.*?)^```$", STARTED, re.MULTILINE | re.DOTALL)
)
def test_breaking_it_says_what_the_page_shows(project, capsys, edits, shown):
    text = project.read_text()
    pairs = [edits.split(" ", 1)] if "{" in edits else [each.split(" ") for each in edits.split(", ")]
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    project.write_text(text)
    code, told = checked(capsys)

    assert code == (1 if "FAIL" in shown else 2)
    assert [line for line in shown.splitlines() if line.strip() not in told] == []


def test_the_page_has_edits():
    assert len(re.findall("<!-- block: edit ", STARTED)) == 2
