"""Writes the source of the documentation site: the pages of this repository, and a page for each policy.

    python proof/site_pages.py FOLDER

`make site` builds the site from it with Zensical. The pages stay as they are, apart from links that leave `docs/`: they
lead to copies in the site. The navigation is the table of contents in docs/README.md.
"""

import json
import posixpath
import re
import sys
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

import yaml

from policypack.layers import POLICIES
from policypack.layers.policy import Policy
from policypack.model.languages import spelled
from policypack.reports import snippets
from policypack.reports.catalogue import OTHER_GROUPS

ROOT: Final = Path(__file__).parents[1]
LINK: Final = re.compile(r"(!?\[(?:[^\]`]|`[^`]*`)*\]\()([^)\s#]*)(#[^)\s]*)?(\))")
FENCE: Final = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
REGISTRY: Final = {"docs/_index.md", "docs/installation-configuration.md"}
"""The pages of the Pulumi Registry, which has a form of its own for them."""
NAMES: Final = {
    "README.md": "index.md",
    "docs/README.md": "pages.md",
    "examples/README.md": "examples.md",
    "policypack/README.md": "pack.md",
    "proof/README.md": "mutants.md",
    "CHANGELOG.md": "changes.md",
    "SECURITY.md": "security.md",
}
"""The pages whose place in the site is not their place in `docs/`."""
TABS: Final = {snippets.PYTHON: "Python", snippets.TYPESCRIPT: "TypeScript", snippets.YAML: "YAML"}
CONFIG: Final = """\
site_name: Secure Gateway
site_description: Secure Amazon API Gateway APIs with Pulumi - a component and a policy pack
docs_dir: pages
site_dir: site
use_directory_urls: false
theme:
  name: material
  font: false
  features: [navigation.top, navigation.footer, search.suggest, search.highlight, content.code.copy, content.tabs.link]
  palette:
    - media: "(prefers-color-scheme: light)"
      scheme: default
      toggle: {icon: material/weather-night, name: Dark}
    - media: "(prefers-color-scheme: dark)"
      scheme: slate
      toggle: {icon: material/weather-sunny, name: Light}
plugins: [search]
markdown_extensions:
  - tables
  - attr_list
  - md_in_html
  - toc:
      permalink: true
      slugify: !!python/object/apply:pymdownx.slugs.slugify {kwds: {case: lower}}
  - pymdownx.highlight
  - pymdownx.superfences
  - pymdownx.tabbed: {alternate_style: true}
validation:
  nav: {omitted_files: warn, not_found: warn}
  links: {not_found: warn, anchors: warn, unrecognized_links: warn}
"""


