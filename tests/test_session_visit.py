"""The guided visit: check, choose, code, run, summary, replay, questions, take home; switching off; what an impatient finger does."""

from collections.abc import Sequence

import pytest

from kiosk.config import SessionConfig
from kiosk.pose.presence import Belt
from kiosk.screen import Command, Pick, Press, State
from kiosk.session import Session
from kiosk.visit import CHOOSE_S, OFF_S, SHUTDOWN_S, Ending, SessionState
from kiosk.words import Language

START, STOP, SHOW, TEST, SHUTDOWN = Command.START, Command.STOP, Command.SHOW, Command.TEST, Command.SHUTDOWN

FOCUS = ("surprise", "soft", "hips", "metronome", "code", "cancel")
DIGITS = (*"0123456789", "delete", "back")
KEYS = {State.CHOOSE: FOCUS, State.CODE: DIGITS, State.SHUTDOWN: ("no", "yes")}
QUESTIONS = (("nothing", "neck", "shin"), ("little", "hurts"), ("during", "after"))


class Walk:
    """A visit, a second a press, that offers the menus which a pipeline would offer."""

    def __init__(self, **config: object) -> None:
        self.session = Session(SessionConfig.model_validate(config))
        self.t_s = 0.0
        self.seen = self.session.update(0.0)

    def options(self) -> Sequence[str]:
        if self.session.state is State.ASK:
            given = self.seen.answers
            done = given[:1] == ("nothing",) or len(given) == len(QUESTIONS)
            return () if done else QUESTIONS[len(given)]
        return KEYS.get(self.session.state, ())

    def after(self, *presses: Press, seconds: float = 1.0, belt: Belt = Belt.UNKNOWN, placed: bool = False) -> SessionState:
        self.t_s += seconds
        self.seen = self.session.update(self.t_s, presses, belt, self.options(), placed)
        return self.seen

    def states(self, *presses: Press) -> list[State]:
        return [self.after(press).state for press in presses]

    def run(self) -> "Walk":
        """Start, go on, take the first choice, count down."""
        self.states(START, START, START)
        assert self.after(seconds=3).started
        return self


def test_a_whole_visit_with_two_buttons() -> None:
    """Start leads through check, choice and countdown to the run, stop ends it, start leads through the summary's pages and questions."""
    walk = Walk().run()
    assert walk.states(STOP, START, START) == ["summary", "replay", "ask"]
    assert walk.states(STOP, START) == ["ask", "ask"]  # marks "neck", takes it
    assert walk.states(START, STOP, START) == ["ask", "ask", "ask"]
    assert walk.seen.answers == ("neck", "little", "after")
    assert walk.after().state is State.TAKE_HOME
    assert walk.after(START).state is State.IDLE
    assert walk.seen.answers == ()


def test_the_check_goes_on_by_itself_or_by_start_and_stops_by_stop() -> None:
    """Well placed: on to the choice; start goes on anyway; stop goes back; nobody comes: back after a minute."""
    walk = Walk()
    walk.after(START)
    assert walk.after(placed=True).state is State.CHOOSE
    assert Walk().states(START, START) == ["check", "choose"]
    assert Walk().states(START, STOP) == ["check", "idle"]
    walk = Walk()
    walk.after(START)
    assert [walk.after(seconds=s).state for s in (59, 1.1)] == ["check", "idle"]


def test_stop_marks_the_next_option_and_start_takes_it() -> None:
    """The mark goes round; start takes what is marked and says which."""
    walk = Walk()
    walk.states(START, START)
    assert [walk.after(STOP).marked for _ in FOCUS] == [1, 2, 3, 4, 5, 0]
    walk.after(STOP)
    taken = walk.after(START)
    assert (taken.picked, taken.state) == ("soft", State.COUNTDOWN)
    assert walk.after().picked == ""


def test_a_tap_takes_an_option_at_once_and_one_of_another_menu_does_nothing() -> None:
    """Pick works for keys on the screen only."""
    walk = Walk()
    walk.states(START, START)
    assert walk.after(Pick("yes")).state is State.CHOOSE
    taken = walk.after(Pick("hips"))
    assert (taken.picked, taken.state) == ("hips", State.COUNTDOWN)
    assert walk.after(Pick("soft")).state is State.COUNTDOWN


