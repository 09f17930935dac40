"""From the newest frame to the answers: nothing waits for the rest, frames are skipped in one place, answers never."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import pytest

from kiosk.domain import FloatArray, Frame, Pose
from kiosk.looking import BUSY_S, MOST_ANSWERS, Looking, Seen
from kiosk.pose.crop import Prepared, Square
from kiosk.pose.sturdy import NoPoseError
from kiosk.threads import Stop

PICTURE = np.zeros((8, 8, 3), np.uint8)
LONG_S = 20.0


class Gate:
    """Lets through so many, one after the other."""

    def __init__(self, count: int = 10**9) -> None:
        self.left, self.ended = count, Stop()

    def __call__(self) -> None:
        until_s = time.monotonic() + LONG_S
        while self.left <= 0 and not self.ended.wait(0.002):
            assert time.monotonic() < until_s
        self.left -= 1


class Finder:
    """The three steps without a network: the square's side counts the poses that were finished when the picture was cut."""

    def __init__(self) -> None:
        self.gate, self.cut, self.asked, self.finished = Gate(), list[float](), list[float](), list[float]()
        self.error: Exception | None = None

    def estimate(self, frame: Frame) -> Pose:
        prepared = self.prepare(frame)
        return self.finish(prepared, self.infer(prepared))

    def prepare(self, frame: Frame) -> Prepared:
        self.cut.append(frame.t_s)
        return Prepared(frame, Square(0, 0, len(self.finished)), PICTURE)

    def infer(self, prepared: Prepared) -> FloatArray:
        self.asked.append(prepared.frame.t_s)
        self.gate()
        if self.error is not None:
            raise self.error
        return np.full((17, 3), prepared.square.side_px)

    def finish(self, prepared: Prepared, answer: FloatArray) -> Pose:
        self.finished.append(prepared.frame.t_s)
        return Pose(prepared.frame.t_s, answer[:, :2], answer[:, 2], 8, 8)


class Station:
    """A camera and a pipeline, by hand."""

    def __init__(self, wanted: Callable[[float], bool] = lambda t_s: True) -> None:
        self.finder, self.crashes = Finder(), list[tuple[str, Exception]]()
        self.looking = Looking(lambda: self.finder, wanted, lambda name, error: self.crashes.append((name, error))).start()

    def film(self, t_s: float) -> None:
        self.looking.look_at(Frame(t_s, PICTURE))

    def next(self) -> Seen:
        seen = self.looking.next(LONG_S)
        assert seen is not None
        return seen

    def end(self) -> None:
        self.finder.gate.ended.set()
        self.looking.stop()


def until(true: Callable[[], bool]) -> None:
    """Wait for it; fails when it does not become true."""
    until_s = time.monotonic() + LONG_S
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.002)


@pytest.fixture
def station() -> Iterator[Station]:
    found = Station()
    yield found
    found.end()


def test_with_time_between_frames_each_is_cut_where_the_pose_before_was(station: Station) -> None:
    """A camera that is not too fast: the same as one frame after the other on one thread."""
    for i in range(5):
        station.film(i / 30)
        pose = station.next().pose()
        assert pose is not None
        assert (pose.t_s, pose.score[0]) == (i / 30, i)


def test_while_the_network_works_the_newest_frame_replaces_the_others(station: Station) -> None:
    """A slow network skips frames and never queues them: after 0 it is asked about 5, and 1 to 4 cost it nothing."""
    station.finder.gate.left = 0
    station.film(0.0)
    until(lambda: station.finder.asked == [0.0])
    for t_s in (1.0, 2.0, 3.0, 4.0, 5.0):
        station.film(t_s)
    station.finder.gate.left = 2
    assert [station.next().frame.t_s for _ in range(2)] == [0.0, 5.0]
    assert station.finder.asked == [0.0, 5.0]


def test_the_network_does_not_wait_for_the_pipeline_until_the_answers_pile_up(station: Station) -> None:
    """While nobody fetches, it goes on for MOST_ANSWERS and holds one more; then each answer comes out once, in order."""
    for i in range(MOST_ANSWERS + 1):
        station.film(float(i))
        until(lambda count=i + 1: len(station.finder.asked) == count)  # type: ignore[misc]
    station.film(90.0)
    station.film(91.0)
    time.sleep(0.25)
    assert len(station.finder.asked) == MOST_ANSWERS + 1
    assert [station.next().frame.t_s for _ in range(MOST_ANSWERS + 2)] == [*range(MOST_ANSWERS + 1), 91.0]


