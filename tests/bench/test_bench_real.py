"""The benchmark itself in its smallest form: the real network, the real station, the real command line. No figure is judged."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from made_results import FACTS, GOOD

from kiosk.__main__ import main
from kiosk.bench import loops, station
from kiosk.bench import run as bench_run
from kiosk.bench.live import watched, watchers_of
from kiosk.bench.loops import Bare
from kiosk.bench.memory import children
from kiosk.bench.plan import Plan, installed, setups
from kiosk.bench.results import BenchError, Setup
from kiosk.bench.stages import Gauge
from kiosk.bench.station import Station
from kiosk.bench.watchers import Reader
from kiosk.config import Config
from kiosk.looking import SWITCH_S
from kiosk.threads import Stop

WAY = ["read", "crop", "input", "invoke", "decode", "light", "gait", "coach", "visit", "publish", "SSE"]


@pytest.fixture
def plan() -> Plan:
    """One turn of Lightning."""
    one = setups(["lightning"], installed()[:1], [1])
    return Plan(Config(), one, one, turns=1, turn_s=0.3, warm_s=0.0, starts=0)


def test_network_and_pipeline_in_turns(plan: Plan) -> None:
    """Every stage of a frame's way is told, and the frame's time holds them all."""
    (found,) = loops.measure(plan)
    assert list(found.stages_ms)[: len(WAY)] == WAY
    assert found.ratio == pytest.approx(found.pipeline_per_s / found.bare_per_s)
    assert found.ratio > 0
    assert found.other_ms is not None
    assert found.gait_coach_ms is not None
    assert found.other_ms.n == found.stages_ms["invoke"].n
    assert found.gait_coach_ms.median < found.other_ms.median


def test_a_frame_waits_for_a_look_as_long_as_in_the_station(plan: Plan) -> None:
    """Python's own 5 ms would be counted to the stages of frames beside which the window is looked at."""
    sys.setswitchinterval(0.005)
    loops.measure(plan)
    assert sys.getswitchinterval() == pytest.approx(SWITCH_S)


def test_the_station_watched_by_readers(plan: Plan) -> None:
    """A station as fast as it goes, in a process of its own, with one reader: poses, events, memory, stages on all its threads."""
    with watchers_of("readers", 1) as watchers:
        (found,) = watched(plan, plan.setups[0], None, watchers, "readers", Bare(plan.pose(plan.setups[0])), (1,))
    assert (found.browsers, found.watchers, found.latency_ms, found.undrawn) == (1, "readers", None, None)
    assert found.ratio is not None
    assert found.poses_per_s > 0
    assert found.ratio > 0
    assert found.resident_mb > found.proportional_mb > 20
    assert {"read", "crop", "input", "invoke", "decode", "visit", "publish"} <= set(found.stages_ms)


def test_a_station_that_is_held_stands_still_with_all_it_started(plan: Plan) -> None:
    """Also the process that looks at the window: else it would compute beside the bare network."""
    running = Station(plan.setups[0], 30.0)
    try:
        pids = [running._process.pid, *children(running._process.pid)]
        running.hold()
        Stop().wait(0.2)
        held = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids]
        running.go_on()
        Stop().wait(0.2)
        freed = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in pids]
    finally:
        running.end()
    assert len(pids) == 2
    assert held == ["T", "T"]
    assert "T" not in freed


def test_a_station_that_does_not_start_is_a_sentence() -> None:
    """The last line of what it said."""
    with pytest.raises(BenchError, match=r"the station that was to be measured ended: .*no such file"):
        Station(Setup("nowhere.tflite", "auto", 1), None)


def test_a_process_that_dies_is_a_sentence(plan: Plan) -> None:
    """Killed in the middle, as when the memory is full: the sentence is not lost to the broken pipe, also when it is closed."""
    running, reader = Station(plan.setups[0], 30.0), Reader()
    for process in (running._process, reader._process):
        process.kill()
        process.wait()
    try:
        with pytest.raises(BenchError, match="the station that was to be measured ended"):
            running.begin()
        with pytest.raises(BenchError, match="a reader of the station"):
            reader.seen()
    finally:
        running.end()
        reader.end()