class Site:
    """The pages and files of the site, by their path in it."""

    def __init__(self) -> None:
        """Collect the pages of `docs/`, what they link to, and a page for each policy."""
        self.pages: dict[str, str] = {}
        self.files: dict[str, Path] = {}
        waiting = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "docs").rglob("*.md")) if path.name[0] != "_"]
        self._waiting = [each for each in waiting if each not in REGISTRY]
        self._known: set[str] = set()
        while self._waiting:
            self._add(self._waiting.pop(0))
        for policy in POLICIES:
            self.pages[f"policies/{policy.id}.md"] = page_of(policy)
        self.pages["policies.md"] = index_of_policies()

    def _add(self, path: str) -> None:
        if path in self._known:
            return
        self._known.add(path)
        if (ROOT / path).is_dir():
            self.pages[place(path)] = listing(ROOT / path)
        elif path.endswith(".md"):
            parts = FENCE.split((ROOT / path).read_text("utf-8"))
            self.pages[place(path)] = "".join(
                part if index % 2 else LINK.sub(lambda found: self._link(path, found), part)
                for index, part in enumerate(parts)
            )
        else:
            self.files[place(path)] = ROOT / path

    def _link(self, page: str, found: re.Match[str]) -> str:
        """A link of a page, as the site has it."""
        before, target, anchor, after = found[1], found[2], found[3] or "", found[4]
        if not target or "://" in target:
            return found[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if path in REGISTRY:
            return before.removeprefix("[").removesuffix("](")
        self._waiting.append(path)
        return f"{before}{posixpath.relpath(place(path), posixpath.dirname(place(page)))}{anchor}{after}"

    def navigation(self) -> list[dict[str, object]]:
        """The sections of docs/README.md with their pages, and the policies by layer."""
        sections: list[dict[str, object]] = [{"Secure Gateway": "index.md"}, {"All pages": "pages.md"}]
        listed = {"index.md", "pages.md", "policies.md"}
        for heading, body in re.findall(
            r"^## (.*?)\n(.*?)(?=^## |\Z)", self.pages["pages.md"], re.MULTILINE | re.DOTALL
        ):
            targets = list(dict.fromkeys(target for _, target, _, _ in LINK.findall(body) if target in self.pages))
            pages = [target for target in targets if target not in listed]
            listed.update(pages)
            sections.append({heading: [{title(self.pages[each]): each} for each in pages]})
        policies: list[object] = [{"All policies": "policies.md"}]
        for layer, group in groupby(POLICIES, key=lambda policy: policy.layer):
            policies.append({layer: [{each.id: f"policies/{each.id}.md"} for each in group]})
        listed |= {f"policies/{policy.id}.md" for policy in POLICIES}
        rest = sorted(set(self.pages) - listed)
        return [*sections, {"Policies": policies}, {"More": [{title(self.pages[each]): each} for each in rest]}]


def place(path: str) -> str:
    """Where the site has a file of the repository."""
    if path in NAMES:
        return NAMES[path]
    inside = PurePosixPath(path)
    if inside.is_relative_to("docs"):
        return str(inside.relative_to("docs"))
    return f"files/{path}.md" if (ROOT / path).is_dir() else f"files/{path}"


def title(text: str) -> str:
    """The first heading of a page, as plain text."""
    found = re.search(r"^# (.*)$", text, re.MULTILINE)
    return found[1].replace("`", "") if found else ""


def listing(folder: Path) -> str:
    """A page with the programs of a folder."""
    programs = [f"## {path.name}\n\n```python\n{path.read_text('utf-8')}```" for path in sorted(folder.glob("*.py"))]
    return "\n\n".join([f"# Programs of {folder.name}/", *programs]) + "\n"


def index_of_policies() -> str:
    """The page with all policies, by layer."""
    lines = ["# The policies", "", "Critical and high policies are mandatory unless the configuration says otherwise."]
    for layer, group in groupby(POLICIES, key=lambda policy: policy.layer):
        lines += [
            "",
            f"## {layer}",
            "",
            _about(layer, "layers"),
            "",
            "| policy | severity | promise |",
            "| --- | --- | --- |",
        ]
        lines += [f"| [`{each.id}`](policies/{each.id}.md) | {each.severity.value} | {each.title} |" for each in group]
    return "\n".join(lines) + "\n"


def _about(layer: str, layers: str) -> str:
    return OTHER_GROUPS.get(layer, f"How `SecureGateway` implements this layer: [{layer}]({layers}/{layer}.md).")


def page_of(policy: Policy) -> str:
    """The page of one policy: why it exists, how to fix a violation, its settings, and how to waive it."""
    lines = [
        f"# `{policy.id}`",
        "",
        f"**{policy.title}**",
        "",
        "| layer | severity | since |",
        "| --- | --- | --- |",
        f"| {policy.layer} | {policy.severity.value} | {policy.since} |",
        "",
        "## Why",
        "",
        policy.rationale,
        "",
        _about(policy.layer, "../layers"),
        "",
        "## Fix",
        "",
        spelled(policy.fix, None),
        "",
    ]
    for language, snippet in snippets.of(policy.id).items():
        if language == snippets.CONFIG:
            lines += ["In the configuration of the pack:", "", "```json", snippet, "```", ""]
        else:
            indented = "\n".join(f"    {line}".rstrip() for line in snippet.splitlines())
            lines += [f'=== "{TABS[language]}"', "", f"    ```{language}", indented, "    ```", ""]
    if policy.config:
        lines += ["## Settings", "", "| setting | default | meaning |", "| --- | --- | --- |"]
        lines += [
            f"| `{name}` | `{json.dumps(schema.get('default'))}` | {schema.get('description', '')} |"
            for name, schema in sorted(policy.config.items())
        ]
        lines += [""]
    lines += [
        "## Waive it",
        "",
        "A waiver in the configuration of the pack names the resource and the reason. If the resource can have several",
        "findings, `only` names the subjects that it is for. [More about waivers](../policy-pack.md#waivers).",
        "",
        "```json",
        json.dumps(waiver_of(policy), indent=2),
        "```",
        "",
        "## References",
        "",
        *(f"- {f'<{each}>' if each.startswith('https://') else f'`{each}`'}" for each in policy.references),
    ]
    return "\n".join(lines) + "\n"


def waiver_of(policy: Policy) -> dict[str, object]:
    """A configuration that waives one resource."""
    waiver = {
        "urn": "*::orders",
        "only": ["the subject of the finding"],
        "reason": "why this is acceptable",
        "owner": "platform team",
        "until": "2027-03-31",
    }
    return {policy.id: {"waivers": [waiver]}}


def main() -> int:
    """Write the pages and the configuration, in the format of MkDocs. Returns the exit code."""
    folder, site = Path(sys.argv[1]), Site()
    contents = {name: text.encode() for name, text in site.pages.items()}
    contents |= {name: path.read_bytes() for name, path in site.files.items()}
    for name, content in contents.items():
        target = folder / "pages" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    navigation = yaml.safe_dump({"nav": site.navigation()}, sort_keys=False, allow_unicode=True)
    (folder / "mkdocs.yml").write_text(CONFIG + navigation, encoding="utf-8")
    print(f"{len(site.pages)} pages, {len(site.files)} files: {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
