"""The posture says when the stack was last compared with AWS, if a file of `gateway-policy verify` is given."""

import json

import pytest

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import deploy, value

ARGS = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "default_integration": {"url": "https://backend.example.com"},
    "network": {"waived": "partners call from everywhere"},
}
AT = "2026-11-27T21:30:00Z"


def posture(**args):
    deployed = deploy(lambda: SecureGateway("orders", {**ARGS, **args}), project="shop", stack="live")
    return value(deployed.result.posture)


def record(folder, differences=0, undecided=0, stack="shop/live", **more):
    file = folder / "verified.json"
    result = {"at": AT, "differences": differences, "undecided": undecided}
    file.write_text(json.dumps({"version": 1, "stacks": {stack: result}, **more}))
    return str(file)


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({}, f"compared with AWS at {AT}: no difference"),
        ({"differences": 1}, f"compared with AWS at {AT}: 1 difference"),
        ({"differences": 2, "undecided": 3}, f"compared with AWS at {AT}: 2 differences, 3 undecided"),
        ({"stack": "shop/test"}, "never compared with AWS"),
        ({"stack": "other/live"}, "never compared with AWS"),
    ],
)
def test_the_posture_has_the_result_for_the_own_stack(tmp_path, result, line):
    assert posture(verification_file=record(tmp_path, **result))["verified"] == {"enforced": [line], "waived": ""}


def test_without_a_file_the_posture_says_nothing(tmp_path):
    assert "verified" not in posture()
    missing = posture(verification_file=str(tmp_path / "later.json"))
    assert missing["verified"]["enforced"] == ["never compared with AWS"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"version": 2, "stacks": {}}', '{"version": 1, "stacks": []}', "\xff"]
)
def test_another_file_is_rejected(tmp_path, text):
    file = tmp_path / "other.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(
        ArgsError, match=r"verification_file: .* is no file that `gateway-policy verify --record` wrote"
    ):
        posture(verification_file=str(file))
    with pytest.raises(ArgsError, match="verification_file"):
        posture(verification_file=str(tmp_path))
