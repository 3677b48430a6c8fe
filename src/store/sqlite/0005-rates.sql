-- Starts under rate limits, as far back as the longest window that was asked for.

CREATE TABLE rate_start (
  rate TEXT NOT NULL,
  at INTEGER NOT NULL,            -- epoch ms
  count INTEGER NOT NULL,
  PRIMARY KEY (rate, at)
) WITHOUT ROWID;
