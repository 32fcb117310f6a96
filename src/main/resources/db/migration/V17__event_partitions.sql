-- The table that was the journal becomes the partition of period 0: some statements on the catalog, with
-- no look at a row. They come in one transaction, and the version before finds the same names after it.

-- Whoever waits for an exclusive lock makes all others wait behind it, so it is asked for again and again,
-- each time for a short while, if something long such as a backup uses the table.
-- survives: nobody waits longer for it than for half a second
DO $$
BEGIN
    SET LOCAL lock_timeout = '500ms';
    LOOP
        BEGIN
            LOCK TABLE event IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(1);
        END;
    END LOOP;
END $$;
-- survives: a table with the same name and columns takes its place in this transaction
ALTER TABLE event RENAME TO event_0;
-- survives: nobody names the index
ALTER INDEX event_at RENAME TO event_0_at;

-- Each period is a time of an eighth of the retention or so. begun_at is when it began, and when the one
-- before it ended: no event in that one is younger.
CREATE TABLE event_period (
    period   int PRIMARY KEY,
    begun_at timestamptz NOT NULL
);
INSERT INTO event_period (period, begun_at) VALUES (0, 'epoch'), (1, clock_timestamp());

-- The period that inserts take. A new period replaces the function, for which nobody who writes or reads
-- has to wait; as a constant it costs them nothing either.
CREATE FUNCTION current_event_period() RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT 1';

-- Each partition has a primary key of its own. One of the whole would have to hold the period, and is not
-- needed: that (topic_id, seq) is unique is assured by the lock on the topic's row under which numbers are
-- given.
CREATE TABLE event (LIKE event_0) PARTITION BY LIST (period);
ALTER TABLE event ALTER COLUMN period SET DEFAULT current_event_period();
CREATE INDEX event_at ON event USING brin (at);
ALTER TABLE event ATTACH PARTITION event_0 FOR VALUES IN (0);
CREATE TABLE event_1 PARTITION OF event (PRIMARY KEY (topic_id, seq)) FOR VALUES IN (1);
