"""The pack's name, version and description, from the file that Pulumi's engine reads too."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FOLDER: Final = Path(__file__).parent.parent
PACK: Final = "gateway-policy"


@cache
def manifest() -> Mapping[str, Any]:
    """The content of PulumiPolicy.yaml."""
    return yaml.safe_load((FOLDER / "PulumiPolicy.yaml").read_text("utf-8"))


def version() -> str:
    """The pack's version."""
    return str(manifest()["version"])
