"""Sessions and patients in SQLite: what survives a power cut. What must not go in: measuring, and anything that shows."""

from kiosk.store.backups import back_up, copies
from kiosk.store.clinic import ClinicStore
from kiosk.store.database import StoreError, TakenError, check_owner
from kiosk.store.erase import UnfinishedError
from kiosk.store.files import BOUT_PREFIX
from kiosk.store.reading import session, sessions
from kiosk.store.restoring import restore
from kiosk.store.retention import sweep
from kiosk.store.writing import SessionStore
from kiosk.stored import StoredSession

__all__ = [
    "BOUT_PREFIX",
    "ClinicStore",
    "SessionStore",
    "StoreError",
    "StoredSession",
    "TakenError",
    "UnfinishedError",
    "back_up",
    "check_owner",
    "copies",
    "restore",
    "session",
    "sessions",
    "sweep",
]
