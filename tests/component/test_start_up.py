"""What a program that uses the component waits for before its first line."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["pulumi_aws.ec2.vpc_endpoint", "cryptography.x509"])
def test_what_few_gateways_need_and_is_slow_to_import_is_left_to_them(module):
    program = f"import sys; from secure_gateway import SecureGateway; print({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "False\n"
