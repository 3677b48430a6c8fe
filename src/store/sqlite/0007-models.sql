-- What the calls of language models of a run come to, up to the end of a block, as JSON; null where there were none.

ALTER TABLE log ADD COLUMN models TEXT;
ALTER TABLE forgotten ADD COLUMN models TEXT;
