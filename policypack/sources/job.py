"""What is needed to run a program for one stack, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .invokes import FunctionResult


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A program and the stack that it runs for. All values are JSON, since a job is sent to another process."""

    project: str
    stack: str
    organization: str
    root: str
    """The folder that contains Pulumi.yaml."""
    directory: str
    """The folder in which the program runs."""
    entry: str
    """The program as the language host receives it: `.` for a folder, else the file's name."""
    region: str
    """The configured region of AWS; empty if there is none."""
    config: Mapping[str, str]
    """The configuration by full key (`project:name`), as in project.StackConfig."""
    secret_keys: Sequence[str]
    """The keys of secure values."""
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The options of the runtime in Pulumi.yaml."""
    function_results: Sequence[FunctionResult] = ()
    packages: Mapping[str, str] = field(default_factory=dict[str, str])
    """The paths of local packages, by their names."""
