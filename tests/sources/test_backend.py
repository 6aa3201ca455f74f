"""Reading self-managed backends; the layouts and forms are those that Pulumi's CLI writes."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest

from policypack.sources import backend, storage, target
from policypack.sources.source import SourceError

API = "aws:apigateway/restApi:RestApi"


def resources(project: str = "shop", stack: str = "prod", **inputs) -> list:
    urn = f"urn:pulumi:{stack}::{project}::{API}::api"
    return [{"urn": urn, "type": API, "custom": True, "id": "abc", "inputs": {"name": "shop", **inputs}}]


def checkpoint(states: list, version: int = 3, **latest) -> str:
    deployment = {"manifest": {}, "resources": states, **latest}
    return json.dumps({"version": version, "checkpoint": {"stack": "organization/shop/prod", "latest": deployment}})


def write(root: Path, path: str, content: str | bytes) -> Path:
    file = root / ".pulumi" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def loaded(root: Path, *patterns: str) -> list:
    """The stacks of a backend; the message for one that cannot be read."""
    found = []
    for each in backend.stacks(f"file://{root}", patterns):
        try:
            found.append(backend.load(each, patterns))
        except SourceError as error:
            found.append(str(error))
    return found


ZSTANDARD = "json.zst"
FORMS = {
    "checkpoint": ("json", checkpoint(resources())),
    "checkpoint of version 4": ("json", checkpoint(resources(), version=4)),
    "checkpoint without a version": (
        "json",
        json.dumps({"stack": "prod", "latest": {"manifest": {}, "resources": resources()}}),
    ),
    "export": ("json", json.dumps({"version": 3, "deployment": {"resources": resources()}})),
    "gzip": ("json.gz", gzip.compress(checkpoint(resources()).encode())),
    "gzip in two members": (
        "json.gz",
        gzip.compress(checkpoint(resources())[:20].encode()) + gzip.compress(checkpoint(resources())[20:].encode()),
    ),
    "gzip under another name": ("json", gzip.compress(checkpoint(resources()).encode())),
    "not compressed under another name": ("json.gz", checkpoint(resources())),
    "byte order mark": ("json", b"\xef\xbb\xbf" + checkpoint(resources()).encode()),
}


@pytest.mark.parametrize("layout", ["stacks/shop/prod", "stacks/prod"])
@pytest.mark.parametrize(("extension", "content"), FORMS.values(), ids=FORMS)
def test_reads_both_layouts_in_every_form(tmp_path: Path, layout: str, extension: str, content) -> None:
    file = write(tmp_path, f"{layout}.{extension}", content)

    (source,) = loaded(tmp_path)

    assert (source.project, source.stack, source.target) == ("shop", "prod", f"file://{file}")
    assert [each.inputs["name"] for each in source.resources] == ["shop"]


def test_a_checkpoint_is_a_target_of_its_own(tmp_path: Path) -> None:
    assert target.load(str(write(tmp_path, "stacks/shop/prod.json", checkpoint(resources())))).stack == "prod"


def test_other_files_are_not_stacks(tmp_path: Path) -> None:
    write(tmp_path, "meta.yaml", "version: 1\n")
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    for path in (
        "stacks/shop/prod.json.bak",
        "stacks/shop/prod.json.gz.bak",
        "stacks/shop/prod.json.1700000000",
        "stacks/shop/prod.pulumi-tags",
        "stacks/shop/deep/prod.json",
        "stacks/shop/not a name.json",
        "stacks/shop/.json",
        "stacks/README.md",
        "history/shop/prod/prod-1.checkpoint.json",
        "backups/shop/prod/prod.1.json",
    ):
        write(tmp_path, path, '{"version": 1, "tags": {}}')
    (tmp_path / ".pulumi/stacks/shop/folder.json").mkdir()
    (tmp_path / ".pulumi/stacks/loop").symlink_to(".")

    assert [each.stack for each in loaded(tmp_path)] == ["prod"]


def test_what_has_the_name_of_a_state_but_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    folder = write(tmp_path, "stacks/shop/a.json", checkpoint(resources(stack="a"))).parent
    (folder / "broken.json").symlink_to("nowhere")
    (folder / "circle.json").symlink_to("circle.json")
    os.mkfifo(folder / "pipe.json")

    good, *bad = loaded(tmp_path)

    assert good.stack == "a"
    assert [Path(each.partition(" ")[0]).name for each in bad] == ["broken.json", "circle.json", "pipe.json"]
    assert "cannot be read: it is not a file" in bad[2]


def test_a_folder_behind_a_link_is_read_and_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    write(tmp_path, "elsewhere/prod.json", checkpoint(resources("web")))
    (tmp_path / ".pulumi/stacks/web").symlink_to("../elsewhere")
    (tmp_path / ".pulumi/stacks/alias").symlink_to("shop")
    (tmp_path / ".pulumi/stacks/web/circle").symlink_to("..")

    assert [each.project for each in loaded(tmp_path)] == ["shop", "web"]


def test_a_folder_that_cannot_be_listed_is_an_error_whatever_the_patterns(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    write(tmp_path, "stacks/web/prod.json", checkpoint(resources("web")))
    listed = os.scandir

    def scandir(path: Path):
        if Path(path).name == "web":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(storage.os, "scandir", scandir)
    good, bad = loaded(tmp_path, "shop/*")

    assert good.project == "shop"
    assert bad == f"file://{tmp_path}/.pulumi/stacks/web cannot be listed: Permission denied"


def test_of_several_files_of_a_stack_the_latest_counts(tmp_path: Path) -> None:
    for number, extension in enumerate(("json.gz", "json")):
        content = checkpoint(resources(description=extension)).encode()
        file = write(tmp_path, f"stacks/shop/prod.{extension}", content if number else gzip.compress(content))
        os.utime(file, (number, number))
    assert [each.resources[0].inputs["description"] for each in loaded(tmp_path)] == ["json"]

    os.utime(tmp_path / ".pulumi/stacks/shop/prod.json.gz", (5, 5))
    assert [each.resources[0].inputs["description"] for each in loaded(tmp_path)] == ["json.gz"]


def test_chooses_stacks_by_project_and_name(tmp_path: Path) -> None:
    for project, stack in (("shop", "dev"), ("shop", "prod"), ("web", "prod")):
        write(tmp_path, f"stacks/{project}/{stack}.json", checkpoint(resources(project, stack)))
    write(tmp_path, "stacks/old.json", checkpoint(resources("shop", "old")))

    def chosen(*patterns: str) -> list[str]:
        return [f"{each.project}/{each.stack}" for each in loaded(tmp_path, *patterns) if each]

    assert chosen("shop/*") == ["shop/old", "shop/dev", "shop/prod"]
    assert chosen("*/prod") == ["shop/prod", "web/prod"]
    assert chosen("web/*", "shop/dev") == ["shop/dev", "web/prod"]
    assert len(chosen()) == 4


def test_reports_what_matches_nothing(tmp_path: Path) -> None:
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))

    with pytest.raises(SourceError, match=r"no stack of .* matches shops/.; its stacks are shop/prod"):
        backend.stacks(f"file://{tmp_path}", ("shops/*",))
    with pytest.raises(SourceError, match="has no stacks"):
        backend.stacks(f"file://{tmp_path / '.pulumi'}")


def test_reads_the_tags_of_a_stack(tmp_path: Path) -> None:
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    tags = write(tmp_path, "stacks/shop/prod.pulumi-tags", '{"version": 1, "tags": {"tier": "edge"}}')
    assert loaded(tmp_path)[0].tags == {"tier": "edge"}

    for damaged in ('{"version": 2, "tags": {}}', '{"version": 1, "tags": {"a": 1}}', "{", "[" * 100_000, "[]"):
        tags.write_text(damaged)
        assert "is not a file of stack tags" in loaded(tmp_path)[0]


def test_reports_updates_that_have_not_ended(tmp_path: Path) -> None:
    urn = resources()[0]["urn"]
    pending = [{"resource": {"urn": urn}, "type": "creating"}]
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources(), pending_operations=pending))
    write(tmp_path, "stacks/shop/dev.json", checkpoint(resources(stack="dev")))
    write(tmp_path, "stacks/shop/qa.json", checkpoint(resources(stack="qa")))
    write(tmp_path, "locks/organization/shop/dev/1.json", "{}")
    write(tmp_path, "journal/shop/qa/manifest.json", "{}")

    updating = "an update of the stack is in progress, or was interrupted"
    assert {each.stack: each.notes for each in loaded(tmp_path)} == {
        "dev": (updating,),
        "prod": (f"an interrupted update left operations whose result is not known: creating {urn}",),
        "qa": (updating,),
    }


@pytest.mark.parametrize("latest", [None, {}, {"manifest": {}}, {"resources": None}, {"resources": []}])
def test_an_empty_stack_is_one_without_resources(tmp_path: Path, latest) -> None:
    write(tmp_path, "stacks/shop/prod.json", json.dumps({"version": 3, "checkpoint": {"latest": latest}}))

    (source,) = loaded(tmp_path)
    assert (source.project, source.stack, source.size) == ("shop", "prod", 0)
    assert source.notes == ("the stack is empty: nothing is deployed",)


HOSTILE = {
    "empty": (b"", "is not JSON"),
    "no text": (b"\xc3\x28", "is not JSON"),
    "broken": (checkpoint(resources())[:-9].encode(), "is not JSON"),
    "deep": (b"[" * 100_000, "nested more deeply"),
    "deep properties": (
        checkpoint(resources(x=0)).replace(": 0", ": " + "[" * 3_000 + "]" * 3_000).encode(),
        "nested more",
    ),
    "a huge number": (checkpoint(resources(x=0)).replace(": 0", ": " + "9" * 5000).encode(), "is not JSON"),
    "not a number": (checkpoint(resources(x=0)).replace(": 0", ": NaN").encode(), "NaN is not a number in JSON"),
    "infinity": (checkpoint(resources(x=0)).replace(": 0", ": -Infinity").encode(), "-Infinity is not a number"),
    "resources twice": (
        checkpoint(resources()).replace('"resources"', '"resources": [], "resources"').encode(),
        "'resources' is a duplicate key",
    ),
    "an input twice": (
        checkpoint(resources(x=0)).replace('"x"', '"name": "other", "x"').encode(),
        "'name' is a duplicate key",
    ),
    "a later version": (checkpoint(resources(), version=5).encode(), "version 5, and this pack reads up to 4"),
    "a later version of another shape": (
        b'{"version": 5, "checkpoint": {"snapshot": {"resources": [{}]}}}',
        "version 5, and this pack reads up to 4",
    ),
    "a later export": (
        json.dumps({"version": 99, "deployment": {"resources": resources()}}).encode(),
        "version 99, and this pack reads up to 4",
    ),
    "list": (b"[]", "is not a state file"),
    "null": (b"null", "is not a state file"),
    "checkpoint is a list": (b'{"version": 3, "checkpoint": []}', "is not a state file"),
    "latest is a list": (b'{"version": 3, "checkpoint": {"latest": [1]}}', "is not a state file"),
    "resources are an object": (b'{"version": 3, "checkpoint": {"latest": {"resources": {"a": 1}}}}', "is not a state"),
    "resources are strings": (b'{"version": 3, "checkpoint": {"latest": {"resources": ["a"]}}}', "is not a state file"),
    "no URN": (checkpoint([{"type": API}]).encode(), "is not a state file"),
    "pending operations": (checkpoint(resources(), pending_operations=[1]).encode(), "is not a state file"),
    "broken gzip": (gzip.compress(b"{}" * 1000)[:-20], "cannot be decompressed"),
    "gzip of nothing": (b"\x1f\x8b", "cannot be decompressed"),
    "another stack": (checkpoint(resources(stack="dev")).encode(), "has resources of another stack"),
    "another stack too": (checkpoint([*resources(), *resources(stack="dev")]).encode(), "has resources of another"),
}


@pytest.mark.parametrize(("content", "message"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_state_costs_one_error(tmp_path: Path, content: bytes, message: str) -> None:
    write(tmp_path, "stacks/shop/prod.json", content)
    write(tmp_path, "stacks/shop/qa.json", checkpoint(resources(stack="qa")))

    bad, good = loaded(tmp_path)

    assert message in bad
    assert "prod.json" in bad
    assert good.stack == "qa"


def test_a_state_has_a_limit_before_and_after_decompression(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "MOST", 1 << 20)
    write(tmp_path, "stacks/shop/dev.json", b" " * (2 << 20))
    write(tmp_path, "stacks/shop/prod.json.gz", gzip.compress(b" " * (64 << 20)))

    assert ["it is larger than 1 MB" in each for each in loaded(tmp_path)] == [True, True]


def test_a_bomb_in_zstandard_costs_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    zstandard = pytest.importorskip("zstandard", reason="no zstandard: pip install s3fs zstandard")
    monkeypatch.setattr(backend, "MOST", 1 << 20)
    write(tmp_path, "stacks/shop/prod.json.zst", zstandard.compress(b" " * (64 << 20)))
    write(tmp_path, "stacks/shop/qa.json.zst", zstandard.compress(checkpoint(resources(stack="qa")).encode()))

    bad, good = loaded(tmp_path)
    assert re.search("it is larger than 1 MB|cannot be decompressed: .*too much memory", bad)
    assert good.stack == "qa"


def test_a_file_that_changes_while_it_is_read_is_one_error_or_whole(tmp_path: Path, monkeypatch) -> None:
    file = write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    (stack,) = backend.stacks(f"file://{tmp_path}")
    for content in (checkpoint(resources(description="x" * 99)), checkpoint(resources())[:-40], ""):
        file.write_text(content)
        try:
            assert backend.load(stack).resources[0].inputs["description"] == "x" * 99
        except SourceError as error:
            assert "is not JSON" in str(error)  # noqa: PT017 - either is right


def test_a_state_that_disappears_or_cannot_be_opened_is_one_error(tmp_path: Path) -> None:
    file = write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))
    (stack,) = backend.stacks(f"file://{tmp_path}")
    file.unlink()

    with pytest.raises(SourceError, match="cannot be read: No such file"):
        backend.load(stack)


@pytest.mark.parametrize("meta", ["version: 2", "versions: 1", "[", "a", "", "version: x"])
def test_another_layout_is_rejected(tmp_path: Path, meta: str) -> None:
    write(tmp_path, "meta.yaml", meta)
    write(tmp_path, "stacks/shop/prod.json", checkpoint(resources()))

    with pytest.raises(SourceError, match=r"layout|damaged"):
        backend.stacks(f"file://{tmp_path}")


URLS = {
    "no scheme": ("/srv/state", "for a folder, write file:///srv/state"),
    "another scheme": ("https://api.pulumi.com", "must begin with file://, s3://, gs://, azblob://"),
    "no folder": ("file:///does/not/exist", "is not a folder"),
    "options": ("ftp://a?password=hush", "ftp://a is not a backend"),
}


@pytest.mark.parametrize(("url", "message"), URLS.values(), ids=URLS)
def test_a_url_must_name_a_backend(url: str, message: str) -> None:
    with pytest.raises(SourceError, match=message) as raised:
        storage.opened(url)
    assert "hush" not in str(raised.value)


def test_a_bucket_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)

    with pytest.raises(SourceError, match=r"pip install 'gateway-policy\[gs\]'"):
        storage.opened("gs://states-of-nobody")
