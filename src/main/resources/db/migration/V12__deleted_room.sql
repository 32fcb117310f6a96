-- Rooms that were deleted while their messages are still there. The messages up to a seq belong to
-- that former life: nobody sees them, also when the room is made again, whose numbers go on after
-- them. Nodes remove them in chunks, and the row after the last of them.
CREATE TABLE deleted_room (
    cid   text PRIMARY KEY,
    up_to bigint NOT NULL
);
