-- Words, groups of errors, triggers, pools, notes.

-- Contentless: what a hit says is read where it is recorded. rowid of errors and values: run_no * 2^28 + seq; of lines: their id.
CREATE VIRTUAL TABLE search_error USING fts5 (text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE search_line USING fts5 (text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE search_value USING fts5 (text, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 2");

-- Deleting words must not merge the index then and there: 15 us an entry and no wait above 80 ms, instead of 70 us and 1 s
-- (200,000 entries, batches of 400, 2026-11-22, 2 busy cores).
INSERT INTO search_error (search_error, rank) VALUES ('deletemerge', 0);
INSERT INTO search_line (search_line, rank) VALUES ('deletemerge', 0);
INSERT INTO search_value (search_value, rank) VALUES ('deletemerge', 0);

-- How far log lines and values of a run are indexed. Runs above the last one here are not begun.
CREATE TABLE indexed (
  run_no INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  line INTEGER NOT NULL,          -- id of the last log line
  done INTEGER NOT NULL           -- 1: the run has ended and all of it is in
);
CREATE INDEX indexed_open ON indexed (run_no) WHERE done = 0;

-- Errors of earlier releases wait here for their words and groups.
ALTER TABLE error ADD COLUMN noted INTEGER NOT NULL DEFAULT 0;
CREATE INDEX error_unnoted ON error (id) WHERE noted = 0;

CREATE TABLE error_group (
  id INTEGER PRIMARY KEY,
  fingerprint TEXT NOT NULL,
  workflow TEXT NOT NULL,
  code TEXT NOT NULL,
  node TEXT,
  pattern TEXT NOT NULL,
  message TEXT NOT NULL,
  first_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  count INTEGER NOT NULL,
  final_count INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  last_id INTEGER NOT NULL,       -- run_no * 2^28 + seq
  last_call INTEGER,
  last_item INTEGER
);
CREATE UNIQUE INDEX error_group_by_name ON error_group (fingerprint, workflow);
CREATE INDEX error_group_by_time ON error_group (last_at);
CREATE TABLE error_run (run_no INTEGER NOT NULL, error_group INTEGER NOT NULL, PRIMARY KEY (run_no, error_group)) WITHOUT ROWID;

CREATE TABLE fire (
  trigger_name TEXT NOT NULL,
  fire_at INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  claimed_at INTEGER NOT NULL,
  PRIMARY KEY (trigger_name, fire_at)
) WITHOUT ROWID;

CREATE TABLE pool_lease (
  pool TEXT NOT NULL,
  owner_id TEXT NOT NULL,
  slots INTEGER NOT NULL,
  held INTEGER NOT NULL,
  want INTEGER NOT NULL,
  since INTEGER NOT NULL,         -- it waits for its first slot since this time; epoch ms
  asked_at INTEGER NOT NULL,
  PRIMARY KEY (pool, owner_id)
) WITHOUT ROWID;

CREATE TABLE note (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id TEXT,
  node TEXT,
  node_hash TEXT,
  call INTEGER,
  item INTEGER,
  author TEXT NOT NULL,           -- JSON object
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  sum INTEGER NOT NULL
);
CREATE INDEX note_by_run ON note (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX note_by_node ON note (node) WHERE node IS NOT NULL;
