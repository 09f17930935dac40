"""A panel with a broken part is opened again, but never under somebody's finger."""

from collections.abc import Callable, Iterator

import pytest

from kiosk.panel import Panel, mending
from kiosk.panel.mending import PRESS_S, MendingPanel
from kiosk.threads import Stop, monotonic_s
from kiosk.words import Phrase


class Button:
    """As gpiozero's."""

    def __init__(self) -> None:
        self.active_time: float | None = None
        self.when_held: object = None

    def close(self) -> None:
        pass


class Box:
    """Opens a panel whose lamp is broken, and counts how often."""

    def __init__(self) -> None:
        self.button, self.times = Button(), 0
        self.panel = MendingPanel(self.open)

    def open(self) -> Panel:
        self.times += 1
        return Panel((Phrase("The lamp is gone."),), {"stop": self.button})


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setattr(mending, "AGAIN_S", 0.02)
    found = Box()
    yield found
    found.panel.close()


def test_a_button_that_is_held_is_not_cut_off(box: Box) -> None:
    """Somebody holds a button to switch off: nothing is opened again until it is let go. A stuck one holds up nothing."""
    wait_for(lambda: box.times > 1)
    box.button.active_time = 3.0
    Stop().wait(0.1)  # a try that had begun is over
    held = box.times
    Stop().wait(0.3)
    assert box.times == held
    box.button.active_time = PRESS_S
    wait_for(lambda: box.times > held)
    assert box.times > held


def wait_for(done: Callable[[], bool]) -> None:
    until_s = monotonic_s() + 5
    while not done() and monotonic_s() < until_s:
        Stop().wait(0.01)
