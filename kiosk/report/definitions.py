"""What each metric means, one sentence each, for the last page of a report. The long version is docs/metrics.md.

What must not go in: plain names and units (labels.py), how a metric is measured (kiosk/gait).
"""

from collections.abc import Mapping

from kiosk.words import Phrase

DEFINITIONS: Mapping[str, Phrase] = {
    "cadence_spm": Phrase("Steps of both feet in a minute."),
    "contact_ms": Phrase("Time from the first touch of a foot with the belt to its last."),
    "flight_ms": Phrase("Time from the last touch of one foot to the first touch of the other."),
    "duty_ratio": Phrase("Contact time divided by the time of a stride (two steps)."),
    "step_symmetry_pct": Phrase("Difference of right and left step time in percent of their mean; named after the foot that lands."),
    "trunk_lean_deg": Phrase("Line from mid-hip to mid-shoulder against the vertical, mean over whole strides; forward is positive."),
    "leg_lean_deg": Phrase("Line from the standing ankle to mid-hip against the vertical, in the middle of the stance."),
    "waist_bend_deg": Phrase("Trunk lean in the middle of the stance less the lean of the standing leg."),
    "hip_over_ankle_ratio": Phrase("How far mid-hip is ahead of the standing ankle in the middle of the stance, in leg lengths."),
    "overstride_ratio": Phrase("How far the ankle is ahead of mid-hip at first contact, in leg lengths."),
    "shank_angle_deg": Phrase("How far the ankle is ahead of the knee at first contact, as an angle from the vertical."),
    "knee_contact_deg": Phrase("Bend of the knee at first contact; 0 is straight."),
    "knee_stance_peak_deg": Phrase("Largest bend of the knee while the foot is on the belt."),
    "knee_swing_peak_deg": Phrase("Largest bend of the knee while the foot is in the air."),
    "thigh_back_deg": Phrase("Angle of the thigh behind the vertical when the foot leaves the belt."),
    "thigh_front_deg": Phrase("Largest angle of the thigh ahead of the vertical within a stride."),
    "thigh_balance_ratio": Phrase("Largest angle of the thigh ahead of the vertical divided by the largest behind it."),
    "bounce_ratio": Phrase("Highest less lowest mid-hip within a step, in leg lengths."),
    "bounce_cm": Phrase("Highest less lowest mid-hip within a step, in centimetres; the leg is taken as 0.491 of the height."),
    "head_forward_deg": Phrase("Line from mid-shoulder to mid-ear against the vertical, mean over whole strides; forward is positive."),
    "arm_swing_deg": Phrase("Range of the upper arm against the trunk within a stride; of the arm that faces the camera."),
    "elbow_deg": Phrase("Mean angle of the elbow; 180 is straight; of the arm that faces the camera."),
    "arm_leg_phase_deg": Phrase(
        "How far the arm that faces the camera is out of time with the opposite thigh; 0 is together, 360 a whole stride."
    ),
    "wrist_crossover_ratio": Phrase(
        "How far the wrist goes past the middle of the body (line from mid-hip to mid-shoulder) at most within a stride,"
        " in shoulder widths; or how far from it on its own side it stays."
    ),
    "shoulder_tilt_deg": Phrase("Line of the shoulders in the middle of the stance; positive when the side of the standing leg is lower."),
    "pelvic_drop_deg": Phrase("Line of the hips in the middle of the stance; positive when the side of the swinging leg is lower."),
    "lateral_lean_deg": Phrase("Sideways angle of the line from mid-hip to mid-shoulder, mean over whole strides."),
    "trunk_sway_deg": Phrase("Range of the trunk's sideways angle within a stride."),
    "step_width_ratio": Phrase(
        "Sideways distance of the ankles, each in the middle of its stance, in leg lengths; below zero the feet cross."
    ),
}
"""Metric -> its definition."""
