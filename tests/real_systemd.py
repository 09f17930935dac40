"""The units under a real systemd, in a container: what they say, how they heal, what they may. One command, as root, some minutes:

    python tests/real_systemd.py [--tar bookworm.tar | --root FOLDER] [--keep]

A Debian root (from the tar, or made with mmdebstrap) gets dbus, polkit and a .venv with this project in /opt/treadside, the units, the rule
and a user `kiosk`; systemd-nspawn boots it. The camera is the bundled clip, looped. Exit code 1 when anything is not as the units promise.
Not shown by this: devices, the firewall where the machine has no cgroup v2 (IPAddressDeny), a watchdog of the hardware.
"""

import argparse
import ctypes
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = "ca-certificates,python3,python3-venv,systemd,systemd-sysv,dbus,polkitd"
PAGE = "http://127.0.0.1:8080/"
TOML = '[camera]\nkind = "video"\npath = "/opt/treadside/kiosk/data/demo.mp4"\nloop = true\n'
NETWORK = 0x40000000
"""CLONE_NEWNET of setns(2)."""
FAILED: list[str] = []


def say(good: bool, what: str) -> None:
    """One line, and remember what is wrong."""
    print(f"{'ok    ' if good else 'FAILED'} {what}", flush=True)
    if not good:
        FAILED.append(what)


