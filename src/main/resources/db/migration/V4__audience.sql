-- Who may see an event of a topic in which not everybody sees everything; null: everyone who may
-- watch the topic. A version without it writes no such topics.
ALTER TABLE event ADD COLUMN audience text;
