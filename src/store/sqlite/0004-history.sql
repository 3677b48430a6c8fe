-- What lists of runs and of errors are asked by.

-- Which versions had an error, without going through its runs. Kept when runs are forgotten, as the groups are.
CREATE TABLE error_version (
  error_group INTEGER NOT NULL,
  version TEXT NOT NULL,
  runs INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  PRIMARY KEY (error_group, version)
) WITHOUT ROWID;
INSERT INTO error_version (error_group, version, runs, last_at)
SELECT error_group, version, count(*), max(coalesce(ended_at, created_at)) FROM error_run JOIN run USING (run_no) GROUP BY error_group, version;
