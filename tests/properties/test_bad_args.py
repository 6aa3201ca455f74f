"""Whatever is wrong with args, in whatever place: an `ArgsError` says where, and nothing is registered.

What is not wrong after all becomes a gateway. At a first preview, so that Outputs are unknown.
"""

from typing import Any

import pytest
import valid_args
from damaged import SECRET, damaged
from hypothesis import given
from profiles import some

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import Deployed, deploy


def attempt(args: Any) -> Deployed:
    """A run whose result is the refusal, None where there was none."""

    def program() -> ArgsError | None:
        try:
            SecureGateway("api", valid_args.real(args, known=False))
        except ArgsError as error:
            return error
        return None

    return deploy(program, preview=True)


@some
@given(damaged(valid_args.gateways(), times=3))
def test_bad_args_are_refused_as_a_whole_with_every_place(args):
    deployed = attempt(args)
    made = [each.urn for each in deployed.resources if each.type != "test:index:Origin"]

    if deployed.result is None:
        assert made
        return
    assert made == []
    assert deployed.result.problems
    assert all(each.path and each.message for each in deployed.result.problems)
    assert SECRET not in str(deployed.result)
    str(deployed.result).encode()
    assert len(str(deployed.result)) < 100_000
    assert str(deployed.result).isprintable() or "\n  " in str(deployed.result)


@pytest.mark.parametrize("args", [None, 7, "text", [], {}, {None: None}, valid_args.Later("args")])
def test_what_is_no_args_at_all_is_refused(args):
    assert isinstance(attempt(args).result, ArgsError)
