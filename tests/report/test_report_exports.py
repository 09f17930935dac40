"""Exports of an assessment: what other programs read."""

import csv
import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import clinic_fakes as fakes
import numpy as np
import pytest

from kiosk.domain import FloatArray, PoseSeries, View
from kiosk.gait.geometry import LEG_OF_HEIGHT
from kiosk.gait.metrics import METRICS
from kiosk.pose.keypoints import LEFT, NAMES
from kiosk.report.exports import Tools, export_file, export_names
from kiosk.report.trc import NoScale, trc
from known_cases import series

HEIGHT_CM = 178.0


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    (tmp_path / "bout_1.npz").write_bytes(b"poses")
    return Tools(tmp_path, lambda path: series("usual", View.LEFT), lambda bout: f"video {bout.id}".encode())


def read_trc(text: str) -> tuple[dict[str, str], list[str], FloatArray, FloatArray]:
    """A strict reader by the format's description: facts, markers, (n,) seconds, (n, markers, 3)."""
    lines = text.split("\n")
    assert lines[0].split("\t")[:3] == ["PathFileType", "4", "(X/Y/Z)"]
    facts = dict(zip(lines[1].split("\t"), lines[2].split("\t"), strict=True))
    heads = [head for head in lines[3].split("\t") if head]
    assert heads[:2] == ["Frame#", "Time"]
    assert [head for head in lines[4].split("\t") if head] == [f"{axis}{k}" for k in range(1, len(heads) - 1) for axis in "XYZ"]
    assert lines[5] == ""
    assert lines[-1] == ""
    rows = [line.split("\t") for line in lines[6:-1]]
    assert {len(row) for row in rows} == {2 + 3 * (len(heads) - 2)}
    assert [row[0] for row in rows] == [str(k) for k in range(1, len(rows) + 1)]
    assert (int(facts["NumFrames"]), int(facts["NumMarkers"])) == (len(rows), len(heads) - 2)
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    return facts, heads[2:], numbers[:, 0], numbers[:, 1:].reshape(len(rows), -1, 3)


def test_a_trc_is_read_back_in_metres_with_y_up_and_x_forward() -> None:
    """The leg has the length that the height gives, the head is above the hip, the belt is near 0, the runner's nose looks forward."""
    facts, markers, t_s, xyz = read_trc(trc(series("usual", View.LEFT), View.LEFT, "bout_1.trc", HEIGHT_CM))
    at = {name: np.nanmedian(xyz[:, k], axis=0) for k, name in enumerate(markers)}
    legs = np.linalg.norm(xyz[:, LEFT["hip"]] - xyz[:, LEFT["knee"]], axis=1)
    legs += np.linalg.norm(xyz[:, LEFT["knee"]] - xyz[:, LEFT["ankle"]], axis=1)

    assert tuple(markers) == NAMES
    assert facts["Units"] == "m"
    assert np.allclose(np.diff(t_s), 1 / float(facts["DataRate"]), atol=2e-6)
    assert np.nanmax(np.abs(xyz[..., 2])) == 0
    assert np.nanmedian(legs) == pytest.approx(LEG_OF_HEIGHT * HEIGHT_CM / 100, rel=0.03)
    assert at["nose"][1] > at["left_hip"][1] > at["left_knee"][1] > 0
    assert at["nose"][0] > at["left_ear"][0]
    assert -0.02 < np.nanpercentile(xyz[:, LEFT["ankle"], 1], 2) < 0.1


def test_irregular_frames_come_onto_the_grid() -> None:
    """A point that moves evenly is on its line at every time of the grid, though frames were uneven."""
    t_s = np.array([0.0, 0.03, 0.07, 0.10, 0.13, 0.17, 0.20])
    whole = still(t_s)
    whole.xy_px[:, 0, 0] = 100 + 1000 * t_s
    _, _, grid_s, xyz = read_trc(trc(whole, View.RIGHT, "a.trc", None))
    moved = xyz[:, 0, 0] - xyz[0, 0, 0]
    assert np.allclose(moved, grid_s * 1000 / 200, atol=1e-4)  # a leg of 200 pixels is 1


