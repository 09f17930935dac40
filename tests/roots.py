"""Debian roots for the checks that need another machine than this one: made or unpacked, filled with wheels, entered.

A root is entered with mounts and processes of its own (unshare), so nothing stays mounted and nothing stays running, however the
check ends. Linux 6.7 and newer let such a room have its own binfmt_misc, too: a root of another machine runs under an emulator
that only it sees. What must not go in: what is checked in a root.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from locked import TARGETS, Row, Target, load  # noqa: E402  (tools/ is no package: its folder comes first)

SITE, TREE = "/srv/site", "/srv/tree"
"""Where the wheels and the project's files are, as seen in a root."""
NICE = ("nice", "-n", os.environ.get("NICE", "19"))
"""These checks are long and wait for everybody else."""

# argv: root, emulator or "", then the environment and the command. The magic number is ELF, 64 bit, little endian, aarch64.
ENTER = r"""
root=$1 emulator=$2; shift 2
if [ -n "$emulator" ]; then
    mkdir -p "$root/srv/binfmt"
    mount -t binfmt_misc binfmt_misc "$root/srv/binfmt" || { echo "an emulator of one's own needs Linux 6.7 or newer" >&2; exit 3; }
    magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
    mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
    printf '%s' ":here:M::$magic:$mask:$emulator:F" >"$root/srv/binfmt/register"
fi
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys" # without it XNNPACK finds no processor, and TFLite computes with other kernels and other results
mount -t tmpfs tmpfs "$root/tmp"
exec chroot "$root" /usr/bin/env -i "$@"
"""


class CheckError(RuntimeError):
    """The check cannot be made here; the message says what to do."""


def need(*commands: str) -> None:
    """All of these commands are here, and we are root.

    Raises:
        CheckError: with the packages to install.
    """
    if os.geteuid() != 0:
        raise CheckError("This makes Debian roots and enters them: run it as root.")
    missing = [name for name in commands if shutil.which(name) is None]
    if missing:
        raise CheckError(f"Missing: {', '.join(missing)}. On Debian: apt install mmdebstrap util-linux tar apt dpkg arch-test")


def said(argv: Sequence[str], **more: object) -> str:
    """Run a command and give what it wrote to stdout.

    Raises:
        CheckError: it failed; with the last lines it wrote.
    """
    done = subprocess.run(argv, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]
    if done.returncode != 0:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise CheckError(f"{' '.join(map(str, argv))[:200]} failed ({done.returncode}):\n{last}")
    return str(done.stdout)


def mirror() -> str:
    """Debian's mirror: $MIRROR, else that of this machine, else Debian's own."""
    if given := os.environ.get("MIRROR"):
        return given
    for path in sorted(Path("/etc/apt").glob("sources.list.d/*.sources")):
        for line in path.read_text().splitlines():
            if line.startswith("URIs:") and line.rstrip("/").endswith("/debian"):
                return line.split()[1]
    return "http://deb.debian.org/debian"


def make_root(folder: Path, suite: str, arch: str, tar: Path, packages: Sequence[str]) -> str:
    """A root in `folder`: kept from the last time, unpacked from `tar` where there is one, else made by mmdebstrap.

    Returns:
        Which of the three it was.
    """
    if (folder / "usr/bin/python3").exists():
        return "kept"
    folder.mkdir(parents=True, exist_ok=True)
    if tar.is_file():
        said([*NICE, "tar", "-C", str(folder), "-xf", str(tar)])
        return f"from {tar}"
    only = ["--variant=minbase", f"--arch={arch}", f"--include={','.join(packages)}"]
    said([*NICE, "mmdebstrap", "-q", *only, suite, str(folder), mirror()])
    return "made by mmdebstrap"