def run(*command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """A command with its output as text."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


# ---- the root -------------------------------------------------------------------------------------------------------


def make_root(root: Path, tar: Path | None) -> None:
    """A Debian with the project installed as a station has it."""
    if tar is not None:
        run("tar", "-xpf", str(tar), "-C", str(root))
    else:
        run("mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", "bookworm", str(root))
    for file in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"):
        if Path(file).exists():
            shutil.copy(file, root / file[1:])
    with mounted(root):
        chroot(root, "export DEBIAN_FRONTEND=noninteractive; apt-get -q update && apt-get -qy install --no-install-recommends dbus polkitd")
        copy_project(root)
        pip = ".venv/bin/pip install -q --only-binary=:all: --no-deps"
        lists = "--require-hashes -r locks/station.txt -r locks/build.txt"
        chroot(root, f"cd /opt/treadside && python3 -m venv .venv && {pip} {lists} && {pip} --no-build-isolation .")


def copy_project(root: Path) -> None:
    """This working tree's kiosk, units and settings."""
    there = root / "opt/treadside"
    there.mkdir(parents=True, exist_ok=True)
    for name in ("kiosk", "systemd", "locks"):
        shutil.copytree(ROOT / name, there / name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (path for path in ROOT.iterdir() if path.is_file()):
        shutil.copy(path, there)


def settle_in(root: Path) -> None:
    """User, units, rule, settings and data folder, as `setup.sh install` leaves them."""
    copy_project(root)
    for installed in root.glob("opt/treadside/.venv/lib/python3*/site-packages/kiosk"):
        shutil.rmtree(installed)  # what is measured is this working tree
        installed.symlink_to("/opt/treadside/kiosk")
    chroot(root, "/opt/treadside/.venv/bin/python -m compileall -q /opt/treadside/kiosk")
    chroot(root, "id kiosk >/dev/null 2>&1 || useradd --system --home-dir /var/lib/treadside kiosk")
    chroot(root, "for g in video render audio input; do ! getent group $g >/dev/null || usermod -aG $g kiosk; done")
    units = root / "etc/systemd/system"
    for path in (ROOT / "systemd").iterdir():
        if path.suffix in (".service", ".timer") and "screen" not in path.name:
            shutil.copy(path, units)
    shutil.copy(ROOT / "systemd/50-treadside.rules", root / "etc/polkit-1/rules.d/")
    (root / "etc/treadside").mkdir(exist_ok=True)
    (root / "etc/treadside/kiosk.toml").write_text(TOML)
    chroot(root, "rm -rf /var/lib/treadside /etc/systemd/system/kiosk.service.d; chown -R kiosk: /etc/treadside")
    chroot(root, "systemctl enable -q kiosk.service kiosk-daily.timer")
    oneshot = re.sub(r"(?m)^(Watchdog|Restart|Timeout|NotifyAccess).*\n", "", (ROOT / "systemd/kiosk.service").read_text())
    oneshot = oneshot.replace("Type=notify", "Type=oneshot").replace("Conflicts=kiosk-recorder.service", "")
    (units / "try-reboot.service").write_text(re.sub(r"ExecStart=.*", "ExecStart=/usr/bin/systemctl --no-ask-password reboot", oneshot))


@contextmanager
def mounted(root: Path) -> Iterator[None]:
    """/proc for pip and apt."""
    run("mount", "--bind", "/proc", str(root / "proc"))
    try:
        yield
    finally:
        run("umount", "-l", str(root / "proc"))


def chroot(root: Path, command: str) -> None:
    """A line of sh in the root; pip asks whom this machine's pip asks."""
    hidden = ("PIP_FIND_LINKS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(["chroot", str(root), "sh", "-ec", command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.returncode}\n{done.stdout[-1500:]}{done.stderr[-1500:]}")


# ---- the machine ----------------------------------------------------------------------------------------------------


class Machine:
    """The booted container."""

    def __init__(self, root: Path) -> None:
        options = ("--quiet", "--keep-unit", "--register=no", "--private-network", "--console=read-only")
        command = ["systemd-nspawn", *options, "-D", str(root), "--boot", "SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1"]
        quiet = subprocess.DEVNULL  # the word for systemd 257, which else refuses a host with the old cgroups
        self._nspawn = subprocess.Popen(command, stdin=quiet, stdout=quiet, stderr=quiet)
        self._leader = ""
        if not until(self._has_leader, 20) or not until(lambda: self.inside("systemctl", "is-system-running").stdout.strip() != "", 20):
            self.end()
            raise SystemExit("systemd did not come up in the container")
        with Path(f"/proc/{self._leader}/ns/net").open() as network:  # this process joins it: asking the page must cost next to nothing
            if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), NETWORK):
                raise SystemExit(f"the container's network cannot be joined: {os.strerror(ctypes.get_errno())}")

    def _has_leader(self) -> bool:
        self._leader = run("pgrep", "-P", str(self._nspawn.pid), check=False).stdout.strip().partition("\n")[0]
        return bool(self._leader)

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command in the container."""
        return run("nsenter", "-t", self._leader, "-m", "-u", "-i", "-n", "-p", "--", *command, check=False)

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.inside("systemctl", "show", "--value", "-p", name, unit).stdout.strip()

    def active(self, unit: str) -> bool:
        """It has said READY."""
        return self.show(unit, "ActiveState") == "active"

    def page(self) -> bool:
        """The page answers."""
        try:
            with urllib.request.urlopen(PAGE, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def post(self, path: str) -> bool:
        """A press, as a button of the page sends it; True when it was taken."""
        with urllib.request.urlopen(urllib.request.Request(PAGE + path, method="POST"), timeout=20) as answer:
            return bool(answer.status < 300)

    def pid(self, unit: str = "kiosk") -> str:
        """Of the main process, as the container counts."""
        return self.show(unit, "MainPID")

    def kill(self, name: str) -> float:
        """Send a signal to the station; now."""
        self.inside("sh", "-c", f"kill -{name} {self.pid()}")
        return time.monotonic()

    def journal(self, unit: str) -> str:
        """Its lines."""
        return self.inside("journalctl", "-b", "-o", "cat", "-u", unit).stdout

    @property
    def is_on(self) -> bool:
        """It has not been switched off."""
        return self._nspawn.poll() is None

    def end(self) -> None:
        """Off, by force where it is not yet."""
        if self.is_on and self._leader:
            os.kill(int(self._leader), signal.SIGKILL)
        self._nspawn.kill()
        self._nspawn.wait()


def until(done: Callable[[], bool], seconds: float) -> bool:
    """Ask ten times a second."""
    end_s = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.1)
    return True


# ---- what is shown --------------------------------------------------------------------------------------------------


def starts(machine: Machine) -> None:
    """READY comes from the program, and then the page answers at once."""
    good = until(lambda: machine.active("kiosk"), 120)
    took = (
        int(machine.show("kiosk", "ActiveEnterTimestampMonotonic")) - int(machine.show("kiosk", "ExecMainStartTimestampMonotonic"))
    ) / 1e6
    say(good and machine.page(), f"READY {took:.1f} s after the start, and the page answers; status: {machine.show('kiosk', 'StatusText')}")
    complaints = [line for line in machine.inside("journalctl", "-o", "cat", "-b", "_PID=1").stdout.splitlines() if "kiosk" in line.lower()]
    strange = [line for line in complaints if re.search(r"unknown|ignor|not supported|deprecated|failed", line, re.IGNORECASE)]
    say(not strange, f"systemd has nothing to complain about {strange[:3] or ''}")


def is_hardened(machine: Machine) -> None:
    """The running process, as the kernel sees it."""
    pid = machine.pid()
    status = machine.inside("cat", f"/proc/{pid}/status").stdout
    facts = dict(re.findall(r"(?m)^(NoNewPrivs|Seccomp|CapBnd|CapEff|Uid|Groups):\s*(.*?)\s*$", status))
    sealed = (facts["NoNewPrivs"], facts["Seccomp"], int(facts["CapBnd"], 16), int(facts["CapEff"], 16)) == ("1", "2", 0, 0)
    say(sealed, f"no new privileges, a filter of system calls, no capability, not root: {facts}")
    say(len(facts["Groups"].split()) >= 3, f"the user's own groups are there: {facts['Groups']}")

    def may_write(folder: str) -> bool:
        return machine.inside("nsenter", "-t", pid, "-m", "--", "sh", "-c", f"touch {folder}/x && rm {folder}/x").returncode == 0

    may = {
        folder: may_write(folder) for folder in ("/usr", "/etc", "/opt/treadside", "/etc/treadside", "/var/lib/treadside", "/run/treadside")
    }
    say(list(may.values()) == [False] * 3 + [True] * 3, f"what it may write: {may}")
    mode = machine.inside("stat", "-c", "%a %U", "/var/lib/treadside", "/run/treadside").stdout.split()
    say(mode == ["700", "kiosk", "700", "kiosk"], f"data and runtime folder: {mode}")


def is_back(machine: Machine, before: str, limit_s: float) -> tuple[bool, float]:
    """Another process answers; after how long."""
    begun_s = time.monotonic()
    good = until(lambda: machine.pid() not in ("0", before) and machine.page(), limit_s)
    return good, time.monotonic() - begun_s


def heals(machine: Machine, kills: int) -> None:
    """Killed, it is back within 5 s; stopped, after the watchdog's time."""
    times = []
    for _ in range(kills):
        before = machine.pid()
        machine.kill("KILL")
        good, took = is_back(machine, before, 20)
        times.append(took if good else float("inf"))
        time.sleep(1)
    load = f"load {os.getloadavg()[0]:.0f} on {os.cpu_count()} cores"
    say(max(times) <= 5, f"page back after kill -9: {', '.join(f'{took:.1f}' for took in times)} s ({load})")
    before = machine.pid()
    machine.kill("STOP")
    good, took = is_back(machine, before, 90)
    log = machine.journal("kiosk")
    say(good, f"page back after SIGSTOP: {took:.1f} s (watchdog of {machine.show('kiosk', 'WatchdogUSec')})")
    say("Fatal Python error: Aborted" in log and "File " in log, "the journal has where each thread stood")
    say(not machine.inside("sh", "-c", "find / -xdev -name 'core*' -size +1M -path '*coredump*'").stdout, "no core file")


