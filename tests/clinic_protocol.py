"""The clinic's protocol with nothing faked but the camera: patient -> two bouts -> report on paper, then a retest. One command:

    python tests/clinic_protocol.py --side CLIP [--front CLIP] [--seconds 60] [--out FOLDER]

A real kiosk plays the clip as if it were its camera, a real browser does what a physio does. Times are told; the PDF and its pages
as pictures are left in --out. `run_protocol` is also what tests/test_clinic_whole.py calls, with short bouts.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "web")]

from chromium import open_chromium  # noqa: E402
from kiosk.app import App  # noqa: E402
from kiosk.config import CameraConfig, ClinicConfig, Config, PanelConfig, SessionConfig, StoreConfig, TreadmillConfig, WebConfig  # noqa: E402
from kiosk.data import DEMO_CLIP  # noqa: E402

PIN = "739152"
CODE = "Quiet-Heron-7"
DOWNLOAD = """
const done = arguments[arguments.length - 1];
fetch(arguments[0]).then((a) => a.arrayBuffer()).then((b) => done(Array.from(new Uint8Array(b))));
"""


@dataclass(frozen=True)
class Bout:
    """One bout of the protocol."""

    clip: Path
    view: str


class Physio:
    """A person at the clinic's pages."""

    def __init__(self, browser: Any, url: str, patience_s: float) -> None:
        self.browser, self.url, self.patience_s = browser, url, patience_s

    def open(self, path: str) -> None:
        self.browser.get(self.url + path)

    def type(self, **fields: str) -> None:
        for name, text in fields.items():
            field = self.browser.find_element("id", name)
            field.clear()
            field.send_keys(text)

    def press(self, css: str) -> None:
        self.browser.execute_script("document.documentElement.dataset.left = 'yes'")
        self.browser.find_element("css selector", css).click()
        self.until("return !document.documentElement.dataset.left && document.readyState === 'complete'")

    def until(self, script: str) -> None:
        end_s = time.monotonic() + self.patience_s
        while not self.browser.execute_script(script):
            if time.monotonic() > end_s:
                raise AssertionError(f"{script}: {self.browser.execute_script('return document.body.innerText')}")
            time.sleep(0.1)

    def download(self, path: str) -> bytes:
        return bytes(self.browser.execute_async_script(DOWNLOAD, self.url + path))

    def assess(self, kind: str) -> None:
        """Begin an assessment with the patient's consent."""
        self.press(f"#{kind}")
        self.browser.find_element("id", "agreed").click()
        self.press("#begin")

    def bout(self) -> str:
        """One bout; the words of its verdict."""
        self.press("#start")
        self.until("return Boolean(document.getElementById('verdict'))")
        return str(self.browser.execute_script("return document.getElementById('verdict').innerText"))


def config_of(folder: Path, clip: Path, seconds: float) -> Config:
    """A station with a clinic, and a clip for its camera."""
    return Config(
        camera=CameraConfig(kind="video", path=str(clip), loop=True),
        treadmill=TreadmillConfig(),
        session=SessionConfig(hands_free=False, countdown_s=1),
        web=WebConfig(port=0),
        panel=PanelConfig(enabled=False, shutdown_command=()),
        store=StoreConfig(folder=str(folder)),
        clinic=ClinicConfig(enabled=True, bout_s=seconds, name="Test clinic"),
    )


@contextmanager
def station(folder: Path, clip: Path, seconds: float) -> Iterator[str]:
    """The kiosk's address while it runs."""
    app = App(config_of(folder, clip, seconds)).start()
    try:
        app.wait(lambda view: view.pose is not None)
        yield app.server.url.rstrip("/").replace("127.0.0.1", "localhost")
    finally:
        app.stop()


def run_protocol(browser: Any, folder: Path, bouts: list[Bout], seconds: float, speed_kmh: str = "9.5") -> tuple[list[str], bytes]:
    """A new patient, one assessment with these bouts; the verdicts and the PDF."""
    verdicts = []
    for number, bout in enumerate(bouts):
        with station(folder, bout.clip, seconds) as url:
            physio = Physio(browser, url, seconds + 60)
            physio.open("/clinic/")
            if number == 0:
                physio.type(pin=PIN, again=PIN)
                physio.press("button.main")
                physio.press("#new")
                physio.type(code=CODE, height_cm="176", speed_kmh=speed_kmh)
                physio.press("button.main")
                physio.assess("baseline")
            else:
                physio.type(pin=PIN)
                physio.press("button.main")
                physio.open(f"/clinic/assessments/1?step={number + 1}")
            browser.find_element("css selector", f"input[name=view][value={bout.view}]").click()
            verdicts.append(physio.bout())
            if bout is bouts[-1]:
                pdf = physio.download("/clinic/assessments/1/report.pdf?paper=a4&language=en")
    return verdicts, pdf


def pictures(pdf: bytes, folder: Path) -> list[Path]:
    """Each page as a picture."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    found = []
    for number, page in enumerate(document, 1):
        found.append(folder / f"page{number}.png")
        page.render(scale=1.6).to_pil().save(found[-1])
    return found


def main() -> None:
    """Do it and tell the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=Path, default=DEMO_CLIP)
    parser.add_argument("--side-view", default="right", choices=["left", "right"])
    parser.add_argument("--front", type=Path)
    parser.add_argument("--front-view", default="front", choices=["front", "rear"])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    bouts = [Bout(given.side, given.side_view)] + ([Bout(given.front, given.front_view)] if given.front else [])
    began_s = time.monotonic()
    with open_chromium() as browser:
        browser.set_script_timeout(60)
        verdicts, pdf = run_protocol(browser, given.out / "data", bouts, given.seconds)
    print(f"from the first PIN to the PDF: {time.monotonic() - began_s:.0f} s, {len(bouts)} bouts of {given.seconds:.0f} s")
    for bout, verdict in zip(bouts, verdicts, strict=True):
        print(f"{bout.view}: {' '.join(verdict.split())}")
    (given.out / "report.pdf").write_bytes(pdf)
    for path in pictures(pdf, given.out):
        print(path)


if __name__ == "__main__":
    main()
