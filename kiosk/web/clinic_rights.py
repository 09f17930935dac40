"""Who may open what of the clinic's pages: one row an endpoint. An endpoint without a row is open to nobody."""

from collections.abc import Mapping
from enum import StrEnum

from kiosk.clinic import Role


class Right(StrEnum):
    """What one must be allowed to do."""

    ANYBODY = "anybody"
    """Before the PIN: typing it, the language."""
    SIGNED_IN = "signed in"
    """Either PIN: locking, settings."""
    RUNS = "runs"
    """Runs of the gym, their reports and deletion, the belt, the log of the sweep."""
    PATIENTS = "patients"
    """Patients, their bouts, reports and exports."""
    KEYS = "keys"
    """Keys for scripts: whoever has one can read all."""
    PINS = "pins"
    """Both PINs are changed by the clinic alone: a form that asks for a PIN would let the gym try the clinic's."""


ROLE_RIGHTS: Mapping[Role | None, frozenset[Right]] = {
    None: frozenset({Right.ANYBODY}),
    Role.GYM: frozenset({Right.ANYBODY, Right.SIGNED_IN, Right.RUNS}),
    Role.CLINIC: frozenset(Right),
}
"""Whose PIN was typed (None: nobody's) -> what they may do."""

RIGHTS: Mapping[str, Right] = {
    "clinic.door": Right.ANYBODY,
    "clinic.enter": Right.ANYBODY,
    "clinic.first_pin": Right.ANYBODY,
    "clinic.speak": Right.ANYBODY,
    "clinic.here": Right.SIGNED_IN,
    "clinic.awake": Right.SIGNED_IN,
    "clinic.lock": Right.SIGNED_IN,
    "clinic.settings": Right.SIGNED_IN,
    "clinic.change_pin": Right.PINS,
    "clinic.set_belt": Right.RUNS,
    "clinic.runs": Right.RUNS,
    "clinic.run_report": Right.RUNS,
    "clinic.delete_run": Right.RUNS,
    "clinic.keys": Right.KEYS,
    "clinic.make_key": Right.KEYS,
    "clinic.revoke_key": Right.KEYS,
    "clinic.patients": Right.PATIENTS,
    "clinic.new_patient": Right.PATIENTS,
    "clinic.add_patient": Right.PATIENTS,
    "clinic.patient": Right.PATIENTS,
    "clinic.edit_patient": Right.PATIENTS,
    "clinic.change_patient": Right.PATIENTS,
    "clinic.ask_delete": Right.PATIENTS,
    "clinic.delete_patient": Right.PATIENTS,
    "clinic.ask_consent": Right.PATIENTS,
    "clinic.begin": Right.PATIENTS,
    "clinic.assessment": Right.PATIENTS,
    "clinic.start_bout": Right.PATIENTS,
    "clinic.stop_bout": Right.PATIENTS,
    "clinic.bout_now": Right.PATIENTS,
    "clinic.report": Right.PATIENTS,
    "clinic.export_file": Right.PATIENTS,
    "clinic.export": Right.PATIENTS,
    "clinic.bundle": Right.PATIENTS,
    "clinic.copy_to_stick": Right.PATIENTS,
    "clinic.copy": Right.PATIENTS,
    "clinic.copy_now": Right.PATIENTS,
}

POLLS = frozenset({"clinic.here", "clinic.bout_now", "clinic.copy_now"})
"""Asked by scripts again and again: they do not keep a page unlocked."""

DATA = POLLS | {"clinic.awake", "clinic.report", "clinic.run_report", "clinic.export_file", "clinic.bundle"}
"""Answered with 401 instead of the login page when nobody is signed in: scripts and downloads."""


def may(role: Role | None, endpoint: str) -> bool:
    """True when this role may open this endpoint."""
    right = RIGHTS.get(endpoint)
    return right is not None and right in ROLE_RIGHTS[role]
