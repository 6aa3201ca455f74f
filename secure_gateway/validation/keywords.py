"""Args of a component that are given as one object or as keywords."""

from collections.abc import Mapping
from typing import TypeVar

import pulumi

from .problems import Problems, listing

A = TypeVar("A", bound=Mapping[str, object])


def args_given(name: str, args: A, options: A) -> A:
    """The args, whichever way they are given; `ArgsError` if they are given in both ways."""
    problems = Problems()
    if isinstance(args, pulumi.ResourceOptions):
        problems.add("args", "expected an object, got resource options: give them by name (`opts=`)")
    elif args and options:
        problems.add("args", f"cannot be combined with {listing(options)} as keywords: give all options in one way")
    problems.raise_any(f"SecureGateway {name!r}")
    return options or args
