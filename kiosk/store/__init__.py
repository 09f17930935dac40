"""Sessions in SQLite and pose recordings: what survives a power cut."""
