"""What other processes print: shown on our standard error, and the last lines of it stored, for messages."""

import re
import sys
from collections import deque
from typing import IO, Final

SHOWN: Final = 30
"""How many of the last lines are stored."""
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")


def show(stream: IO[str], last: deque[str]) -> None:
    """Copy a stream to standard error until it ends, and store its last lines without colours. Then close it."""
    with stream:
        for line in stream:
            sys.stderr.write(line)
            last.append(_COLOURS.sub("", line).rstrip())
