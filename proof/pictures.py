"""Draws the README's pictures, `terminal.svg` and `report.png`, from what `gateway-policy` writes.

    python proof/pictures.py docs

They show `stacks/recommended.py`, which passes, and the beginning of the report about `stacks/unsafe.py`. Chromium
draws the page; without it, only the picture of the terminal is drawn.
"""

import io
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from policypack import cli

ROOT: Final = Path(__file__).parents[1]
COLUMNS: Final = 100
LINES: Final = {"recommended": 30, "unsafe": 16}
"""How many lines of each report the picture shows."""
FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
font-family: ui-monospace, Menlo, Consolas, monospace; font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
"""As rich's own, but with the fonts of the reader's machine."""


class _Terminal(io.StringIO):
    """Takes what is printed, with colours."""

    def isatty(self) -> bool:
        """It is one, as far as the report can see."""
        return True


def printed(stack: str) -> list[str]:
    """The lines of the report about a stack of `stacks/`, without the version and the date."""
    out = _Terminal()
    with redirect_stdout(out):
        cli.main(["check", "stacks", "--stack", stack])
    return out.getvalue().splitlines()[1:]


def drawn() -> str:
    """The picture, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for stack, count in LINES.items():
        console.print(Text(f"$ gateway-policy check stacks --stack {stack}", style="bold"))
        lines = printed(stack)
        console.print(Text.from_ansi("\n".join(lines[:count])))
        console.print(Text("..." if len(lines) > count else "", style="dim"))
    return console.export_svg(title="Secure Gateway", code_format=FRAME, unique_id="terminal")


def photographed(picture: Path) -> bool:
    """Whether the HTML report could be drawn."""
    browser = shutil.which("chromium")
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        stacks = [argument for stack in LINES for argument in ("--stack", stack)]
        cli.main(["check", "stacks", *stacks, "--format", "html", "--output", str(page)])
        command = [browser, "--headless=new", "--no-sandbox", "--hide-scrollbars", "--window-size=1100,760"]
        subprocess.run([*command, f"--screenshot={picture}", page.as_uri()], check=True, capture_output=True)  # noqa: S603
    return True


def main() -> int:
    """Draw both pictures. Returns the exit code."""
    folder = Path(sys.argv[1]).resolve()
    os.chdir(ROOT)
    os.environ["COLUMNS"] = str(COLUMNS)
    (folder / "terminal.svg").write_text(drawn(), encoding="utf-8")
    return 0 if photographed(folder / "report.png") else 1


if __name__ == "__main__":
    sys.exit(main())
