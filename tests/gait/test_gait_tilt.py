"""What is believed about roll and yaw, and what refuses."""

import pytest

from kiosk.domain import View
from kiosk.gait.geometry import Setting
from kiosk.gait.tilt import Stand, along_scale, reason_against, stand_from_lines, warnings_of
from kiosk.gait.upright import Upright


def lines(roll_deg: float, sd_deg: float) -> Upright:
    return Upright(roll_deg, sd_deg, uprights=6, levels=6)


def test_a_known_roll_is_applied() -> None:
    """2.5° ± 0.3° is used, with its error and its source."""
    assert stand_from_lines(lines(2.5, 0.3)) == Stand(2.5, 0.3, "lines")


def test_a_roll_within_its_error_is_none() -> None:
    """0.2° ± 0.3° is an upright camera, and known to be one."""
    assert stand_from_lines(lines(0.2, 0.3)) == Stand(0.0, 0.3, "lines")


def test_lines_that_say_nothing() -> None:
    """No lines, or 1° ± 1.5°: upright is assumed."""
    assert stand_from_lines(None) == stand_from_lines(lines(1.0, 1.5)) == Stand(0.0, None, "assumed")


def test_a_roll_that_is_there_but_not_known_well_refuses() -> None:
    """5° ± 1.5°: pelvic drop has a reason, cadence has none."""
    stand = stand_from_lines(lines(5.0, 1.5))
    setting = Setting(stand.roll_deg, stand.roll_sd_deg)
    assert "±1.5°" in reason_against("pelvic_drop_deg", setting)
    assert reason_against("cadence_spm", setting) == ""


@pytest.mark.parametrize("metric", ["pelvic_drop_deg", "shoulder_tilt_deg", "lateral_lean_deg"])
def test_front_and_rear_angles(metric: str) -> None:
    """They stand a roll known to 1° up to 20°, and one that a person gave without an error; nothing beyond."""
    assert reason_against(metric, Setting(roll_deg=19.0, roll_sd_deg=0.9)) == ""
    assert reason_against(metric, Setting(roll_deg=3.0)) == ""
    assert reason_against(metric, Setting(roll_deg=0.0, roll_sd_deg=1.1)) != ""
    assert "Turn it upright" in reason_against(metric, Setting(roll_deg=-21.0, roll_sd_deg=0.2))


def test_side_angles_stand_more() -> None:
    """Trunk lean stands 2°, not 4°; waist bend is a difference of two leans and stands any."""
    assert reason_against("trunk_lean_deg", Setting(roll_sd_deg=2.0)) == ""
    assert reason_against("trunk_lean_deg", Setting(roll_sd_deg=4.0)) != ""
    assert reason_against("waist_bend_deg", Setting(roll_sd_deg=4.0)) == ""


def test_an_error_that_is_no_number_refuses() -> None:
    """NaN is not a known error."""
    assert reason_against("pelvic_drop_deg", Setting(roll_sd_deg=float("nan"))) != ""


def test_warnings() -> None:
    """Front and rear views with an assumed roll are told; a camera far from square is told where it stands."""
    assert "kiosk calibrate" in warnings_of(Stand(), View.REAR)[0]
    assert warnings_of(Stand(), View.LEFT) == warnings_of(Stand(1.0, 0.2, "lines"), View.FRONT) == ()
    assert "18° behind" in warnings_of(Stand(yaw_deg=-18.0), View.LEFT)[0]


def test_yaw_counts_only_when_it_is_surely_there() -> None:
    """8° may be the network's; 20° makes lengths along the belt 6 % longer."""
    assert Stand(yaw_deg=8.0).used_yaw_deg == 0
    assert along_scale(Setting(yaw_deg=Stand(yaw_deg=-20.0).used_yaw_deg)) == pytest.approx(1.064, abs=0.001)
    assert along_scale(Setting()) == 1