def test_a_switch_stays_in_the_menu_with_its_mark() -> None:
    """Taking the metronome leaves the mark there, so that the next press is not a surprise."""
    walk = Walk()
    walk.states(START, START, STOP, STOP, STOP)
    taken = walk.after(START)
    assert (taken.picked, taken.state, taken.marked) == ("metronome", State.CHOOSE, 3)


def test_cancel_ends_the_visit() -> None:
    """The last option of the choice leads back to the attract screen."""
    walk = Walk()
    walk.states(START, START)
    assert walk.after(Pick("cancel")).state is State.IDLE


def test_a_code_is_typed_by_taps_or_by_two_buttons() -> None:
    """Six digits, one of them deleted again; the last one leads back to the choice with the whole code."""
    walk = Walk()
    walk.states(START, START, Pick("code"))
    walk.after()
    for key in ("4", "8", "9", "delete", "2", "9", "1"):
        walk.after(Pick(key), seconds=0.2)
    assert (walk.seen.state, walk.seen.typed) == (State.CODE, "48291")
    walk.states(STOP, STOP, STOP)
    done = walk.after(START)
    assert (done.state, done.picked, done.typed) == (State.CHOOSE, "code", "482913")
    assert walk.after().typed == ""


def test_back_from_the_code() -> None:
    """The option "back" leads to the choice without a code."""
    walk = Walk()
    walk.states(START, START, Pick("code"), Pick("1"))
    back = walk.after(Pick("back"))
    assert (back.state, back.picked, back.typed) == (State.CHOOSE, "back", "")


@pytest.mark.parametrize(("belt", "after", "picked"), [(Belt.MOVING, "countdown", "surprise"), (Belt.EMPTY, "idle", "cancel")])
def test_a_choice_that_nobody_makes(belt: Belt, after: str, picked: str) -> None:
    """Who is on the belt runs with the first choice after a while; an empty belt ends the visit."""
    walk = Walk()
    walk.states(START, START)
    assert walk.after(STOP, seconds=CHOOSE_S - 1, belt=belt).state is State.CHOOSE
    assert walk.after(seconds=CHOOSE_S - 1, belt=belt).state is State.CHOOSE  # a press begins the wait anew
    gone = walk.after(seconds=1.1, belt=belt)
    assert (gone.state, gone.picked) == (after, picked)


def test_running_in_the_choice_does_not_start_by_itself() -> None:
    """Whoever runs already while choosing is let choose."""
    walk = Walk()
    walk.states(START, START)
    assert walk.after(belt=Belt.EMPTY).state is State.CHOOSE
    assert walk.after(belt=Belt.MOVING).state is State.CHOOSE


def test_show_me_and_self_test_while_running() -> None:
    """Start and show ask for feedback, test for a self-test, each in its own update; nothing of it elsewhere."""
    walk = Walk().run()
    assert [walk.after(press).asked for press in (START, SHOW, TEST)] == [(SHOW,), (SHOW,), (TEST,)]
    assert walk.after().asked == ()
    assert walk.after(STOP).state is State.SUMMARY
    assert walk.after(SHOW).asked == ()


def test_nothing_sore_ends_the_questions() -> None:
    """Without options there is nothing more to ask: on to what the runner takes home."""
    walk = Walk().run()
    walk.states(STOP, START, START, START)
    assert walk.seen.answers == ("nothing",)
    assert walk.after(seconds=0.03).state is State.TAKE_HOME


@pytest.mark.parametrize("pages", [0, 1, 3])
def test_every_page_after_the_run_goes_by_itself(pages: int) -> None:
    """Nobody presses: each page ends after its time, and so does the visit."""
    walk = Walk(summary_s=30).run()
    walk.states(STOP, *[START] * pages)
    for _ in range(2):
        walk.after(seconds=30.1)
    assert walk.seen.state is State.IDLE


