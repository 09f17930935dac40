-- Migration 3. The clinic. A patient is a pseudonym; ids are never given again (AUTOINCREMENT), so that a leftover file cannot come to
-- belong to somebody else. Nothing but the row `patient` says who it is: file names, marks and logs carry ids and times only.
CREATE TABLE patient (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  code TEXT NOT NULL UNIQUE COLLATE NOCASE,
  height_cm REAL,
  speed_kmh REAL,
  incline_pct REAL NOT NULL,
  notes TEXT NOT NULL,
  since_day TEXT NOT NULL
);
CREATE TABLE assessment (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  patient INTEGER NOT NULL REFERENCES patient (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('baseline', 'retest')),
  started_utc TEXT NOT NULL,
  consent_text TEXT NOT NULL,
  consent_language TEXT NOT NULL,
  consent_video INTEGER NOT NULL CHECK (consent_video IN (0, 1)),
  consent_utc TEXT NOT NULL
);
CREATE INDEX assessment_of_patient ON assessment (patient);
CREATE TABLE bout (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  assessment INTEGER NOT NULL REFERENCES assessment (id) ON DELETE CASCADE,
  started_utc TEXT NOT NULL,
  ordered TEXT NOT NULL,
  result TEXT NOT NULL,
  recording TEXT NOT NULL DEFAULT '',
  video TEXT NOT NULL DEFAULT ''
);
CREATE INDEX bout_of_assessment ON bout (assessment);
-- What is deleted but whose files and free pages are not yet gone: names of files, which say nothing of the patient.
CREATE TABLE erasure (
  id INTEGER PRIMARY KEY,
  files TEXT NOT NULL,
  vacuum INTEGER NOT NULL CHECK (vacuum IN (0, 1))
);
CREATE TABLE secret (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE token (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  key_sha256 TEXT NOT NULL UNIQUE,
  made_day TEXT NOT NULL
);
CREATE TABLE sweep (
  day TEXT PRIMARY KEY,
  patients INTEGER NOT NULL,
  sessions INTEGER NOT NULL,
  bouts INTEGER NOT NULL,
  files INTEGER NOT NULL,
  codes INTEGER NOT NULL
) WITHOUT ROWID;
