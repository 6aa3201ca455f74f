"""Writes Pulumi projects to disk, for what runs or reads them."""

import textwrap
from collections.abc import Mapping
from pathlib import Path

MANIFEST = "name: shop\nruntime: python\n"
AWS = """
    import pulumi

    class Made(pulumi.CustomResource):
        # Any AWS resource by its token, without the cost of importing pulumi_aws.
        def __init__(self, token, name, props=None, opts=None):
            super().__init__(f"aws:{token}", name, {"arn": None, **(props or {})}, opts)
"""


def write(folder: Path, program: str, *, manifest: str = MANIFEST, files: Mapping[str, str] | None = None) -> Path:
    """A project whose program may use `Made(token, name, props, opts)`; more files by their paths."""
    texts = {
        "Pulumi.yaml": textwrap.dedent(manifest),
        "__main__.py": textwrap.dedent(AWS) + textwrap.dedent(program),
        **{name: textwrap.dedent(text) for name, text in (files or {}).items()},
    }
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder
