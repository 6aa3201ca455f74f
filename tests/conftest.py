"""What a run did not prove is said where nobody overlooks it.

This stands here, not in `tests/engine`: a parallel run's controller, which writes the summary, collects no tests and so
reads no conftest below this one.
"""

ABSENT = "no `pulumi` on PATH"


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(isinstance(each.longrepr, tuple) and ABSENT in each.longrepr[2] for each in skipped)
    if count:
        terminalreporter.write_sep("!", f"ENGINE TESTS NOT RUN: {count} ({ABSENT})", red=True, bold=True)
