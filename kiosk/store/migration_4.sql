-- Migration 4. Ages are counted on the sweep's own calendar (retention.py): a Pi without a battery clock stamps rows with any year.
ALTER TABLE sweep ADD COLUMN place INTEGER;
ALTER TABLE session ADD COLUMN seen INTEGER;
ALTER TABLE assessment ADD COLUMN seen INTEGER;
ALTER TABLE patient ADD COLUMN seen INTEGER;
ALTER TABLE runner ADD COLUMN seen INTEGER;
-- Files by name and time of change: a name may come back when a clock begins anew. No name says whose run it was.
CREATE TABLE seen_file (
  name TEXT NOT NULL,
  changed_ns INTEGER NOT NULL,
  seen INTEGER NOT NULL,
  PRIMARY KEY (name, changed_ns)
) WITHOUT ROWID;
