"""The visit: what each press and the passing of time does."""

import pytest

from kiosk.config import SessionConfig
from kiosk.pose.presence import Belt
from kiosk.screen import Command, State
from kiosk.session import Session
from kiosk.visit import QUIET_S, Ending, SessionState

START, STOP, TOGGLE = Command.START, Command.STOP, Command.TOGGLE


def session_in(state: State, at_s: float = 100.0) -> Session:
    """A session (countdown 3 s, summary 60 s, longest 120 min) that entered `state` at `at_s`."""
    session = Session(SessionConfig(guided=False))
    if state is State.COUNTDOWN:
        session.update(at_s, [START])
    elif state is not State.IDLE:
        session.update(at_s - 20, [START])
        session.update(at_s - 10 if state is State.SUMMARY else at_s)
        if state is State.SUMMARY:
            session.update(at_s, [STOP])
    assert session.update(at_s).state is state
    return session


def walk(session: Session, steps: list[tuple[float, list[Command]]]) -> list[State]:
    return [session.update(t_s, commands).state for t_s, commands in steps]


def test_whole_visit() -> None:
    """A visit goes idle, countdown, running, summary, idle."""
    session = Session(SessionConfig(guided=False, countdown_s=3, summary_s=60))
    steps = [(0.0, []), (1.0, [START]), (3.9, []), (4.0, []), (64.0, [STOP]), (123.9, []), (124.0, [])]
    assert walk(session, steps) == ["idle", "countdown", "countdown", "running", "summary", "summary", "idle"]


@pytest.mark.parametrize(
    ("state", "command", "after"),
    [
        (State.IDLE, START, State.COUNTDOWN),
        (State.IDLE, TOGGLE, State.COUNTDOWN),
        (State.IDLE, STOP, State.IDLE),
        (State.COUNTDOWN, START, State.COUNTDOWN),
        (State.COUNTDOWN, TOGGLE, State.IDLE),
        (State.COUNTDOWN, STOP, State.IDLE),
        (State.RUNNING, START, State.RUNNING),
        (State.RUNNING, TOGGLE, State.SUMMARY),
        (State.RUNNING, STOP, State.SUMMARY),
        (State.SUMMARY, START, State.REPLAY),
        (State.SUMMARY, TOGGLE, State.REPLAY),
        (State.SUMMARY, STOP, State.IDLE),
    ],
)
def test_every_press_in_every_state(state: State, command: Command, after: State) -> None:
    """Each button does one known thing in each state."""
    assert session_in(state).update(101.0, [command]).state is after


def test_countdown_shows_whole_seconds() -> None:
    """The countdown shows 3, 2, 1 for a full second each."""
    session = Session(SessionConfig(guided=False, countdown_s=3))
    shown = [session.update(0.125 + i / 4, [START] if i == 0 else []).countdown_s for i in range(13)]
    assert shown == [3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1, None]


def test_countdown_starts_with_its_own_number() -> None:
    """The first number of a countdown of 3 is 3 at whatever time it starts, never 4 by rounding."""
    first = [Session(SessionConfig(guided=False, countdown_s=3)).update(i * 0.1, [START]).countdown_s for i in range(1000)]
    assert set(first) == {3}


def test_no_countdown() -> None:
    """With countdown_s = 0 the start button starts the run at once."""
    state = Session(SessionConfig(guided=False, countdown_s=0)).update(5.0, [START])
    assert state == SessionState(State.RUNNING, started=True)


def test_edges_come_once() -> None:
    """`started` and `stopped` are true in exactly the one update in which the run begins and ends."""
    session = Session(SessionConfig(guided=False))
    seen = [session.update(t_s, commands) for t_s, commands in [(0, [START]), (3, []), (4, []), (9, [STOP]), (10, [])]]
    assert [(s.started, s.stopped) for s in seen] == [(False, False), (True, False), (False, False), (False, True), (False, False)]


def test_elapsed_time() -> None:
    """Running time counts from the end of the countdown, stays during the summary and is gone afterwards."""
    session = session_in(State.RUNNING, at_s=100)
    seen = [session.update(t_s, commands).elapsed_s for t_s, commands in [(100, []), (112.5, []), (130, [STOP]), (140, []), (190, [])]]
    assert seen == [0, 12.5, 30, 30, 0]


def test_forgotten_run_ends() -> None:
    """A run that nobody stops ends by itself after the longest time, and says so."""
    session = Session(SessionConfig(guided=False, longest_min=1))
    session.update(0, [START])
    session.update(3)
    assert session.update(62.9).state is State.RUNNING
    assert session.update(63.5) == SessionState(State.SUMMARY, elapsed_s=60.0, stopped=True, reason_ended=Ending.LONGEST)


def test_reason_of_a_stopped_run() -> None:
    """A run that a person stopped says so until its summary goes."""
    session = session_in(State.RUNNING)
    seen = [session.update(t_s, commands).reason_ended for t_s, commands in [(101, []), (102, [STOP]), (110, []), (170, [])]]
    assert seen == [None, Ending.STOPPED, Ending.STOPPED, None]


