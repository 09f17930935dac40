"""How long stages take is told by their own functions."""

from collections.abc import Iterator

import pytest

from kiosk.bench import stages
from kiosk.bench.stages import HOOKS, INVOKE, POSED, STAGES, TAKEN, Gauge, Hook, place_of, spreads
from kiosk.threads import Worker


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: f"{hook.stage} {hook.name}")
def test_every_row_names_a_function_that_is_there(hook: Hook) -> None:
    """Whoever moves a stage's function moves its row."""
    owner, name = place_of(hook)
    assert callable(vars(owner)[name])


def test_the_stages_that_others_name_exist() -> None:
    """The network's call, the stage after which the next frame is read, and the one that a pose has."""
    assert {INVOKE, POSED, TAKEN} <= set(STAGES)


@pytest.mark.parametrize(
    "hook",
    [
        Hook("x", "kiosk.bench.stages", "nothing"),
        Hook("x", "kiosk.bench.stages", "Gauge.nothing"),
        Hook("x", "kiosk.bench.stages", "No.take"),
    ],
)
def test_a_row_that_names_nothing_is_told(hook: Hook) -> None:
    """The error names the row and where to mend it, and functions that were hooked before are as they were."""
    before = vars(stages)["spreads"]
    with (
        pytest.raises(LookupError, match=r"stage 'x'.*mend its row of HOOKS"),
        Gauge().hooked((Hook("y", "kiosk.bench.stages", "spreads"), hook)),
    ):
        pass
    assert vars(stages)["spreads"] is before


@pytest.fixture
def clock() -> Iterator[float]:
    """0, 1, 2 ... seconds: every reading is a second later."""
    return (float(n) for n in range(10**6))


def test_a_stage_is_told_without_those_it_calls(clock: Iterator[float]) -> None:
    """Outer calls inner twice: inner has its two seconds, outer what is left, both in one record."""
    gauge = Gauge(now_s=lambda: next(clock))
    inner = gauge.timed("inner", lambda: None)
    outer = gauge.timed("outer", lambda: (inner(), inner()))
    outer()
    assert gauge.take() == [{"inner": 2000.0, "outer": 3000.0}]
    assert gauge.take() == []


def test_threads_do_not_mix(clock: Iterator[float]) -> None:
    """What another thread does while a stage runs is a record of its own."""
    gauge = Gauge(now_s=lambda: next(clock))
    beside = gauge.timed("beside", lambda: None)

    def work() -> None:
        worker = Worker("beside", lambda stop: beside()).start()
        assert worker.stop()

    gauge.timed("mine", work)()
    assert gauge.take() == [{"beside": 1000.0}, {"mine": 3000.0}]


def test_an_error_goes_through_and_is_told_as_well(clock: Iterator[float]) -> None:
    """A stage that fails still ends, and the next call of the thread begins a record of its own."""
    gauge = Gauge(now_s=lambda: next(clock))

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        gauge.timed("bad", fail)()
    gauge.timed("good", lambda: None)()
    assert gauge.take() == [{"bad": 1000.0}, {"good": 1000.0}]


def test_who_listens_hears_each_end() -> None:
    """In the order in which stages end, with what each call was given."""
    heard: list[tuple[str, tuple[object, ...]]] = []
    gauge = Gauge(ended=lambda stage, given: heard.append((stage, given)))
    inner = gauge.timed("inner", lambda: None)
    gauge.timed("outer", lambda frame: inner())("frame")
    assert heard == [("inner", ()), ("outer", ("frame",))]


def test_hooks_are_taken_off_again() -> None:
    """Within, the function tells; afterwards it is the very one that was there."""
    gauge, before = Gauge(), vars(stages)["spreads"]
    with gauge.hooked((Hook("told", "kiosk.bench.stages", "spreads"),)):
        stages.spreads([])
    assert vars(stages)["spreads"] is before
    assert [list(record) for record in gauge.take()] == [["told"]]


def test_spreads_are_in_the_order_of_the_way() -> None:
    """Only stages that ran, each with its own number of times; what no row names is left out."""
    found = spreads([{"invoke": 5.0, "read": 1.0, "rest": 1.0}, {"invoke": 7.0}])
    assert list(found) == ["read", "invoke"]
    assert (found["invoke"].median, found["invoke"].n, found["read"].n) == (6.0, 2, 1)
