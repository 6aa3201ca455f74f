"""Prints the notes of a release: the section of CHANGELOG.md about the version that a tag names.

    python proof/release_notes.py v0.1.0

Exits with 1 if the tag, the two packages and the changelog do not name the same version.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).parents[1]


def notes(tag: str, changelog: str, versions: set[str]) -> str:
    """The section about a tag's version. Raises ValueError if there is none, or if a package has another version."""
    version = tag.removeprefix("v")
    if versions != {version} or tag == version:
        raise ValueError(f"the tag is {tag}, and the packages' versions are {', '.join(sorted(versions))}")
    section = re.search(rf"^## {re.escape(version)}\b([^\n]*)\n(.*?)(?=^## |\Z)", changelog, re.DOTALL | re.MULTILINE)
    if not section:
        raise ValueError(f"CHANGELOG.md has no section about {version}")
    if "unreleased" in section[1]:
        raise ValueError(f"CHANGELOG.md calls {version} unreleased")
    return section[2].strip() + "\n"


def main(tag: str) -> int:
    """Print the notes, or what is wrong. Returns the exit code."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    pack = yaml.safe_load((ROOT / "policypack/PulumiPolicy.yaml").read_text("utf-8"))
    try:
        printed = notes(tag, (ROOT / "CHANGELOG.md").read_text("utf-8"), {project["version"], str(pack["version"])})
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.write(printed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
