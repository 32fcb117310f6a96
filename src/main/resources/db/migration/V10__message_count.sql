-- How many messages a room has up to a seq: one row for every 64th message, deleted ones included.
-- Unread messages are the difference of two of these rows and a few messages beside them, however
-- many there are. Messages stay in their room as long as it does, so a row never becomes wrong. Nodes
-- write the rows some time after the messages; what has none yet is counted one by one.
CREATE TABLE message_count (
    cid      text NOT NULL REFERENCES room ON DELETE CASCADE,
    seq      bigint NOT NULL,
    messages bigint NOT NULL,
    PRIMARY KEY (cid, seq) INCLUDE (messages)
);
