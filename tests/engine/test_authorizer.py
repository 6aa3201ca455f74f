"""The built-in authorizer as a real deployment makes it: what was uploaded decides, under the runtime's own Python.

The local AWS runs no functions, so its stored archive is unpacked and run by a Python of the function's version.
"""

import io
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import oidc_issuer
import pytest
from gateway_events import rest

import lab
from secure_gateway.authorizer import stores

pytestmark = pytest.mark.engine

VERSION = "3.12"
PROBE = """
import json, os, sys
assert "pulumi" not in sys.modules
given = json.load(sys.stdin)
os.environ["SECURE_GATEWAY_AUTHORIZER"] = given["configuration"]
from secure_gateway.authorizer import handler
from secure_gateway.authorizer.config import read
from secure_gateway.authorizer.decide import Authorizer
import cryptography, joserfc
own = os.getcwd()
assert all(each.__file__.startswith(own) for each in (handler, cryptography, joserfc))
shipped = handler.handler
asked = handler.make(Authorizer(read(given["local"], loopback=True), loopback=True))
answers = []
for call, event in [(shipped, given["events"][0]), *((asked, event) for event in given["events"])]:
    try:
        answers.append(call(event, None))
    except Exception as error:
        answers.append(str(error))
print(json.dumps(answers))
"""


def runtime():
    """The Python of the function's runtime, on this machine."""
    ours = ".".join(platform.python_version_tuple()[:2]) == VERSION
    found = [sys.executable] if ours else [shutil.which(f"python{VERSION}")]
    found += sorted(map(str, Path.home().glob(f".pyenv/versions/{VERSION}.*/bin/python")))
    for each in filter(None, found):
        done = subprocess.run([each, "-V"], capture_output=True, text=True, check=False)
        if f"Python {VERSION}." in done.stdout:
            return each
    pytest.skip(f"no Python {VERSION}")
    return ""


def stored(cloud, name):
    """The function as AWS has it, and its archive."""
    configuration = cloud.client("lambda").get_function(FunctionName=name)["Configuration"]
    return configuration, cloud.archive(name)


def test_stores_are_read_with_the_sdk_of_the_runtime(cloud, monkeypatch):
    for name, value in (*lab.NO_ACCOUNT.items(), ("AWS_ENDPOINT_URL", cloud.endpoint)):
        monkeypatch.setenv(name, value)
    secret = cloud.client("secretsmanager").create_secret(Name="keys", SecretString='{"keys": {}}')["ARN"]
    for name in ("/cdn/secret", "plain"):
        cloud.client("ssm").put_parameter(Name=name, Value=name, Type="SecureString")
    account = "arn:aws:ssm:us-east-1:123456789012"

    assert stores.load(secret) == '{"keys": {}}'
    assert stores.load(f"{account}:parameter/cdn/secret") == "/cdn/secret"
    assert stores.load(f"{account}:parameter/plain") == "plain"
    with pytest.raises(Exception, match="ParameterNotFound"):
        stores.load(f"{account}:parameter/other")


@pytest.mark.skipif(platform.machine() != "x86_64" or platform.system() != "Linux", reason="the archive is for x86_64")
def test_what_is_uploaded_decides(project, cloud, tmp_path, monkeypatch):
    python = runtime()
    monkeypatch.setenv("SECURE_GATEWAY_CACHE", str(tmp_path / "cache"))
    made = project("authorizer")
    made.environment["SECURE_GATEWAY_CACHE"] = str(tmp_path / "cache")
    made.run("config", "set", "architecture", "x86_64")
    made.up()
    made.unchanged()

    configuration, code = stored(cloud, "shop-callers-authorizer")
    (built,) = (tmp_path / "cache").glob("authorizer-*.zip")
    assert configuration["Runtime"] == f"python{VERSION}"
    assert configuration["Architectures"] == ["x86_64"]
    assert configuration["TracingConfig"]["Mode"] == "Active"
    assert "kms" in configuration["KMSKeyArn"]
    assert sha256(code).digest() == sha256(built.read_bytes()).digest()

    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        archive.extractall(tmp_path / "task")
    shipped = configuration["Environment"]["Variables"]["SECURE_GATEWAY_AUTHORIZER"]
    with oidc_issuer.running() as issuer:
        local = json.loads(shipped)
        local["validators"]["people"]["jwt"]["issuers"] = [{"issuer": issuer.url, "audiences": ["orders-api"]}]
        headers = [
            {"Authorization": f"Bearer {issuer.token()}"},
            {"Authorization": f"Bearer {issuer.token(aud='other')}"},
            {"Authorization": f"Bearer {issuer.token(scope='none')}"},
        ]
        given = {"configuration": shipped, "local": json.dumps(local), "events": [rest(each) for each in headers]}
        done = subprocess.run(
            [python, "-I", "-c", f"import sys; sys.path.insert(0, '.')\n{PROBE}"],
            cwd=tmp_path / "task",
            input=json.dumps(given),
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    unknown, allowed, wrong, scopeless = json.loads(done.stdout.splitlines()[-1])
    assert unknown == "Unauthorized"
    assert allowed["principalId"] == f"people|{issuer.url}||ada"
    assert allowed["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert wrong == "Unauthorized"
    assert scopeless["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    made.destroy()
