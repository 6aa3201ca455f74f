"""Secrets of a state are decrypted with the passphrase of its stack, and stay encrypted without it."""

import base64
import hashlib
import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from policypack.graph.values import SECRET, SIGNATURE, UNKNOWN
from policypack.sources import backend, sealed
from policypack.sources.source import SourceError

PHRASE = "correct horse battery staple"
API = "aws:apigateway/restApi:RestApi"
URN = f"urn:pulumi:prod::shop::{API}::api"


def encrypted(text: str, cipher: AESGCM) -> str:
    nonce = os.urandom(12)
    parts = (nonce, cipher.encrypt(nonce, text.encode(), None))
    return ":".join(["v1", *(base64.b64encode(each).decode() for each in parts)])


def write(root: Path, provider: str = "passphrase", version: str = "v1") -> None:
    salt = os.urandom(8)
    cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", PHRASE.encode(), salt, sealed.ROUNDS, dklen=32))
    inputs = {
        "name": {SIGNATURE: SECRET, "ciphertext": encrypted(json.dumps("hush-hush"), cipher)},
        "tags": [{"nested": {SIGNATURE: SECRET, "ciphertext": encrypted(json.dumps({"a": [1]}), cipher)}}],
    }
    latest = {
        "secrets_providers": {
            "type": provider,
            "state": {"salt": f"{version}:{base64.b64encode(salt).decode()}:{encrypted('pulumi', cipher)}"},
        },
        "resources": [{"urn": URN, "type": API, "custom": True, "id": "abc", "inputs": inputs}],
    }
    file = root / ".pulumi/stacks/shop/prod.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"version": 3, "checkpoint": {"latest": latest}}))


def loaded(root: Path):
    (stack,) = backend.stacks(f"file://{root}")
    return backend.load(stack)


@pytest.fixture(autouse=True)
def _without_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "ROUNDS", 1000)
    for name in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        monkeypatch.delenv(name, raising=False)
    sealed._decrypt.cache_clear()


def test_without_a_passphrase_secrets_are_unknown(tmp_path: Path) -> None:
    write(tmp_path)

    source = loaded(tmp_path)
    assert source.resources[0].inputs["name"] is UNKNOWN
    assert source.notes == ()


@pytest.mark.parametrize("name", ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"])
def test_the_passphrase_decrypts_them_and_they_stay_secrets(tmp_path: Path, monkeypatch, name: str) -> None:
    write(tmp_path)
    (tmp_path / "phrase").write_text(f"{PHRASE}\n")
    monkeypatch.setenv(name, str(tmp_path / "phrase") if name.endswith("FILE") else PHRASE)

    source = loaded(tmp_path)
    assert source.resources[0].inputs["name"] == "hush-hush"
    assert source.resources[0].inputs["tags"] == [{"nested": {"a": [1]}}]
    assert "hush-hush" in source.resources[0].secrets
    assert source.notes == ()


def test_another_passphrase_is_a_note_and_no_error(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")

    source = loaded(tmp_path)
    assert source.resources[0].inputs["name"] is UNKNOWN
    assert source.notes == ("its secrets stay encrypted: the passphrase is that of another stack",)


def test_another_provider_or_version_stays_encrypted(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PHRASE)
    write(tmp_path / "cloud", provider="cloud")
    write(tmp_path / "later", version="v2")
    write(tmp_path / "damaged", version="v1:%%%")

    found = [loaded(tmp_path / each) for each in ("cloud", "later", "damaged")]
    assert [each.resources[0].inputs["name"] for each in found] == [UNKNOWN] * 3
    assert [len(each.notes) for each in found] == [0, 1, 1]
    assert "in a way that this version does not know" in loaded(tmp_path / "later").notes[0]


def test_what_decrypts_is_an_extra(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PHRASE)
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)

    assert "pip install 'gateway-policy[passphrase]'" in loaded(tmp_path).notes[0]


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, monkeypatch) -> None:
    write(tmp_path)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE_FILE", str(tmp_path / "none"))

    with pytest.raises(SourceError, match="PULUMI_CONFIG_PASSPHRASE_FILE cannot be read"):
        loaded(tmp_path)