def test_switching_off_asks_first() -> None:
    """A long press asks; "no" and waiting go back to where one was, "yes" switches off for good."""
    walk = Walk()
    assert walk.states(SHUTDOWN, START) == ["shutdown", "idle"]
    walk.run()
    assert walk.after(SHUTDOWN).state is State.RUNNING
    assert walk.states(STOP, SHUTDOWN) == ["summary", "shutdown"]
    assert walk.after(seconds=SHUTDOWN_S).state is State.SUMMARY
    assert walk.seen.elapsed_s > 0
    assert walk.states(SHUTDOWN, STOP, START) == ["shutdown", "shutdown", "off"]
    assert walk.states(START, STOP, Command.TOGGLE) == ["off"] * 3


def test_language_of_a_visit() -> None:
    """Stop on the attract screen changes the language for this visit; afterwards, and after a minute of nothing, it is ours again."""
    walk = Walk(language="de")
    assert walk.after(STOP).language is Language.EN
    walk.run()
    assert walk.after(STOP).language is Language.EN
    assert walk.after(Command.LANGUAGE).language is Language.DE
    assert walk.after(Command.LANGUAGE).language is Language.EN
    assert walk.after(STOP).language is Language.DE
    walk.after(STOP)
    assert [walk.after(seconds=s).language for s in (58, 3)] == [Language.EN, Language.DE]


def test_the_short_press_in_a_long_one_is_taken_back() -> None:
    """Stop held on the attract screen: the question to switch off comes in the language that was there before."""
    walk = Walk()
    assert walk.after(STOP).language is Language.DE
    asked = walk.after(SHUTDOWN, seconds=3)
    assert (asked.state, asked.language) == (State.SHUTDOWN, Language.EN)


@pytest.mark.parametrize("press", [START, Command.TOGGLE])
def test_ten_presses_a_second_go_one_step(press: Command) -> None:
    """A burst of one button is one press on every screen, so nobody lands in a run that was not chosen."""
    walk = Walk()
    assert {walk.after(press, seconds=0.1).state for _ in range(50)} == {State.CHECK}
    walk.after(seconds=1)
    assert {walk.after(press, seconds=0.1).state for _ in range(50)} == {State.CHOOSE}


def test_both_buttons_together_do_one_thing() -> None:
    """Start and stop in one update: the first one counts, the other is part of the burst."""
    walk = Walk()
    assert walk.after(START, STOP).state is State.CHECK
    walk.run() if walk.after().state is State.IDLE else walk.states(START, START)
    walk.after(seconds=3)
    assert walk.seen.state is State.RUNNING
    assert walk.after(STOP, START).state is State.SUMMARY
    assert walk.after(seconds=0.1).state is State.SUMMARY


def test_a_double_tap_does_not_answer_the_next_question() -> None:
    """The same button twice within half a second answers one question."""
    walk = Walk().run()
    walk.states(STOP, START, START, STOP)
    walk.after(START)
    walk.after(START, seconds=0.2)
    assert walk.seen.answers == ("neck",)


def test_the_next_visitor_may_run_while_the_last_ones_pages_are_shown() -> None:
    """Stepping on and running starts the countdown from every page after the run, with no answers of the last one."""
    for pages in range(4):
        walk = Walk().run()
        walk.after(belt=Belt.MOVING)
        walk.states(STOP, *[START] * pages)
        walk.after(belt=Belt.EMPTY)
        begun = walk.after(belt=Belt.MOVING)
        assert (begun.state, begun.answers, begun.elapsed_s) == (State.COUNTDOWN, (), 0.0)


@pytest.mark.parametrize("leave", [(STOP,), (START, Pick("cancel"))])
def test_who_gives_a_visit_up_is_not_counted_down(leave: tuple[Press, ...]) -> None:
    """Stop in the check, or cancel, while running on the belt: nothing starts before the belt was empty."""
    walk = Walk()
    walk.after(belt=Belt.EMPTY)
    walk.after(START, belt=Belt.MOVING)
    for press in leave:
        walk.after(press, belt=Belt.MOVING)
    assert {walk.after(belt=Belt.MOVING).state for _ in range(30)} == {State.IDLE}
    walk.after(belt=Belt.EMPTY)
    assert walk.after(belt=Belt.MOVING).state is State.COUNTDOWN


def test_a_hammered_button_does_not_make_the_other_deaf() -> None:
    """Start every 0.3 s without end: stop still stops the run, half a second after the last change at the latest."""
    walk = Walk().run()
    for _ in range(5):
        walk.after(START, seconds=0.3)
    assert walk.after(START, STOP, seconds=0.3).state is State.SUMMARY


