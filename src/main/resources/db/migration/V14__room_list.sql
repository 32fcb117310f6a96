-- The list of rooms is a page of the public ones and a page of one's own, merged: it reads nothing of
-- private rooms of others. room_member_username has no use any more beside the second; the version
-- before goes on using it.
-- survives: only changes of rooms wait while it is built, less than a second for 100,000 rooms.
CREATE INDEX room_public ON room (cid) WHERE NOT private;
-- survives: only joining and leaving wait while it is built, seconds for millions of members.
CREATE INDEX room_member_own ON room_member (username, cid);
