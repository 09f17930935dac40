"""What is wrong with the running station: the worst first on the screen, everything by name for the doctor."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from kiosk.domain import Pose
from kiosk.notices import FAULTS, ORDER, Notices
from kiosk.screen import LiveView, State, Summary
from kiosk.showing import Showing
from kiosk.threads import Latest


@dataclass
class Part:
    problem: str = ""


def test_the_worst_stands_on_the_screen() -> None:
    """In the order of the table, whoever was added last; without a problem nothing is said."""
    parts = {name: Part(name) for name in reversed(ORDER)}
    notices = Notices(**parts)
    said = []
    for name in ORDER:
        said.append((notices.worst, notices.fault))
        parts[name].problem = ""
    assert said == [(name, name if name in FAULTS else "") for name in ORDER]
    assert (notices.worst, notices.fault) == ("", "")


def test_the_doctor_is_told_of_each_part_that_is_there() -> None:
    """Also of one that came later, and of one that the screen does not say."""
    notices = Notices(store=Part("full"), voice=Part())
    notices.add("camera", Part("gone"))
    assert notices.by_name() == {"store": "full", "voice": "", "camera": "gone"}
    assert notices.worst == "gone"


def test_a_screen_on_which_nothing_moves_is_shown_a_few_times_a_second() -> None:
    """After the run: what is new at once, the same again only after a while. While somebody runs: every view of 30 a second."""
    views: Latest[LiveView] = Latest()
    now_s = 0.0
    showing = Showing(views, lambda: now_s)
    summary = Summary(1, 17.0, 44, {}, (), ())
    still = [LiveView(state=State.SUMMARY, summary=summary) for _ in range(3)]
    other = LiveView(state=State.SUMMARY, summary=summary, notice="The lamp stopped working.")
    shown = []
    for view in (*still, other, *(LiveView(state=State.RUNNING) for _ in range(2))):
        now_s += 1 / 30
        showing.show(view)
        shown.append(views.peek() is view)
    assert shown == [True, False, False, True, True, True]


def test_a_station_that_nobody_stands_before_shows_a_few_views_a_second() -> None:
    """Until somebody comes: then at once."""
    views: Latest[LiveView] = Latest()
    now_s = 0.0
    showing = Showing(views, lambda: now_s)
    came = replace(LiveView(), pose=Pose(1.0, np.zeros((17, 2)), np.zeros(17), 640, 480))
    shown = []
    for view in (*(LiveView() for _ in range(9)), came, replace(came)):
        now_s += 1 / 30
        showing.show(view)
        shown.append(views.peek() is view)
    assert shown == [True, *[False] * 7, True, True, True]


def shown_at(times_s: list[float]) -> list[float]:
    """When a view is published, of views that are made at these times while somebody runs."""
    views: Latest[LiveView] = Latest()
    now_s = 0.0
    showing = Showing(views, lambda: now_s)
    found = []
    for now_s in times_s:
        view = LiveView(state=State.RUNNING, frame_t_s=now_s)
        showing.show(view)
        found += [now_s] if views.peek() is view else []
    return found


def test_a_page_gets_thirty_views_a_second_of_a_faster_network() -> None:
    """Of 240 views in two seconds 60 are published, each when it is made, without long gaps."""
    made = [i / 120 for i in range(240)]
    shown = shown_at(made)
    assert (len(shown) in (60, 61), set(shown) <= set(made), max(b - a for a, b in pairwise(shown)) < 1.6 / 30) == (True, True, True)


def test_no_view_of_a_camera_is_left_out_because_it_comes_unevenly() -> None:
    """30 a second, each up to 8 ms early or late: all are published."""
    made = [i / 30 + 0.008 * (-1) ** (i // 2) for i in range(300)]
    assert shown_at(made) == made