def test_a_new_run_begins_at_zero() -> None:
    """The next runner need not wait for the summary to go: stop, start, and the run counts from 0 seconds."""
    session = session_in(State.SUMMARY, at_s=100)
    assert [session.update(t_s, c).elapsed_s for t_s, c in [(101, [STOP]), (102, [START]), (105, [])]] == [0, 0, 0]


@pytest.mark.parametrize("command", [TOGGLE, START])
def test_ten_taps_a_second_start_once(command: Command) -> None:
    """Ten taps a second for ten seconds are one press: the run starts and is not stopped again."""
    session = Session(SessionConfig(guided=False))
    states = [session.update(i / 10, [command]).state for i in range(100)]
    assert list(dict.fromkeys(states)) == ["countdown", "running"]


def test_pounding_stop_keeps_the_summary() -> None:
    """Hammering the stop button ends the run once and does not throw away its summary."""
    session = session_in(State.RUNNING, at_s=100)
    assert {session.update(101 + i / 10, [STOP]).state for i in range(50)} == {State.SUMMARY}


def test_pounding_stop_after_start_stops() -> None:
    """Hammering stop right after start is heard half a second after the start at the latest."""
    session = Session(SessionConfig(guided=False, countdown_s=10))
    session.update(0, [START])
    assert [session.update(i / 10, [STOP]).state for i in (1, 2, 3, 4, 5, 6)][-2:] == [State.IDLE, State.IDLE]


def test_second_press_after_a_pause_counts() -> None:
    """Two presses of the same button half a second apart are two presses."""
    session = Session(SessionConfig(guided=False))
    assert walk(session, [(0, [TOGGLE]), (QUIET_S, [TOGGLE])]) == ["countdown", "idle"]


def test_quiet_time_only_after_a_change() -> None:
    """A press that did nothing does not block the next one."""
    session = Session(SessionConfig(guided=False))
    assert walk(session, [(0, [Command.SHOW]), (0.1, [START])]) == ["idle", "countdown"]


def test_several_commands_in_one_update() -> None:
    """Commands of one update are handled in order: the first that changes the state wins, the rest of the burst is ignored."""
    session = Session(SessionConfig(guided=False))
    assert session.update(0, [Command.SHOW, START, STOP, TOGGLE]).state is State.COUNTDOWN


def test_press_counts_for_what_the_person_saw() -> None:
    """STOP in the very update in which the countdown ends still prevents the run."""
    state = session_in(State.COUNTDOWN, at_s=100).update(103.0, [STOP])
    assert (state.state, state.started, state.stopped) == (State.IDLE, False, False)


def test_gap_in_time() -> None:
    """After a gap of an hour each state still gets its turn, so no run starts and ends unseen."""
    session = Session(SessionConfig(guided=False))
    session.update(0, [START])
    state = session.update(3600)
    assert (state.state, state.elapsed_s, state.started) == (State.RUNNING, 0.0, True)


def test_summary_after_a_gap_is_shown_in_full() -> None:
    """A run found too long after a gap gets its whole summary, and its time is cut at the longest."""
    session = session_in(State.RUNNING, at_s=100)
    seen = [session.update(t_s) for t_s in (100_000, 100_059, 100_060)]
    assert [(s.state, s.elapsed_s) for s in seen] == [("summary", 7200), ("summary", 7200), ("idle", 0)]


@pytest.mark.parametrize("t_s", [9.999, float("nan"), float("inf")])
def test_time_going_backwards_is_a_bug(t_s: float) -> None:
    """A time before the last update, or one that is no number, is refused and changes nothing."""
    session = Session(SessionConfig(guided=False))
    session.update(10.0)
    with pytest.raises(ValueError, match="not before the last update"):
        session.update(t_s, [START])
    assert session.update(10.0).state is State.IDLE


EMPTY, TAKEN, MOVING = Belt.EMPTY, Belt.TAKEN, Belt.MOVING


def on_belt(session: Session, steps: list[tuple[float, Belt]]) -> list[State]:
    return [session.update(t_s, [], belt).state for t_s, belt in steps]


def test_stepping_on_and_off_is_a_whole_visit() -> None:
    """Standing starts nothing, running starts the countdown, standing still goes on, stepping off ends; the summary stays its time."""
    session = Session(SessionConfig(guided=False, countdown_s=3, summary_s=60))
    steps = [(0.0, EMPTY), (1.0, TAKEN), (3.0, MOVING), (6.0, MOVING), (20.0, TAKEN), (30.0, EMPTY), (89.9, EMPTY), (90.0, EMPTY)]
    assert on_belt(session, steps) == ["idle", "idle", "countdown", "running", "running", "summary", "summary", "idle"]