def test_a_run_that_nobody_steps_on_for_ends() -> None:
    """Start pressed, nobody comes: the run ends after the time of an abandoned visit, with no seconds of running."""
    walk = Walk().run()
    assert walk.after(belt=Belt.EMPTY).state is State.RUNNING
    assert walk.after(seconds=58, belt=Belt.EMPTY).state is State.RUNNING
    ended = walk.after(seconds=2.5, belt=Belt.EMPTY)
    assert ended.state is State.SUMMARY
    assert ended.elapsed_s < 2


def test_a_run_without_a_picture_ends() -> None:
    """The camera is gone for two minutes: the run ends, says why, and is as long as it was seen."""
    walk = Walk().run()
    walk.after(seconds=20, belt=Belt.MOVING)
    states = [walk.after(belt=Belt.UNKNOWN).state for _ in range(120)]
    assert states == [State.RUNNING] * 119 + [State.SUMMARY]
    assert walk.seen.reason_ended is Ending.NO_PICTURE
    assert walk.seen.elapsed_s == pytest.approx(20)


def test_a_choice_is_not_made_for_somebody_else() -> None:
    """The belt was left after the last press, and somebody else steps on: the visit ends instead of counting down."""
    walk = Walk()
    walk.states(START, START)
    walk.after(seconds=5, belt=Belt.MOVING)
    walk.after(seconds=5, belt=Belt.EMPTY)
    gone = walk.after(seconds=CHOOSE_S, belt=Belt.MOVING)
    assert (gone.state, gone.picked) == (State.IDLE, "cancel")


def test_the_next_visitor_has_the_stations_language() -> None:
    """A German visit ends by stepping off; who steps on next is counted down in the station's own language."""
    walk = Walk()
    walk.after(STOP)
    walk.run()
    walk.after(belt=Belt.MOVING)
    walk.after(STOP)
    assert walk.after(belt=Belt.EMPTY).language is Language.DE
    begun = walk.after(belt=Belt.MOVING)
    assert (begun.state, begun.language) == (State.COUNTDOWN, Language.EN)


def test_a_refused_switching_off_comes_back() -> None:
    """A system that did not go down leaves the black screen after some seconds."""
    walk = Walk()
    walk.states(SHUTDOWN, STOP, START)
    assert walk.after(seconds=OFF_S).state is State.IDLE


def test_a_late_frame_now_and_then_does_not_keep_an_empty_run_alive() -> None:
    """A slow camera: every other update knows nothing of the belt; the run still ends ten seconds after stepping off."""
    walk = Walk().run()
    walk.after(seconds=20, belt=Belt.MOVING)
    for i in range(40):
        walk.after(seconds=0.25, belt=Belt.UNKNOWN if i % 2 else Belt.EMPTY)
    assert walk.after(seconds=0.25, belt=Belt.EMPTY).state is State.SUMMARY


def test_who_presses_start_beside_the_belt_and_then_steps_on_runs() -> None:
    """The belt is empty at the press; the check lets her through and the choice is made by time: countdown."""
    walk = Walk()
    walk.after(belt=Belt.EMPTY)
    walk.after(START, belt=Belt.EMPTY)
    walk.after(belt=Belt.TAKEN)
    assert walk.after(belt=Belt.MOVING, placed=True).state is State.CHOOSE
    assert walk.after(seconds=CHOOSE_S, belt=Belt.MOVING).state is State.COUNTDOWN


def test_a_check_that_timed_out_does_not_stop_hands_free() -> None:
    """Nobody pressed cancel: who runs after the check went away is counted down."""
    walk = Walk()
    walk.after(START, belt=Belt.EMPTY)
    walk.after(seconds=60, belt=Belt.TAKEN)
    assert walk.seen.state is State.IDLE
    assert walk.after(belt=Belt.MOVING).state is State.COUNTDOWN


def test_holding_stop_on_a_page_after_the_run_keeps_the_language() -> None:
    """The short press in it ended the visit and changed no language, so nothing is taken back."""
    walk = Walk().run()
    walk.states(STOP, STOP)
    assert walk.after(SHUTDOWN, seconds=3).language is Language.EN
