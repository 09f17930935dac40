-- Migration 2. What a visit says and what a runner comes back to. Sentences are JSON: a pattern and its values (nouns.py), so that
-- they can be read in every language. No name is stored: a code is made by the station and means nothing elsewhere.
ALTER TABLE session ADD COLUMN language TEXT NOT NULL DEFAULT 'en';
CREATE TABLE runner (
  code TEXT PRIMARY KEY,
  progress TEXT NOT NULL,
  last_session INTEGER REFERENCES session (id) ON DELETE SET NULL,
  updated_day TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX runner_by_session ON runner (last_session);
CREATE TABLE told (
  session INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  summary TEXT NOT NULL
);
CREATE TABLE outcome (
  session INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  skill TEXT NOT NULL,
  exposure REAL,
  with_feedback REAL,
  without_feedback REAL,
  score_text TEXT NOT NULL
);
CREATE TABLE verdict (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  answer TEXT NOT NULL,
  upstream TEXT NOT NULL,
  downstream TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (session, place)
) WITHOUT ROWID;
CREATE TABLE answer (
  session INTEGER NOT NULL REFERENCES session (id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (session, place)
) WITHOUT ROWID;
CREATE TABLE typical_stride (
  session INTEGER PRIMARY KEY REFERENCES session (id) ON DELETE CASCADE,
  stride TEXT NOT NULL
);
