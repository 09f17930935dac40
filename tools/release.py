"""Make a release of the tag on HEAD: wheel, source, bundles, bills of materials, licences and checksums, all in dist/.

    python3 tools/release.py

docs/release.md says what is in dist/ and how to check it. The tools it needs go into build/release, by locks/release.txt.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from release_checks import changelog_problem, tag_problem

if TYPE_CHECKING:
    from licences import Package
    from locked import Target

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "build" / "release"
DIST = ROOT / "dist"
TARGETS = (("bookworm", "3.11", "aarch64"), ("trixie", "3.13", "aarch64"))
"""The stations that get a bundle and a bill of materials: Raspberry Pi OS, 64 bit."""
COMMON = Path("/usr/share/common-licenses")
"""Debian's texts of licences that wheels name without carrying them."""
NETWORKS = ("movenet_lightning_int8.tflite", "movenet_thunder_int8.tflite")


class ReleaseError(Exception):
    """There can be no release; the message says why and what to do."""


def main() -> None:
    """Check, build, write; one sentence when it cannot be done."""
    began = time.monotonic()
    try:
        version = checked_version()
        if Path(sys.prefix).resolve() != TOOLS.resolve():
            make_tools()
            os.execv(TOOLS / "bin" / "python", [str(TOOLS / "bin" / "python"), __file__])
        release(version)
    except ReleaseError as error:
        sys.exit(f"release.py: {error}")
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"release.py: {' '.join(map(str, error.cmd[:6]))} ... ended with {error.returncode}: {(error.stderr or '').strip()[-500:]}"
        )
    print(f"Done in {time.monotonic() - began:.0f} s; docs/release.md says how it is published and checked.")


def checked_version() -> str:
    """The version of the tag on HEAD, when everything is ready for it.

    Raises:
        ReleaseError: not committed, not tagged, or not in the change log.
    """
    changed = git("status", "--porcelain")
    if changed:
        raise ReleaseError(f"there are changes that are not committed ({changed.splitlines()[0].strip()} ...). Commit them first.")
    tags = git("tag", "--points-at", "HEAD").split()
    problem = tag_problem(tags)
    if problem:
        raise ReleaseError(problem)
    version = tags[0].removeprefix("v")
    problem = changelog_problem((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), version, git("log", "-1", "--format=%cs"))
    if problem:
        raise ReleaseError(problem)
    return version


