"""Does the camera still stand as it was set up: looked at while nobody visits, told when it was seen twice."""

from pathlib import Path

import av
import numpy as np
import pytest

from kiosk.camera.background import Background
from kiosk.camera.moved import FILE_NAME, Moved, reference, save
from kiosk.data import DEMO_CLIP
from kiosk.domain import ImageBgr
from kiosk.standing import AGAIN_S, DOUBT_S, FRAMES, TOLD_S, Standing, sentence
from kiosk.threads import Stop, monotonic_s


@pytest.fixture(scope="module")
def demo() -> list[ImageBgr]:
    with av.open(str(DEMO_CLIP)) as clip:
        return [np.asarray(f.to_ndarray(format="bgr24"), np.uint8) for i, f in enumerate(clip.decode(video=0)) if i % 25 == 0][: FRAMES + 1]


@pytest.fixture
def data(tmp_path: Path, demo: list[ImageBgr]) -> Path:
    """A data folder with the demo's camera as it stands."""
    background = Background()
    for image in demo:
        background.add(image)
    kept = reference(background)
    assert kept is not None
    save(tmp_path, kept)
    return tmp_path


def looked(standing: Standing, images: list[ImageBgr], t_s: float, quiet: bool = True) -> float:
    """One look, and its answer."""
    for image in images[:FRAMES]:
        t_s += 1.01
        standing.look(t_s, image, quiet)
    end_s, pause = monotonic_s() + 20, Stop()
    while standing._jobs is not None and standing._jobs._busy and monotonic_s() < end_s:
        pause.wait(0.02)
    t_s += 0.01
    standing.look(t_s, images[0], quiet)
    return t_s


def test_a_moved_camera_is_told_after_two_looks(data: Path, demo: list[ImageBgr]) -> None:
    """Knocked by 8 % of the picture: silent after the first look, told a minute later, gone within minutes when it is
    put back."""
    standing = Standing(data)
    knocked = [np.roll(image, 51, axis=1) for image in demo]
    t_s = looked(standing, knocked, 0.0)
    assert standing.problem == ""
    t_s = looked(standing, knocked, t_s + DOUBT_S)
    assert standing.problem == "The camera was moved since it was set up: the picture lies 8 % further and 0.0° turned. Set it up again."
    t_s = looked(standing, knocked, t_s + TOLD_S)
    assert standing.problem
    looked(standing, demo, t_s + TOLD_S)
    assert standing.problem == ""
    standing.stop()


def test_who_stood_before_it_once_is_no_alarm(data: Path, demo: list[ImageBgr]) -> None:
    """Moved in one look, as it was in the next: never told."""
    standing = Standing(data)
    t_s = looked(standing, [np.roll(image, 51, axis=1) for image in demo], 0.0)
    t_s = looked(standing, demo, t_s + DOUBT_S)
    looked(standing, demo, t_s + AGAIN_S)
    assert standing.problem == ""
    standing.stop()


def test_nothing_is_looked_at_during_a_visit(data: Path, demo: list[ImageBgr]) -> None:
    """Frames of a visit are not kept, and no thread is begun."""
    standing = Standing(data)
    looked(standing, [np.roll(image, 51, axis=1) for image in demo], 0.0, quiet=False)
    assert standing._jobs is None


def test_without_a_reference_nothing_is_told(tmp_path: Path, demo: list[ImageBgr]) -> None:
    """Never set up by the guide: no words."""
    standing = Standing(tmp_path)
    t_s = looked(standing, demo, 0.0)
    looked(standing, demo, t_s + AGAIN_S)
    assert standing.problem == ""
    standing.stop()


def test_a_damaged_reference_is_a_sentence(tmp_path: Path, demo: list[ImageBgr]) -> None:
    """The staff read what to do; the station goes on."""
    (tmp_path / FILE_NAME).write_text("{")
    standing = Standing(tmp_path)
    t_s = looked(standing, demo, 0.0)
    looked(standing, demo, t_s + DOUBT_S)
    assert "set up the camera again" in standing.problem
    standing.stop()


def test_another_picture_has_words_of_its_own() -> None:
    """Turned away: no shift can be told."""
    assert sentence(Moved(float("nan"), float("nan"), float("nan"), 0.7)).startswith("The camera looks elsewhere")
