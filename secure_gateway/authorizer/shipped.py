"""What the function's archive has of this package, and the hash by which an archive is known."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
LOCK = _PACKAGE / "authorizer/requirements.lock"
CONFIG = "secure_gateway/authorizer/config.json"
"""Where the function finds its configuration, if it is too long for the environment."""

_FORMAT = b"1"
_LOCAL = frozenset({"__main__.py", "asked.py", "explain.py", "shipped.py"})
"""What explains decisions on the user's machine does not run in Lambda."""


def files(config: str = "") -> Iterator[tuple[str, bytes]]:
    """Our own code, and the configuration if it is bundled with it."""
    own = [
        _PACKAGE / "__init__.py",
        _PACKAGE / "authorizer_responses.py",
        *sorted((_PACKAGE / "authorizer").glob("*.py")),
    ]
    for file in own:
        if file.parent == _PACKAGE or file.name not in _LOCAL:
            # A checkout may have other line ends.
            content = file.read_bytes().replace(b"\r\n", b"\n")
            yield f"secure_gateway/{file.relative_to(_PACKAGE).as_posix()}", content
    if config:
        yield CONFIG, config.encode()


def digest(runtime: str, architecture: str, config: str = "") -> str:
    """A hash of everything that an archive is made of; `config` is the bundled configuration."""
    own = [part for name, content in files(config) for part in (name.encode(), content)]
    parts = [_FORMAT, runtime.encode(), architecture.encode(), LOCK.read_bytes(), *own]
    return sha256(b"".join(sha256(each).digest() for each in parts)).hexdigest()
