"""A machine for the tests of setup.sh install: one folder for its root, and stand-ins for apt, systemctl, useradd and Python.

What must not go in: tests. The stand-ins note what they are asked for and remember what was changed.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from test_setup import STAND_IN

ROOT = Path(__file__).parents[1]
LOADED = "numpy 1.2.3 from apt with picamera2 and stand-in"

# Each is a shell script; $state holds what the machine is, one file for a fact. calls.txt gets every call.
NOTE = 'echo "${0##*/} $*" >>"$state/calls.txt"\n'
TOOLS = {
    "id": 'case $1 in -u) cat "$state/uid" ;; *) cat "$state/groups" 2>/dev/null || echo kiosk ;; esac',
    "dpkg": 'cat "$state/arch"',
    "uname": "echo aarch64",
    "dpkg-query": 'for name; do :; done; if grep -qx "$name" "$state/installed"; then printf installed; else exit 1; fi',
    "apt-cache": 'echo "  Candidate: $(grep -qx "$2" "$state/archive" && echo 1.0 || echo "(none)")"',
    "apt-get": NOTE
    + """for last; do :; done
case " $* " in
*" update "*) [ ! -e "$state/no-network" ] || { echo "E: no network"; exit 100; } ;;
*" install "*)
    for name; do [ ! -e "$state/broken-$name" ] || { echo "E: $name is broken"; exit 100; }; done
    for name; do case $name in -* | install | DPkg*) ;; *) echo "$name" >>"$state/installed" ;; esac; done ;;
esac""",
    "getent": 'case $1 in group) grep -qx "$2" "$state/known-groups" ;; *) grep "^${2:-.*}:" "$state/passwd" ;; esac',
    "useradd": NOTE + 'for name; do :; done; echo "$name:x:990:990:Treadside station:/:/usr/sbin/nologin" >>"$state/passwd"',
    "usermod": NOTE + 'echo "$(cat "$state/groups" 2>/dev/null) $3" >"$state/groups"',
    "userdel": NOTE + 'sed -i "/^$1:/d" "$state/passwd"',
    "runuser": 'shift 3; exec "$@"',
    "chown": NOTE,
    "sync": "",
    "loginctl": "",
    # the owner is what the last chown said; all else is the real stat
    "stat": 'if [ "$2" = %U ]; then grep -q "chown -hR kiosk:kiosk $3\\$" "$state/calls.txt" && echo kiosk || echo root\n'
    'elif [ "$2" = "%a %U" ]; then echo "$(/usr/bin/stat -c %a "$3") root"; else exec /usr/bin/stat "$@"; fi',
    "systemctl": """for unit; do :; done
on=$state/enabled-$unit
case " $* " in
*" is-enabled "*) [ -e "$on" ]; exit ;;
*" is-active "*) [ -e "$state/active-$unit" ]; exit ;;
*" get-default "*) cat "$state/default"; exit ;;
*" set-default "*) echo "$unit" >"$state/default" ;;
esac
"""
    + NOTE
    + """case " $* " in
*" enable "*) touch "$on" ;;
*" disable "*) rm -f "$on" "$state/active-$unit" ;;
*" restart "*) [ ! -e "$state/fails-$unit" ] || exit 1; touch "$state/active-$unit" ;;
esac""",
}

# The stand-in Python answers for what it cannot load; compileall is left out.
PRETENCE = f"""
if "-m" in sys.argv and "compileall" in sys.argv:
    sys.exit(0)
if "download" in sys.argv:
    given = dict(zip(sys.argv, sys.argv[1:]))
    here = pathlib.Path(os.environ["STAND_IN"])
    shutil.copy(given["--requirement"], here / ("list-" + given["--python-version"]))
    (here / ("platforms-" + given["--python-version"])).write_text(" ".join(sys.argv))
    pathlib.Path(given["--dest"]).mkdir()
    pathlib.Path(given["--dest"], "a-1-py3-none-any.whl").write_text("a wheel")
    sys.exit(0)
if any("self_test(network)" in word for word in sys.argv):
    here = pathlib.Path(os.environ["STAND_IN"])
    with open(here / "calls.txt", "a") as noted:
        print("load", sys.argv[0], file=noted)
    if (here / "does-not-load").exists():
        sys.exit("Traceback\\nValueError: numpy.dtype size changed")
    print("{LOADED}")
    sys.exit(0)
