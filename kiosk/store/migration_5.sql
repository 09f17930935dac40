-- Migration 5. What is deleted must not come back with an older copy of the database, whose patients have the same numbers as others may
-- have by then: so each patient has a random name that nothing else uses, and a mark says which ones go (forgotten.py keeps them).
ALTER TABLE patient ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE patient SET key = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX patient_by_key ON patient (key);
ALTER TABLE erasure ADD COLUMN keys TEXT NOT NULL DEFAULT '[]';
