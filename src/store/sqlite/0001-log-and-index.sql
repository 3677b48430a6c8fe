-- The log is the truth; every other table but run, list, blob and the side tables follows from it.
-- Keys are integers. A commit costs 24 us plus about 8 us for each database page it changes, so the hot path changes
-- two: the end of log and one page of items (2026-11-22, 2 cores, Node 24, pages of 4 KB; 28 us a page with pages of 16 KB).
-- sum: crc32 of the rest of the row, so that a flipped bit is found when the row is read. The log has its hash for that.

CREATE TABLE run (
  run_no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL,
  project TEXT NOT NULL,
  workflow TEXT NOT NULL,
  version TEXT NOT NULL,
  manifest TEXT,
  code TEXT,                      -- JSON object: where the code came from
  durability TEXT NOT NULL,       -- "process" or "power-loss"
  tags TEXT NOT NULL,             -- JSON object
  caller TEXT NOT NULL,           -- JSON object
  parent TEXT,                    -- JSON object
  idempotency_key TEXT,
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  logged TEXT NOT NULL,           -- what the log alone says of its status
  epoch INTEGER NOT NULL,
  owner_id TEXT,                  -- NULL: nobody owns it
  owner_pid INTEGER,
  owner_started_at INTEGER,
  owner_deaths INTEGER NOT NULL,
  sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX run_by_id ON run (run_id);
CREATE UNIQUE INDEX run_by_key ON run (workflow, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX run_owned ON run (owner_id) WHERE owner_id IS NOT NULL;

-- One row per commit of a run (more when it is long). id = run_no * 2^28 + seq of its first event.
CREATE TABLE log (
  id INTEGER PRIMARY KEY,
  n INTEGER NOT NULL,             -- events in it
  calls INTEGER NOT NULL,         -- calls of the run, up to here
  counts TEXT NOT NULL,           -- items of the run by status, up to here; JSON object
  previous TEXT NOT NULL,         -- hash of the block before
  hash TEXT NOT NULL,             -- sha256(previous, line feed, body)
  body TEXT NOT NULL              -- one line per event
);

-- id = run_no * 2^20 + call.
CREATE TABLE call (
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  closed_seq INTEGER NOT NULL,    -- 0: open
  superseded INTEGER NOT NULL,
  counts TEXT,                    -- JSON object; NULL while it is open: then its pages say
  items BLOB,                     -- its first 16 items when it has no more; NULL: see page
  sum INTEGER NOT NULL
);

-- 128 items of a call, packed (item-page.ts).
CREATE TABLE page (
  id INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  call INTEGER NOT NULL,
  page INTEGER NOT NULL,
  body BLOB NOT NULL,
  sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX page_by_call ON page (run_no, call, page);

-- Elements of lists, one encoded value a line; call is negative for plain arrays.
CREATE TABLE list (
  id INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  first INTEGER NOT NULL,
  n INTEGER NOT NULL,
  body TEXT NOT NULL,             -- "#" and sha256: the element is a blob
  keys TEXT,                      -- JSON array
  sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX list_by_place ON list (run_no, call, item, first);

-- Where errors stand in the log. id = run_no * 2^28 + seq.
CREATE TABLE error (id INTEGER PRIMARY KEY, final INTEGER NOT NULL);

CREATE TABLE blob (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, bytes BLOB NOT NULL);
CREATE UNIQUE INDEX blob_by_hash ON blob (hash);

CREATE TABLE logline (
  id INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  level TEXT NOT NULL,
  text TEXT NOT NULL,
  fields TEXT
);
CREATE INDEX logline_by_run ON logline (run_no);

CREATE TABLE scratchpad (
  id INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  version INTEGER NOT NULL,
  sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX scratchpad_by_key ON scratchpad (run_no, key);

CREATE TABLE once (
  id INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL,
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX once_by_key ON once (run_no, call, item, key);

CREATE TABLE command (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_no INTEGER NOT NULL,
  kind TEXT NOT NULL,
  by TEXT NOT NULL,
  args TEXT NOT NULL,             -- JSON object
  at INTEGER NOT NULL
);
