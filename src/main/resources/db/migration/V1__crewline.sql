-- Accounts -------------------------------------------------------------------------------------

CREATE TABLE account (
    username      text PRIMARY KEY,
    display_name  text NOT NULL,
    role          text NOT NULL CHECK (role IN ('admin', 'manager', 'member')),
    password_hash text,
    disabled      boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- One row for each refresh token ever given out and not yet expired. All tokens that follow from one
-- login are a family; a token used twice revokes its family.
CREATE TABLE refresh_token (
    hash       bytea PRIMARY KEY,
    family     text NOT NULL,
    username   text NOT NULL REFERENCES account ON DELETE CASCADE,
    used_at    timestamptz,
    revoked_at timestamptz,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX refresh_token_family ON refresh_token (family);
CREATE INDEX refresh_token_username ON refresh_token (username);
CREATE INDEX refresh_token_expiry ON refresh_token (expires_at);

-- Journal --------------------------------------------------------------------------------------

-- head is the seq of the newest event; floor that of the newest event that retention has removed.
-- The epoch names one life of the topic: a topic that is deleted and made again, or a database that
-- went back to a backup, must not continue the positions of the life before.
CREATE TABLE topic (
    name  text PRIMARY KEY,
    id    bigint NOT NULL UNIQUE GENERATED ALWAYS AS IDENTITY,
    epoch text NOT NULL DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 12),
    head  bigint NOT NULL DEFAULT 0,
    floor bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE event (
    topic_id bigint NOT NULL,
    seq      bigint NOT NULL,
    type     text NOT NULL,
    at       timestamptz NOT NULL,
    data     text NOT NULL,
    PRIMARY KEY (topic_id, seq)
);
CREATE INDEX event_at ON event USING brin (at);

INSERT INTO topic (name) VALUES ('tasks');

-- Chat -----------------------------------------------------------------------------------------

CREATE TABLE room (
    cid        text PRIMARY KEY,
    type       text NOT NULL,
    id         text NOT NULL,
    name       text NOT NULL,
    private    boolean NOT NULL,
    created_by text REFERENCES account ON DELETE SET NULL,
    created_at timestamptz NOT NULL
);

-- read_seq is the position in the room's topic up to which the member has read.
CREATE TABLE room_member (
    cid       text NOT NULL REFERENCES room ON DELETE CASCADE,
    username  text NOT NULL REFERENCES account ON DELETE CASCADE,
    owner     boolean NOT NULL DEFAULT false,
    read_seq  bigint NOT NULL,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (cid, username)
);
CREATE INDEX room_member_username ON room_member (username);

-- No foreign keys: a send holds a lock on its room's row instead, authors are never deleted, and two
-- look-ups for each row would be a fifth of what a send costs. Deleting a room deletes its messages.
CREATE TABLE message (
    id           bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    cid          text NOT NULL,
    seq          bigint NOT NULL,
    author       text NOT NULL,
    client_id    text,
    text         text NOT NULL,
    reply_to     bigint,
    thread_count int NOT NULL DEFAULT 0,
    mentions     text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL,
    edited_at    timestamptz,
    deleted_at   timestamptz,
    UNIQUE (cid, seq) INCLUDE (author)
);
-- What an unread count subtracts and adds; both stay small.
CREATE INDEX message_deleted ON message (cid, seq) INCLUDE (author) WHERE deleted_at IS NOT NULL;
CREATE INDEX message_mentions ON message (cid, seq) INCLUDE (author, mentions)
    WHERE mentions <> '{}' AND deleted_at IS NULL;
CREATE UNIQUE INDEX message_client_id ON message (cid, author, client_id) WHERE client_id IS NOT NULL;

CREATE TABLE reaction (
    message_id bigint NOT NULL REFERENCES message ON DELETE CASCADE,
    username   text NOT NULL REFERENCES account ON DELETE CASCADE,
    reaction   text NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (message_id, reaction, username)
);

-- Repeated calls -------------------------------------------------------------------------------

-- One row for each POST with an Idempotency-Key. id is the SHA-256 of caller, key and path: paths may
-- hold secrets. request is the SHA-256 of query and body. While status is null the call runs, until
-- leased_until at the latest; committed becomes true in the transaction of the call's own effect.
CREATE TABLE idempotency_key (
    id           bytea PRIMARY KEY,
    request      bytea NOT NULL,
    owner        text NOT NULL,
    leased_until timestamptz NOT NULL,
    committed    boolean NOT NULL DEFAULT false,
    status       int,
    content_type text,
    location     text,
    body         bytea,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX idempotency_key_expiry ON idempotency_key (expires_at);
