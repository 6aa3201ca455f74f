"""Builds what a release publishes, and installs it into bare environments.

    python proof/release.py [FOLDER]

Two distributions, `secure-gateway` and `gateway-policy`, each as a wheel and a source archive. Every one is installed
with pip into an environment of its own, timed and weighed, and does what the README promises. Exits with 1 at the first
promise that fails. It needs the package index.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
PROJECTS: Final = {"secure-gateway": ROOT, "gateway-policy": ROOT / "policypack"}
STATE: Final = ROOT / "tests/engine/upgrade/recommended.json"
"""The state of a deployed `recommended`, which has no finding of severity high or critical."""


class PromiseError(Exception):
    """What a release promises does not hold."""


def run(*command: str | Path, code: int = 0, cwd: Path | None = None) -> str:
    """What a command prints. Raises PromiseError if its exit code is another one."""
    done = subprocess.run([str(each) for each in command], cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != code:
        raise PromiseError(f"{' '.join(map(str, command))}: {done.returncode}, not {code}\n{done.stdout}{done.stderr}")
    return done.stdout


def build(folder: Path) -> dict[str, Path]:
    """The wheel of each distribution; its source archive builds the same wheel."""
    wheels: dict[str, Path] = {}
    for name, project in PROJECTS.items():
        run(sys.executable, "-m", "hatchling", "build", "-d", folder, cwd=project)
        prefix = name.replace("-", "_")
        (wheels[name],) = folder.glob(f"{prefix}-*.whl")
        (archive,) = folder.glob(f"{prefix}-*.tar.gz")
        with tempfile.TemporaryDirectory() as place:
            shutil.unpack_archive(archive, place, filter="data")
            (source,) = Path(place).iterdir()
            run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place, cwd=source)
            (again,) = Path(place).glob("*.whl")
            if content(again) != content(wheels[name]):
                raise PromiseError(f"{archive.name} builds another wheel: {content(again) ^ content(wheels[name])}")
    return wheels


def content(wheel: Path) -> set[tuple[str, int]]:
    """The files of a wheel with their checksums; the list of them, which has the same in another order, left out."""
    with zipfile.ZipFile(wheel) as opened:
        return {(each.filename, each.CRC) for each in opened.infolist() if not each.filename.endswith("/RECORD")}


class Bare:
    """An environment with nothing but what pip installs into it."""

    def __init__(self, folder: Path, packages: Sequence[str | Path]) -> None:
        """Create it in an empty folder, and print how long that takes and how large it is."""
        venv.create(folder, with_pip=True)
        self.bin = folder / "bin"
        before, started = self._bytes(folder), time.monotonic()
        run(self.bin / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages)
        took, grown = time.monotonic() - started, self._bytes(folder) - before
        names = ", ".join(re.sub(r"-\d.*", "", Path(each).name) for each in packages)
        print(f"{names}: installed in {took:.0f} s, {grown / 2**20:.0f} MiB")

    @staticmethod
    def _bytes(folder: Path) -> int:
        return sum(each.lstat().st_size for each in folder.rglob("*"))

    def installed(self) -> set[str]:
        """The distributions in it."""
        listed = run(self.bin / "python", "-m", "pip", "list", "--format", "json", "--disable-pip-version-check")
        return {each["name"].lower().replace("_", "-") for each in json.loads(listed)}


def check_pack_alone(wheel: Path, folder: Path) -> None:
    """The pack evaluates a state without the component and without the AWS package; an extra is asked for by name."""
    bare = Bare(folder / "pack", [wheel])
    unwanted = bare.installed() & {"pulumi-aws", "secure-gateway", "jinja2", "boto3"}
    if unwanted:
        raise PromiseError(f"gateway-policy alone installs {unwanted}")
    command = bare.bin / "gateway-policy"
    print(run(command, "--version").strip())
    run(command, "check", STATE, "--fail-on", "high")
    run(command, "check", STATE, "--format", "html", code=2)
    (pack,) = [Path(line) for line in run(command, "path").splitlines()]
    if not (pack / "PulumiPolicy.yaml").is_file():
        raise PromiseError(f"{pack} is not a policy pack")


def check_component(wheels: dict[str, Path], folder: Path) -> None:
    """The README's first program passes, with the component and the pack installed as the README says."""
    alone = Bare(folder / "component", [wheels["secure-gateway"]])
    if "gateway-policy" in alone.installed():
        raise PromiseError("secure-gateway installs gateway-policy")
    run(alone.bin / "python", "-c", "import secure_gateway, secure_gateway.testing")

    bare = Bare(folder / "both", [wheels["secure-gateway"], f"{wheels['gateway-policy']}[html]"])
    project = folder / "orders"
    project.mkdir()
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[:1]
    (project / "__main__.py").write_text(program, encoding="utf-8")
    (project / "Pulumi.yaml").write_text("name: orders\nruntime: python\n", encoding="utf-8")
    print(run(bare.bin / "gateway-policy", "check", ".", cwd=project).strip().splitlines()[-1])
    run(bare.bin / "gateway-policy", "check", ".", "--format", "html", "--output", "page.html", cwd=project)


def main() -> int:
    """Build, install and check. Returns the exit code."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/release")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        wheels = build(folder)
        with tempfile.TemporaryDirectory() as place:
            check_pack_alone(wheels["gateway-policy"], Path(place))
            check_component(wheels, Path(place))
    except PromiseError as error:
        print(error, file=sys.stderr)
        return 1
    for each in sorted(folder.iterdir()):
        print(f"{each.stat().st_size:>9,} {each.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