"""


class Machine:
    """A machine to install on, all of it in one folder: its root, what is on it, and a clone of the project."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self.state = folder / "state"
        self.clone = folder / "a clone"
        self.bin = folder / "bin"
        for made in (self.root / "opt", self.state, self.bin):
            made.mkdir(parents=True)
        self.python = folder / "stand-in"
        self.python.write_text(STAND_IN.format(python=sys.executable, pretence=PRETENCE))
        self.python.chmod(0o755)
        self.is_so("says.txt", "")
        self.is_so("passwd", "root:x:0:0:root:/root:/bin/bash\n")
        self.is_so("default", "graphical.target\n")
        self.is_so("calls.txt", "")
        self.is_so("uid", "0")
        self.is_so("arch", "arm64")
        self.is_so("installed", "python3\npython3-venv\n")
        self.is_so("archive", "python3-picamera2\npython3-lgpio\nespeak-ng\ncage\nchromium\nchromium-sandbox\n")
        self.is_so("known-groups", "video\ngpio\n")
        for name, script in TOOLS.items():
            (self.bin / name).write_text(f'#!/bin/sh\nstate="{self.state}"\n{script}\n')
            (self.bin / name).chmod(0o755)
        self._make_clone()

    def _make_clone(self) -> None:
        for name in ("kiosk", "docs", "systemd", "tests"):
            (self.clone / name).mkdir(parents=True)
        for name in ("setup.sh", "pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "docs/kiosk.toml", "kiosk/__init__.py"):
            shutil.copy(ROOT / name, self.clone / name)
        shutil.copytree(ROOT / "locks", self.clone / "locks")
        (self.clone / "kiosk/_version.py").write_text('__version__ = "1.2.3"\n')
        for name in ("kiosk.service", "kiosk-screen.service", "kiosk-recorder.service", "kiosk-daily.service", "kiosk-daily.timer"):
            (self.clone / "systemd" / name).write_text(f"[Service]\nUser={name.split('.')[0] if 'screen' in name else 'kiosk'}\n")
        (self.clone / "systemd/50-treadside.rules").write_text("// polkit\n")
        (self.clone / "tests/test_it.py").write_text("")

    def is_so(self, fact: str, text: str = "") -> None:
        """Write a fact of this machine."""
        (self.state / fact).write_text(text)

    def runs_systemd(self) -> None:
        """From here on systemd runs."""
        (self.root / "run/systemd/system").mkdir(parents=True)

    def setup(self, *arguments: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
        """setup.sh of the clone, or of another folder."""
        environment = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHON": str(self.python),
            "STAND_IN": str(self.state),
            "STATION_ROOT": str(self.root),
        }
        command = ["bash", str((at or self.clone) / "setup.sh"), *arguments]
        return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, timeout=60, check=False)

    def calls(self, *tools: str) -> list[str]:
        """What these tools were asked for since the last look at any."""
        noted = (self.state / "calls.txt").read_text().splitlines()
        return [call for call in noted if call.split()[0] in tools]

    def forget_calls(self) -> None:
        """What was asked so far is no longer listed; who owns what stays known."""
        kept = self.calls("chown")
        self.is_so("calls.txt", "".join(f"{call}\n" for call in kept))
        (self.state / "pip.txt").unlink(missing_ok=True)

    def enabled(self) -> set[str]:
        """Names of the units that start with the machine."""
        return {path.name.removeprefix("enabled-") for path in self.state.glob("enabled-*")}

    def files(self) -> dict[str, tuple[int, str]]:
        """Every file of the machine but logs: mode, and what is in it or where it leads."""
        found = [path for path in self.root.rglob("*") if "log" not in path.parts and (path.is_symlink() or path.is_file())]
        return {
            str(path.relative_to(self.root)): (
                path.lstat().st_mode,
                str(path.readlink()) if path.is_symlink() else path.read_text("latin-1"),
            )
            for path in found
        }


def what(path: Path) -> str:
    """Where a link leads, or what is in a file."""
    return str(path.readlink()) if path.is_symlink() else path.read_text("latin-1")


def refusal(answer: subprocess.CompletedProcess[str]) -> str:
    """The one sentence on stderr of a run that refused."""
    assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer
    return answer.stderr.removeprefix("setup.sh: ").rstrip("\n")
