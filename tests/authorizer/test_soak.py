"""What `make soak` does for an hour, with simulated time."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks/soak_authorizer.py"


def test_nobody_is_allowed_after_a_withdrawal_and_nobody_is_denied_while_all_is_well():
    command = [sys.executable, str(SCRIPT), "--simulated-hours", "2.5"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    figures = json.loads(done.stdout)

    assert (done.returncode, figures["first_wrong"]) == (0, []), done.stderr
    assert figures["checked"] > 20_000
