"""Sessions in SQLite: what survives a power cut. What must not go in: measuring, and anything that shows."""

from kiosk.store.database import StoreError
from kiosk.store.reading import session, sessions
from kiosk.store.writing import SessionStore
from kiosk.stored import StoredSession

__all__ = ["SessionStore", "StoreError", "StoredSession", "session", "sessions"]
