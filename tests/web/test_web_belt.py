"""The belt's speed and incline on the station's page: typed by touch or key, only shown when the treadmill tells them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import web_fakes
from flask import Flask
from measures import FAINT, MISPLACED, SMALL_BUTTONS, SMALL_WORDS
from page_screen import SIZES, SMALL_SIZES, Screen
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from web_fakes import FakeKiosk, Parts
from web_views import views

from kiosk.clinic import Belt
from kiosk.config import TreadmillConfig
from kiosk.screen import LiveView
from kiosk.treadmill import BeltNow
from kiosk.web.belt import register_belt, stepped
from kiosk.words import Language

TYPED = Belt(9.0, 1.5, "page")
TOLD = Belt(12.3, 0.5, "treadmill")
UNKNOWN = Belt()


class FakeBelt:
    """A belt whose values can be looked at."""

    def __init__(self, belt: Belt) -> None:
        self.belt = belt

    def now(self) -> Belt:
        return self.belt

    def set(self, speed_kmh: float | None, incline_pct: float) -> None:
        self.belt = Belt(speed_kmh, incline_pct, "page")

    def clear(self) -> None:
        self.belt = replace(self.belt, speed_kmh=None, source="")


def asked(belt: Belt, *presses: str) -> Belt:
    """The belt after these buttons."""
    parts, control = Parts(), FakeBelt(belt)
    register_belt(parts.app, control)
    for press in presses:
        assert parts.app.test_client().post(f"/belt/{press}").status_code == 200
    return control.belt


@pytest.mark.parametrize(
    ("belt", "press", "after"),
    [
        (UNKNOWN, "faster", Belt(9.0, 0.0, "page")),
        (UNKNOWN, "much-slower", Belt(9.0, 0.0, "page")),
        (TYPED, "faster", Belt(9.1, 1.5, "page")),
        (TYPED, "slower", Belt(8.9, 1.5, "page")),
        (Belt(9.3, 0.0, "page"), "much-faster", Belt(9.5, 0.0, "page")),
        (Belt(9.3, 0.0, "config"), "much-slower", Belt(9.0, 0.0, "page")),
        (TYPED, "steeper", Belt(9.0, 2.0, "page")),
        (Belt(9.0, 0.0, "page"), "flatter", Belt(9.0, -0.5, "page")),
        (Belt(40.0, 40.0, "page"), "faster", Belt(40.0, 40.0, "page")),
        (Belt(1.0, 40.0, "page"), "slower", Belt(1.0, 40.0, "page")),
        (TYPED, "unknown", Belt(None, 1.5, "")),
    ],
)
def test_each_button_changes_its_value_by_its_step(belt: Belt, press: str, after: Belt) -> None:
    """A tap is 0.1 km/h, a hold takes round halves, an incline 0.5 %; an unknown speed begins at 9 km/h; limits hold."""
    assert asked(belt, press) == after


def test_steps_do_not_gather_rounding() -> None:
    """A hundred taps up and a hundred down end where they began."""
    value = 9.0
    for step in [0.1] * 100 + [-0.1] * 100:
        value = stepped(value, step, 0.5, 40.0)

    assert value == 9.0


def test_the_treadmills_own_word_cannot_be_changed() -> None:
    """409 and a sentence that says where the speed can be changed."""
    parts, control = Parts(), FakeBelt(TOLD)
    register_belt(parts.app, control)
    answer = parts.client.post("/belt/faster")

    assert (answer.status_code, answer.get_json(), control.belt) == (
        409,
        {"error": "The treadmill tells its speed itself: change it on the treadmill."},
        TOLD,
    )


def test_other_words_are_refused_and_reading_changes_nothing() -> None:
    """404 with what is allowed; GET is no press; a foreign page is not heard."""
    parts, control = Parts(), FakeBelt(TYPED)
    register_belt(parts.app, control)
    client = parts.client
    answers = [
        client.post("/belt/fly").status_code,
        client.get("/belt/faster").status_code,
        client.post("/belt/faster", headers={"Origin": "http://elsewhere.example"}).status_code,
    ]

    assert (answers, "use one of faster, slower" in client.post("/belt/fly").get_json()["error"], control.belt) == (
        [404, 405, 403],
        True,
        TYPED,
    )


def test_without_a_control_there_is_no_address() -> None:
    """None registers nothing."""
    parts = Parts()
    register_belt(parts.app, None)

    assert parts.client.post("/belt/faster").status_code == 404


def test_the_real_belt_fits_the_page() -> None:
    """BeltNow is what the page asks for: press, and the answer is what is known."""
    parts, belt = Parts(), BeltNow(TreadmillConfig())
    register_belt(parts.app, belt)
    answers = [parts.client.post(f"/belt/{press}").get_json() for press in ("faster", "steeper", "unknown")]

    assert answers == [
        {"speed_kmh": 9.0, "incline_pct": 0.0, "source": "page"},
        {"speed_kmh": 9.0, "incline_pct": 0.5, "source": "page"},
        {"speed_kmh": None, "incline_pct": 0.5, "source": ""},
    ]


# ---- in the browser --------------------------------------------------------------------------------------------------


@pytest.fixture
def control() -> FakeBelt:
    return FakeBelt(TYPED)


@pytest.fixture
def belt_screen(driver: WebDriver, control: FakeBelt, monkeypatch: pytest.MonkeyPatch) -> Iterator[Screen]:
    """A browser on a kiosk that takes presses of the belt's buttons."""
    create = web_fakes.create_app

    def with_belt(*values: object, **more: object) -> Flask:
        app = create(*values, **more)  # type: ignore[arg-type]
        register_belt(app, control)
        return app

    monkeypatch.setattr(web_fakes, "create_app", with_belt)
    kiosk = FakeKiosk(views(Language.EN)["idle"])
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    yield Screen(driver, kiosk)  # type: ignore[arg-type]
    driver.get("about:blank")
    kiosk.close()


