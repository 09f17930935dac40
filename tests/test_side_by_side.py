"""Which tests run at the same time: a small suite of its own, run as setup.sh runs ours."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import side_by_side

TESTS = Path(__file__).parent
TIMED = """
import json, os, time
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(4))
def test_it(number):
    began = time.monotonic()
    time.sleep(0.2)
    log = Path(__file__).parent / f"{Path(__file__).stem}-{number}.json"
    log.write_text(json.dumps([began, time.monotonic(), os.environ["PYTEST_XDIST_WORKER"]]))
"""


def test_every_name_is_a_file() -> None:
    """A file that was renamed would run alone without anybody noticing."""
    assert [name for name in [*side_by_side.FILES, *side_by_side.LONGEST] if not (TESTS / f"{name}.py").exists()] == []
    assert [name for name in side_by_side.FOLDERS if not (TESTS / name).is_dir()] == []
    assert [name for name in side_by_side.LONGEST if not side_by_side.runs_beside(TESTS / f"{name}.py")] == []


def test_a_new_file_runs_alone() -> None:
    """Whoever writes one has to think before it may run beside others."""
    assert not side_by_side.runs_beside(TESTS / "test_new.py")
    assert not side_by_side.runs_beside(TESTS / "web" / "test_new.py")
    assert side_by_side.runs_beside(TESTS / "gait" / "test_new.py")


def test_what_runs_alone_runs_at_no_other_tests_time(tmp_path: Path) -> None:
    """Two workers: files that are named overlap, the others come last and overlap nothing; one closing line counts all."""
    pytest.importorskip("xdist", reason="pytest-xdist is not installed: ./setup.sh test brings it")
    shutil.copy(TESTS / "side_by_side.py", tmp_path)
    (tmp_path / "conftest.py").write_text(
        f"from side_by_side import {', '.join(name for name in vars(side_by_side) if name.startswith('pytest_'))}\n"
    )
    for name in ("test_clock", "test_people", "test_pace"):
        (tmp_path / f"{name}.py").write_text(TIMED)
    options = ["-n", "2", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]

    run = subprocess.run([sys.executable, "-m", "pytest", "-q", *options], cwd=tmp_path, capture_output=True, text=True, check=False)

    times = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    alone = [times[f"test_clock-{number}"] for number in range(4)]
    beside = [span for name, span in times.items() if not name.startswith("test_clock")]
    assert "12 passed" in run.stdout.splitlines()[-1]
    assert len({worker for _, _, worker in beside}) == 2
    assert len({worker for _, _, worker in alone}) == 1
    assert min(began for began, _, _ in alone) >= max(ended for _, ended, _ in beside)