def test_a_network_at_work_is_waited_for_and_no_frame_is_not(station: Station) -> None:
    """Longer than the asked time for an answer that is being made, so that a slow network is no lost camera; else None."""
    assert station.looking.next(0.02) is None
    station.finder.gate.left = 0
    station.film(1.0)
    until(lambda: bool(station.finder.asked))
    since_s = station.looking._since_s
    assert since_s is not None
    assert station.looking.next(0.02) is None
    assert BUSY_S <= time.monotonic() - since_s < BUSY_S + 5
    assert station.looking.is_stuck
    station.finder.gate.left = 1
    assert station.next().frame.t_s == 1.0


def test_a_network_that_does_not_come_back_is_hung(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """After HUNG_S without an answer; not while it rests, nor while its answer waits for the pipeline."""
    monkeypatch.setattr("kiosk.looking.HUNG_S", 0.1)
    for i in range(MOST_ANSWERS + 1):
        station.film(float(i))
        until(lambda count=i + 1: len(station.finder.asked) == count)  # type: ignore[misc]
    time.sleep(0.3)  # the last answer is held for so long
    assert not station.looking.is_hung
    for _ in range(MOST_ANSWERS + 1):
        station.next()
    station.finder.gate.left = 0
    station.film(9.0)
    until(lambda: station.looking.is_hung)
    station.finder.gate.left = 1


@pytest.mark.skipif(sys.platform != "linux", reason="threads have a niceness of their own on Linux only")
def test_the_network_is_as_nice_as_the_process(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes before every other thread, and a picture is cut where its frame came."""
    nice, cut_on, infer, prepare = [], [], station.finder.infer, station.finder.prepare

    def asked(prepared: Prepared) -> FloatArray:
        nice.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) - os.getpriority(os.PRIO_PROCESS, os.getpid()))
        return infer(prepared)

    def cut(frame: Frame) -> Prepared:
        cut_on.append(threading.current_thread())
        return prepare(frame)

    monkeypatch.setattr(station.finder, "infer", asked)
    monkeypatch.setattr(station.finder, "prepare", cut)
    station.film(0.0)
    station.next()
    assert nice == [0]
    assert cut_on == [threading.current_thread()]


def test_a_cut_is_not_shared_among_threads() -> None:
    """OpenCV's own threads wait busily, on the cores of the network."""
    cv2.setNumThreads(2)
    found = Station()
    found.end()
    assert cv2.getNumThreads() == 1


def test_no_pose_is_an_answer(station: Station) -> None:
    """While the network is loaded again each frame comes out without a pose, and nothing crashes."""
    station.finder.error = NoPoseError("failed")
    station.film(1.0)
    assert station.next().pose() is None
    station.finder.error = None
    station.film(2.0)
    assert station.next().pose() is not None
    assert station.crashes == []


def test_frames_that_nobody_wants_are_not_even_cut() -> None:
    """A hot station looks at one in two: the other costs nothing."""
    station = Station(lambda t_s: t_s % 2 == 0)
    try:
        for t_s in range(6):
            station.film(float(t_s))
            if t_s % 2 == 0:
                assert station.next().frame.t_s == t_s
            else:
                assert station.looking.next(0.15) is None
        assert station.finder.cut == [0, 2, 4]
    finally:
        station.end()


def test_a_crash_is_told_with_its_thread(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the network that nobody expected reaches the owner; one of cutting: tests/healing/test_healing_parts.py."""
    monkeypatch.setattr(station.finder, "infer", lambda _: 1 / 0)
    station.film(1.0)
    until(lambda: bool(station.crashes))
    assert [(who, type(error)) for who, error in station.crashes] == [("network", ZeroDivisionError)]


def test_what_was_cut_before_the_end_still_comes_out(station: Station) -> None:
    """A run is stored to its last frame: stop waits for the answer that is being made, and for the picture behind it."""
    station.finder.gate.left = 0
    station.film(1.0)
    until(lambda: station.finder.asked == [1.0])
    station.film(2.0)
    station.looking._asking.stop_flag.set()  # asked to end while it works on 1.0
    station.finder.gate.left = 9
    station.looking.stop()
    last = [station.looking.next(0), station.looking.next(0)]
    assert [seen.frame.t_s for seen in last if seen] == [1.0, 2.0]
    assert station.looking.next(0) is None


def test_after_the_end_nothing_is_cut(station: Station) -> None:
    """The camera goes on for a moment: the network must not go on with it."""
    station.looking.stop()
    station.film(1.0)
    assert station.finder.cut == []
    assert station.looking.next(0) is None


def test_the_end_does_not_hang_when_nobody_fetches(station: Station) -> None:
    """Full of answers, and a pipeline that is gone: stop returns."""
    for i in range(MOST_ANSWERS + 1):
        station.film(float(i))
        until(lambda count=i + 1: len(station.finder.asked) == count)  # type: ignore[misc]
    began_s = time.monotonic()
    station.looking.stop()
    assert time.monotonic() - began_s < 3
    assert not station.looking._asking.alive