def test_a_point_that_was_not_seen_is_nan() -> None:
    """A long hole stays one; the other points of those frames stay."""
    t_s = np.arange(60) / 30
    whole = still(t_s)
    whole.score[10:40, 9] = 0.05
    _, _, grid_s, xyz = read_trc(trc(whole, View.LEFT, "a.trc", None))
    hidden = (grid_s > t_s[9] + 1e-6) & (grid_s < t_s[40] - 1e-6)
    assert np.isnan(xyz[hidden, 9]).all()
    assert np.isfinite(xyz[~hidden, 9]).all()
    assert np.isfinite(xyz[:, 10]).all()


def test_without_legs_there_is_no_scale() -> None:
    """A sentence says so."""
    whole = still(np.arange(5) / 30)
    whole.xy_px[:, 11:] = np.nan
    with pytest.raises(NoScale, match="legs were never seen"):
        trc(whole, View.LEFT, "a.trc", None)


def still(t_s: FloatArray) -> PoseSeries:
    """Somebody who stands with legs of 200 pixels."""
    xy = np.zeros((len(t_s), 17, 2))
    xy[:, :, 0] = 300.0
    for part, y in {"eye": 90, "ear": 95, "shoulder": 150, "elbow": 200, "wrist": 240, "hip": 280, "knee": 380, "ankle": 480}.items():
        xy[:, [LEFT[part], LEFT[part] + 1], 1] = y
    return PoseSeries(t_s, xy, np.ones((len(t_s), 17)), 640, 640)


def test_names_follow_what_is_there() -> None:
    """No recording: no TRC, no NPZ. No consent: no video. No height: the TRC says so in its name; the number of a bout stays."""
    whole = fakes.assessment()
    side, rear = whole.bouts
    assert export_names(whole) == (
        *("metrics.csv", "assessment.json", "bout_1.trc", "bout_2.trc", "bout_1.npz", "bout_2.npz", "bout_1.mp4", "bout_2.mp4"),
    )
    bare = (replace(side, recording="", video=""), replace(rear, order=replace(rear.order, height_cm=None)))
    closed = replace(whole, bouts=bare, consent=replace(whole.consent, video=False))
    assert export_names(closed) == ("metrics.csv", "assessment.json", "bout_2_leg_lengths.trc", "bout_2.npz")


def test_files_come_from_recording_and_maker(tools: Tools) -> None:
    """The recording as it is, the maker's video, a TRC; an unknown name is none."""
    whole = fakes.assessment()
    assert export_file(whole, "bout_1.npz", tools) == b"poses"
    assert export_file(whole, "bout_2.mp4", tools) == b"video 2"
    assert read_trc(export_file(whole, "bout_1.trc", tools).decode())[0]["NumMarkers"] == "17"
    with pytest.raises(KeyError):
        export_file(whole, "../secret", tools)


def test_the_csv_has_every_metric_and_side(tools: Tools) -> None:
    """A line a metric and bout, more for sides; empty without a value, with the reason."""
    whole = fakes.assessment()
    lines = list(csv.DictReader(StringIO(export_file(whole, "metrics.csv", tools).decode())))
    both = [line for line in lines if line["side"] == "both"]
    assert [line["metric"] for line in both] == [row.name for row in METRICS] * 2
    m = whole.bouts[0].result.metrics["contact_ms"]
    at = {line["side"]: float(line["value"]) for line in lines if line["bout"] == "1" and line["metric"] == "contact_ms"}
    assert at == {"both": m.value, "left": m.left, "right": m.right}
    hidden = next(line for line in both if line["bout"] == "1" and line["metric"] == "step_width_ratio")
    assert (hidden["value"], hidden["quality"]) == ("", "none")
    assert hidden["reason"]


def test_the_json_is_strict_and_names_nobody(tools: Tools) -> None:
    """Schema, consent, bouts with metrics; NaN is null; the pseudonym only when asked for."""
    whole = fakes.assessment()
    bad = replace(whole.bouts[0].result, landing={"left_db": float("nan")})
    whole = replace(whole, bouts=(replace(whole.bouts[0], result=bad),))
    text = export_file(whole, "assessment.json", tools).decode()
    found = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert found["schema"] == 1
    assert found["consent"]["video"] is True
    assert found["bouts"][0]["result"]["metrics"]["cadence_spm"]["value"] == whole.bouts[0].result.metrics["cadence_spm"].value
    assert found["bouts"][0]["result"]["landing"] == {"left_db": None}
    assert "KX-0417" not in text
    assert "KX-0417" in export_file(whole, "assessment.json", replace(tools, code="KX-0417")).decode()
