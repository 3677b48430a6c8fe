-- Results that other runs may take. The old index had its rows twice, each time on a page of its own; what it held is made again when
-- it is asked for in vain.

DROP TABLE memo;
CREATE TABLE memo (
  key INTEGER PRIMARY KEY,        -- first 52 bits of the memo key: one B-tree, 20 bytes a row less than text
  rest INTEGER NOT NULL,          -- the next 52 bits: what tells two keys apart that begin alike
  id INTEGER NOT NULL,            -- run_no * 2^28 + seq of the event that completed the item
  call INTEGER NOT NULL,
  item INTEGER NOT NULL,
  at INTEGER NOT NULL,            -- epoch ms
  sum INTEGER NOT NULL
);
