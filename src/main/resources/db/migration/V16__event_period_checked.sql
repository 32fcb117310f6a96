-- Reads the journal once while all go on to read and write, so that the next migration need not.
ALTER TABLE event VALIDATE CONSTRAINT event_0_period;
