"""The colours that mean something, as people see them who lack one kind of cone."""

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import kiosk.web

STATIC = Path(kiosk.web.__file__).parent / "static"
NAMED = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", (STATIC / "base.css").read_text(encoding="utf-8")))

SIGHT = {
    "all three cones": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What is left of linear red, green, blue (Machado, Oliveira, Fernandes 2009, severity 1)."""

PAIRS = {
    "to do / well done, near side / far side": ("amber", "blue"),
    "marked / plain": ("amber", "line"),
    "cue / calm": ("amber", "ink"),
    "praise / calm": ("blue", "ink"),
}
APART = 25.0
"""Distance in CIE Lab; 2.3 is the least that is noticed side by side, ten times that is told apart at a glance (our choice)."""

TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(color: str, sight: NDArray[np.float64]) -> NDArray[np.float64]:
    rgb = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    x, y, z = TO_XYZ @ np.clip(np.asarray(sight) @ linear, 0, 1) / TO_XYZ.sum(axis=1)
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("pair", PAIRS)
def test_colours_with_a_meaning_stay_apart(pair: str, sight: str) -> None:
    """Amber, blue, white and the line's grey are told apart by everybody."""
    one, other = (lab(NAMED[name], SIGHT[sight]) for name in PAIRS[pair])
    assert float(np.linalg.norm(one - other)) > APART


def test_red_and_green_would_be_found_out() -> None:
    """The measure of this file sees what deuteranopes do not: a red and a green of one lightness fall together."""
    assert np.linalg.norm(lab("#d03030", SIGHT["deuteranopia"]) - lab("#6f7a00", SIGHT["deuteranopia"])) < APART