def daily(machine: Machine) -> None:
    """The copy is made while the station runs, and takes nothing from it."""
    before = machine.pid()
    machine.inside("systemctl", "start", "kiosk-daily.service")
    log = machine.journal("kiosk-daily")
    copies = machine.inside("ls", "-l", "/var/lib/treadside/backups").stdout
    good = machine.show("kiosk-daily", "Result") == "success" and "sessions-0001" in copies and "-rw------- 1 kiosk" in copies
    say(good, f"the daily run: {' | '.join(line for line in log.splitlines() if 'cop' in line or 'station' in line)}")
    kept = machine.inside("test", "-d", "/run/treadside").returncode == 0
    say(kept and machine.pid() == before, "the station and its runtime folder are untouched")
    refused = machine.inside(
        *("runuser", "-u", "kiosk", "--", "env", "XDG_DATA_HOME=/var/lib", "/opt/treadside/.venv/bin/kiosk", "upkeep", "--restore"),
        "/var/lib/treadside/backups/" + (copies.split()[-1] if copies else ""),
    )
    say(refused.returncode == 1 and "Stop it" in refused.stderr, f"restoring beside the station is refused: {refused.stderr.strip()}")


def finds_back(machine: Machine) -> None:
    """With a damaged database the page says so, and the way back from last night's copy works while that page stands."""
    data = "/var/lib/treadside"
    machine.inside("systemctl", "stop", "kiosk")
    machine.inside(
        "sh", "-c", f"rm -f {data}/*-wal; yes damaged | head -c 9000 > {data}/sessions.sqlite3; sha1sum {data}/sessions.sqlite3 > /tmp/sum"
    )
    machine.inside("systemctl", "start", "--no-block", "kiosk")
    told = until(lambda: "cannot start" in machine.show("kiosk", "StatusText") and machine.page(), 60)
    left = machine.inside("sha1sum", "-c", "/tmp/sum").returncode == 0
    say(
        told and left and "upkeep --restore" in machine.journal("kiosk"),
        "a damaged database: the page is served, the log names the way back",
    )
    command = "/opt/treadside/.venv/bin/kiosk upkeep --restore $(ls /var/lib/treadside/backups/sessions-* | tail -n 1)"
    done = machine.inside("runuser", "-u", "kiosk", "--", "env", "XDG_DATA_HOME=/var/lib", "sh", "-c", command)
    begun_s = time.monotonic()
    back = until(lambda: machine.show("kiosk", "StatusText").startswith("idle"), 60)
    say(
        done.returncode == 0 and back,
        f"restored: {done.stdout.splitlines()[:1]}, the station runs {time.monotonic() - begun_s:.1f} s later by itself",
    )


