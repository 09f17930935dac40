"""`kiosk run` with the real Picamera2 and libcamera, on a machine without a camera. As root on Debian, amd64:

    python tests/virtual_camera.py [--keep FOLDER] [--seconds 15]

In a Debian Trixie root, libcamera's virtual camera plays the bundled clip as JPEG pictures at 30 frames a second. First the tests of
tests/camera/test_camera_contract.py that need Picamera2 run there, which are skipped elsewhere. Then the station starts with
[camera] kind = "picamera", a session is begun and ended over HTTP, and its stored cadence is compared with the clip's truth.
What stands in for hardware is told in tests/virtual_picamera2.py. Exit code 1 when a test fails or the cadence differs.

Needs the network for Debian's and PyPI's packages. --keep FOLDER keeps the root, so that the next time takes less than two minutes;
$TRIXIE_TAR or /var/tmp/roots/trixie-amd64.tar is unpacked where there is one, otherwise mmdebstrap makes the root.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import av
import cv2

from kiosk.data import DEMO_CLIP
from kiosk.store import sessions
from roots import NICE, SITE, TREE, CheckError, Target, inside, make_root, need, put_wheels, said

PACKAGES = ("python3-libcamera", "libcamera-ipa", "python3-prctl")
"""What Picamera2 needs of the system."""
PICAMERA2 = ("picamera2==0.3.38", "videodev2==0.0.4", "piexif==1.1.3", "simplejpeg==1.9.0")
"""Not in locks/: on a Raspberry Pi these come from apt. PiDNG and pykms, which have no wheels, are stand-ins."""
NOT_HERE = ("ruff", "mypy", "selenium", "schemathesis", "axe-core-python", "pypdfium2", "jsonschema-rs")
"""Of the test list, what these tests do not need."""
CLIP, FEW = "/srv/clip", "/srv/few"
"""Pictures: the whole clip, and a few for the tests, which open the camera again and again."""
YAML = "usr/share/libcamera/pipeline/virtual/virtual.yaml"
ENV = {
    "PYTHONPATH": f"{SITE}:{TREE}/tests",
    # libcamera 0.4.0's virtual camera never writes the status of a buffer, and Picamera2 throws away what is not "success" (0):
    # so glibc gives out memory that is zero, as a fresh process happens to get it.
    "GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.perturb=255",
}
AT_ONCE = ("nice", "-n", "-10")
"""The station runs in real time for some seconds: what else this machine does must not take its pictures away."""
MOST_OFF_SPM = 1.0
"""As tests/test_run.py allows for the same clip played as a file."""
START_S, STORE_S = 180.0, 30.0
"""Longest waits: for the page (libcamera decodes 600 pictures first), and for the end (our choice, on a busy machine)."""
CONFIG = """
[camera]
kind = "picamera"
[store]
folder = "/srv/data"
[web]
port = 0
[panel]
enabled = false
[treadmill]
view = "right"
[session]
guided = false
hands_free = false
countdown_s = 0
"""


def prepare(folder: Path) -> Path:
    """The root with Picamera2, the kiosk and the pictures."""
    root = folder / "trixie-amd64"
    tar = Path(os.environ.get("TRIXIE_TAR", "/var/tmp/roots/trixie-amd64.tar"))
    print(f"root: {make_root(root, 'trixie', 'amd64', tar, ('ca-certificates', 'python3'))}", flush=True)
    if not (root / "usr/lib/python3/dist-packages/libcamera").exists():
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        apt = f"apt-get -q update && apt-get -q install -y --no-install-recommends {' '.join(PACKAGES)}"
        said(inside(root, ["sh", "-ec", apt], {"DEBIAN_FRONTEND": "noninteractive"}))
    count = put_wheels(root, Target("3.13", "x86_64"), ("station", "test"), PICAMERA2, NOT_HERE)
    print(f"{count} wheels and {', '.join(PACKAGES)}", flush=True)
    put_pictures(root)
    return root


def put_pictures(root: Path) -> None:
    """The clip as 0.jpg, 1.jpg ... and every hundredth of its frames as the few."""
    for name in (CLIP, FEW):
        shutil.rmtree(root / name[1:], ignore_errors=True)
        (root / name[1:]).mkdir(parents=True)
    with av.open(str(DEMO_CLIP)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            jpeg = cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"), [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
            (root / CLIP[1:] / f"{number}.jpg").write_bytes(jpeg)
            if number % 100 == 0:
                (root / FEW[1:] / f"{number // 100}.jpg").write_bytes(jpeg)


def play(root: Path, pictures: str, width: int, height: int, frames_per_s: int) -> None:
    """What libcamera finds as its camera from now on."""
    path = root / YAML
    path.parent.mkdir(parents=True, exist_ok=True)
    formats = f"  - width: {width}\n    height: {height}\n    frame_rates: [{frames_per_s}, {frames_per_s}]\n"
    place = f'  frames:\n    path: "{pictures}/"\n  location: "CameraLocationExternal"\n  model: "virtual clip"\n'
    path.write_text(f'%YAML 1.1\n---\n"Treadside0":\n  supported_formats:\n{formats}{place}...\n')


def contract(root: Path) -> bool:
    """The tests that need Picamera2, of which none may be skipped."""
    play(root, FEW, 160, 120, 50)
    only = ["-k", "picamera2 and not fake", "-p", "virtual_picamera2", "-p", "no:cacheprovider"]
    # Picamera2 0.3.38 calls a method that Python 3.13 has deprecated; elsewhere warnings stay errors
    tests = ["python3", "-m", "pytest", *only, "-W", "ignore:setDaemon:DeprecationWarning", "tests/camera/test_camera_contract.py"]
    there = ["sh", "-ec", f'cd {TREE}; exec "$@"', "there", *tests]
    done = subprocess.run(inside(root, there, ENV), capture_output=True, text=True, check=False)
    passed = re.search(r"(\d+) passed", done.stdout)
    good = done.returncode == 0 and passed is not None and "skipped" not in done.stdout
    print(f"contract tests with Picamera2: {done.stdout.strip().splitlines()[-1]}" if good else done.stdout + done.stderr, flush=True)
    return good


def station(root: Path, seconds: float) -> bool:
    """A session on the clip, begun and ended over HTTP; true when the cadence that is stored is the clip's. In real time, so not nice."""
    play(root, CLIP, 640, 480, 30)
    shutil.rmtree(root / "srv/data", ignore_errors=True)
    (root / "srv/kiosk.toml").write_text(CONFIG)
    told = root / "srv/station.log"
    command = ["python3", "-u", f"{TREE}/tests/virtual_picamera2.py", "run", "--config", "/srv/kiosk.toml"]
    with told.open("w") as log, subprocess.Popen(inside(root, command, ENV, nice=AT_ONCE), stdout=log, stderr=subprocess.STDOUT) as kiosk:
        try:
            url = page(kiosk, told)
            press(f"{url}command/start")
            time.sleep(seconds)
            press(f"{url}command/stop")
            time.sleep(2)
        finally:
            end(kiosk)
    counts = [line for line in told.read_text().splitlines() if line.startswith("virtual camera:")]
    print("\n".join(counts), flush=True)
    return judged(root / "srv/data")


