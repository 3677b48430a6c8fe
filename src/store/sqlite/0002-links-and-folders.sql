-- Where runs come from, published folders, results that other runs may take, and what is left of forgotten runs.

ALTER TABLE run ADD COLUMN root_id TEXT;                        -- the topmost run above it; NULL: itself
ALTER TABLE run ADD COLUMN origin TEXT;                         -- JSON object: the run it was made from
ALTER TABLE run ADD COLUMN priority INTEGER NOT NULL DEFAULT 0;
CREATE INDEX run_by_parent ON run (parent ->> 'run') WHERE parent IS NOT NULL;
CREATE INDEX run_by_origin ON run (origin ->> 'run') WHERE origin IS NOT NULL;
-- Lists of runs that stand for no item of another one, the usual question, need no look at the rows.
CREATE INDEX run_topmost ON run (run_id) WHERE parent IS NULL;

CREATE TABLE pin (run_no INTEGER PRIMARY KEY);

-- What a run without a log still says.
CREATE TABLE forgotten (
  run_no INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  why TEXT NOT NULL,
  seq INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  counts TEXT NOT NULL,           -- JSON object
  input TEXT NOT NULL,            -- sha256 of its encoded input: an idempotency key still knows it
  cleared INTEGER NOT NULL,       -- 1: nothing of it is left to remove
  sum INTEGER NOT NULL            -- of what comes before "cleared"
);

-- id = run_no * 2^28 + seq of its event. Outlives the log of its run.
CREATE TABLE artifact (
  id INTEGER PRIMARY KEY,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  workflow TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT,
  labels TEXT NOT NULL,           -- JSON array
  sha256 TEXT NOT NULL,
  files INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  sum INTEGER NOT NULL
);
CREATE INDEX artifact_by_time ON artifact (at);
CREATE INDEX artifact_by_name ON artifact (workflow, name, at);
CREATE INDEX artifact_by_hash ON artifact (sha256);

-- Follow from artifact rows and their manifests.
CREATE TABLE artifact_label (label TEXT NOT NULL, artifact INTEGER NOT NULL, PRIMARY KEY (label, artifact)) WITHOUT ROWID;
CREATE TABLE artifact_file (sha256 BLOB NOT NULL, artifact INTEGER NOT NULL, PRIMARY KEY (sha256, artifact)) WITHOUT ROWID;

-- id as in artifact.
CREATE TABLE artifact_read (
  id INTEGER PRIMARY KEY,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  asked TEXT NOT NULL,
  selector TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  sum INTEGER NOT NULL
);
CREATE INDEX artifact_read_by_hash ON artifact_read (sha256);

-- id = run_no * 2^28 + seq of the event that completed the item: a run's entries are found, and removed, without an index.
CREATE TABLE memo (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  at INTEGER NOT NULL,
  sum INTEGER NOT NULL
);
CREATE INDEX memo_by_key ON memo (key, at);

-- When a blob was last given: one that nothing names yet may be about to be named.
ALTER TABLE blob ADD COLUMN given_at INTEGER NOT NULL DEFAULT 0;
