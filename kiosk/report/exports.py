"""The files of an assessment that other programs read: a table of rows. Another file is another row.

What must not go in: reading recordings and drawing videos; who composes the kiosk brings both. No pseudonym, unless it is asked for.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from kiosk.clinic import Assessment, StoredBout
from kiosk.domain import PoseSeries
from kiosk.report.cells import cells
from kiosk.report.labels import ordered
from kiosk.report.reading import own_change
from kiosk.report.trc import trc

SCHEMA = 1
"""Of assessment.json; grows when a name changes its meaning or goes away."""
COLUMNS = (
    *("bout", "started_utc", "view", "speed_kmh", "incline_pct", "usable", "metric", "side", "value", "spread", "n", "quality", "reason"),
    "own_detectable",
)


@dataclass(frozen=True)
class Tools:
    """What the composition brings."""

    recordings: Path
    """Folder of the pose recordings and videos."""
    series: Callable[[Path], PoseSeries]
    """Reads a pose recording."""
    video: Callable[[StoredBout], bytes] | None = None
    """Makes the annotated video of a bout; None offers none."""
    code: str | None = None
    """Pseudonym for assessment.json; None leaves it out."""


@dataclass(frozen=True)
class Export:
    """One kind of file."""

    name: str
    """With {n}, the number of the bout in the assessment, when there is one a bout."""
    make: Callable[[Assessment, StoredBout | None, Tools, str], bytes]
    wanted: Callable[[Assessment, StoredBout], bool] = lambda assessment, bout: True
    """Does this bout have such a file?"""


def export_names(assessment: Assessment) -> tuple[str, ...]:
    """The files that this assessment has."""
    return tuple(_files(assessment))


def export_file(assessment: Assessment, name: str, tools: Tools) -> bytes:
    """The content of one file.

    Raises:
        KeyError: there is no such file.
        OSError: the recording or the video cannot be read.
        NoScale: the legs were never seen, so no TRC can be made.
        ValueError: the recording is damaged (from `tools.series`).
    """
    row, bout = _files(assessment)[name]
    return row.make(assessment, bout, tools, name)


def _files(assessment: Assessment) -> dict[str, tuple[Export, StoredBout | None]]:
    """Name -> its row and bout. A bout keeps its number when another one has no file."""
    found: dict[str, tuple[Export, StoredBout | None]] = {}
    for row in EXPORTS:
        if "{n}" not in row.name:
            found[row.name] = (row, None)
            continue
        found |= {row.name.format(n=n): (row, bout) for n, bout in enumerate(assessment.bouts, 1) if row.wanted(assessment, bout)}
    return found


def metrics_csv(assessment: Assessment, _bout: StoredBout | None, _tools: Tools, _name: str) -> bytes:
    """One line a metric, bout and side; sides "both", "left", "right". Empty where there is no value, with the reason."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, bout in enumerate(assessment.bouts, 1):
        writer.writerows(map(cells, _lines(number, bout)))
    return out.getvalue().encode()


def _lines(number: int, bout: StoredBout) -> Iterable[tuple[object, ...]]:
    order, result = bout.order, bout.result
    start = (number, bout.started_utc, order.view.value, order.speed_kmh, order.incline_pct, int(result.quality.ok))
    for metric, m in ordered(result.metrics):
        for side, value in (("both", m.value), ("left", m.left), ("right", m.right)):
            if side != "both" and value is None:
                continue
            rest = (m.spread, m.n, m.quality.value, str(m.reason), own_change(bout, metric) if side == "both" else None)
            yield (*start, metric, side, value, *rest)


def assessment_json(assessment: Assessment, _bout: StoredBout | None, tools: Tools, _name: str) -> bytes:
    """Everything that is stored of the assessment; arrays of pictures and file names are left out."""
    whole = {
        "schema": SCHEMA,
        "kind": assessment.kind.value,
        "started_utc": assessment.started_utc,
        "consent": _plain(assessment.consent),
        "bouts": [_bout_facts(bout) for bout in assessment.bouts],
    }
    whole |= {} if tools.code is None else {"code": tools.code}
    return (json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def _bout_facts(bout: StoredBout) -> dict[str, object]:
    order = {name: value for name, value in asdict(bout.order).items() if name != "assessment_id"}
    names = ("view", "seconds", "strides", "metrics", "blocks", "block_s", "quality", "model", "camera", "refusal", "warnings", "landing")
    result = {name: getattr(bout.result, name) for name in names}
    return {"started_utc": bout.started_utc, "order": _plain(order), "result": _plain(result)}


def _plain(value: Any) -> Any:
    """The value in JSON's own nouns; NaN and infinity are null."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return str(value) if isinstance(value, str) else value


def _trc(_assessment: Assessment, bout: StoredBout | None, tools: Tools, name: str) -> bytes:
    chosen = _one(bout)
    roll = chosen.result.camera.get("roll_deg")
    series = tools.series(tools.recordings / chosen.recording)
    view = chosen.result.view or chosen.order.view
    return trc(series, view, name, chosen.order.height_cm, roll if isinstance(roll, float | int) else 0.0).encode()


def _npz(_assessment: Assessment, bout: StoredBout | None, tools: Tools, _name: str) -> bytes:
    return (tools.recordings / _one(bout).recording).read_bytes()


def _mp4(_assessment: Assessment, bout: StoredBout | None, tools: Tools, name: str) -> bytes:
    if tools.video is None:
        raise KeyError(name)
    return tools.video(_one(bout))


def _one(bout: StoredBout | None) -> StoredBout:
    if bout is None:
        raise ValueError("this file is made of one bout; its name needs {n}")
    return bout


def _has_poses(_assessment: Assessment, bout: StoredBout) -> bool:
    return bool(bout.recording)


EXPORTS: tuple[Export, ...] = (
    Export("metrics.csv", metrics_csv),
    Export("assessment.json", assessment_json),
    Export("bout_{n}.trc", _trc, lambda a, bout: _has_poses(a, bout) and bout.order.height_cm is not None),
    Export("bout_{n}_leg_lengths.trc", _trc, lambda a, bout: _has_poses(a, bout) and bout.order.height_cm is None),
    Export("bout_{n}.npz", _npz, _has_poses),
    Export("bout_{n}.mp4", _mp4, lambda a, bout: bool(bout.video) and a.consent.video),
)
"""All files. Without a body height the TRC says in its name that one leg length is written as 1 m."""
