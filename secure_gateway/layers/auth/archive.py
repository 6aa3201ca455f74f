"""The function's archive: the same inputs give the same bytes, on every machine.

Dependencies come from `authorizer/requirements.lock` as wheels of the function's platform, checked by their hashes.
They are fetched once for each lock and platform into a cache, and the archive is made once for each of its inputs.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pulumi
from pulumi.runtime import mocks, settings

from ...authorizer import shipped
from ...authorizer.shipped import LOCK

_PLATFORMS = {"arm64": "aarch64", "x86_64": "x86_64"}
_INSTALLERS_OWN = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json", "uv_build.json")
"""What installers write of themselves: it differs between them, and nothing reads it in Lambda."""

_EPOCH = (1980, 1, 1, 0, 0, 0)


class PackagingError(pulumi.RunError):
    """The function's archive cannot be made on this machine."""


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What an archive is made of."""

    runtime: str
    architecture: str
    config: str = ""

    @property
    def digest(self) -> str:
        """A hash of all inputs; known without making the archive."""
        return shipped.digest(self.runtime, self.architecture, self.config)

    def code(self) -> pulumi.Archive:
        """The archive where a real engine asks; in tests and offline runs, which deploy nothing, its digest alone."""
        if not _has_engine():
            return self._stand_in()
        try:
            return pulumi.FileArchive(str(self.build()))
        except PackagingError as error:
            if not pulumi.runtime.is_dry_run():
                raise
            pulumi.log.warn(f"the preview shows other code than what is deployed: {error}")
            return self._stand_in()

    def _stand_in(self) -> pulumi.Archive:
        config = {shipped.CONFIG: pulumi.StringAsset(self.config)} if self.config else {}
        return pulumi.AssetArchive({"archive.sha256": pulumi.StringAsset(self.digest), **config})

    def build(self, cache: Path | None = None) -> Path:
        """The archive's file, made if it is not there yet.

        Raises `PackagingError`.
        """
        home = cache or _cache()
        target = home / f"authorizer-{self.digest}.zip"
        if not target.exists():
            try:
                home.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryDirectory(dir=home, prefix=".making-") as folder:
                    made = Path(folder, "archive.zip")
                    _write(made, [*_installed(self._dependencies(home)), *shipped.files(self.config)])
                    made.replace(target)
            except OSError as error:
                message = f"the Lambda authorizer's archive cannot be written below {home}: {error}"
                raise PackagingError(message) from error
        return target

    def _dependencies(self, home: Path) -> Path:
        """The folder with the dependencies as they are installed, fetched if it is not there yet."""
        mark = sha256(LOCK.read_bytes()).hexdigest()[:16]
        target = home / f"dependencies-{mark}-{self.runtime}-{self.architecture}"
        if not target.exists():
            with tempfile.TemporaryDirectory(dir=home, prefix=".fetching-") as folder:
                made = Path(folder, "installed")
                self._fetch(made, Path(folder, "wheels"))
                try:
                    made.rename(target)
                except OSError:
                    # Another process was faster.
                    if not target.exists():
                        raise
        return target

    def _fetch(self, made: Path, wheels: Path) -> None:
        version, platform = self.runtime.removeprefix("python"), _PLATFORMS[self.architecture]
        only = ["--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(LOCK), "--python-version", version]
        if importlib.util.find_spec("pip"):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]
            _run([*pip, *only, "--platform", f"manylinux2014_{platform}", "--implementation", "cp", "-d", str(wheels)])
            for wheel in wheels.glob("*.whl"):
                with zipfile.ZipFile(wheel) as opened:
                    opened.extractall(made)
        elif uv := shutil.which("uv"):
            install = [uv, "pip", "install", "--quiet", "--link-mode", "copy", "--target", str(made)]
            _run([*install, *only, "--python-platform", f"{platform}-manylinux2014"])
        else:
            raise PackagingError(f"{_NEEDS}; neither pip (in {sys.executable}) nor uv (on PATH) is here")


_NEEDS = "the Lambda authorizer's archive needs pip or uv to fetch its pinned dependencies"


def _has_engine() -> bool:
    """Whether an engine runs the program: tests have a mock of one, and runs that only evaluate policies have none."""
    engine: object = settings.get_engine()
    return engine is not None and not isinstance(engine, mocks.MockEngine)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise PackagingError(f"{_NEEDS}; this failed: {' '.join(command)}\n{said}")


def _cache() -> Path:
    """Where archives are stored: `SECURE_GATEWAY_CACHE`, else the user's cache folder."""
    given = os.environ.get("SECURE_GATEWAY_CACHE")
    base = os.environ.get("LOCALAPPDATA") if os.name == "nt" else os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else Path(base or Path.home() / ".cache", "secure-gateway")


def _installed(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in folder.rglob("*"):
        name = file.relative_to(folder).as_posix()
        if not file.is_file() or "__pycache__" in name or name.startswith((".", "bin/")):
            continue
        if file.parent.suffix == ".dist-info" and file.name in _INSTALLERS_OWN:
            continue
        yield name, file.read_bytes()


def _write(target: Path, files: Sequence[tuple[str, bytes]]) -> None:
    """Write a zip file whose bytes depend on names and contents alone: no times, and no compression.

    Libraries of compression differ in the bytes that they make, and Lambda takes 50 MB.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3  # Unix, on every machine
            entry.external_attr = (0o755 if name.endswith(".so") else 0o644) << 16
            archive.writestr(entry, content)
