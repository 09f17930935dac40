"""The unit tests that tests/arm64.py runs on an emulated processor, by name, and why the others are left out."""

TESTS = (
    "pose/test_pose_movenet.py",
    "pose/test_pose_runtimes.py",
    "pose/test_pose_crop.py",
    "pose/test_pose_light.py",
    "pose/test_pose_recording.py",
    "pose/test_pose_series.py",
    "gait/test_gait_geometry.py",
    "gait/test_gait_tilt.py",
    "gait/test_gait_upright.py",
    "gait/test_gait_placing.py",
    "gait/test_gait_spans.py",
    "gait/test_gait_stance.py",
    "gait/test_gait_folding.py",
    "gait/test_gait_bout_quality.py",
    "gait/test_gait_retest.py",
    "coach/test_coach_rules.py",
    "coach/test_coach_findings.py",
    "coach/test_coach_chains.py",
    "coach/test_coach_progress.py",
    "coach/test_coach_takehome.py",
    "coach/test_coach_wording.py",
    "coach/test_coach_german.py",
    "store/test_store_nouns.py",
    "store/test_store_visit.py",
    "tape/test_tape_ring.py",
    "tape/test_tape_journal.py",
    "words/test_words_phrase.py",
    "treadmill/test_treadmill_ftms.py",
    "report/test_report_exports.py",
    "report/test_report_trends.py",
    "report/test_report_captions.py",
    "test_session.py",
    "test_levelling.py",
)
"""Of tests/: numbers, files and rules that a minute or so of emulation is enough for."""
LEFT_OUT = {
    "web, report (pages and PDF), test_pages*, test_recorder, test_run": "a browser, or servers and processes in real time",
    "camera": "clips and cameras in real time; the camera has tests/virtual_camera.py",
    "store and tape (kill, crash), test_setup*, test_units*": "kill processes, or set up a machine, in real time",
    "gait and coach, the others": "whole runs of made runners: at a slow-down of about 65 they take hours together; --all-tests runs them",
}
"""What is not run, and why."""
ALL_TESTS = ("gait", "coach", "pose", "words", "treadmill", "tape/test_tape_ring.py", "store/test_store_sessions.py", *TESTS)
"""With --all-tests: hours."""
