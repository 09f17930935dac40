"""What may be typed is the same everywhere: forms, the API, the station's page, the command line and kiosk.toml read one table."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from kiosk.__main__ import main
from kiosk.clinic import HEIGHT_LIMITS_CM, INCLINE_LIMITS_PCT, SPEED_LIMITS_KMH, PatientForm, Refused
from kiosk.config import TreadmillConfig
from kiosk.store.forms import check_form
from kiosk.treadmill import BeltNow
from kiosk.web.api_models import BeltWanted
from kiosk.web.belt import stepped
from kiosk.words import Phrase


def typed(option: str, value: float) -> None:
    said = CliRunner().invoke(main, ["analyze", "there is no such file.npz", option, str(value)]).output
    if "Invalid value" in said:
        raise Refused(Phrase("no"))


SPEED: dict[str, Callable[[float], object]] = {
    "patient": lambda value: check_form(PatientForm("P-1", speed_kmh=value)),
    "API": lambda value: BeltWanted(speed_kmh=value, incline_pct=0.0),
    "belt": lambda value: BeltNow(TreadmillConfig()).set(value, 0.0),
    "kiosk.toml": lambda value: TreadmillConfig(speed_kmh=value),
    "command line": lambda value: typed("--speed-kmh", value),
}
INCLINE: dict[str, Callable[[float], object]] = {
    "patient": lambda value: check_form(PatientForm("P-1", incline_pct=value)),
    "API": lambda value: BeltWanted(speed_kmh=None, incline_pct=value),
    "belt": lambda value: BeltNow(TreadmillConfig()).set(None, value),
    "kiosk.toml": lambda value: TreadmillConfig(incline_pct=value),
    "command line": lambda value: typed("--incline-pct", value),
}
HEIGHT: dict[str, Callable[[float], object]] = {
    "patient": lambda value: check_form(PatientForm("P-1", height_cm=value)),
    "command line": lambda value: typed("--height-cm", value),
}


@pytest.mark.parametrize(
    ("check", "limits"),
    [
        pytest.param(check, limits, id=f"{name} {where}")
        for name, places, limits in (
            ("speed", SPEED, SPEED_LIMITS_KMH),
            ("incline", INCLINE, INCLINE_LIMITS_PCT),
            ("height", HEIGHT, HEIGHT_LIMITS_CM),
        )
        for where, check in places.items()
    ],
)
def test_the_limits_are_those_of_the_table(check: Callable[[float], object], limits: tuple[float, float]) -> None:
    """Both ends are taken, a little more is refused."""
    low, high = limits
    check(low)
    check(high)
    for beyond in (low - 0.1, high + 0.1, float("nan")):
        with pytest.raises((Refused, ValidationError)):
            check(beyond)


def test_the_buttons_of_the_page_stay_within() -> None:
    """The station's page never asks for what is refused."""
    assert stepped(SPEED_LIMITS_KMH[0], -0.1, *SPEED_LIMITS_KMH) == SPEED_LIMITS_KMH[0]
