-- Migration 1. A metric is a row, so a new metric needs no migration. Times are seconds from the start of the session.
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  uuid TEXT NOT NULL UNIQUE,
  started_utc TEXT NOT NULL,
  view TEXT,
  speed_kmh REAL,
  model TEXT NOT NULL,
  source TEXT NOT NULL,
  extra TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'interrupted')),
  duration_s REAL NOT NULL DEFAULT 0,
  strides INTEGER NOT NULL DEFAULT 0,
  refusal TEXT NOT NULL DEFAULT ''
);
CREATE TABLE metric (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  value REAL, left REAL, right REAL,
  n INTEGER NOT NULL,
  spread REAL,
  quality TEXT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (session, name)
) WITHOUT ROWID;
CREATE TABLE stride_metric (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  start_s REAL NOT NULL,
  side TEXT NOT NULL,
  name TEXT NOT NULL,
  value REAL NOT NULL
);
CREATE INDEX stride_metric_of_session ON stride_metric (session);
CREATE TABLE event (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  t_s REAL NOT NULL,
  side TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE INDEX event_of_session ON event (session);
CREATE TABLE cue (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  t_s REAL NOT NULL,
  text TEXT NOT NULL,
  fault TEXT NOT NULL,
  metric TEXT NOT NULL,
  value REAL NOT NULL
);
CREATE INDEX cue_of_session ON cue (session);
