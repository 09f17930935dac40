"""What others publish, and what other open tools do on clips like ours: a table. A new figure is a row."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where figures come from."""

    key: str
    text: str


@dataclass(frozen=True)
class Published:
    """One figure."""

    metric: str
    """Of our table, or an event: "contact", "toe_off"."""
    figure: str
    """With its unit and kind of error."""
    source: str
    """Key of SOURCES."""


SOURCES: tuple[Source, ...] = (
    Source("a", "MoveNet on sprinters against marker-based motion capture: VideoRun2D, arXiv 2409.10175"),
    Source("b", "OpenPose on a treadmill, RMSE after the offset was removed: Van Hooren 2023"),
    Source("c", "BlazePose on a phone, near foot: Young 2023"),
    Source("d", "MotionMetrix (+3 to +4 %) and Stryd (-5 %), bias of contact time"),
    Source("e", "GaitLab with BlazePose heavy, its defaults, measured by us on 24 rendered clips of the kind used here"),
    Source("f", "running-form-analyzer with MoveNet Thunder, its defaults, measured by us on the same 24 clips"),
    Source("g", "ankle furthest ahead as contact, knee straightest as toe off: perfect keypoints, measured by us (mocap sets)"),
)

PUBLISHED: tuple[Published, ...] = (
    Published("cadence_spm", "93 (24 with perfect keypoints)", "e"),
    Published("cadence_spm", "24", "f"),
    Published("contact_ms", "10-14 ms", "c"),
    Published("contact_ms", "bias +3 to +4 %, -5 %", "d"),
    Published("contact_ms", "106 ms", "e"),
    Published("trunk_lean_deg", "3.1", "e"),
    Published("trunk_lean_deg", "2.8", "f"),
    Published("overstride_ratio", "0.24", "e"),
    Published("knee_contact_deg", "3.2-5.5 (joint angles)", "a"),
    Published("knee_contact_deg", "5-8 (joint angles)", "b"),
    Published("knee_contact_deg", "14", "e"),
    Published("knee_swing_peak_deg", "3.2-5.5 (joint angles)", "a"),
    Published("knee_swing_peak_deg", "5-8 (joint angles)", "b"),
    Published("thigh_back_deg", "3.2-5.5 (joint angles)", "a"),
    Published("bounce_ratio", "0.025", "e"),
    Published("elbow_deg", "11", "e"),
    Published("arm_swing_deg", "27", "f"),
    Published("contact", "464 reported for 286 real ones", "e"),
    Published("contact", "28 ms early, SD 13 ms", "g"),
    Published("toe_off", "15 ms late, SD 12 ms", "g"),
)


def figures_for(metric: str) -> str:
    """All figures of one metric with the keys of their sources, for a cell; "" when there is none."""
    return "; ".join(f"{row.figure} [{row.source}]" for row in PUBLISHED if row.metric == metric)