def page(kiosk: "subprocess.Popen[bytes]", told: Path) -> str:
    """The address that the station serves, once it does."""
    until_s = time.monotonic() + START_S
    while time.monotonic() < until_s and kiosk.poll() is None:
        if found := re.search(r"serving (\S+)", told.read_text()):
            return found[1]
        time.sleep(0.2)
    raise CheckError(f"the station does not serve its page:\n{told.read_text()}")


def press(url: str) -> None:
    """A command of the page."""
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=10) as answer:
        if answer.status != 202:
            raise CheckError(f"{url} answered {answer.status}")


def end(kiosk: "subprocess.Popen[bytes]") -> None:
    """As systemd ends it: SIGTERM to the station itself, which is the only child of unshare."""
    for child in Path(f"/proc/{kiosk.pid}/task/{kiosk.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGTERM)
    try:
        kiosk.wait(STORE_S)
    except subprocess.TimeoutExpired:
        kiosk.kill()
        raise CheckError(f"the station did not end within {STORE_S:g} s of SIGTERM") from None


def judged(store: Path) -> bool:
    """Compare what is stored with the truth, and print both."""
    truth = json.loads((Path(__file__).parent / "data" / "demo.json").read_text())["truth"]["cadence_spm"]["value"]
    found = sessions(store)
    if len(found) != 1:
        raise CheckError(f"{len(found)} sessions are stored where one was run")
    session = found[0]
    print(f"session: {session.state}, {session.duration_s:.1f} s, {session.strides} strides, from {session.source}")
    cadence = session.metrics["cadence_spm"].value
    if cadence is None:
        print(
            f"no cadence: {session.metrics['cadence_spm'].reason} (with too few pictures a second this machine was too busy: run it again)"
        )
        return False
    off = cadence - truth
    print(f"cadence: stored {cadence:.2f}, clip {truth:.2f}, difference {off:+.2f} (at most {MOST_OFF_SPM:g}) steps per minute")
    return session.state == "done" and abs(off) <= MOST_OFF_SPM


def main() -> int:
    """0 when all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="folder for the root, kept for the next time")
    parser.add_argument("--seconds", type=float, default=15.0, help="length of the session")
    asked = parser.parse_args()
    need("unshare", "setpriv", "chroot", "tar", "mmdebstrap", NICE[0])
    with tempfile.TemporaryDirectory(prefix="treadside-camera-", dir="/var/tmp") as made:
        root = prepare(asked.keep or Path(made))
        good = [contract(root), station(root, asked.seconds)]
    print("all is well" if all(good) else "FAILED")
    return 0 if all(good) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CheckError as error:
        sys.exit(str(error))