def git(*arguments: str) -> str:
    """What git says in this project."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def run(*command: object, folder: Path = ROOT, **environment: str) -> None:
    """Run a command; what it printed stands in the error when it fails."""
    words = [str(one) for one in command]
    subprocess.run(words, cwd=folder, env=os.environ | environment, capture_output=True, text=True, check=True)


def make_tools() -> None:
    """build/release: an environment of what locks/release.txt says, made again when that changed."""
    wanted = sha256((ROOT / "locks" / "release.txt").read_bytes() + sys.version.encode()).hexdigest()
    stamp = TOOLS / "stamp"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print("Tools into build/release")
    run(sys.executable, "-m", "venv", "--clear", TOOLS)
    pip = (TOOLS / "bin" / "python", "-m", "pip", "install", "--no-deps", "--require-hashes", "--only-binary=:all:")
    run(*pip, "-r", ROOT / "locks" / "release.txt")
    stamp.write_text(wanted, encoding="utf-8")


def release(version: str) -> None:
    """Fill dist/ with the release of this version."""
    from licences import problems, read_wheel
    from locked import Target

    os.umask(0o022)  # modes of files are in the wheel
    epoch = int(git("log", "-1", "--format=%ct"))
    with tempfile.TemporaryDirectory(prefix="treadside-release-") as name:
        folder = Path(name)
        out = folder / "dist"
        out.mkdir()
        clone = build_twice(folder, out, f"v{version}", epoch)
        ours = read_wheel(next(out.glob("*.whl")))
        wheels = {system: fetch(folder / system, Target(python, machine)) for system, python, machine in TARGETS}
        every = [package for packages in wheels.values() for package in packages]
        found = sorted(set(problems(every)))
        if found:
            raise ReleaseError("somebody has to look at these before a release (tools/licences.py): " + "; ".join(found))
        write_papers(out, clone, ours, wheels, epoch)
        make_bundles(out, clone, version)
        write_sums(out)
        publish(out)


def build_twice(folder: Path, out: Path, tag: str, epoch: int) -> Path:
    """Wheel and source of the tag, each built twice from clones of their own; returns the first clone.

    Raises:
        ReleaseError: the two are not the same, byte for byte.
    """
    made: list[dict[str, bytes]] = []
    for number in ("first", "second"):
        clone, built = folder / number / "treadside", folder / number / "built"
        run("git", "clone", "--quiet", "--branch", tag, "-c", "advice.detachedHead=false", ROOT, clone)
        built.mkdir()
        pip = (sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", built, ".")
        run(*pip, folder=clone, SOURCE_DATE_EPOCH=str(epoch))
        source = built / f"treadside-{tag.removeprefix('v')}-source.tar.gz"
        run("git", "archive", "--format=tar.gz", f"--prefix=treadside-{tag.removeprefix('v')}/", "-o", source, tag, folder=clone)
        made.append({path.name: path.read_bytes() for path in built.iterdir()})
    differing = [name for name in made[0] if made[0][name] != made[1].get(name)]
    if differing or made[0].keys() != made[1].keys():
        raise ReleaseError(f"built twice and not the same: {', '.join(differing) or 'other file names'}")
    for name, content in made[0].items():
        (out / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes, twice the same")
    return folder / "first" / "treadside"


def fetch(folder: Path, target: "Target") -> list["Package"]:
    """The wheels that pip would put onto a station of this kind, checked by their sha256."""
    from licences import read_wheel
    from locked import load, plain_list

    folder.mkdir()
    wanted = folder / "list.txt"
    wanted.write_text(plain_list(load("station"), target), encoding="utf-8")
    abi = f"cp{target.python.replace('.', '')}"
    where = [part for platform in target.platforms() for part in ("--platform", platform)]
    which = ["--python-version", target.python, "--implementation", "cp", "--abi", abi, "--abi", "abi3", "--abi", "none"]
    pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", folder / "wheels")
    run(*pip, *which, *where, "-r", wanted)
    return sorted((read_wheel(path) for path in (folder / "wheels").glob("*.whl")), key=lambda package: package.name)


def write_papers(out: Path, clone: Path, ours: "Package", wheels: dict[str, list["Package"]], epoch: int) -> None:
    """Bills of materials, the licences' texts, and the change log."""
    from licences import notices
    from locked import Target
    from sbom import Own, bill

    models = clone / "kiosk" / "pose" / "model"
    own = [Own(name, "4", "Apache-2.0", sha256((models / name).read_bytes()).hexdigest()) for name in NETWORKS]
    for system, python, machine in TARGETS:
        path = out / f"{ours.name}-{ours.version}-{system}-{machine}.cdx.json"
        path.write_text(bill(ours, wheels[system], own, Target(python, machine), epoch), encoding="utf-8")
        print(f"{path.name}: {len(wheels[system])} packages, {sum(len(one.libraries) for one in wheels[system])} libraries inside them")
    texts = [(f"Treadside, kiosk/pose/model/{path.name}", path.read_text(encoding="utf-8")) for path in sorted(models.glob("LICENSE*"))]
    missing = [name for name in COMMON_NAMES if not (COMMON / name).exists()]
    if missing:
        raise ReleaseError(f"{COMMON} has no {', '.join(missing)}: make the release on Debian or Raspberry Pi OS.")
    common = [(f"Text of {name}", (COMMON / name).read_text(encoding="utf-8")) for name in COMMON_NAMES]
    every = [package for packages in wheels.values() for package in packages]
    (out / "THIRD_PARTY_LICENCES.txt").write_text(notices(every, texts, common), encoding="utf-8")
    (out / "CHANGELOG.md").write_bytes((clone / "CHANGELOG.md").read_bytes())


COMMON_NAMES = ("Apache-2.0", "GPL-2", "GPL-3", "LGPL-2.1", "LGPL-3", "MPL-2.0")


def make_bundles(out: Path, clone: Path, version: str) -> None:
    """One file for `setup.sh install --offline` for each system; a setup.sh that makes none is named."""
    if "\nbundle)" not in (clone / "setup.sh").read_text(encoding="utf-8"):
        print("no bundles: this setup.sh has no `bundle`")
        return
    for system, _, machine in TARGETS:
        path = out / f"treadside-{version}-{system}-{machine}.tar"
        run("./setup.sh", "bundle", path, "--target", system, "--arch", machine, folder=clone)
        print(f"{path.name}: {path.stat().st_size / 1e6:.0f} MB")


def write_sums(out: Path) -> None:
    """SHA256SUMS over everything else in the folder, as `sha256sum -c` reads it."""
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(out.iterdir())]
    (out / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def publish(out: Path) -> None:
    """Put the finished folder at dist/; what was there before goes."""
    shutil.rmtree(DIST, ignore_errors=True)
    shutil.copytree(out, DIST)
    for path in sorted(DIST.iterdir()):
        print(f"{path.stat().st_size:>12,}  dist/{path.name}")


if __name__ == "__main__":
    main()
