"""Values as they travel to the page: names, numbers, pictures, and sentences in the view's language."""

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
from web_fakes import picture
from web_views import CUE, RUNNING, SUMMARY, VIEWS

from kiosk.domain import Side, TypicalStride, View
from kiosk.screen import LiveView
from kiosk.web.encode import ViewText, jpeg, view_json
from kiosk.words import Language, Phrase


def test_view_is_json_with_every_field() -> None:
    """Every field of a LiveView by name; NaN and infinity are null; a pose is rounded, a missing joint null."""
    view = replace(CUE, cadence_spm=math.nan, frames_per_s=math.inf)
    data = json.loads(json.dumps(view_json(view), allow_nan=False))
    assert set(data) == set(LiveView.__dataclass_fields__)
    assert (data["cadence_spm"], data["frames_per_s"], data["state"], data["view"]) == (None, None, "running", "left")
    assert (data["cue"]["fault"]["side"], data["gauge"]["low"]) == ("left", 19.0)
    assert (data["pose"]["xy"][0], data["pose"]["xy"][2], data["pose"]["score"][:3]) == ([352.0, 92.0], None, [0.8, 0.8, 0.0])


def test_summary_is_json_with_every_metric() -> None:
    """A metric without a value keeps its reason."""
    summary = view_json(VIEWS["summary"])["summary"]
    assert summary["metrics"]["lateral_lean_deg"]["reason"] == "Only seen from the front or the rear."  # type: ignore[index]


STRIDE = TypicalStride(View.LEFT, np.full((2, 17, 2), 0.12345), 0.7, {Side.LEFT: 0.0, Side.RIGHT: 0.5}, {Side.LEFT: 0.3}, 40)
STRIDE.xy[0, 3] = math.nan


def test_a_typical_stride_is_lists() -> None:
    """Leg lengths to a thousandth, missing points null, phases under the names of the sides."""
    data = view_json(replace(VIEWS["summary"], summary=replace(SUMMARY, stride=STRIDE)))["summary"]["stride"]  # type: ignore[index]
    assert (data["xy"][0][3], data["xy"][1][3]) == ([None, None], [0.123, 0.123])
    assert (data["contact"], data["toe_off"], data["view"]) == ({"left": 0.0, "right": 0.5}, {"left": 0.3}, "left")


GERMAN = Phrase("{n:.1f} steps behind {what}", n=2.5, what=Phrase("you"))


@pytest.fixture
def words(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {Language.DE: {GERMAN.pattern: "{n:.1f} Schritte hinter {what}", "you": "dir"}, Language.EN: {}}
    for module in ("kiosk.words.catalogue", "kiosk.web.live"):
        monkeypatch.setattr(f"{module}.catalogue", lambda language: said[language])


@pytest.mark.usefixtures("words")
def test_sentences_are_sent_in_the_language_of_the_view() -> None:
    """Pattern, values and decimal sign in German, also deep inside a summary; in English as written."""
    summary = replace(SUMMARY, cues=(GERMAN,))
    german, english = (
        view_json(replace(RUNNING, notice=GERMAN, summary=summary, language=language)) for language in (Language.DE, Language.EN)
    )
    assert (german["notice"], english["notice"]) == ("2,5 Schritte hinter dir", "2.5 steps behind you")
    assert german["summary"]["cues"] == ["2,5 Schritte hinter dir"]  # type: ignore[index]


@pytest.mark.usefixtures("words")
def test_a_summary_is_encoded_once_for_each_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames that carry the same summary share its text; another language or another summary gets its own."""
    text, summary = ViewText(), replace(SUMMARY, cues=(GERMAN,))
    view = replace(VIEWS["summary"], summary=summary)
    assert json.loads(text(view)) == json.loads(json.dumps(view_json(view)))
    assert json.loads(text(replace(view, language=Language.DE)))["summary"]["cues"] == ["2,5 Schritte hinter dir"]
    monkeypatch.setattr("kiosk.web.encode._plain", lambda value, language: "made again" if value is summary else None)
    assert "made again" not in text(replace(view, language=Language.DE))
    assert "made again" in text(view)


def test_picture_is_at_most_480_high() -> None:
    """960 lines become 480, the shape of the picture stays; a small one is sent as it is."""
    sizes = [cv2.imdecode(np.frombuffer(jpeg(picture(height=h)), np.uint8), cv2.IMREAD_COLOR).shape for h in (960, 240)]
    assert sizes == [(480, 640, 3), (240, 320, 3)]


@pytest.mark.usefixtures("words")
def test_a_text_that_keeps_what_stays_is_the_text_of_the_view() -> None:
    """View after view in both languages, with gauges that are equal and others that are not: letter for letter what `view_json` says."""
    text, said, wanted = ViewText(), [], []
    for language in (Language.EN, Language.DE, Language.EN):
        for view in (*VIEWS.values(), *VIEWS.values()):
            gauge = replace(view.gauge, value=view.gauge.value + len(said) % 3) if view.gauge is not None else None
            now = replace(view, language=language, gauge=gauge, notice=GERMAN, elapsed_s=len(said) / 30)
            said.append(text(now))
            wanted.append(json.dumps(view_json(now), separators=(",", ":")))
    assert said == wanted


def test_only_what_is_new_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a new frame of the same run the pose and the clock, and nothing else."""
    text, encoded = ViewText(), []
    text(CUE)
    monkeypatch.setattr("kiosk.web.encode._json", lambda value: encoded.append(value) or "0")
    assert CUE.pose is not None
    text(replace(CUE, elapsed_s=CUE.elapsed_s + 1 / 30, pose=replace(CUE.pose, t_s=2.0)))
    assert [type(value) for value in encoded] == [float, dict]
