"""The daily sweep: once a day, again when the disk refused."""

from datetime import date

from kiosk.clinic import Removed
from kiosk.upkeep import Upkeep


def test_a_day_is_swept_once_and_a_refused_one_again() -> None:
    """Four looks on two days, the first refused: three sweeps."""
    days = iter([date(2026, 11, 21), date(2026, 11, 21), date(2026, 11, 21), date(2026, 11, 22)])
    swept: list[date] = []

    def sweep(today: date) -> Removed:
        swept.append(today)
        if len(swept) == 1:
            raise OSError("the disk refuses")
        return Removed()

    upkeep = Upkeep(sweep, today=lambda: next(days))
    for _ in range(4):
        upkeep.look()

    assert swept == [date(2026, 11, 21), date(2026, 11, 21), date(2026, 11, 22)]
