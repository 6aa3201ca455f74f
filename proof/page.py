"""Writes what the mutation proof found, for people."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from equivalent import KINDS, Explanation

_ENDS: Final = ("caught", "by another", "undecided")
_HEAD: Final = """# The mutation proof

Written by `make mutants`.

The policy pack's silence must be worth something. So compliant gateways are broken, one thing at a time, everything
that the pack reads, in every systematic way: each property dropped, weakened, made unknown at every depth; each
reference led elsewhere, or to another resource of its type; each property exchanged with a like resource's; each
resource removed. The gateways are the stacks of this repository at their first preview, one as deployed, and others
written by hand, for pulumi-aws and aws-native. What is made a secret must be judged as it was; a test of its own shows
that (`tests/proof/test_secrets.py`).

A mutant is *caught* if a rule of the layer that owns the thing is violated, *by another* if only a rule of another
layer is, *undecided* if the pack says that it cannot tell. What the pack says nothing about must be explained; *missed*
is what is not. Where a machine can check a reason it does: what is required, by the provider's own classes;
which words and numbers there are, by AWS's own models; a default, by the rules being told the same.

The run fails for a mutant that is missed, or caught by another layer only; for one made unknown that is a violation,
which would be a false alarm; for a reason that a machine refutes; and for an explanation that fits nothing, or a mutant
that is caught.
"""


def table(tally: Mapping[str, Counter[str]]) -> str:
    """The tally, base by base."""
    columns = (*_ENDS, *KINDS, "missed")
    rows: list[tuple[str, ...]] = [("gateway", "mutants", *columns)]
    for name, counts in [*tally.items(), ("all", sum(tally.values(), Counter[str]()))]:
        rows.append((name, f"{counts.total():,}", *(f"{counts[each]:,}" for each in columns)))
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [_line(row, widths) for row in rows]
    ruler = "|".join(["-" * (widths[0] + 2), *(f"{'-' * (width + 1)}:" for width in widths[1:])])
    return "\n".join([lines[0], f"|{ruler}|", *lines[1:]])


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
    return f"| {' | '.join(cells)} |"


def whole(tally: Mapping[str, Counter[str]], used: Mapping[Explanation, Counter[str]]) -> str:
    """The page: the tally, and every explanation with what it explains."""
    parts = [_HEAD, table(tally), "", "## What is not noticed, and why", ""]
    for kind, meaning in KINDS.items():
        parts += [f"### {kind}: {meaning}", ""]
        reasons: dict[str, list[tuple[str, int]]] = {}
        for each, kinds in used.items():
            if each.kind == kind:
                reasons.setdefault(each.why, []).append((each.pattern, kinds.total()))
        for why, patterns in sorted(reasons.items(), key=lambda pair: -sum(count for _, count in pair[1])):
            parts += [f"{why} ({sum(count for _, count in patterns):,}):", ""]
            parts += [f"- {count:,}: `{pattern}`" for pattern, count in sorted(patterns)]
            parts.append("")
    return "\n".join(parts)