def test_a_thread_that_failed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A station without its network gives no poses; that is no figure."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("begin\n"))
    app = SimpleNamespace(crash=("network", RuntimeError("gone")))
    with pytest.raises(SystemExit, match=r"its network thread failed: RuntimeError\('gone'\)"):
        station._listen(Gauge(), app)  # type: ignore[arg-type]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that the command had measured; the result is made."""
    plans: list[Plan] = []

    def run_bench(plan: Plan) -> object:
        plans.append(plan)
        return GOOD

    monkeypatch.setattr(bench_run, "run_bench", run_bench)
    return plans


def test_the_command_prints_and_writes(asked: list[Plan], tmp_path: Path) -> None:
    """Text on stdout, the JSON into its file, the figures into the document."""
    document = tmp_path / "speed.md"
    document.write_text((Path(__file__).parents[2] / "docs" / "speed.md").read_text())
    words = ["bench", "--quick", "--models", "thunder,lightning", "--threads", "1", "--turns", "2", "--json", str(tmp_path / "b.json")]
    done = CliRunner().invoke(main, [*words, "--write", str(document)])
    assert done.exit_code == 0, done.output
    assert FACTS.board in done.output
    found = json.loads((tmp_path / "b.json").read_text())
    assert (found["schema"], found["bars"][0]["kept"]) == (1, True)
    assert "Made Board 5" in document.read_text()
    assert [(row.model, row.threads) for row in asked[0].setups] == [("thunder", 1), ("lightning", 1)]
    assert (asked[0].turns, asked[0].quick) == (2, True)


WRONG = {
    "no such model": (["--models", "snail"], 1, "model 'snail': no such file"),
    "no such runtime": (["--runtimes", "onnx"], 1, "onnx: not installed"),
    "too many threads": (["--threads", "1,12"], 1, "12 threads: 1 to 8 are allowed."),
    "threads that are no number": (["--threads", "all"], 2, "'all' is no number of threads"),
    "tune without settings": (["--tune"], 2, "--tune needs --config"),
    "no folder for the figures": (["--json", "no/b.json"], 1, "there is no folder no."),
    "tune with what it does not do": (["--tune", "--config", "kiosk.toml", "--turns", "3"], 2, "leave out --write, --turns and --readers"),
    "a document without a place": (["--write", "other.md"], 1, "no place for the figures"),
    "a document that is not there": (["--write", "nowhere.md"], 1, "nowhere.md: No such file"),
}


@pytest.mark.parametrize(("words", "code", "said"), WRONG.values(), ids=WRONG)
def test_mistakes_are_sentences(
    words: list[str], code: int, said: str, asked: list[Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong and what is allowed; never a traceback."""
    monkeypatch.chdir(tmp_path)
    Path("other.md").write_text("# Other\n")
    done = CliRunner().invoke(main, ["bench", "--quick", *words])
    assert (done.exit_code, isinstance(done.exception, SystemExit)) == (code, True)
    assert said in done.output
    assert asked == [], "said before minutes of measuring"


def test_tune_really_runs_and_refuses_what_cannot_be(tmp_path: Path) -> None:
    """A budget that nothing keeps: the rows are told, one sentence, exit code 1, and kiosk.toml is as it was."""
    toml = tmp_path / "kiosk.toml"
    toml.write_text("[camera]\nframes_per_s = 30\n")
    one = ["--models", "lightning", "--runtimes", installed()[0], "--threads", "1"]
    done = CliRunner().invoke(main, ["bench", "--tune", "--quick", *one, "--latency-ms", "1", "--config", str(toml)])
    assert done.exit_code == 1, done.output
    assert "lightning, ai-edge-litert, 1 thread" in done.output
    assert "kiosk.toml was not changed." in done.output
    assert toml.read_text() == "[camera]\nframes_per_s = 30\n"
    assert [path.name for path in tmp_path.iterdir()] == ["kiosk.toml"]
