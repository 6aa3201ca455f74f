"""Writes `docs/proof.md`: what the mutation proof found."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from equivalent import KINDS, Explanation

_ENDS: Final = ("caught", "by another", "undecided")
_HEAD: Final = """# The mutation proof

Written by `make mutants`.

A report without violations is worth as much as what the policy pack notices. So compliant gateways are broken, one
thing at a time, in everything that the pack reads and in every systematic way: each property is dropped, weakened or
made unknown at every depth; each reference is changed to something external, or to another resource of its type; each
property is exchanged with that of a similar resource; each resource is removed. The gateways are the stacks of this
repository at their first preview, one as deployed, and others written by hand, for pulumi-aws and aws-native. A value
that is made a secret must be evaluated as before; a test of its own shows that (`tests/proof/test_secrets.py`).

A mutant is *caught* if a policy of the layer that owns the change is violated, *by another* if only a policy of another
layer is, *undecided* if the pack reports that it cannot decide. A mutant that the pack does not report must be
explained; if it is not, it is *missed*. Where a machine can check a reason, it does: what is required, by the
provider's own classes; which words and numbers exist, by AWS's own models; a default, by comparing the facts that
policies read.

The run fails for a mutant that is missed or caught by another layer only; for an unknown value that is a violation,
which would be a false alarm; for a reason that a machine refutes; and for an explanation that matches no mutant, or one
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