def put_tree(root: Path) -> None:
    """The project as it is in this folder, what git ignores left out."""
    tree = root / TREE[1:]
    shutil.rmtree(tree, ignore_errors=True)
    names = said(["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def put_wheels(root: Path, target: Target, groups: Sequence[str], more: Sequence[str] = (), leave_out: Sequence[str] = ()) -> int:
    """The wheels of locks/ for a target, by this machine's pip, each checked by its hash; then the project itself as a wheel.

    Args:
        more: pins of packages that no list has, installed without hashes.

    Returns:
        How many packages.
    """
    rows = [row for group in groups for row in load(group) if target in row.targets and row.name not in leave_out]
    site, lists = root / SITE[1:], root / "srv"
    put_tree(root)
    wanted = "\n".join([*map(_without_marker, rows), *more])
    kept = site / "rows.txt"
    if not kept.exists() or kept.read_text() != wanted:  # locks/ may have changed since the root was kept
        fresh = Path(f"{site}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        (lists / "rows.txt").write_text("\n".join(map(_without_marker, rows)))
        platforms = [word for name in target.platforms() for word in ("--platform", name)]
        into = ["--target", str(fresh), "--only-binary=:all:", "--implementation", "cp", "--python-version", target.python, *platforms]
        _pip(*into, "--require-hashes", "-r", str(lists / "rows.txt"))
        if more:
            _pip(*into, *more)
        (fresh / kept.name).write_text(wanted)
        shutil.rmtree(site, ignore_errors=True)
        fresh.rename(site)
    build = root / "srv/build"
    shutil.rmtree(build, ignore_errors=True)
    shutil.copytree(root / TREE[1:], build / "tree")
    said([*NICE, sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(build), str(build / "tree")])
    (wheel,) = build.glob("treadside-*.whl")
    for old in (site / "kiosk", *site.glob("treadside-*.dist-info")):
        shutil.rmtree(old, ignore_errors=True)
    _pip("--target", str(site), str(wheel))
    return len(rows) + len(more) + 1


def _without_marker(row: Row) -> str:
    """pip reads markers with its own Python, which is not the root's."""
    return dataclasses.replace(row, targets=frozenset(TARGETS)).text()


def _pip(*words: str) -> None:
    said([*NICE, sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-input", *words])


def inside(
    root: Path,
    argv: Sequence[str],
    env: Mapping[str, str] | None = None,
    emulator: Path | None = None,
    nice: Sequence[str] = NICE,
) -> list[str]:
    """The command line that runs `argv` in a root, with the wheels on Python's path."""
    known = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "PYTHONPATH": SITE, **(env or {})}
    room = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"]
    if emulator is not None:
        room = ["--user", "--map-root-user", *room]
    script = ["bash", "-euc", ENTER, "enter", str(root), str(emulator or "")]
    dies_with_us = ["setpriv", "--pdeathsig", "KILL"]  # and all that runs in the root with it
    return [*nice, *dies_with_us, "unshare", *room, *script, *(f"{name}={value}" for name, value in known.items()), *argv]


def static_qemu(folder: Path) -> Path:
    """qemu-aarch64 of Debian Trixie, unpacked and not installed: Bookworm's 7.2 crashes in ai-edge-litert."""
    found = folder / "usr/bin/qemu-aarch64"
    if found.exists():
        return found
    for name in ("lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    keys = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
    if not keys.exists():
        raise CheckError(f"{keys} is missing. On Debian: apt install debian-archive-keyring")
    (folder / "trixie.list").write_text(f"deb [signed-by={keys}] {mirror()} trixie main\n")
    own = {"Etc::sourcelist": folder / "trixie.list", "Etc::sourceparts": "/dev/null", "State": folder, "State::status": "/dev/null"}
    options = [f"-oDir::{name}={value}" for name, value in {**own, "Cache": folder}.items()]
    apt = [
        *NICE,
        "apt-get",
        "-q",
        *options,
        "-oAPT::Sandbox::User=root",
        f"-oAPT::Architecture={said(['dpkg', '--print-architecture']).strip()}",
    ]
    said([*apt, "update"])
    said([*apt, "download", "qemu-user"], cwd=folder)
    (package,) = folder.glob("qemu-user_*.deb")
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacking:
        said(["tar", "-C", str(folder), "-x", "./usr/bin/qemu-aarch64"], stdin=unpacking.stdout)
    package.unlink()
    return found