def test_reason_of_stepping_off() -> None:
    """The run ends ten seconds after stepping off, says so, is as long as it was run, and its end is an edge like any other."""
    session = session_in(State.RUNNING, at_s=100)
    session.update(101, [], MOVING)
    assert on_belt(session, [(110, EMPTY), (119.9, EMPTY)]) == ["running", "running"]
    state = session.update(120, [], EMPTY)
    assert (state.state, state.stopped, state.elapsed_s, state.reason_ended) == (State.SUMMARY, True, 10, Ending.STEPPED_OFF)


def test_back_within_ten_seconds_runs_on() -> None:
    """Whoever started the run by a press may step off for nine seconds, and again: the ten seconds count from the last step."""
    session = session_in(State.RUNNING, at_s=100)
    steps = [(101, MOVING), (110, EMPTY), (119, EMPTY), (119.5, TAKEN), (125, EMPTY), (134, EMPTY), (135, EMPTY)]
    assert on_belt(session, steps) == ["running"] * 6 + ["summary"]


def test_a_run_waits_for_who_pressed_the_button() -> None:
    """Start pressed beside the treadmill: the empty belt does not end the run before somebody was on it."""
    session = session_in(State.RUNNING, at_s=100)
    assert on_belt(session, [(101, EMPTY), (120, EMPTY), (121, TAKEN), (122, EMPTY), (132, EMPTY)]) == ["running"] * 4 + ["summary"]


def test_no_frame_is_not_stepping_off() -> None:
    """While no frame comes nothing is known of the belt: the run goes on."""
    session = session_in(State.RUNNING, at_s=100)
    assert on_belt(session, [(101, MOVING), (130, Belt.UNKNOWN), (200, Belt.UNKNOWN)]) == ["running"] * 3


@pytest.mark.parametrize("summary_s", [3, 60])
def test_stop_then_still_running_does_not_start_again(summary_s: float) -> None:
    """After stop the person runs on: summary and idle pass; only after an empty belt does running start the next one."""
    session = Session(SessionConfig(guided=False, summary_s=summary_s))
    on_belt(session, [(0, EMPTY), (2, MOVING), (5, MOVING)])
    session.update(10, [STOP], MOVING)
    steps = [(11, MOVING), (12, TAKEN), (100, MOVING), (200, TAKEN), (201, EMPTY), (202, TAKEN), (204, MOVING)]
    assert on_belt(session, steps)[2:] == ["idle", "idle", "idle", "idle", "countdown"]


def test_stop_in_the_countdown_holds() -> None:
    """Whoever presses stop in the countdown that came by itself is not asked again while running on."""
    session = Session(SessionConfig(guided=False))
    on_belt(session, [(0, EMPTY), (2, MOVING)])
    session.update(3, [STOP], MOVING)
    assert set(on_belt(session, [(4, MOVING), (10, MOVING), (60, MOVING)])) == {State.IDLE}


def test_an_empty_belt_before_the_run_does_not_arm_the_next() -> None:
    """Start by button with nobody there yet, then a run, then stop: running on does not start again."""
    session = session_in(State.RUNNING, at_s=100)
    on_belt(session, [(101, EMPTY), (105, TAKEN), (107, MOVING)])
    session.update(120, [STOP], MOVING)
    assert on_belt(session, [(150, MOVING), (300, MOVING), (400, MOVING)]) == ["summary", "idle", "idle"]


def test_next_runner_in_the_summary() -> None:
    """Somebody steps on while the last runner's summary is shown: the countdown comes when she runs."""
    session = session_in(State.RUNNING, at_s=100)
    steps = [(101, MOVING), (110, EMPTY), (120, EMPTY), (121, EMPTY), (122, TAKEN), (124, MOVING), (127, MOVING)]
    assert on_belt(session, steps) == ["running", "running", "summary", "summary", "summary", "countdown", "running"]


def test_countdown_that_came_by_itself_goes_by_itself() -> None:
    """Stepping off in a countdown that the belt started ends it; one that the button started goes on."""
    session = Session(SessionConfig(guided=False))
    assert on_belt(session, [(0, EMPTY), (2, MOVING), (4, EMPTY)]) == ["idle", "countdown", "idle"]
    assert session_in(State.COUNTDOWN, at_s=100).update(102, [], EMPTY).state is State.COUNTDOWN


def test_hands_free_can_be_switched_off() -> None:
    """With hands_free = false only the buttons start and end."""
    session = Session(SessionConfig(guided=False, hands_free=False))
    assert set(on_belt(session, [(0, EMPTY), (2, MOVING), (9, MOVING)])) == {State.IDLE}
    session.update(10, [START], MOVING)
    assert on_belt(session, [(13, MOVING), (20, EMPTY), (40, EMPTY)]) == ["running"] * 3


def test_a_press_goes_before_the_belt() -> None:
    """Stop and stepping off in one update: stopped by the person."""
    session = session_in(State.RUNNING, at_s=100)
    session.update(101, [], MOVING)
    assert session.update(110, [STOP], EMPTY).reason_ended is Ending.STOPPED
