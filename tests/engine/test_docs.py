"""Every `pulumi` command of the documents is one that the real CLI has, with the options that are written."""

import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "policypack/README.md"]
BLOCK = re.compile(r"^ *```(?:bash|sh|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^\s*(?:- run: )?|&& |\$\(|\| )(pulumi [^|)\n]*)", re.MULTILINE)


def commands():
    for page in PAGES:
        for block in BLOCK.findall(page.read_text("utf-8")):
            for text in COMMAND.findall(block.replace("\\\n", " ")):
                yield re.split(r" > | < |; | && |  +#", text)[0].strip().replace('"$', "$").rstrip('"')


COMMANDS = sorted(set(commands()))


@cache
def help_of(*names):
    return subprocess.run(["pulumi", *names, "--help"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_the_cli_has_it(command):
    words = shlex.split(command.replace('"', ""), comments=True)[1:]
    names = []
    while (
        words
        and not words[0].startswith("-")
        and re.search(rf"^  {re.escape(words[0])} ", help_of(*names), re.MULTILINE)
    ):
        names.append(words.pop(0))

    assert names, command
    told = help_of(*names)
    options = [word.partition("=")[0] for word in words if word.startswith("-")]
    assert [each for each in options if not re.search(rf"(?:^|\s){re.escape(each)}\b", told)] == []


def test_commands_are_found():
    assert len(COMMANDS) > 15
