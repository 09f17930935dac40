"""The table of docs/reliability.md: every fault, what finds it, what is done, what people see, the test that plays it.

The measured times are not here: tests/play_faults.py plays each fault with a `name` in its PLAYS and puts them in.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One row."""

    name: str
    detection: str
    action: str
    shows: str
    """On page and lamp."""
    test: str


FAST = "lamp: fast blink"
CRASH = "the page: “Starting…” until it is back; lamp: dark"

FAULTS = (
    Fault(
        "camera stalls (no frames, still open)",
        "no frame for 5 s of waiting",
        "closed, opened again every 2 s",
        f"“The camera gives no picture.” after 1.5 s; staff: the sentence with what to check; {FAST}",
        "tests/healing/test_healing_camera.py::test_a_stalled_camera_is_closed_and_opened_again",
    ),
    Fault(
        "camera unplugged in a run",
        "the same; then libcamera lists no camera",
        "the same; the run waits 2 minutes for the picture, then ends and is stored",
        f"the same; {FAST}",
        "tests/healing/test_healing_camera.py::test_a_camera_that_is_lost_in_a_run_does_not_lose_the_run",
    ),
    Fault(
        "camera missing at the start",
        "libcamera lists no camera, or another program has it",
        "the page is served all the same; opened again every 2 s",
        f"“No camera found.” with what to check; {FAST}",
        "tests/healing/test_healing_camera.py::test_a_station_without_a_camera_starts_and_waits_for_it",
    ),
    Fault(
        "station cannot start (store taken or damaged, model file damaged)",
        "the part's own error while it is built",
        "under systemd the page is served without a station, and a start is tried every 10 s; by hand it is one sentence, exit code 1",
        f"“This station is not ready.”; staff: which part, what to do; {FAST}",
        "tests/test_waiting.py::test_the_page_says_why_and_the_station_starts_when_it_can",
    ),
    Fault(
        "mistake in kiosk.toml",
        "every key and value is checked before anything is opened",
        "under systemd the page is served at port 8080, and the file is read again every 10 s; by hand it is one sentence, exit code 2",
        f"“This station is not ready.”; staff: which key, what is allowed; {FAST}, on the pin that the file names",
        "tests/test_waiting.py::test_settings_with_a_mistake_are_said_on_the_page_until_they_are_mended",
    ),
    Fault(
        "camera library hangs in a call",
        "the camera's thread has not come back for 10 s",
        "the run is stored, the process ends, systemd starts it",
        f"“The camera gives no picture.”, then “Starting…”; {FAST}, then dark",
        "tests/healing/test_healing_camera.py::test_a_library_that_hangs_ends_the_process_and_keeps_the_run",
    ),
    Fault(
        "network fails once (raises)",
        "exception of the runtime",
        "loaded again with its self-test, the same picture is looked at again",
        "nothing; a log line",
        "tests/healing/test_healing_network.py::test_a_network_that_fails_once_is_loaded_again_within_the_frame",
    ),
    Fault(
        "network answers NaN or nonsense, for a while",
        "every answer is checked: finite, near the picture, scores 0 to 1",
        "loaded again at once, then every 5 s; poses go on with the same runner",
        f"“The station is mending itself.”; staff: which fault; {FAST}",
        "tests/healing/test_healing_network.py::test_a_failing_network_is_said_and_comes_back",
    ),
    Fault(
        "network stays broken",
        "five loads within a minute did not help",
        "the process ends, systemd starts it; a network that fails its self-test then is said on the page",
        f"the same, then “Starting…”; {FAST}, then dark",
        "tests/healing/test_healing_network.py::test_a_network_that_stays_broken_ends_the_process",
    ),
    Fault(
        "network hangs",
        "no answer for 10 s; behind that systemd's watchdog, no processed frame for 30 s",
        "the run is stored, the process ends, systemd starts it",
        f"“The station is mending itself.”, then “Starting…”; {FAST}, then dark",
        "tests/play_faults.py",
    ),
    Fault(
        "gait's process is killed or hangs in a run",
        "its connection ends, or no answer for 10 s",
        "another is started and the same look is done again; when that fails too gait is measured in the station's own process",
        "nothing; a log line when none can be had",
        "tests/test_gait_process.py::test_one_that_was_killed_is_started_again",
    ),
    Fault(
        "pipeline's thread dies",
        "the thread's own error, within 0.25 s",
        "the process ends, systemd starts it; the run is stored up to its last second",
        CRASH,
        "tests/healing/test_healing_parts.py::test_a_crashed_pipeline_does_not_leave_a_dead_page",
    ),
    Fault(
        "storing thread dies",
        "the thread's own error",
        "it begins again without the work that did it; at the second error the process ends, systemd starts it",
        f"staff: what could not be stored; {FAST}",
        "tests/healing/test_healing_parts.py::test_a_store_that_is_dead_for_good_ends_the_process",
    ),
    Fault(
        "disk full in a run",
        "SQLite refuses a commit",
        "the run goes on; what is to be stored waits in memory, up to an hour of it, and is tried every 2 s",
        f"nothing for the runner; staff: “Sessions cannot be stored now … nothing is lost yet”; {FAST}",
        "tests/healing/test_healing_parts.py::test_a_full_disk_in_a_run_loses_nothing",
    ),
    Fault(
        "wall clock jumps nine years back and forth in a run",
        "wall and monotonic clock come apart, looked at every 5 s",
        "nothing is timed by it; the dates of this process's runs move with it",
        "nothing; a clock before 2025 or after 2099 is a note for the staff",
        "tests/healing/test_healing_clock.py::test_a_clock_that_jumps_in_a_run_moves_its_date_and_nothing_else",
    ),
    Fault(
        "hot, throttled, weak supply (14 pictures/s) in a run",
        "thermal zone and get_throttled, every 5 s",
        "it looks at 24, 20 or 15 pictures a second, the hotter the fewer; numbers come from time stamps; one log line a change",
        "amber note for the staff with temperature and rate, nothing while somebody runs; lamp as always",
        "tests/healing/test_healing_machine.py::test_a_hot_station_is_noted_for_the_staff_and_never_for_a_runner",
    ),
    Fault(
        "lamp's pin gone",
        "its pin library raises",
        "all pins are closed and opened again every 30 s; keyboard and page go on",
        "staff: “The lamp stopped working”; lamp: dark",
        "tests/healing/test_healing_parts.py::test_a_lamp_that_breaks_is_said_and_opened_again",
    ),
    Fault(
        "browser killed",
        "`kiosk screen` sees its process end",
        "started again",
        "black for a moment; the station and its lamp go on",
        "tests/soak_station.py",
    ),
    Fault(
        "page crashes (“Aw, Snap”)",
        "the page says once a second that it drew; silent for 5 s",
        "`kiosk screen` starts Chromium again",
        "the error page for a moment",
        "tests/fault_screen.py::page_killed",
    ),
    Fault(
        "page hangs",
        "the same",
        "the same",
        "a screen that stands still for a moment",
        "tests/fault_screen.py::page_hangs",
    ),
    Fault(
        "error in the page's script",
        "the page's own handlers",
        "told to the log, the page is loaded again after growing pauses",
        "the same screen, drawn anew",
        "tests/web/test_web_alive.py",
    ),
    Fault(
        "process killed (kill -9)",
        "systemd",
        "started again after 0.5 s; the page connects by itself, three tries a second",
        CRASH,
        "tests/soak_station.py",
    ),
)
