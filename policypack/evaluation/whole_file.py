"""Files that appear once they are complete."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def whole_file(file: Path) -> Generator[TextIO]:
    """A file to write to, which replaces the former one at the end.

    So a run that is killed leaves nothing that looks complete. Raises OSError.
    """
    if file.exists() and not file.is_file():  # such as /dev/stdout
        with file.open("w", encoding="utf-8") as out:
            yield out
        return
    target = file.resolve()
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with unfinished.open("w", encoding="utf-8") as out:
            yield out
        unfinished.replace(target)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