def with_belt(name: str, belt: Belt | None, language: Language = Language.EN) -> LiveView:
    """A view of this name that knows the belt."""
    return replace(views(language)[name], belt=belt)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("width", "height"), SIZES + SMALL_SIZES)
def test_the_control_fits_every_screen(belt_screen: Screen, language: Language, width: int, height: int) -> None:
    """Nothing is cut, covered, faint or too small, on the check and on the longest menu, typed, unknown and told."""
    belt_screen.resize(width, height)
    wrong = {}
    for name in ("check", "check-well", "menu-focus", "menu-focus-notice"):
        for said, belt in {"typed": TYPED, "unknown": UNKNOWN, "told": TOLD}.items():
            belt_screen.show_view(name, with_belt(name, belt, language))
            belt_screen.until(lambda: not belt_screen.hidden("belt"))
            belt_screen.until(
                lambda said=said: belt_screen.run("return document.getElementById('belt').matches('.told')") == (said == "told")
            )
            belt_screen.picture(f"belt-{name}-{said}-{language}-{width}x{height}")
            wrong[name, said] = [belt_screen.run(measure) for measure in (MISPLACED, FAINT, SMALL_WORDS, SMALL_BUTTONS)]

    assert {key: found for key, found in wrong.items() if any(found)} == {}


def test_a_tap_a_key_and_a_long_touch(belt_screen: Screen, control: FakeBelt) -> None:
    """A tap is one step, Enter on the focused button too; a finger that stays takes larger ones until it leaves."""
    belt_screen.show_view("check", with_belt("check", TYPED))
    belt_screen.until(lambda: not belt_screen.hidden("belt"))
    plus = belt_screen.driver.find_element(By.CSS_SELECTOR, "[aria-label='Belt faster']")
    plus.click()
    belt_screen.until(lambda: control.belt.speed_kmh == 9.1)
    plus.send_keys(Keys.ENTER)
    belt_screen.until(lambda: control.belt.speed_kmh == 9.2)
    ActionChains(belt_screen.driver).click_and_hold(plus).pause(1.2).release().perform()
    belt_screen.until(lambda: (control.belt.speed_kmh or 0) >= 10.0)
    reached = control.belt.speed_kmh
    belt_screen.driver.find_element(By.CSS_SELECTOR, "[aria-label='Belt flatter']").click()
    belt_screen.until(lambda: control.belt.incline_pct == 1.0)

    assert (control.belt.speed_kmh, reached in (10.0, 10.5), belt_screen.kiosk.commands.empty()) == (reached, True, True)


def test_it_is_there_before_the_run_only(belt_screen: Screen) -> None:
    """On the check and the choice, not while somebody runs, not in the other menus, and not where nobody knows a belt."""
    seen = {}
    for name in ("idle", "check", "menu-focus", "menu-code", "countdown", "cue", "calm"):
        belt_screen.show_view(name, with_belt(name, TYPED))
        seen[name] = not belt_screen.hidden("belt")
    belt_screen.show_view("check", with_belt("check", None))
    seen["no belt"] = not belt_screen.hidden("belt")

    assert [name for name, visible in seen.items() if visible] == ["check", "menu-focus"]


def test_the_treadmills_word_has_no_buttons(belt_screen: Screen) -> None:
    """Only numbers, in the language of the view, and where they come from."""
    belt_screen.show_view("check", with_belt("check", TOLD, Language.DE))
    belt_screen.until(lambda: "12,3" in belt_screen.text("belt"))

    assert belt_screen.text("belt") == "12,3 km/hSteigung 0,5\N{NO-BREAK SPACE}%vom Laufband gemeldet"
    assert belt_screen.driver.find_elements(By.CSS_SELECTOR, "#belt button") == []


def test_axe_finds_nothing_about_the_belt(belt_screen: Screen) -> None:
    """Roles and names of the control are in order."""
    belt_screen.show_view("check", with_belt("check", TYPED))
    belt_screen.until(lambda: not belt_screen.hidden("belt"))

    assert belt_screen.violations() == []
