"""Words that docs/glossary.md retires do not return to identifiers, docstrings, messages or pages.

`python tests/docs/test_glossary.py` lists those that did.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("policypack", "secure_gateway")
PAGES = ("*.md", "docs/**/*.md", "examples/**/*.md", "policypack/*.md", "proof/*.md")
NOT_PROSE = re.compile(r"^(`{3,}).*?^\1$|<!--.*?-->|\]\([^)]*\)", re.DOTALL | re.MULTILINE)
"""Code blocks, comments and the addresses of links."""
COLUMNS = {"identifier": "retired in identifiers", "prose": "retired in prose"}

Counts = Counter[tuple[str, str, str]]
"""By module (or package), `identifier` or `prose`, and retired word."""


@dataclass(frozen=True)
class Retired:
    """A word of the glossary that is no longer used, and phrases that may contain it."""

    word: str
    exceptions: tuple[str, ...] = ()

    @cached_property
    def in_prose(self) -> re.Pattern[str]:
        """Matches an exception, or the word as the group `word`."""
        return re.compile("|".join([*map(phrase, self.exceptions), f"(?P<word>{phrase(self.word)})"]), re.IGNORECASE)

    def is_in_identifier(self, words: str) -> bool:
        for each in self.exceptions:
            words = words.replace(f"_{each}_", "_")
        return f"_{self.word}_" in words


def phrase(written: str) -> str:
    """The regular expression of a phrase, in which `*` stands for any ending."""
    return r"\b" + re.escape(written).replace(r"\*", r"\w*") + r"\b"


def retired_in(cell: str) -> list[Retired]:
    """The entries of a cell: `` `link` except `vpc_link`; `verb`, `verbs` ``."""
    found: list[Retired] = []
    for part in cell.split(";"):
        words, _, exceptions = part.partition("except")
        named = tuple(re.findall("`([^`]+)`", exceptions))
        found += [Retired(word, named) for word in re.findall("`([^`]+)`", words)]
    return found


@cache
def glossary() -> dict[str, dict[str, Retired]]:
    """The retired words, by `identifier` or `prose`."""
    found: dict[str, dict[str, Retired]] = {kind: {} for kind in COLUMNS}
    header: list[str] = []
    for line in (ROOT / "docs/glossary.md").read_text("utf-8").splitlines():
        if not line.startswith("|"):
            header = []
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        header = header or cells
        assert len(cells) == len(header), line
        for kind, title in COLUMNS.items():
            found[kind] |= {each.word: each for each in retired_in(cells[header.index(title)])}
    return found


def in_identifier(identifier: str) -> list[str]:
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+", identifier)
    words = f"_{'_'.join(parts).lower()}_"
    return [word for word, each in glossary()["identifier"].items() if each.is_in_identifier(words)]


@cache
def any_retired() -> re.Pattern[str]:
    """Most strings contain no retired word, and one search shows that."""
    return re.compile("|".join(map(phrase, glossary()["prose"])), re.IGNORECASE)


def in_prose(text: str) -> list[str]:
    plain = " ".join(re.sub(r"`[^`]*`|https?:\S+", " ", text).split())
    if not any_retired().search(plain):
        return []
    entries = glossary()["prose"].items()
    return [word for word, each in entries for match in each.in_prose.finditer(plain) if match["word"]]


def assigned(body: list[ast.stmt]) -> set[str]:
    """The names that the statements of a module or class assign."""
    found: set[str] = set()
    for each in body:
        match each:
            case ast.Assign(targets=targets):
                found |= {target.id for target in targets if isinstance(target, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def identifiers(tree: ast.Module) -> set[str]:
    """What a module defines: classes, functions, arguments, attributes and constants, but no local variables."""
    found = assigned(tree.body)
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.arg(arg=name):
                found.add(name)
            case ast.ClassDef(name=name, body=body):
                found |= {name} | assigned(body)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                found.add(name)
    return found


def prose(tree: ast.Module) -> Iterator[str]:
    """Docstrings and messages: strings, and parts of f-strings, that contain several words."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if re.search("[A-Za-z,:`] [a-z`]", text):
                yield text


def counts_of(module: str, source: str) -> Counts:
    tree = ast.parse(source)
    names = identifiers(tree) | {module.rpartition(".")[2]}
    found = [("identifier", word) for name in names for word in in_identifier(name)]
    found += [("prose", word) for text in prose(tree) for word in in_prose(text)]
    return Counter((module, kind, word) for kind, word in found)


def counts_of_page(page: str, text: str) -> Counts:
    paragraphs = re.split(r"\n\s*\n", NOT_PROSE.sub(" ", text))
    return Counter((page, "prose", word) for each in paragraphs for word in in_prose(each))


@cache
def counts_of_pages() -> Counts:
    found: Counts = Counter()
    for path in sorted({path for pattern in PAGES for path in ROOT.glob(pattern)} - {ROOT / "docs/glossary.md"}):
        found += counts_of_page(path.relative_to(ROOT).as_posix(), path.read_text("utf-8"))
    return found


@cache
def counts() -> Counts:
    found: Counts = Counter()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found += counts_of(module, path.read_text("utf-8"))
    return found


def listing(found: Counts) -> str:
    return "\n".join(f"{where}: {kind} {word!r}: {count}" for (where, kind, word), count in sorted(found.items()))


@pytest.mark.parametrize("package", PACKAGES)
def test_retired_words_do_not_return(package):
    found = Counter({key: count for key, count in counts().items() if key[0].partition(".")[0] == package})

    assert not found, f"use the words of docs/glossary.md:\n{listing(found)}"


def test_retired_words_do_not_return_to_pages():
    assert not counts_of_pages(), f"use the words of docs/glossary.md:\n{listing(counts_of_pages())}"


def test_retired_words_are_found_in_pages():
    page = "It is judged.\n\n```bash\nkept\n```\n<!-- beside -->\nWhat [it](kept.md) `told`\nsomebody."

    assert sorted(word for _, _, word in counts_of_page("page", page)) == ["judg*", "somebody"]


def test_the_glossary_is_read():
    terms = re.findall(r"^\| \*\*", (ROOT / "docs/glossary.md").read_text("utf-8"), re.MULTILINE)

    assert 30 <= len(terms) <= 40
    assert glossary()["identifier"]["link"].exceptions == ("vpc_link",)
    assert {"judg*", "told"} <= glossary()["prose"].keys()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def judge(given): ...", ["judge"]),
        ("class SideDoors:\n    was_told: bool", ["doors", "told"]),
        ("def f(self, vpc_link_id, links): self._place = links", ["links", "place"]),
        ("def f(): why = place.told", []),
        ("_NOT_YET = 1", ["not_yet"]),
        ('"""It judges what `judge` has told."""', ["judg*", "told"]),
        ('f"a web ACL in front of {stage} stands for {text}, known only\\n later"', ["only later"]),
        ('{"kept": 1, "in place of it": 2}', []),
    ],
)
def test_retired_words_are_found(source, expected):
    assert sorted(word for _, _, word in counts_of("m", source)) == expected


if __name__ == "__main__":
    sys.stdout.write(f"{listing(counts() + counts_of_pages())}\n")
