-- Which server the journal lives on, one row. A standby that was promoted may lack the last commits of
-- the server before it: the journal has gone back in time. Its timeline is another, so a node that finds
-- another timeline or system here than the server's gives suffix a new value. The suffix ends the epoch
-- of every topic: one update begins a new life for all of them. Until the first time it is empty, so
-- that the version before, which knows nothing of it, names the same epochs.
CREATE TABLE database_life (
    id       boolean PRIMARY KEY DEFAULT true CHECK (id),
    suffix   text NOT NULL DEFAULT '',
    timeline text,
    system   text
);
INSERT INTO database_life DEFAULT VALUES;
