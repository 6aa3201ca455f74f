"""The static site: every page is in it, no link leaves it, and its pages about policies hold."""

import json
import re
from collections import Counter

import pictures
import pytest
import site_pages

from policypack.configuration import config
from policypack.layers import POLICIES

SITE = site_pages.Site()


def targets(navigation):
    for each in navigation:
        for value in each.values():
            yield from [value] if isinstance(value, str) else targets(value)


def test_the_navigation_has_every_page_once():
    assert Counter(targets(SITE.navigation())) == Counter(list(SITE.pages))


@pytest.mark.parametrize("name", sorted(SITE.pages))
def test_no_link_leaves_the_site(name):
    """Links to headings are for `make site`, which makes their anchors."""
    folder = name.rpartition("/")[0]
    prose = "".join(site_pages.FENCE.split(SITE.pages[name])[::2])
    links = [target for _, target, _, _ in site_pages.LINK.findall(prose) if target and "://" not in target]
    reached = [site_pages.posixpath.normpath(site_pages.posixpath.join(folder, each)) for each in links]

    assert [each for each in reached if each not in SITE.pages and each not in SITE.files] == []


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.id)
def test_the_waiver_on_the_page_of_a_policy_is_accepted(policy):
    page = SITE.pages[f"policies/{policy.id}.md"]
    (shown,) = re.findall(r"^## Waive it$.*?^```json\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)

    assert config.parse(json.loads(shown)).waivers


def test_the_picture_of_the_terminal_shows_what_is_printed(monkeypatch):
    monkeypatch.chdir(site_pages.ROOT)
    monkeypatch.setenv("COLUMNS", str(pictures.COLUMNS))

    assert (site_pages.ROOT / "docs/terminal.svg").read_text("utf-8") == pictures.drawn()
