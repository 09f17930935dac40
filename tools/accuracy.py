"""Write docs/accuracy.md: how far the kiosk is from cases with known truth.

    python tools/accuracy.py --validation FOLDER [--cache FOLDER] [--out FILE] [--model NAME]

Prints the page as well. With --cache the poses of the clips are kept, and the second run takes a minute or two.
"""

import argparse
import datetime
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as the command line does; before numpy loads

from judging.cases import Case, CaseError, read_bars, read_cases
from judging.judge import Row, judge_events, judge_metrics, reported_in_vain, rows, unknowable
from judging.page import LIVE, SETS, About, ChangeResult, RateResult, SetKind, SetResult, page
from judging.poses import PoseSource, Rate, changes_of, report_of
from kiosk import __version__
from kiosk.config import Config, with_values
from kiosk.pose.movenet import ModelError

ROOT = Path(__file__).parents[1]
EVEN_AND_IRREGULAR = tuple(Rate(fps, irregular) for fps in (30.0, 15.0, 10.0) for irregular in (False, True))
RATES: dict[str, tuple[str, tuple[Rate, ...]]] = {
    # nothing can be left out irregularly of 30 frames a second and still be 30
    "rendered": ("Rendered clips, network in the loop", tuple(r for r in EVEN_AND_IRREGULAR if r != Rate(30.0, True))),
    "mocap60": ("Real runners, ideal keypoints", EVEN_AND_IRREGULAR),
}
"""Sets that are also measured with fewer frames: their title and rates."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when the page was written, 1 with a sentence when it could not be."""
    given = _parser().parse_args(arguments)
    if not given.validation.is_dir():
        return _fail(
            f"{given.validation}: there is no such folder. Give the folder of the validation sets ({', '.join(s.name for s in SETS)})."
        )
    try:
        with _folder(given.cache) as folder:
            files, live = (PoseSource(folder, with_values(Config(), "pose", model=m), _say) for m in (given.model, given.live_model))
            text = _measured(given.validation, files, live)
        given.out.write_text(text, encoding="utf-8")
    except (CaseError, ModelError) as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"{error.filename}: {error.strerror}. Check the path, its permissions and the free space.")
    print(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Write docs/accuracy.md from validation sets with known truth.")
    parser.add_argument("--validation", type=Path, required=True, help="folder of the sets and bars.json")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "accuracy.md")
    parser.add_argument("--cache", type=Path, help="keep the poses of the clips here; without it they are made anew")
    parser.add_argument("--model", default="thunder", help="network for files: lightning, thunder or a .tflite file")
    parser.add_argument("--live-model", default="lightning", help="network of the live screen")
    return parser


def _measured(validation: Path, source: PoseSource, live: PoseSource) -> str:
    bars = read_bars(validation)
    sets = [(kind, cases) for kind in SETS if (cases := read_cases(validation / kind.name))]
    if not sets:
        raise CaseError(f"{validation}: holds none of the sets {', '.join(kind.name for kind in SETS)}.")
    results = [_judged(kind, cases, bars.get(kind.name, {}), source) for kind, cases in sets]
    for place, (kind, cases) in enumerate(sets):
        if kind.name == LIVE.name:
            results.insert(place + 1, _judged(LIVE, cases, bars.get(LIVE.name, {}), live))
    rates = [_at_rates(kind.name, cases, source) for kind, cases in sets if kind.name in RATES]
    changes = [_changed(cases[0], case, source) for kind, cases in sets if kind.name == "retest" for case in cases[1:]]
    return page(results, About(datetime.date.today().isoformat(), __version__, _model(source), _machine(), rates, changes))


def _judged(kind: SetKind, cases: Sequence[Case], bars: dict[str, float], source: PoseSource) -> SetResult:
    _say(f"{kind.name}: {len(cases)} cases")
    pairs = [(case, report_of(case, source)) for case in cases]
    verdicts = [v for case, report in pairs for v in judge_metrics(case, _or_none(report))]
    events = judge_events((case, _or_none(report)) for case, report in pairs)
    wrong = [f"{case.name}: {report}" for case, report in pairs if isinstance(report, str)]
    vain = [(case.name, reported_in_vain(case, _or_none(report))) for case, report in pairs if unknowable(case)]
    wrong += [f"{case}: {', '.join(names)} reported where it cannot be known" for case, names in vain if names]
    return SetResult(kind, len(cases), rows(verdicts), events, bars, wrong, [case for case, names in vain if not names])


def _changed(first: Case, second: Case, source: PoseSource) -> ChangeResult:
    return ChangeResult(first.name, second.name, changes_of(first, second, source))


def _at_rates(name: str, cases: Sequence[Case], source: PoseSource) -> RateResult:
    title, rates = RATES[name]
    table: dict[str, list[Row]] = {}
    for rate in rates:
        _say(f"{name} at {rate.name}")
        verdicts = [v for case in cases for v in judge_metrics(case, _or_none(report_of(case, source, rate)))]
        overall = {row.metric: row for row in rows(verdicts)}
        for metric, row in overall.items():
            table.setdefault(metric, []).append(row)
    return RateResult(title, [rate.name for rate in rates], table)


def _or_none(report: dict[str, Any] | str) -> dict[str, Any] | None:
    return None if isinstance(report, str) else report


@contextmanager
def _folder(cache: Path | None) -> Iterator[Path]:
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        yield cache
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def _model(source: PoseSource) -> str:
    return source.model or "none (no videos)"


def _machine() -> str:
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _fail(sentence: str) -> int:
    _say(f"accuracy: {sentence}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
