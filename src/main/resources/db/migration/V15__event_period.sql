-- The journal becomes partitioned, so that what is past retention is dropped instead of deleted. The
-- key is not the time itself but the period in which the event was recorded, a number that every insert
-- takes by default. So each insert, also of the version before, always has a partition, whatever the
-- clock shows and whether or not anybody has made the next one; and all rows there are get their number
-- without being rewritten.
ALTER TABLE event ADD COLUMN period int NOT NULL DEFAULT 0;
-- survives: nobody names the column, and its default is what the constraint asks for
ALTER TABLE event ADD CONSTRAINT event_0_period CHECK (period = 0) NOT VALID;