def takes_turns(machine: Machine) -> None:
    """Recorder and station end each other, and the newcomer has its runtime folder."""
    for new, old in (("kiosk-recorder", "kiosk"), ("kiosk", "kiosk-recorder")):
        begun_s = time.monotonic()
        done = machine.inside("systemctl", "start", new)
        folder = machine.inside("stat", "-c", "%a", "/run/treadside").stdout.strip()
        good = done.returncode == 0 and machine.active(new) and not machine.active(old) and folder == "700"
        say(good, f"{new} takes over from {old} in {time.monotonic() - begun_s:.1f} s; status: {machine.show(new, 'StatusText')}")


def sees_sticks(machine: Machine) -> None:
    """What is mounted after the start, or before it, is there for the service, may be written, and is gone when it is taken out."""

    def look() -> bool:
        seen = "grep -q '^[^ ]* /media/stick [^ ]* rw' /proc/self/mounts && touch /media/stick/x"
        return machine.inside("nsenter", "-t", machine.pid(), "-m", "--", "sh", "-c", seen).returncode == 0

    for when in ("later", "before the start"):
        machine.inside("sh", "-c", "mkdir -p /media/stick && mount -t tmpfs tmpfs /media/stick")
        if when != "later":
            machine.inside("systemctl", "restart", "kiosk")
        there = look()
        machine.inside("umount", "/media/stick")
        say(there and not look(), f"a stick that is put in {when} is seen and can be written; taken out it is gone")


def opens(machine: Machine) -> None:
    """The drop-in for the local network."""
    machine.inside("install", "-D", "-m", "644", "/opt/treadside/systemd/lan.conf", "/etc/systemd/system/kiosk.service.d/lan.conf")
    machine.inside("systemctl", "daemon-reload")
    allowed = machine.show("kiosk", "IPAddressAllow")
    say("192.168.0.0/16" in allowed and "127.0.0.0/8" in allowed, f"lan.conf: {allowed}")


def switches_off(machine: Machine) -> None:
    """Inside the service's hardening its user may not start the device again; asked and confirmed, the station switches off. The last."""
    machine.inside("systemctl", "start", "try-reboot.service")
    say(machine.show("try-reboot", "Result") != "success" and machine.is_on, "reboot from the service is refused")
    asked = machine.post("command/shutdown")
    time.sleep(1)
    asked = asked and machine.is_on and machine.page()
    begun_s = time.monotonic()
    machine.post("pick/yes")
    say(
        asked and until(lambda: not machine.is_on, 60),
        f"the station asks, then the machine is off after {time.monotonic() - begun_s:.1f} s",
    )


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--tar", type=Path, help="a Debian root with systemd and python3-venv")
    arguments.add_argument("--root", type=Path, help="a root that an earlier run with --keep made")
    arguments.add_argument("--keep", action="store_true", help="leave the root there")
    arguments.add_argument("--kills", type=int, default=5)
    given = arguments.parse_args()
    root = given.root or Path(tempfile.mkdtemp(prefix="treadside-systemd-"))
    try:
        if given.root is None:
            make_root(root, given.tar)
        settle_in(root)
        machine = Machine(root)
        try:
            print(machine.inside("systemctl", "--version").stdout.splitlines()[0])
            starts(machine)
            is_hardened(machine)
            heals(machine, given.kills)
            daily(machine)
            finds_back(machine)
            takes_turns(machine)
            sees_sticks(machine)
            opens(machine)
            switches_off(machine)
        finally:
            machine.end()
    finally:
        if given.root is None and not given.keep:
            shutil.rmtree(root, ignore_errors=True)
        else:
            print(f"root: {root}")
    print(f"{len(FAILED)} not as promised")
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
