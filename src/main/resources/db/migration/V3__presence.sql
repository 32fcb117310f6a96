-- Who is online. Not worth a write-ahead log: after a crash of the database the tables are empty, and
-- every node registers anew.

-- One row for each node that runs. version grows with each change of its users. A node whose lease
-- has ended is dead, and so is what it said.
CREATE UNLOGGED TABLE presence_node (
    node        text PRIMARY KEY,
    version     bigint NOT NULL,
    lease_until timestamptz NOT NULL
);

-- The users who have a session on a node.
CREATE UNLOGGED TABLE presence (
    node     text NOT NULL REFERENCES presence_node ON DELETE CASCADE,
    username text NOT NULL,
    PRIMARY KEY (node, username)
);
